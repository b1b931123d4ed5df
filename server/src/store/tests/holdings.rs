//! Belongings are stored in the game's format and as a whole, and players who never acted are not kept.

use super::*;
use perigee_shared::netcode::Belongings;

fn holding(player_id: PlayerKey, worth: i64) -> Holding {
    let belongings = Belongings::from_bytes(&worth.to_le_bytes()).unwrap();
    Holding { player_id, game: GAME.name, belongings }
}

fn keep(store: &StoreHandle, holdings: &[Holding]) {
    assert!(store.keep_holdings(holdings.iter().copied(), std::iter::empty()));
}

#[tokio::test]
async fn what_people_own_comes_back_as_it_was_written_however_full_the_queue_is() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let full = StoreConfig { queue_writes: 1, flush_ms: 400, ..config(&path) };
    let (store, thread) = Store::open(&full, Arc::new(Metrics::new())).unwrap();
    let mut keys = Vec::new();
    for name in ["Ann", "Bob", "Cleo"] {
        keys.push(player(&store, name).await.player_id);
    }
    let none = store.holding(keys[0], &GAME).await.unwrap().unwrap();
    assert_eq!(none, HeldRecord { belongings: None, record: None });
    store.record(hits(keys[0], 1));
    keep(&store, &[holding(keys[0], 900), holding(keys[1], 100), holding(keys[2], 7)]);
    keep(&store, &[holding(keys[0], 400), holding(keys[1], 600)]);
    close(store, thread).await;
    let (store, thread) = open(&path);
    for (key, worth, hits) in [(keys[0], 400, Some(1)), (keys[1], 600, None), (keys[2], 7, None)] {
        let held = store.holding(key, &GAME).await.unwrap().unwrap();
        assert_eq!(held.belongings, Some(holding(key, worth).belongings));
        assert_eq!(held.record.map(|record| record.get(0)), hits);
        let elsewhere = store.holding(key, &OTHER).await.unwrap().unwrap();
        assert_eq!(
            elsewhere,
            HeldRecord { belongings: None, record: None },
            "another game's is another thing"
        );
    }
    assert_eq!(store.holding(PlayerKey(99), &GAME).await.unwrap(), None);
    let too_long = store.ask(|db| {
        db.connection().execute("UPDATE belongings SET data = zeroblob(65) WHERE player = 1", []).unwrap();
        Ok(())
    });
    too_long.await.unwrap();
    let held = store.holding(keys[0], &GAME).await.unwrap().unwrap();
    assert_eq!(held.belongings, Some(Belongings::default()), "what no game wrote is for the game to refuse");
    close(store, thread).await;
}

#[tokio::test]
async fn who_did_nothing_is_forgotten_and_nobody_with_a_part_in_a_block_or_a_mute() {
    let store = memory();
    let mut keys = Vec::new();
    for name in ["Passer", "Rich", "Killer", "Blocker", "Blocked", "Muted"] {
        keys.push(player(&store, name).await.player_id);
    }
    keep(&store, &[holding(keys[1], 0)]);
    store.record(hits(keys[2], 1));
    store.set_block(keys[3], keys[4], true);
    store.mute(Muted { name: "muted".into(), player_id: Some(keys[5]), until_ms: u64::MAX / 2 });
    assert!(store.keep_holdings(std::iter::empty(), keys.iter().copied()));
    let mut kept = Vec::new();
    for &key in &keys {
        kept.push(store.holding(key, &GAME).await.unwrap().is_some());
    }
    assert_eq!(kept, [false, true, true, true, true, true]);
    assert_eq!(player(&store, "Passer").await.name, "Passer", "the name is free");
    let counted = store.ask(|db| Ok(db.player_counts()));
    assert_eq!(counted.await.unwrap(), (6, 6));
}

/// Regression: the name of a blocked player was given to a new one, because the blocked player was deleted, and the
/// block with them.
#[tokio::test]
async fn a_block_keeps_both_names_longer_than_ten_minutes() {
    let store = memory();
    let (ann, bob) = (player(&store, "Ann").await, player(&store, "Bob").await);
    store.set_block(ann.player_id, bob.player_id, true);
    store.left(ann.player_id);
    store.left(bob.player_id);
    for minutes in [11, 12, 60 * 24] {
        let now_s = unix_s() + minutes * 60;
        for wanted in ["Ann", "Bob"] {
            let name = store
                .ask(move |db| Ok(db.players().identify(None, wanted, now_s).unwrap().name))
                .await
                .unwrap();
            assert_ne!(name, wanted, "after {minutes} minutes");
        }
    }
    assert_eq!(store.blocks_of(ann.player_id).await.unwrap().len(), 1);
}
