//! What happens in the arena without leaving state, and how it is told: the one place to declare an event. Beside the
//! variant it has a row in each of its audience, its bits, its sound, its line in the feed, and its headline outside the
//! room; what is drawn of it where it happened is in `view::stage`.

use crate::about::ABOUT;
use crate::class::CLASSES;
use crate::class::Team;
use crate::orders::Outcome;
use crate::tuning::BLAST_DAMAGE;
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::{MAX_ENTITIES, MAX_PLAYERS};
use perigee_shared::netcode::{Audience, Event, Headline, Highlight, RoundResult};
use perigee_shared::presentation::{RoundEnd, Sound, Weight, chime};

/// What hurts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weapon {
    /// A Dart's beam.
    Beam,
    /// A gun's shot.
    Gun,
    /// A missile's blast.
    Missile,
}

impl Weapon {
    const ALL: [Self; 3] = [Self::Beam, Self::Gun, Self::Missile];

    /// Its number where it is saved, `0..3`.
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// The weapon with that number.
    pub(crate) fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// Its name, as headlines tell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Beam => "beam",
            Self::Gun => "gun",
            Self::Missile => "missile",
        }
    }
}

/// What happens in the arena without leaving state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArenaEvent {
    /// A weapon met a ship.
    Hit {
        /// The ship that was hit.
        target: Slot,
        /// Who fired.
        by: PlayerId,
        /// Points it took, off shield and hull together, `0..=MAX_DAMAGE`; 0 when the ship cannot be hurt.
        damage: u8,
        /// Whether some of it went through the shield.
        pierced: bool,
        /// With what.
        with: Weapon,
    },
    /// A ship blew up. Everybody is told.
    Destroyed {
        /// The ship's slot, for whoever saw it.
        target: Slot,
        /// Its pilot.
        victim: PlayerId,
        /// Who did it.
        by: PlayerId,
        /// With what.
        with: Weapon,
    },
    /// A team took the zone.
    Captured {
        /// Which: A or B.
        team: Team,
        /// One of those who did it; the one in the lowest seat.
        by: PlayerId,
    },
    /// A round is over.
    RoundOver {
        /// How it ended.
        result: RoundResult,
        /// The pilot with the most points, if one has more than all others.
        best: Option<PlayerId>,
    },
    /// What became of an order. Told to its pilot alone.
    Answer {
        /// Whose order it was.
        to: PlayerId,
        /// What became of it.
        outcome: Outcome,
    },
}

/// The most that one hit takes, points.
pub(crate) const MAX_DAMAGE: u8 = (1 << DAMAGE_BITS) - 1;

const SLOT_BITS: u32 = MAX_ENTITIES.ilog2();
const PLAYER_BITS: u32 = MAX_PLAYERS.ilog2();
const DAMAGE_BITS: u32 = 6;
const WEAPON_BITS: u32 = 2;
const TEAM_BITS: u32 = 2;
const RESULT_BITS: u32 = RoundResult::MAX_CODE.ilog2() + 1;
/// After the first bit, which is 0 for a hit: most events are hits.
const RARE_BITS: u32 = 3;
const _: () = assert!(1 << SLOT_BITS == MAX_ENTITIES && 1 << PLAYER_BITS == MAX_PLAYERS);
const _: () = assert!(BLAST_DAMAGE <= MAX_DAMAGE);
const _: () = {
    let mut at = 0;
    while at < CLASSES.len() {
        assert!(CLASSES[at].damage <= MAX_DAMAGE);
        at += 1;
    }
};

impl Event for ArenaEvent {
    fn audience(&self) -> Audience {
        match self {
            Self::Hit { target, .. } => Audience::Sees(*target),
            Self::Destroyed { .. } | Self::Captured { .. } | Self::RoundOver { .. } => Audience::Everyone,
            Self::Answer { to, .. } => Audience::Only(*to),
        }
    }

    fn encode(&self, writer: &mut BitWriter) {
        match *self {
            Self::Hit { target, by, damage, pierced, with } => {
                writer.write_bool(false);
                writer.write(u32::from(target.0), SLOT_BITS);
                write_player(by, writer);
                writer.write(u32::from(damage), DAMAGE_BITS);
                writer.write_bool(pierced);
                writer.write(with as u32, WEAPON_BITS);
            }
            Self::Destroyed { target, victim, by, with } => {
                write_rare(0, writer);
                writer.write(u32::from(target.0), SLOT_BITS);
                write_player(victim, writer);
                write_player(by, writer);
                writer.write(with as u32, WEAPON_BITS);
            }
            Self::Captured { team, by } => {
                write_rare(1, writer);
                write_team(team, writer);
                write_player(by, writer);
            }
            Self::RoundOver { result, best } => {
                write_rare(2, writer);
                writer.write(result.code(), RESULT_BITS);
                writer.write_bool(best.is_some());
                if let Some(best) = best {
                    write_player(best, writer);
                }
            }
            Self::Answer { to, outcome } => {
                write_rare(3, writer);
                write_player(to, writer);
                outcome.encode(writer);
            }
        }
    }

    fn decode(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        if !reader.read_bool()? {
            return Ok(Self::Hit {
                target: read_slot(reader)?,
                by: read_player(reader)?,
                damage: reader.read(DAMAGE_BITS)? as u8,
                pierced: reader.read_bool()?,
                with: read_weapon(reader)?,
            });
        }
        Ok(match reader.read(RARE_BITS)? {
            0 => Self::Destroyed {
                target: read_slot(reader)?,
                victim: read_player(reader)?,
                by: read_player(reader)?,
                with: read_weapon(reader)?,
            },
            1 => Self::Captured { team: read_team(reader)?, by: read_player(reader)? },
            2 => Self::RoundOver {
                result: RoundResult::from_code(reader.read(RESULT_BITS)?).ok_or(BitError::OutOfRange)?,
                best: if reader.read_bool()? { Some(read_player(reader)?) } else { None },
            },
            3 => Self::Answer { to: read_player(reader)?, outcome: Outcome::decode(reader)? },
            _ => return Err(BitError::OutOfRange),
        })
    }
}

/// The sounds of events, all of them.
#[cfg(test)]
pub(crate) const SOUNDS: &[&Sound] = &[&KILL, &CAPTURE];

/// The player's victim is gone.
const KILL: Sound = Sound { name: "kill", weight: Weight::Important, layers: &chime([523.3, 659.3, 1046.5]) };

/// The zone has another holder.
const CAPTURE: Sound =
    Sound { name: "capture", weight: Weight::Important, layers: &chime([392.0, 587.3, 784.0]) };

/// A line of the event feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FeedText {
    pub(crate) text: String,
    /// Whether the reader has a part in it.
    pub(crate) own: bool,
}

/// Who reads a line, and knows others by their names.
pub(crate) trait Reader {
    /// The reader's own seat.
    fn me(&self) -> PlayerId;
    /// A pilot's name, as far as it is known.
    fn name_of(&self, player: PlayerId) -> &str;
    /// A round's result, as this reader is told it.
    fn end_of_round(&self, result: RoundResult) -> RoundEnd;
}

impl ArenaEvent {
    /// What is heard of it wherever one is; sounds of a place belong to what is drawn there.
    pub(crate) fn sound(&self, me: PlayerId) -> Option<&'static Sound> {
        match *self {
            Self::Destroyed { by, .. } => (by == me).then_some(&KILL),
            Self::Captured { .. } => Some(&CAPTURE),
            Self::Hit { .. } | Self::RoundOver { .. } | Self::Answer { .. } => None,
        }
    }

    /// What is written of it.
    pub(crate) fn line(&self, reader: &impl Reader) -> Option<FeedText> {
        let me = reader.me();
        Some(match *self {
            Self::Destroyed { victim, by, with, .. } => {
                FeedText { text: kill_text(victim, by, with, reader), own: by == me || victim == me }
            }
            Self::Captured { team, by } => {
                FeedText { text: format!("{} took the zone", team.title()), own: by == me }
            }
            Self::RoundOver { result, .. } => {
                FeedText { text: reader.end_of_round(result).sentence(&ABOUT), own: true }
            }
            Self::Answer { outcome, .. } => FeedText { text: outcome.sentence(), own: true },
            Self::Hit { .. } => return None,
        })
    }

    /// What is told of it outside the room.
    pub(crate) fn headline(&self) -> Option<Headline> {
        match *self {
            Self::Destroyed { victim, by, with, .. } => Some(Headline::Highlight(Highlight {
                kind: "kill",
                players: [Some(("victim", victim)), Some(("by", by))],
                with: Some(with.name()),
                ..Highlight::default()
            })),
            Self::Captured { team, by } => Some(Headline::Highlight(Highlight {
                kind: "capture",
                players: [Some(("by", by)), None],
                team: Some(team.index() as u8),
                sentence: Some("{by} takes the zone for {team}"),
                ..Highlight::default()
            })),
            Self::RoundOver { result, best } => Some(Headline::RoundOver { result, best }),
            Self::Hit { .. } | Self::Answer { .. } => None,
        }
    }
}

fn kill_text(victim: PlayerId, by: PlayerId, with: Weapon, reader: &impl Reader) -> String {
    let (me, with) = (reader.me(), with.name());
    let name = |player| reader.name_of(player);
    match (victim == me, by == me) {
        (true, true) => format!("You got yourself ({with})"),
        (false, true) => format!("You got {} ({with})", name(victim)),
        (true, false) => format!("{} got you ({with})", name(by)),
        (false, false) if by == victim => format!("{} got themself ({with})", name(by)),
        (false, false) => format!("{} got {} ({with})", name(by), name(victim)),
    }
}

fn write_rare(which: u32, writer: &mut BitWriter) {
    writer.write_bool(true);
    writer.write(which, RARE_BITS);
}

fn write_player(player: PlayerId, writer: &mut BitWriter) {
    writer.write(u32::from(player.0), PLAYER_BITS);
}

fn read_player(reader: &mut BitReader<'_>) -> Result<PlayerId, BitError> {
    Ok(PlayerId(reader.read(PLAYER_BITS)? as u16))
}

fn read_slot(reader: &mut BitReader<'_>) -> Result<Slot, BitError> {
    Ok(Slot(reader.read(SLOT_BITS)? as u16))
}

fn read_weapon(reader: &mut BitReader<'_>) -> Result<Weapon, BitError> {
    Weapon::ALL.get(reader.read(WEAPON_BITS)? as usize).copied().ok_or(BitError::OutOfRange)
}

fn write_team(team: Team, writer: &mut BitWriter) {
    writer.write(team.index() as u32, TEAM_BITS);
}

fn read_team(reader: &mut BitReader<'_>) -> Result<Team, BitError> {
    Team::from_index(reader.read(TEAM_BITS)? as usize).ok_or(BitError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_survives_the_wire() {
        let (target, victim, by) = (Slot(8191), PlayerId(2047), PlayerId(3));
        let events = Weapon::ALL.into_iter().flat_map(|with| {
            [
                ArenaEvent::Hit { target, by, damage: MAX_DAMAGE, pierced: with == Weapon::Gun, with },
                ArenaEvent::Destroyed { target, victim, by, with },
            ]
        });
        let ends = [
            (RoundResult::Draw, None),
            (RoundResult::Team(2), Some(victim)),
            (RoundResult::Player(by), Some(by)),
        ];
        let rare = ends.map(|(result, best)| ArenaEvent::RoundOver { result, best });
        let answer = ArenaEvent::Answer { to: by, outcome: Outcome::Repaired { points: 3, cost: 6 } };
        for event in events.chain(rare).chain([ArenaEvent::Captured { team: Team::A, by }, answer]) {
            let mut writer = BitWriter::new();
            event.encode(&mut writer);
            assert_eq!(ArenaEvent::decode(&mut BitReader::new(writer.finish())), Ok(event));
        }
    }
}
