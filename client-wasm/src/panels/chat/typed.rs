//! What a typed line means: a line for a channel, or a command; and the completion of names. Pure.

use perigee_shared::limits::MAX_CHAT_CHARS;
use perigee_shared::protocol::{Channel, ServiceRefusal};

/// What is told of the commands.
fn help(has_teams: bool) -> String {
    let team = if has_teams { "/t team, " } else { "" };
    format!("{team}/a everyone, /s room, /w NAME private, /r reply, /block NAME, /unblock NAME")
}

/// What a typed line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A line for a channel.
    Say(Channel, String),
    /// The channel for the lines that follow.
    Switch(Channel),
    /// That player's lines are not wanted, or are again.
    Block { name: String, blocked: bool },
    /// An answer to the player alone.
    Aside(String),
    /// Nothing.
    Nothing,
}

/// Who is there to talk to, besides the channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Company<'a> {
    /// Names that are known, in the order in which completion offers them.
    pub(crate) names: &'a [String],
    /// Who the last private line was from or to.
    pub(crate) last_private: Option<&'a str>,
    /// Whether the game has teams: without, no channel is a team's.
    pub(crate) has_teams: bool,
}

/// Reads a line that was typed while lines go to `channel`.
pub(crate) fn read(typed: &str, channel: &Channel, company: Company<'_>) -> Typed {
    let typed = typed.trim();
    let Some(command) = typed.strip_prefix('/') else { return said(channel.clone(), typed) };
    let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    match word {
        "s" | "room" => said(Channel::Room, rest),
        "t" | "team" if !company.has_teams => Typed::Aside("This game has no teams".to_owned()),
        "t" | "team" => said(Channel::Team, rest),
        "a" | "all" | "everyone" => said(Channel::Everyone, rest),
        "w" | "msg" | "whisper" => match name_and_text(rest, company.names) {
            Some((name, text)) => said(Channel::Private(name), text),
            None => Typed::Aside("To whom? Write /w NAME and the message".to_owned()),
        },
        "r" | "reply" => match company.last_private {
            Some(name) => said(Channel::Private(name.to_owned()), rest),
            None => Typed::Aside("Nobody wrote to you privately yet".to_owned()),
        },
        "block" | "unblock" if !rest.is_empty() => {
            Typed::Block { name: rest.trim_matches('"').to_owned(), blocked: word == "block" }
        }
        _ => Typed::Aside(help(company.has_teams)),
    }
}

/// The channel after that one, where the player goes round them.
pub(crate) fn next_channel(channel: &Channel, has_teams: bool) -> Channel {
    match channel {
        Channel::Room if has_teams => Channel::Team,
        Channel::Room | Channel::Team => Channel::Everyone,
        Channel::Everyone | Channel::Private(_) => Channel::Room,
    }
}

/// A line for a channel; without a text the channel for what follows.
fn said(channel: Channel, text: &str) -> Typed {
    match text.chars().count() {
        0 if channel == Channel::Room => Typed::Nothing,
        0 => Typed::Switch(channel),
        1..=MAX_CHAT_CHARS => Typed::Say(channel, text.to_owned()),
        _ => Typed::Aside(ServiceRefusal::TooLong.to_string()),
    }
}

/// A name and what follows it: in quotes, or the longest name that is known, or one word.
fn name_and_text<'a>(rest: &'a str, names: &[String]) -> Option<(String, &'a str)> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let (name, text) = quoted.split_once('"')?;
        return (!name.is_empty()).then(|| (name.to_owned(), text.trim()));
    }
    let is_at_start = |name: &&String| {
        strip_prefix_any_case(rest, name)
            .is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
    };
    if let Some(name) = names.iter().filter(is_at_start).max_by_key(|name| name.len()) {
        return Some((name.clone(), strip_prefix_any_case(rest, name).unwrap_or_default().trim()));
    }
    let (name, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    (!name.is_empty()).then(|| (name.to_owned(), text.trim()))
}

/// What follows `prefix`, whose letters may be large or small.
fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in prefix.chars() {
        let given = rest.next()?;
        if given != wanted && !given.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The line with the name that its end begins completed: the one after `before`, if that was offered last.
pub(crate) fn complete(line: &str, before: Option<&Offer>, names: &[String]) -> Option<Offer> {
    let (stem, skip) = match before.filter(|offer| offer.line == line) {
        Some(offer) => (offer.stem.clone(), offer.nth + 1),
        None => (line.to_owned(), 0),
    };
    let starts =
        std::iter::once(0).chain(stem.match_indices(char::is_whitespace).map(|(at, c)| at + c.len()));
    // From the longest end of the line to the shortest, so that names of several words are found.
    for start in starts {
        let (head, begun) = stem.split_at(start);
        if begun.trim().is_empty() {
            continue;
        }
        let fits: Vec<&String> =
            names.iter().filter(|name| strip_prefix_any_case(name, begun).is_some()).collect();
        if !fits.is_empty() {
            let nth = skip % fits.len();
            return Some(Offer { line: format!("{head}{} ", fits[nth]), stem, nth });
        }
    }
    None
}

/// A completion that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The completed line.
    pub(crate) line: String,
    stem: String,
    nth: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["Bob", "Bob the Second", "Bea", "Ærø"].map(str::to_owned).into()
    }

    fn read_here(typed: &str) -> Typed {
        read_in(typed, true)
    }

    fn read_in(typed: &str, has_teams: bool) -> Typed {
        read(typed, &Channel::Room, Company { names: &names(), last_private: Some("Cleo"), has_teams })
    }

    fn private(name: &str, text: &str) -> Typed {
        Typed::Say(Channel::Private(name.into()), text.into())
    }

    #[test]
    fn lines_and_channels() {
        assert_eq!(read_here(" hello  "), Typed::Say(Channel::Room, "hello".into()));
        assert_eq!(read_here("/t to me"), Typed::Say(Channel::Team, "to me".into()));
        assert_eq!(read_here("/a hi all"), Typed::Say(Channel::Everyone, "hi all".into()));
        assert_eq!(read_here("/t"), Typed::Switch(Channel::Team));
        assert_eq!(read_here("   "), Typed::Nothing);
        assert_eq!(read_here("/r yes"), private("Cleo", "yes"));
        assert_eq!(read_here("/nonsense"), Typed::Aside(help(true)));
        assert!(matches!(read_here(&"x".repeat(201)), Typed::Aside(_)));
        assert_eq!(read_here(&"ö".repeat(200)), Typed::Say(Channel::Room, "ö".repeat(200)));
    }

    #[test]
    fn a_game_without_teams_has_no_channel_for_them() {
        let round = |has_teams| {
            let next = |channel: &Channel| Some(next_channel(channel, has_teams));
            std::iter::successors(Some(Channel::Room), next).skip(1).take(3).collect::<Vec<_>>()
        };
        assert_eq!(round(true), [Channel::Team, Channel::Everyone, Channel::Room]);
        assert_eq!(round(false), [Channel::Everyone, Channel::Room, Channel::Everyone]);
        assert_eq!(read_in("/t to me", false), Typed::Aside("This game has no teams".into()));
        let Typed::Aside(help) = read_in("/help", false) else { panic!("help is for the player alone") };
        assert!(!help.contains("team"), "{help}");
    }

    #[test]
    fn private_lines_find_names_with_spaces() {
        assert_eq!(read_here("/w bob hi"), private("Bob", "hi"));
        assert_eq!(read_here("/w Bob the second hi"), private("Bob the Second", "hi"));
        assert_eq!(read_here("/w Bobby hi"), private("Bobby", "hi"));
        assert_eq!(read_here("/w \"No One\" hi"), private("No One", "hi"));
        assert_eq!(read_here("/w æRØ hi"), private("Ærø", "hi"));
        assert_eq!(read_here("/w bea"), Typed::Switch(Channel::Private("Bea".into())));
        assert!(matches!(read_here("/w"), Typed::Aside(_)));
        assert!(matches!(read_here("/w \"\" x"), Typed::Aside(_)));
    }

    #[test]
    fn blocking_needs_a_name() {
        assert_eq!(
            read_here("/block Bob the Second"),
            Typed::Block { name: "Bob the Second".into(), blocked: true }
        );
        assert_eq!(read_here("/unblock \"Bob\""), Typed::Block { name: "Bob".into(), blocked: false });
        assert_eq!(read_here("/block"), Typed::Aside(help(true)));
    }

    #[test]
    fn tab_goes_round_the_names_that_fit() {
        let first = complete("/w b", None, &names()).unwrap();
        assert_eq!(first.line, "/w Bob ");
        let second = complete(&first.line, Some(&first), &names()).unwrap();
        assert_eq!(second.line, "/w Bob the Second ");
        let third = complete(&second.line, Some(&second), &names()).unwrap();
        assert_eq!(third.line, "/w Bea ");
        assert_eq!(complete(&third.line, Some(&third), &names()).unwrap().line, "/w Bob ");
        assert_eq!(complete("hi bob the s", None, &names()).unwrap().line, "hi Bob the Second ");
        assert_eq!(complete("zzz", None, &names()), None);
        assert_eq!(complete("", None, &names()), None);
    }
}
