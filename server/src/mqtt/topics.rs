//! What topics are called: `PREFIX/NODE/ROOM/TOPIC` for what is of a room, `PREFIX/NODE/TOPIC` for what is of the server.
//!
//! A room's topics have one level more, so no room's name can be taken for a topic of the server, nor the other way round.

use crate::services::feed::message::Topic;
use std::path::Path;

/// Longest part of a topic, bytes.
const MAX_SEGMENT_BYTES: usize = 64;
/// Where systems keep what they are called.
const HOST_NAME_FILES: [&str; 2] = ["/proc/sys/kernel/hostname", "/etc/hostname"];

/// Whether it can stand between two slashes, and is no pattern.
pub(super) fn is_segment(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_SEGMENT_BYTES).contains(&text.len()) && text.bytes().all(is_plain)
}

/// The names of one server's topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Topics {
    root: String,
}

impl Topics {
    pub(super) fn new(prefix: &str, node: &str) -> Self {
        Self { root: format!("{prefix}/{node}") }
    }

    /// Whether the server is there.
    pub(super) fn status(&self) -> String {
        format!("{}/status", self.root)
    }

    /// What is of a room.
    pub(super) fn of_room(&self, room: &str, topic: Topic) -> String {
        format!("{}/{room}/{}", self.root, word(topic))
    }

    /// What is of the server.
    pub(super) fn of_node(&self, topic: Topic) -> String {
        format!("{}/{}", self.root, word(topic))
    }

    /// One board.
    pub(super) fn of_board(&self, game: &str, span: &str, by: &str) -> String {
        format!("{}/{}/{game}/{span}/{by}", self.root, word(Topic::Leaderboard))
    }

    /// The pattern of all of them.
    pub(super) fn all(&self) -> String {
        format!("{}/#", self.root)
    }

    /// Whether it is one of them.
    pub(super) fn contains(&self, topic: &str) -> bool {
        topic.strip_prefix(self.root.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// The feed's word.
fn word(topic: Topic) -> &'static str {
    match topic {
        Topic::Headlines => "headlines",
        Topic::Leaderboard => "leaderboard",
        Topic::Market => "market",
        Topic::Chat => "chat",
        Topic::Rooms => "rooms",
    }
}

/// What a server is called that the operator gave no name: by its machine and its port, so that no two of a network are
/// called the same.
pub(super) fn default_node(port: u16) -> String {
    let read = |file: &&str| std::fs::read_to_string(Path::new(file)).ok();
    let host = HOST_NAME_FILES.iter().find_map(read).or_else(|| std::env::var("COMPUTERNAME").ok());
    node_of(host.as_deref().unwrap_or_default(), port)
}

fn node_of(host: &str, port: u16) -> String {
    let port = format!("-{port}");
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let host: String = host.trim().chars().map(kept).take(MAX_SEGMENT_BYTES - port.len()).collect();
    format!("{}{port}", if host.is_empty() { "perigee" } else { &host })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_as_documented() {
        let topics = Topics::new("perigee", "eu1");
        assert_eq!(topics.status(), "perigee/eu1/status");
        assert_eq!(topics.of_room("arena", Topic::Headlines), "perigee/eu1/arena/headlines");
        assert_eq!(topics.of_node(Topic::Rooms), "perigee/eu1/rooms");
        assert_eq!(topics.of_board("game", "today", "wins"), "perigee/eu1/leaderboard/game/today/wins");
        assert!(topics.contains("perigee/eu1/x") && !topics.contains("perigee/eu10/x"));
        assert!(!topics.contains("perigee/eu1"));
        for topic in Topic::ALL {
            assert_eq!(serde_json::to_value(topic).unwrap(), word(topic), "the feed's own word");
        }
    }

    #[test]
    fn a_server_without_a_name_has_one_that_is_a_segment() {
        for host in ["", "box", "box.lan\n", "ä b/c+d#", &"x".repeat(300)] {
            for port in [0, 8080, u16::MAX] {
                let node = node_of(host, port);
                assert!(is_segment(&node), "{node}");
                assert!(node.ends_with(&format!("-{port}")));
            }
        }
        assert_ne!(default_node(1), default_node(2));
    }

    #[test]
    fn a_segment_is_no_pattern_and_no_path() {
        for text in ["", "+", "#", "a/b", "a b", "$SYS", "ä", "a\0"] {
            assert!(!is_segment(text), "{text}");
        }
        assert!(is_segment("Eu-1_a"));
    }
}
