//! Scores, lists, chat, blocks and states.

use super::*;
use crate::store::types::Day;
use perigee_shared::rng::Rng;

async fn crowd(store: &StoreHandle, count: usize) -> Vec<PlayerKey> {
    let mut keys = Vec::new();
    for number in 0..count {
        keys.push(player(store, &format!("Player {number}")).await.player_id);
    }
    keys
}

fn ranks(leading: &Leading) -> Vec<(u32, i64)> {
    leading.rows.iter().map(|place| (place.rank, place.value)).collect()
}

#[tokio::test]
async fn equal_values_share_a_rank_and_who_has_nothing_is_in_no_list() {
    let store = memory();
    let keys = crowd(&store, 6).await;
    for (&key, count) in keys.iter().zip([5, 9, 5, 0, 2, 9]) {
        store.record(hits(key, count));
    }
    let leading = store.leaders(HITS, 10, Some(keys[3])).await.unwrap();
    assert_eq!(ranks(&leading), [(1, 9), (1, 9), (3, 5), (3, 5), (5, 2)]);
    assert_eq!(leading.rows[0].player_id, keys[1], "of equal ones the longer known");
    let own = leading.own.unwrap();
    assert_eq!((own.rank, own.value, own.name.as_str(), leading.ranked), (6, 0, "Player 3", 5));
    let page = store.leaders_from(HITS, 3, 2).await.unwrap();
    assert_eq!(ranks(&page), [(3, 5), (5, 2)], "a page begins with its true rank");
    let own = store.leaders(HITS, 1, Some(keys[2])).await.unwrap();
    assert_eq!((own.rows.len(), own.own.unwrap().rank), (1, 3));
    assert_eq!(store.leaders(HITS, 1, Some(PlayerKey(999))).await.unwrap().own, None);
}

#[tokio::test]
async fn a_rename_shows_in_the_lists() {
    let store = memory();
    let ann = player(&store, "Ann").await;
    store.record(hits(ann.player_id, 1));
    store.identify(ann.token, "Eve").await.unwrap();
    assert_eq!(store.leaders(HITS, 1, None).await.unwrap().rows[0].name, "Eve");
}

#[tokio::test]
async fn today_is_a_day_a_game_is_a_game_and_each_statistic_is_taken_in_as_it_says() {
    let store = memory();
    let keys = crowd(&store, 2).await;
    let rich = |player_id, worth| told(player_id, [1, worth, worth / 10, 2]);
    store.record_on(today() - 1, rich(keys[0], 900));
    store.record(rich(keys[0], 300));
    store.record(rich(keys[0], 100));
    store.record(rich(keys[1], 500));
    store.record(Delta { about: &OTHER, ..rich(keys[1], 7000) });
    let list = async |span, by| {
        let leading = store.leaders(Ladder { game: "game", span, by }, 9, None).await.unwrap();
        leading.rows.iter().map(|place| (place.player_id, place.value)).collect::<Vec<_>>()
    };
    assert_eq!(list(Span::Today, "worth").await, [(keys[1], 500), (keys[0], 300)]);
    assert_eq!(list(Span::AllTime, "worth").await, [(keys[0], 900), (keys[1], 500)]);
    assert_eq!(list(Span::Today, "hits").await, [(keys[0], 2), (keys[1], 1)]);
    assert_eq!(list(Span::AllTime, "streak").await, [(keys[0], 90), (keys[1], 50)]);
    assert_eq!(list(Span::Today, "streak").await, [(keys[1], 50), (keys[0], 30)]);
    assert_eq!(list(Span::Today, "losses").await, [], "no board of that");
    let records = store.profile("player0").await.unwrap().unwrap().records;
    let of = |key| on_record(&records, key);
    assert_eq!([of("hits"), of("worth"), of("streak"), of("losses")], [(3, 3), (100, 900), (90, 90), (6, 6)]);
    let other = store.leaders(Ladder { game: "other", ..HITS }, 9, None).await.unwrap();
    assert_eq!(ranks(&other), [(1, 1)], "another game's are others");
}

#[tokio::test]
async fn a_record_that_is_too_large_stays_a_number() {
    let store = memory();
    let ann = player(&store, "Ann").await.player_id;
    for _ in 0..3 {
        store.record(told(ann, [i64::MAX; 4]));
    }
    let records = store.profile("Ann").await.unwrap().unwrap().records;
    assert!(["hits", "worth", "streak", "losses"].iter().all(|key| on_record(&records, key).0 > 1 << 50));
    store
        .ask(move |db| {
            Ok(db.connection().execute("UPDATE records SET value = ?1, best = ?1", [1_i64 << 62]).unwrap())
        })
        .await
        .unwrap();
    store.record(told(ann, [i64::MAX, -5, i64::MAX, i64::MAX]));
    let records = store.profile("Ann").await.unwrap().unwrap().records;
    assert_eq!((on_record(&records, "hits").0, on_record(&records, "worth").0), (1 << 62, -5));
}

/// The model of a list: all values, sorted.
fn expected(values: &[i64]) -> Vec<(u32, i64)> {
    let mut sorted: Vec<i64> = values.iter().copied().filter(|&value| value > 0).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let rank = |value: i64| sorted.iter().filter(|&&other| other > value).count() as u32 + 1;
    sorted.iter().map(|&value| (rank(value), value)).collect()
}

#[tokio::test]
async fn ranks_are_exact_under_ten_thousand_random_records() {
    let store = memory();
    let keys = crowd(&store, 50).await;
    let mut values = vec![0; keys.len()];
    let mut rng = Rng::new(9);
    for round in 0..10_000_u32 {
        let index = rng.below(50) as usize;
        let count = rng.below(3);
        values[index] += i64::from(count);
        store.record(hits(keys[index], count.into()));
        if round % 500 == 0 {
            let leading = store.leaders(HITS, 100, Some(keys[index])).await.unwrap();
            let model = expected(&values);
            assert_eq!(ranks(&leading), model);
            let better = values.iter().filter(|&&value| value > values[index]).count();
            assert_eq!(leading.own.unwrap().rank as usize, better + 1);
        }
    }
    assert_eq!(ranks(&store.leaders(HITS, 100, None).await.unwrap()), expected(&values));
}

#[tokio::test]
async fn a_channel_keeps_its_last_lines() {
    let store = memory();
    let say = |channel: &str, number: u64| ChatRow {
        channel: channel.to_owned(),
        number,
        from: "Ann".to_owned(),
        to: String::new(),
        text: format!("line {number}"),
        at_ms: 1_000 + number,
    };
    store.append_chat(say("room:duel", 7));
    for number in 0..MAX_CHAT_LINES_PER_CHANNEL as u64 + 50 {
        store.append_chat(say("all", number));
    }
    let last = store.chat_history("all", 2).await.unwrap();
    let newest = MAX_CHAT_LINES_PER_CHANNEL as u64 + 49;
    assert_eq!(last, [say("all", newest - 1), say("all", newest)]);
    assert_eq!(store.chat_history("all", 9999).await.unwrap().len(), MAX_CHAT_LINES_PER_CHANNEL);
    assert_eq!(store.chat_history("room:duel", 10).await.unwrap(), [say("room:duel", 7)]);
    assert!(store.chat_history("elsewhere", 10).await.unwrap().is_empty());
    let kept = store
        .ask(|db| Ok(db.connection().query_row("SELECT COUNT(*) FROM chat", [], |row| row.get::<_, i64>(0))));
    assert_eq!(kept.await.unwrap().unwrap(), MAX_CHAT_LINES_PER_CHANNEL as i64 + 1);
}

#[tokio::test]
async fn blocks_are_kept_up_to_their_bound() {
    let store = memory();
    let keys = crowd(&store, MAX_BLOCKS + 3).await;
    let ann = keys[0];
    for &other in &keys[1..] {
        store.set_block(ann, other, true);
    }
    let blocked = store.blocks_of(ann).await.unwrap();
    assert_eq!(blocked.len(), MAX_BLOCKS, "one more is not kept");
    assert_eq!(blocked[0], Blocked { player_id: keys[1], name: "Player 1".to_owned() });
    store.set_block(ann, keys[1], true);
    store.set_block(ann, keys[2], false);
    let blocked = store.blocks_of(ann).await.unwrap();
    assert_eq!((blocked.len(), blocked[1].player_id), (MAX_BLOCKS - 1, keys[3]));
    assert!(store.blocks_of(keys[1]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_name_can_be_blocked_that_is_not_there() {
    let store = memory();
    let keys = crowd(&store, 3).await;
    let named = |name: &str| Whom::Name(name.to_owned());
    for name in ["PLAYER 2", "Player 0", "Nobody"] {
        store.set_block(keys[0], named(name), true);
    }
    let blocked = store.blocks_of(keys[0]).await.unwrap();
    assert_eq!(blocked, [Blocked { player_id: keys[2], name: "Player 2".to_owned() }], "not oneself either");
    store.set_block(keys[0], named("player2"), false);
    assert!(store.blocks_of(keys[0]).await.unwrap().is_empty());
}

#[tokio::test]
async fn mutes_are_kept_until_they_end_and_up_to_their_bound() {
    let store = memory();
    let ann = player(&store, "Ann").await.player_id;
    let now_ms = unix_s() as u64 * 1000;
    let muted = |name: &str, player_id, for_ms: u64| Muted {
        name: name.to_owned(),
        player_id,
        until_ms: now_ms + for_ms,
    };
    store.mute(muted("ann", None, 1_000_000));
    store.mute(muted("ann", Some(ann), 900_000));
    store.mute(muted("gone", Some(PlayerKey(77)), 800_000));
    store.mute(muted("over", None, 0));
    let left = [muted("ann", Some(ann), 900_000), muted("gone", None, 800_000)];
    assert_eq!(store.mutes().await.unwrap(), left, "the last word counts, and who is gone leaves the name");
    store.unmute("gone");
    assert_eq!(store.mutes().await.unwrap(), left[..1]);
    let later = now_ms as i64 / 1000 + 901;
    assert!(
        store
            .ask(move |db| Ok(crate::store::tables::mutes::in_force(db.connection(), later).unwrap()))
            .await
            .unwrap()
            .is_empty()
    );
    for n in 0..MAX_MUTES as u64 {
        store.mute(muted(&format!("n{n}"), None, 1_000_000 + n));
    }
    let all = store.mutes().await.unwrap();
    let sql = "SELECT COUNT(*) FROM mutes";
    let rows =
        store.ask(move |db| Ok(db.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()));
    assert_eq!((all.len(), rows.await.unwrap()), (MAX_MUTES, MAX_MUTES as i64));
    assert!(all.iter().all(|muted| muted.name != "ann"), "the first to end made way");
}

#[tokio::test]
async fn states_and_values_replace_those_before() {
    let store = memory();
    let blob = |version, byte| Blob { version, bytes: vec![byte; 1000] };
    assert_eq!(store.load_blob("arena", "candles").await.unwrap(), None);
    store.save_blob("arena", "candles", blob(1, 1));
    store.save_blob("arena", "venues", blob(1, 2));
    store.save_blob("arena", "candles", blob(2, 3));
    assert_eq!(store.load_blob("arena", "candles").await.unwrap(), Some(blob(2, 3)));
    assert_eq!(store.load_blob("arena", "venues").await.unwrap(), Some(blob(1, 2)));
    store.save_blob("arena", "candles", Blob { version: 3, bytes: vec![0; MAX_BLOB_BYTES + 1] });
    assert_eq!(store.load_blob("arena", "candles").await.unwrap(), Some(blob(2, 3)));
    store.set_value("k", b"one".to_vec());
    store.set_value("k", b"two".to_vec());
    assert_eq!(store.value("k").await.unwrap().as_deref(), Some(b"two".as_slice()));
    assert_eq!(store.value("other").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_who_did_something_is_not() {
    let store = memory();
    let (passer_by, ann) = (player(&store, "Passer-by").await, player(&store, "Ann").await);
    let (trader, guest) = (player(&store, "Trader").await, player(&store, "Guest").await);
    store.record(told(trader.player_id, [0, 5, 0, 0]));
    let days: [Day; 3] = [today(), today() - 5, today() - 40];
    for day in days {
        store.record_on(day, hits(ann.player_id, 1));
    }
    store.set_block(ann.player_id, passer_by.player_id, true);
    store.save_blob("arena", "venues", Blob { version: 1, bytes: vec![1] });
    let in_a_day_ms = (unix_s() as u64 + 86_400) * 1000;
    store.mute(Muted { name: "guest".to_owned(), player_id: Some(guest.player_id), until_ms: in_a_day_ms });
    let left = async |in_days: i64| {
        let now_s = unix_s() + in_days * 86_400;
        let numbers = store.ask(move |db| {
            db.prune(now_s).unwrap();
            let count = |table: &str| {
                let sql = format!("SELECT COUNT(*) FROM {table}");
                db.connection().query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap()
            };
            Ok(["players", "devices", "skeletons", "days", "blocks", "market", "mutes"].map(count))
        });
        numbers.await.unwrap()
    };
    assert_eq!(left(0).await, [4, 4, 4, 3, 1, 1, 1], "a day of forty days ago is over");
    let in_20_days_s = unix_s() + 20 * 86_400;
    let again = store.ask(move |db| Ok(db.players().identify(guest.token, "Guest", in_20_days_s).unwrap()));
    assert_eq!(again.await.unwrap().player_id, guest.player_id);
    assert_eq!(left(31).await, [3, 3, 3, 0, 0, 1, 0], "not the guest, who was there, nor the trader");
    assert_eq!(left(100).await, [2, 2, 2, 0, 0, 0, 0]);
    assert!(player(&store, "Passer-by").await.is_new, "the name is free again");
    let profile = store.profile("Ann").await.unwrap().unwrap();
    assert_eq!((profile.player_id, on_record(&profile.records, "hits").0), (ann.player_id, 3));
}

#[tokio::test]
async fn a_record_of_nobody_is_left_out_and_counted() {
    let metrics = Arc::new(Metrics::new());
    let store = Store::in_memory(Arc::clone(&metrics)).unwrap();
    let ann = player(&store, "Ann").await;
    store.record(hits(PlayerKey(77), 5));
    store.set_block(ann.player_id, PlayerKey(77), true);
    store.record(hits(ann.player_id, 2));
    assert_eq!(hits_of(&store, "Ann").await, 2, "the rest is written");
    let text = metrics.encode(&crate::lobby::Lobby::new(Vec::new()));
    assert!(text.contains("perigee_store_errors_total{kind=\"no_place\"} 1"), "{text}");
    assert!(text.contains("perigee_store_errors_total{kind=\"constraint\"} 1"), "{text}");
}
