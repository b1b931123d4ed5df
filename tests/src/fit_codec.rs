//! `make fit-codec`: records bots at play and writes the word lengths of the codec's prefix codes.
//!
//! The record is a mix of behaviours in one arena; every command that a person may give has a word too, however rare
//! here. The tables are part of the schema hash, so a refit is a change of the protocol. It also says which orders of the
//! residuals' codes would be best for the record.

use perigee_arena::bot::{Behaviour, Bot};
use perigee_arena::{Arena, Scenario};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::PlayerId;
use perigee_shared::limits::MAX_FIELDS;
use perigee_shared::netcode::delta::Surprise;
use perigee_shared::netcode::delta_log::DeltaLog;
use perigee_shared::netcode::prefix_code::fit;
use perigee_shared::netcode::{Arrival, Entity, History, Kind, Past, PlayerInput, Role, Simulation};
use perigee_shared::tick::Tick;
use std::fmt::Write as _;

/// Bots of each behaviour: most players steer by keys and press them fully, as cruisers and wanderers do; hunters stand
/// for those who steer by mouse, in small corrections.
const CAST: [(Behaviour, u16); 3] = [(Behaviour::Cruise, 90), (Behaviour::Wander, 30), (Behaviour::Hunt, 8)];
const TICKS: u32 = 30 * 120;
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/games/arena/src/codec_tables.rs");

fn main() -> std::io::Result<()> {
    let record = record();
    let mut text = String::from(
        "//! Word lengths of the prefix codes, fitted to recorded play by `make fit-codec`: do not edit by hand. They are part\n\
         //! of the schema hash.\n",
    );
    for (kind, recorded) in <Arena as Simulation>::Entity::kinds().iter().zip(&record) {
        let total: u64 = recorded.counts.iter().sum();
        tell(&format!("{}: {total} surprises", kind.name));
        if kind.steering.is_some() {
            let lengths = fit(&recorded.counts);
            let pairs = recorded.counts.iter().zip(&lengths);
            let bits: u64 = pairs.map(|(&count, &length)| count * u64::from(length)).sum();
            tell(&format!("  {:.3} bits each without their gaps", bits as f64 / total as f64));
            text += &source(kind.name, &lengths);
        }
        for (field, residuals) in kind.fields.iter().zip(&recorded.residuals) {
            if let (Role::Predicted { residual_order, step_log2 }, false) = (field.role, residuals.is_empty())
            {
                let (best, bits) = best_order(residuals, step_log2);
                tell(&format!(
                    "  {}: {} residuals, order {residual_order}; {best} is best for these, with {bits:.1} bits each",
                    field.name,
                    residuals.len()
                ));
            }
        }
    }
    std::fs::write(TABLE, text)
}

/// What was recorded of one kind.
struct Record {
    /// How often each symbol occurs; where nothing is steered, there is one.
    counts: Vec<u64>,
    /// By field: how it differed from what was foreseen, where it did.
    residuals: [Vec<i32>; MAX_FIELDS],
}

/// The order of the Exp-Golomb code that tells `residuals` in the fewest bits, and how many these are on average. The
/// orders stand in the field table (`game::entity`); they are not written by this program.
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

/// Records a match; by kind.
fn record() -> Vec<Record> {
    let scenario = Scenario { asteroids: 30, pirates: 6, ..Scenario::bare(4000.0, 4000.0) };
    let map = Arena::map(&scenario);
    let mut arena = Arena::new(&scenario, 1);
    let mut minds = Vec::new();
    for (behaviour, count) in CAST {
        for _ in 0..count {
            let player = PlayerId(minds.len() as u16);
            arena.join(player, Tick(0), Arrival::default());
            minds.push((player, Bot::new(behaviour, u64::from(player.0))));
        }
    }
    let symbols = |kind: &Kind| kind.steering.map_or(1, |steering| steering.code.symbols());
    let empty =
        |kind| Record { counts: vec![0; symbols(kind)], residuals: std::array::from_fn(|_| Vec::new()) };
    let mut record: Vec<Record> = <Arena as Simulation>::Entity::kinds().iter().map(empty).collect();
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
            let Some(actual) = arena.entities().get(*slot) else { continue };
            let recorded = &mut record[actual.kind()];
            if let Some((surprise, foreseen)) = Surprise::of(forecast, actual, &map) {
                recorded.counts[surprise.symbol()] += 1;
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

/// The table of one kind.
fn source(kind: &str, lengths: &[u8]) -> String {
    let mut text = format!("\n/// Of a {kind}'s surprises, by symbol (`netcode::fields::Steering`).\n");
    let name = kind.to_ascii_uppercase();
    let _ = writeln!(text, "pub(super) const {name}_SURPRISES: [u8; {}] = [", lengths.len());
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
