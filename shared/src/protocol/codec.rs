//! Bytes of control messages. The first bit of every message tells control (0) from snapshot or input (1), so the
//! hot path spends a bit and no more on it.

use crate::limits::{MAX_CLIENT_MESSAGE_BYTES, MAX_SERVER_MESSAGE_BYTES};
use crate::protocol::{ClientMessage, ServerMessage};
use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// First byte of a control message.
const CONTROL: u8 = 0;

/// What a message from outside claims to be, by its first bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboundKind {
    /// A control message.
    Control,
    /// A snapshot or an input packet.
    Stream,
}

/// A control message that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// No bytes.
    #[error("the message is empty")]
    Empty,
    /// Not a control message.
    #[error("not a control message")]
    NotControl,
    /// Bytes that no message has.
    #[error("not a message of this protocol")]
    Malformed,
    /// Bytes after the message's end.
    #[error("bytes after the end of the message")]
    Trailing,
}

/// What kind of message `bytes` begin.
#[must_use]
pub fn kind_of(bytes: &[u8]) -> Option<InboundKind> {
    bytes.first().map(|byte| if byte & 1 == 1 { InboundKind::Stream } else { InboundKind::Control })
}

type Config<const N: usize> = Configuration<LittleEndian, Varint, Limit<N>>;

fn config<const N: usize>() -> Config<N> {
    bincode::config::standard().with_limit::<N>()
}

fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_into(message, &mut bytes);
    bytes
}

fn encode_into<T: Serialize>(message: &T, bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.push(CONTROL);
    let written = bincode::serde::encode_into_writer(message, Append(bytes), bincode::config::standard());
    written.unwrap_or_else(|error| panic!("our own message must encode: {error}"));
}

/// Appends to a buffer that is used again.
struct Append<'a>(&'a mut Vec<u8>);

impl Writer for Append<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn decode<T: DeserializeOwned, const N: usize>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (&first, body) = bytes.split_first().ok_or(DecodeError::Empty)?;
    if first != CONTROL {
        return Err(DecodeError::NotControl);
    }
    let (message, used) =
        bincode::serde::decode_from_slice(body, config::<N>()).map_err(|_| DecodeError::Malformed)?;
    if used == body.len() { Ok(message) } else { Err(DecodeError::Trailing) }
}

/// Bytes of a client's message.
#[must_use]
pub fn encode_client(message: &ClientMessage) -> Vec<u8> {
    encode(message)
}

/// Bytes of a server's message.
#[must_use]
pub fn encode_server(message: &ServerMessage) -> Vec<u8> {
    encode(message)
}

/// Replaces `bytes` by those of a server's message, for whoever sends many.
pub fn encode_server_into(message: &ServerMessage, bytes: &mut Vec<u8>) {
    encode_into(message, bytes);
}

/// Reads a client's control message; any bytes are safe.
///
/// # Errors
/// A [`DecodeError`] for bytes that are not exactly one message.
pub fn decode_client(bytes: &[u8]) -> Result<ClientMessage, DecodeError> {
    decode::<_, MAX_CLIENT_MESSAGE_BYTES>(bytes)
}

/// Reads a server's control message; any bytes are safe.
///
/// # Errors
/// A [`DecodeError`] for bytes that are not exactly one message.
pub fn decode_server(bytes: &[u8]) -> Result<ServerMessage, DecodeError> {
    decode::<_, MAX_SERVER_MESSAGE_BYTES>(bytes)
}

/// Bytes of a scenario, for [`crate::protocol::Welcome`].
#[must_use]
pub(crate) fn encode_scenario<T: Serialize>(scenario: &T) -> Vec<u8> {
    encode(scenario)
}

/// Reads a scenario.
pub(crate) fn decode_scenario<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode::<_, MAX_SERVER_MESSAGE_BYTES>(bytes)
}
