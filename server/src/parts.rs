//! Parts of the server for the tests and benchmarks of this project, which use a room or a store alone. Not a public
//! interface: to build a server only [`run`](crate::run) is needed.

/// What the operator allows.
pub mod access {
    pub use crate::access::Http;
}

/// The console.
pub mod admin {
    pub use crate::admin::command::{COMMANDS, Command, parse, quote_word};
}

/// The lobby.
pub mod lobby {
    pub use crate::lobby::{Lobby, LobbyError, PrivateRoomRequest};
}

/// The metrics.
pub mod metrics {
    pub use crate::metrics::Metrics;
}

/// People.
pub mod person {
    pub use crate::person::PersonId;
}

/// The REST interface.
pub mod rest {
    pub use crate::rest::{RestState, router};
}

/// A room, and its seats.
pub mod room {
    pub use crate::room::{
        Asks, ConnectionId, Declined, Link, Mail, Pending, PersistedStates, Role, RoomContext, RoomHandle,
        RoomReport, Runner, SeatReply, SeatRequest, Session, start,
    };
}

/// The services beside the game.
pub mod services {
    pub use crate::services::chat::ChatRules;
    pub use crate::services::chat::fair::SpeakerOrigin;
    pub use crate::services::feed::message::Topic;
    pub use crate::services::feed::queue::FeedQueue;
    pub use crate::services::feed::{Feed, ReaderId};
    pub use crate::services::hub::archive::{Kept, NoArchive};
    pub use crate::services::hub::{Hub, HubConfig, Note};
    pub use crate::services::moment::Moment;
    pub use crate::services::publication::Standings;
    pub use crate::services::ranking::{RankedPlayer, Ranking};
}

/// The store.
pub mod store {
    pub use crate::store::{AskError, Delta, Ladder, PlayerKey, Store, StoreHandle};
}

/// Text that players show each other.
pub mod text {
    pub use crate::text::clean_name;
}
