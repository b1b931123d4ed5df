//! That the engine's chapter tells the truth about its numbers, its generator and its hash.

use super::chapters::{ENGINE, assert_constants, named};
use perigee_arena::Arena;
use perigee_hockey::Hockey;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::limits::{
    INPUT_BUFFER_TICKS, MAX_BASELINE_AGE_TICKS, MAX_CLIENT_MESSAGE_BYTES, MAX_COMMANDS_PER_PACKET,
    MAX_ENTITIES, MAX_EVENTS_PER_SNAPSHOT, MAX_FIELDS, MAX_LATE_TICKS, MAX_PLAYERS,
    MAX_REPEATED_COMMAND_TICKS, MAX_REWIND_TICKS, MAX_SERVER_MESSAGE_BYTES, MAX_UNCONFIRMED_ORDERS,
    RESYNC_TICKS, SLOT_QUARANTINE_TICKS, TRACK_STATES,
};
use perigee_shared::netcode::{Command, Event, Field, Kind, Order, Replicated, Role, Simulation};
use perigee_shared::protocol::schema_hash;
use perigee_shared::rng::Rng;
use perigee_shared::tick::TICK_HZ;
use std::fmt::Debug;

#[test]
fn its_numbers_are_the_codes() {
    let constants = named![
        TICK_HZ,
        MAX_PLAYERS,
        MAX_ENTITIES,
        MAX_FIELDS,
        MAX_BASELINE_AGE_TICKS,
        SLOT_QUARANTINE_TICKS,
        TRACK_STATES,
        MAX_LATE_TICKS,
        RESYNC_TICKS,
        INPUT_BUFFER_TICKS,
        MAX_COMMANDS_PER_PACKET,
        MAX_REPEATED_COMMAND_TICKS,
        MAX_UNCONFIRMED_ORDERS,
        MAX_EVENTS_PER_SNAPSHOT,
        MAX_REWIND_TICKS,
        MAX_CLIENT_MESSAGE_BYTES,
        MAX_SERVER_MESSAGE_BYTES,
    ];
    assert_constants(ENGINE, &constants);
}

#[test]
fn its_generator_is_the_codes() {
    let (mut rng, mut written) = (Rng::new(7), DocumentedRng::new(7));
    for _ in 0..100 {
        assert_eq!(rng.next_u32(), written.next());
    }
    let mut rng = Rng::new(7);
    let first = [rng.next_u32(), rng.next_u32(), rng.next_u32()].map(|number| number.to_string());
    let row = format!("seed 7 gives {} first", first.join(", "));
    assert!(ENGINE.contains(&row), "{row}");
}

#[test]
fn the_schema_is_the_hash_that_it_describes() {
    assert_eq!(documented_schema::<Arena>(), schema_hash::<Arena>());
    assert_eq!(documented_schema::<Hockey>(), schema_hash::<Hockey>());
}

/// The generator, from the document.
struct DocumentedRng(u64);

impl DocumentedRng {
    fn new(seed: u64) -> Self {
        let mut rng = Self(seed.wrapping_add(1_442_695_040_888_963_407));
        rng.next();
        rng.0 = rng.0.wrapping_add(seed.rotate_left(32));
        rng.next();
        rng
    }

    fn next(&mut self) -> u32 {
        let old = self.0;
        self.0 = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((((old >> 18) ^ old) >> 27) as u32).rotate_right((old >> 59) as u32)
    }

    fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.next()) * u64::from(bound)) >> 32) as u32
    }
}

/// The hash, from the document.
struct DocumentedHash(u64);

impl DocumentedHash {
    fn mix(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn signed(&mut self, value: i32) {
        self.mix(u64::from(value as u32));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        bytes.iter().for_each(|&byte| self.mix(u64::from(byte)));
    }

    fn debug(&mut self, value: &impl Debug) {
        self.bytes(format!("{value:?}").as_bytes());
    }

    fn end(self) -> u64 {
        let hash = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ (hash >> 33)
    }

    fn kind(&mut self, kind: &Kind) {
        self.bytes(kind.name.as_bytes());
        self.mix(2 * u64::from(kind.disturbance) + u64::from(kind.meets));
        if let Some(steering) = kind.steering {
            self.mix(steering.field as u64);
            steering.code.lengths().iter().for_each(|&length| self.mix(u64::from(length)));
        }
        kind.fields.iter().for_each(|field| self.field(field));
    }

    fn field(&mut self, field: &Field) {
        self.bytes(field.name.as_bytes());
        self.signed(field.min);
        self.signed(field.max);
        self.bytes(field.quantum.as_bytes());
        self.signed(match field.role {
            Role::Constant => -1,
            Role::Control => -2,
            Role::Predicted { residual_order, step_log2 } => (residual_order + 64 * step_log2) as i32,
        });
        self.signed(field.common.map_or(-1, |common| common + 1));
    }
}

fn documented_schema<S: Simulation>() -> u64 {
    let mut hash = DocumentedHash(0x9e37_79b9_7f4a_7c15);
    hash.bytes(S::ABOUT.name.as_bytes());
    S::ABOUT.statistics.iter().for_each(|statistic| hash.bytes(statistic.key.as_bytes()));
    S::Entity::kinds().iter().for_each(|kind| hash.kind(kind));
    hash.debug(&S::Scenario::default());
    hash.mix(u64::from(S::Command::BITS));
    let mut rng = DocumentedRng::new(0);
    for _ in 0..256 {
        hash.debug(&S::Command::unpack(rng.next() & ((1u64 << S::Command::BITS) - 1) as u32));
        let code = u64::from(rng.next()) << 32 | u64::from(rng.next());
        hash.debug(&S::Order::unpack(code >> rng.below(64)));
        let bytes: Vec<u8> = (0..32).map(|_| rng.next() as u8).collect();
        let event = S::Event::decode(&mut BitReader::new(&bytes));
        hash.debug(&event);
        if let Ok(event) = event {
            let mut writer = BitWriter::new();
            event.encode(&mut writer);
            hash.bytes(writer.finish());
        }
    }
    hash.end()
}
