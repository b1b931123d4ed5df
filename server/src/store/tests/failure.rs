//! A disk that is slow or full: no caller waits, the state is visible, and it recovers.

use super::*;
use crate::lobby::Lobby;

/// The longest duration of a call that does not wait: far below a disk's time, above the scheduler's jitter.
const AT_ONCE: Duration = Duration::from_millis(100);

fn slow() {
    std::thread::sleep(Duration::from_millis(600));
}

async fn set_hook(store: &StoreHandle, hook: Option<fn()>) {
    let set = move |db: &mut crate::store::db::Db| {
        db.before_commit = hook;
        Ok(())
    };
    store.ask(set).await.unwrap();
}

/// Limits the file to this many pages more than it has now.
async fn limit_pages(store: &StoreHandle, more: i64) {
    let limit = move |db: &mut crate::store::db::Db| {
        let pages: i64 = db.connection().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        db.connection()
            .query_row(&format!("PRAGMA max_page_count = {}", pages + more), [], |_| Ok(()))
            .unwrap();
        Ok(())
    };
    store.ask(limit).await.unwrap();
}

fn line(number: u64) -> ChatRow {
    let text = "x".repeat(200);
    let channel = format!("channel {}", number / 50);
    ChatRow { channel, number, from: "Ann".to_owned(), to: String::new(), text, at_ms: 0 }
}

#[tokio::test]
async fn a_slow_disk_keeps_nobody_waiting_and_what_it_misses_is_counted() {
    let folder = Folder::new();
    let metrics = Arc::new(Metrics::new());
    let config = StoreConfig { queue_writes: 16, flush_ms: 10, ..config(&folder.file("a.db")) };
    let (store, thread) = Store::open(&config, Arc::clone(&metrics)).unwrap();
    let ann = player(&store, "Ann").await;
    set_hook(&store, Some(slow)).await;
    store.record(hits(ann.player_id, 1));
    wait_for("the thread is in the slow commit", || store.health().queue == 1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    for number in 0..1000 {
        store.append_chat(line(number));
        store.record(hits(ann.player_id, 1));
    }
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    // One score is being written and one waits, into which all later ones are merged; the rest are lines.
    let health = store.health();
    assert_eq!((health.queue, health.dropped), (16, 1000 - 14), "{health:?}");
    assert_eq!(metrics.store.dropped.get(), health.dropped);
    set_hook(&store, None).await;
    assert_eq!(hits_of(&store, "Ann").await, 1001);
    assert_eq!(store.chat_history("channel 0", 100).await.unwrap().len(), 14);
    assert!(store.health().ok && store.health().queue == 0, "{:?}", store.health());
    close(store, thread).await;
}

#[tokio::test]
async fn a_question_to_a_slow_disk_is_given_up_and_makes_no_player() {
    let folder = Folder::new();
    let config = StoreConfig { flush_ms: 10, answer_timeout_ms: 100, ..config(&folder.file("a.db")) };
    let (store, thread) = Store::open(&config, Arc::new(Metrics::new())).unwrap();
    let ann = player(&store, "Ann").await;
    set_hook(&store, Some(slow)).await;
    store.record(hits(ann.player_id, 1));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    assert_eq!(store.identify(None, "Bob").await, Err(AskError::Slow));
    assert!(begun.elapsed() < Duration::from_millis(100) + AT_ONCE, "{:?}", begun.elapsed());
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(store.profile("Bob").await.unwrap(), None, "nobody waited for Bob any more");
    close(store, thread).await;
}

#[tokio::test]
async fn too_many_questions_are_refused_at_once() {
    let folder = Folder::new();
    let config = StoreConfig { flush_ms: 10, ..config(&folder.file("a.db")) };
    let (store, thread) = Store::open(&config, Arc::new(Metrics::new())).unwrap();
    let ann = player(&store, "Ann").await;
    set_hook(&store, Some(slow)).await;
    store.record(hits(ann.player_id, 1));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let ask = |_| {
        let store = store.clone();
        tokio::spawn(async move { store.value("k").await })
    };
    let waiting: Vec<_> = (0..crate::store::inbox::MAX_QUESTIONS + 5).map(ask).collect();
    let mut refused = 0;
    for question in waiting {
        match question.await.unwrap() {
            Ok(None) => {}
            Err(AskError::Busy) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 5);
    close(store, thread).await;
}

#[tokio::test]
async fn a_full_disk_shows_and_what_waited_is_written_when_there_is_room() {
    let folder = Folder::new();
    let metrics = Arc::new(Metrics::new());
    let config = StoreConfig { flush_ms: 10, ..config(&folder.file("a.db")) };
    let (store, thread) = Store::open(&config, Arc::clone(&metrics)).unwrap();
    let ann = player(&store, "Ann").await;
    limit_pages(&store, 1).await;
    for number in 0..200 {
        store.append_chat(line(number));
    }
    let rich = told(ann.player_id, [4, 80, 0, 0]);
    store.record(rich);
    wait_for("the disk is full", || !store.health().ok).await;
    let health = store.health();
    assert_eq!((health.trouble, health.queue, health.dropped), ("disk_full", 201, 0), "{health:?}");
    assert!(health.to_string().starts_with("store: disk_full, queue 201, "), "{health}");
    let text = metrics.encode(&Lobby::new(Vec::new()));
    assert!(text.contains("perigee_store_ok 0"), "{text}");
    assert!(text.contains("perigee_store_queue 201"), "{text}");
    assert!(text.contains("perigee_store_errors_total{kind=\"disk_full\"}"), "{text}");
    // A device is still recognised, and the player's data includes the waiting writes.
    let again = store.identify(ann.token, "Ann").await.unwrap();
    let of = |key| on_record(&again.records, key);
    assert_eq!((of("hits"), of("worth")), ((4, 4), (80, 80)));
    assert_eq!(hits_of(&store, "Ann").await, 0, "the file does not have it yet");
    limit_pages(&store, 10_000).await;
    wait_for("the disk takes it", || store.health().ok && store.health().queue == 0).await;
    assert_eq!(hits_of(&store, "Ann").await, 4);
    assert_eq!(store.chat_history("channel 3", 100).await.unwrap().len(), 50);
    let text = metrics.encode(&Lobby::new(Vec::new()));
    assert!(text.contains("perigee_store_ok 1"), "{text}");
    close(store, thread).await;
}

#[tokio::test]
async fn a_thread_that_died_is_told_and_keeps_nobody() {
    let store = memory();
    let died = store.ask(|_| -> Result<(), AskError> { panic!("on purpose") }).await;
    assert_eq!(died, Err(AskError::Closed));
    wait_for("the end", || !store.health().ok).await;
    assert_eq!(store.health().trouble, "ended");
    assert_eq!(store.identify(None, "Ann").await, Err(AskError::Closed));
    store.append_chat(line(1));
    assert_eq!(store.health().dropped, 1);
    assert!(store.close(PATIENCE).await);
}

#[tokio::test]
async fn a_disk_that_hangs_does_not_keep_the_server_from_ending() {
    let folder = Folder::new();
    let (store, thread) = open(&folder.file("a.db"));
    let ann = player(&store, "Ann").await;
    set_hook(&store, Some(slow)).await;
    store.record(hits(ann.player_id, 1));
    let begun = Instant::now();
    assert!(!store.close(Duration::from_millis(50)).await);
    assert!(begun.elapsed() < Duration::from_millis(50) + AT_ONCE);
    thread.join().unwrap();
}

#[test]
fn health_reads_as_a_line() {
    let health = StoreHealth { ok: true, queue: 3, dropped: 0, last_flush_ms: 2.1, trouble: "" };
    assert_eq!(health.to_string(), "store: ok, queue 3, last flush 2 ms");
    let bad = StoreHealth { ok: false, dropped: 9, trouble: "slow", ..health };
    assert_eq!(bad.to_string(), "store: slow, queue 3, last flush 2 ms, 9 dropped");
}
