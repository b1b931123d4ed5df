//! `make fit-codec`: records bots at play and writes the word lengths of the codec's prefix codes.
//!
//! The record is a mix of behaviours in one arena; every command that a person may give has a word too, however rare
//! here. The tables are part of the schema hash, so a refit is a change of the protocol.

use perigee_shared::game::bot::{Behaviour, Bot};
use perigee_shared::game::{Arena, Scenario};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::delta::Surprise;
use perigee_shared::netcode::delta_log::DeltaLog;
use perigee_shared::netcode::prefix_code::fit;
use perigee_shared::netcode::{Entity, History, Past, PlayerInput, Simulation};
use perigee_shared::tick::Tick;
use std::fmt::Write as _;

/// Bots of each behaviour: most players steer by keys and press them fully, as cruisers and wanderers do; hunters stand
/// for those who steer by mouse, in small corrections.
const CAST: [(Behaviour, u16); 3] = [(Behaviour::Cruise, 90), (Behaviour::Wander, 30), (Behaviour::Hunt, 8)];
const TICKS: u32 = 30 * 120;
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/src/game/codec_tables.rs");

fn main() -> std::io::Result<()> {
    let counts = record();
    let lengths = fit(&counts);
    let total: u64 = counts.iter().sum();
    let bits: u64 = counts.iter().zip(&lengths).map(|(&count, &length)| count * u64::from(length)).sum();
    tell(&format!("{total} surprises, {:.3} bits each without their gaps", bits as f64 / total as f64));
    std::fs::write(TABLE, source(&lengths))
}

/// How often each symbol occurs in play.
fn record() -> Vec<u64> {
    let scenario = Scenario {
        width_units: 4000.0,
        height_units: 4000.0,
        asteroids: 30,
        map_seed: 1,
        protect_absent: false,
    };
    let map = Arena::map(&scenario);
    let mut arena = Arena::new(&scenario, 1);
    let mut minds = Vec::new();
    for (behaviour, count) in CAST {
        for _ in 0..count {
            let player = PlayerId(minds.len() as u16);
            arena.join(player, Tick(0));
            minds.push((player, Bot::new(behaviour, u64::from(player.0))));
        }
    }
    let steering = <Arena as Simulation>::Entity::kinds()[0].steering;
    let mut counts = vec![0; steering.map_or(0, |steering| steering.code.symbols())];
    let mut events = Vec::new();
    let (mut history, mut deltas) = (History::default(), DeltaLog::default());
    for tick in 1..=TICKS {
        let before: Vec<_> = arena.entities().iter().map(|(slot, entity)| (slot, *entity)).collect();
        let inputs: Vec<_> = minds
            .iter_mut()
            .map(|(player, mind)| {
                let own = arena.controlled(*player).and_then(|slot| arena.entities().get(slot));
                let seen = arena.entities().iter().map(|(_, entity)| entity);
                let command = mind.decide(own, seen, &map);
                PlayerInput::plain(*player, command)
            })
            .collect();
        events.clear();
        arena.step(Tick(tick), &inputs, &Past::new(&history, Tick(tick)), &mut events);
        deltas.push(Tick(tick), arena.entities(), history.get(Tick(tick - 1)), &map);
        history.push(Tick(tick), arena.entities());
        for (slot, forecast) in &before {
            // Of two that met one is told.
            if deltas.meetings().iter().any(|(_, implied)| implied == slot) {
                continue;
            }
            let Some(actual) = arena.entities().get(*slot).filter(|actual| actual.kind() == 0) else {
                continue;
            };
            if let Some((surprise, _)) = Surprise::of(forecast, actual, &map) {
                counts[surprise.symbol()] += 1;
            }
        }
    }
    counts
}

fn source(lengths: &[u8]) -> String {
    let mut text = String::from(
        "//! Word lengths of the prefix codes, fitted to recorded play by `make fit-codec`: do not edit by hand. They are part\n\
         //! of the schema hash.\n\n\
         /// Of a ship's surprises, by symbol (`netcode::fields::Steering`).\n",
    );
    let _ = writeln!(text, "pub(super) const SHIP_SURPRISES: [u8; {}] = [", lengths.len());
    for row in lengths.chunks(24) {
        let row: Vec<String> = row.iter().map(u8::to_string).collect();
        let _ = writeln!(text, "    {},", row.join(", "));
    }
    text + "];\n"
}

#[expect(clippy::print_stdout, reason = "what was fitted is this program's output")]
fn tell(text: &str) {
    println!("{text}");
}
