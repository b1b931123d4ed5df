//! Which modules of the crate a source file imports, by its text: without comments, texts and what is for tests alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The root, in which the modules are declared: it wires all of them.
pub(super) const ROOT: &str = "lib";

/// One import: from a module to another, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) place: String,
}

/// A source file, and where in the tree of modules it is.
pub(super) struct Source {
    path: PathBuf,
    /// The names from the root to it; none for the root.
    module: Vec<String>,
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

    /// What it imports from the root's modules, and from the root itself.
    pub(super) fn arrows(&self, modules: &BTreeSet<String>) -> Vec<Arrow> {
        let own = self.module.first().map_or(ROOT, String::as_str);
        let mut found = Vec::new();
        for (number, to) in self.imports(modules) {
            if to != own {
                let place = format!("{}:{number}", self.path.display());
                found.push(Arrow { from: own.to_owned(), to, place });
            }
        }
        found
    }

    /// The line of each path that begins at the root, and the module that it leads to.
    fn imports(&self, modules: &BTreeSet<String>) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (at, word) in words(&self.code) {
            for name in self.names_at(at, word, modules) {
                // Whatever else the root has is the root's own.
                let to = if modules.contains(&name) { name } else { ROOT.to_owned() };
                found.push((self.code[..at].lines().count().max(1), to));
            }
        }
        found
    }

    /// What of the root a path names that begins with the word there; nothing if it begins elsewhere.
    fn names_at(&self, at: usize, word: &str, modules: &BTreeSet<String>) -> Vec<String> {
        let after = &self.code[at + word.len()..];
        if is_after_path(&self.code, at) || !after.starts_with("::") {
            return Vec::new();
        }
        let is_root = self.module.is_empty();
        match word {
            "crate" => first_names(&after[2..]),
            "super" if !is_root => {
                let path = &self.code[at..];
                let rest = path.trim_start_matches("super::");
                let levels = (path.len() - rest.len()) / "super::".len();
                if levels >= self.module.len() { first_names(rest) } else { Vec::new() }
            }
            // The root names its modules without a word before.
            name if is_root && modules.contains(name) => vec![name.to_owned()],
            _ => Vec::new(),
        }
    }
}

/// Whether what stands there goes on a path, as `b` does in `a::b`.
fn is_after_path(code: &str, at: usize) -> bool {
    code[..at].ends_with("::")
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

/// The names that a path may go on with: one, or those in braces.
fn first_names(path: &str) -> Vec<String> {
    let Some(list) = path.strip_prefix('{') else {
        return words(path).next().map(|(_, word)| word.to_owned()).into_iter().collect();
    };
    let (mut depth, mut names, mut is_first) = (0, Vec::new(), true);
    let mut at = 0;
    while let Some(c) = list[at..].chars().next() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => is_first = true,
            c if c.is_alphabetic() && depth == 0 && is_first => {
                let (_, word) = words(&list[at..]).next().unwrap();
                names.push(word.to_owned());
                (is_first, at) = (false, at + word.len() - c.len_utf8());
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    names
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
fn only_what_is_compiled_for_the_server_counts() {
    let source = |text: &str| Source {
        path: PathBuf::new(),
        module: vec!["a".to_owned(), "b".to_owned()],
        code: without_tests(&without_comments(text)),
    };
    let modules = ["c", "d", "e"].map(str::to_owned).into_iter().collect();
    let found = |text: &str| source(text).imports(&modules);
    let to = |line, module: &str| (line, module.to_owned());
    assert_eq!(found("use crate::c::X;\n"), [to(1, "c")]);
    assert_eq!(found("\nuse crate::{c::{X, d}, e};\n"), [to(2, "c"), to(2, "e")]);
    assert_eq!(found("use super::super::d; use super::c;"), [to(1, "d")]);
    assert_eq!(found("fn f(_: &'a crate::Wall) {}"), [to(1, ROOT)]);
    assert_eq!(
        found("/// crate::c\n/* crate::c */ let x = \"crate::c\"; // crate::c\npub(crate) struct Y;"),
        []
    );
    assert_eq!(
        found("#[cfg(test)]\nmod tests {\n  use crate::c;\n  fn f() { '{'; }\n}\nuse crate::d;"),
        [to(6, "d")]
    );
    assert_eq!(found("#[cfg(test)]\nuse crate::{c, d};\nuse crate::e;"), [to(3, "e")]);
    assert_eq!(found("struct S { #[cfg(test)]\n hook: Option<fn()>,\n x: crate::c::X }"), [to(3, "c")]);
    assert_eq!(declared(&source("#[cfg(test)]\nmod tests;\npub mod x;\nmod y { }").code), ["x"]);
}
