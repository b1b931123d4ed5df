//! Settings as JSON, by the browser's own reader and writer: one object whose values are texts, whole numbers and truths.
//!
//! The text comes from the browser's memory, where anything may stand. Whatever is not such a value is passed over.

use crate::settings::memory::{Entry, Value};
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// Longest text that is read, bytes, and most entries in it.
const MAX_BYTES: usize = 8 * 1024;
const MAX_ENTRIES: usize = 64;
/// Numbers up to this are whole where JavaScript says that they are.
const MAX_WHOLE: f64 = 9_007_199_254_740_991.0;

/// The entries of the object in their order; none if the text is not one.
pub(super) fn read(text: &str) -> Vec<Entry> {
    let parsed = if text.len() > MAX_BYTES { None } else { JSON::parse(text).ok() };
    let Some(object) = parsed.filter(|value| value.is_object() && !Array::is_array(value)) else {
        return Vec::new();
    };
    let entries = Object::entries(object.unchecked_ref::<Object>());
    entries.iter().take(MAX_ENTRIES).filter_map(|pair| entry(pair.unchecked_ref())).collect()
}

fn entry(pair: &Array) -> Option<Entry> {
    let value = pair.get(1);
    let is_whole = |number: &f64| number.fract() == 0.0 && number.abs() <= MAX_WHOLE;
    let value = if let Some(text) = value.as_string() {
        Value::Text(text)
    } else if let Some(truth) = value.as_bool() {
        Value::Truth(truth)
    } else {
        Value::Number(value.as_f64().filter(is_whole)? as i64)
    };
    Some((pair.get(0).as_string()?, value))
}

/// The object with those entries; an error where the page's own prototypes were tampered with.
pub(super) fn write(entries: &[Entry]) -> Result<String, JsValue> {
    let object = Object::new();
    for (key, value) in entries {
        let value = match value {
            Value::Text(text) => JsValue::from_str(text),
            Value::Number(number) => JsValue::from_f64(*number as f64),
            Value::Truth(truth) => JsValue::from_bool(*truth),
        };
        Reflect::set(&object, &JsValue::from_str(key), &value)?;
    }
    JSON::stringify(&object).map(String::from)
}
