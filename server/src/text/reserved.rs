//! Names that no player may have: those that suggest the server's operator, and the game's own.
//!
//! Names are compared by their looks, like players' names, and without surrounding brackets, numbers and the like:
//! "\[Server\]" and "5erver 2" count as "server".

use super::skeleton::Skeletons;
use std::collections::HashSet;

/// Words for the server and its operators. A name that consists of these, and of words of [`BESIDE`], is reserved.
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
/// Words that leave a name reserved when added.
const BESIDE: [&str; 12] =
    ["the", "a", "an", "official", "real", "your", "this", "game", "team", "support", "bot", "message"];
/// Names of programs, also with a number behind them.
const PROGRAMS: [&str; 2] = ["bot", "npc"];

/// Names that no player may have on a server with these games.
#[derive(Clone, Debug)]
pub struct ReservedNames {
    ours: Looks,
    beside: Looks,
    games: Looks,
    /// Names that programs may have, and people may not.
    programs: Looks,
}

impl ReservedNames {
    /// Includes the names that the games reserve, and those of bots.
    #[must_use]
    pub fn new<'a>(
        games: impl IntoIterator<Item = &'a str>,
        bots: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            ours: Looks::of(OURS),
            beside: Looks::of(BESIDE),
            games: Looks::of(games),
            programs: Looks::of(PROGRAMS.into_iter().chain(bots)),
        }
    }

    /// Whether the name is reserved for a person, or for a program.
    #[must_use]
    pub fn have(&self, name: &str, is_program: bool) -> bool {
        let is_word = |word: &str| self.ours.have(word) || self.beside.have(word);
        let words = || name.split(|c: char| !c.is_alphanumeric()).filter(|word| !bare(word).is_empty());
        let speaks_for_us = words().any(|word| self.ours.have(word)) && words().all(is_word);
        speaks_for_us
            || self.ours.have(name)
            || self.games.have(name)
            || (!is_program && self.programs.have(name))
    }
}

/// The looks of names.
#[derive(Clone, Debug)]
struct Looks(HashSet<String>);

impl Looks {
    fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().flat_map(looks).collect())
    }

    /// Whether one of them looks like `name`: as it is, without its surroundings, or with digits as letters.
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

/// The looks by letters and digits only.
fn looks(name: &str) -> impl Iterator<Item = String> {
    let skeletons = Skeletons::of(name);
    let solid = |look: &str| look.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let looks: Vec<String> = skeletons.iter().map(solid).filter(|look| !look.is_empty()).collect();
    looks.into_iter()
}

/// Without surrounding brackets and signs, and without a number behind it.
fn bare(name: &str) -> &str {
    let stem = name.trim_matches(|c: char| !c.is_alphanumeric());
    stem.trim_end_matches(|c: char| !c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::GAMES;
    use std::sync::LazyLock;

    static RESERVED: LazyLock<ReservedNames> = LazyLock::new(|| GAMES.reserved_names());

    fn of_person(name: &str) -> bool {
        RESERVED.have(name, false)
    }

    fn of_program(name: &str) -> bool {
        RESERVED.have(name, true)
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
            assert!(of_program(name), "{name}");
        }
    }

    #[test]
    fn nobody_is_one_of_the_games_own() {
        for name in GAMES.iter().flat_map(|game| game.about.reserved_names.iter().chain(game.about.bot_names))
        {
            for name in [name.to_string(), name.to_uppercase(), format!("[{name}]"), format!("{name} 2")] {
                assert!(of_person(&name), "{name}");
            }
        }
        for name in ["0ld Sm0ke", "B1ack Kite", "BlackKite", "V\u{435}\u{455}per", "Bot 1", "bot", "[Bot] 7"]
        {
            assert!(of_person(name), "{name}");
        }
        assert!(!of_program("Bot 1"), "a program says what it is");
        assert!(of_program("Black Kite"));
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
