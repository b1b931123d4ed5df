//! Who may come in: version and schema first, then the name and the room.

use crate::bits::BitReader;
use crate::hash::StateHasher;
use crate::limits::MAX_ROOM_NAME_BYTES;
use crate::netcode::fields::hash_kinds;
use crate::netcode::{Command, Entity, Simulation};
use crate::protocol::services::is_party_name;
use crate::protocol::{Build, ClientMessage, Hello, Refusal, decode_client};

/// Version of the message layout; the field tables have their own hash.
pub const PROTOCOL_VERSION: u32 = 4;

/// A number that differs whenever the game's name, statistics, commands or field tables do.
#[must_use]
pub fn schema_hash<S: Simulation>() -> u64 {
    let mut hasher = StateHasher::default();
    hasher.write_str(S::ABOUT.name);
    S::ABOUT.statistics.iter().for_each(|statistic| hasher.write_str(statistic.key));
    hasher.write_u64(u64::from(S::Command::BITS));
    hash_kinds(S::Entity::kinds(), &mut hasher);
    hasher.finish()
}

/// Reads a connection's first message and says whether it may come in, before any room is asked: `is_known` says whether
/// a game that is played here has that schema. The name is as it was sent, and for the server to clean.
///
/// # Errors
/// The [`Refusal`] that the client is told.
pub fn check_hello(bytes: &[u8], is_known: impl FnOnce(u64) -> bool) -> Result<Hello, Refusal> {
    let hello = match decode_client(bytes) {
        Ok(ClientMessage::Hello(hello)) => hello,
        Ok(_) => return Err(Refusal::NotHello),
        Err(_) => return Err(version_refusal(bytes).unwrap_or(Refusal::NotHello)),
    };
    let Build { protocol, schema } = hello.build;
    if protocol != PROTOCOL_VERSION {
        return Err(Refusal::ProtocolVersion { client: protocol, server: PROTOCOL_VERSION });
    }
    if !is_known(schema) {
        return Err(Refusal::Schema);
    }
    if hello.room != "any" && !is_room_name(&hello.room) {
        return Err(Refusal::BadRoom);
    }
    if !is_party_name(&hello.party) {
        return Err(Refusal::BadParty);
    }
    Ok(hello)
}

/// A hello of another version may have another layout; its first three bytes (control, hello, small version number)
/// are the same in all of them, so the player is told to reload instead of being told nothing.
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

/// Whether `name` can name a room: ASCII letters, digits, `-`, `_`.
#[must_use]
pub fn is_room_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_ROOM_NAME_BYTES
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
