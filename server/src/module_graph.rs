//! A test that holds the whole module graph of this crate: which of its modules may import which.
//!
//! - `source`: reads imports out of the sources
//!
//! It reads the sources as the compiler would find them, from `lib.rs` on, without comments, texts and what is compiled for
//! tests alone. An arrow that is not in the list fails it, and so does one that is listed and gone: the list is the graph.

mod source;

use source::{Arrow, ROOT, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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

/// All arrows between the modules that `lib.rs` declares.
fn arrows() -> (BTreeSet<String>, Vec<Arrow>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let root = Source::read(root, Vec::new());
    let modules: BTreeSet<String> = root.declared().into_iter().collect();
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
