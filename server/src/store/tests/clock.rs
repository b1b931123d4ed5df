//! What a wrong clock, or a long absence, does to stored data.

use super::*;
use crate::store::worker::FIRST_PRUNE;

const DAY_S: i64 = 86_400;

/// What a server stores: the markets of two rooms, a mute, a ban, a score of today and a new player.
async fn fill(store: &StoreHandle) -> DeviceToken {
    let newcomer = player(store, "Newcomer").await;
    let ann = player(store, "Ann").await.player_id;
    store.record(hits(ann, 3));
    for room in ["arena", "arena-amber"] {
        store.save_blob(room, "lasting", Blob { version: 1, bytes: vec![7] });
    }
    let until_ms = store.now_ms() + 3_600_000;
    store.mute(Muted { name: "loud".to_owned(), player_id: None, until_ms });
    let (since_s, until_s) = (store.now_s(), Some(store.now_s() + 3600));
    let (name, reason) = ("Ann".to_owned(), "spam".to_owned());
    store.ban(Banned { player_id: ann, name, reason, since_s, until_s });
    newcomer.token.unwrap()
}

/// Longer than until the first deletion of expired data.
async fn pass() {
    tokio::time::sleep(FIRST_PRUNE * 4).await;
}

async fn is_all_there(store: &StoreHandle, token: DeviceToken) {
    for room in ["arena", "arena-amber"] {
        assert!(store.load_blob(room, "lasting").await.unwrap().is_some(), "{room}");
    }
    assert_eq!((store.mutes().await.unwrap().len(), store.bans().await.unwrap().len()), (1, 1));
    assert!(store.bans().await.unwrap()[0].until_s > Some(store.now_s()), "the ban holds");
    assert!(!store.identify(Some(token), "Newcomer").await.unwrap().is_new, "the newcomer is known");
}

const TODAY: Ladder = Ladder { span: Span::Today, ..HITS };

async fn on_todays_board(store: &StoreHandle) -> Vec<i64> {
    store.leaders(TODAY, 9, None).await.unwrap().rows.iter().map(|place| place.value).collect()
}

#[tokio::test]
async fn one_start_with_a_wrong_clock_makes_it_forget_nothing() {
    for days in [400, -400, 8, -8] {
        let folder = Folder::new();
        let file = folder.file("a.db");
        let (store, thread) = open(&file);
        let token = fill(&store).await;
        close(store, thread).await;
        let (store, thread) = open_wrong(&file, days);
        assert!(!store.is_clock_proven(), "{days}");
        // A kill on a day in the future.
        let ann = store.profile("Ann").await.unwrap().unwrap().player_id;
        store.record(hits(ann, 1));
        pass().await;
        is_all_there(&store, token).await;
        assert_eq!(on_todays_board(&store).await, [1], "{days}: the wrong day's");
        close(store, thread).await;
        // The clock is right again: for the store, hardly any time has passed.
        let (store, thread) = open(&file);
        assert!(store.is_clock_proven(), "{days}");
        pass().await;
        is_all_there(&store, token).await;
        assert_eq!(on_todays_board(&store).await, [3], "{days}: the right day's, and it alone");
        let ever = store.leaders(HITS, 9, None).await.unwrap().rows[0].value;
        assert_eq!(ever, 4, "{days}: what was done was done");
        close(store, thread).await;
    }
}

#[tokio::test]
async fn a_server_that_was_off_for_91_days_has_its_market_and_its_people() {
    let folder = Folder::new();
    let file = folder.file("a.db");
    let (store, thread) = open_wrong(&file, -91);
    let token = fill(&store).await;
    close(store, thread).await;
    let (store, thread) = open(&file);
    // A long absence and a wrong clock look alike; a day tells them apart.
    assert!(!store.is_clock_proven());
    pass().await;
    is_all_there(&store, token).await;
    close(store, thread).await;
}

#[tokio::test]
async fn what_is_configured_is_kept_whatever_its_age() {
    let folder = Folder::new();
    let file = folder.file("a.db");
    let (store, thread) = open(&file);
    fill(&store).await;
    close(store, thread).await;
    // So old that even a clock that is believed would expire them.
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
