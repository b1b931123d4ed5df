//! `SCHEMA.md` is right about tables, columns and bounds.

use super::*;
use crate::store::batch;
use crate::store::tables::{blobs, chat, players};
use std::collections::BTreeMap;

const DOCUMENT: &str = include_str!("../SCHEMA.md");

/// Table, and its columns with their types.
type Tables = BTreeMap<String, Vec<(String, String)>>;

fn documented() -> Tables {
    let mut tables = Tables::new();
    let mut table = None;
    for line in DOCUMENT.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            table = title.split_whitespace().all(|word| word == title).then(|| title.to_owned());
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let (Some(table), [_, column, kind, _, _]) = (&table, cells.as_slice())
            && !column.starts_with("---")
            && *column != "column"
        {
            tables.entry(table.clone()).or_default().push(((*column).to_owned(), (*kind).to_owned()));
        }
    }
    tables
}

#[tokio::test]
async fn the_document_names_every_table_and_column() {
    let store = memory();
    let found = store.ask(|db| {
        let mut tables = Tables::new();
        let sql = "SELECT tables.name, columns.name, columns.type
                   FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
                   WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' ORDER BY tables.name, columns.cid";
        let mut statement = db.connection().prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            tables.entry(row.get(0).unwrap()).or_default().push((row.get(1).unwrap(), row.get(2).unwrap()));
        }
        Ok(tables)
    });
    assert_eq!(documented(), found.await.unwrap());
}

#[test]
fn the_document_tells_version_and_bounds() {
    for words in [
        format!("the version of the schema: **{VERSION}**"),
        format!("The last {MAX_CHAT_LINES_PER_CHANNEL} lines of each channel, and at most 100,000 in all"),
        format!("at most {MAX_BLOCKS} each"),
        format!("at most {MAX_MUTES}, those that end last"),
        format!("{} seconds after their connection ended", players::UNSHOWN_S),
        format!("{} days are kept", players::DAYS_KEPT),
        format!("at most {} characters", perigee_shared::limits::MAX_NAME_CHARS),
        "at most 4,096".to_owned(),
        "At most 1,024".to_owned(),
        "4 MiB each".to_owned(),
        "At most a million are kept".to_owned(),
        "at most the last ten seconds".to_owned(),
    ] {
        assert!(DOCUMENT.contains(&words), "{words}");
    }
    assert_eq!((chat::MAX_CHAT_LINES, blobs::MAX_BLOBS, MAX_BLOB_BYTES), (100_000, 1024, 4 << 20));
    assert_eq!((players::MAX_KEPT_PLAYERS, SYNC_PERIOD.as_secs()), (1_000_000, 10));
    const { assert!(batch::MAX_WAITING_BYTES >= 4 * MAX_BLOB_BYTES) };
}
