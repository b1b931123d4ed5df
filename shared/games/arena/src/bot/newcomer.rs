//! What `make run` is to somebody who has never played: eight programs of the crowd and the arena's own pirates, and a
//! newcomer who digs, gathers, and fights nobody.

use super::sight::Sight;
use super::{Behaviour, Bot, Manners};
use crate::entity::ArenaEntity;
use crate::event::ArenaEvent;
use crate::scenario::Scenario;
use crate::world::Arena;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Arrival, History, Past, PlayerInput, Simulation};
use perigee_shared::protocol::RosterEntry;
use perigee_shared::tick::{TICK_HZ, Tick};

const BOTS: u16 = 8;
const NEWCOMER: PlayerId = PlayerId(BOTS);
/// The default room's interest radius, units.
const SEEN_UNITS: f32 = 900.0;
/// How long the bots have been at it when the newcomer comes, and how long that one stays, seconds.
const BEFORE_S: u32 = 20;
const STAY_S: u32 = 180;

/// How often the newcomer died, how often everybody destroyed anybody, and how many pieces the newcomer had.
#[derive(Debug, Default)]
struct Evening {
    deaths: u32,
    kills: u32,
    pieces: u16,
}

fn roster(arena: &Arena, count: u16) -> Vec<RosterEntry> {
    let entry = |seat| RosterEntry {
        player: PlayerId(seat),
        name: String::new(),
        standing: arena.standing(PlayerId(seat)),
        bot: seat != NEWCOMER.0,
    };
    (0..count).map(entry).collect()
}

fn evening(scenario: &Scenario, seed: u64) -> Evening {
    let (mut arena, mut history, mut tick) = (Arena::new(scenario, seed), History::default(), Tick(0));
    let map = Arena::map(scenario);
    let mut bots: Vec<(Bot, Manners)> = (0..BOTS)
        .map(|n| {
            // As `perigee-bots` seeds them.
            arena.join(PlayerId(n), tick, Arrival::default());
            let seed = seed.wrapping_mul(1_000_003).wrapping_add(n.into());
            (Bot::new(Behaviour::Mixed, seed), Manners::default())
        })
        .collect();
    let (mut newcomer, mut evening) = (Bot::new(Behaviour::Mine, seed), Evening::default());
    let mut events = Vec::new();
    for at in 0..(BEFORE_S + STAY_S) * TICK_HZ {
        if at == BEFORE_S * TICK_HZ {
            arena.join(NEWCOMER, tick, Arrival::default());
        }
        let pilots = if at < BEFORE_S * TICK_HZ { BOTS } else { BOTS + 1 };
        let roster = roster(&arena, pilots);
        let mut inputs = Vec::new();
        for seat in 0..pilots {
            let player = PlayerId(seat);
            let own = arena.controlled(player).and_then(|slot| arena.entities().get(slot));
            let Some(own @ ArenaEntity::Ship(ship)) = own else { continue };
            let centre = ship.position.units();
            let is_near = |entity: &&ArenaEntity| {
                perigee_shared::netcode::Entity::pose(*entity).position.distance(centre) < SEEN_UNITS
            };
            let seen = arena.entities().iter().map(|(_, entity)| entity).filter(is_near);
            let command = match bots.get_mut(usize::from(seat)) {
                Some((bot, manners)) => {
                    manners.look(&roster, tick);
                    bot.decide_among(Some(own), seen, |player| manners.regard(&roster, player, tick), &map)
                }
                None => {
                    let nobody = |_| super::Regard::Fair;
                    // Who digs and fights nobody.
                    newcomer.dig_blindly(ship, &Sight::of(ship, seen, nobody, false, 0.0), &map)
                }
            };
            inputs.push(PlayerInput::plain(player, command));
        }
        tick = tick.plus(1);
        events.clear();
        arena.step(tick, &inputs, &Past::new(&history, tick), &mut events);
        history.push(tick, arena.entities());
        for event in &events {
            if let ArenaEvent::Destroyed { victim, .. } = event {
                evening.kills += 1;
                evening.deaths += u32::from(*victim == NEWCOMER);
            }
        }
        let load = arena.entities().iter().find_map(|(_, entity)| match entity {
            ArenaEntity::Hold(hold) if hold.owner == NEWCOMER => Some(hold.load()),
            _ => None,
        });
        evening.pieces = evening.pieces.max(load.unwrap_or_default());
    }
    evening
}

/// Whoever mines for three minutes dies at most twice, and the others fight on.
#[test]
fn a_newcomer_who_mines_is_left_to_it_while_the_crowd_fights() {
    let teams = Scenario {
        width_units: 2800.0,
        height_units: 1800.0,
        asteroids: 26,
        pirates: 2,
        stations: 4,
        mode: crate::scenario::Mode::Teams,
        ..Scenario::default()
    };
    for scenario in [Scenario::default(), teams] {
        let evenings: Vec<Evening> = (1..=10).map(|seed| evening(&scenario, seed)).collect();
        println!("{evenings:?}");
        for (seed, Evening { deaths, kills, pieces }) in (1..).zip(&evenings) {
            let mode = scenario.mode;
            assert!(*deaths <= 2, "{mode:?}, seed {seed}: the newcomer died {deaths} times");
            assert!(kills > deaths, "{mode:?}, seed {seed}: {kills} kills, {deaths} of them the newcomer");
            assert!(*pieces > 3, "{mode:?}, seed {seed}: the newcomer got {pieces} pieces: no miner");
        }
        let kills: u32 = evenings.iter().map(|evening| evening.kills).sum();
        assert!(kills > 60, "{kills} kills in ten evenings: nothing goes on");
    }
}
