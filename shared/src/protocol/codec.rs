//! The bytes of messages that are delivered exactly once. The lowest bit of the first byte tells a packet of the
//! netcode (1) from a message (0), so the hot path spends only one bit on it. The first byte of a message is its lane,
//! so that code that forwards it need not decode it.

use crate::limits::{MAX_CLIENT_MESSAGE_BYTES, MAX_SERVER_MESSAGE_BYTES};
use crate::protocol::{ClientMessage, ServerMessage, ServiceMessage, ServiceRequest};
use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// The lane that bytes from outside claim, by their first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A snapshot or an input packet.
    Packet,
    /// A message of the match: [`ClientMessage`], [`ServerMessage`].
    Match,
    /// A message of the services: [`ServiceRequest`], [`ServiceMessage`].
    Services,
}

/// First byte of a message of the match, and of the services.
const MATCH: u8 = 0;
const SERVICES: u8 = 2;

impl Inbound {
    /// The lane that these bytes claim; `None` for an unknown lane.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match *bytes.first()? {
            byte if byte & 1 == 1 => Some(Self::Packet),
            MATCH => Some(Self::Match),
            SERVICES => Some(Self::Services),
            _ => None,
        }
    }
}

/// Bytes that are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// No bytes.
    #[error("the message is empty")]
    Empty,
    /// A message of another lane, or of no lane.
    #[error("not a message of this lane")]
    OtherLane,
    /// Bytes that are not a valid message.
    #[error("not a message of this protocol")]
    Malformed,
    /// Bytes after the message's end.
    #[error("bytes after the end of the message")]
    Trailing,
}

type Config<const N: usize> = Configuration<LittleEndian, Varint, Limit<N>>;

fn config<const N: usize>() -> Config<N> {
    bincode::config::standard().with_limit::<N>()
}

/// A message of one lane, in one direction.
pub trait Message: Serialize + DeserializeOwned + Sized {
    #[doc(hidden)]
    const FIRST_BYTE: u8;

    /// Its bytes.
    #[must_use]
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode_into(&mut bytes);
        bytes
    }

    /// Replaces the content of `bytes` by its own bytes, for callers that send many.
    fn encode_into(&self, bytes: &mut Vec<u8>) {
        encode_into(Self::FIRST_BYTE, self, bytes);
    }

    /// Decodes a message; any bytes are safe.
    ///
    /// # Errors
    /// A [`DecodeError`] for bytes that are not exactly one message.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError>;
}

macro_rules! messages {
    ($($message:ident: $first:ident, at most $limit:ident bytes;)+) => {
        $(impl Message for $message {
            const FIRST_BYTE: u8 = $first;

            fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
                decode::<_, $limit>(Self::FIRST_BYTE, bytes)
            }
        })+
    };
}

messages! {
    ClientMessage: MATCH, at most MAX_CLIENT_MESSAGE_BYTES bytes;
    ServerMessage: MATCH, at most MAX_SERVER_MESSAGE_BYTES bytes;
    ServiceRequest: SERVICES, at most MAX_CLIENT_MESSAGE_BYTES bytes;
    ServiceMessage: SERVICES, at most MAX_SERVER_MESSAGE_BYTES bytes;
}

fn encode_into<T: Serialize>(first: u8, message: &T, bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.push(first);
    let written = bincode::serde::encode_into_writer(message, Append(bytes), bincode::config::standard());
    written.unwrap_or_else(|error| panic!("our own message must encode: {error}"));
}

/// Appends to a reused buffer.
struct Append<'a>(&'a mut Vec<u8>);

impl Writer for Append<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn decode<T: DeserializeOwned, const N: usize>(wanted: u8, bytes: &[u8]) -> Result<T, DecodeError> {
    let (&first, body) = bytes.split_first().ok_or(DecodeError::Empty)?;
    if first != wanted {
        return Err(DecodeError::OtherLane);
    }
    let (message, used) =
        bincode::serde::decode_from_slice(body, config::<N>()).map_err(|_| DecodeError::Malformed)?;
    if used == body.len() { Ok(message) } else { Err(DecodeError::Trailing) }
}

/// Bytes of a scenario, for [`crate::protocol::Welcome`].
#[must_use]
pub(crate) fn encode_scenario<T: Serialize>(scenario: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_into(MATCH, scenario, &mut bytes);
    bytes
}

/// Reads a scenario.
pub(crate) fn decode_scenario<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode::<_, MAX_SERVER_MESSAGE_BYTES>(MATCH, bytes)
}
