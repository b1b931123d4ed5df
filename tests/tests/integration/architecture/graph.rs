//! The module graphs of the three crates: which module may import which, whole.
//!
//! The sources are read as the compiler would find them, from `lib.rs` on, without comments, texts and what is compiled for
//! tests alone. An arrow that is not in the list fails the test, and so does one that is listed and gone: the list is the
//! graph.

use super::source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What stands in `lib.rs` itself.
const ROOT: &str = "lib";

/// A crate, and each of its modules with all that it imports. A module imports only from those above it in the list, so there
/// is no circle.
struct Graph {
    /// The crate's folder.
    folder: &'static str,
    /// The modules that are so large that each of theirs counts by itself.
    taken_apart: &'static [&'static str],
    list: &'static str,
}

const SHARED: Graph = Graph {
    folder: "shared",
    taken_apart: &["netcode"],
    list: "\
bits:
bitset:
grid:
hash:
limits:
rng:
tick:
backoff:
token_bucket:
ids: limits
lib:
netcode::entity: bits hash ids limits
netcode::exchange: ids limits netcode::entity
netcode::codec: bits ids limits netcode::entity netcode::exchange tick
netcode::state: bits bitset hash ids limits netcode::codec netcode::entity tick
netcode::seam: bits hash ids limits netcode::entity netcode::state tick
protocol: bits hash ids limits netcode::entity netcode::seam rng tick
netcode::check_game: bits ids limits netcode::entity netcode::seam netcode::state protocol rng tick
netcode::replay: bits hash ids limits netcode::entity netcode::seam netcode::state protocol tick
netcode::authority: bits bitset grid hash ids limits netcode::codec netcode::entity netcode::exchange netcode::replay netcode::seam netcode::state protocol tick
netcode::client: bits hash ids limits netcode::codec netcode::entity netcode::exchange netcode::seam netcode::state protocol tick
netcode: lib netcode::authority netcode::check_game netcode::client netcode::entity netcode::exchange netcode::seam netcode::state
presentation: ids netcode::client netcode::seam protocol
",
};

const CLIENT: Graph = Graph {
    folder: "client-wasm",
    taken_apart: &[],
    list: "\
announcer:
backoff:
bindings:
fingers:
vigil:
page: announcer
about: page
audio: page
decode_timing: page
frame_cost: page
free_area: page
gamepad: page
key_names: bindings page
minimap: page
net_graph: page
options: page
painter: page
quality: page
transport: page
hints: bindings key_names page
hud: minimap page
panels: fingers options page
seat: options page
session: page transport vigil
settings: bindings key_names page
touch: settings
input: bindings gamepad key_names page settings touch
app: about audio backoff bindings frame_cost free_area gamepad hints hud input key_names net_graph options page painter panels quality seat session settings
frame_loop: app page
game: app decode_timing frame_loop options page panels seat
lib: game page
",
};

const SERVER: Graph = Graph {
    folder: "server",
    taken_apart: &[],
    list: "\
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
mqtt: admin logging metrics section services text tls version wall
rest: access address assets game lobby metrics room services store version
config: access admin game lobby mqtt room section services store tls wall
net: access address admin bans game headers lobby metrics person presence room services store text tls websocket
web: assets headers metrics rest
parts: access admin lobby metrics person rest room services store text
lib: admin assets bans config game lobby logging metrics mqtt net presence rest room services store tls wall web
program: admin assets config game lib logging store tls
",
};

impl Graph {
    /// The lines of the list.
    fn listed(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let row = |line: &'static str| {
            let (module, imports) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
            (module, imports.split_whitespace().collect())
        };
        self.list.lines().map(row).collect()
    }

    /// The module that counts for what a path from the root leads to.
    fn node(&self, path: &[String], modules: &BTreeSet<String>) -> String {
        let longest =
            if path.first().is_some_and(|name| self.taken_apart.contains(&name.as_str())) { 2 } else { 1 };
        let names = (1..=longest.min(path.len())).rev().map(|length| path[..length].join("::"));
        names.into_iter().find(|name| modules.contains(name)).unwrap_or_else(|| ROOT.to_owned())
    }

    /// All modules that count, and what each imports with a place where it does.
    fn read(&self) -> (BTreeSet<String>, BTreeMap<(String, String), String>) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(self.folder);
        let mut open = vec![Source::read(folder.join("src/lib.rs"), Vec::new())];
        let (mut sources, mut modules) = (Vec::new(), BTreeSet::from([ROOT.to_owned()]));
        while let Some(source) = open.pop() {
            let is_apart = source.module.len() == 1 && self.taken_apart.contains(&source.module[0].as_str());
            if source.module.is_empty() || is_apart {
                let name = |child: String| [source.module.clone(), vec![child]].concat().join("::");
                modules.extend(source.declared().into_iter().map(name));
            }
            open.extend(source.children());
            sources.push(source);
        }
        let mut arrows = BTreeMap::new();
        for source in &sources {
            let from = self.node(&source.module, &modules);
            for (line, path) in source.imports() {
                let to = self.node(&path, &modules);
                if to != from {
                    arrows.insert((from.clone(), to), format!("{}:{line}", source.path.display()));
                }
            }
        }
        (modules, arrows)
    }

    /// What differs between the list and the sources, a line each.
    fn wrong(&self) -> Vec<String> {
        let listed: BTreeMap<&str, Vec<&str>> = self.listed().into_iter().collect();
        let (modules, arrows) = self.read();
        let is_listed = |from: &str, to: &str| listed.get(from).is_some_and(|list| list.contains(&to));
        let mut wrong = Vec::new();
        wrong.extend(
            modules
                .iter()
                .filter(|name| !listed.contains_key(name.as_str()))
                .map(|name| format!("{}: {name} is not listed", self.folder)),
        );
        for ((from, to), place) in arrows.iter().filter(|((from, to), _)| !is_listed(from, to)) {
            wrong.push(format!("{}: {from} imports {to}, which is not listed: {place}", self.folder));
        }
        for (from, list) in &listed {
            for to in list {
                if !arrows.contains_key(&((*from).to_owned(), (*to).to_owned())) {
                    wrong.push(format!(
                        "{}: {from} does not import {to} any more: take it off the list",
                        self.folder
                    ));
                }
            }
        }
        wrong
    }
}

#[test]
fn the_graph_of_the_modules_is_the_one_that_is_listed() {
    let wrong: Vec<String> = [SHARED, CLIENT, SERVER].iter().flat_map(Graph::wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_module_imports_from_one_below_it_in_the_list() {
    for graph in [SHARED, CLIENT, SERVER] {
        let listed = graph.listed();
        for (at, (module, imports)) in listed.iter().enumerate() {
            for import in imports {
                let is_above = listed[..at].iter().any(|(other, _)| other == import);
                assert!(
                    is_above,
                    "{}: {module} imports {import}, which is not above it: a circle",
                    graph.folder
                );
            }
        }
    }
}
