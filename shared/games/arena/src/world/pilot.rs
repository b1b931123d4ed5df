//! One pilot: what is kept of a player beside their ship and their hold.

use super::fight::Fight;
use crate::about::Tally;
use crate::class::{ShipClass, Team};
use crate::estate::Condition;
use crate::stake::Stake;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::{Lag, LoadError, Standing};
use perigee_shared::tick::Tick;

/// A kill that counts in full, in parts.
pub(super) const FULL_WORTH: u8 = 8;
/// Bits of what is left of kills that were not worth a whole one.
const KILL_PARTS_BITS: u32 = FULL_WORTH.ilog2();

/// One player's state beside their ship.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pilot {
    pub(super) score: i32,
    pub(super) deaths: u32,
    pub(super) kills: u32,
    pub(super) captures: u32,
    pub(super) team: Team,
    /// Of the next ship.
    pub(super) class: ShipClass,
    /// Who came together has the same; 0 came alone.
    pub(super) party: u32,
    /// No person gives the commands.
    pub(super) driven: bool,
    pub(super) ship: Option<Slot>,
    /// Pirates have none.
    pub(super) hold: Option<Slot>,
    /// When the next ship comes, while there is none.
    pub(super) returns_at: Tick,
    /// How the next ship is, if it is not a rested one: how they left theirs.
    pub(super) next_ship: Option<Condition>,
    /// Tells them from everybody who ever was here, whatever seat they have; 0 for pirates.
    pub(super) mark: u32,
    /// How far in the past the pilot sees the others.
    pub(super) lag: Lag,
    /// What they pressed in this tick was aimed at a guess from so long ago. Set anew before it is asked: no state.
    pub(super) known_ago_ticks: u8,
    /// Whether the pilot's connection is broken.
    pub(super) absent: bool,
    /// How they came by what is in the hold.
    pub(super) stake: Stake,
    /// Who hurt the ship last, for a while.
    pub(super) fight: Option<Fight>,
    /// Whether they did anything since they came.
    pub(super) acted: bool,
    /// What kills were worth that were not worth a whole one, in parts of [`FULL_WORTH`].
    pub(super) kill_parts: u8,
}

impl Pilot {
    /// How they stand, if what they own is worth `wealth`.
    pub(super) fn standing(&self, wealth: i64) -> Standing {
        let tally = Tally {
            kills: self.kills.into(),
            wealth,
            captures: self.captures.into(),
            deaths: self.deaths.into(),
        };
        Standing { score: self.score, team: self.team_number(), statistics: tally.into() }
    }

    /// 1 or 2 in one of the two teams, else 0.
    pub(super) fn team_number(&self) -> u8 {
        match self.team {
            team @ (Team::A | Team::B) => team.index() as u8,
            Team::Free | Team::Pirates => 0,
        }
    }

    pub(super) fn is_pirate(&self) -> bool {
        self.team == Team::Pirates
    }

    /// Slots that are theirs for longer than a flight: ship and hold.
    pub(super) fn reserved_slots(&self) -> usize {
        usize::from(self.ship.is_some()) + usize::from(self.hold.is_some())
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_i32(self.score);
        hasher.write_u64(u64::from(self.deaths) << 32 | u64::from(self.kills));
        hasher.write_u64(u64::from(self.captures) << 32 | u64::from(self.party));
        hasher.write_u64((self.team.index() << 8 | self.class.index()) as u64);
        hasher.write_u64(u64::from(self.returns_at.0));
        for slot in [self.ship, self.hold] {
            hasher.write_i32(slot.map_or(-1, |slot| i32::from(slot.0)));
        }
        hasher.write_u64(u64::from(self.lag.0) << 2 | u64::from(self.absent) << 1 | u64::from(self.driven));
        self.stake.hash_into(hasher);
        hasher.write_u64(Fight::hash_of(self.fight));
        let parts = u64::from(self.kill_parts);
        hasher.write_u64(u64::from(self.mark) << 16 | parts << 1 | u64::from(self.acted));
        if let Some(next) = self.next_ship {
            next.hash_into(hasher);
        }
    }

    /// Appends all but what follows from the table.
    pub(super) fn save(&self, writer: &mut BitWriter) {
        writer.write(self.score as u32, 32);
        for count in [self.deaths, self.kills, self.captures, self.party, self.returns_at.0] {
            writer.write(count, 32);
        }
        writer.write(self.team.index() as u32, 2);
        writer.write(self.class.index() as u32, 2);
        self.lag.save(writer);
        writer.write_bool(self.absent);
        writer.write_bool(self.driven);
        self.stake.save(writer);
        Fight::save(self.fight, writer);
        writer.write_bool(self.acted);
        writer.write(u32::from(self.kill_parts), KILL_PARTS_BITS);
        writer.write(self.mark, 32);
        writer.write_bool(self.next_ship.is_some());
        if let Some(next) = self.next_ship {
            next.save(writer);
        }
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// A [`LoadError`] for what no pilot is.
    pub(super) fn load(reader: &mut BitReader<'_>) -> Result<Self, LoadError> {
        let unknown = LoadError::Contradiction("an unknown team or class");
        Ok(Self {
            score: reader.read(32)? as i32,
            deaths: reader.read(32)?,
            kills: reader.read(32)?,
            captures: reader.read(32)?,
            party: reader.read(32)?,
            returns_at: Tick(reader.read(32)?),
            team: Team::from_index(reader.read(2)? as usize).ok_or_else(|| unknown.clone())?,
            class: ShipClass::from_index(reader.read(2)? as usize).ok_or(unknown)?,
            lag: Lag::load(reader)?,
            absent: reader.read_bool()?,
            driven: reader.read_bool()?,
            stake: Stake::load(reader)?,
            fight: Fight::load(reader)?,
            acted: reader.read_bool()?,
            kill_parts: reader.read(KILL_PARTS_BITS)? as u8,
            mark: reader.read(32)?,
            next_ship: reader.read_bool()?.then(|| Condition::load(reader)).transpose()?,
            ..Self::default()
        })
    }
}
