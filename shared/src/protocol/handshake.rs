//! The handshake's checks: version and schema first, then the name and the room.

use crate::bits::{BitReader, BitWriter};
use crate::hash::StateHasher;
use crate::limits::MAX_ROOM_NAME_BYTES;
use crate::netcode::entity::command::{Command, Order};
use crate::netcode::entity::event::Event;
use crate::netcode::entity::fields::hash_kinds;
use crate::netcode::entity::replicated::Replicated;
use crate::netcode::seam::simulation::Simulation;
use crate::protocol::{Build, ClientMessage, Hello, Message, Refusal};
use crate::rng::Rng;
use std::fmt::Debug;

/// Version of the message layout; the field tables are covered by the schema hash.
pub const PROTOCOL_VERSION: u32 = 6;

/// How many codes of each kind of message are tried for the schema hash.
const SCHEMA_SAMPLES: usize = 256;

/// A number that differs whenever the game's name, statistics, field tables, parameters, commands, orders or events do.
/// For the last three there is no table, only the code that decodes them. So it decodes fixed pseudo-random bits:
/// names, ranges, order and rejected codes all affect the result.
#[must_use]
pub fn schema_hash<S: Simulation>() -> u64 {
    let mut hasher = StateHasher::default();
    hasher.write_str(S::ABOUT.name);
    S::ABOUT.statistics.iter().for_each(|statistic| hasher.write_str(statistic.key));
    hash_kinds(S::Entity::kinds(), &mut hasher);
    hash_text(&S::Scenario::default(), &mut hasher);
    let bits = S::Command::BITS;
    hasher.write_u64(u64::from(bits));
    let mut rng = Rng::new(0);
    for _ in 0..SCHEMA_SAMPLES {
        let code = rng.next_u32() & ((1_u64 << bits) - 1) as u32;
        hash_text(&S::Command::unpack(code), &mut hasher);
        // Small and large ones: an order is a number of any size.
        let code = (u64::from(rng.next_u32()) << 32 | u64::from(rng.next_u32())) >> rng.below(64);
        hash_text(&S::Order::unpack(code), &mut hasher);
        hash_event::<S::Event>(&mut rng, &mut hasher);
    }
    hasher.finish()
}

/// Hashes what random bits decode to, and the bytes that the event is encoded in.
fn hash_event<E: Event>(rng: &mut Rng, hasher: &mut StateHasher) {
    let bytes: Vec<u8> = (0..32).map(|_| rng.next_u32() as u8).collect();
    let event = E::decode(&mut BitReader::new(&bytes));
    hash_text(&event, hasher);
    if let Ok(event) = event {
        let mut writer = BitWriter::new();
        event.encode(&mut writer);
        hasher.write_bytes(writer.finish());
    }
}

fn hash_text(value: &impl Debug, hasher: &mut StateHasher) {
    hasher.write_str(&format!("{value:?}"));
}

/// Reads a connection's first message and decides whether the client is admitted, before any room is asked. `schemas`
/// are those of the server's games, at least one. The returned name is as it was sent; the server must clean it.
///
/// # Errors
/// The [`Refusal`] that the client is sent.
pub fn check_hello(bytes: &[u8], mut schemas: impl Iterator<Item = u64>) -> Result<Hello, Refusal> {
    let hello = match ClientMessage::decode(bytes) {
        Ok(ClientMessage::Hello(hello)) => hello,
        Ok(_) => return Err(Refusal::NotHello),
        Err(_) => return Err(version_refusal(bytes).unwrap_or(Refusal::NotHello)),
    };
    let Build { protocol, schema } = hello.build;
    if protocol != PROTOCOL_VERSION {
        return Err(Refusal::ProtocolVersion { client: protocol, server: PROTOCOL_VERSION });
    }
    let first = schemas.next().unwrap_or_default();
    if schema != first && !schemas.any(|other| other == schema) {
        return Err(Refusal::Schema { client: schema, server: first });
    }
    if hello.room != "any" && !is_room_name(&hello.room) {
        return Err(Refusal::BadRoom);
    }
    if !is_party_name(&hello.party) {
        return Err(Refusal::BadParty);
    }
    Ok(hello)
}

/// A hello of another version may have another layout. Its first three bytes (control, hello, small version number) are
/// the same in all of them, so the client gets a message to reload instead of a decode error.
fn version_refusal(bytes: &[u8]) -> Option<Refusal> {
    let mut reader = BitReader::new(bytes);
    let header = (reader.read(8).ok()?, reader.read(8).ok()?, reader.read(8).ok()?);
    match header {
        (0, 0, client) if client != PROTOCOL_VERSION && client < 251 => {
            Some(Refusal::ProtocolVersion { client, server: PROTOCOL_VERSION })
        }
        _ => None,
    }
}

/// Whether `name` is a valid room name: ASCII letters, digits, `-`, `_`.
#[must_use]
pub fn is_room_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_ROOM_NAME_BYTES
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether `party` is a valid party name: a valid room name, or empty.
#[must_use]
pub(crate) fn is_party_name(party: &str) -> bool {
    party.is_empty() || (party.len() <= MAX_ROOM_NAME_BYTES && is_room_name(party))
}
