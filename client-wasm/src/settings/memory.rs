//! Settings as the text that the browser keeps. A damaged or foreign text is no reason not to play: what cannot be
//! understood is as it was before anybody chose.

use crate::bindings::Action;
use crate::settings::flat_json::{Value, read, write};
use crate::settings::model::{Choice, Settings};

/// The version of the text; another one is not read.
const VERSION: i64 = 1;
/// Before the name of an action.
const KEYS: &str = "keys.";

/// The text to keep.
pub(super) fn encode(settings: &Settings) -> String {
    let text = |name: &str| Value::Text(name.to_owned());
    let mut entries = vec![
        ("version", Value::Number(VERSION)),
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
    write(&entries)
}

/// The settings that a kept text stands for.
pub(super) fn decode(text: &str) -> Settings {
    let mut settings = Settings::default();
    let entries = read(text).unwrap_or_default();
    if !entries.iter().any(|(key, value)| key == "version" && *value == Value::Number(VERSION)) {
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
            ..Settings::default()
        };
        settings.bindings.bind(Action::Fire, 0, "KeyJ").unwrap();
        assert_eq!(decode(&encode(&settings)), settings);
        assert_eq!(decode(&encode(&Settings::default())), Settings::default());
    }

    #[test]
    fn bad_content_is_ignored_piece_by_piece() {
        for text in ["", "no", "{}", "{\"version\":2,\"volume\":1}", "{\"volume\":1}"] {
            assert_eq!(decode(text), Settings::default(), "{text}");
        }
        let half = decode(
            "{\"version\":1,\"volume\":900,\"muted\":\"yes\",\"text\":\"huge\",\"later\":3,\"shake\":false,\
             \"keys.fire\":\"Escape KeyX\",\"keys.jump\":\"KeyJ\"}",
        );
        let mut expected = Settings { volume: 100, shake: false, ..Settings::default() };
        expected.bindings.decode(Action::Fire, " KeyX");
        assert_eq!(half, expected);
    }

    #[test]
    fn two_actions_with_one_key_in_a_damaged_memory_become_one() {
        let settings = decode("{\"version\":1,\"keys.left\":\"KeyQ\",\"keys.right\":\"KeyQ\"}");
        assert_eq!(settings.bindings.action_of("KeyQ"), Some(Action::Right));
        assert_eq!(settings.bindings.codes(Action::Left), &["", ""]);
    }
}
