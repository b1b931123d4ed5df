//! The module graphs of the crates, games included: which module may import which, whole.
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
gesture:
watchdog:
titles:
page: announcer
audio: page
decode_timing: page
frame_cost: page
free_area: page
gamepad: page
key_names: bindings page
minimap: page
about: minimap page
net_graph: page
options: page
renderer: page
quality: page
slots: page
transport: page
hints: bindings key_names page
hud: minimap page slots
panels: gesture options page titles
seat: options page
session: page transport watchdog
settings: bindings key_names page
touch: settings
input: bindings gamepad key_names page settings touch
app: about audio backoff bindings frame_cost free_area gamepad hints hud input key_names net_graph options page renderer panels quality seat session settings titles
frame_loop: app page
game: app decode_timing frame_loop options page panels seat titles
lib: game page
",
};

const SERVER: Graph = Graph {
    folder: "server",
    taken_apart: &["net", "room"],
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
net::descriptors:
net::echo: websocket
net::transport: websocket
net::forwarded: access
net::join_rate: access address
net::places: address
net::progress:
net::rewind:
net::seldom:
net::upgrade: access net::forwarded
room::bot_fill:
room::events:
room::link:
room::persisted:
room::rating:
room::report:
room::durations: room::report
room::request: person text
room::scenario: section
room::map: room::scenario
room::game_info: room::map
room::section: section
room::session: address person room::link
room::mailbox: address person room::link room::request room::session
room::handle: metrics room::events room::game_info room::mailbox room::map room::rating room::report room::request room::section room::session
room::registrar: person room::handle room::session
room::context: access metrics room::registrar
room::spectator_delay: room::link
room::tick_schedule: room::durations room::report
room::run: access address metrics person room::bot_fill room::context room::durations room::events room::game_info room::handle room::link room::mailbox room::registrar room::report room::request room::scenario room::section room::session room::spectator_delay room::tick_schedule
room: room::context room::events room::game_info room::handle room::link room::mailbox room::map room::persisted room::rating room::registrar room::report room::request room::run room::scenario room::section room::session
game: room room::scenario text
presence: person room store
lobby: address game metrics room section
services: access address game lobby metrics person room section store text wall websocket
admin: address bans lobby logging metrics person room section services store text tls version websocket
mqtt: admin logging metrics section services text tls version wall
rest: access address assets game lobby metrics room services store version
config: access admin game lobby mqtt room section services store tls wall
web: assets headers metrics rest
parts: access admin lobby metrics person rest room services store text
net::account: person room store
net::connection: net::account room services store
net::context: access address admin bans game lobby metrics net::descriptors net::join_rate net::places net::seldom presence services store text tls
net::placing: lobby net::context person presence room
net::seating: net::account net::connection net::context net::placing net::transport person presence room store
net::player: metrics net::connection net::context net::places net::seating net::transport room services text
net::sockets: admin metrics net::context net::echo net::places net::player net::rewind net::transport net::upgrade services websocket
net::requests: address headers net::context net::forwarded net::places net::progress net::rewind net::sockets net::upgrade
net::route: address net::context net::forwarded net::places net::requests net::rewind net::sockets net::upgrade
net::accept: address net::context net::places net::route net::seldom tls
net: net::accept net::context net::join_rate
lib: admin assets bans config game lobby logging metrics mqtt net presence rest room services store tls wall web
program: admin assets config game lib logging store tls
",
};

const ARENA: Graph = Graph {
    folder: "shared/games/arena",
    taken_apart: &["bot", "view", "world"],
    list: "\
class:
codec_tables:
command:
goods:
pirates:
bot::behaviour:
bot::errand:
bot::skill:
bot::watchdog:
view::camera:
view::sounds:
about: pirates
market: goods
mining: goods
tuning: class
bot::mixed: bot::behaviour bot::skill
grid_vec: tuning
orders: class goods market
prices: goods market
stake: goods market
bot::mercy: about
view::palette: about
event: about class orders tuning
heading: grid_vec
scenario: grid_vec
teams: class orders
view::backdrop: view::camera view::palette
view::effects: view::camera view::palette
view::hits: view::camera view::palette
entity: class codec_tables command goods grid_vec market scenario tuning
map: goods scenario tuning
world::fight: event tuning
collision: entity tuning
combat: entity event tuning
dock: class entity map market orders tuning
estate: class entity goods market stake tuning
salvage: class entity goods map market mining tuning
weapons: class entity heading tuning
zone: class entity map tuning
bot::combat: bot::skill command entity
bot::sight: bot::mercy entity
view::kill_camera: entity
view::listener: entity view::camera view::sounds
view::places: entity goods map tuning view::palette
view::rocks: map view::camera view::palette
view::sightings: entity tuning
world::forfeit: event world::fight
world::space: class entity map scenario
economy: entity estate goods map market mining orders prices salvage stake tuning
movement: class command entity heading map tuning weapons
bot::state: bot::behaviour bot::combat bot::errand bot::mixed bot::skill bot::watchdog command
world::pilot: about class estate stake world::fight
beam: class entity map movement tuning
bot: bot::behaviour bot::mercy bot::skill bot::state prices
missile: entity movement tuning
replication: collision entity map movement
bot::capture: bot::sight bot::state class command entity map
bot::decide: bot::behaviour bot::errand bot::mercy bot::sight bot::state bot::watchdog command entity map orders prices
bot::flight: bot::errand bot::state command entity map movement tuning
bot::plan: bot::behaviour bot::errand bot::state dock entity map orders prices
bot::wander: bot::state command
bot::work: bot::errand bot::state class command dock entity goods map market orders prices tuning
view::steering: class command entity movement
world::pilots: class command economy entity estate movement tuning world::fight world::pilot world::space
bot::hunt: bot::flight bot::state class command entity map movement tuning
bot::mine: bot::errand bot::flight bot::sight bot::state command entity map orders prices tuning
bot::stuck: bot::flight bot::state command entity map movement
bot::trade: bot::errand bot::sight bot::state bot::work command dock entity goods map market orders prices
view::armament: beam tuning view::palette
world::allegiance: class dock entity orders scenario teams world::pilot world::pilots world::space
world::bots: bot class economy entity pirates salvage world::pilot world::pilots world::space
world::feuds: tuning world::pilot world::pilots
world::fire: beam combat entity event missile tuning weapons world::pilots world::space
world::casualties: combat entity event tuning world::feuds world::fight world::forfeit world::pilot world::pilots world::space
world::motion: collision economy entity missile tuning world::fire world::pilots world::space
world::round: class entity event map scenario tuning world::feuds world::pilot world::pilots world::space zone
world::commerce: class dock economy entity event goods market orders salvage tuning world::casualties world::feuds world::fire world::pilots world::space
world: about command economy entity estate event goods map market orders pirates scenario tuning weapons world::bots world::casualties world::commerce world::feuds world::fire world::forfeit world::motion world::pilots world::round world::space
view::allegiance: class dock entity orders teams world
view::attract: bot command entity event map scenario world
view::draw_cost: class command entity map scenario view::camera world
view::in_scene: entity world
view::sides: class entity view::palette world
view::watching: entity world
view::event_feed: class event tuning view::in_scene world
view::hulls: class tuning view::palette view::sides
view::trading: class dock entity event goods market orders tuning view::in_scene world
view::hud: class entity scenario tuning view::allegiance view::camera view::event_feed view::hits view::in_scene view::palette view::sides world
view::ships: entity tuning view::hulls view::palette view::sides
view::stage: beam class command dock entity event movement orders tuning view::armament view::attract view::backdrop view::camera view::draw_cost view::effects view::event_feed view::hits view::hud view::hulls view::in_scene view::kill_camera view::listener view::palette view::places view::rocks view::ships view::sides view::sightings view::sounds view::steering view::trading view::watching world
view: view::stage
lib: about class command entity event goods map orders scenario view world
",
};

const HOCKEY: Graph = Graph {
    folder: "shared/games/hockey",
    taken_apart: &["bot", "view", "world"],
    list: "\
codec_tables:
command:
tuning:
bot::skill:
view::camera:
view::effects:
view::sounds:
scenario: tuning
view::steering: command
entity: codec_tables command scenario tuning
event: entity scenario
rink: entity scenario tuning
teams: entity
world::puck_log: entity tuning
about: entity event
physics: entity rink scenario tuning
bot::sight: entity rink scenario tuning
replication: entity physics rink
bot::plan: bot::sight bot::skill command tuning
view::palette: about entity
world::ice: command entity physics rink scenario
bot: bot::plan bot::sight bot::skill command entity rink
view::discs: entity tuning view::palette
view::markings: entity rink tuning view::palette
world::skaters: about entity rink scenario teams tuning world::ice world::puck_log
world::bots: bot entity scenario world::ice world::skaters
world::referee: about entity event scenario tuning world::ice world::puck_log world::skaters
world: about command entity event physics rink scenario tuning world::bots world::ice world::puck_log world::referee world::skaters
view::attract: entity event rink scenario world
view::in_scene: entity world
view::contacts: entity tuning view::in_scene world
view::event_feed: about entity event view::in_scene world
view::watching: view::in_scene world
view::hud: entity tuning view::camera view::event_feed view::in_scene world
view::stage: command entity event tuning view::attract view::camera view::contacts view::discs view::effects view::event_feed view::hud view::in_scene view::markings view::palette view::sounds view::steering view::watching world
view: view::stage
lib: about bot command entity event rink scenario view world
",
};

const ALL: [Graph; 5] = [SHARED, ARENA, HOCKEY, CLIENT, SERVER];

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
    let wrong: Vec<String> = ALL.iter().flat_map(Graph::wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_module_imports_from_one_below_it_in_the_list() {
    for graph in ALL {
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
