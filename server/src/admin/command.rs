//! The console's command lines, and their pure parser.
//!
//! The page uses the same grammar of words (assets/web/admin/words.js): words are split by spaces; a word with spaces
//! or quotes is put in double quotes, with \" and \\ inside them. Nothing here has an effect.
//!
//! A name is a quoted word, or as many words as a player's name has: `mute Bot 1` mutes "Bot 1" if there is such a
//! player, and otherwise "Bot", for a minute. So a command with a name has several [`Reading`]s, and the caller, who
//! knows the names, chooses.

use crate::text::{self, quote};
use perigee_shared::limits::{MAX_CHAT_CHARS, MAX_TEXT_BYTES};
use perigee_shared::tick::TICK_HZ;
use serde::Serialize;
use thiserror::Error;

/// Longer lines are refused: no command needs them.
pub(crate) const MAX_LINE_BYTES: usize = 2048;
/// Most ticks of one `step`: one minute.
pub(crate) const MAX_STEP_TICKS: u32 = 60 * TICK_HZ;

/// Longest mute: a week.
pub(crate) const MAX_MUTE_MINUTES: u32 = 7 * 24 * 60;
/// Longest ban that is not permanent: ten years.
pub(crate) const MAX_BAN_MINUTES: u32 = 10 * 365 * 24 * 60;

const DEFAULT_MUTE_MINUTES: u32 = 60;
const DEFAULT_REASON: &str = "no reason given";

/// An operator's command.
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
    /// Kick the player or spectator with this name, who is given the reason.
    Kick(Readings<String>),
    /// Ban a player.
    Ban(Readings<Terms>),
    /// Lift a ban.
    Unban(String),
    /// List the bans.
    Bans,
    /// Revoke the devices of a name.
    Revoke(String),
    /// Show a line to all clients.
    Broadcast(String),
    /// Mute a name, in any spelling, for this many minutes.
    Mute(Readings<u32>),
    /// Lift a mute.
    Unmute(String),
    /// Pause a room.
    Pause(String),
    /// Resume a room.
    Resume(String),
    /// Run some ticks of a paused room.
    Step {
        /// The room.
        room: String,
        /// The number of ticks.
        ticks: u32,
    },
}

/// A possible name, and the rest of the command with it, or the error in the rest.
pub(crate) type Reading<T> = (String, Result<T, ParseError>);
/// The longest name first; at least one.
pub(crate) type Readings<T> = Vec<Reading<T>>;

/// The terms of a ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long; `None`: permanently.
    pub minutes: Option<u32>,
    /// The reason that the player is given.
    pub reason: String,
}

/// The description of a command, by which the page completes it and asks for confirmation.
#[derive(Debug, Serialize)]
pub struct Description {
    /// The first word.
    pub name: &'static str,
    /// All words; a word with NAME is a player's, one with ROOM a room's.
    pub usage: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Whether the page asks for confirmation.
    pub destructive: bool,
}

/// All commands.
pub const COMMANDS: [Description; 15] = [
    gentle("help", "help", "List the commands"),
    gentle("status", "status", "Show version, uptime, rooms, players and connections"),
    gentle("rooms", "rooms", "List the rooms"),
    gentle("players", "players [ROOM]", "List the players of one room or of all"),
    Description {
        name: "kick",
        usage: "kick NAME [REASON]",
        help: "Kick the player or spectator who has this name; they are told the reason",
        destructive: true,
    },
    Description {
        name: "ban",
        usage: "ban NAME [TIME] [REASON]",
        help: "Let somebody not come in with their devices: for 30m, 12h, 7d, or for good; they are told the reason",
        destructive: true,
    },
    gentle("unban", "unban NAME", "Let them come in again"),
    gentle("bans", "bans", "List who is banned, until when and why"),
    Description {
        name: "revoke",
        usage: "revoke NAME",
        help: "Take the name from its devices: whoever has them comes back as a stranger",
        destructive: true,
    },
    gentle("broadcast", "broadcast TEXT", "Show a line to everybody in every room"),
    gentle(
        "mute",
        "mute NAME [MINUTES]",
        "Let nobody of that name chat, for an hour, so many minutes, or 12h, 7d",
    ),
    gentle("unmute", "unmute NAME", "Let them chat again"),
    gentle("pause", "pause ROOM", "Let a room stand still"),
    gentle("resume", "resume ROOM", "Let a paused room go on"),
    gentle("step", "step ROOM [TICKS]", "Let a paused room make one tick, or so many"),
];

const fn gentle(name: &'static str, usage: &'static str, help: &'static str) -> Description {
    Description { name, usage, help, destructive: false }
}

/// Why a line is not a valid command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// It contains no word.
    #[error("type a command; help lists them")]
    Empty,
    /// A quoted word has no closing quote.
    #[error("a double quote is not closed")]
    OpenQuote,
    /// There is no such command.
    #[error("there is no command {0:?}; help lists them")]
    Unknown(String),
    /// Too few or too many words.
    #[error("the command is: {usage}")]
    Usage {
        /// The usage.
        usage: &'static str,
    },
    /// The number of ticks is out of range.
    #[error("{0:?} ticks cannot be made: allowed are 1 to {MAX_STEP_TICKS}")]
    Ticks(String),
    /// The duration of a mute is out of range.
    #[error("{0:?} minutes cannot be: allowed are 1 to {MAX_MUTE_MINUTES}")]
    Minutes(String),
    /// The duration of a ban is out of range.
    #[error("{0:?} cannot be: allowed are times as 30m, 12h or 7d, up to {MAX_BAN_MINUTES} minutes")]
    Time(String),
    /// The text has no visible character.
    #[error("there is nothing to be seen in the text")]
    Invisible,
    /// The text is too long for a message.
    #[error("the text is longer than {MAX_TEXT_BYTES} bytes")]
    TooLong,
    /// The line is too long.
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
    let name = name.text.as_str();
    let known = COMMANDS.iter().find(|command| command.name == name);
    let usage = known.ok_or_else(|| ParseError::Unknown(name.to_owned()))?.usage;
    arguments(name, rest).unwrap_or(Err(ParseError::Usage { usage }))
}

/// Returns `None` if the number of words is wrong.
fn arguments(name: &str, rest: &[Word]) -> Option<Result<Command, ParseError>> {
    let texts: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
    let command = match (name, texts.as_slice()) {
        ("help", []) => Command::Help,
        ("status", []) => Command::Status,
        ("rooms", []) => Command::Rooms,
        ("players", []) => Command::Players(None),
        ("players", [room]) => Command::Players(Some((*room).to_owned())),
        ("bans", []) => Command::Bans,
        ("kick", [_, ..]) => {
            return readings(rest, |rest| Some(reason(rest))).map(|all| all.map(Command::Kick));
        }
        ("ban", [_, ..]) => return readings(rest, |rest| Some(terms(rest))).map(|all| all.map(Command::Ban)),
        ("mute", [_, ..]) => return readings(rest, mute_minutes).map(|all| all.map(Command::Mute)),
        ("unban", [_, ..]) => return only_name(rest).map(Command::Unban).map(Ok),
        ("revoke", [_, ..]) => return only_name(rest).map(Command::Revoke).map(Ok),
        ("unmute", [_, ..]) => return only_name(rest).map(Command::Unmute).map(Ok),
        ("broadcast", [_, ..]) => return Some(text(&texts).map(Command::Broadcast)),
        ("pause", [room]) => Command::Pause((*room).to_owned()),
        ("resume", [room]) => Command::Resume((*room).to_owned()),
        ("step", [room]) => Command::Step { room: (*room).to_owned(), ticks: 1 },
        ("step", [room, count]) => {
            return Some(ticks(count).map(|ticks| Command::Step { room: (*room).to_owned(), ticks }));
        }
        _ => return None,
    };
    Some(Ok(command))
}

/// All ways to read the words as a name and a rest. `says` parses the rest, and returns `None` if that is not possible.
fn readings<T>(
    words: &[Word],
    says: impl Fn(&[&str]) -> Option<Result<T, ParseError>>,
) -> Option<Result<Readings<T>, ParseError>> {
    // A quoted word is a whole name, not part of one.
    let longest = match words.iter().position(|word| word.is_quoted) {
        Some(0) => 1,
        Some(at) => at,
        None => words.len(),
    };
    let mut found = Vec::new();
    for length in (1..=longest).rev() {
        let (name, rest) = words.split_at(length);
        let rest: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
        found.extend(says(&rest).map(|said| (join(name), said)));
    }
    // The rest is invalid whichever name is meant.
    match found.iter().all(|(_, said)| said.is_err()) {
        true => found.pop().and_then(|(_, said)| said.err()).map(Err),
        false => Some(Ok(found)),
    }
}

/// All words are the name; `None` if they are more than one name.
fn only_name(words: &[Word]) -> Option<String> {
    (words.len() == 1 || words.iter().all(|word| !word.is_quoted)).then(|| join(words))
}

fn join(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// A text that players are shown, cleaned like all of them.
fn text(words: &[&str]) -> Result<String, ParseError> {
    let raw = words.join(" ");
    match text::clean(&raw, MAX_TEXT_BYTES) {
        Ok(text) if text.len() <= MAX_TEXT_BYTES => Ok(text),
        Err(text::TextError::Empty) => Err(ParseError::Invisible),
        _ => Err(ParseError::TooLong),
    }
}

fn reason(words: &[&str]) -> Result<String, ParseError> {
    match words {
        [] => Ok(DEFAULT_REASON.to_owned()),
        words => text(words),
    }
}

fn terms(words: &[&str]) -> Result<Terms, ParseError> {
    let (minutes, words) = match words {
        [time, rest @ ..] => match minutes_of(time) {
            Some(minutes) if minutes == 0 || minutes > u64::from(MAX_BAN_MINUTES) => {
                return Err(ParseError::Time((*time).to_owned()));
            }
            Some(minutes) => (u32::try_from(minutes).ok(), rest),
            None => (None, words),
        },
        [] => (None, words),
    };
    let reason = reason(words)?;
    // It is shown in one line, together with the end of the ban.
    if reason.chars().count() > MAX_CHAT_CHARS {
        Err(ParseError::TooLong)
    } else {
        Ok(Terms { minutes, reason })
    }
}

/// The minutes of a duration with its unit.
fn minutes_of(word: &str) -> Option<u64> {
    let unit = match word.chars().next_back()? {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return None,
    };
    let count = &word[..word.len() - 1];
    let is_number = !count.is_empty() && count.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| count.parse().unwrap_or(u64::MAX).saturating_mul(unit))
}

fn mute_minutes(words: &[&str]) -> Option<Result<u32, ParseError>> {
    match words {
        [] => Some(Ok(DEFAULT_MUTE_MINUTES)),
        [time] => Some(minutes(time)),
        _ => None,
    }
}

fn ticks(word: &str) -> Result<u32, ParseError> {
    let count = word.parse().ok().filter(|count| (1..=MAX_STEP_TICKS).contains(count));
    count.ok_or_else(|| ParseError::Ticks(word.to_owned()))
}

fn minutes(word: &str) -> Result<u32, ParseError> {
    let count = minutes_of(word).map_or_else(|| word.parse().ok(), |minutes| u32::try_from(minutes).ok());
    let count = count.filter(|count| (1..=MAX_MUTE_MINUTES).contains(count));
    count.ok_or_else(|| ParseError::Minutes(word.to_owned()))
}

/// The word as it must be typed to be read as one word.
#[must_use]
pub fn quote_word(word: &str) -> String {
    if !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '"') {
        return word.to_owned();
    }
    quote(word)
}

/// One word of a line.
#[derive(Debug)]
struct Word {
    text: String,
    is_quoted: bool,
}

fn split_words(line: &str) -> Result<Vec<Word>, ParseError> {
    let mut words = Vec::new();
    let mut rest = line.trim_start_matches(' ');
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"');
        let (text, after) = match quoted {
            Some(quoted) => quoted_word(quoted)?,
            None => {
                let end = rest.find(' ').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(Word { text, is_quoted: quoted.is_some() });
        rest = after.trim_start_matches(' ');
    }
    Ok(words)
}

/// The word up to the closing quote, and the rest.
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

    fn kick(readings: &[(&str, &str)]) -> Result<Command, ParseError> {
        let owned = readings.iter().map(|&(name, reason)| (name.to_owned(), Ok(reason.to_owned())));
        Ok(Command::Kick(owned.collect()))
    }

    fn mute(readings: &[(&str, u32)]) -> Result<Command, ParseError> {
        Ok(Command::Mute(readings.iter().map(|&(name, minutes)| (name.to_owned(), Ok(minutes))).collect()))
    }

    fn ban(readings: &[(&str, Option<u32>, &str)]) -> Result<Command, ParseError> {
        let terms = |minutes, reason: &str| Ok(Terms { minutes, reason: reason.to_owned() });
        let owned = readings.iter().map(|&(name, minutes, reason)| (name.to_owned(), terms(minutes, reason)));
        Ok(Command::Ban(owned.collect()))
    }

    #[test]
    fn commands_are_read() {
        assert_eq!(parse("help"), Ok(Command::Help));
        assert_eq!(parse("  players  "), Ok(Command::Players(None)));
        assert_eq!(parse("players arena"), Ok(Command::Players(Some("arena".to_owned()))));
        assert_eq!(parse("broadcast back in 5"), Ok(Command::Broadcast("back in 5".to_owned())));
        assert_eq!(parse("revoke \"Ann Lee\""), Ok(Command::Revoke("Ann Lee".to_owned())));
        assert_eq!(parse("revoke"), Err(ParseError::Usage { usage: "revoke NAME" }));
        assert_eq!(parse("revoke Ann Lee"), Ok(Command::Revoke("Ann Lee".to_owned())));
        assert_eq!(parse("revoke Ann \"Lee\""), Err(ParseError::Usage { usage: "revoke NAME" }));
        let destructive = COMMANDS.iter().filter(|command| command.destructive).map(|command| command.name);
        assert!(destructive.eq(["kick", "ban", "revoke"]));
        assert_eq!(parse("unmute Ann"), Ok(Command::Unmute("Ann".to_owned())));
        assert_eq!(parse("unban Bot 1"), Ok(Command::Unban("Bot 1".to_owned())));
        assert_eq!(parse("step arena"), Ok(Command::Step { room: "arena".to_owned(), ticks: 1 }));
        assert_eq!(parse("step arena 30"), Ok(Command::Step { room: "arena".to_owned(), ticks: 30 }));
    }

    #[test]
    fn a_name_without_quotes_is_as_long_as_somebodys() {
        assert_eq!(parse("kick Ann"), kick(&[("Ann", DEFAULT_REASON)]));
        let both = [("Ann bad manners", DEFAULT_REASON), ("Ann bad", "manners"), ("Ann", "bad manners")];
        assert_eq!(parse("kick Ann bad   manners"), kick(&both));
        assert_eq!(parse("kick \"Ann\" bad   manners"), kick(&both[2..]));
        assert_eq!(parse("mute Bot 1"), mute(&[("Bot 1", 60), ("Bot", 1)]));
        assert_eq!(parse("mute Bot 1 5"), mute(&[("Bot 1 5", 60), ("Bot 1", 5)]));
        assert_eq!(parse("mute \"Bot 1\" 5"), mute(&[("Bot 1", 5)]));
        assert_eq!(parse("mute \"Bot\" 2h"), mute(&[("Bot", 120)]));
        assert_eq!(parse("mute \"Ann\" 0"), Err(ParseError::Minutes("0".to_owned())));
        let none = ("Ann".to_owned(), Err(ParseError::Minutes("0".to_owned())));
        let either = Command::Mute(vec![("Ann 0".to_owned(), Ok(60)), none]);
        assert_eq!(parse("mute Ann 0"), Ok(either), "who is called so knows who is meant");
        assert_eq!(parse("mute \"Ann\" 5 6"), Err(ParseError::Usage { usage: "mute NAME [MINUTES]" }));
        assert_eq!(parse("ban \"Ann\" 7d be nice"), ban(&[("Ann", Some(7 * 24 * 60), "be nice")]));
        assert_eq!(parse("ban \"Ann\" be nice"), ban(&[("Ann", None, "be nice")]));
        let both = [("Ann 30m", None, DEFAULT_REASON), ("Ann", Some(30), DEFAULT_REASON)];
        assert_eq!(parse("ban Ann 30m"), ban(&both));
        for time in ["0m", "99999d", "99999999999999999999999h"] {
            assert_eq!(parse(&format!("ban \"Ann\" {time}")), Err(ParseError::Time(time.to_owned())));
        }
    }

    #[test]
    fn what_people_are_told_is_cleaned() {
        assert_eq!(parse("kick \"Ann\" a\u{202e}b\u{7}"), kick(&[("Ann", "ab")]));
        assert_eq!(parse("broadcast \u{202e}soon\u{1b}[2J"), Ok(Command::Broadcast("soon[2J".to_owned())));
        assert_eq!(parse("broadcast \u{200b}"), Err(ParseError::Invisible));
        assert_eq!(parse("kick \"Ann\" \u{301}"), Err(ParseError::Invisible));
    }

    #[test]
    fn quoted_words_hold_spaces_quotes_and_backslashes() {
        assert_eq!(parse(r#"kick "Ann Lee" "too \"loud\"""#), kick(&[("Ann Lee", r#"too "loud""#)]));
        assert_eq!(parse(r#"kick "a\\b""#), kick(&[(r"a\b", DEFAULT_REASON)]));
        assert_eq!(parse(r#"kick a\b"#), kick(&[(r"a\b", DEFAULT_REASON)]));
        assert_eq!(parse(r#"kick O"Neil"#), kick(&[(r#"O"Neil"#, DEFAULT_REASON)]));
        assert_eq!(parse(r#"kick "Zoë ☄" x"#), kick(&[("Zoë ☄", "x")]));
        assert_eq!(parse(r#"kick "Ann"rude"#), kick(&[("Ann", "rude")]));
    }

    #[test]
    fn a_quoted_word_is_read_back() {
        for name in
            ["Ann", "Ann Lee", "", r#"O"Neil"#, r"a\b", r#"a\" b\"#, "\"", "\\", "👩\u{200d}🚀 x", "שָׁלוֹם"]
        {
            assert_eq!(parse(&format!("kick {}", quote(name))), kick(&[(name, DEFAULT_REASON)]));
            if !name.contains(' ') {
                assert_eq!(parse(&format!("kick {}", quote_word(name))), kick(&[(name, DEFAULT_REASON)]));
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in proptest::prelude::any::<String>()) {
            let _ = parse(&line);
        }

        #[test]
        fn so_is_any_about_a_name(line in "(kick|ban|mute|revoke) [a\"\\\\ 0-9mhd\u{301}\u{200d}é]{0,40}") {
            let _ = parse(&line);
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
        assert_eq!(parse("mute"), Err(ParseError::Usage { usage: "mute NAME [MINUTES]" }));
        assert_eq!(parse(r#"kick "Ann"#), Err(ParseError::OpenQuote));
        assert_eq!(parse(r#"kick "Ann\"#), Err(ParseError::OpenQuote));
        for count in ["0", "-1", "1801", "x", "99999999999"] {
            assert_eq!(parse(&format!("step arena {count}")), Err(ParseError::Ticks(count.to_owned())));
        }
        assert_eq!(parse(&format!("broadcast {}", "x".repeat(513))), Err(ParseError::TooLong));
        assert_eq!(parse(&"x".repeat(MAX_LINE_BYTES + 1)), Err(ParseError::LineTooLong));
    }
}
