//! What the modules of a crate import, by their texts: without comments, texts and what is for tests alone.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file, and where in the tree of modules it is.
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// The names from the root to it; none for the root.
    pub(super) module: Vec<String>,
    /// Without what does not count, line for line.
    code: String,
}

impl Source {
    pub(super) fn read(path: PathBuf, module: Vec<String>) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let code = without_tests(&without_comments(&text));
        Self { path, module, code }
    }

    /// The names of the modules that are declared in it and have files of their own.
    pub(super) fn declared(&self) -> Vec<String> {
        declared(&self.code)
    }

    /// These modules.
    pub(super) fn children(&self) -> Vec<Self> {
        let mut folder = self.path.with_extension("");
        if self.path.ends_with("mod.rs") || self.path.ends_with("lib.rs") {
            folder.pop();
        }
        self.declared().into_iter().map(|name| self.child(&folder, name)).collect()
    }

    fn child(&self, folder: &Path, name: String) -> Self {
        let paths = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
        let path = paths.into_iter().find(|path| path.exists());
        let path = path.unwrap_or_else(|| panic!("no file for {name} under {}", folder.display()));
        Self::read(path, self.module.iter().cloned().chain([name]).collect())
    }

    /// The line of each path that it names, and the path from the root.
    pub(super) fn imports(&self) -> Vec<(usize, Vec<String>)> {
        let children = self.declared();
        let mut found = Vec::new();
        for (at, word) in words(&self.code) {
            let number = || self.code[..at].lines().count().max(1);
            found.extend(self.paths_at(at, word, &children).into_iter().map(|path| (number(), path)));
        }
        found
    }

    /// The paths that begin with the word there, from the root; none if it begins no path of this crate.
    fn paths_at(&self, at: usize, word: &str, children: &[String]) -> Vec<Vec<String>> {
        let after = &self.code[at + word.len()..];
        // What goes on a path; and `$crate`, which is a path where a macro is used.
        let is_later = self.code[..at].ends_with("::") || self.code[..at].ends_with('$');
        if is_later || !after.starts_with("::") {
            return Vec::new();
        }
        let (base, rest) = match word {
            "crate" => (0, &after[2..]),
            "super" => {
                let path = &self.code[at..];
                let rest = path.trim_start_matches("super::");
                (self.module.len().saturating_sub((path.len() - rest.len()) / "super::".len()), rest)
            }
            name if children.iter().any(|child| child == name) => (self.module.len(), &self.code[at..]),
            _ => return Vec::new(),
        };
        let full = |path: Vec<String>| self.module[..base].iter().cloned().chain(path).collect();
        paths(rest).into_iter().map(full).collect()
    }
}

/// Each word of the code, and where it begins.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + code[at..].find(is_part)?;
        let end = code[start..].find(|c: char| !is_part(c)).map_or(code.len(), |length| start + length);
        at = end;
        Some((start, &code[start..end]))
    })
}

/// The paths that stand there: one, or those that its braces make of it.
fn paths(code: &str) -> Vec<Vec<String>> {
    if let Some(list) = code.strip_prefix('{') {
        return list_items(list).into_iter().flat_map(paths).collect();
    }
    let Some((0, name)) = words(code).next() else { return Vec::new() };
    let rest = code[name.len()..].strip_prefix("::").map(paths).filter(|rest| !rest.is_empty());
    let longer = |rest: Vec<String>| [name.to_owned()].into_iter().chain(rest).collect();
    rest.map_or_else(|| vec![vec![name.to_owned()]], |rest| rest.into_iter().map(longer).collect())
}

/// The items between commas up to the brace that ends the list.
fn list_items(list: &str) -> Vec<&str> {
    let (mut depth, mut from, mut items) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(list[from..at].trim_start());
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

/// The names in `mod name;`.
fn declared(code: &str) -> Vec<String> {
    let words: Vec<(usize, &str)> = words(code).collect();
    let declarations = words.windows(2).filter(|pair| {
        let [(_, word), (at, name)] = pair else { return false };
        *word == "mod" && code[at + name.len()..].starts_with(';')
    });
    declarations.map(|pair| pair[1].1.to_owned()).collect()
}

/// The code with nothing in place of comments and of what stands in texts; lines stay lines.
fn without_comments(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = skipped(rest);
        let (gone, after) = rest.split_at(length.max(c.len_utf8()));
        if length == 0 {
            code.push(c);
        } else {
            code.extend(gone.chars().filter(|&c| c == '\n'));
        }
        rest = after;
    }
    code
}

/// Bytes of the comment, text or letter with which `code` begins.
fn skipped(code: &str) -> usize {
    let to_end_of =
        |open: usize, end: &str| code[open..].find(end).map_or(code.len(), |at| open + at + end.len());
    if code.starts_with("//") {
        return code.find('\n').unwrap_or(code.len());
    }
    if code.starts_with("/*") {
        return to_end_of(2, "*/");
    }
    if let Some(raw) = code.strip_prefix("r#\"") {
        return code.len() - raw.len() + raw.find("\"#").map_or(raw.len(), |at| at + 2);
    }
    if code.starts_with("r\"") {
        return to_end_of(2, "\"");
    }
    if code.starts_with('"') {
        return quoted(code, '"');
    }
    // A letter, and not a lifetime.
    let mut chars = code.chars();
    let is_letter = chars.next() == Some('\'') && (chars.next() == Some('\\') || chars.next() == Some('\''));
    if is_letter { quoted(code, '\'') } else { 0 }
}

fn quoted(code: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    code.len()
}

const TESTS_ALONE: &str = "#[cfg(test)]";

/// The code without the items that are compiled for tests alone.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once(TESTS_ALONE) {
        kept.push_str(before);
        let (item, after) = after.split_at(item_length(after));
        kept.extend(item.chars().filter(|&c| c == '\n'));
        rest = after;
    }
    kept + rest
}

/// Bytes of the item that comes; 0 for what is none, such as a field, which counts.
fn item_length(code: &str) -> usize {
    const ITEMS: [&str; 8] = ["mod", "fn", "impl", "use", "const", "static", "struct", "enum"];
    let head = code.find([';', '{', '=']).unwrap_or(code.len());
    let is_item = words(&code[..head]).any(|(_, word)| ITEMS.contains(&word));
    let is_field =
        words(&code[..head]).next().is_some_and(|(at, word)| code[at + word.len()..].starts_with(':'));
    if !is_item || is_field {
        return 0;
    }
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '}' => {
                depth -= 1;
                // A list of imports goes on with its semicolon.
                if depth == 0 && !code[at + 1..].starts_with(';') {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[test]
fn only_what_is_compiled_for_users_counts() {
    let source = |text: &str| Source {
        path: PathBuf::new(),
        module: vec!["a".to_owned(), "b".to_owned()],
        code: without_tests(&without_comments(text)),
    };
    let found = |text: &str| -> Vec<(usize, String)> {
        source(text).imports().into_iter().map(|(line, path)| (line, path.join("::"))).collect()
    };
    let to = |line, path: &str| (line, path.to_owned());
    assert_eq!(found("use crate::c::X;\n"), [to(1, "c::X")]);
    let several = [to(2, "c::X"), to(2, "c::d::Y"), to(2, "e")];
    assert_eq!(found("\nuse crate::{\n c::{X, d::Y}, e};\n"), several);
    assert_eq!(found("use super::super::d; use super::c;"), [to(1, "d"), to(1, "a::c")]);
    assert_eq!(found("mod own; pub use own::{X, Y};"), [to(1, "a::b::own::X"), to(1, "a::b::own::Y")]);
    assert_eq!(found("fn f(_: &'a crate::Wall) { x(crate::c::y) }"), [to(1, "Wall"), to(1, "c::y")]);
    assert_eq!(found("macro_rules! m { () => { $crate::c::X } }"), []);
    assert_eq!(
        found("/// crate::c\n/* crate::c */ let x = \"crate::c\"; // crate::c\npub(crate) struct Y;"),
        []
    );
    assert_eq!(
        found("#[cfg(test)]\nmod tests {\n  use crate::c;\n  fn f() { '{'; }\n}\nuse crate::d;"),
        [to(6, "d")]
    );
    assert_eq!(found("#[cfg(test)]\nuse crate::{c, d};\nuse crate::e;"), [to(3, "e")]);
    assert_eq!(found("struct S { #[cfg(test)]\n hook: Option<fn()>,\n x: crate::c::X }"), [to(3, "c::X")]);
    assert_eq!(declared(&source("#[cfg(test)]\nmod tests;\npub mod x;\nmod y { }").code), ["x"]);
}
