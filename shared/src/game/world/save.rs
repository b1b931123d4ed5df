//! The arena's whole state as bytes, and back: for keyframes. The bytes come from a file, so they are checked, and what
//! follows from something else is not in them: the map from the scenario, a pilot's ship from its owner.

use super::{Arena, Pilot};
use crate::bits::{BitReader, BitWriter};
use crate::game::entity::ArenaEntity;
use crate::game::scenario::Scenario;
use crate::ids::Slot;
use crate::limits::MAX_ENTITIES;
use crate::netcode::{EntityTable, Lag, LoadError, Simulation, Standing};
use crate::rng::Rng;
use crate::tick::Tick;

pub(super) fn save(arena: &Arena, out: &mut Vec<u8>) {
    let mut writer = BitWriter::new();
    writer.write_u64(arena.rng.state());
    arena.table.save(&mut writer);
    for slot in shots(&arena.table) {
        arena.lags[slot.index()].save(&mut writer);
    }
    let seats = arena.pilots.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    writer.write_exp_golomb(seats as u32, 4);
    for pilot in &arena.pilots[..seats] {
        writer.write_bool(pilot.is_some());
        if let Some(pilot) = pilot {
            write_pilot(pilot, &mut writer);
        }
    }
    out.extend_from_slice(writer.finish());
}

pub(super) fn load(scenario: &Scenario, bytes: &[u8]) -> Result<Arena, LoadError> {
    scenario.check().map_err(LoadError::Scenario)?;
    let mut reader = BitReader::new(bytes);
    let mut arena = Arena::new(scenario, 0);
    arena.rng = Rng::from_state(reader.read_u64()?);
    arena.table = EntityTable::load(MAX_ENTITIES, &mut reader)?;
    for slot in shots(&arena.table) {
        arena.lags[slot.index()] = Lag::load(&mut reader)?;
    }
    let seats = reader.read_exp_golomb(4)? as usize;
    let seats = arena.pilots.get_mut(..seats).ok_or(LoadError::Contradiction("more pilots than seats"))?;
    for pilot in seats {
        if reader.read_bool()? {
            *pilot = Some(read_pilot(&mut reader)?);
        }
    }
    reader.end()?;
    seat_pilots(&mut arena)?;
    Ok(arena)
}

/// Gives each ship to its pilot.
fn seat_pilots(arena: &mut Arena) -> Result<(), LoadError> {
    for (slot, entity) in arena.table.iter() {
        let ArenaEntity::Ship(ship) = entity else { continue };
        let Some(pilot) = arena.pilots[ship.owner.index()].as_mut() else {
            return Err(LoadError::Contradiction("a ship without a pilot"));
        };
        if pilot.ship.replace(slot).is_some() {
            return Err(LoadError::Contradiction("a pilot with two ships"));
        }
    }
    Ok(())
}

fn shots(table: &EntityTable<ArenaEntity>) -> impl Iterator<Item = Slot> {
    table.iter().filter(|(_, entity)| matches!(entity, ArenaEntity::Shot(_))).map(|(slot, _)| slot)
}

fn write_pilot(pilot: &Pilot, writer: &mut BitWriter) {
    writer.write(pilot.standing.score as u32, 32);
    writer.write(pilot.standing.deaths, 32);
    writer.write(pilot.returns_at.0, 32);
    pilot.lag.save(writer);
    writer.write_bool(pilot.absent);
}

fn read_pilot(reader: &mut BitReader<'_>) -> Result<Pilot, LoadError> {
    let standing =
        Standing { score: reader.read(32)? as i32, deaths: reader.read(32)?, ..Standing::default() };
    let (returns_at, lag) = (Tick(reader.read(32)?), Lag::load(reader)?);
    Ok(Pilot { standing, ship: None, returns_at, lag, absent: reader.read_bool()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::bot::{Behaviour, Bot};
    use crate::ids::PlayerId;
    use crate::netcode::{Arrival, History, Past, PlayerInput};
    use proptest::prelude::*;

    /// A match of hunters who see each other late.
    struct Match {
        arena: Arena,
        history: History<ArenaEntity>,
        minds: Vec<Bot>,
        tick: Tick,
    }

    impl Match {
        fn new(pilots: u16) -> Self {
            let mut arena = Arena::new(&scenario(), 5);
            (0..pilots).for_each(|seat| arena.join(PlayerId(seat), Tick(0), Arrival::default()));
            let minds = (0..pilots).map(|n| Bot::new(Behaviour::Hunt, n.into())).collect();
            Self { arena, history: History::default(), minds, tick: Tick(0) }
        }

        fn step(&mut self) -> u64 {
            self.tick = self.tick.plus(1);
            let Self { arena, history, minds, tick } = self;
            let inputs = (0..).zip(minds).map(|(seat, mind)| {
                let player = PlayerId(seat);
                let own = arena.controlled(player).and_then(|slot| arena.table.get(slot));
                let seen = arena.table.iter().map(|(_, entity)| entity);
                let command = mind.decide(own, seen, &arena.map);
                PlayerInput { lag: Lag(seat * 8), ..PlayerInput::plain(player, command) }
            });
            let inputs: Vec<_> = inputs.collect();
            arena.step(*tick, &inputs, &Past::new(history, *tick), &mut Vec::new());
            history.push(*tick, arena.entities());
            arena.state_hash()
        }

        fn play(&mut self, ticks: u32) {
            for _ in 0..ticks {
                self.step();
            }
        }

        fn saved(&self) -> Vec<u8> {
            let mut bytes = Vec::new();
            self.arena.save(&mut bytes);
            bytes
        }
    }

    fn scenario() -> Scenario {
        Scenario {
            width_units: 1200.0,
            height_units: 1000.0,
            asteroids: 6,
            map_seed: 2,
            protect_absent: false,
        }
    }

    #[test]
    fn a_loaded_match_goes_on_as_if_nothing_had_been() {
        let mut first = Match::new(10);
        for _ in 0..8 {
            first.play(173);
            // A ship that is gone at once, so that slots rest with the present tick.
            first.arena.leave(PlayerId(9));
            let bytes = first.saved();
            first.arena.join(PlayerId(9), first.tick, Arrival::default());
            let mut arena = load(&scenario(), &bytes).unwrap();
            arena.join(PlayerId(9), first.tick, Arrival::default());
            let (history, minds) = (first.history.clone(), first.minds.clone());
            let mut second = Match { arena, history, minds, tick: first.tick };
            assert_eq!(second.saved(), first.saved());
            for _ in 0..300 {
                assert_eq!(second.step(), first.step(), "tick {}", first.tick.0);
                assert_eq!(second.saved(), first.saved(), "tick {}", first.tick.0);
            }
        }
        let deaths: u32 = first.arena.pilots.iter().flatten().map(|pilot| pilot.standing.deaths).sum();
        assert!(deaths > 5, "{deaths} deaths: the match was no test");
    }

    #[test]
    fn a_scenario_that_is_not_allowed_is_no_match() {
        let bytes = Match::new(1).saved();
        for width_units in [f32::NAN, 0.0, -1.0, 1e9] {
            let scenario = Scenario { width_units, ..scenario() };
            assert!(matches!(load(&scenario, &bytes), Err(LoadError::Scenario(_))), "{width_units}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_error_or_a_match(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(arena) = load(&scenario(), &noise) {
                go_on(arena);
            }
        }

        #[test]
        fn flipped_bits_are_an_error_or_a_match(flips in proptest::collection::vec(any::<u16>(), 1..4)) {
            let mut played = Match::new(6);
            played.play(200);
            let mut bytes = played.saved();
            for flip in flips {
                let bit = usize::from(flip) % (bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            if let Ok(arena) = load(&scenario(), &bytes) {
                go_on(arena);
            }
        }
    }

    /// Whatever was loaded saves to what loads to the same, and can be played.
    fn go_on(arena: Arena) {
        let (history, minds) = (History::default(), vec![Bot::new(Behaviour::Hunt, 1); 4]);
        let mut played = Match { tick: Tick(7), arena, history, minds };
        let bytes = played.saved();
        let again = load(&scenario(), &bytes).unwrap();
        assert_eq!(again.state_hash(), played.arena.state_hash());
        played.play(60);
    }
}
