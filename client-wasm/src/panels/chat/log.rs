//! The lines of chat as the player has them: bounded, each once, with what was not seen yet. Pure.

use perigee_shared::protocol::{Channel, ChatLine, ServiceRefusal};
use std::collections::VecDeque;

/// Lines kept, and in the page.
pub(crate) const MAX_LINES: usize = 100;
/// Names that are hidden here; the server has a list of its own.
const MAX_BLOCKED: usize = 64;

/// What a line is, for its looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Room,
    Team,
    Everyone,
    Private,
    /// The server's word to all.
    System,
    /// To this player alone: a refusal, or help.
    Aside,
}

impl Kind {
    /// The page's hook for its colour.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Team => "team",
            Self::Everyone => "everyone",
            Self::Private => "private",
            Self::System => "system",
            Self::Aside => "aside",
        }
    }

    /// What stands before the line.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Everyone => "all",
            Self::Private => "private",
            Self::Room | Self::System | Self::Aside => "",
        }
    }
}

/// A line as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Grows with each line that was taken.
    pub(crate) id: u64,
    pub(crate) kind: Kind,
    /// The player that the line is about, for the name's menu: the other one, if it is private. Empty: no player.
    pub(crate) who: String,
    /// Whether the player wrote it.
    pub(crate) own: bool,
    pub(crate) text: String,
    mark: Mark,
}

/// From the server, to know a line again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    number: u64,
    at_ms: u64,
}

/// The lines.
#[derive(Debug, Default)]
pub(crate) struct ChatLog {
    lines: VecDeque<Line>,
    next_id: u64,
    unread: u32,
    last_private: Option<String>,
    blocked: Vec<String>,
}

impl ChatLog {
    /// Takes in a line, unless it is here already or its writer is blocked.
    pub(crate) fn take(&mut self, line: ChatLine, own_name: &str) {
        let own = !line.from.is_empty() && line.from == own_name;
        let (kind, who) = match line.channel {
            _ if line.from.is_empty() => (Kind::System, String::new()),
            Channel::Room => (Kind::Room, line.from),
            Channel::Team => (Kind::Team, line.from),
            Channel::Everyone => (Kind::Everyone, line.from),
            Channel::Private(to) => (Kind::Private, if own { to } else { line.from }),
        };
        let mark = Mark { number: line.number, at_ms: line.at_ms };
        let is_here = |old: &Line| (old.mark, old.kind, &old.who) == (mark, kind, &who);
        if self.is_blocked(&who) || self.lines.iter().any(is_here) {
            return;
        }
        if kind == Kind::Private {
            self.last_private = Some(who.clone());
        }
        self.unread += u32::from(!own);
        self.push(Line { id: 0, kind, who, own, text: line.text, mark });
    }

    /// Takes in a word to this player alone.
    pub(crate) fn aside(&mut self, text: String) {
        self.push(Line {
            id: 0,
            kind: Kind::Aside,
            who: String::new(),
            own: false,
            text,
            mark: Mark::default(),
        });
    }

    /// Takes in why something was not said.
    pub(crate) fn refuse(&mut self, refusal: &ServiceRefusal) {
        self.aside(sentence(&refusal.to_string()));
    }

    fn push(&mut self, line: Line) {
        self.next_id += 1;
        if self.lines.len() == MAX_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { id: self.next_id, ..line });
    }

    /// The lines, oldest first.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    /// Names that wrote here, newest first; some more than once.
    pub(crate) fn writers(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().rev().map(|line| line.who.as_str()).filter(|who| !who.is_empty())
    }

    /// Who the last private line was from or to.
    pub(crate) fn last_private(&self) -> Option<&str> {
        self.last_private.as_deref()
    }

    /// Lines of others since the last look.
    pub(crate) fn unread(&self) -> u32 {
        self.unread
    }

    /// The player looks.
    pub(crate) fn set_read(&mut self) {
        self.set_unread(0);
    }

    /// So many lines are news to the player.
    pub(crate) fn set_unread(&mut self, unread: u32) {
        self.unread = unread;
    }

    /// Whether that player's lines are hidden.
    pub(crate) fn is_blocked(&self, name: &str) -> bool {
        self.blocked.iter().any(|blocked| blocked == name)
    }

    /// Hides a player's lines, those that are here as well, or does not any more. False if no more can be hidden.
    pub(crate) fn block(&mut self, name: &str, blocked: bool) -> bool {
        self.blocked.retain(|other| other != name);
        if !blocked {
            return true;
        }
        if self.blocked.len() == MAX_BLOCKED {
            return false;
        }
        self.blocked.push(name.to_owned());
        self.lines.retain(|line| line.who != name);
        true
    }

    /// Another match: its lines come again from the server.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.unread = 0;
    }
}

/// The words with a capital at the beginning.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u64, channel: Channel, from: &str) -> ChatLine {
        ChatLine { number, channel, from: from.into(), text: format!("line {number}"), at_ms: 1000 + number }
    }

    #[test]
    fn a_line_that_comes_twice_is_here_once() {
        let mut log = ChatLog::default();
        for _ in 0..2 {
            log.take(line(1, Channel::Room, "Bob"), "Ada");
            log.take(line(1, Channel::Everyone, "Bob"), "Ada");
            log.take(line(2, Channel::Room, "Ada"), "Ada");
        }
        assert_eq!(log.lines().count(), 3);
        assert_eq!(log.unread(), 2, "own lines are read");
        log.set_read();
        assert_eq!(log.unread(), 0);
    }

    #[test]
    fn lines_are_bounded_and_the_oldest_go() {
        let mut log = ChatLog::default();
        (0..250).for_each(|n| log.take(line(n, Channel::Room, "Bob"), "Ada"));
        assert_eq!(log.lines().count(), MAX_LINES);
        assert_eq!(log.lines().next().map(|line| line.text.as_str()), Some("line 150"));
    }

    #[test]
    fn private_lines_are_about_the_other_one() {
        let mut log = ChatLog::default();
        log.take(line(1, Channel::Private("Ada".into()), "Bob"), "Ada");
        log.take(line(2, Channel::Private("Cleo".into()), "Ada"), "Ada");
        let told: Vec<_> = log.lines().map(|line| (line.who.as_str(), line.own)).collect();
        assert_eq!(told, [("Bob", false), ("Cleo", true)]);
        assert_eq!(log.last_private(), Some("Cleo"));
    }

    #[test]
    fn a_blocked_name_is_gone_and_stays_so_until_it_is_not() {
        let mut log = ChatLog::default();
        log.take(line(1, Channel::Room, "Bob"), "Ada");
        assert!(log.block("Bob", true) && log.lines().count() == 0);
        log.take(line(2, Channel::Everyone, "Bob"), "Ada");
        assert_eq!(log.lines().count(), 0);
        assert!(log.block("Bob", false));
        log.take(line(3, Channel::Room, "Bob"), "Ada");
        assert_eq!(log.lines().count(), 1);
        let full = (0..=MAX_BLOCKED).map(|n| log.block(&format!("P{n}"), true)).filter(|&done| done).count();
        assert_eq!(full, MAX_BLOCKED);
    }

    #[test]
    fn the_server_speaks_without_a_name() {
        let mut log = ChatLog::default();
        log.take(line(1, Channel::Everyone, ""), "Ada");
        log.refuse(&ServiceRefusal::NoTeam);
        let kinds: Vec<_> = log.lines().map(|line| (line.kind, line.text.as_str())).collect();
        assert_eq!(kinds, [(Kind::System, "line 1"), (Kind::Aside, "You are in no team")]);
    }
}
