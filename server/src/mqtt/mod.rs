//! A connection to an MQTT broker: what the feed tells goes there as topics, and what the operator maps there comes in.
//!
//! One task, apart from everything else; it reads the feed as any reader does, so no room, hub or socket waits for it, and
//! a broker that is slow or gone costs events, which are counted. A file imports only from those before it here.
//!
//! - `broker`: where it is, and secrets; `topics`: what topics are called; `mapping`: what the operator maps; `section`:
//!   what of all this is configured
//! - `outbox`: what waits for the broker; `digest`: from the feed's messages to topics
//! - `orders`: what comes in, judged; `carry_out`: and done
//! - `status`: whether we are there, and who else says so
//! - `session`: the protocol, without a socket; `link`: the socket; `conversation`: one connection
//! - `run`: one connection after the other

mod broker;
mod carry_out;
mod conversation;
mod digest;
mod link;
mod mapping;
mod orders;
mod outbox;
mod run;
mod section;
mod session;
mod status;
mod topics;

pub(crate) use broker::{BrokerUrl, Secret};
pub use link::MqttError;
pub(crate) use run::{Setup, start};
pub(crate) use section::MqttConfig;
