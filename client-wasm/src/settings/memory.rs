//! Settings as the entries that the browser keeps. Damaged or foreign ones do not keep the player from playing: what cannot be
//! understood has its default.

use crate::bindings::Action;
use crate::settings::model::{Choice, Settings};

/// A value that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Truth(bool),
}

/// What is kept of one choice, by its name.
pub(super) type Entry = (String, Value);

/// The version of the entries; another one is not read.
const VERSION: i64 = 1;
/// Before the name of an action.
const KEYS: &str = "keys.";

/// What to keep after `before` was changed to `after`, where `kept` was kept: what was never chosen is not kept, so that
/// each game begins with its own; another page may have changed other choices since, and a later version may have more of
/// them.
pub(super) fn merge(kept: Vec<Entry>, before: &Settings, after: &Settings) -> Vec<Entry> {
    let is_readable = kept.iter().any(is_present_version);
    let mut merged = if is_readable { kept } else { vec![version()] };
    let before = encode(before);
    for entry in encode(after).into_iter().filter(|entry| !before.contains(entry)) {
        match merged.iter_mut().find(|(known, _)| *known == entry.0) {
            Some(known) => *known = entry,
            None => merged.push(entry),
        }
    }
    merged
}

fn version() -> Entry {
    ("version".to_owned(), Value::Number(VERSION))
}

fn is_present_version((key, value): &Entry) -> bool {
    key == "version" && *value == Value::Number(VERSION)
}

/// All of the settings as entries.
fn encode(settings: &Settings) -> Vec<Entry> {
    let text = |name: &str| Value::Text(name.to_owned());
    let mut entries = vec![
        ("volume", Value::Number(i64::from(settings.volume))),
        ("muted", Value::Truth(settings.muted)),
        ("shake", Value::Truth(settings.shake)),
        ("motion", text(settings.motion.name())),
        ("safe_colors", Value::Truth(settings.safe_colors)),
        ("text", text(settings.text.name())),
        ("hand", text(settings.hand.name())),
        ("net_graph", Value::Truth(settings.net_graph)),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect::<Vec<_>>();
    for action in Action::ALL {
        entries.push((format!("{KEYS}{}", action.name()), Value::Text(settings.bindings.encode(action))));
    }
    entries
}

/// The settings that kept entries stand for, where what was never chosen is as in `settings`.
pub(super) fn decode(entries: Vec<Entry>, mut settings: Settings) -> Settings {
    if !entries.iter().any(is_present_version) {
        return settings;
    }
    for (key, value) in entries {
        take(&mut settings, &key, value);
    }
    settings
}

fn take(settings: &mut Settings, key: &str, value: Value) {
    match (key, value) {
        ("volume", Value::Number(volume)) => settings.volume = volume.clamp(0, 100) as u8,
        ("muted", Value::Truth(on)) => settings.muted = on,
        ("shake", Value::Truth(on)) => settings.shake = on,
        ("safe_colors", Value::Truth(on)) => settings.safe_colors = on,
        ("net_graph", Value::Truth(on)) => settings.net_graph = on,
        ("motion", Value::Text(name)) => choose(&mut settings.motion, &name),
        ("text", Value::Text(name)) => choose(&mut settings.text, &name),
        ("hand", Value::Text(name)) => choose(&mut settings.hand, &name),
        (key, Value::Text(keys)) => {
            let name = key.strip_prefix(KEYS);
            if let Some(action) = Action::ALL.into_iter().find(|action| Some(action.name()) == name) {
                settings.bindings.decode(action, &keys);
            }
        }
        // Of a later version, or damaged.
        _ => {}
    }
}

fn choose<C: Choice>(choice: &mut C, name: &str) {
    if let Some(chosen) = C::of(name) {
        *choice = chosen;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::model::{Hand, Motion, TextSize};
    use perigee_shared::netcode::{About, Control, Controls};

    fn usual() -> Settings {
        let controls = Controls::usual(["Up", "Down", "Left", "Right"], Some("Hit"), Some("Jump"));
        Settings::of(&About { controls, ..About::named("toy") })
    }

    fn decode(entries: Vec<Entry>) -> Settings {
        super::decode(entries, usual())
    }

    fn number(key: &str, number: i64) -> Entry {
        (key.to_owned(), Value::Number(number))
    }

    fn text(key: &str, text: &str) -> Entry {
        (key.to_owned(), Value::Text(text.to_owned()))
    }

    #[test]
    fn every_choice_is_remembered() {
        let mut settings = Settings {
            volume: 35,
            muted: true,
            shake: false,
            motion: Motion::Full,
            safe_colors: true,
            text: TextSize::Large,
            hand: Hand::Left,
            net_graph: true,
            ..usual()
        };
        settings.bindings.bind(Action::Primary, 0, "KeyJ").unwrap();
        assert_eq!(decode(merge(Vec::new(), &usual(), &settings)), settings);
        assert_eq!(merge(Vec::new(), &usual(), &usual()), [version()], "what was not chosen is not kept");
        // What was chosen and taken back is as it was.
        let kept = merge(Vec::new(), &usual(), &settings);
        assert_eq!(decode(merge(kept, &settings, &usual())), usual());
    }

    #[test]
    fn what_was_chosen_counts_in_every_game_and_all_else_is_the_games_own() {
        let louder = Settings { volume: 90, ..usual() };
        let kept = merge(Vec::new(), &usual(), &louder);
        let primary = Control::new("Hit", ["KeyJ", ""]);
        let other = About::named("other");
        let other =
            Settings::of(&About { controls: Controls { primary: Some(primary), ..other.controls }, ..other });
        let there = super::decode(kept, other.clone());
        assert_eq!(there, Settings { volume: 90, ..other });
        assert_eq!(there.bindings.codes(Action::Primary), &["KeyJ", ""]);
    }

    #[test]
    fn two_pages_change_one_memory_choice_by_choice() {
        let first = usual();
        let mut louder = Settings { volume: 90, ..first.clone() };
        louder.bindings.bind(Action::Primary, 0, "KeyJ").unwrap();
        let kept = merge(Vec::new(), &first, &louder);
        assert_eq!(decode(kept.clone()), louder);
        // The other page has not read that, and changes something else.
        let mut left = Settings { hand: Hand::Left, ..first.clone() };
        left.bindings.bind(Action::Map, 0, "KeyC").unwrap();
        let kept = merge(kept, &first, &left);
        let mut both = Settings { volume: 90, hand: Hand::Left, ..first.clone() };
        both.bindings.bind(Action::Primary, 0, "KeyJ").unwrap();
        both.bindings.bind(Action::Map, 0, "KeyC").unwrap();
        assert_eq!(decode(kept.clone()), both);
        // What a later version keeps besides stays; what another version keeps does not.
        let later = [kept, vec![number("later", 3)]].concat();
        assert!(merge(later, &first, &left).contains(&number("later", 3)));
        let other = vec![number("version", 2), number("volume", 1)];
        assert_eq!(decode(merge(other, &first, &left)), left);
    }

    #[test]
    fn bad_content_is_ignored_piece_by_piece() {
        let other_version = vec![number("version", 2), number("volume", 1)];
        for entries in [Vec::new(), other_version, vec![number("volume", 1)]] {
            assert_eq!(decode(entries), usual());
        }
        let half = decode(vec![
            number("version", 1),
            number("volume", 900),
            text("muted", "yes"),
            text("text", "huge"),
            number("later", 3),
            ("shake".to_owned(), Value::Truth(false)),
            text("keys.primary", "Escape KeyX"),
            text("keys.jump", "KeyJ"),
        ]);
        let mut expected = Settings { volume: 100, shake: false, ..usual() };
        expected.bindings.decode(Action::Primary, " KeyX");
        assert_eq!(half, expected);
    }

    #[test]
    fn two_actions_with_one_key_in_a_damaged_memory_become_one() {
        let keys = vec![number("version", 1), text("keys.left", "KeyQ"), text("keys.right", "KeyQ")];
        let settings = decode(keys);
        assert_eq!(settings.bindings.action_of("KeyQ"), Some(Action::Right));
        assert_eq!(settings.bindings.codes(Action::Left), &["", ""]);
    }
}
