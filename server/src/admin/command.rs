//! The console's command lines: what may be typed, and the pure parse of it.
//!
//! The grammar of words is the page's too (assets/web/admin/words.js): split by spaces; a word with spaces or quotes
//! stands in double quotes, with \" and \\ inside them. Nothing here can do anything.

use perigee_shared::limits::MAX_TEXT_BYTES;
use perigee_shared::tick::TICK_HZ;
use serde::Serialize;
use thiserror::Error;

/// Longer lines are not read: no command needs them.
pub const MAX_LINE_BYTES: usize = 2048;
/// The most ticks that one `step` makes: one minute.
pub const MAX_STEP_TICKS: u32 = 60 * TICK_HZ;

/// The longest time for which somebody can be muted: a week.
pub const MAX_MUTE_MINUTES: u32 = 7 * 24 * 60;

const DEFAULT_MUTE_MINUTES: u32 = 60;
const DEFAULT_REASON: &str = "no reason given";

/// What an operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// List the commands.
    Help,
    /// The server in one line.
    Status,
    /// List the rooms.
    Rooms,
    /// List the players, of one room or of all.
    Players(Option<String>),
    /// Send away whoever plays or looks on under a name.
    Kick {
        /// The exact name.
        name: String,
        /// What they are told.
        reason: String,
    },
    /// Let the devices of a name be nobody's.
    Revoke(String),
    /// Show a line to everybody.
    Broadcast(String),
    /// Let a name not chat.
    Mute {
        /// In any spelling.
        name: String,
        /// How long.
        minutes: u32,
    },
    /// Let it chat again.
    Unmute(String),
    /// Let a room stand still.
    Pause(String),
    /// Let it go on.
    Resume(String),
    /// Let a paused room make some ticks.
    Step {
        /// Which.
        room: String,
        /// How many.
        ticks: u32,
    },
}

/// What is known about a command before it is typed. The page completes and asks back by it.
#[derive(Debug, Serialize)]
pub struct Description {
    /// The first word.
    pub name: &'static str,
    /// All words; a word with NAME stands for a player, one with ROOM for a room.
    pub usage: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Whether the page asks before it sends it.
    pub destructive: bool,
}

/// All commands.
pub const COMMANDS: [Description; 12] = [
    gentle("help", "help", "List the commands"),
    gentle("status", "status", "Show version, uptime, rooms, players and connections"),
    gentle("rooms", "rooms", "List the rooms"),
    gentle("players", "players [ROOM]", "List the players of one room or of all"),
    Description {
        name: "kick",
        usage: "kick NAME [REASON]",
        help: "Send away who plays or looks on under a name; they are told the reason",
        destructive: true,
    },
    Description {
        name: "revoke",
        usage: "revoke NAME",
        help: "Take the name from its devices: whoever has them comes back as a stranger",
        destructive: true,
    },
    gentle("broadcast", "broadcast TEXT", "Show a line to everybody in every room"),
    gentle("mute", "mute NAME [MINUTES]", "Let nobody of that name chat, for an hour or so many minutes"),
    gentle("unmute", "unmute NAME", "Let them chat again"),
    gentle("pause", "pause ROOM", "Let a room stand still"),
    gentle("resume", "resume ROOM", "Let a paused room go on"),
    gentle("step", "step ROOM [TICKS]", "Let a paused room make one tick, or so many"),
];

const fn gentle(name: &'static str, usage: &'static str, help: &'static str) -> Description {
    Description { name, usage, help, destructive: false }
}

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// There is no word in it.
    #[error("type a command; help lists them")]
    Empty,
    /// A quoted word has no end.
    #[error("a double quote is not closed")]
    OpenQuote,
    /// There is no such command.
    #[error("there is no command {0:?}; help lists them")]
    Unknown(String),
    /// Too few or too many words.
    #[error("the command is: {usage}")]
    Usage {
        /// How it is typed.
        usage: &'static str,
    },
    /// A number of ticks that cannot be made.
    #[error("{0:?} ticks cannot be made: allowed are 1 to {MAX_STEP_TICKS}")]
    Ticks(String),
    /// A time for which nobody can be muted.
    #[error("{0:?} minutes cannot be: allowed are 1 to {MAX_MUTE_MINUTES}")]
    Minutes(String),
    /// A text that no message can carry.
    #[error("the text is longer than {MAX_TEXT_BYTES} bytes")]
    TooLong,
    /// More than any command needs.
    #[error("the line is longer than {MAX_LINE_BYTES} bytes")]
    LineTooLong,
}

/// Reads one line.
///
/// # Errors
/// [`ParseError`], a sentence for the operator.
pub fn parse(line: &str) -> Result<Command, ParseError> {
    if line.len() > MAX_LINE_BYTES {
        return Err(ParseError::LineTooLong);
    }
    let words = split_words(line)?;
    let (name, rest) = words.split_first().ok_or(ParseError::Empty)?;
    let known = COMMANDS.iter().find(|command| command.name == name);
    let usage = known.ok_or_else(|| ParseError::Unknown(name.clone()))?.usage;
    arguments(name, rest).unwrap_or(Err(ParseError::Usage { usage }))
}

/// `None` if the number of words is wrong.
fn arguments(name: &str, rest: &[String]) -> Option<Result<Command, ParseError>> {
    let command = match (name, rest) {
        ("help", []) => Command::Help,
        ("status", []) => Command::Status,
        ("rooms", []) => Command::Rooms,
        ("players", []) => Command::Players(None),
        ("players", [room]) => Command::Players(Some(room.clone())),
        ("kick", [name]) => Command::Kick { name: name.clone(), reason: DEFAULT_REASON.to_owned() },
        ("kick", [name, reason @ ..]) => {
            return Some(text(reason).map(|reason| Command::Kick { name: name.clone(), reason }));
        }
        ("revoke", [name]) => Command::Revoke(name.clone()),
        ("broadcast", [_, ..]) => return Some(text(rest).map(Command::Broadcast)),
        ("mute", [name]) => Command::Mute { name: name.clone(), minutes: DEFAULT_MUTE_MINUTES },
        ("mute", [name, count]) => {
            return Some(minutes(count).map(|minutes| Command::Mute { name: name.clone(), minutes }));
        }
        ("unmute", [name]) => Command::Unmute(name.clone()),
        ("pause", [room]) => Command::Pause(room.clone()),
        ("resume", [room]) => Command::Resume(room.clone()),
        ("step", [room]) => Command::Step { room: room.clone(), ticks: 1 },
        ("step", [room, count]) => {
            return Some(ticks(count).map(|ticks| Command::Step { room: room.clone(), ticks }));
        }
        _ => return None,
    };
    Some(Ok(command))
}

fn text(words: &[String]) -> Result<String, ParseError> {
    let text = words.join(" ");
    if text.len() > MAX_TEXT_BYTES { Err(ParseError::TooLong) } else { Ok(text) }
}

fn ticks(word: &str) -> Result<u32, ParseError> {
    let count = word.parse().ok().filter(|count| (1..=MAX_STEP_TICKS).contains(count));
    count.ok_or_else(|| ParseError::Ticks(word.to_owned()))
}

fn minutes(word: &str) -> Result<u32, ParseError> {
    let count = word.parse().ok().filter(|count| (1..=MAX_MUTE_MINUTES).contains(count));
    count.ok_or_else(|| ParseError::Minutes(word.to_owned()))
}

/// The word as it must be typed to be read as one.
#[must_use]
pub fn quote_word(word: &str) -> String {
    if !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '"') {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', r#"\""#))
}

fn split_words(line: &str) -> Result<Vec<String>, ParseError> {
    let mut words = Vec::new();
    let mut rest = line.trim_start_matches(' ');
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_word(quoted)?,
            None => {
                let end = rest.find(' ').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(word);
        rest = after.trim_start_matches(' ');
    }
    Ok(words)
}

/// The word up to the closing quote, and what comes after it.
fn quoted_word(text: &str) -> Result<(String, &str), ParseError> {
    let mut word = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((word, &text[at + 1..])),
            '\\' => word.push(chars.next().ok_or(ParseError::OpenQuote)?.1),
            _ => word.push(c),
        }
    }
    Err(ParseError::OpenQuote)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kick(name: &str, reason: &str) -> Result<Command, ParseError> {
        Ok(Command::Kick { name: name.to_owned(), reason: reason.to_owned() })
    }

    #[test]
    fn commands_are_read() {
        assert_eq!(parse("help"), Ok(Command::Help));
        assert_eq!(parse("  players  "), Ok(Command::Players(None)));
        assert_eq!(parse("players arena"), Ok(Command::Players(Some("arena".to_owned()))));
        assert_eq!(parse("kick Ann"), kick("Ann", DEFAULT_REASON));
        assert_eq!(parse("kick Ann bad   manners"), kick("Ann", "bad manners"));
        assert_eq!(parse("broadcast back in 5"), Ok(Command::Broadcast("back in 5".to_owned())));
        assert_eq!(parse("revoke \"Ann Lee\""), Ok(Command::Revoke("Ann Lee".to_owned())));
        assert_eq!(parse("revoke"), Err(ParseError::Usage { usage: "revoke NAME" }));
        assert_eq!(parse("revoke Ann Lee"), Err(ParseError::Usage { usage: "revoke NAME" }));
        assert!(
            COMMANDS
                .iter()
                .filter(|command| command.destructive)
                .map(|command| command.name)
                .eq(["kick", "revoke"])
        );
        assert_eq!(parse("mute Ann"), Ok(Command::Mute { name: "Ann".to_owned(), minutes: 60 }));
        assert_eq!(parse("mute Ann 5"), Ok(Command::Mute { name: "Ann".to_owned(), minutes: 5 }));
        assert_eq!(parse("mute Ann 0"), Err(ParseError::Minutes("0".to_owned())));
        assert_eq!(parse("unmute Ann"), Ok(Command::Unmute("Ann".to_owned())));
        assert_eq!(parse("step arena"), Ok(Command::Step { room: "arena".to_owned(), ticks: 1 }));
        assert_eq!(parse("step arena 30"), Ok(Command::Step { room: "arena".to_owned(), ticks: 30 }));
    }

    #[test]
    fn quoted_words_hold_spaces_quotes_and_backslashes() {
        assert_eq!(parse(r#"kick "Ann Lee" "too \"loud\"""#), kick("Ann Lee", r#"too "loud""#));
        assert_eq!(parse(r#"kick "a\\b""#), kick(r"a\b", DEFAULT_REASON));
        assert_eq!(parse(r#"kick a\b"#), kick(r"a\b", DEFAULT_REASON));
        assert_eq!(parse(r#"kick O"Neil"#), kick(r#"O"Neil"#, DEFAULT_REASON));
        assert_eq!(parse(r#"kick "Zoë ☄" x"#), kick("Zoë ☄", "x"));
        assert_eq!(parse(r#"kick "Ann"rude"#), kick("Ann", "rude"));
    }

    #[test]
    fn a_quoted_word_is_read_back() {
        for name in ["Ann", "Ann Lee", "", r#"O"Neil"#, r"a\b", r#"a\" b\"#] {
            assert_eq!(parse(&format!("kick {}", quote_word(name))), kick(name, DEFAULT_REASON));
        }
    }

    #[test]
    fn every_described_command_can_be_typed_as_described() {
        for command in &COMMANDS {
            assert_eq!(command.usage.split(' ').next(), Some(command.name));
            let line =
                command.usage.replace("[TICKS]", "2").replace("[MINUTES]", "2").replace(['[', ']'], "");
            assert!(parse(&line).is_ok(), "{line}");
        }
    }

    #[test]
    fn what_is_no_command_is_told_how_it_should_be() {
        assert_eq!(parse("   "), Err(ParseError::Empty));
        assert_eq!(parse("explode"), Err(ParseError::Unknown("explode".to_owned())));
        assert_eq!(parse("kick"), Err(ParseError::Usage { usage: "kick NAME [REASON]" }));
        assert_eq!(parse("pause a b"), Err(ParseError::Usage { usage: "pause ROOM" }));
        assert_eq!(parse("broadcast"), Err(ParseError::Usage { usage: "broadcast TEXT" }));
        assert_eq!(parse(r#"kick "Ann"#), Err(ParseError::OpenQuote));
        assert_eq!(parse(r#"kick "Ann\"#), Err(ParseError::OpenQuote));
        for count in ["0", "-1", "1801", "x", "99999999999"] {
            assert_eq!(parse(&format!("step arena {count}")), Err(ParseError::Ticks(count.to_owned())));
        }
        assert_eq!(parse(&format!("broadcast {}", "x".repeat(513))), Err(ParseError::TooLong));
        assert_eq!(parse(&"x".repeat(MAX_LINE_BYTES + 1)), Err(ParseError::LineTooLong));
    }
}
