//! TOML's errors as sentences that name the key, in words for operators.

/// The error's message in plain words, and the path of the key: serde's error has it only in its text, as a last line
/// "in `limits.drain_ms`".
pub(crate) fn describe(error: &toml::de::Error) -> (String, String) {
    let text = error.to_string();
    let path = text.trim_end().rsplit_once("\nin `").map_or("", |(_, path)| path.trim_end_matches('`'));
    let what = one_line(error.message())
        .replace("unknown field", "unknown key")
        .replace("missing field", "missing key")
        .replace("expected one of", "allowed are");
    (in_plain_words(&what), path.to_owned())
}

/// Replaces Rust's names for numbers.
fn in_plain_words(what: &str) -> String {
    let Some((found, expected)) = what.rsplit_once(", expected ") else { return what.to_owned() };
    let expected = match expected {
        "usize" | "u64" | "u32" | "u16" => "a whole number",
        "f32" | "f64" => "a number",
        other => other,
    };
    format!("{found}, expected {expected}")
}

/// An error in a table, in one sentence that names the key.
pub(crate) fn sentence(error: &toml::de::Error) -> String {
    let (what, key) = describe(error);
    if key.is_empty() { what } else { format!("{key}: {what}") }
}

/// Without line breaks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
