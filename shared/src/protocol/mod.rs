//! Messages, the handshake and close reasons: everything on the wire except snapshots and input packets.
//!
//! - `messages`: the match's, with `session` and `roster`
//! - `services`: those of the services, with `chat`, `boards` and `prices`
//! - `codec`: their bytes, and the lane byte that each begins with
//!
//! Only this folder uses `bincode`, always with a limit, so that it can be replaced in one place.

mod boards;
mod chat;
mod codec;
mod handshake;
mod messages;
mod prices;
mod reasons;
mod recovery_code;
mod roster;
mod services;
mod session;
mod tokens;

pub use boards::{Board, LeaderRow, Leaders, Span};
pub use chat::{Channel, ChatLine};
pub use codec::{DecodeError, Inbound, Message};
pub(crate) use codec::{decode_scenario, encode_scenario};
pub use handshake::{PROTOCOL_VERSION, check_hello, is_room_name, schema_hash};
pub use messages::{ClientMessage, ServerMessage};
pub use prices::Prices;
pub use reasons::{DisconnectReason, Refusal};
pub use roster::{RosterChange, RosterEntry};
pub use services::{ServiceMessage, ServiceRefusal, ServiceRequest, Tuning};
pub use session::{Build, Hello, Resume, Welcome};
pub use tokens::{DeviceToken, ResumeToken};
