//! The line that says which key does what: from the keys as they are bound, or for the pad if that was used last.

use crate::bindings::{Action, Bindings};
use crate::key_names::KeyNames;
use crate::page::Page;
use perigee_shared::netcode::About;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// A piece of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hint {
    keys: Vec<String>,
    /// What they do.
    what: String,
}

/// The line.
#[derive(Debug)]
pub(crate) struct Hints {
    about: &'static About,
    line: HtmlElement,
    shown: Vec<Hint>,
    /// Flips with each change: the line fades after a while, and a changed one is shown again.
    turn: bool,
}

impl Hints {
    pub(crate) fn new(page: &Page, about: &'static About) -> Result<Self, JsValue> {
        Ok(Self { about, line: page.element("keys")?, shown: Vec::new(), turn: false })
    }

    /// Says what is true now.
    pub(crate) fn show(
        &mut self,
        page: &Page,
        bindings: &Bindings,
        names: &KeyNames,
        pad: bool,
    ) -> Result<(), JsValue> {
        let hints = if pad {
            pad_hints(self.about)
        } else {
            key_hints(self.about, bindings, |code| names.label(code))
        };
        if hints == self.shown {
            return Ok(());
        }
        self.line.set_text_content(None);
        for Hint { keys, what } in &hints {
            let hint = page.make("span", "hint")?;
            for key in keys {
                let cap = page.make("kbd", "")?;
                cap.set_text_content(Some(key));
                hint.append_child(&cap)?;
            }
            let words = page.make("span", "")?;
            words.set_text_content(Some(what));
            hint.append_child(&words)?;
            self.line.append_child(&hint)?;
        }
        self.turn = !self.turn;
        self.line.dataset().set("turn", if self.turn { "1" } else { "0" })?;
        self.shown = hints;
        Ok(())
    }
}

fn key_hints(about: &About, bindings: &Bindings, label: impl Fn(&str) -> String) -> Vec<Hint> {
    let first =
        |action: Action| bindings.codes(action).iter().find(|code| !code.is_empty()).map(|code| label(code));
    let hint = |actions: &[Action], what: String| Hint {
        keys: actions.iter().filter_map(|&action| first(action)).collect(),
        what,
    };
    let title = |action: Action| action.title(about).map(str::to_lowercase);
    let sides = format!("{}, {}", about.controls.left.title, about.controls.right.title).to_lowercase();
    let mut all = Vec::new();
    for action in [Action::Forward, Action::Back, Action::Primary, Action::Secondary] {
        all.extend(title(action).map(|what| hint(&[action], what)));
    }
    all.insert(1, hint(&[Action::Left, Action::Right], sides));
    all.push(hint(&[Action::Map], map_words(about).to_owned()));
    all.push(hint(&[Action::Settings], "settings".to_owned()));
    all.retain(|hint| !hint.keys.is_empty());
    all
}

/// What its key shows.
fn map_words(about: &About) -> &'static str {
    if about.has_map { "map" } else { "scores" }
}

fn pad_hints(about: &About) -> Vec<Hint> {
    let controls = &about.controls;
    let keys = [
        ("left stick", Some("steer")),
        ("RT", controls.primary.map(|control| control.title)),
        ("LT", controls.secondary.map(|control| control.title)),
        ("B", Some(controls.back.title)),
        ("Y", Some(map_words(about))),
        ("start", Some("settings")),
    ];
    let hint = |(key, what): (&str, Option<&str>)| {
        Some(Hint { keys: vec![key.to_owned()], what: what?.to_lowercase() })
    };
    keys.into_iter().filter_map(hint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::Controls;

    #[test]
    fn a_game_without_a_map_is_told_of_none() {
        let words = |has_map| {
            let about = About { has_map, ..About::named("toy") };
            let keys = key_hints(&about, &Bindings::of(&about), crate::bindings::label);
            keys.into_iter().chain(pad_hints(&about)).map(|hint| hint.what).collect::<Vec<_>>()
        };
        let count = |has_map, word| words(has_map).iter().filter(|what| *what == word).count();
        assert_eq!([count(true, "map"), count(true, "scores")], [2, 0]);
        assert_eq!([count(false, "map"), count(false, "scores")], [0, 2]);
    }

    #[test]
    fn hints_follow_the_bindings_and_leave_out_what_has_no_key() {
        let controls = Controls::usual(["Go", "Stop", "Turn left", "turn right"], Some("Strike"), None);
        let about = About { controls, has_map: true, ..About::named("toy") };
        let mut bindings = Bindings::of(&about);
        bindings.bind(Action::Primary, 0, "KeyJ").unwrap();
        bindings.clear(Action::Map, 0);
        let hints = key_hints(&about, &bindings, crate::bindings::label);
        let has = |keys: &[&str], what: &str| hints.iter().any(|hint| hint.keys == keys && hint.what == what);
        assert!(has(&["J"], "strike") && has(&["A", "D"], "turn left, turn right"));
        assert!(!hints.iter().any(|hint| hint.what == "map" || hint.keys.contains(&"E".to_owned())));
        assert!(!pad_hints(&about).iter().any(|hint| hint.keys == ["LT"]), "what there is not");
    }
}
