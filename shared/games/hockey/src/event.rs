//! What happens in a match without leaving state.

use crate::entity::Team;
use crate::scenario::MAX_PERIODS;
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Audience, Event, RoundResult};

/// What happens in a match without leaving state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HockeyEvent {
    /// A goal.
    Goal {
        /// Whose score grew.
        team: Team,
        /// Who scored, or whose own goal it was; `None` if they have left or nobody touched the puck.
        by: Option<PlayerId>,
        /// Who passed to them.
        assist: Option<PlayerId>,
        /// Whether `by` plays for the other team.
        is_own_goal: bool,
    },
    /// The puck was stuck and is faced off anew.
    Stuck,
    /// A period is over and another follows.
    PeriodOver {
        /// Which, from 1.
        period: u8,
    },
    /// A match is over.
    RoundOver {
        /// How it ended.
        result: RoundResult,
        /// Who scored more goals than anybody else.
        best: Option<PlayerId>,
    },
}

const KIND_BITS: u32 = 2;
const PERIOD_BITS: u32 = MAX_PERIODS.ilog2() + 1;
const RESULT_BITS: u32 = RoundResult::MAX_CODE.ilog2() + 1;

pub(crate) fn write_player(player: Option<PlayerId>, writer: &mut BitWriter) {
    writer.write_bool(player.is_some());
    if let Some(player) = player {
        writer.write(u32::from(player.0), PlayerId::BITS);
    }
}

pub(crate) fn read_player(reader: &mut BitReader<'_>) -> Result<Option<PlayerId>, BitError> {
    if !reader.read_bool()? {
        return Ok(None);
    }
    Ok(Some(PlayerId(reader.read(PlayerId::BITS)? as u16)))
}

impl Event for HockeyEvent {
    fn audience(&self) -> Audience {
        Audience::Everyone
    }

    fn encode(&self, writer: &mut BitWriter) {
        match *self {
            Self::Goal { team, by, assist, is_own_goal } => {
                writer.write(0, KIND_BITS);
                writer.write_bool(team == Team::Ember);
                writer.write_bool(is_own_goal);
                write_player(by, writer);
                write_player(assist, writer);
            }
            Self::Stuck => writer.write(1, KIND_BITS),
            Self::PeriodOver { period } => {
                writer.write(2, KIND_BITS);
                writer.write(u32::from(period), PERIOD_BITS);
            }
            Self::RoundOver { result, best } => {
                writer.write(3, KIND_BITS);
                writer.write(result.code(), RESULT_BITS);
                write_player(best, writer);
            }
        }
    }

    fn decode(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        Ok(match reader.read(KIND_BITS)? {
            0 => {
                let team = Team::ALL[usize::from(reader.read_bool()?)];
                let is_own_goal = reader.read_bool()?;
                let (by, assist) = (read_player(reader)?, read_player(reader)?);
                Self::Goal { team, by, assist, is_own_goal }
            }
            1 => Self::Stuck,
            2 => Self::PeriodOver { period: reader.read(PERIOD_BITS)? as u8 },
            _ => {
                let result = RoundResult::from_code(reader.read(RESULT_BITS)?).ok_or(BitError::OutOfRange)?;
                Self::RoundOver { result, best: read_player(reader)? }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn events_survive_the_wire() {
        let (one, two) = (Some(PlayerId(1)), Some(PlayerId(2047)));
        for event in [
            HockeyEvent::Goal { team: Team::Ember, by: one, assist: two, is_own_goal: false },
            HockeyEvent::Goal { team: Team::Frost, by: two, assist: None, is_own_goal: true },
            HockeyEvent::Stuck,
            HockeyEvent::PeriodOver { period: 5 },
            HockeyEvent::RoundOver { result: RoundResult::Team(2), best: one },
            HockeyEvent::RoundOver { result: RoundResult::Draw, best: None },
        ] {
            let mut writer = BitWriter::new();
            event.encode(&mut writer);
            assert_eq!(HockeyEvent::decode(&mut BitReader::new(writer.finish())), Ok(event));
        }
    }

    proptest! {
        #[test]
        fn any_bits_are_an_event_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let _ = HockeyEvent::decode(&mut BitReader::new(&bytes));
        }
    }
}
