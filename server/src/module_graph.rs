//! A test that holds the whole module graph of this crate: which of its modules may import which.
//!
//! It reads the sources as the compiler would find them, from `lib.rs` on, without comments, texts and what is compiled for
//! tests alone. An arrow that is not in the list fails it, and so does one that is listed and gone: the list is the graph.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The root, in which the modules are declared: it wires all of them.
const ROOT: &str = "lib";

/// Each module with all that it imports. A module imports only from those above it in this list, so there is no circle.
const GRAPH: &str = "\
address:
assets:
headers:
metrics:
person:
section:
text:
version:
wall:
access: section
logging: address metrics
store: metrics person section text wall
tls: metrics section
websocket: metrics
bans: person store
room: access address metrics person section text
game: access metrics room text
presence: person room store
lobby: access address game metrics room section
services: access address game lobby metrics person room section store text wall websocket
admin: address bans lobby logging metrics person room section services store text tls version websocket
rest: access address assets game lobby metrics room services store version
config: access admin game lobby room section services store tls wall
net: access address admin bans game headers lobby metrics person presence room services store text tls websocket
web: assets headers metrics rest
parts: access admin lobby metrics person rest room services store text
lib: admin assets bans config game lobby logging metrics net presence rest room services store tls wall web
program: admin assets config game lib logging store tls
";

/// The lines of [`GRAPH`].
fn listed() -> Vec<(&'static str, Vec<&'static str>)> {
    let row = |line: &'static str| {
        let (module, imports) = line.split_once(':').unwrap();
        (module, imports.split_whitespace().collect())
    };
    GRAPH.lines().map(row).collect()
}

/// One import: from a module to another, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: String,
    to: String,
    place: String,
}

/// A source file, and where in the tree of modules it is.
struct Source {
    path: PathBuf,
    /// The names from the root to it; none for the root.
    module: Vec<String>,
    /// Without what does not count, line for line.
    code: String,
}

impl Source {
    fn read(path: PathBuf, module: Vec<String>) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let code = without_tests(&without_comments(&text));
        Self { path, module, code }
    }

    /// The modules that are declared in it and have files of their own.
    fn children(&self) -> Vec<Self> {
        let mut folder = self.path.with_extension("");
        if self.path.ends_with("mod.rs") || self.path.ends_with("lib.rs") {
            folder.pop();
        }
        declared(&self.code).into_iter().map(|name| self.child(&folder, name)).collect()
    }

    fn child(&self, folder: &Path, name: String) -> Self {
        let paths = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
        let path = paths.into_iter().find(|path| path.exists());
        let path = path.unwrap_or_else(|| panic!("no file for {name} under {}", folder.display()));
        Self::read(path, self.module.iter().cloned().chain([name]).collect())
    }

    /// What it imports from the root's modules, and from the root itself.
    fn arrows(&self, modules: &BTreeSet<String>) -> Vec<Arrow> {
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
        let mut add = |at: usize, names: Vec<String>| {
            let line = self.code[..at].lines().count().max(1);
            for name in names {
                // Whatever else the root has is the root's own.
                let to = if modules.contains(&name) { name } else { ROOT.to_owned() };
                found.push((line, to));
            }
        };
        for (at, word) in words(&self.code) {
            let after = &self.code[at + word.len()..];
            match word {
                "crate" if after.starts_with("::") => add(at, first_names(&after[2..])),
                "super" if !is_after_path(&self.code, at) => {
                    let mut rest = &self.code[at..];
                    let mut levels = 0;
                    while let Some(next) = rest.strip_prefix("super::") {
                        (rest, levels) = (next, levels + 1);
                    }
                    if levels >= self.module.len().max(1) && !self.module.is_empty() {
                        add(at, first_names(rest));
                    }
                }
                // The root names its modules without a word before.
                name if self.module.is_empty()
                    && modules.contains(name)
                    && after.starts_with("::")
                    && !is_after_path(&self.code, at) =>
                {
                    add(at, vec![name.to_owned()]);
                }
                _ => {}
            }
        }
        found
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

/// All arrows between the modules that `lib.rs` declares.
fn arrows() -> (BTreeSet<String>, Vec<Arrow>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let root = Source::read(root, Vec::new());
    let modules: BTreeSet<String> = declared(&root.code).into_iter().collect();
    let (mut open, mut found) = (vec![root], Vec::new());
    while let Some(source) = open.pop() {
        found.extend(source.arrows(&modules));
        open.extend(source.children());
    }
    (modules, found)
}

#[test]
fn the_graph_of_the_modules_is_the_one_that_is_listed() {
    let (modules, arrows) = arrows();
    let listed: BTreeMap<&str, Vec<&str>> = listed().into_iter().collect();
    let mut wrong = Vec::new();
    for module in modules.iter().map(String::as_str).chain([ROOT]) {
        if !listed.contains_key(module) {
            wrong.push(format!("{module} is not listed"));
        }
    }
    for module in listed.keys().filter(|module| **module != ROOT && !modules.contains(**module)) {
        wrong.push(format!("{module} is listed and does not exist"));
    }
    for Arrow { from, to, place } in &arrows {
        let is_listed = listed.get(from.as_str()).is_some_and(|list| list.contains(&to.as_str()));
        if !is_listed {
            wrong.push(format!("{from} imports {to}, which is not listed: {place}"));
        }
    }
    for (from, list) in &listed {
        for to in list {
            if !arrows.iter().any(|arrow| arrow.from == *from && arrow.to == *to) {
                wrong.push(format!("{from} does not import {to} any more: take it off the list"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_module_imports_from_one_below_it_in_the_list() {
    let listed = listed();
    for (at, (module, imports)) in listed.iter().enumerate() {
        for import in imports {
            let is_above = listed[..at].iter().any(|(other, _)| other == import);
            assert!(is_above, "{module} imports {import}, which does not stand above it: a circle");
        }
    }
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
