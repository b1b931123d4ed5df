//! Names that nobody may have: those that would speak for the server, and the game's own.
//!
//! Names are compared by their looks, as players' names are, without brackets, numbers and the like around them: "[Server]"
//! and "5erver 2" are "server".

use crate::game::Games;
use crate::room::FILLER_NAMES;
use crate::store::skeleton::Skeletons;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Words for whoever runs the server. A name that is made of these, and of [`BESIDE`], is theirs.
const OURS: [&str; 22] = [
    "server",
    "system",
    "sysop",
    "root",
    "admin",
    "admins",
    "administrator",
    "administrators",
    "administration",
    "mod",
    "mods",
    "moderator",
    "moderators",
    "operator",
    "perigee",
    "gamemaster",
    "gm",
    "staff",
    "console",
    "everyone",
    "broadcast",
    "announcement",
];
/// Words that change nothing about it.
const BESIDE: [&str; 12] =
    ["the", "a", "an", "official", "real", "your", "this", "game", "team", "support", "bot", "message"];
/// What programs call themselves, with a number behind it.
const PROGRAMS: [&str; 2] = ["bot", "npc"];

/// Whether a person, or a program, may not be called so.
#[must_use]
pub fn is_reserved(games: Games, name: &str, is_program: bool) -> bool {
    static WORDS: LazyLock<(Looks, Looks)> = LazyLock::new(|| (Looks::of(&OURS), Looks::of(&BESIDE)));
    static FILLERS: LazyLock<Looks> = LazyLock::new(|| Looks::of(&FILLER_NAMES));
    static PROGRAM: LazyLock<Looks> = LazyLock::new(|| Looks::of(&PROGRAMS));
    let (ours, beside) = &*WORDS;
    let is_word = |word: &str| ours.have(word) || beside.have(word);
    let words = || name.split(|c: char| !c.is_alphanumeric()).filter(|word| !bare(word).is_empty());
    let speaks_for_us = words().any(|word| ours.have(word)) && words().all(is_word);
    let is_a_games = games.iter().any(|game| Looks::of(game.about.reserved_names).have(name));
    if speaks_for_us || ours.have(name) || is_a_games {
        return true;
    }
    !is_program && (PROGRAM.have(name) || FILLERS.have(name))
}

/// What names look like.
struct Looks(HashSet<String>);

impl Looks {
    fn of(names: &[&str]) -> Self {
        Self(names.iter().flat_map(|name| looks(name)).collect())
    }

    /// Whether one of them looks like `name`, with or without what is around it, or with digits for letters.
    fn have(&self, name: &str) -> bool {
        let plain = |c: char| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        };
        let letters: String = bare(name).chars().map(plain).collect();
        let names = looks(name).chain(looks(bare(name))).chain(looks(&letters));
        names.into_iter().any(|look| self.0.contains(&look))
    }
}

/// By their letters and digits alone.
fn looks(name: &str) -> impl Iterator<Item = String> {
    let skeletons = Skeletons::of(name);
    let solid = |look: &str| look.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let looks: Vec<String> = skeletons.iter().map(solid).filter(|look| !look.is_empty()).collect();
    looks.into_iter()
}

/// Without brackets and signs around it, and without a number behind it.
fn bare(name: &str) -> &str {
    let stem = name.trim_matches(|c: char| !c.is_alphanumeric());
    stem.trim_end_matches(|c: char| !c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::GAMES;

    fn of_person(name: &str) -> bool {
        is_reserved(GAMES, name, false)
    }

    #[test]
    fn nobody_speaks_for_the_server() {
        for name in [
            "Server",
            "server",
            "[server]",
            "SERVER 2",
            "S3rver",
            "5erver",
            "Sеrvеr",
            "ｓｅｒｖｅｒ",
            "s e r v e r",
            "-=Server=-",
            "Admin",
            "The Admin",
            "Server Admin",
            "adm1n",
            "Official Moderator",
            "M o d",
            "mod_2",
            "★ System ★",
            "Perigee",
            "Perigee Team",
            "Ѕуѕtеm",
            "sérver",
            "Game Server 42",
            "«Server»",
        ] {
            assert!(of_person(name), "{name}");
            assert!(is_reserved(GAMES, name, true), "{name}");
        }
    }

    #[test]
    fn nobody_is_one_of_the_games_own() {
        for name in GAMES.iter().flat_map(|game| game.about.reserved_names).chain(&FILLER_NAMES) {
            for name in [name.to_string(), name.to_uppercase(), format!("[{name}]"), format!("{name} 2")] {
                assert!(of_person(&name), "{name}");
            }
        }
        for name in ["0ld Sm0ke", "B1ack Kite", "BlackKite", "V\u{435}\u{455}per", "Bot 1", "bot", "[Bot] 7"]
        {
            assert!(of_person(name), "{name}");
        }
        assert!(!is_reserved(GAMES, "Bot 1", true), "a program says what it is");
        assert!(is_reserved(GAMES, "Black Kite", true));
    }

    #[test]
    fn others_are_free() {
        for name in [
            "Ada",
            "Serverus",
            "Ann 2",
            "Modesta",
            "Rooty",
            "Crowley",
            "The Kite",
            "Observer",
            "Team Rocket",
            "Robot",
            "-",
            "★",
            "42",
            "星",
            "Pilot",
            "A",
        ] {
            assert!(!of_person(name), "{name}");
        }
    }
}
