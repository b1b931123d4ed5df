//! A saved match goes on as if nothing had been, and any bytes are a match or an error.

use super::*;
use crate::bot::{Behaviour, Bot};
use crate::class::ShipClass;
use crate::scenario::Mode;
use perigee_shared::netcode::{Arrival, History, Lag, Past, PlayerInput, Replicated, Simulation};
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
            arena.pilots.get_mut(PlayerId(seat)).unwrap().class = ShipClass::ALL[usize::from(seat) % 3];
        }
        let bots = (0..pilots).map(|n| Bot::new(Behaviour::Hunt, n.into())).collect();
        Self { arena, history: History::default(), bots, tick: Tick(0) }
    }

    fn step(&mut self) -> u64 {
        self.tick = self.tick.plus(1);
        let Self { arena, history, bots, tick } = self;
        let inputs = (0..).zip(bots).map(|(seat, bot)| {
            let player = PlayerId(seat);
            let own = arena.controlled(player).and_then(|slot| arena.space.table.get(slot));
            let seen = arena.space.table.iter().map(|(_, entity)| entity);
            let command = bot.decide(own, seen, &arena.space.map);
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
        missiles += first.arena.space.table.iter().filter(|(_, entity)| entity.kind() == 2).count();
        first.arena.join(PlayerId(9), first.tick, Arrival::default());
        let mut arena = Arena::load(&scenario(), &bytes).unwrap();
        arena.join(PlayerId(9), first.tick, Arrival::default());
        let (history, bots) = (first.history.clone(), first.bots.clone());
        let mut second = Match { arena, history, bots, tick: first.tick };
        assert_eq!(second.saved(), first.saved());
        for _ in 0..300 {
            assert_eq!(second.step(), first.step(), "tick {}", first.tick.0);
            assert_eq!(second.saved(), first.saved(), "tick {}", first.tick.0);
        }
    }
    let deaths: u32 = first.arena.pilots.all().map(|(_, pilot)| pilot.deaths).sum();
    assert!(missiles > 0, "no missile flew while it was saved");
    assert!(deaths > 5, "{deaths} deaths: the match was no test");
}

#[test]
fn a_scenario_that_is_not_allowed_is_no_match() {
    let bytes = Match::new(1).saved();
    for width_units in [f32::NAN, 0.0, -1.0, 1e9] {
        let scenario = Scenario { width_units, ..scenario() };
        assert!(matches!(Arena::load(&scenario, &bytes), Err(LoadError::Scenario(_))), "{width_units}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_or_a_match(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(arena) = Arena::load(&scenario(), &noise) {
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
        if let Ok(arena) = Arena::load(&scenario(), &bytes) {
            go_on(arena);
        }
    }
}

/// Whatever was loaded saves to what loads to the same, and can be played.
fn go_on(arena: Arena) {
    let (history, bots) = (History::default(), vec![Bot::new(Behaviour::Hunt, 1); 4]);
    let mut played = Match { tick: Tick(7), arena, history, bots };
    let bytes = played.saved();
    let again = Arena::load(&scenario(), &bytes).unwrap();
    assert_eq!(again.state_hash(), played.arena.state_hash());
    played.play(60);
}
