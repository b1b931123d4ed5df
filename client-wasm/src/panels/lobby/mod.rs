//! The lobby: which rooms there are, and ways into them for one player and for friends.
//!
//! - pure: `rooms`
//! - the page's side: `destination` (what the play button does), `list` (the table), `links` (invitations, to be copied), `ping`; `front` brings them together on the
//!   front page, `away` is the panel in the match
//!
//! A server without the lobby's resources still has quick play: what it does not answer is not shown.

mod away;
mod destination;
mod front;
mod links;
mod list;
mod ping;
mod rooms;

pub(crate) use away::Away;
pub(crate) use front::{CameBy, Lobby};
pub(crate) use links::link;
pub(crate) use rooms::clock;
