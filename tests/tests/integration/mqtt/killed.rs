//! A broker that is killed under load: when it is back, all states are right again, and the rooms did not notice. And how
//! long it takes from what happens in a room to who hears of it.

use super::broker::{Broker, Listener};
use super::until;
use crate::client::{Client, Ending, peer};
use crate::support::TestServer;
use perigee_arena::bot::{Behaviour, Bot};
use perigee_tests::bots::{BotsConfig, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How soon all states are right again.
const RIGHT_AGAIN: Duration = Duration::from_secs(2);
/// From what happens in a room to a subscriber, 99 of 100.
const HEARD_P99: Duration = Duration::from_millis(150);

const ARENAS: &str = "[[rooms]]\nname = \"pit\"\nmax_players = 100\ninterest_radius_units = 900\n\
    [rooms.scenario]\nwidth_units = 1600.0\nheight_units = 1200.0\nasteroids = 4\npirates = 0\nstations = 2\n\
    [[rooms]]\nname = \"hall\"\nmax_players = 8\ninterest_radius_units = 900\n";

fn crowd(server: &TestServer, count: usize) -> BotsConfig {
    BotsConfig {
        url: server.url("/play"),
        count,
        duration: None,
        game: None,
        behaviour: Some("hunt".to_owned()),
        room: "pit".into(),
        people: true,
        checksums: false,
        chat_every: Some(Duration::from_secs(5)),
        seed: 1,
    }
}

/// The number of each state.
fn numbers(states: &BTreeMap<String, Value>) -> BTreeMap<String, u64> {
    states.iter().map(|(topic, state)| (topic.clone(), state["number"].as_u64().unwrap())).collect()
}

/// Whether all that was known before is there, and no older.
fn is_right(before: &BTreeMap<String, u64>, listener: &Listener) -> bool {
    let states = listener.states();
    let now = numbers(&states);
    let is_online = states.get("perigee/n/status").is_some_and(|status| status["data"]["state"] == "online");
    is_online && before.iter().all(|(topic, number)| now.get(topic).is_some_and(|now| now >= number))
}

/// Kills the broker so often; each time all states are right again in time.
#[expect(clippy::print_stdout, reason = "a measurement, for whoever runs it by name")]
async fn kill_under_load(kills: usize, bots: usize) {
    let mut broker = Broker::start().await;
    let settings = broker.settings("node = \"n\"\nevent_max_age_ms = 2000\n");
    let server = TestServer::start(&format!("{settings}{ARENAS}")).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let playing = tokio::spawn(run(crowd(&server, bots), async move { drop(stopped.await) }));
    until(&server, "perigee_services_members", "", |members| members >= bots as f64).await;
    sleep(Duration::from_secs(2)).await;
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        let before = {
            let listener = broker.listener().await;
            listener.of("perigee/n/pit/market").await;
            sleep(Duration::from_millis(300)).await;
            numbers(&listener.states())
        };
        assert!(before.len() >= 6, "status, rooms, two of each room: {before:?}");
        broker.kill();
        sleep(Duration::from_millis(200 + 150 * (kill as u64 % 7))).await;
        broker.run().await;
        let back = Instant::now();
        let listener = broker.listener().await;
        while !is_right(&before, &listener) {
            let late = back.elapsed();
            assert!(
                late < RIGHT_AGAIN,
                "kill {kill}: {before:?} is not in {:?}",
                numbers(&listener.states())
            );
            sleep(Duration::from_millis(5)).await;
        }
        slowest = slowest.max(back.elapsed());
    }
    let lost = server.metric("perigee_mqtt_lost_total", "").await;
    println!(
        "{kills} kills with {bots} bots: right again within {slowest:?}; {lost} connections lost or not made"
    );
    assert!(server.metric("perigee_mqtt_connections_total", "").await >= kills as f64);
    drop(stop);
    let report = playing.await.unwrap();
    assert_eq!(report.disconnects, 0, "{}", report.to_json());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_states_are_right_again_when_a_broker_that_was_killed_is_back() {
    kill_under_load(3, 12).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: a measurement, run by name"]
async fn all_states_are_right_again_after_each_of_twenty_kills_under_load() {
    kill_under_load(20, 60).await;
}

/// Own losses, as the pilots' own clients see them, against what a subscriber hears of them.
#[expect(clippy::print_stdout, reason = "a measurement, for whoever runs it by name")]
async fn losses_are_heard_soon(pilots: usize, losses: usize, longest: Duration) {
    let broker = Broker::start().await;
    let listener = broker.listener().await;
    let room = "[[rooms]]\nname = \"pit\"\nmax_players = 32\ninterest_radius_units = 900\n\
        [rooms.scenario]\nwidth_units = 900.0\nheight_units = 700.0\nasteroids = 0\npirates = 0\nstations = 0\n";
    let server = TestServer::start(&format!("{}{room}", broker.settings("node = \"n\"\n"))).await;
    let heard = || listener.all().into_iter().filter(|got| got.topic == "perigee/n/pit/headlines");
    let begun = Instant::now();
    let flights = (0..pilots).map(|n| {
        let (address, heard) = (server.address, &heard);
        async move {
            let stream = TcpStream::connect(address).await.unwrap();
            let name = format!("Pilot {n}");
            let mut client = Client::open(stream, peer(&name)).await;
            client.mind = Some(Bot::new(Behaviour::Hunt, n as u64));
            let (mut seen, mut was_there) = (Vec::new(), false);
            let ending = client
                .play(|peer, _| {
                    let is_there = peer.own_confirmed().is_some();
                    if was_there && !is_there {
                        seen.push(Instant::now());
                    }
                    was_there = is_there;
                    heard().count() >= losses || begun.elapsed() > longest
                })
                .await;
            assert_eq!(ending, Ending::Enough);
            (name, seen)
        }
    });
    let seen: Vec<(String, Vec<Instant>)> = futures_util::future::join_all(flights).await;
    sleep(Duration::from_millis(300)).await;
    let mut delays_ms = Vec::new();
    for (name, moments) in seen {
        let told: Vec<Instant> =
            heard().filter(|got| got.json()["data"]["victim"] == name.as_str()).map(|got| got.at).collect();
        delays_ms.extend(moments.iter().filter_map(|&moment| {
            let nearest = told.iter().min_by_key(|&&told| told.max(moment) - told.min(moment))?;
            let is_same = (*nearest).max(moment) - (*nearest).min(moment) < Duration::from_secs(1);
            is_same.then(|| nearest.saturating_duration_since(moment).as_millis() as u64)
        }));
    }
    delays_ms.sort_unstable();
    let count = delays_ms.len();
    assert!(count >= losses.min(5) / 2, "{count} losses of {}", heard().count());
    let p99 = delays_ms[(count * 99).div_ceil(100) - 1];
    println!(
        "{count} losses: a subscriber hears of them {} ms (p50), {p99} ms (p99) after the pilot saw it",
        delays_ms[count / 2]
    );
    // A pilot sees it in the snapshot of the same tick, which is on its way for a few milliseconds.
    assert!(p99 + 40 <= HEARD_P99.as_millis() as u64, "{delays_ms:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_a_room_is_heard_soon() {
    timeout(Duration::from_secs(55), losses_are_heard_soon(8, 6, Duration::from_secs(30))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: a measurement, run by name"]
async fn of_hundreds_of_losses_ninety_nine_in_a_hundred_are_heard_in_time() {
    losses_are_heard_soon(16, 300, Duration::from_secs(50)).await;
}

/// The tick of a room under load, without a broker and with one: in turns, since the machine has moods, and each as often
/// before the other as behind it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes three minutes: a measurement, run by name"]
async fn a_broker_costs_a_room_nothing() {
    let mut p99_ms: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    for is_on in [false, true, true, false, false, true, true, false] {
        let broker = Broker::start().await;
        let settings = if is_on { broker.settings("node = \"n\"\n") } else { String::new() };
        let server = TestServer::start(&format!("{settings}{ARENAS}")).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let playing = tokio::spawn(run(crowd(&server, 40), async move { drop(stopped.await) }));
        sleep(Duration::from_secs(8)).await;
        let mut looks = Vec::new();
        for _ in 0..12 {
            sleep(Duration::from_secs(1)).await;
            looks.push(server.metric("perigee_tick_p99_ms", "pit").await);
        }
        println!("{}: {:.2} ms", if is_on { "with a broker" } else { "without" }, median(looks.clone()));
        p99_ms[usize::from(is_on)].extend(looks);
        drop(stop);
        playing.await.unwrap();
        server.stop().await;
    }
    let [without, with] = p99_ms.map(median);
    println!(
        "p99 of a tick with 40 bots, median of 48 looks: {without} ms without a broker, {with} ms with one"
    );
    assert!(with < 1.3 * without + 0.5);
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
