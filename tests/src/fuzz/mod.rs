//! Fuzz targets: functions over any bytes that panic if an invariant is violated.
//!
//! `tests/fuzz` gives them to libFuzzer (`make fuzz`); `integration::fuzz` runs each of them briefly on mutations of
//! recorded bytes (`make test`). Any input must end in a typed error or in a usable result: a loaded state is stepped,
//! a decoded message is encoded and decoded again.
//!
//! - `packets`: what clients send to a host, and what a server sends to a client; `control`: control messages
//! - `states`: saved states, persisted room states, belongings, replay files
//! - `texts`: what operators and strangers write: command lines, REST requests, configurations
//! - `mutate`: random changes to recorded bytes

mod control;
mod mutate;
mod packets;
mod states;
mod texts;

pub use mutate::mutation;
pub use packets::interleaving;

use perigee_arena::Arena;
use perigee_shared::protocol::schema_hash;
use std::sync::LazyLock;

/// One function over bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, here and as libFuzzer's program.
    pub name: &'static str,
    /// Panics if an invariant is violated.
    pub run: fn(&[u8]),
    /// Valid inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [Target; 10] = [
    Target { name: "client_packets", run: packets::hostile_clients, seeds: packets::recorded_clients },
    Target { name: "server_packets", run: packets::hostile_server, seeds: packets::recorded_server },
    Target { name: "control", run: control::control, seeds: control::messages },
    Target { name: "state", run: states::state, seeds: states::saved },
    Target { name: "lasting", run: states::lasting, seeds: states::saved_lasting },
    Target { name: "belongings", run: states::belongings, seeds: states::left_with },
    Target { name: "replay", run: states::replay, seeds: states::recorded },
    Target { name: "admin", run: texts::command_line, seeds: texts::command_lines },
    Target { name: "rest", run: texts::request, seeds: texts::requests },
    Target { name: "config", run: texts::configuration, seeds: texts::configurations },
];

/// The arena's schema, computed once for all runs.
fn arena_schema() -> u64 {
    static SCHEMA: LazyLock<u64> = LazyLock::new(schema_hash::<Arena>);
    *SCHEMA
}

/// Runs the target of that name.
///
/// # Panics
/// If there is no such target, or it finds an error.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("there is no target {name}")).run)(bytes);
}
