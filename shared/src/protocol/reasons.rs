//! Why a client is refused or disconnected: each cause has a variant, a sentence for the player and a label for the
//! metrics.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a client is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum Refusal {
    /// Client and server speak different versions of the protocol.
    #[error("this client speaks protocol {client}, the server {server}: reload the page")]
    ProtocolVersion {
        /// The client's version.
        client: u32,
        /// The server's version.
        server: u32,
    },
    /// Same protocol, but another game or another field table.
    #[error(
        "this client was built for another version of the game ({client:016x}, here is {server:016x}): reload the page"
    )]
    Schema {
        /// What the client was built for.
        client: u64,
        /// The schema of that room's game; where no room is named, of the server's first game.
        server: u64,
    },
    /// The first message is not a hello.
    #[error("the first message must be a hello")]
    NotHello,
    /// The name is empty or too long after cleaning.
    #[error("a name has 1 to {max_chars} characters", max_chars = crate::limits::MAX_NAME_CHARS)]
    BadName,
    /// The room's name is not a valid one.
    #[error("there can be no room of that name")]
    BadRoom,
    /// There is no such room.
    #[error("there is no room of that name")]
    NoSuchRoom,
    /// The party's name is not a valid one.
    #[error("there can be no party of that name")]
    BadParty,
    /// The room, or every room, is full.
    #[error("the room is full")]
    RoomFull,
    /// The server has as many connections as it may have.
    #[error("the server is full")]
    ServerFull,
    /// No hello came in time.
    #[error("no hello came in time")]
    TooSlow,
    /// The server is shutting down.
    #[error("the server is restarting")]
    Draining,
    /// More players joined from one address than are admitted at once.
    #[error("too many players join from your address at once")]
    TooManyJoins {
        /// The client should try again at a random moment within this time, so that clients do not all return at once.
        retry_within_ms: u32,
    },
    /// The name could be mistaken for the server's, or is reserved by the game.
    #[error("this name is the server's or the game's own: choose another")]
    NameReserved,
    /// An admin has banned this person for a time, or permanently.
    #[error("banned {}: {reason}", until_words(*until_s))]
    Banned {
        /// The admin's reason.
        reason: String,
        /// Until when, seconds since 1970; `None`: permanently.
        until_s: Option<u64>,
    },
}

/// A date and time for players to read.
fn until_words(until_s: Option<u64>) -> String {
    let Some(until_s) = until_s else { return "for good".to_owned() };
    let (year, month, day) = civil_date(until_s / 86_400);
    let minute = until_s / 60 % (24 * 60);
    format!("until {year}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

/// The date of a day since 1970, in the Gregorian calendar; dates after 9999-12-31 become that day. (Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.)
fn civil_date(day: u64) -> (u64, u64, u64) {
    /// Days in 400 years, and from 0000-03-01 to 1970-01-01.
    const ERA: u64 = 146_097;
    const TO_1970: u64 = 719_468;
    /// 9999-12-31.
    const LAST: u64 = 2_932_896;
    let days = day.min(LAST) + TO_1970;
    let (era, day_of_era) = (days / ERA, days % ERA);
    // Years and months begin in March, so that the leap day is the last of a year.
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

impl Refusal {
    /// The label in `/metrics`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::ProtocolVersion { .. } => "protocol_version",
            Self::Schema { .. } => "schema",
            Self::NotHello => "not_hello",
            Self::BadName => "bad_name",
            Self::BadRoom => "bad_room",
            Self::BadParty => "bad_party",
            Self::NoSuchRoom => "no_such_room",
            Self::RoomFull => "room_full",
            Self::ServerFull => "server_full",
            Self::TooSlow => "hello_timeout",
            Self::Draining => "draining",
            Self::TooManyJoins { .. } => "too_many_joins",
            Self::NameReserved => "name_reserved",
            Self::Banned { .. } => "banned",
        }
    }
}

/// Why a client that was admitted is disconnected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum DisconnectReason {
    /// It was refused.
    #[error("{0}")]
    Refused(Refusal),
    /// A binary message that cannot be decoded.
    #[error("a message could not be read: {0}")]
    BadMessage(String),
    /// A text message on the binary socket.
    #[error("text messages are not spoken here")]
    TextMessage,
    /// A message larger than allowed.
    #[error("a message was larger than {max_bytes} bytes", max_bytes = crate::limits::MAX_CLIENT_MESSAGE_BYTES)]
    TooLarge,
    /// A message that is not allowed in this state, such as a second hello.
    #[error("a message came at the wrong time")]
    OutOfOrder,
    /// More messages in a second than allowed.
    #[error("too many messages")]
    TooFast,
    /// No message arrived from the client for too long.
    #[error("nothing was heard for too long")]
    Silent,
    /// The client does not read what it is sent.
    #[error("the connection did not take what was sent")]
    NotReading,
    /// An admin kicked the player.
    #[error("kicked by an admin: {0}")]
    Kicked(String),
    /// The server is shutting down.
    #[error("the server is restarting")]
    Draining {
        /// The client should come back at a random moment within this time, so that clients do not all return at once.
        retry_within_ms: u32,
    },
    /// The room was closed.
    #[error("the room was closed")]
    RoomClosed,
    /// The player came back on another connection.
    #[error("you went on in another window")]
    Replaced,
    /// Text, or a close frame's reason, that is not UTF-8 (RFC 6455, 8.1).
    #[error("text was not UTF-8")]
    NotUtf8,
    /// Invalid WebSocket frames (RFC 6455, 5).
    #[error("this is not a valid WebSocket frame: {0}")]
    BadFrame(String),
}

impl DisconnectReason {
    /// The label in `/metrics`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.label(),
            Self::BadMessage(_) => "bad_message",
            Self::TextMessage => "text_message",
            Self::TooLarge => "too_large",
            Self::OutOfOrder => "out_of_order",
            Self::TooFast => "too_fast",
            Self::Silent => "silent",
            Self::NotReading => "not_reading",
            Self::Kicked(_) => "kicked",
            Self::Draining { .. } => "draining",
            Self::RoomClosed => "room_closed",
            Self::Replaced => "replaced",
            Self::NotUtf8 => "not_utf8",
            Self::BadFrame(_) => "bad_frame",
        }
    }

    /// The WebSocket close code. Violations of the WebSocket protocol have the codes of RFC 6455, 7.4.1, on all sockets
    /// of this server; 4000 to 4999 are for applications (7.4.2).
    #[must_use]
    pub fn close_code(&self) -> u16 {
        match self {
            Self::Refused(_) => 4000,
            Self::BadMessage(_) => 4001,
            Self::TextMessage => 4002,
            Self::TooLarge => 1009,
            Self::OutOfOrder => 4004,
            Self::TooFast => 4005,
            Self::Silent => 4006,
            Self::NotReading => 4007,
            Self::Kicked(_) => 4008,
            Self::Draining { .. } => 4009,
            Self::RoomClosed => 4010,
            Self::Replaced => 4011,
            Self::NotUtf8 => 1007,
            Self::BadFrame(_) => 1002,
        }
    }

    /// Whether the seat is kept for a while: the connection failed, not the player. A client that sends too much may be
    /// behind a line that stalled and then delivered all at once.
    #[must_use]
    pub fn keeps_seat(&self) -> bool {
        matches!(self, Self::Silent | Self::NotReading | Self::TooFast)
    }

    /// Whether an automatic retry can help.
    #[must_use]
    pub fn worth_retrying(&self) -> bool {
        matches!(
            self,
            Self::Silent
                | Self::NotReading
                | Self::TooFast
                | Self::Draining { .. }
                | Self::RoomClosed
                | Self::Refused(
                    Refusal::Draining
                        | Refusal::RoomFull
                        | Refusal::ServerFull
                        | Refusal::TooSlow
                        | Refusal::TooManyJoins { .. }
                )
        )
    }

    /// The time over which clients that were disconnected together spread their first try, if the server requests one.
    #[must_use]
    pub fn retry_within_ms(&self) -> Option<u32> {
        match self {
            Self::Draining { retry_within_ms } | Self::Refused(Refusal::TooManyJoins { retry_within_ms }) => {
                Some(*retry_within_ms)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_says_until_when() {
        let words = |until_s| Refusal::Banned { reason: "spam".to_owned(), until_s }.to_string();
        assert_eq!(words(None), "banned for good: spam");
        assert_eq!(words(Some(0)), "banned until 1970-01-01 00:00 UTC: spam");
        assert_eq!(words(Some(951_782_399)), "banned until 2000-02-28 23:59 UTC: spam");
        assert_eq!(words(Some(951_782_400)), "banned until 2000-02-29 00:00 UTC: spam");
        assert_eq!(words(Some(1_798_761_540)), "banned until 2026-12-31 23:59 UTC: spam");
        assert_eq!(words(Some(u64::MAX)).get(..23), Some("banned until 9999-12-31"));
    }
}
