//! Why a command was not done: each reason a sentence for the operator, which the console shows as it is.

use super::command::ParseError;
use crate::room::RoomError;
use crate::store::AskError;
use crate::text::quote;
use thiserror::Error;

/// What a command answers: what was done, in words, or why not.
pub(crate) type Answer = Result<String, AdminError>;

/// Why a command was not done.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum AdminError {
    /// It is no command.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// More commands wait than may.
    #[error("too many commands are waiting")]
    QueueFull,
    /// A room did not do it.
    #[error(transparent)]
    Room(#[from] RoomError),
    /// The store has no answer.
    #[error(transparent)]
    Store(#[from] AskError),
    /// Only a server that is going down has no services hub.
    #[error("the chat does not answer")]
    HubGone,
    /// Nobody bears any of the names that may be meant.
    #[error("there is no player {}", quoted(.0, ", nor "))]
    NoPlayer(Vec<String>),
    /// Several are meant.
    #[error("which of them? put the name in double quotes: {}", quoted(.0, " or "))]
    Ambiguous(Vec<String>),
    /// There is no such room.
    #[error("there is no room {name:?}; there are: {}", .rooms.join(", "))]
    NoRoom {
        /// What was typed.
        name: String,
        /// What there is.
        rooms: Vec<String>,
    },
    /// No room sent them away.
    #[error("{}", joined(.0, "; "))]
    NotKicked(Vec<RoomError>),
    /// Some rooms were not told.
    #[error("told {told} of {rooms}; {}", of_rooms(.failed))]
    NotTold {
        /// How many were.
        told: usize,
        /// How many there are, in words.
        rooms: String,
        /// Room and reason.
        failed: Vec<(String, RoomError)>,
    },
    /// Nobody of that name is muted.
    #[error("{} was not muted", quote(.0))]
    NotMuted(String),
    /// The store does not know them.
    #[error("{} is not kept, so there is no device to ban: kick sends them away", quote(.0))]
    NoDeviceToBan(String),
    /// The list of bans is full.
    #[error("as many are banned as can be: unban somebody first")]
    BansFull,
    /// They may come in as it is.
    #[error("{} is not banned", quote(.0))]
    NotBanned(String),
    /// The store does not know the name.
    #[error("nobody of the name {} is kept", quote(.0))]
    NotKept(String),
    /// There is nothing to revoke.
    #[error("{} has no device any more", quote(.0))]
    NoDevice(String),
}

fn quoted(names: &[String], between: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
    names.join(between)
}

fn joined(errors: &[RoomError], between: &str) -> String {
    let sentences: Vec<String> = errors.iter().map(ToString::to_string).collect();
    sentences.join(between)
}

fn of_rooms(failed: &[(String, RoomError)]) -> String {
    let sentences: Vec<String> = failed.iter().map(|(room, why)| format!("{room}: {why}")).collect();
    sentences.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> String {
        r#"Ann "A""#.to_owned()
    }

    fn silent(room: &str) -> RoomError {
        RoomError::NoAnswer { room: room.to_owned() }
    }

    /// Operators and their scripts know these.
    #[test]
    fn each_reason_is_the_sentence_that_it_always_was() {
        use AdminError::*;
        let names = || vec!["Ann 1".to_owned(), "Ann".to_owned()];
        let rooms = || vec!["arena".to_owned(), "duel".to_owned()];
        let failed = || vec![("arena".to_owned(), silent("arena")), ("duel".to_owned(), silent("duel"))];
        for (error, sentence) in [
            (ParseError::Empty.into(), "type a command; help lists them"),
            (QueueFull, "too many commands are waiting"),
            (silent("arena").into(), r#"room "arena" does not answer"#),
            (AskError::Slow.into(), "the store does not answer in time"),
            (HubGone, "the chat does not answer"),
            (NoPlayer(names()), r#"there is no player "Ann 1", nor "Ann""#),
            (Ambiguous(names()), r#"which of them? put the name in double quotes: "Ann 1" or "Ann""#),
            (
                NoRoom { name: "attic".to_owned(), rooms: rooms() },
                r#"there is no room "attic"; there are: arena, duel"#,
            ),
            (
                NotKicked(vec![silent("arena"), RoomError::NotHere]),
                r#"room "arena" does not answer; they are not here"#,
            ),
            (
                NotTold { told: 1, rooms: "3 rooms".to_owned(), failed: failed() },
                r#"told 1 of 3 rooms; arena: room "arena" does not answer; duel: room "duel" does not answer"#,
            ),
            (NotMuted(ann()), r#""Ann \"A\"" was not muted"#),
            (
                NoDeviceToBan(ann()),
                r#""Ann \"A\"" is not kept, so there is no device to ban: kick sends them away"#,
            ),
            (BansFull, "as many are banned as can be: unban somebody first"),
            (NotBanned(ann()), r#""Ann \"A\"" is not banned"#),
            (NotKept(ann()), r#"nobody of the name "Ann \"A\"" is kept"#),
            (NoDevice(ann()), r#""Ann \"A\"" has no device any more"#),
        ] {
            assert_eq!(error.to_string(), sentence);
        }
    }
}
