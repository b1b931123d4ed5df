//! Parts of the server, for the tests and benches of this project, which play with a room or a store alone. No interface:
//! whoever builds a server needs [`run`](crate::run), and nothing of this.

/// What the operator allows.
pub mod access {
    pub use crate::access::Http;
}

/// The console.
pub mod admin {
    pub use crate::admin::command::{COMMANDS, Command, parse, quote_word};
}

/// Which rooms there are.
pub mod lobby {
    pub use crate::lobby::{Lobby, LobbyError, PrivateRoomRequest};
}

/// What is counted.
pub mod metrics {
    pub use crate::metrics::Metrics;
}

/// Who somebody is.
pub mod person {
    pub use crate::person::PersonId;
}

/// What is asked over HTTP.
pub mod rest {
    pub use crate::rest::{RestState, router};
}

/// A room, and how one sits in it.
pub mod room {
    pub use crate::room::{
        Asks, ConnectionId, Declined, Link, Mail, Pending, PersistedStates, Role, RoomContext, RoomHandle,
        RoomReport, Runner, SeatReply, SeatRequest, Session, start,
    };
}

/// What people have beside the game.
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
    pub use crate::services::ranking::{Ranking, Standing};
}

/// What outlives the server.
pub mod store {
    pub use crate::store::{AskError, Delta, Ladder, PlayerKey, Store, StoreHandle};
}

/// What people show each other.
pub mod text {
    pub use crate::text::clean_name;
}
