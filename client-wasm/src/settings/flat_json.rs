//! JSON as far as the settings need it: one object whose values are texts, whole numbers and truths.
//!
//! What comes from the browser's memory may be anything. It is read within bounds or not at all, and never panics.

use std::fmt::Write;

/// Longest text that is read, bytes, and most entries in it.
const MAX_BYTES: usize = 8 * 1024;
const MAX_ENTRIES: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Truth(bool),
}

/// The entries of a flat object in their order; `None` if it is anything else.
pub(super) fn read(text: &str) -> Option<Vec<(String, Value)>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut rest = Reader { rest: text };
    let mut entries = Vec::new();
    rest.expect('{')?;
    if rest.expect('}').is_none() {
        loop {
            let key = rest.text()?;
            rest.expect(':')?;
            let value = rest.value()?;
            if entries.len() == MAX_ENTRIES {
                return None;
            }
            entries.push((key, value));
            if rest.expect(',').is_none() {
                break rest.expect('}')?;
            }
        }
    }
    rest.rest.trim().is_empty().then_some(entries)
}

/// The object with those entries.
pub(super) fn write(entries: &[(String, Value)]) -> String {
    let mut out = String::from("{");
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(&mut out, key);
        out.push(':');
        match value {
            Value::Text(text) => write_text(&mut out, text),
            // Writing into a string cannot fail.
            Value::Number(number) => drop(write!(out, "{number}")),
            Value::Truth(truth) => drop(write!(out, "{truth}")),
        }
    }
    out.push('}');
    out
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Passes over space and this character, if it is next.
    fn expect(&mut self, c: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(c)?;
        Some(())
    }

    fn text(&mut self) -> Option<String> {
        self.expect('"')?;
        let mut out = String::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => match chars.next()? {
                    'u' => {
                        let code = chars.as_str().get(..4)?;
                        out.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
                        chars = chars.as_str()[4..].chars();
                    }
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    c @ ('"' | '\\' | '/') => out.push(c),
                    _ => return None,
                },
                c => out.push(c),
            }
        }
        self.rest = chars.as_str();
        Some(out)
    }

    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('"') {
            return self.text().map(Value::Text);
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "true" => Some(Value::Truth(true)),
            "false" => Some(Value::Truth(false)),
            _ => word.parse().ok().map(Value::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let entries = vec![
            ("version".to_owned(), Value::Number(-1)),
            ("a \"b\"\\".to_owned(), Value::Text("ü\n\u{1}".to_owned())),
            ("on".to_owned(), Value::Truth(true)),
        ];
        assert_eq!(read(&write(&entries)), Some(entries));
        assert_eq!(read("{}"), Some(Vec::new()));
        assert_eq!(read(" { \"a\" : 1 , \"b\" : false } ").map(|entries| entries.len()), Some(2));
    }

    #[test]
    fn anything_else_is_nothing() {
        for text in [
            "",
            "null",
            "[1]",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\":1}x",
            "{\"a\":1.5}",
            "{\"a\":{}}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\\x\"}",
            "{a:1}",
            "{\"\\u00é0\":1}",
            "{\"a\":99999999999999999999}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let many: String = (0..100).map(|n| format!("\"{n}\":1,")).collect();
        assert_eq!(read(&format!("{{{many}\"x\":1}}")), None);
        assert_eq!(read(&format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_BYTES))), None);
    }
}
