//! Values that a sentence allows are accepted, to the last number: each number is set to both ends of the range that
//! its own sentence names, and beyond them.

use super::*;
use crate::section::Section;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Beyond every range, and still valid for each type of number.
const TOO_MUCH: i64 = u32::MAX as i64;

/// A number of the configuration: its key, and the text in front of it.
struct Number {
    key: String,
    before: String,
}

impl Number {
    fn error(&self, value: i64) -> Option<String> {
        let key = self.key.rsplit('.').next().unwrap();
        let text = format!("{}{key} = {value}\n", self.before);
        Config::from_text(crate::game::GAMES, Some(("perigee.toml", &text))).err().map(|why| why.to_string())
    }

    /// The ends of its range, according to the sentence; `None` if it has none.
    fn ends(&self) -> Option<[i64; 2]> {
        let sentence = self.error(TOO_MUCH)?;
        let (_, range) = sentence.split_once("allowed are ").expect(&sentence);
        let (least, most) = range.split_once(" to ").expect(&sentence);
        Some([least, most].map(|end| end.parse().expect(&sentence)))
    }
}

fn numbers_of(table: &Table) -> impl Iterator<Item = &String> {
    table.iter().filter(|(_, value)| value.is_integer() || value.is_float()).map(|(key, _)| key)
}

/// The numbers of the sections.
fn of_sections(defaults: &Table) -> Vec<Number> {
    let mut found = Vec::new();
    for (section, table) in defaults {
        for key in table.as_table().into_iter().flat_map(numbers_of) {
            let (key, before) = (format!("{section}.{key}"), format!("[{section}]\n"));
            found.push(Number { key, before });
        }
    }
    found
}

/// A room, without the line of `key`.
fn room_without(key: &str, game: &str) -> String {
    let lines = [("max_players", "2"), ("max_spectators", "0"), ("interest_radius_units", "100")];
    let others = lines.iter().filter(|(name, _)| *name != key);
    let lines: String = others.map(|(name, value)| format!("{name} = {value}\n")).collect();
    format!("[[rooms]]\nname = \"one\"\ngame = \"{game}\"\n{lines}")
}

/// The numbers of a room, and of its match.
fn of_room(room: &Table) -> Vec<Number> {
    let game = room["game"].as_str().unwrap();
    let of_room =
        numbers_of(room).map(|key| Number { key: format!("rooms.{key}"), before: room_without(key, game) });
    let of_match = numbers_of(room["scenario"].as_table().unwrap()).map(|key| Number {
        key: format!("rooms.scenario.{key}"),
        before: format!("{}[rooms.scenario]\n", room_without("", game)),
    });
    of_room.chain(of_match).collect()
}

fn all_numbers() -> Vec<Number> {
    let defaults: Table = toml::from_str(DEFAULTS).unwrap();
    let rooms = defaults["rooms"].as_array().unwrap().iter().filter_map(Value::as_table);
    let mut all = of_sections(&defaults);
    all.extend(rooms.flat_map(of_room));
    all
}

#[test]
fn every_number_may_be_what_its_sentence_says_and_nothing_beyond() {
    let mut without_range = BTreeSet::new();
    let all = all_numbers();
    for number in &all {
        let key = number.key.as_str();
        let Some([least, most]) = number.ends() else {
            without_range.insert(key);
            continue;
        };
        for allowed in [least, most] {
            assert_eq!(number.error(allowed), None, "{key} = {allowed}");
        }
        for refused in [least - 1, most + 1] {
            let sentence = number.error(refused).unwrap_or_else(|| panic!("{key} = {refused} is taken"));
            assert!(sentence.contains(key.rsplit('.').next().unwrap()), "{key}: {sentence}");
        }
    }
    assert_eq!(without_range, BTreeSet::from(["rooms.scenario.map_seed"]));
}

#[test]
fn every_number_with_a_range_stands_in_the_built_in_defaults() {
    let all = all_numbers();
    let tried: BTreeSet<&str> = all.iter().map(|number| number.key.as_str()).collect();
    for key in keys::<Limits>()
        .chain(keys::<StoreConfig>())
        .chain(keys::<LobbyConfig>())
        .chain(keys::<ChatRules>())
        .chain(keys::<FeedConfig>())
        .chain(keys::<Http>())
    {
        assert!(tried.contains(key), "{key}");
    }
}

fn keys<S: Section>() -> impl Iterator<Item = &'static str> {
    S::NUMBERS.iter().map(|(key, ..)| *key)
}
