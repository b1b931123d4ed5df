//! The arena's whole state as bytes, and back: for keyframes. The bytes come from a file, so they are checked, and what
//! follows from something else is not in them: the map from the scenario, a pilot's ship from its owner.

use super::bots::SeatedBot;
use super::feuds::{FULL_WORTH, Feuds};
use super::forfeit::{Fight, load_forfeits, save_forfeits};
use super::{Arena, Pilot};
use crate::bot::Bot;
use crate::class::{ShipClass, Team};
use crate::entity::ArenaEntity;
use crate::estate::Condition;
use crate::scenario::Scenario;
use crate::stake::Stake;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_ENTITIES;
use perigee_shared::netcode::{EntityTable, Lag, LoadError};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;

/// Order of the code of how many seats are passed over between two pilots.
const GAP_ORDER: u32 = 1;
/// Bits of what is left of kills that were not worth a whole one.
const KILL_PARTS_BITS: u32 = FULL_WORTH.ilog2();

pub(super) fn save(arena: &Arena, out: &mut Vec<u8>) {
    let mut writer = BitWriter::new();
    writer.write_u64(arena.rng.state());
    arena.table.save(&mut writer);
    for slot in shots(&arena.table) {
        arena.lags[slot.index()].save(&mut writer);
    }
    let pilots = || arena.pilots.iter().enumerate().filter_map(|(seat, pilot)| Some((seat, pilot.as_ref()?)));
    writer.write_exp_golomb(pilots().count() as u32, 4);
    let mut next = 0;
    for (seat, pilot) in pilots() {
        writer.write_exp_golomb((seat - next) as u32, GAP_ORDER);
        next = seat + 1;
        write_pilot(pilot, &mut writer);
    }
    for bot in &arena.bots {
        bot.bot.save(&mut writer);
    }
    save_forfeits(&arena.forfeits, &mut writer);
    arena.feuds.save(&mut writer);
    arena.economy.save(&mut writer);
    out.extend_from_slice(writer.finish());
}

pub(super) fn load(scenario: &Scenario, bytes: &[u8]) -> Result<Arena, LoadError> {
    perigee_shared::netcode::Scenario::check(scenario).map_err(LoadError::Scenario)?;
    let mut reader = BitReader::new(bytes);
    let mut arena = Arena::empty(scenario, 0);
    arena.rng = Rng::from_state(reader.read_u64()?);
    arena.table = EntityTable::load(MAX_ENTITIES, &mut reader)?;
    for slot in shots(&arena.table) {
        arena.lags[slot.index()] = Lag::load(&mut reader)?;
    }
    let mut next = 0;
    for _ in 0..reader.read_exp_golomb(4)? {
        let seat = (reader.read_exp_golomb(GAP_ORDER)? as usize).saturating_add(next);
        let place = arena.pilots.get_mut(seat).ok_or(LoadError::Contradiction("more pilots than seats"))?;
        *place = Some(read_pilot(&mut reader)?);
        next = seat + 1;
    }
    // Whoever is driven has a bot, in the order of seats.
    for (seat, pilot) in arena.pilots.iter().enumerate() {
        if pilot.is_some_and(|pilot| pilot.driven) {
            let bot = Bot::load(&mut reader)?;
            arena.bots.push(SeatedBot { player: PlayerId(seat as u16), bot });
        }
    }
    arena.forfeits = load_forfeits(&mut reader)?;
    arena.feuds = Feuds::load(&mut reader)?;
    arena.economy.load(&arena.table, &mut reader)?;
    reader.end()?;
    assign(&mut arena)?;
    Ok(arena)
}

/// Gives each ship and each hold to its pilot, and finds the contest.
fn assign(arena: &mut Arena) -> Result<(), LoadError> {
    let mut contests = 0;
    for (slot, entity) in arena.table.iter() {
        let (owner, is_hold) = match entity {
            ArenaEntity::Ship(ship) => (ship.owner, false),
            ArenaEntity::Hold(hold) => (hold.owner, true),
            ArenaEntity::Contest(_) => {
                (arena.contest, contests) = (slot, contests + 1);
                continue;
            }
            _ => continue,
        };
        let Some(pilot) = arena.pilots[owner.index()].as_mut() else {
            return Err(LoadError::Contradiction("a ship or a hold without a pilot"));
        };
        let place = if is_hold { &mut pilot.hold } else { &mut pilot.ship };
        if place.replace(slot).is_some() {
            return Err(LoadError::Contradiction("a pilot with two ships or holds"));
        }
    }
    if contests == 1 { Ok(()) } else { Err(LoadError::Contradiction("no match, or two at once")) }
}

fn shots(table: &EntityTable<ArenaEntity>) -> impl Iterator<Item = Slot> {
    table.iter().filter(|(_, entity)| matches!(entity, ArenaEntity::Shot(_))).map(|(slot, _)| slot)
}

fn write_pilot(pilot: &Pilot, writer: &mut BitWriter) {
    writer.write(pilot.score as u32, 32);
    for count in [pilot.deaths, pilot.kills, pilot.captures, pilot.party, pilot.returns_at.0] {
        writer.write(count, 32);
    }
    writer.write(pilot.team.index() as u32, 2);
    writer.write(pilot.class.index() as u32, 2);
    pilot.lag.save(writer);
    writer.write_bool(pilot.absent);
    writer.write_bool(pilot.driven);
    pilot.stake.save(writer);
    Fight::save(pilot.fight, writer);
    writer.write_bool(pilot.acted);
    writer.write(u32::from(pilot.kill_parts), KILL_PARTS_BITS);
    writer.write(pilot.mark, 32);
    writer.write_bool(pilot.next_ship.is_some());
    if let Some(next) = pilot.next_ship {
        next.save(writer);
    }
}

fn read_pilot(reader: &mut BitReader<'_>) -> Result<Pilot, LoadError> {
    let unknown = LoadError::Contradiction("an unknown team or class");
    Ok(Pilot {
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
        ..Pilot::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::{Behaviour, Bot};
    use crate::scenario::Mode;
    use perigee_shared::netcode::{Arrival, History, Past, PlayerInput, Replicated, Simulation};
    use proptest::prelude::*;

    /// A match of hunters who see each other late.
    struct Match {
        arena: Arena,
        history: History<ArenaEntity>,
        bots: Vec<Bot>,
        tick: Tick,
    }

    impl Match {
        fn new(pilots: u16) -> Self {
            let mut arena = Arena::new(&scenario(), 5);
            for seat in 0..pilots {
                let driven = seat % 4 == 3;
                arena.join(PlayerId(seat), Tick(0), Arrival { driven, ..Arrival::default() });
                arena.pilot_mut(PlayerId(seat)).unwrap().class = ShipClass::ALL[usize::from(seat) % 3];
            }
            let bots = (0..pilots).map(|n| Bot::new(Behaviour::Hunt, n.into())).collect();
            Self { arena, history: History::default(), bots, tick: Tick(0) }
        }

        fn step(&mut self) -> u64 {
            self.tick = self.tick.plus(1);
            let Self { arena, history, bots, tick } = self;
            let inputs = (0..).zip(bots).map(|(seat, bot)| {
                let player = PlayerId(seat);
                let own = arena.controlled(player).and_then(|slot| arena.table.get(slot));
                let seen = arena.table.iter().map(|(_, entity)| entity);
                let command = bot.decide(own, seen, &arena.map);
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
            asteroids: 6,
            stations: 3,
            map_seed: 2,
            pirates: 2,
            round_s: 40,
            mode: Mode::Teams,
            ..Scenario::bare(1200.0, 1000.0)
        }
    }

    #[test]
    fn a_loaded_match_goes_on_as_if_nothing_had_been() {
        let (mut first, mut missiles) = (Match::new(10), 0);
        for _ in 0..8 {
            first.play(173);
            // A ship that is gone at once, so that slots rest with the present tick.
            first.arena.leave(PlayerId(9));
            let bytes = first.saved();
            missiles += first.arena.table.iter().filter(|(_, entity)| entity.kind() == 2).count();
            first.arena.join(PlayerId(9), first.tick, Arrival::default());
            let mut arena = load(&scenario(), &bytes).unwrap();
            arena.join(PlayerId(9), first.tick, Arrival::default());
            let (history, bots) = (first.history.clone(), first.bots.clone());
            let mut second = Match { arena, history, bots, tick: first.tick };
            assert_eq!(second.saved(), first.saved());
            for _ in 0..300 {
                assert_eq!(second.step(), first.step(), "tick {}", first.tick.0);
                assert_eq!(second.saved(), first.saved(), "tick {}", first.tick.0);
            }
        }
        let deaths: u32 = first.arena.pilots.iter().flatten().map(|pilot| pilot.deaths).sum();
        assert!(missiles > 0, "no missile flew while it was saved");
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
        let (history, bots) = (History::default(), vec![Bot::new(Behaviour::Hunt, 1); 4]);
        let mut played = Match { tick: Tick(7), arena, history, bots };
        let bytes = played.saved();
        let again = load(&scenario(), &bytes).unwrap();
        assert_eq!(again.state_hash(), played.arena.state_hash());
        played.play(60);
    }
}
