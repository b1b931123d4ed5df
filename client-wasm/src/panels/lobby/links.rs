//! Links for friends: made here, shown in a field, copied by a button.

use crate::page::{Page, listen};
use crate::panels::dom::set_text;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlDocument, HtmlElement, HtmlInputElement};

/// Letters of a party's code: none that look alike. A byte's low five bits choose one.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Letters of a code: 50 bits, more than anybody guesses while a party lasts.
const CODE_BYTES: usize = 10;

/// A code that nobody else has; `None` where the browser has no randomness.
pub(super) fn random_code(page: &Page) -> Option<String> {
    let mut bytes = [0; CODE_BYTES];
    page.window.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(code(bytes))
}

fn code(bytes: [u8; CODE_BYTES]) -> String {
    bytes.map(|byte| char::from(LETTERS[usize::from(byte % 32)])).iter().collect()
}

/// The address of this page with these options, which are codes and need no escaping.
pub(crate) fn link(page: &Page, options: &[(&str, &str)]) -> String {
    let origin = page.window.location().origin().unwrap_or_default();
    format!("{origin}{}{}", page.folder(), query(options))
}

fn query(options: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = options
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// A field with a link and its copy button.
#[derive(Debug)]
pub(super) struct LinkField {
    row: HtmlElement,
    words: HtmlElement,
    field: HtmlInputElement,
    button: HtmlElement,
}

impl LinkField {
    /// The field of the elements `ID`, `ID-words`, `ID-field` and `ID-copy`.
    pub(super) fn new(page: &Rc<Page>, id: &str) -> Result<Self, JsValue> {
        let link = Self {
            row: page.element(id)?,
            words: page.element(&format!("{id}-words"))?,
            field: page.element(&format!("{id}-field"))?,
            button: page.element(&format!("{id}-copy"))?,
        };
        let (page, field, button) = (Rc::clone(page), link.field.clone(), link.button.clone());
        listen(&link.button, "click", move |_: Event| {
            field.select();
            let document: &HtmlDocument = page.document.unchecked_ref();
            // The old way: the new one is not there on a page without TLS, which a server at home has.
            let copied = document.exec_command("copy").unwrap_or(false);
            set_text(&button, if copied { "Copied" } else { "Copy it by hand" });
        })?;
        Ok(link)
    }

    /// Shows a link, and what it is for.
    pub(super) fn show(&self, words: &str, link: &str) {
        set_text(&self.words, words);
        if self.field.value() != link {
            self.field.set_value(link);
            set_text(&self.button, "Copy");
        }
        self.row.set_hidden(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::is_code;

    #[test]
    fn codes_can_name_a_party() {
        for byte in 0..=255 {
            assert!(is_code(&code([byte; CODE_BYTES])));
        }
        assert!(!is_code("") && !is_code("a b") && !is_code(&"x".repeat(33)) && !is_code("<script>"));
    }

    #[test]
    fn a_link_has_what_is_there() {
        assert_eq!(query(&[("room", "den"), ("party", "")]), "?room=den");
        assert_eq!(query(&[("room", "den"), ("party", "abc")]), "?room=den&party=abc");
        assert_eq!(query(&[]), "");
    }
}
