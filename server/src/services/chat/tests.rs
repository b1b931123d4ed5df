//! Who hears what, and who does not.

use super::fair::SpeakerOrigin;
use super::people::{MAX_ABSENT, MAX_BLOCKS, MAX_MUTES};
use super::*;

fn at(seconds: u64) -> Moment {
    Moment { mono_ms: seconds * 1000, unix_ms: 1_700_000_000_000 + seconds * 1000 }
}

fn arriving(number: u64, room: &str, name: &str, team: Option<u8>) -> Arriving {
    Arriving {
        connection: ConnectionId(number),
        person: PersonId(number),
        room: room.into(),
        name: name.into(),
        team,
        hears: true,
        origin: SpeakerOrigin::default(),
    }
}

/// Ada (1, red) and Bob (2, blue) and Cleo (3, red) in the arena, Dora (4) in the duel, and a program (5) in the arena.
fn chat() -> Chat {
    let mut chat = Chat::new(ChatRules::default());
    chat.enter(arriving(1, "arena", "Ada", Some(0)), at(0));
    chat.enter(arriving(2, "arena", "Bob", Some(1)), at(0));
    chat.enter(arriving(3, "arena", "Cleo", Some(0)), at(0));
    chat.enter(arriving(4, "duel", "Dora", None), at(0));
    chat.enter(Arriving { hears: false, ..arriving(5, "arena", "Robot", Some(0)) }, at(0));
    chat
}

/// Who hears it, by number; the speaker first.
fn say(
    chat: &mut Chat,
    speaker: u64,
    wanted: &Channel,
    text: &str,
    now: Moment,
) -> Result<Vec<u64>, SayError> {
    let mut recipients = Vec::new();
    chat.say(ConnectionId(speaker), wanted, text, now, &mut recipients)?;
    let mut recipients: Vec<u64> = recipients.into_iter().map(|connection| connection.0).collect();
    assert_eq!(recipients[0], speaker, "the speaker is told too");
    recipients[1..].sort_unstable();
    Ok(recipients)
}

/// Bob goes, and is back under another name.
fn come_back_as(chat: &mut Chat, name: &str, now: Moment) {
    chat.leave(ConnectionId(2), now);
    chat.enter(arriving(2, "arena", name, Some(1)), now);
}

fn to(name: &str) -> Channel {
    Channel::Private(name.to_owned())
}

fn texts(chat: &Chat, connection: u64) -> Vec<&str> {
    chat.lines_for(ConnectionId(connection)).map(|line| line.text.as_str()).collect()
}

#[test]
fn each_channel_reaches_its_own() {
    let mut chat = chat();
    assert_eq!(say(&mut chat, 1, &Channel::Everyone, "all", at(10)), Ok(vec![1, 2, 3, 4]));
    assert_eq!(say(&mut chat, 1, &Channel::Room, "room", at(10)), Ok(vec![1, 2, 3]));
    assert_eq!(say(&mut chat, 1, &Channel::Team, "team", at(10)), Ok(vec![1, 3]));
    assert_eq!(say(&mut chat, 1, &to("dora"), "psst", at(10)), Ok(vec![1, 4]));
    assert_eq!(say(&mut chat, 4, &Channel::Team, "team", at(10)), Err(SayError::NotInTeam));
    chat.set_team(ConnectionId(2), Some(0));
    assert_eq!(say(&mut chat, 1, &Channel::Team, "still team", at(10)), Ok(vec![1, 2, 3]));
    chat.set_hears(ConnectionId(5), true);
    assert_eq!(say(&mut chat, 2, &Channel::Team, "tuned in", at(10)), Ok(vec![2, 1, 3, 5]));
    assert_eq!(say(&mut chat, 9, &Channel::Room, "who?", at(10)), Err(SayError::NotHere));
}

#[test]
fn a_private_line_is_for_one_person_or_nobody() {
    let mut chat = chat();
    chat.enter(arriving(6, "duel", "ADA", None), at(0));
    assert_eq!(say(&mut chat, 2, &to("Ada"), "the same spelling goes first", at(10)), Ok(vec![2, 1]));
    assert_eq!(say(&mut chat, 2, &to("ADA"), "wherever they are", at(10)), Ok(vec![2, 6]));
    assert_eq!(say(&mut chat, 2, &to("aDa"), "then the same room", at(10)), Ok(vec![2, 1]));
    chat.enter(arriving(7, "third", "Finn", None), at(0));
    assert_eq!(say(&mut chat, 7, &to("aDa"), "which of them?", at(10)), Err(SayError::NoSuchPlayer));
    for nobody in ["Nobody", "", "Robot", "Finn"] {
        assert_eq!(say(&mut chat, 7, &to(nobody), "hello?", at(10)), Err(SayError::NoSuchPlayer), "{nobody}");
    }
    // Two windows of one person both hear.
    chat.enter(Arriving { person: PersonId(4), ..arriving(8, "arena", "Dora", None) }, at(0));
    assert_eq!(say(&mut chat, 7, &to("Dora"), "hi", at(10)), Ok(vec![7, 4, 8]));
}

#[test]
fn too_fast_too_often_and_too_strange_are_refused() {
    let mut chat = chat();
    for n in 0..2 {
        say(&mut chat, 1, &Channel::Room, &format!("newcomer {n}"), at(0)).unwrap();
    }
    let refused = say(&mut chat, 1, &Channel::Room, "third", at(0));
    assert_eq!(refused, Err(SayError::TooFast { retry_ms: 1500 }), "a newcomer has two lines to spare");
    for n in 0..5 {
        say(&mut chat, 1, &Channel::Room, &format!("later {n}"), at(60)).unwrap();
    }
    assert_eq!(say(&mut chat, 1, &Channel::Room, "x", at(60)), Err(SayError::TooFast { retry_ms: 1500 }));
    assert!(say(&mut chat, 2, &Channel::Room, "others are free", at(60)).is_ok());

    for text in ["Buy now", "BUY  NOW"] {
        say(&mut chat, 3, &Channel::Room, text, at(60)).unwrap();
    }
    let again = say(&mut chat, 3, &Channel::Everyone, "buy now", at(61));
    assert_eq!(again, Err(SayError::Repeated { retry_ms: 29_000 }));
    assert!(say(&mut chat, 3, &Channel::Everyone, "buy now", at(91)).is_ok());
    assert_eq!(say(&mut chat, 4, &Channel::Room, "\u{200b}", at(60)), Err(TextError::Empty.into()));
    assert_eq!(say(&mut chat, 4, &Channel::Room, &"x".repeat(201), at(60)), Err(TextError::TooLong.into()));
}

#[test]
fn coming_back_does_not_refill_the_bucket() {
    let mut chat = chat();
    for n in 0..5 {
        say(&mut chat, 1, &Channel::Room, &format!("{n}"), at(60)).unwrap();
    }
    assert_eq!(chat.leave(ConnectionId(1), at(60)).unwrap().name, "Ada");
    chat.enter(Arriving { person: PersonId(1), ..arriving(11, "arena", "Ada", None) }, at(60));
    assert_eq!(say(&mut chat, 11, &Channel::Room, "x", at(60)), Err(SayError::TooFast { retry_ms: 1500 }));
}

#[test]
fn a_crowd_cannot_outshout_the_channel() {
    let mut chat = Chat::new(ChatRules::default());
    for n in 0..100 {
        chat.enter(arriving(n, "arena", &format!("P{n}"), None), at(0));
    }
    let said =
        (0..100).filter(|&n| say(&mut chat, n, &Channel::Everyone, &format!("{n}"), at(1)).is_ok()).count();
    assert_eq!(said, CHANNEL_PACE.burst as usize);
    assert!(say(&mut chat, 0, &Channel::Room, "another channel", at(1)).is_ok());
}

#[test]
fn who_is_blocked_is_not_heard_and_not_told() {
    let mut chat = chat();
    let bob = || Whom::Person(PersonId(2));
    assert_eq!(chat.block(ConnectionId(1), "BOB", true), Some(vec![bob()]));
    assert_eq!(say(&mut chat, 2, &Channel::Room, "room", at(10)), Ok(vec![2, 3]));
    assert_eq!(say(&mut chat, 2, &to("Ada"), "psst", at(10)), Ok(vec![2]), "as if it had been sent");
    assert_eq!(texts(&chat, 1), [""; 0], "nor later");
    assert_eq!(texts(&chat, 2), ["room", "psst"]);
    // Another name does not help.
    come_back_as(&mut chat, "Robert", at(20));
    assert_eq!(say(&mut chat, 2, &Channel::Room, "it is me", at(20)), Ok(vec![2, 3]));
    // It holds when the blocker comes back.
    chat.leave(ConnectionId(1), at(20));
    chat.enter(Arriving { person: PersonId(1), ..arriving(11, "arena", "Ada", None) }, at(20));
    assert_eq!(say(&mut chat, 2, &Channel::Room, "and now?", at(20)), Ok(vec![2, 3]));
    let meant = [bob(), bob(), Whom::Name("Robert".into())];
    assert_eq!(
        chat.block(ConnectionId(11), "Robert", false).as_deref(),
        Some(&meant[..]),
        "block and bearer"
    );
    assert_eq!(say(&mut chat, 2, &Channel::Room, "at last", at(20)), Ok(vec![2, 3, 11]));
    assert_eq!(chat.block(ConnectionId(11), "Ada", true), Some(vec![]), "nobody blocks themselves");
    assert_eq!(say(&mut chat, 11, &to("Cleo"), "hello", at(20)), Ok(vec![11, 3]));
    for n in 0..MAX_BLOCKS {
        assert!(chat.block(ConnectionId(3), &format!("N{n}"), true).is_some());
    }
    assert_eq!(chat.block(ConnectionId(3), "One too many", true), None);
}

#[test]
fn a_mute_holds_for_the_name_and_for_the_person() {
    let mut chat = chat();
    assert_eq!(chat.mute("bob", 60_000, at(10)).0, 1);
    assert_eq!(say(&mut chat, 2, &Channel::Room, "x", at(40)), Err(SayError::Muted { left_ms: 30_000 }));
    come_back_as(&mut chat, "Robert", at(40));
    assert!(matches!(say(&mut chat, 2, &Channel::Room, "x", at(40)), Err(SayError::Muted { .. })));
    chat.enter(arriving(6, "duel", "Bob", None), at(40));
    assert!(matches!(say(&mut chat, 6, &Channel::Room, "x", at(40)), Err(SayError::Muted { .. })));
    assert!(say(&mut chat, 2, &Channel::Room, "x", at(70)).is_ok());
    assert!(!chat.unmute("bob"), "it is over and forgotten");
    chat.mute("bob", 60_000, at(80));
    assert!(chat.unmute("Bob"));
    assert!(say(&mut chat, 6, &Channel::Room, "x", at(80)).is_ok());
    for n in 0..2 * MAX_MUTES as u64 {
        chat.mute(&format!("N{n}"), 60_000 + n, at(80));
    }
    assert_eq!((0..2 * MAX_MUTES).filter(|n| chat.unmute(&format!("N{n}"))).count(), MAX_MUTES);
}

#[test]
fn whoever_comes_in_reads_what_they_may() {
    let mut chat = chat();
    for (speaker, wanted, text) in [
        (1, Channel::Everyone, "all"),
        (1, Channel::Room, "arena"),
        (4, Channel::Room, "duel"),
        (3, Channel::Team, "red"),
        (2, Channel::Team, "blue"),
        (3, to("Bob"), "cleo to bob"),
    ] {
        say(&mut chat, speaker, &wanted, text, at(10)).unwrap();
    }
    let mut recipients = Vec::new();
    let line = chat
        .announce(ChannelKey::Room("arena".into()), "Red holds the zone", at(11), &mut recipients)
        .unwrap();
    recipients.sort_unstable_by_key(|connection| connection.0);
    assert_eq!((line.from.as_str(), &recipients[..]), ("", &[1, 2, 3].map(ConnectionId)[..]));
    assert_eq!(texts(&chat, 1), ["all", "arena", "Red holds the zone", "red"]);
    assert_eq!(texts(&chat, 2), ["all", "arena", "Red holds the zone", "blue", "cleo to bob"]);
    assert_eq!(texts(&chat, 4), ["all", "duel"]);
    // Whoever takes a name that has become free gets none of its private lines.
    chat.leave(ConnectionId(2), at(20));
    chat.enter(arriving(9, "arena", "Bob", Some(1)), at(20));
    assert_eq!(texts(&chat, 9), ["all", "arena", "Red holds the zone", "blue"]);
    chat.forget_room("arena");
    assert_eq!(texts(&chat, 1), ["all"]);
}

#[test]
fn nothing_grows_without_bound() {
    let mut chat = Chat::new(ChatRules::default());
    for n in 0..2 * MAX_ABSENT as u64 {
        chat.enter(arriving(n, &format!("room{n}"), &format!("P{n}"), None), at(n));
        say(&mut chat, n, &Channel::Room, "hello", at(n)).unwrap();
        chat.leave(ConnectionId(n), at(n));
    }
    assert_eq!(chat.channels.len(), 0);
    assert_eq!(chat.people.all().count(), 0);
    assert_eq!(chat.people.sizes(), (0, 0, 0, MAX_ABSENT));
}

#[test]
fn who_says_little_is_heard_among_eighty_accounts_that_shout() {
    let mut chat = Chat::new(ChatRules::default());
    let origin =
        SpeakerOrigin { address: Some(std::net::IpAddr::from([203, 0, 113, 7]).into()), is_newcomer: true };
    for n in 0..=80 {
        chat.enter(Arriving { origin, ..arriving(n, "arena", &format!("P{n}"), None) }, at(0));
    }
    let (mut heard, mut all) = (0, 0);
    for ms in (0..55_000).step_by(100) {
        let now = Moment { mono_ms: 60_000 + ms, unix_ms: 0 };
        for n in 1..=80 {
            // As often as a socket may: most of it is refused for the speaker's own pace.
            let said = say(&mut chat, n, &Channel::Everyone, &format!("{n} {ms}"), now);
            all += usize::from(said.is_ok());
        }
        if ms % 5000 == 2500 {
            let said = say(&mut chat, 0, &Channel::Everyone, &format!("honest {ms}"), now);
            assert_eq!(said.as_ref().map(Vec::len), Ok(81), "{ms}: {said:?}");
            heard += 1;
        }
    }
    assert_eq!(heard, 11);
    assert!((1000..=55 * 20 + 40 + 81).contains(&all), "the bound holds, and nothing is wasted: {all}");
}
