//! Why a command failed: each reason is a sentence for the operator, which the console shows as it is.

use super::command::ParseError;
use crate::room::RoomError;
use crate::store::AskError;
use crate::text::quote;
use thiserror::Error;

/// The answer to a command: what was done, in words, or the error.
pub(crate) type Answer = Result<String, AdminError>;

/// Why a command failed.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum AdminError {
    /// It is not a valid command.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Too many commands wait.
    #[error("too many commands are waiting")]
    QueueFull,
    /// A room refused it.
    #[error(transparent)]
    Room(#[from] RoomError),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] AskError),
    /// Only a server that drains has no services hub.
    #[error("the chat does not answer")]
    HubGone,
    /// No player has any of the possible names.
    #[error("there is no player {}", quoted(.0, ", nor "))]
    NoPlayer(Vec<String>),
    /// Several players may be meant.
    #[error("which of them? put the name in double quotes: {}", quoted(.0, " or "))]
    Ambiguous(Vec<String>),
    /// There is no room of that name.
    #[error("there is no room {name:?}; there are: {}", .rooms.join(", "))]
    NoRoom {
        /// The name.
        name: String,
        /// The existing rooms.
        rooms: Vec<String>,
    },
    /// No room removed the player.
    #[error("{}", joined(.0, "; "))]
    NotKicked(Vec<RoomError>),
    /// Some rooms did not receive it.
    #[error("told {told} of {rooms}; {}", of_rooms(.failed))]
    NotTold {
        /// How many did.
        told: usize,
        /// How many rooms there are, in words.
        rooms: String,
        /// Each failed room, and why.
        failed: Vec<(String, RoomError)>,
    },
    /// The name is not muted.
    #[error("{} was not muted", quote(.0))]
    NotMuted(String),
    /// The store does not know the player.
    #[error("{} is not kept, so there is no device to ban: kick sends them away", quote(.0))]
    NoDeviceToBan(String),
    /// The list of bans is full.
    #[error("as many are banned as can be: unban somebody first")]
    BansFull,
    /// The player is not banned.
    #[error("{} is not banned", quote(.0))]
    NotBanned(String),
    /// The store does not know the name.
    #[error("nobody of the name {} is kept", quote(.0))]
    NotKept(String),
    /// The player has no device to revoke.
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

    /// Operators and their scripts rely on these.
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
