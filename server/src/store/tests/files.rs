//! The file: what survives a restart, what is refused, and the copy of a file in use.

use super::*;
use crate::store::backup::{BackupError, backup};
use crate::store::migrations::migrate_to;
use crate::store::open::prepare;
use rusqlite::Connection;

fn refusal(path: &Path) -> String {
    let error = Store::open(&config(path), Arc::new(Metrics::new())).map(|_| ()).unwrap_err();
    let sentence = error.to_string();
    assert!(sentence.starts_with(&path.display().to_string()) && !sentence.contains('\n'), "{sentence}");
    sentence
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let (store, thread) = open(&path);
    let (ann, bob) = (player(&store, "Ann").await, player(&store, "Bob").await);
    store.record(hits(ann.player_id, 3));
    let row = ChatRow {
        channel: "all".to_owned(),
        number: 1,
        from: "Ann".to_owned(),
        to: String::new(),
        text: "<b>\u{1f680}</b>".to_owned(),
        at_ms: 5,
    };
    let blob = Blob { version: 4, bytes: vec![0, 255] };
    store.append_chat(row.clone());
    store.set_block(ann.player_id, bob.player_id, true);
    store.save_blob("arena", "venues", blob.clone());
    store.set_value("k", vec![1]);
    close(store, thread).await;
    assert!(!folder.file("a.db-wal").exists(), "a store that is closed is one file");
    let (store, thread) = open(&path);
    let again = store.identify(ann.token, "Ann").await.unwrap();
    assert_eq!(on_record(&again.records, "hits"), (3, 3));
    assert_eq!(store.chat_history("all", 9).await.unwrap(), [row]);
    assert_eq!(store.blocks_of(ann.player_id).await.unwrap()[0].name, "Bob");
    assert_eq!(store.load_blob("arena", "venues").await.unwrap(), Some(blob));
    assert_eq!(store.value("k").await.unwrap(), Some(vec![1]));
    close(store, thread).await;
}

#[tokio::test]
async fn the_last_handle_ends_the_store_and_writes_what_waits() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let (store, thread) = open(&path);
    let ann = player(&store, "Ann").await;
    store.record(hits(ann.player_id, 3));
    drop(store);
    thread.join().unwrap();
    let (store, thread) = open(&path);
    assert_eq!(hits_of(&store, "Ann").await, 3);
    close(store, thread).await;
}

#[tokio::test]
async fn a_file_of_any_older_version_is_brought_up_with_its_rows() {
    let folder = Folder::new();
    for version in 0..=VERSION {
        let path = folder.file(&format!("{version}.db"));
        let mut connection = Connection::open(&path).unwrap();
        prepare(&mut connection).unwrap();
        migrate_to(&mut connection, 0, version).unwrap();
        if version >= 1 {
            let player = "INSERT INTO players (name, created_s, seen_s) VALUES ('Ann', 1, 2);
                          INSERT INTO skeletons VALUES ('ann', 1);";
            connection.execute_batch(player).unwrap();
        }
        if (1..8).contains(&version) {
            let record = "UPDATE players SET kills = 3, deaths = 4, wealth = 0, best_wealth = 900;";
            connection.execute_batch(record).unwrap();
            let days = format!("INSERT INTO days VALUES ({}, 1, 2, 0, 800);", today());
            connection.execute_batch(&days).unwrap();
        }
        if version == 7 {
            connection.execute_batch("UPDATE players SET belongings = x'010203';").unwrap();
        }
        if version >= 2 {
            let line = "INSERT INTO chat (channel, number, sender, recipient, text, at_ms)
                        VALUES ('all', 1, 'Ann', '', 'hello', 5);";
            connection.execute_batch(line).unwrap();
        }
        drop(connection);
        let (store, thread) = open(&path);
        let found = store.profile("Ann").await.unwrap();
        assert_eq!(found.is_some(), version >= 1, "{version}");
        if let Some(ann) = found.filter(|_| version < 8) {
            assert_nothing_is_lost(&store, &ann, version).await;
        }
        assert_eq!(store.chat_history("all", 1).await.unwrap().len(), usize::from(version >= 2));
        let ann = player(&store, "Ann").await;
        assert_eq!(ann.name, if version >= 1 { "Ann 2" } else { "Ann" });
        store.save_blob("arena", "venues", Blob { version: 1, bytes: vec![1] });
        assert!(store.load_blob("arena", "venues").await.unwrap().is_some());
        close(store, thread).await;
        let connection = Connection::open(&path).unwrap();
        let number: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(number, VERSION);
    }
}

/// What an older file had of its one player, when there was one game with a column for each statistic.
async fn assert_nothing_is_lost(store: &StoreHandle, ann: &Profile, version: i64) {
    const ARENA: About = About {
        statistics: &[Statistic::count("kills", "Kills"), Statistic::count("wealth", "Wealth")],
        ..About::named("arena")
    };
    let records = ann.records.iter().map(|row| {
        assert_eq!(row.game, "arena");
        (row.statistic.as_str(), row.value, row.best)
    });
    let expected = [("deaths", 4, 4), ("kills", 3, 3), ("wealth", 0, 900)];
    assert_eq!(records.collect::<Vec<_>>(), expected, "{version}");
    let held = store.holding(ann.player_id, &ARENA).await.unwrap().unwrap();
    assert_eq!(held.belongings.map(|owned| owned.as_bytes().to_vec()), (version == 7).then(|| vec![1, 2, 3]));
    assert_eq!(held.record, Some(Statistics::of([3, 0])));
    for (span, by, value) in [
        (Span::Today, "kills", 2),
        (Span::Today, "wealth", 800),
        (Span::AllTime, "kills", 3),
        (Span::AllTime, "wealth", 900),
    ] {
        let rows = store.leaders(Ladder { game: "arena", span, by }, 9, None).await.unwrap().rows;
        assert_eq!(
            rows.iter().map(|row| row.value).collect::<Vec<_>>(),
            [value],
            "{version}: {span:?}, {by}"
        );
    }
}

#[tokio::test]
async fn a_newer_file_is_refused_and_left_alone() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let (store, thread) = open(&path);
    close(store, thread).await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
    let before = std::fs::read(&path).unwrap();
    let sentence = refusal(&path);
    assert!(
        sentence.contains(&format!("version {}", VERSION + 1)) && sentence.contains("newer server"),
        "{sentence}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_or_foreign_file_is_refused_and_left_alone() {
    let folder = Folder::new();
    let path = folder.file("text.db");
    std::fs::write(&path, "this is no database, but it is long enough to be looked at. ".repeat(100))
        .unwrap();
    assert!(refusal(&path).contains("is damaged"), "{}", refusal(&path));
    assert!(std::fs::read(&path).unwrap().starts_with(b"this is no"));

    let path = folder.file("foreign.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(refusal(&path).contains("no Perigee store"), "{}", refusal(&path));

    let path = folder.file("torn.db");
    let (store, thread) = open(&path);
    for number in 0..200 {
        player(&store, &format!("Player {number}")).await;
    }
    close(store, thread).await;
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let sentence = refusal(&path);
    assert!(sentence.contains("is damaged") && sentence.contains("put a backup in its place"), "{sentence}");

    let path = folder.file("no/such/folder.db");
    assert!(refusal(&path).contains("--store FILE"), "{}", refusal(&path));
}

#[tokio::test]
async fn one_file_serves_one_server() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let (store, thread) = open(&path);
    assert!(refusal(&path).contains("another server uses this store"));
    close(store, thread).await;
    let (store, thread) = open(&path);
    close(store, thread).await;
}

#[tokio::test]
async fn a_backup_of_a_store_in_use_is_whole_and_of_one_moment() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let config = StoreConfig { flush_ms: 10, ..config(&path) };
    let (store, thread) = Store::open(&config, Arc::new(Metrics::new())).unwrap();
    let ann = player(&store, "Ann").await;
    let writing = {
        let (store, ann) = (store.clone(), ann.player_id);
        tokio::spawn(async move {
            for number in 1_u64.. {
                store.record(hits(ann, 1));
                store.set_value("told", number.to_be_bytes().to_vec());
                // Sets the pace, and causes a transaction.
                store.value("told").await.unwrap();
            }
        })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    for number in 0..5 {
        let copy = folder.file(&format!("copy-{number}.db"));
        let (source, target) = (path.clone(), copy.clone());
        let bytes =
            tokio::task::spawn_blocking(move || backup(Some(&source), &target)).await.unwrap().unwrap();
        assert_eq!(bytes, std::fs::metadata(&copy).unwrap().len());
        let (copied, copied_thread) = open(&copy);
        let found = copied.profile("Ann").await.unwrap().unwrap();
        let value = copied.value("told").await.unwrap().unwrap();
        let told = u64::from_be_bytes(value.try_into().unwrap());
        let found = on_record(&found.records, "hits").0.cast_unsigned();
        assert!(told > 0 && (told..=told + 1).contains(&found), "{found} {told}");
        assert!(copied.identify(ann.token, "Ann").await.is_ok_and(|ann| !ann.is_new));
        close(copied, copied_thread).await;
    }
    writing.abort();
    close(store, thread).await;
    let parts = std::fs::read_dir(&folder.0)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0);
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_names_what_is_missing() {
    let folder = Folder::new();
    let (path, copy) = (folder.file("a.db"), folder.file("copy.db"));
    let error = backup(Some(&path), &copy).unwrap_err();
    assert!(matches!(error, BackupError::NoStore(_)) && error.is_usage(), "{error}");
    let (store, thread) = open(&path);
    close(store, thread).await;
    std::fs::write(&copy, "precious").unwrap();
    let error = backup(Some(&path), &copy).unwrap_err();
    assert!(matches!(error, BackupError::Exists(_)) && error.is_usage(), "{error}");
    assert_eq!(std::fs::read(&copy).unwrap(), b"precious");
    assert!(matches!(backup(None, &folder.file("c")), Err(BackupError::InMemory)));
    std::fs::write(&path, "no database ".repeat(100)).unwrap();
    let error = backup(Some(&path), &folder.file("d.db")).unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
    assert!(!folder.file("d.db").exists() && !folder.file("d.db.part").exists());
    let error = backup(Some(&copy), &folder.file("no/such/d.db")).unwrap_err();
    assert!(!error.is_usage(), "{error}");
}
