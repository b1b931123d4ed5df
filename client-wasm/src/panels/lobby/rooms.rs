//! The list of rooms as the lobby shows it, and what asks for any of them. Pure.

use perigee_shared::netcode::RoundPhase;

/// Rooms that are listed.
pub(crate) const MAX_ROOMS: usize = 50;

/// A room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) name: String,
    /// The game that is played in it.
    pub(crate) game: String,
    /// What kind of match it is, in a word; empty while it is unknown.
    pub(crate) mode: String,
    /// What is going on.
    pub(crate) phase: RoundPhase,
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
    /// Whether the room is full.
    pub(crate) fn is_full(&self) -> bool {
        self.people >= self.max_players
    }

    /// What kind of match it is.
    pub(crate) fn kind(&self) -> Kind {
        Kind { game: self.game.clone(), mode: self.mode.clone() }
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
        match (self.phase, self.left_s) {
            (RoundPhase::Scoreboard, _) => "over".to_owned(),
            (RoundPhase::Waiting, _) => "waiting".to_owned(),
            (RoundPhase::Endless | RoundPhase::Playing, 0) => "open end".to_owned(),
            (RoundPhase::Endless | RoundPhase::Playing, left_s) => format!("{} left", clock(left_s)),
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

/// A kind of match: a mode of a game.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Empty: the game that the page plays.
    pub(crate) game: String,
    /// Empty: any of the game's.
    pub(crate) mode: String,
}

impl Kind {
    /// Whether a room is of that kind.
    pub(crate) fn has(&self, room: &Room) -> bool {
        let is = |wanted: &str, word: &str| wanted.is_empty() || wanted == word;
        is(&self.game, &room.game) && is(&self.mode, &room.mode)
    }

    /// For people; with the game's title where there are `several`. `title_of` gives it for a game's name.
    pub(crate) fn words(&self, several: bool, title_of: &dyn Fn(&str) -> String) -> String {
        let mode = mode_words(&self.mode);
        if self.game.is_empty() {
            mode
        } else if self.mode.is_empty() || self.mode == self.game {
            // A game with one kind of match calls it as the game is called.
            title_of(&self.game)
        } else if several {
            format!("{}: {mode}", title_of(&self.game))
        } else {
            mode
        }
    }
}

/// The kinds of match that there are, in the order in which the rooms have them.
pub(crate) fn kinds(rooms: &[Room]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for room in rooms.iter().filter(|room| !room.mode.is_empty()) {
        let kind = Kind { game: room.game.clone(), mode: room.mode.clone() };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// Whether the rooms are of more than one game.
pub(crate) fn has_several_games(rooms: &[Room]) -> bool {
    rooms.windows(2).any(|pair| pair[0].game != pair[1].game)
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

    fn titled(game: &str) -> String {
        format!("The {game}")
    }

    #[test]
    fn quick_play_is_for_a_mode_or_for_any() {
        let rooms = [room("a", "ffa", 3), room("b", "teams", 8), room("c", "ffa", 2)];
        let modes: Vec<String> = kinds(&rooms).into_iter().map(|kind| kind.mode).collect();
        assert_eq!(modes, ["ffa", "teams"]);
        assert_eq!([quick_play(""), quick_play("teams")], ["any", "any-teams"]);
    }

    #[test]
    fn kinds_of_several_games_are_told_apart() {
        let of = |game: &str, mode: &str| Room { game: game.into(), ..room("a", mode, 1) };
        let rooms = [of("arena", "teams"), of("hockey", "teams"), of("arena", "teams")];
        let kinds = kinds(&rooms);
        let several = has_several_games(&rooms);
        let words: Vec<String> = kinds.iter().map(|kind| kind.words(several, &titled)).collect();
        assert_eq!(words, ["The arena: teams", "The hockey: teams"]);
        assert_eq!(kinds[0].words(false, &titled), "teams", "where there is one game, it needs no name");
        for several in [true, false] {
            assert_eq!(of("hockey", "hockey").kind().words(several, &titled), "The hockey");
        }
        assert!(kinds[1].has(&rooms[1]) && !kinds[1].has(&rooms[0]));
        assert!(Kind::default().has(&rooms[1]), "any");
        assert_eq!(Kind::default().words(true, &titled), "any");
    }

    #[test]
    fn a_room_in_words() {
        let mut room =
            Room { bots: 1, left_s: 64, phase: RoundPhase::Playing, ..room("a", "free_for_all", 3) };
        assert_eq!((room.people_words(), room.time_words()), ("3 + 1 bot / 8".into(), "1:04 left".into()));
        assert_eq!(room.kind().words(false, &titled), "free for all");
        room.phase = RoundPhase::Scoreboard;
        assert_eq!(room.time_words(), "over");
        assert!(!room.is_full() && Room { people: 8, ..room }.is_full());
    }
}
