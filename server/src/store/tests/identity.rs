//! Devices, names, and what makes them somebody's.

use super::*;
use crate::text::skeleton::Skeletons;
use perigee_shared::limits::MAX_NAME_CHARS;
use perigee_shared::rng::Rng;
use std::collections::HashMap;

#[tokio::test]
async fn a_device_keeps_its_player() {
    let store = memory();
    let ann = player(&store, "Ann").await;
    assert!(ann.is_new && ann.name == "Ann" && ann.token != Some(DeviceToken::default()));
    let delta = told(ann.player_id, [3, 70, 1, 2]);
    store.record(delta);
    let again = store.identify(ann.token, "Ann").await.unwrap();
    assert!(!again.is_new);
    assert_eq!((again.player_id, again.token, again.name.as_str()), (ann.player_id, ann.token, "Ann"));
    let values = ["hits", "worth", "streak", "losses"].map(|key| on_record(&again.records, key).0);
    assert_eq!(values, [3, 70, 1, 2]);
    let stranger = store.identify(Some(DeviceToken([7; 16])), "Ann").await.unwrap();
    assert!(
        stranger.is_new
            && stranger.player_id != ann.player_id
            && stranger.token != Some(DeviceToken([7; 16]))
    );
}

#[tokio::test]
async fn a_revoked_device_is_a_stranger() {
    let store = memory();
    let ann = player(&store, "Ann").await;
    assert!(store.revoke(ann.token.unwrap()).await.unwrap());
    assert!(!store.revoke(ann.token.unwrap()).await.unwrap());
    assert!(!store.revoke(DeviceToken([9; 16])).await.unwrap());
    let stranger = store.identify(ann.token, "Ann").await.unwrap();
    assert!(stranger.is_new && stranger.name == "Ann 2" && stranger.token != ann.token);
}

#[tokio::test]
async fn a_revoked_name_is_no_devices_any_more_and_still_taken() {
    let store = memory();
    let (ann, bob) = (player(&store, "Ann Lee").await, player(&store, "Bob").await);
    assert_eq!(store.revoke_name("Nobody").await.unwrap(), None);
    assert_eq!(store.revoke_name("ann lee").await.unwrap(), Some(("Ann Lee".to_owned(), 1)));
    assert_eq!(store.revoke_name("Ann Lee").await.unwrap(), Some(("Ann Lee".to_owned(), 0)));
    let stranger = store.identify(ann.token, "Ann Lee").await.unwrap();
    assert!(stranger.is_new && stranger.name == "Ann Lee 2");
    assert!(!store.identify(bob.token, "Bob").await.unwrap().is_new);
}

#[tokio::test]
async fn who_was_never_told_of_can_be_taken_back_until_they_did_something() {
    let store = memory();
    let ann = player(&store, "Ann").await;
    assert!(store.withdraw(ann.player_id).await.unwrap());
    let again = player(&store, "Ann").await;
    assert_eq!(again.name, "Ann");
    assert_ne!(again.player_id, ann.player_id, "a number is never given again");
    store.record(hits(again.player_id, 1));
    assert!(!store.withdraw(again.player_id).await.unwrap());
    assert!(store.identify(ann.token, "Bob").await.unwrap().is_new);
}

/// Who a device is in so many seconds.
async fn identify_in(
    store: &StoreHandle,
    seconds: i64,
    device: Option<DeviceToken>,
    wanted: &str,
) -> Account {
    let (wanted, now_s) = (wanted.to_owned(), unix_s() + seconds);
    store.ask(move |db| Ok(db.players().identify(device, &wanted, now_s).unwrap())).await.unwrap()
}

#[tokio::test]
async fn a_name_whose_token_never_came_back_is_free_again_soon() {
    let store = memory();
    let mut people = Vec::new();
    for name in ["Ann", "Bob", "Cleo", "Dora", "Here"] {
        people.push(player(&store, name).await);
    }
    store.record(hits(people[1].player_id, 1));
    store.set_block(people[2].player_id, people[1].player_id, true);
    assert!(!store.identify(people[3].token, "Dora").await.unwrap().is_new);
    people[..4].iter().for_each(|person| store.left(person.player_id));
    assert_eq!(identify_in(&store, 500, None, "Ann").await.name, "Ann 2", "they may come back at once");
    let mut names = Vec::new();
    for wanted in ["Ann", "Bob", "Cleo", "Dora", "Here"] {
        names.push(identify_in(&store, 700, None, wanted).await.name);
    }
    assert_eq!(names, ["Ann", "Bob 2", "Cleo 2", "Dora 2", "Here 2"], "record, block, token, connection");
    assert!(identify_in(&store, 700, people[0].token, "Ann").await.is_new);
    let rename = identify_in(&store, 700, people[3].token, "Ann 2").await;
    assert_eq!(rename.name, "Dora", "who had it when the others came is still here");
    let count = store.ask(|db| Ok(db.player_counts()));
    assert_eq!(count.await.unwrap(), (11, 11));
}

#[tokio::test]
async fn who_was_connected_when_the_server_died_has_left() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let (store, thread) = open(&path);
    player(&store, "Ann").await;
    assert_eq!(identify_in(&store, 5000, None, "Ann").await.name, "Ann 2");
    close(store, thread).await;
    let (store, thread) = open(&path);
    assert_eq!(identify_in(&store, 500, None, "Ann").await.name, "Ann 3");
    assert_eq!(identify_in(&store, 700, None, "Ann").await.name, "Ann");
    close(store, thread).await;
}

#[tokio::test]
async fn the_token_is_not_in_the_file_and_not_in_the_log() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let (store, thread) = open(&path);
    let ann = player(&store, "Ann").await;
    close(store, thread).await;
    let bytes = std::fs::read(&path).unwrap();
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(has(b"Ann"), "the file is what is looked at");
    assert!(!has(&ann.token.unwrap().0));
    assert!(!format!("{ann:?}").contains(&format!("{:?}", ann.token.unwrap().0)));
}

#[tokio::test]
async fn a_taken_name_gets_a_number_and_a_look_alike_is_taken() {
    let store = memory();
    let mut names = Vec::new();
    for wanted in ["Alice", "alice", "\u{410}Iice", "AL1CE", "Alice 2"] {
        names.push(player(&store, wanted).await.name);
    }
    assert_eq!(names, ["Alice", "alice 2", "\u{410}Iice 3", "AL1CE 4", "Alice 2 2"]);
    let long = "n".repeat(MAX_NAME_CHARS);
    player(&store, &long).await;
    assert_eq!(player(&store, &long).await.name, format!("{} 2", &long[2..]));
    assert_eq!(player(&store, "\u{3164}").await.name, "Player");
}

#[tokio::test]
async fn many_of_one_name_are_still_told_apart() {
    let store = memory();
    let mut names = std::collections::HashSet::new();
    for _ in 0..300 {
        assert!(names.insert(player(&store, "Player").await.name));
    }
    assert!(names.iter().all(|name| name.starts_with("Player")));
}

#[tokio::test]
async fn a_rename_is_granted_if_nobody_looks_like_that() {
    let store = memory();
    let (ann, bob) = (player(&store, "Ann").await, player(&store, "Bob").await);
    let rename = async |token, wanted| store.identify(Some(token), wanted).await.unwrap().name;
    assert_eq!(rename(bob.token.unwrap(), "ANN").await, "Bob", "taken");
    assert_eq!(rename(bob.token.unwrap(), "B0B").await, "B0B", "their own in other letters");
    assert_eq!(rename(bob.token.unwrap(), "Rob").await, "Rob");
    assert_eq!(rename(ann.token.unwrap(), "bob").await, "bob", "free again");
    assert_eq!(store.profile("rob").await.unwrap().unwrap().player_id, bob.player_id);
    assert_eq!(store.profile("Ann").await.unwrap(), None);
}

/// Names made of few letters that look alike, so that they collide all the time.
fn wanted(rng: &mut Rng) -> String {
    const LETTERS: [char; 16] = [
        'a', 'A', '\u{430}', '\u{410}', '\u{412}', '\u{432}', 'B', 'b', 'I', 'l', '1', '\u{397}', '\u{3b7}',
        '_', ' ', 'm',
    ];
    let length = 1 + rng.below(3);
    (0..length).map(|_| LETTERS[rng.below(16) as usize]).collect()
}

#[tokio::test]
async fn ten_thousand_wishes_leave_every_name_unlike_every_other() {
    let store = memory();
    let mut rng = Rng::new(4);
    // The model: who has which name, and who has which skeleton.
    let mut names: Vec<(DeviceToken, PlayerKey, String)> = Vec::new();
    let mut owners: HashMap<String, PlayerKey> = HashMap::new();
    let (mut granted, mut kept) = (0, 0);
    for _ in 0..10_000 {
        let wanted = wanted(&mut rng);
        let known = (rng.below(3) > 0 && !names.is_empty()).then(|| rng.below(names.len() as u32) as usize);
        let device = known.map(|index| names[index].0);
        let identity = store.identify(device, &wanted).await.unwrap();
        assert_eq!(identity.is_new, known.is_none());
        let skeletons = Skeletons::of(&wanted);
        let mut found = skeletons.iter().filter_map(|skeleton| owners.get(skeleton));
        let is_free = found.all(|&owner| Some(owner) == known.map(|index| names[index].1));
        if let Some(index) = known {
            let old = names[index].2.clone();
            let is_visible = !skeletons.is_invisible();
            let expected = if is_free && is_visible { &wanted } else { &old };
            if is_visible {
                assert_eq!(&identity.name, expected);
            }
            granted += u32::from(identity.name != old);
            kept += u32::from(identity.name == old);
            owners.retain(|_, owner| *owner != identity.player_id);
            names[index].2.clone_from(&identity.name);
        } else {
            names.push((identity.token.unwrap(), identity.player_id, identity.name.clone()));
        }
        for skeleton in Skeletons::of(&identity.name).iter() {
            let before = owners.insert(skeleton.to_owned(), identity.player_id);
            assert_eq!(before, None, "{:?} looks like another", identity.name);
        }
        assert!(identity.name.chars().count() <= MAX_NAME_CHARS);
    }
    assert!(granted > 50 && kept > 1000, "{granted} {kept}");
}
