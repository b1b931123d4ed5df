//! What comes in by MQTT: mapped orders are carried out, everything else is refused and counted, and devices are told.

use super::broker::{Broker, Listener};
use super::until;
use crate::client::{Client, Ending, peer};
use crate::console::{command, login};
use crate::support::{PATIENCE, TestServer, next_service};
use perigee_arena::bot::{Behaviour, Bot};
use perigee_shared::protocol::{ChatLine, ServiceMessage};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const ORDERS: &str = r#"
[[mqtt.orders]]
topic = "home/button"
may = "pause"
room = "arena"
payload = "ON"
burst = 2
[[mqtt.orders]]
topic = "home/button"
may = "resume"
room = "arena"
payload = "OFF"
[[mqtt.orders]]
topic = "home/announce"
may = "announce"
[[mqtt.orders]]
topic = "home/chat"
may = "chat"
room = "arena"
name = "Hall"
burst = 9
[[mqtt.orders]]
topic = "home/attic"
may = "chat"
room = "attic"
"#;

async fn is_paused(server: &TestServer) -> bool {
    let mut console = login(server).await;
    let (_, rooms) = command(&mut console, "rooms").await;
    rooms.lines().any(|line| line.starts_with("arena:") && line.contains("paused"))
}

/// Reports come twice a second.
async fn until_paused(server: &TestServer, wanted: bool) {
    let waiting = async {
        while is_paused(server).await != wanted {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("paused becomes {wanted}"));
}

async fn refused(server: &TestServer, reason: &str, count: f64) {
    until(server, "perigee_mqtt_orders_refused_total", reason, |found| found >= count).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_pauses_a_room_once_and_nothing_that_is_not_mapped_does() {
    let broker = Broker::start().await;
    let home = Listener::new(broker.port, &["home/none"]).await;
    // A message that is kept would pause the room at each connection.
    home.publish_retained("home/button", "ON").await;
    let server = TestServer::start(&broker.settings(&format!("node = \"n\"\n{ORDERS}"))).await;
    refused(&server, "\"retained\"", 1.0).await;
    assert!(!is_paused(&server).await);

    home.publish("home/button", "ON").await;
    until_paused(&server, true).await;
    until(&server, "perigee_mqtt_orders_total", "pause", |count| count == 1.0).await;
    home.publish("home/button", "OFF").await;
    until_paused(&server, false).await;

    // What is wrong with it is counted, and the rest goes on.
    home.publish("home/button", "on").await;
    refused(&server, "other_payload", 1.0).await;
    home.publish("home/chat", vec![0xff, 0xfe]).await;
    refused(&server, "not_utf8", 1.0).await;
    home.publish("home/chat", " \u{202e}\n").await;
    refused(&server, "\"empty\"", 1.0).await;
    home.publish("home/chat", vec![b'x'; 600]).await;
    refused(&server, "order_too_long", 1.0).await;
    // More than is read at all: the connection holds.
    home.publish("home/chat", vec![b'x'; 500_000]).await;
    refused(&server, "order_too_long", 2.0).await;
    home.publish("home/attic", "hello").await;
    refused(&server, "order_failed", 1.0).await;
    for _ in 0..6 {
        home.publish("home/button", "ON").await;
    }
    refused(&server, "too_fast", 4.0).await;
    assert_eq!(server.metric("perigee_mqtt_connections_total", "").await, 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_reach_players_as_words_of_the_server() {
    let broker = Broker::start().await;
    let home = Listener::new(broker.port, &["home/none"]).await;
    let server = TestServer::start(&broker.settings(&format!("node = \"n\"\n{ORDERS}"))).await;
    until(&server, "perigee_mqtt_connected", "", |connected| connected == 1.0).await;
    let mut ada = server.player("Ada").await;
    sleep(Duration::from_millis(300)).await;
    home.publish("home/chat", "dinner\n\"is\" ready").await;
    let line = loop {
        match next_service(&mut ada).await {
            Some(ServiceMessage::Chat(line)) => break line,
            Some(_) => {}
            None => panic!("the connection ended"),
        }
    };
    let ChatLine { from, text, .. } = line;
    assert_eq!((from.as_str(), text.as_str()), ("", "Hall: dinner \"is\" ready"));
    home.publish("home/announce", "five minutes \"left\"; pause arena").await;
    until(&server, "perigee_mqtt_orders_total", "announce", |count| count == 1.0).await;
    assert!(!is_paused(&server).await, "a text is no command");
    let mut console = login(&server).await;
    let (_, status) = command(&mut console, "status").await;
    assert!(status.ends_with("the MQTT broker is connected"), "{status}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lamp_lights_up_when_a_headline_of_its_kind_comes() {
    const ROOM: &str = "[[rooms]]\nname = \"pit\"\nmax_players = 12\ninterest_radius_units = 900\nfill_to = 10\n\
        [rooms.scenario]\nwidth_units = 900.0\nheight_units = 700.0\nasteroids = 2\npirates = 0\nstations = 0\n";
    const LAMPS: &str = "[[mqtt.devices]]\ntopic = \"test/lamp\"\npayload = \"ON\"\nkind = \"kill\"\nroom = \"pit\"\n\
        [[mqtt.devices]]\ntopic = \"test/other\"\npayload = \"ON\"\nkind = \"kill\"\nroom = \"duel\"\n";
    let broker = Broker::start().await;
    let listener = broker.listener().await;
    let server = TestServer::start(&format!("{}{ROOM}", broker.settings(LAMPS))).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut fighter = Client::open(stream, peer("Ada")).await;
    fighter.mind = Some(Bot::new(Behaviour::Hunt, 7));
    let fight = async {
        assert_eq!(
            fighter.play(|_, _| listener.all().iter().any(|got| got.topic == "test/lamp")).await,
            Ending::Enough
        );
    };
    fight.await;
    let lamp = listener.of("test/lamp").await;
    assert_eq!((lamp.text.as_str(), lamp.is_retained), ("ON", false));
    let kill = listener.first("the headline", |got| got.topic.ends_with("/pit/headlines")).await;
    assert_eq!(kill.json()["data"]["kind"], "kill");
    assert!(!listener.all().iter().any(|got| got.topic == "test/other"));
    server.stop().await;
}
