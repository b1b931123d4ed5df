//! `make fit-codec`: records bots at play and computes the word lengths of the codec's prefix codes, for any game with
//! a [`Controller`].
//!
//! The record is a mix of behaviours in one match; every valid command gets a word, even one that was not recorded. The
//! tables are part of the schema hash, so a refit changes the protocol. It also reports the best orders of the
//! residuals' codes for the record, and the size of a snapshot with the tables that are compiled in.
//!
//! - `games`: the players that are recorded in each game

mod games;

pub use games::{Codec, GAMES};

use crate::bots::{CommandOf, Controller, EntityOf, Part};
use crate::simnet::{Conditions, World};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::PlayerId;
use perigee_shared::limits::MAX_FIELDS;
use perigee_shared::netcode::authority::delta_log::DeltaLog;
use perigee_shared::netcode::codec::delta::Misprediction;
use perigee_shared::netcode::entity::prefix_code::fit as fit_code;
use perigee_shared::netcode::{
    Arrival, History, HostConfig, Kind, Past, PlayerInput, Replicated, Role, Simulation,
};
use perigee_shared::tick::{TICK_HZ, Tick};
use std::fmt::Write as _;

const TABLES: &str = "\
//! Word lengths of the prefix codes, fitted to recorded play by `make fit-codec`: do not edit by hand. They are part
//! of the schema hash.
";
/// How long the simulated network runs before snapshots count, and how long they count, microseconds.
const WARM_UP_US: u64 = 10_000_000;
const MEASURED_US: u64 = 60_000_000;
/// A checksum and its flag bit, bytes: they are not counted, as not every client requests them.
const CHECKSUM_BYTES: f64 = 33.0 / 8.0;

/// What is recorded of a game.
pub trait Recorded: Controller {
    /// Bots of each behaviour, in the proportions of a real match.
    const PLAYERS: &'static [(&'static str, u16)];
    /// How long.
    const TICKS: u32;
    /// The match that they play.
    fn scenario() -> <Self::Game as Simulation>::Scenario;
    /// The command that the `number`th player's device can give for what its controller decided.
    fn steer_by_device(number: usize, command: CommandOf<Self>) -> CommandOf<Self> {
        let _ = number;
        command
    }
}

/// The result for one game.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The report, as text.
    pub words: String,
    /// The source of its tables.
    pub tables: String,
}

/// Records a match of the game of `C`, and fits its codes to it.
#[must_use]
pub fn fit<C: Recorded>() -> Fitted {
    let (mut words, mut tables) = (String::new(), TABLES.to_owned());
    for (kind, recorded) in EntityOf::<C>::kinds().iter().zip(&record::<C>()) {
        let total: u64 = recorded.counts.iter().sum();
        let _ = writeln!(words, "{}: {total} mispredictions", kind.name);
        if kind.steering.is_some() {
            let lengths = fit_code(&recorded.counts);
            let pairs = recorded.counts.iter().zip(&lengths);
            let bits: u64 = pairs.map(|(&count, &length)| count * u64::from(length)).sum();
            let _ = writeln!(words, "  {:.3} bits each without their gaps", bits as f64 / total as f64);
            tables += &source(kind.name, &lengths);
        }
        for (field, residuals) in kind.fields.iter().zip(&recorded.residuals) {
            if let (Role::Predicted { residual_order, step_log2 }, false) = (field.role, residuals.is_empty())
            {
                let (best, bits) = best_order(residuals, step_log2);
                let _ = writeln!(
                    words,
                    "  {}: {} residuals, order {residual_order}; {best} is best for these, with {bits:.1} bits each",
                    field.name,
                    residuals.len()
                );
            }
        }
    }
    Fitted { words, tables }
}

/// The record of one kind.
struct Record {
    /// How often each symbol occurs; a kind without a control field has only one.
    counts: Vec<u64>,
    /// By field: its residuals, where it was mispredicted.
    residuals: [Vec<i32>; MAX_FIELDS],
}

/// The order of the Exp-Golomb code that encodes `residuals` in the fewest bits, and their mean. The orders are in the
/// game's field tables; this program does not write them.
fn best_order(residuals: &[i32], step_log2: u32) -> (u32, f64) {
    let bits_at = |order: u32| {
        let mut writer = BitWriter::new();
        let told = residuals.iter().map(|&residual| {
            let steps = residual >> step_log2;
            let is_whole = steps << step_log2 == residual;
            writer.clear();
            match is_whole {
                true => writer.write_signed(steps, order),
                false => writer.write_signed(residual, order + step_log2),
            }
            writer.bit_len() + usize::from(step_log2 > 0)
        });
        told.sum::<usize>() as f64 / residuals.len() as f64
    };
    let mut orders: Vec<(u32, f64)> = (0..14).map(|order| (order, bits_at(order))).collect();
    orders.sort_by(|a, b| a.1.total_cmp(&b.1));
    orders[0]
}

/// The players, by number; their seeds are their numbers.
fn players<C: Recorded>() -> Vec<C> {
    let parts = C::PLAYERS.iter().flat_map(|&(behaviour, count)| (0..count).map(move |_| behaviour));
    let new = |(seed, behaviour)| C::new(Part { behaviour, seed, uses_services: false });
    (0..).zip(parts).filter_map(new).collect()
}

/// Records a match; the result is by kind.
fn record<C: Recorded>() -> Vec<Record> {
    let scenario = C::scenario();
    let map = C::Game::map(&scenario);
    let mut sim = C::Game::new(&scenario, 1);
    let mut players: Vec<(PlayerId, C)> = (0..).map(PlayerId).zip(players()).collect();
    players.iter().for_each(|(player, _)| sim.join(*player, Tick(0), Arrival::default()));
    let symbols = |kind: &Kind| kind.steering.map_or(1, |steering| steering.code.symbols());
    let empty =
        |kind| Record { counts: vec![0; symbols(kind)], residuals: std::array::from_fn(|_| Vec::new()) };
    let mut record: Vec<Record> = EntityOf::<C>::kinds().iter().map(empty).collect();
    let mut events = Vec::new();
    let (mut history, mut deltas) = (History::default(), DeltaLog::default());
    for tick in 1..=C::TICKS {
        let before: Vec<_> = sim.entities().iter().map(|(slot, entity)| (slot, *entity)).collect();
        let inputs: Vec<_> = players
            .iter_mut()
            .map(|(player, controller)| {
                let own = sim.controlled(*player).and_then(|slot| sim.entities().get(slot));
                let seen = sim.entities().iter().map(|(_, entity)| entity);
                let command = C::steer_by_device(player.index(), controller.steer(own, seen, &map));
                PlayerInput::plain(*player, command)
            })
            .collect();
        events.clear();
        sim.step(Tick(tick), &inputs, &Past::new(&history, Tick(tick)), &mut events);
        deltas.push(Tick(tick), sim.entities(), history.get(Tick(tick - 1)), &map);
        history.push(Tick(tick), sim.entities());
        for (slot, forecast) in &before {
            // Of two that met only one is sent.
            if deltas.meetings().iter().any(|(_, implied)| implied == slot) {
                continue;
            }
            let Some(actual) = sim.entities().get(*slot) else { continue };
            let recorded = &mut record[actual.kind()];
            if let Some((misprediction, foreseen)) = Misprediction::of(forecast, actual, &map) {
                recorded.counts[misprediction.symbol()] += 1;
                let (mut row, mut wanted) = ([0; MAX_FIELDS], [0; MAX_FIELDS]);
                foreseen.read(&mut row);
                actual.read(&mut wanted);
                let differ = (0..MAX_FIELDS).filter(|&at| row[at] != wanted[at]);
                differ.for_each(|at| recorded.residuals[at].push(wanted[at] - row[at]));
            }
        }
    }
    record
}

/// The mean size of a snapshot of their match, bytes without its checksum, in the simulated network over good lines and
/// with the tables that are compiled in.
///
/// # Errors
/// The error of a client or of the host.
pub fn bytes_per_snapshot<C: Recorded>() -> Result<f64, String> {
    let mut players: Vec<(C, Option<Tick>)> =
        players().into_iter().map(|controller| (controller, None)).collect();
    let config =
        HostConfig { max_players: players.len(), budget_bytes_per_s: 1_000_000, ..HostConfig::default() };
    let good = Conditions::good;
    let mut world = World::<C::Game>::new(config, C::scenario(), good(), good(), 1);
    for number in 0..players.len() {
        world.connect(&format!("Bot {number}"));
    }
    let mut play = |duration_us| {
        world.run(duration_us, |number, client| {
            let (controller, decided_for) = &mut players[number];
            let newest = client.peer.newest_snapshot();
            if client.peer.map().is_none() || *decided_for == newest {
                return client.command;
            }
            *decided_for = newest;
            C::steer_by_device(number, controller.play(&mut client.peer))
        })?;
        Ok::<_, String>((world.snapshots_sent, world.snapshot_bytes_sent))
    };
    let (before, after) = (play(WARM_UP_US)?, play(MEASURED_US)?);
    Ok((after.1 - before.1) as f64 / (after.0 - before.0) as f64 - CHECKSUM_BYTES)
}

/// The table of one kind.
fn source(kind: &str, lengths: &[u8]) -> String {
    let mut text = format!("\n/// Of a {kind}'s mispredictions, by symbol (`netcode::fields::Steering`).\n");
    let name = kind.to_ascii_uppercase();
    let _ = writeln!(text, "pub(super) const {name}_MISPREDICTIONS: [u8; {}] = [", lengths.len());
    for row in lengths.chunks(24) {
        let row: Vec<String> = row.iter().map(u8::to_string).collect();
        let _ = writeln!(text, "    {},", row.join(", "));
    }
    text + "];\n"
}

/// Ticks of so many minutes.
const fn minutes(count: u32) -> u32 {
    count * 60 * TICK_HZ
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bots::Skater;

    #[test]
    fn a_snapshot_of_hockey_costs_less_than_with_a_code_that_favours_nothing() {
        let bytes = bytes_per_snapshot::<Skater>().unwrap();
        assert!(bytes < 7.0, "{bytes} bytes, 7.6 with an even code");
    }
}
