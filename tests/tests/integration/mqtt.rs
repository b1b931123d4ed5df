//! MQTT with a real mosquitto: what is told, what may be asked, and brokers that are killed, slow or not brokers.
//!
//! - `broker`: mosquitto, and clients of it; `killed`: what is right again after a broker was killed
//! - `orders`: what comes in; `document`: `server/MQTT.md` tells the truth

pub(crate) mod broker;
mod document;
mod killed;
mod orders;

use crate::chat::say;
use crate::client::{Client, Ending, peer};
use crate::lobby::post_room;
use crate::program::Process;
use crate::support::{PATIENCE, TestServer, hello, hello_bytes, next_control};
use broker::{Broker, Got};
use futures_util::{SinkExt, StreamExt};
use perigee_shared::protocol::{Channel, Hello, ServerMessage};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// Waits until a metric is so.
async fn until(server: &TestServer, metric: &str, label: &str, is_so: impl Fn(f64) -> bool) {
    let begun = Instant::now();
    loop {
        let value = server.metric(metric, label).await;
        if is_so(value) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{metric} {label} is {value}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What `/feed` says first of these.
async fn feed_state(server: &TestServer, topic: &str) -> Value {
    let mut socket = tokio_tungstenite::connect_async(server.url("/feed")).await.unwrap().0;
    let request = json!({"op": "subscribe", "topic": topic}).to_string();
    socket.send(Message::Text(request.into())).await.unwrap();
    loop {
        let Some(Ok(Message::Text(text))) = socket.next().await else { panic!("the feed ended") };
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["type"] == "state" {
            return message;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_is_told_what_the_feed_tells_and_keeps_what_is_a_state() {
    let broker = Broker::start().await;
    let early = broker.listener().await;
    let server = TestServer::start(&broker.settings("node = \"n1\"\n")).await;
    let status = early.of("perigee/n1/status").await.json();
    assert_eq!((&status["type"], &status["data"]["state"]), (&json!("state"), &json!("online")));
    let mut ada = server.player("Ada").await;
    say(&mut ada, Channel::Room, "one <i>").await;
    let line = early.of("perigee/n1/arena/chat").await;
    assert!(!line.is_retained);
    assert_eq!(line.json()["data"], json!({"room": "arena", "from": "Ada", "text": "one <i>"}));
    say(&mut ada, Channel::Everyone, "two").await;
    assert_eq!(
        early.of("perigee/n1/chat").await.json()["number"],
        line.json()["number"].as_u64().unwrap() + 1
    );
    let is_full = |got: &Got| got.topic == "perigee/n1/arena/rooms" && got.json()["data"]["players"] == 1;
    early.first("a player in the arena", is_full).await;

    let late = broker.listener().await;
    for (topic, feed) in [("perigee/n1/rooms", "rooms"), ("perigee/n1/arena/market", "market")] {
        let kept = late.of(topic).await;
        assert!(kept.is_retained, "{topic}");
        let wanted = feed_state(&server, feed).await;
        let market = |rooms: &Value| {
            rooms.as_array().unwrap().iter().find(|market| market["room"] == "arena").cloned().unwrap()
        };
        let (kept, wanted) = match feed {
            // Prices change while we look; what never changes does not.
            "market" => {
                let names = |market: Value| -> Vec<Value> {
                    let quotes = market["quotes"].as_array().unwrap().clone();
                    quotes.into_iter().map(|quote| json!([quote["venue_name"], quote["good_name"]])).collect()
                };
                (json!(names(kept.json()["data"].clone())), json!(names(market(&wanted["data"]["rooms"]))))
            }
            _ => (kept.json()["data"].clone(), wanted["data"].clone()),
        };
        assert_eq!(kept, wanted, "{topic}");
    }
    assert!(!late.all().iter().any(|got| got.topic.ends_with("chat")), "what is over is not kept");
    server.stop().await;
    let is_gone = |got: &Got| got.topic == "perigee/n1/status" && got.json()["data"]["state"] == "offline";
    late.first("the goodbye", is_gone).await;
    assert_eq!(broker.listener().await.of("perigee/n1/status").await.json()["data"]["state"], "offline");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_room_is_told_nowhere() {
    let broker = Broker::start().await;
    let server = TestServer::start(&broker.settings("node = \"n\"\n")).await;
    let listener = broker.listener().await;
    let (_, made) = post_room(&server, "{}").await;
    let name = made["room"]["name"].as_str().unwrap();
    let mut ada = server.socket().await;
    let hello = Hello { room: name.into(), ..hello("Ada") };
    ada.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
    assert!(matches!(next_control(&mut ada).await, Some(ServerMessage::Welcome(_))));
    say(&mut ada, Channel::Room, "among us").await;
    say(&mut ada, Channel::Everyone, "to all").await;
    assert_eq!(listener.of("perigee/n/chat").await.json()["data"]["text"], "to all");
    // Rooms are told once a second, prices more often.
    sleep(Duration::from_millis(1500)).await;
    for got in listener.all() {
        assert!(
            !got.topic.contains(name) && !got.text.contains(name) && !got.text.contains("among us"),
            "{got:?}"
        );
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_life_left_is_cleared_and_what_others_have_is_not() {
    let broker = Broker::start().await;
    let listener = broker.listener().await;
    for topic in ["perigee/n/attic/rooms", "perigee/n/attic/market", "perigee/other/attic/rooms", "test/kept"]
    {
        listener.publish_retained(topic, "{\"old\":true}").await;
    }
    let server = TestServer::start(&broker.settings("node = \"n\"\n")).await;
    for topic in ["perigee/n/attic/rooms", "perigee/n/attic/market"] {
        listener.first("an empty payload", |got| got.topic == topic && got.text.is_empty()).await;
    }
    let late = broker.listener().await;
    late.of("perigee/n/rooms").await;
    late.of("test/kept").await;
    let is_kept = |topic: &str| late.all().iter().any(|got| got.topic == topic);
    assert!(is_kept("perigee/other/attic/rooms") && !is_kept("perigee/n/attic/rooms"));
    assert_eq!(server.metric("perigee_mqtt_states_cleared_total", "").await, 2.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_with_one_broker_do_not_overwrite_each_other() {
    let broker = Broker::start().await;
    // Without a name, each has one by its port.
    let settings = broker.settings("prefix = \"perigee/x\"\n");
    let (one, two) = tokio::join!(TestServer::start(&settings), TestServer::start(&settings));
    let listener = broker.listener().await;
    for server in [&one, &two] {
        let port = format!("-{}/status", server.address.port());
        listener.first("a status", |got| got.topic.ends_with(&port)).await;
    }
    one.stop().await;
    two.stop().await;

    // With the same name, the elder keeps it.
    let settings = broker.settings("node = \"same\"\n");
    let elder = TestServer::start(&settings).await;
    let instance = listener.of("perigee/same/status").await.json()["data"]["instance"].clone();
    sleep(Duration::from_millis(20)).await;
    let younger = TestServer::start(&settings).await;
    until(&younger, "perigee_mqtt_lost_total", "node_taken", |count| count >= 1.0).await;
    assert_eq!(younger.metric("perigee_mqtt_connected", "").await, 0.0);
    assert_eq!(elder.metric("perigee_mqtt_connected", "").await, 1.0);
    let begun = Instant::now();
    loop {
        let kept = broker.listener().await.of("perigee/same/status").await.json();
        if kept["data"]["instance"] == instance && kept["data"]["state"] == "online" {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the elder's word stands: {kept}");
        sleep(Duration::from_millis(50)).await;
    }
    elder.stop().await;
    until(&younger, "perigee_mqtt_connected", "", |connected| connected == 1.0).await;
    younger.stop().await;
}

/// Reads the server's first packet and welcomes it.
async fn welcome(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.expect("the server connects").unwrap();
    let mut packet = [0; 512];
    assert!(stream.read(&mut packet).await.unwrap() > 10);
    stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_acknowledges_nothing_costs_events_and_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = format!(
        "[chat]\nburst = 100\ninterval_ms = 100\n\
         [mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\ntimeout_ms = 8000\nqueue_events = 16\n[mqtt.qos]\nchat = 1\n"
    );
    let server = TestServer::start(&settings).await;
    let deaf = welcome(&listener).await;
    let mut ada = server.player("Ada").await;
    let talk = async {
        for n in 0..45 {
            say(&mut ada, Channel::Room, &format!("line {n}")).await;
            sleep(Duration::from_millis(110)).await;
        }
    };
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut witness = Client::open(stream, peer("Witness")).await;
    let play = async { assert_eq!(witness.take_snapshots(90).await, Ending::Enough) };
    tokio::join!(talk, play);
    // What is not acknowledged is not followed by more, so the events wait, and the oldest are given up.
    until(&server, "perigee_mqtt_dropped_total", "queue_full", |count| count > 0.0).await;
    until(&server, "perigee_mqtt_events_waiting", "", |count| count == 16.0).await;
    until(&server, "perigee_mqtt_lost_total", "broker_not_reading", |count| count >= 1.0).await;
    drop(deaf);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_no_broker_is_left_with_a_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = format!(
        "[mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\ntimeout_ms = 500\nkeep_alive_ms = 2000\n\
         topics = []\n"
    );
    let server = TestServer::start(&settings).await;
    let (mut web, _) = listener.accept().await.unwrap();
    web.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    let lost = async |label| until(&server, "perigee_mqtt_lost_total", label, |count| count >= 1.0).await;
    lost("broker_protocol").await;
    let (mut picky, _) = listener.accept().await.unwrap();
    picky.write_all(&[0x20, 2, 0, 3]).await.unwrap();
    lost("broker_refused").await;
    let mut bad = welcome(&listener).await;
    bad.write_all(&[0xff; 64]).await.unwrap();
    until(&server, "perigee_mqtt_lost_total", "broker_protocol", |count| count >= 2.0).await;
    let mut mute = welcome(&listener).await;
    let silent = async { lost("broker_silent").await };
    let reading = async {
        let mut bytes = vec![0; 4096];
        while mute.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
    };
    tokio::join!(silent, reading);
    let never = listener.accept().await.unwrap();
    lost("broker_timeout").await;
    drop(never);
    assert!(server.get("/healthz").await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}

const SECRET: &str = "a-s3cret-of-the-broker";

/// The server's own binary with TLS and a password: connected, and the password is told nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_tls_and_a_password_is_connected_and_the_password_is_told_nowhere() {
    let mut broker = Broker::prepared();
    let file = |name: &str| broker.folder.join(name).display().to_string();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(file("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(file("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(file("password"), format!("{SECRET}\n")).unwrap();
    std::fs::write(file("users"), "").unwrap();
    std::fs::write(file("users"), format!("perigee:{SECRET}\n")).unwrap();
    let hashing = std::process::Command::new("mosquitto_passwd").arg("-U").arg(file("users")).status();
    assert!(hashing.is_ok_and(|status| status.success()), "mosquitto_passwd comes with mosquitto");
    broker.configure(
        "allow_anonymous false\npassword_file FOLDER/users\ncertfile FOLDER/cert.pem\nkeyfile FOLDER/key.pem\n",
    );
    let config = |name: &str, password: &str, ca: &str| {
        let text = format!(
            "[mqtt]\nurl = \"mqtts://localhost:{}\"\nuser = \"perigee\"\n{password}\nca = {ca:?}\nnode = \"n\"\n",
            broker.port
        );
        std::fs::write(file(name), text).unwrap();
        file(name)
    };
    let good = config("good.toml", &format!("password_file = {:?}", file("password")), &file("cert.pem"));
    let inline = config("inline.toml", &format!("password = {SECRET:?}"), &file("cert.pem"));
    let wrong = config("wrong.toml", "password = \"guess\"", &file("cert.pem"));
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(file("other.pem"), other.cert.pem()).unwrap();
    let distrustful = config("distrustful.toml", "password = \"guess\"", &file("other.pem"));
    broker.run().await;
    for (config, line) in [
        (&good, "perigee_mqtt_connected 1"),
        (&inline, "perigee_mqtt_connected 1"),
        (&wrong, "perigee_mqtt_lost_total{reason=\"broker_login\"}"),
        (&distrustful, "perigee_mqtt_lost_total{reason=\"broker_tls\"}"),
    ] {
        let config = config.clone();
        let checked = crate::program::outcome(&["check-config", &config]);
        let told = tokio::task::spawn_blocking(move || told_by_a_process(&config, line)).await.unwrap();
        for told in [told, checked.1] {
            assert!(!told.contains(SECRET), "{told}");
            assert!(told.contains("mqtts://localhost"), "{told}");
        }
    }
}

/// Runs a server until its metrics have that line: all that it says, and its metrics.
fn told_by_a_process(config: &str, line: &str) -> String {
    let process = Process::start(&["--config", config]);
    let begun = Instant::now();
    let metrics = loop {
        let metrics = crate::program::get(&process.address, "/metrics");
        if metrics.lines().any(|found| found.starts_with(line)) {
            break metrics;
        }
        assert!(begun.elapsed() < PATIENCE, "{line}: {metrics}");
        std::thread::sleep(Duration::from_millis(50));
    };
    metrics + &crate::program::stop_and_read(process)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_nothing_is_told_and_a_file_that_is_missing_is() {
    let server = TestServer::start("").await;
    assert_eq!(server.metric("perigee_mqtt_connections_total", "").await, 0.0);
    assert_eq!(server.metric("perigee_feed_readers", "").await, 0.0);
    server.stop().await;
    let file = std::env::temp_dir().join(format!("perigee-mqtt-missing-{}.toml", std::process::id()));
    let text = "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nuser = \"a\"\npassword_file = \"/nowhere/password\"\n";
    std::fs::write(&file, text).unwrap();
    let (code, said) =
        crate::program::outcome(&["--bind", "127.0.0.1:0", "--config", file.to_str().unwrap()]);
    std::fs::remove_file(file).unwrap();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("mqtt.password_file: /nowhere/password: cannot be read"), "{said}");
}
