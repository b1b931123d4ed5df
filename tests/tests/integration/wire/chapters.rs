//! The games' chapters of the protocol, taken apart: their tables of constants and their step vectors.

use perigee_shared::limits::MAX_FIELDS;
use perigee_shared::netcode::{Entity, Host, HostConfig, Outbox, Replicated, Row, Simulation, Ticket};
use perigee_shared::protocol::{Hello, Message, ServerMessage};
use std::fmt::Write as _;

pub(super) const ENGINE: &str = include_str!("../../../../shared/PROTOCOL.md");
pub(super) const ARENA: &str = include_str!("../../../../shared/games/arena/PROTOCOL.md");
pub(super) const HOCKEY: &str = include_str!("../../../../shared/games/hockey/PROTOCOL.md");

/// The lines of the table with that header row which comes first after `place`, each as its cells.
pub(super) fn table<'a>(document: &'a str, place: &str, header: &str) -> Vec<Vec<&'a str>> {
    let (_, after) = document.split_once(place).unwrap_or_else(|| panic!("no {place:?}"));
    let (_, rows) = after.split_once(header).unwrap_or_else(|| panic!("no {header:?} after {place:?}"));
    let rows = rows.trim_start_matches('\n').lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Constants with their names, as a table of a document has them.
macro_rules! named {
    ($($constant:ident),+ $(,)?) => {
        vec![$((stringify!($constant), $constant.to_string())),+]
    };
}
pub(super) use named;

/// Whether the document's tables of constants have these, under their names.
pub(super) fn assert_constants(document: &str, constants: &[(&str, String)]) {
    for (name, value) in constants {
        let row = format!("\n| `{name}` | {value} |");
        assert!(document.contains(&row), "the document has no row {row:?}");
    }
    let rows = document.lines().filter(|line| line.starts_with("| `") && is_constant(line));
    assert_eq!(rows.count(), constants.len(), "a table has a constant that is not compared");
}

/// Whether a row's first cell is a name in capitals.
fn is_constant(row: &str) -> bool {
    let name = row.trim_start_matches("| `").split('`').next().unwrap_or_default();
    name.len() > 2
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
}

const VECTORS: &str = "| case | kind | before | after |";

/// A row of a table of vectors.
struct Vector<'a> {
    case: &'a str,
    kind: usize,
    before: Row,
}

/// Compares each case of the table of vectors after `place` with what `become_of` makes of its entities.
pub(super) fn assert_vectors<E: Entity>(document: &str, place: &str, become_of: impl Fn(&[E]) -> Vec<E>) {
    let rows = table(document, place, VECTORS);
    let vectors: Vec<Vector<'_>> = rows.iter().map(|cells| vector::<E>(cells)).collect();
    assert!(vectors.len() >= 2, "{place}: a table without cases");
    let mut wanted = String::new();
    for case in vectors.chunk_by(|a, b| a.case == b.case) {
        let before: Vec<E> = case.iter().map(|vector| E::from_row(vector.kind, &vector.before)).collect();
        let after = become_of(&before);
        for (vector, after) in case.iter().zip(&after) {
            let kind = E::kinds()[vector.kind].name;
            let (before, after) = (text(&E::from_row(vector.kind, &vector.before)), text(after));
            let _ = writeln!(wanted, "| {} | {kind} | {before} | {after} |", vector.case);
        }
    }
    assert!(document.contains(&wanted), "{place}: the code gives\n{wanted}");
}

fn vector<'a, E: Entity>(cells: &[&'a str]) -> Vector<'a> {
    let kind = E::kinds().iter().position(|kind| kind.name == cells[1]).expect("a kind");
    let mut before = [0; MAX_FIELDS];
    let numbers = cells[2].split_whitespace().map(|number| number.parse::<i32>().expect("a number"));
    let mut fields = E::kinds()[kind].fields.iter();
    for (place, number) in before.iter_mut().zip(numbers) {
        assert!(fields.next().is_some_and(|field| field.allows(number)), "{cells:?}: {number}");
        *place = number;
    }
    assert!(fields.next().is_none(), "{cells:?} has too few fields");
    Vector { case: cells[0], kind, before }
}

/// The fields of an entity, as a table has them.
fn text<E: Replicated>(entity: &E) -> String {
    let mut row = [0; MAX_FIELDS];
    entity.read(&mut row);
    let fields = E::kinds()[entity.kind()].fields.len();
    row[..fields].iter().map(i32::to_string).collect::<Vec<_>>().join(" ")
}

/// All of them, a tick later, stepped as a client does what it predicts.
pub(super) fn foreseen<S: Simulation>(
    before: &[S::Entity],
    map: &<S::Entity as Entity>::Map,
) -> Vec<S::Entity> {
    let mut after = before.to_vec();
    S::foresee(&mut after, None, map);
    after
}

/// A scenario as a welcome has it.
pub(super) fn scenario_bytes<S: Simulation>(scenario: S::Scenario) -> Vec<u8> {
    let (mut host, mut out) = (Host::<S>::new(HostConfig::default(), scenario), Outbox::default());
    host.join(&Hello::default(), Ticket::default(), &mut out).expect("an empty room has a seat");
    let welcome = out.packets().find_map(|packet| match ServerMessage::decode(packet) {
        Ok(ServerMessage::Welcome(welcome)) => Some(welcome.scenario),
        _ => None,
    });
    welcome.expect("who joins is welcomed")
}

/// The name that a heading has in links.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-')
        .collect::<String>()
        .replace(' ', "-")
}

/// Where a link of a document leads to: the document and the heading.
fn target<'a>(document: &'a str, link: &'a str) -> (&'a str, &'a str) {
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let document = match path {
        "" => document,
        "../../PROTOCOL.md" => ENGINE,
        "games/arena/PROTOCOL.md" => ARENA,
        "games/hockey/PROTOCOL.md" => HOCKEY,
        other => panic!("a link to {other:?}"),
    };
    (document, heading)
}

#[test]
fn every_link_leads_somewhere() {
    for document in [ENGINE, ARENA, HOCKEY] {
        let links = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let mut count = 0;
        for link in links.filter(|link| !link.starts_with("http")) {
            let (leads_to, heading) = target(document, link);
            let has_it = |line: &str| line.starts_with('#') && anchor(line) == heading;
            assert!(heading.is_empty() || leads_to.lines().any(has_it), "{link} leads nowhere");
            count += 1;
        }
        assert!(count > 10, "{count} links");
    }
}
