//! A room: one thread that owns one `Host`, its mailbox, and the lanes out.
//!
//! - `handle`: what the rest of the server holds of a room
//! - `mailbox`: what waits for the next tick
//! - `link`: one connection's outbound lanes
//! - `run`: the tick loop; `beats`: when ticks begin
//! - `heritage`: what it leaves to the next of its name
//! - `held_back`: what spectators wait for; `fillers`: bots for empty places
//! - `news`: what it tells the services
//! - `report`, `durations`: what a room tells about itself
//! - `section`: what of it is configured
//! - `strength`: how strong its people are together
//! - `registrar`: to whom it reports the people who sit in it; `game_info`: what it says of its game; `scenario`, `map`: the match's
//!   parameters, and what both sides build from them
//! - `request`: what an admin may ask of it

mod beats;
mod durations;
mod fillers;
mod game_info;
mod handle;
mod held_back;
mod heritage;
mod link;
mod mailbox;
mod map;
mod news;
mod registrar;
mod report;
mod request;
mod run;
mod scenario;
mod section;
mod strength;

pub(crate) use fillers::NAMES as FILLER_NAMES;
pub(crate) use game_info::GameInfo;
pub use handle::{Join, Mail, RoomHandle};
pub(crate) use handle::{SeatedAt, Sitter};
pub use heritage::Heritage;
pub use link::{Link, Pending};
pub use mailbox::{Asks, ConnectionId, Declined, Joined};
pub(crate) use map::RoomMap;
pub(crate) use news::{RoomNews, SeatNews};
pub(crate) use registrar::{Gone, Registrar, Word};
pub use report::RoomReport;
pub(crate) use report::{PlayerReport, RoomInfo, RoundOutcome, TickMs, WorldView};
#[cfg(test)]
pub(crate) use report::{Vitals, WorldEntity};
#[cfg(test)]
pub(crate) use request::AdminRequest;
pub(crate) use request::{AdminAction, Reply, RoomError};
pub use run::{Runner, start};
pub(crate) use scenario::scenario;
pub(crate) use section::{Lifetime, RoomConfig};
pub(crate) use strength::{Counted, Rating};
