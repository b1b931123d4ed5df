//! Control messages, the handshake and the reasons for leaving: everything on the wire that is not a snapshot or an
//! input packet.
//!
//! `bincode` is named in this folder alone, always with a limit, so that it can be swapped in one place.

mod codec;
mod handshake;
mod messages;
mod reasons;
mod recovery_code;
mod services;
mod tokens;

pub use codec::{
    DecodeError, InboundKind, decode_client, decode_server, encode_client, encode_server, encode_server_into,
    kind_of,
};
pub(crate) use codec::{decode_scenario, encode_scenario};
pub use handshake::{PROTOCOL_VERSION, check_hello, is_room_name, schema_hash};
pub use messages::{Build, ClientMessage, Hello, Resume, RosterChange, RosterEntry, ServerMessage, Welcome};
pub use reasons::{DisconnectReason, Refusal};
pub use services::{Board, Channel, ChatLine, LeaderRow, Leaders, Prices, ServiceRefusal, Span, Tuning};
pub use tokens::{DeviceToken, ResumeToken};
