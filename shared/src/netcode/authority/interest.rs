//! Interest management: which entities a client may know. An entity that is not relevant is never sent.

use crate::bitset::BitSet;
use crate::grid::Grid;
use crate::ids::{PlayerId, Slot};
use crate::netcode::entity::{Entity, Relevancy};
use crate::netcode::state::entities::EntityTable;
use glam::Vec2;

/// An entity enters a view at the radius and leaves it at the radius times this: a Schmitt trigger, so that an entity
/// at the rim does not flicker. They are a tenth of the radius apart.
pub const HYSTERESIS: f32 = 1.1;

/// Larger than any world, and its square is well within an `f32`.
const EVERYWHERE_UNITS: f32 = 1e6;

/// A viewer, and where they look from.
#[derive(Clone, Copy, Debug)]
pub struct Eye {
    /// The player.
    pub player: PlayerId,
    /// Their team, if the game has any.
    pub team: Option<u8>,
    /// The middle of their view, units.
    pub centre: Vec2,
    /// Whether they spectate, without an entity of their own, and see all entities of [`Relevancy::Near`].
    pub sees_all: bool,
}

/// The tick's entities by relevancy: those for near clients in a grid, the others in lists.
#[derive(Clone, Debug)]
pub struct Interest {
    grid: Grid,
    radius_units: f32,
    /// The fraction of the radius that applies: less under overload.
    scale: f32,
    everybody: BitSet,
    owners: Vec<(PlayerId, Slot)>,
    teams: Vec<(u8, Slot)>,
}

impl Interest {
    /// Interest within `radius_units` in a world of `size_units`.
    #[must_use]
    pub fn new(size_units: (f32, f32), radius_units: f32) -> Self {
        // Smaller cells fit the circle better but make more rows, each a run. At half a radius r a view of 1.1 r, 4.4
        // cells wide, spans at most 6 rows.
        Self {
            grid: Grid::new(size_units.0, size_units.1, radius_units / 2.0),
            radius_units,
            scale: 1.0,
            everybody: BitSet::default(),
            owners: Vec::new(),
            teams: Vec::new(),
        }
    }

    /// From now on only this fraction of the radius applies.
    pub fn set_scale(&mut self, scale: f32) {
        self.scale = scale;
    }

    /// How far clients see at the moment.
    #[must_use]
    pub fn radius_units(&self) -> f32 {
        self.radius_units * self.scale
    }

    /// Takes in the position and the relevancy of all entities.
    pub fn rebuild<E: Entity>(&mut self, table: &EntityTable<E>) {
        self.everybody.clear();
        self.owners.clear();
        self.teams.clear();
        let (everybody, owners, teams) = (&mut self.everybody, &mut self.owners, &mut self.teams);
        self.grid.rebuild(table.iter().filter_map(|(slot, entity)| {
            match entity.relevancy() {
                Relevancy::Near => return Some((slot.0, entity.pose().position)),
                Relevancy::Always => everybody.insert(slot.index()),
                Relevancy::Owner => owners.extend(entity.owner().map(|owner| (owner, slot))),
                Relevancy::Team(team) => teams.push((team, slot)),
            }
            None
        }));
        // Each viewer searches for their own, and there may be as many owners as viewers.
        owners.sort_unstable();
    }

    /// Fills `now` with the entities that `eye` may know; `before` is what it knew until now.
    pub fn visible_from(&self, eye: Eye, before: &BitSet, now: &mut BitSet) {
        now.copy_from(&self.everybody);
        let radius_units = if eye.sees_all { EVERYWHERE_UNITS } else { self.radius_units() };
        let (enters_units, leaves_units) = (radius_units, radius_units * HYSTERESIS);
        // Distances are compared by their squares, which saves a root for each pair.
        let (enters_within, leaves_within) = (enters_units * enters_units, leaves_units * leaves_units);
        let words = now.words_mut(self.grid.ids().div_ceil(64));
        for run in self.grid.runs(eye.centre, leaves_units) {
            for &(id, at) in run {
                // Without a branch: whether an entity is near is unpredictable, and this is the most frequent test of
                // all.
                let (word, bit) = (usize::from(id / 64), id % 64);
                let distance_squared = at.distance_squared(eye.centre);
                let enters = u64::from(distance_squared <= enters_within);
                let stays = u64::from(distance_squared <= leaves_within) & (before.word(word) >> bit);
                words[word] |= (enters | stays & 1) << bit;
            }
        }
        let first = self.owners.partition_point(|(owner, _)| *owner < eye.player);
        for (_, slot) in self.owners[first..].iter().take_while(|(owner, _)| *owner == eye.player) {
            now.insert(slot.index());
        }
        for (_, slot) in self.teams.iter().filter(|(team, _)| Some(*team) == eye.team) {
            now.insert(slot.index());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netcode::toy_game::{Ball, Push};

    fn ball(x: i32, owner: u16) -> Ball {
        Ball { owner: PlayerId(owner), push: Push::default(), x, v: 0, taps: 0 }
    }

    #[test]
    fn each_kind_of_relevancy_shows_itself_to_whom_it_says() {
        // The toy's relevancy follows from its owner: see `Ball::relevancy`.
        let mut table = EntityTable::with_capacity(8);
        let mut spawn = |x, owner| table.spawn(ball(x, owner)).unwrap().index();
        let near = spawn(1_000, 1);
        let far = spawn(90_000, 1);
        let always = spawn(90_000, Ball::BEACON);
        let secret = spawn(90_000, Ball::SECRET_OF_2);
        let team = spawn(90_000, Ball::TEAM_7);
        let mut interest = Interest::new((1000.0, 1.0), 50.0);
        interest.rebuild(&table);
        let sees = |player, team| {
            let mut now = BitSet::default();
            let eye = Eye { player: PlayerId(player), team, centre: Vec2::ZERO, sees_all: false };
            interest.visible_from(eye, &BitSet::default(), &mut now);
            now.iter().collect::<Vec<_>>()
        };
        assert_eq!(sees(1, None), [near, always]);
        assert_eq!(sees(2, None), [near, always, secret]);
        assert_eq!(sees(1, Some(7)), [near, always, team]);
        assert!(!sees(2, Some(7)).contains(&far));
    }

    #[test]
    fn what_entered_stays_a_little_longer_than_it_would_enter() {
        let mut table = EntityTable::with_capacity(2);
        let slot = table.spawn(ball(5_200, 1)).unwrap();
        let mut interest = Interest::new((1000.0, 1.0), 50.0);
        interest.rebuild(&table);
        let eye = Eye { player: PlayerId(1), team: None, centre: Vec2::ZERO, sees_all: false };
        let (mut before, mut now) = (BitSet::default(), BitSet::default());
        interest.visible_from(eye, &before, &mut now);
        assert!(now.is_empty());
        before.insert(slot.index());
        interest.visible_from(eye, &before, &mut now);
        assert!(now.contains(slot.index()));
        interest.set_scale(0.5);
        interest.visible_from(eye, &before, &mut now);
        assert!(now.is_empty(), "under overload the radius shrinks");
    }
}
