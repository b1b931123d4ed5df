//! The line that says which key does what: from the keys as they are bound, or for the pad that is in hand.

use crate::bindings::{Action, Bindings};
use crate::key_names::KeyNames;
use crate::page::Page;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// A piece of the line: keys and what they do.
type Hint = (Vec<String>, &'static str);

/// The line.
#[derive(Debug)]
pub(crate) struct Hints {
    line: HtmlElement,
    shown: Vec<Hint>,
    /// Turns with each change: the line leaves after a while, and what is new is shown anew.
    turn: bool,
}

impl Hints {
    pub(crate) fn new(page: &Page) -> Result<Self, JsValue> {
        Ok(Self { line: page.element("keys")?, shown: Vec::new(), turn: false })
    }

    /// Says what is true now.
    pub(crate) fn show(
        &mut self,
        page: &Page,
        (bindings, names): (&Bindings, &KeyNames),
        pad: bool,
    ) -> Result<(), JsValue> {
        let hints = if pad { pad_hints() } else { key_hints(bindings, |code| names.label(code)) };
        if hints == self.shown {
            return Ok(());
        }
        self.line.set_text_content(None);
        for (keys, what) in &hints {
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

fn key_hints(bindings: &Bindings, label: impl Fn(&str) -> String) -> Vec<Hint> {
    let first =
        |action: Action| bindings.codes(action).iter().find(|code| !code.is_empty()).map(|code| label(code));
    let hint =
        |actions: &[Action], what| (actions.iter().filter_map(|&action| first(action)).collect(), what);
    let all: [Hint; 7] = [
        hint(&[Action::Forward], "thrust"),
        hint(&[Action::Left, Action::Right], "or mouse turn"),
        hint(&[Action::Back], "brake"),
        hint(&[Action::Fire], "fire"),
        hint(&[Action::Missile], "missile"),
        hint(&[Action::Map], "map"),
        hint(&[Action::Settings], "settings"),
    ];
    all.into_iter().filter(|(keys, _)| !keys.is_empty()).collect()
}

fn pad_hints() -> Vec<Hint> {
    [
        ("left stick", "fly"),
        ("RT", "fire"),
        ("LT", "missile"),
        ("B", "brake"),
        ("Y", "map"),
        ("start", "settings"),
    ]
    .map(|(key, what)| (vec![key.to_owned()], what))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_follow_the_bindings_and_leave_out_what_has_no_key() {
        let mut bindings = Bindings::default();
        bindings.bind(Action::Fire, 0, "KeyJ").unwrap();
        bindings.clear(Action::Map, 0);
        let hints = key_hints(&bindings, crate::bindings::label);
        assert!(hints.contains(&(vec!["J".to_owned()], "fire")));
        assert!(hints.contains(&(vec!["A".to_owned(), "D".to_owned()], "or mouse turn")));
        assert!(!hints.iter().any(|(_, what)| *what == "map"));
    }
}
