//! What a clock that is set wrong, or a long absence, does to what is kept.

use super::*;

const DAY_S: i64 = 86_400;

/// A store with a market of two rooms, a mute, a ban, a score of today and a newcomer, as a server left it.
async fn filled(file: &Path) -> (PlayerKey, DeviceToken) {
    let (store, thread) = open(file);
    let newcomer = player(&store, "Newcomer").await;
    let ann = player(&store, "Ann").await.player_id;
    store.record(kills(ann, 3));
    for room in ["arena", "arena-amber"] {
        store.save_blob(room, "lasting", Blob { version: 1, bytes: vec![7] });
    }
    let until_ms = store.now_ms() + 3_600_000;
    store.mute(Muted { name: "loud".to_owned(), player_id: None, until_ms });
    let (since_s, until_s) = (store.now_s(), Some(store.now_s() + 3600));
    let (name, reason) = ("Ann".to_owned(), "spam".to_owned());
    store.ban(Banned { player_id: ann, name, reason, since_s, until_s });
    close(store, thread).await;
    (ann, newcomer.token)
}

/// Puts everything in the file back by so many days: as if the clock were so far ahead of it at the next start.
fn put_back(file: &Path, days: i64) {
    let seconds = days * DAY_S;
    let connection = rusqlite::Connection::open(file).unwrap();
    for sql in [
        "UPDATE kv SET value = CAST(CAST(CAST(CAST(value AS TEXT) AS INTEGER) - 1000 * ?1 AS TEXT) AS BLOB)",
        "UPDATE market SET saved_s = saved_s - ?1",
        "UPDATE mutes SET until_ms = until_ms - 1000 * ?1",
        "UPDATE bans SET until_s = until_s - ?1, since_s = since_s - ?1",
        "UPDATE players SET seen_s = seen_s - ?1, created_s = created_s - ?1",
        "UPDATE devices SET created_s = created_s - ?1, left_s = left_s - ?1",
        "UPDATE days SET day = day - ?1 / 86400",
    ] {
        connection.execute(sql, [seconds]).unwrap();
    }
}

async fn is_all_there(store: &StoreHandle, token: DeviceToken) {
    for room in ["arena", "arena-amber"] {
        assert!(store.load_blob(room, "lasting").await.unwrap().is_some(), "{room}");
    }
    assert_eq!((store.mutes().await.unwrap().len(), store.bans().await.unwrap().len()), (1, 1));
    assert!(store.bans().await.unwrap()[0].until_s > Some(store.now_s()), "the ban holds");
    assert!(!store.identify(Some(token), "Newcomer").await.unwrap().is_new, "the newcomer is known");
}

#[tokio::test]
async fn one_start_with_a_wrong_clock_makes_it_forget_nothing() {
    let folder = Folder::new();
    let file = folder.file("a.db");
    let (_, token) = filled(&file).await;
    put_back(&file, 400);
    let (store, thread) = open(&file);
    assert!(!store.is_clock_proven());
    tokio::time::sleep(Duration::from_millis(500)).await;
    is_all_there(&store, token).await;
    close(store, thread).await;
    // The clock is right again: for the file, time has hardly passed.
    put_back(&file, -400);
    let (store, thread) = open(&file);
    assert!(store.is_clock_proven());
    tokio::time::sleep(Duration::from_millis(500)).await;
    is_all_there(&store, token).await;
    let today = Board { span: Span::Today, by: Measure::Kills };
    assert_eq!(store.leaders(today, 9, None).await.unwrap().rows.len(), 1, "today's board");
    close(store, thread).await;
}

#[tokio::test]
async fn what_is_configured_is_kept_whatever_its_age() {
    let folder = Folder::new();
    let file = folder.file("a.db");
    filled(&file).await;
    // So old that even a clock that is believed would let them go.
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute("UPDATE market SET saved_s = saved_s - ?1", [91 * DAY_S])
        .unwrap();
    let (store, thread) = open(&file);
    assert!(store.is_clock_proven());
    store.keep_rooms(vec!["arena".to_owned()]);
    tokio::time::sleep(Duration::from_millis(1000)).await;
    assert!(store.load_blob("arena", "lasting").await.unwrap().is_some());
    assert_eq!(
        store.load_blob("arena-amber", "lasting").await.unwrap(),
        None,
        "nobody has that room any more"
    );
    close(store, thread).await;
}

#[tokio::test]
async fn who_is_banned_is_not_forgotten_and_a_ban_ends() {
    let store = memory();
    let eve = player(&store, "Eve").await;
    let now_s = store.now_s();
    let (name, reason) = ("Eve".to_owned(), "spam".to_owned());
    let ban =
        Banned { player_id: eve.player_id, name, reason, since_s: now_s, until_s: Some(now_s + 50 * 86_400) };
    store.ban(ban.clone());
    store.left(eve.player_id);
    assert_eq!(store.bans().await.unwrap(), [ban]);
    for (days, left) in [(40, 1), (51, 0)] {
        let at_s = now_s.cast_signed() + days * DAY_S;
        store.ask(move |db| db.prune(at_s).map_err(|_| AskError::Closed)).await.unwrap();
        assert_eq!(store.bans().await.unwrap().len(), left, "after {days} days");
    }
    let later_s = now_s.cast_signed() + 52 * DAY_S;
    store.ask(move |db| db.prune(later_s).map_err(|_| AskError::Closed)).await.unwrap();
    assert!(store.profile("Eve").await.unwrap().is_none(), "who passed by is forgotten when the ban is over");
}
