//! The list of rooms as the lobby shows it, and what asks for any of them. Pure.

/// Rooms that are listed.
pub(crate) const MAX_ROOMS: usize = 50;

/// A room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) name: String,
    /// What kind of match it is, in a word; empty while it has not told.
    pub(crate) mode: String,
    /// What is going on, in a word; empty while it has not told.
    pub(crate) phase: String,
    /// Seconds until that is over; 0 where no end is set.
    pub(crate) left_s: u32,
    /// People in it.
    pub(crate) people: u32,
    /// Programs that fill places.
    pub(crate) bots: u32,
    /// People that it takes.
    pub(crate) max_players: u32,
}

impl Room {
    /// Whether nobody fits in.
    pub(crate) fn is_full(&self) -> bool {
        self.people >= self.max_players
    }

    /// What kind of match it is, for people.
    pub(crate) fn mode_words(&self) -> String {
        mode_words(&self.mode)
    }

    /// Who is in it.
    pub(crate) fn people_words(&self) -> String {
        let bots = match self.bots {
            0 => String::new(),
            bots => format!(" + {bots} bot{}", if bots == 1 { "" } else { "s" }),
        };
        format!("{}{bots} / {}", self.people, self.max_players)
    }

    /// How long the round goes on.
    pub(crate) fn time_words(&self) -> String {
        match (self.phase.as_str(), self.left_s) {
            ("scoreboard", _) => "round over".to_owned(),
            ("waiting", _) => "waiting".to_owned(),
            (_, 0) => "open end".to_owned(),
            (_, left_s) => format!("{} left", clock(left_s)),
        }
    }
}

/// Minutes and seconds.
pub(crate) fn clock(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A mode in words.
pub(crate) fn mode_words(mode: &str) -> String {
    match mode {
        "" => "any".to_owned(),
        "free_for_all" | "free-for-all" | "ffa" => "free for all".to_owned(),
        other => other.replace(['_', '-'], " "),
    }
}

/// The modes that there are, in the order in which the rooms have them.
pub(crate) fn modes(rooms: &[Room]) -> Vec<String> {
    let mut modes: Vec<String> = Vec::new();
    for room in rooms {
        if !room.mode.is_empty() && !modes.contains(&room.mode) {
            modes.push(room.mode.clone());
        }
    }
    modes
}

/// What asks the server for the best room of a mode, or of any.
pub(crate) fn quick_play(mode: &str) -> String {
    if mode.is_empty() { "any".to_owned() } else { format!("any-{mode}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str, mode: &str, people: u32) -> Room {
        Room { name: name.into(), mode: mode.into(), people, max_players: 8, ..Room::default() }
    }

    #[test]
    fn quick_play_is_for_a_mode_or_for_any() {
        assert_eq!(
            modes(&[room("a", "ffa", 3), room("b", "teams", 8), room("c", "ffa", 2)]),
            ["ffa", "teams"]
        );
        assert_eq!([quick_play(""), quick_play("teams")], ["any", "any-teams"]);
    }

    #[test]
    fn a_room_in_words() {
        let mut room = Room { bots: 1, left_s: 64, phase: "playing".into(), ..room("a", "free_for_all", 3) };
        assert_eq!((room.people_words(), room.time_words()), ("3 + 1 bot / 8".into(), "1:04 left".into()));
        assert_eq!(room.mode_words(), "free for all");
        room.phase = "scoreboard".into();
        assert_eq!(room.time_words(), "round over");
        assert!(!room.is_full() && Room { people: 8, ..room }.is_full());
    }
}
