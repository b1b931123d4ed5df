//! The bytes that `PROTOCOL.md` and the games' chapters document: a change here is a change of the protocol, and of its
//! documents.
//!
//! - `chapters`: the documents, taken apart
//! - `engine`: the engine's numbers, its generator and its schema hash
//! - `arena`, `hockey`: each game's constants, map and step vectors
//! - `messages`: each kind of message
//! - `rhythm`: when a client sends what

mod arena;
mod chapters;
mod engine;
mod hockey;
mod messages;
mod rhythm;

use chapters::{ARENA, ENGINE};
use glam::Vec2;
use perigee_arena::entity::GridVec;
use perigee_arena::{
    Arena, ArenaCommand, ArenaEntity, ArenaEvent, Scenario, Ship, ShipClass, Shot, Team, Weapon,
};
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_FIELDS;
use perigee_shared::netcode::Replicated;
use perigee_shared::netcode::codec::delta::{
    Told, read_delta, read_full, read_renewal, write_delta, write_full, write_renewal,
};
use perigee_shared::netcode::codec::packet::{InputPacket, Ping, Pong, SnapshotHeader};
use perigee_shared::netcode::codec::run_length_set::SetWriter;
use perigee_shared::netcode::{Delivery, Entity, Event, Role, Row, Simulation};
use perigee_shared::protocol::PROTOCOL_VERSION;
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;
use proptest::prelude::*;
use std::fmt::Write as _;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bits(write: impl FnOnce(&mut BitWriter)) -> String {
    let mut writer = BitWriter::new();
    write(&mut writer);
    hex(writer.finish())
}

#[test]
fn stream_messages_are_as_documented() {
    let header = SnapshotHeader {
        tick: Tick(12),
        age: Some(2),
        margin_ticks: Some(1.25),
        pong: Some(Pong { id: 3, held_ms: 9 }),
        own: Some(Some(Slot(5))),
    };
    assert_eq!(bits(|writer| header.write(Delivery::Stream, writer)), "a9e281840b00");
    let thrust = ArenaCommand { thrust: true, turn: -7, ..ArenaCommand::default() };
    let packet = InputPacket {
        newest: 0x1234,
        ack: 0x1230,
        view_lag: 24,
        ping: Some(Ping { id: 1, rtt_ms: 30 }),
        commands: vec![thrust, thrust, ArenaCommand::default()],
    };
    assert_eq!(bits(|writer| packet.write(writer)), "692460243018e0010f182e");
}

#[test]
fn entities_and_events_are_as_documented() {
    let position = GridVec { x: 256, y: 512 };
    let fresh = Ship::fresh(PlayerId(1), ShipClass::Lance, Team::Free, Vec2::ZERO, 0x4000);
    let ship = Ship { position, rack: 0, ..fresh };
    let mut writer = BitWriter::new();
    write_full(&ArenaEntity::Ship(ship), &mut writer);
    // 3 kind, 1 at rest, 11 owner, 2 for class and team as usual, the command's word, 2 x 20 position, 2 x 18 velocity,
    // 16 angle.
    let word = code_lengths("ship")[2 + 7 * 16];
    assert_eq!(writer.bit_len(), 3 + 1 + 11 + 2 + word + 40 + 36 + 16);
    let class = ShipClass::Lance;
    let shot = Shot { owner: PlayerId(1), class, position, velocity: GridVec::default(), life: 30 };
    writer.clear();
    write_full(&ArenaEntity::Shot(shot), &mut writer);
    assert_eq!(writer.bit_len(), 3 + 11 + 1 + 40 + 40 + 1);
    let (by, with) = (PlayerId(2), Weapon::Gun);
    let hit = ArenaEvent::Hit { target: Slot(1), by, damage: 12, pierced: false, with };
    writer.clear();
    hit.encode(&mut writer);
    assert_eq!(writer.bit_len(), 1 + 13 + 11 + 6 + 1 + 2);
}

/// The lengths of a kind's code, from the arena's chapter.
fn code_lengths(kind: &str) -> Vec<usize> {
    let heading = format!("Lengths of the {kind}'s code:\n\n```\n");
    let text = ARENA.split(&heading).nth(1).and_then(|rest| rest.split("```").next());
    text.unwrap().split_whitespace().map(|length| length.parse().unwrap()).collect()
}

#[test]
fn the_document_has_the_codes_of_what_is_steered() {
    for kind in <Arena as Simulation>::Entity::kinds() {
        let Some(steering) = kind.steering else { continue };
        let lengths = code_lengths(kind.name);
        assert_eq!(
            lengths.len(),
            steering.code.symbols(),
            "`make fit-codec` was run, and the arena's PROTOCOL.md has the old table"
        );
        for (symbol, length) in lengths.into_iter().enumerate() {
            let mut writer = BitWriter::new();
            steering.code.write(symbol, &mut writer);
            assert_eq!(writer.bit_len(), length, "{}'s symbol {symbol}", kind.name);
        }
    }
}

#[test]
fn the_document_has_every_field_with_its_range_and_order() {
    assert!(ENGINE.starts_with(&format!("# The Perigee protocol, version {PROTOCOL_VERSION}\n")));
    for kind in <Arena as Simulation>::Entity::kinds() {
        let heading = format!("| {} | range |", kind.name);
        let table = ARENA.split(&heading).nth(1).unwrap_or_else(|| panic!("no table for {}", kind.name));
        let table = table.split("\n\n").next().unwrap_or_default();
        for field in kind.fields {
            let row = table.lines().find(|row| {
                row.split('|')
                    .nth(1)
                    .is_some_and(|names| names.split(',').any(|name| name.trim() == field.name))
            });
            let row = row.unwrap_or_else(|| panic!("{}.{} is not documented", kind.name, field.name));
            assert!(row.contains(&format!("{}..{}", field.min, field.max)), "{row}");
            if let Role::Predicted { residual_order, step_log2 } = field.role {
                let step = if step_log2 > 0 { format!(", step {}", 1 << step_log2) } else { String::new() };
                assert!(row.contains(&format!("k = {residual_order}{step} |")), "{row}");
            }
            assert_eq!(field.common.is_some(), row.contains("often"), "{row}");
        }
    }
}

#[test]
fn the_schema_is_pinned() {
    // Whoever changes this number has changed what clients and servers can say to each other: `PROTOCOL.md` first.
    let schema = perigee_shared::protocol::schema_hash::<Arena>();
    assert_eq!(format!("{schema:016x}"), "f84abb7de21b247b");
}

/// Any state that the field tables allow, of any kind.
fn entities() -> impl Strategy<Value = ArenaEntity> {
    (0..ArenaEntity::kinds().len(), any::<u64>()).prop_map(|(kind, seed)| random_entity(kind, seed))
}

fn random_entity(kind: usize, seed: u64) -> ArenaEntity {
    let mut rng = Rng::new(seed);
    let mut row = [0; MAX_FIELDS];
    for (value, field) in row.iter_mut().zip(ArenaEntity::kinds()[kind].fields) {
        // The ends of a range, the usual value, and anything between.
        *value = match rng.below(6) {
            0 => field.min,
            1 => field.max,
            2 => field.common.unwrap_or(field.min),
            _ => field.min + rng.below((field.max - field.min) as u32 + 1) as i32,
        };
    }
    ArenaEntity::from_row(kind, &row)
}

fn row_of(entity: &ArenaEntity) -> Row {
    let mut row = [0; MAX_FIELDS];
    entity.read(&mut row);
    row
}

proptest! {
    #[test]
    fn every_field_survives_the_wire_whole_and_renewed(entity in entities(), other in any::<u64>()) {
        let mut writer = BitWriter::new();
        write_full(&entity, &mut writer);
        let bytes = writer.finish().to_vec();
        prop_assert_eq!(read_full::<ArenaEntity>(&mut BitReader::new(&bytes)), Ok(entity));
        // Renewed, it keeps only what never changes.
        let mut held = random_entity(entity.kind(), other);
        let before = row_of(&held);
        writer.clear();
        write_renewal(&entity, &mut writer);
        let bytes = writer.finish().to_vec();
        prop_assert_eq!(read_renewal(&mut held, &mut BitReader::new(&bytes)), Ok(()));
        for (at, field) in ArenaEntity::kinds()[held.kind()].fields.iter().enumerate() {
            let wanted = if field.role == Role::Constant { before } else { row_of(&entity) };
            prop_assert_eq!(row_of(&held)[at], wanted[at], "{}", field.name);
        }
    }

    #[test]
    fn every_surprise_survives_the_wire(before in entities(), seed in any::<u64>(), changes in any::<u16>()) {
        let map = Arena::map(&Scenario::default());
        let kind = before.kind();
        let mut foreseen = before;
        foreseen.advance(&map);
        // Any of the fields may be otherwise than foreseen, but those that never change.
        let (mut row, wild) = (row_of(&foreseen), row_of(&random_entity(kind, seed)));
        for (at, field) in ArenaEntity::kinds()[kind].fields.iter().enumerate() {
            if changes >> at & 1 == 1 && field.role != Role::Constant {
                row[at] = wild[at];
            }
        }
        let actual = ArenaEntity::from_row(kind, &row);
        let mut writer = BitWriter::new();
        let told = write_delta(&before, &actual, &map, &mut writer);
        prop_assert_eq!(told, foreseen != actual);
        if told {
            let bytes = writer.finish().to_vec();
            let mut held = before;
            prop_assert_eq!(read_delta(&mut held, &map, 0, &mut BitReader::new(&bytes)), Ok(Told::All));
            prop_assert_eq!(held, actual);
        }
    }
}

#[test]
fn entities_have_these_bytes() {
    // Whoever changes these has changed the wire: `PROTOCOL.md` and `PROTOCOL_VERSION` first.
    let ship = random_entity(0, 7);
    let shot = random_entity(1, 7);
    assert_eq!(bits(|writer| write_full(&ship, writer)), "205228000000000040070100e0ff1f23234c183102");
    assert_eq!(bits(|writer| write_full(&shot, writer)), "11292ce80d0000000000000010");
    let mut list = SetWriter::new(40, 4);
    let marks = bits(|writer| {
        list.mark(3, writer);
        list.mark(0, writer);
        list.mark(20, writer);
        list.clone().finish(writer);
    });
    assert_eq!(marks, "276800");
}
