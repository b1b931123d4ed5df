//! Small help with elements. Texts go in as text, never as markup.

use crate::page::Page;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement};

/// A new element with a text, at the end of `parent`.
pub(super) fn add(
    page: &Page,
    parent: &Element,
    tag: &str,
    class: &str,
    text: &str,
) -> Result<HtmlElement, JsValue> {
    let element = page.make(tag, class)?;
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    parent.append_child(&element)?;
    Ok(element)
}

/// A new button with a text, at the end of `parent`.
pub(super) fn add_button(
    page: &Page,
    parent: &Element,
    class: &str,
    text: &str,
) -> Result<HtmlElement, JsValue> {
    let button = add(page, parent, "button", class, text)?;
    button.set_attribute("type", "button")?;
    Ok(button)
}

/// Writes a text where it is another one.
pub(super) fn set_text(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Sets `data-key` where it is another one.
pub(super) fn set_data(element: &HtmlElement, key: &str, value: &str) {
    if element.dataset().get(key).as_deref() != Some(value) {
        // Only a key with a hyphen before a letter is refused, and ours are constants.
        let _ = element.dataset().set(key, value);
    }
}

/// Sets an attribute to `true` or `false`, as ARIA has them.
pub(super) fn set_flag(element: &Element, name: &str, on: bool) {
    let value = if on { "true" } else { "false" };
    if element.get_attribute(name).as_deref() != Some(value) {
        // Names are constants.
        let _ = element.set_attribute(name, value);
    }
}

/// Switches a button off or on.
pub(super) fn set_disabled(button: &Element, disabled: bool) {
    let _ = button.toggle_attribute_with_force("disabled", disabled);
}

/// Where an event happened: the nearest element around that has `data-key`, and its value.
pub(super) fn nearest(event: &Event, key: &str) -> Option<(Element, String)> {
    let at: Element = event.target()?.dyn_into().ok()?;
    let element = at.closest(&format!("[data-{key}]")).ok()??;
    let value = element.get_attribute(&format!("data-{key}"))?;
    Some((element, value))
}

/// A whole number with a thin space between thousands.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "−" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_groups() {
        let words = [0, 999, 1000, -1_234_567].map(grouped);
        assert_eq!(words, ["0", "999", "1\u{202f}000", "−1\u{202f}234\u{202f}567"]);
    }
}
