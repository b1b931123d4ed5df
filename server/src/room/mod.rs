//! A room: one thread that owns one `Host`, its mailbox, and the lanes out.
//!
//! - `handle`: what the rest of the server holds of a room
//! - `mailbox`: what waits for the next tick
//! - `session`: a client's presence in the room over one connection; `link`: its outbound lanes
//! - `context`: what the server provides to each room
//! - `run`: the tick loop; `tick_schedule`: when ticks begin
//! - `persisted`: state that outlives the room, for the next room of its name
//! - `spectator_delay`: holds back what spectators are sent; `bot_fill`: bots for empty places
//! - `events`: what it reports to the services
//! - `report`, `durations`: what the room publishes about itself
//! - `section`: a room's configuration
//! - `rating`: the mean rating of its players
//! - `registrar`: receives the reports about people who have seats; `game_info`: describes the room's game; `scenario`,
//!   `map`: the match's parameters, and what both sides build from them
//! - `request`: what an admin may request of it

mod bot_fill;
mod context;
mod durations;
mod events;
mod game_info;
mod handle;
mod link;
mod mailbox;
mod map;
mod persisted;
mod rating;
mod registrar;
mod report;
mod request;
mod run;
mod scenario;
mod section;
mod session;
mod spectator_delay;
mod tick_schedule;

pub use context::RoomContext;
pub(crate) use events::{RoomEvents, SeatStanding};
pub(crate) use game_info::GameInfo;
pub use handle::{Mail, RoomHandle, SeatReply, Session};
pub use link::{Link, Pending};
pub use mailbox::{Asks, Declined, SeatRequest};
pub(crate) use map::RoomMap;
pub use persisted::PersistedStates;
pub(crate) use rating::{Rating, RatingShare};
pub(crate) use registrar::{Gone, Registrar, SeatedAt, Word};
pub use report::RoomReport;
#[cfg(test)]
pub(crate) use report::{LiveStatus, WorldEntity};
pub(crate) use report::{PlayerReport, RoomInfo, RoundOutcome, TickMs, WorldView};
#[cfg(test)]
pub(crate) use request::AdminRequest;
pub(crate) use request::{AdminAction, Reply, RoomError};
pub use run::{Runner, start};
pub(crate) use scenario::scenario;
pub(crate) use section::{Lifetime, RoomConfig};
pub(crate) use session::Owner;
pub use session::{ConnectionId, Role};
