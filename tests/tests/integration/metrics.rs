//! `server/METRICS.md` tells every metric that the server exports, with its type, labels and reasons, and no other.

use crate::support::TestServer;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document() -> String {
    std::fs::read_to_string(root().join("server/METRICS.md")).unwrap()
}

/// Every Rust file below a folder, but tests.
fn sources(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !is_test {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            into.push((path, text));
        }
    }
}

/// Between backticks.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// The rows of tables whose first cell is one metric: type and labels by name.
fn told() -> BTreeMap<String, (String, Vec<String>)> {
    let document = document();
    let rows = document.lines().filter(|line| line.starts_with("| `perigee_"));
    let rows = rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let labels = quoted(cells[3]).into_iter().map(str::to_owned).collect();
        assert!(cells[4].len() > 3, "{line}");
        (quoted(cells[1])[0].to_owned(), (cells[2].to_owned(), labels))
    });
    rows.collect()
}

/// The word in quotes that a text begins with, after space.
fn literal(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

/// The names that the source registers, without prefix and ending.
fn registered() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&root().join("server/src/metrics"), &mut files);
    let mut names = BTreeSet::new();
    for (path, text) in files {
        for (call, arguments) in [
            ("add(", 0),
            ("by_reason(", 0),
            ("share(", 0),
            ("Named::new(", 1),
            ("ByKind::new(", 1),
            ("Registry::register(", 1),
        ] {
            for rest in text.split(call).skip(1) {
                let rest = if arguments == 0 { rest } else { rest.split_once(',').unwrap().1 };
                names.extend(literal(rest).map(str::to_owned));
            }
        }
        assert!(!text.is_empty(), "{}", path.display());
    }
    names
}

#[test]
fn every_metric_in_the_source_is_in_the_document() {
    let told = told();
    let registered = registered();
    assert!(registered.len() > 40, "{registered:?}");
    let of = |name: &str| name.strip_prefix("perigee_").unwrap().trim_end_matches("_total").to_owned();
    let documented: BTreeSet<String> = told.keys().map(|name| of(name)).collect();
    let missing: Vec<_> = registered.difference(&documented).collect();
    assert!(missing.is_empty(), "not in server/METRICS.md: {missing:?}");
    let gone: Vec<_> = documented.difference(&registered).collect();
    assert!(gone.is_empty(), "no metric any more: {gone:?}");
    for (name, (kind, _)) in told {
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_exports_is_of_the_type_and_has_the_labels_of_the_document() {
    let told = told();
    let server = TestServer::start("").await;
    let player = server.player("Ada").await;
    let text = server.get("/metrics").await;
    drop(player);
    let mut seen = 0;
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            let (wanted, _) = told.get(name).unwrap_or_else(|| panic!("{name} is not in server/METRICS.md"));
            assert_eq!(kind, wanted, "{name}");
            seen += 1;
        }
        let Some((name, labels)) = line.split_once('{').filter(|_| !line.starts_with('#')) else { continue };
        let Some((_, documented)) = told.get(name) else { continue };
        let labels = labels.split('}').next().unwrap().split("\",");
        let labels: Vec<&str> = labels.map(|label| label.split('=').next().unwrap()).collect();
        assert_eq!(&labels, documented, "{line}");
    }
    assert!(seen > 40, "{seen} metrics: {text}");
    server.stop().await;
}

/// The words that a function `label`, `metric` or `code` gives, or that are counted as they are.
fn reasons() -> BTreeSet<(String, PathBuf)> {
    let mut files = Vec::new();
    sources(&root().join("server/src"), &mut files);
    for name in ["protocol/reasons.rs", "netcode/exchange/grade.rs"] {
        let path = root().join("shared/src").join(name);
        files.push((path.clone(), std::fs::read_to_string(path).unwrap()));
    }
    let mut found = BTreeSet::new();
    let mut add = |word: Option<&str>, path: &Path| {
        found.extend(word.map(|word| (word.to_owned(), path.to_owned())));
    };
    for (path, text) in files {
        // What is shown elsewhere, and is no metric's.
        if path.ends_with("services/candles.rs") || path.ends_with("services/leaderboard.rs") {
            continue;
        }
        for call in [".refused(", ".ended(", ".started(", ".failed(", "Refused::new(", "Self("] {
            text.split(call).skip(1).for_each(|rest| add(literal(rest), &path));
        }
        for function in ["fn label(", "fn metric(", "fn kind_of("] {
            for body in text.split(function).skip(1) {
                let body = body.split("\n    }\n").next().unwrap().split("\n}\n").next().unwrap();
                body.split("=> ").skip(1).for_each(|rest| add(literal(rest), &path));
            }
        }
    }
    found
}

#[test]
fn every_reason_in_the_source_is_in_the_document() {
    let document = document();
    let known: BTreeSet<&str> = document.lines().flat_map(quoted).collect();
    let reasons = reasons();
    for certain in ["http_yielded", "too_many_joins", "address_full", "origin", "disk_full", "admin_login"] {
        assert!(reasons.iter().any(|(word, _)| word == certain), "the search finds {certain}: {reasons:?}");
    }
    // What a console is told, and what somebody logs in with.
    let elsewhere = ["not_logged_in", "token", "code", "session"];
    let is_missing = |word: &str| !known.contains(word) && !elsewhere.contains(&word);
    let missing: Vec<_> = reasons.iter().filter(|(word, _)| is_missing(word)).collect();
    assert!(missing.is_empty(), "not in server/METRICS.md: {missing:?}");
}
