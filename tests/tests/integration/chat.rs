//! Chat over real sockets: who hears what, what is refused, and that a flood disturbs nobody.

use crate::client::{Client, Ending, peer};
use crate::console;
use crate::identity::{device, join, with_device};
use crate::support::{PATIENCE, Socket, TestServer, goodbye, hello, hello_bytes, next_control, next_service};
use futures_util::{SinkExt, StreamExt};
use perigee_shared::protocol::{
    Channel, ChatLine, DisconnectReason, Hello, Message as _, ServerMessage, ServiceMessage, ServiceRefusal,
    ServiceRequest, Tuning,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, client_async};

async fn tell(socket: &mut Socket, message: &ServiceRequest) {
    // The server may have ended the connection already: that is what the test then looks at.
    let _ = socket.send(Message::Binary(message.encode().into())).await;
}

pub(crate) async fn say(socket: &mut Socket, channel: Channel, text: &str) {
    tell(socket, &ServiceRequest::Say { channel, text: text.to_owned() }).await;
}

/// The next line of chat that somebody said.
async fn line(socket: &mut Socket) -> (Channel, String, String) {
    loop {
        match next_service(socket).await {
            Some(ServiceMessage::Chat(ChatLine { channel, from, text, .. })) if !from.is_empty() => {
                return (channel, from, text);
            }
            Some(_) => {}
            None => panic!("the connection ended"),
        }
    }
}

pub(crate) async fn refusal(socket: &mut Socket) -> ServiceRefusal {
    loop {
        match next_service(socket).await {
            Some(ServiceMessage::Refused(refusal)) => return refusal,
            Some(_) => {}
            None => panic!("the connection ended"),
        }
    }
}

async fn player_in(server: &TestServer, name: &str, room: &str) -> Socket {
    let mut socket = server.socket().await;
    let hello = Hello { room: room.into(), ..hello(name) };
    socket.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
    assert!(matches!(next_control(&mut socket).await, Some(ServerMessage::Welcome(_))));
    socket
}

fn said(channel: Channel, from: &str, text: &str) -> (Channel, String, String) {
    (channel, from.to_owned(), text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_reaches_its_channel_and_those_who_come_later() {
    let server = TestServer::start("").await;
    let mut ada = player_in(&server, "Ada", "arena").await;
    let mut bob = player_in(&server, "Bob", "arena").await;
    let mut dora = player_in(&server, "Dora", "duel").await;
    say(&mut ada, Channel::Room, " <b>hi</b>\u{202e}  Bob\n").await;
    for socket in [&mut ada, &mut bob] {
        assert_eq!(line(socket).await, said(Channel::Room, "Ada", "<b>hi</b> Bob"));
    }
    say(&mut ada, Channel::Everyone, "hello all").await;
    for socket in [&mut ada, &mut bob, &mut dora] {
        assert_eq!(line(socket).await, said(Channel::Everyone, "Ada", "hello all"));
    }
    say(&mut dora, Channel::Private("BOB".into()), "psst").await;
    for socket in [&mut dora, &mut bob] {
        assert_eq!(line(socket).await, said(Channel::Private("Bob".into()), "Dora", "psst"));
    }
    let mut cleo = player_in(&server, "Cleo", "arena").await;
    assert_eq!(line(&mut cleo).await.2, "hello all");
    assert_eq!(line(&mut cleo).await.2, "<b>hi</b> Bob");
    tell(&mut cleo, &ServiceRequest::Block { name: "bob".into(), blocked: true }).await;
    // Blocks and lines come on two connections; the answer to Cleo's own words says that her block was read.
    say(&mut cleo, Channel::Room, "I hear you not").await;
    assert_eq!(line(&mut cleo).await.1, "Cleo");
    say(&mut bob, Channel::Room, "can you hear me?").await;
    say(&mut dora, Channel::Everyone, "good night").await;
    assert_eq!(line(&mut cleo).await, said(Channel::Everyone, "Dora", "good night"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_mutes_outlive_the_server() {
    let folder = std::env::temp_dir().join(format!("perigee-chat-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let settings = format!("[store]\npath = {:?}\n", folder.join("a.db"));
    let server = TestServer::start(&settings).await;
    let mut tokens = Vec::new();
    let mut sockets = Vec::new();
    for name in ["Ada", "Bob", "Cleo", "Dora"] {
        let (mut socket, _) = join(server.socket().await, &hello(name)).await;
        tokens.push(device(&mut socket).await);
        sockets.push(socket);
    }
    let [ada, _, cleo, _] = &mut sockets[..] else { panic!("four") };
    for (name, blocked) in [("bob", true), ("Dora", true), ("DORA", false)] {
        tell(ada, &ServiceRequest::Block { name: name.into(), blocked }).await;
    }
    say(ada, Channel::Room, "read").await;
    line(ada).await;
    let mut console = console::login(&server).await;
    assert!(console::command(&mut console, "mute Cleo 5").await.0);
    assert!(console::command(&mut console, "mute Dora 5").await.0);
    assert!(console::command(&mut console, "unmute dora").await.0);
    say(cleo, Channel::Room, "muted?").await;
    assert!(matches!(refusal(cleo).await, ServiceRefusal::Muted { .. }));
    drop((sockets, console));
    server.stop().await;

    let server = TestServer::start(&settings).await;
    let (mut ada, _) = join(server.socket().await, &with_device("Ada", tokens[0])).await;
    // Under other names: a block and a mute are of the person too.
    let (mut bob, name) = join(server.socket().await, &with_device("Robert", tokens[1])).await;
    assert_eq!(name, "Robert");
    let (mut cleo, _) = join(server.socket().await, &with_device("Cleopatra", tokens[2])).await;
    let (mut dora, _) = join(server.socket().await, &with_device("Dora", tokens[3])).await;
    say(&mut bob, Channel::Room, "do you hear me?").await;
    while line(&mut bob).await.2 != "do you hear me?" {}
    say(&mut dora, Channel::Room, "it is Dora").await;
    let mut heard = line(&mut ada).await;
    if heard.2 == "read" {
        heard = line(&mut ada).await;
    }
    assert_eq!(heard, said(Channel::Room, "Dora", "it is Dora"));
    say(&mut cleo, Channel::Room, "still muted?").await;
    assert!(matches!(refusal(&mut cleo).await, ServiceRefusal::Muted { left_ms: 200_000..=300_000 }));
    server.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_typed_and_the_player_stays() {
    let server = TestServer::start("").await;
    let mut ada = server.player("Ada").await;
    say(&mut ada, Channel::Room, "\u{200b}").await;
    assert_eq!(refusal(&mut ada).await, ServiceRefusal::Empty);
    say(&mut ada, Channel::Room, &"x".repeat(201)).await;
    assert_eq!(refusal(&mut ada).await, ServiceRefusal::TooLong);
    say(&mut ada, Channel::Private("Nobody".into()), "psst").await;
    assert_eq!(refusal(&mut ada).await, ServiceRefusal::NoSuchPlayer("Nobody".into()));
    say(&mut ada, Channel::Team, "attack").await;
    assert_eq!(refusal(&mut ada).await, ServiceRefusal::NoTeam);
    for n in 0..3 {
        say(&mut ada, Channel::Room, &format!("line {n}")).await;
    }
    assert!(matches!(refusal(&mut ada).await, ServiceRefusal::TooFast { wait_ms: 1..=1500 }));
    let mut console = console::login(&server).await;
    let (done, text) = console::command(&mut console, "mute ada 2").await;
    assert!(done && text.contains("1 player"), "{text}");
    say(&mut ada, Channel::Room, "but why").await;
    assert!(matches!(refusal(&mut ada).await, ServiceRefusal::Muted { left_ms: 100_000..=120_000 }));
    assert!(console::command(&mut console, "unmute Ada").await.0);
    assert!(!console::command(&mut console, "unmute Ada").await.0);
    for reason in ["empty", "too_long", "no_such_player", "not_in_team", "too_fast", "muted"] {
        let label = format!("reason=\"{reason}\"");
        assert_eq!(server.metric("perigee_services_refused_total", &label).await, 1.0, "{reason}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_no_message_may_have_ends_the_connection() {
    let server = TestServer::start("").await;
    let mut ada = server.player("Ada").await;
    say(&mut ada, Channel::Room, &"x".repeat(200_000)).await;
    assert_eq!(goodbye(&mut ada).await, (DisconnectReason::TooLarge, 1009));
    // A service's message that is none is a bad message.
    let mut bob = server.player("Bob").await;
    let mut bytes = ServiceRequest::Say { channel: Channel::Room, text: "hello".into() }.encode();
    bytes.truncate(bytes.len() - 1);
    bob.send(Message::Binary(bytes.into())).await.unwrap();
    assert!(matches!(goodbye(&mut bob).await, (DisconnectReason::BadMessage(_), 4001)));
    server.stop().await;
}

/// Says as much as a connection may for a while, in every way there is, and reads nothing.
async fn flood(mut socket: Socket, until: Instant) -> Socket {
    let mut n = 0;
    while Instant::now() < until {
        n += 1;
        let channel = match n % 4 {
            0 => Channel::Room,
            1 => Channel::Everyone,
            2 => Channel::Private(format!("Flood {}", n % 7)),
            _ => Channel::Team,
        };
        match n % 3 {
            0 => tell(&mut socket, &ServiceRequest::Tune(Tuning { prices: true, leaders: None })).await,
            1 => tell(&mut socket, &ServiceRequest::Block { name: format!("N{n}"), blocked: true }).await,
            _ => say(&mut socket, channel, &format!("line {n}")).await,
        }
        sleep(Duration::from_millis(10)).await;
    }
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_chat_disturbs_neither_the_room_nor_those_who_listen() {
    let server = TestServer::start("").await;
    let over = Arc::<AtomicBool>::default();
    let seen = Arc::clone(&over);
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut witness = Client::open(stream, peer("Witness")).await;
    let witness = tokio::spawn(async move {
        let ending = witness.play(|_, _| seen.load(Ordering::Relaxed)).await;
        (ending, *witness.peer.stats())
    });
    let begun = Instant::now();
    let until = begun + Duration::from_secs(4);
    let mut floods = Vec::new();
    for n in 0..16 {
        floods.push(tokio::spawn(flood(server.player(&format!("Flood {n}")).await, until)));
    }
    for flood in floods {
        let mut socket = flood.await.unwrap();
        // Nobody is sent away for lines that they did not read.
        assert!(matches!(socket.next().await, Some(Ok(Message::Binary(_)))));
    }
    let seconds = begun.elapsed().as_secs_f64();
    over.store(true, Ordering::Relaxed);
    let (ending, stats) = timeout(PATIENCE, witness).await.unwrap().unwrap();
    assert_eq!(ending, Ending::Enough);
    assert!(
        stats.snapshots as f64 > 20.0 * seconds && stats.state_mismatches == 0,
        "{stats:?} in {seconds} s"
    );
    assert!(server.metric("perigee_services_refused_total", "too_fast").await > 100.0);
    assert!(server.metric("perigee_services_refused_total", "too_many_blocked").await > 10.0);
    assert_eq!(server.metric("perigee_mailbox_dropped_total", "").await, 0.0);
    // Sixteen people, a line every one and a half seconds each, after their first two.
    let encoded = server.metric("perigee_services_encoded_total", "chat").await;
    assert!((32.0..=32.0 + 16.0 * (seconds / 1.5 + 1.0)).contains(&encoded), "{encoded}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_messages_than_a_connection_may_send_are_too_fast_whatever_they_say() {
    let server = TestServer::start("").await;
    let mut ada = server.player("Ada").await;
    let bytes = ServiceRequest::Say { channel: Channel::Room, text: "flood".into() }.encode();
    for _ in 0..10_000 {
        if ada.feed(Message::Binary(bytes.clone().into())).await.is_err() {
            break;
        }
    }
    let _ = ada.flush().await;
    assert_eq!(goodbye(&mut ada).await, (DisconnectReason::TooFast, 4005));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_told_nothing_until_they_ask() {
    let server = TestServer::start("").await;
    let mut robot = server.socket().await;
    let hello = Hello { bot: true, ..hello("Robot") };
    robot.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
    assert!(matches!(next_control(&mut robot).await, Some(ServerMessage::Welcome(_))));
    let mut ada = server.player("Ada").await;
    say(&mut ada, Channel::Room, "one").await;
    line(&mut ada).await;
    let silence = async {
        while let Some(Ok(Message::Binary(bytes))) = robot.next().await {
            assert!(!matches!(ServiceMessage::decode(&bytes), Ok(ServiceMessage::Chat(_))), "unasked");
        }
    };
    assert!(timeout(Duration::from_millis(300), silence).await.is_err());
    tell(&mut robot, &ServiceRequest::Tune(Tuning::default())).await;
    assert_eq!(line(&mut robot).await.2, "one");
    server.stop().await;
}

const CROWD: usize = 80;
const SHOUT_EVERY: Duration = Duration::from_millis(250);

/// Says something else every moment until it is over, and reads whatever comes.
fn shout(
    socket: Socket,
    n: usize,
    begin: Arc<Barrier>,
    over: Arc<AtomicBool>,
) -> tokio::task::JoinHandle<u32> {
    let (mut sink, mut stream) = socket.split();
    tokio::spawn(async move {
        let reading = tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
        begin.wait().await;
        // One after the other: between shouts in chorus there would be room for anybody.
        sleep(SHOUT_EVERY * n as u32 / CROWD as u32).await;
        let mut tried = 0;
        while !over.load(Ordering::Relaxed) {
            let text = format!("number {n} says its line {tried}");
            let message = ServiceRequest::Say { channel: Channel::Everyone, text };
            sink.send(Message::Binary(message.encode().into())).await.expect("nobody is sent away");
            tried += 1;
            sleep(SHOUT_EVERY).await;
        }
        reading.abort();
        tried
    })
}

/// Says some lines, one in so long a time; gives why each was refused, if it was.
fn speak(mut socket: Socket, name: &'static str, lines: usize, gap: Duration) -> JoinHandle<Refusals> {
    tokio::spawn(async move {
        let mut answers = Vec::new();
        for n in 0..lines {
            let own = format!("line {n} of {name}");
            say(&mut socket, Channel::Everyone, &own).await;
            // It comes back to whoever said it, or is refused.
            answers.push(loop {
                match next_service(&mut socket).await {
                    Some(ServiceMessage::Chat(line)) if line.text == own => break None,
                    Some(ServiceMessage::Refused(refusal)) => break Some(refusal),
                    Some(_) => {}
                    None => panic!("sent away"),
                }
            });
            sleep(gap).await;
        }
        (socket, answers)
    })
}

type Refusals = (Socket, Vec<Option<ServiceRefusal>>);

/// Somebody from another address than everybody else.
async fn player_from_elsewhere(server: &TestServer, name: &str) -> Socket {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let stream = MaybeTlsStream::Plain(socket.connect(server.address).await.unwrap());
    let (mut socket, _) = client_async(server.url("/play"), stream).await.unwrap();
    let hello = Hello { room: "arena".into(), ..hello(name) };
    socket.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
    assert!(matches!(next_control(&mut socket).await, Some(ServerMessage::Welcome(_))));
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_little_is_heard_among_eighty_connections_that_shout() {
    // Nobody here steers.
    let patient = "[limits]\nsilence_timeout_ms = 60000\nack_timeout_ms = 60000\n";
    let server = TestServer::start(patient).await;
    // All for the first time. One shares the crowd's address, and has nothing that speaks for them but that they say little;
    // one comes from elsewhere, and talks as one does.
    let near = player_in(&server, "Near", "arena").await;
    let far = player_from_elsewhere(&server, "Far").await;
    let mut witness = player_in(&server, "Witness", "duel").await;
    let (begin, over) = (Arc::new(Barrier::new(CROWD + 1)), Arc::new(AtomicBool::new(false)));
    let mut crowd = Vec::new();
    for n in 0..CROWD {
        let socket = player_in(&server, &format!("Crowd {n}"), "arena").await;
        crowd.push(shout(socket, n, Arc::clone(&begin), Arc::clone(&over)));
    }
    let listening = tokio::spawn(async move {
        let (mut heard, mut others) = (Vec::new(), 0_u32);
        while heard.last().is_none_or(|last| last != "goodbye") {
            match line(&mut witness).await {
                (Channel::Everyone, from, text) if from == "Near" || from == "Far" => heard.push(text),
                _ => others += 1,
            }
        }
        (heard, others)
    });
    begin.wait().await;
    let begun = Instant::now();
    // The crowd has used up what may come at once when the others begin.
    sleep(Duration::from_secs(2)).await;
    // A share of the crowd's address is a line in 8.1 s: between two lines Near has earned one.
    let near = speak(near, "Near", 2, Duration::from_millis(9500));
    let far = speak(far, "Far", 8, Duration::from_millis(1700));
    let ((near, of_near), (mut far, of_far)) = (near.await.unwrap(), far.await.unwrap());
    over.store(true, Ordering::Relaxed);
    let seconds = begun.elapsed().as_secs_f64();
    let mut tried = 0;
    for shouting in crowd {
        tried += shouting.await.unwrap();
    }
    // The channel rests, and who hears this has heard all before it.
    sleep(Duration::from_secs(2)).await;
    say(&mut far, Channel::Everyone, "goodbye").await;
    let (heard, others) = timeout(PATIENCE, listening).await.unwrap().unwrap();
    println!("{} lines among {others} of {tried} that the crowd tried in {seconds:.1} s", heard.len() - 1);
    assert_eq!((of_near, of_far), (vec![None; 2], vec![None; 8]), "none is refused");
    assert_eq!(heard.len(), 2 + 8 + 1, "{heard:?}");
    // It was a crowd that would have filled the channel several times, and the channel's bound held.
    assert!(f64::from(tried) > 2.0 * 20.0 * seconds, "{tried} in {seconds} s");
    assert!(f64::from(others) <= 20.0 * (seconds + 2.0) + 40.0 + 81.0, "{others} in {seconds} s");
    assert!(others > 100, "{others}");
    drop(near);
    server.stop().await;
}
