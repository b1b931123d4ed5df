//! The guarantee of the boards over real sockets: every screen shows a change within half a second.

use super::*;
use crate::config::Config;
use crate::net;
use crate::room::RoomContext;
use crate::web;
use futures_util::{SinkExt, StreamExt};
use perigee_shared::protocol::{
    Build, ClientMessage, Hello, Message as _, PROTOCOL_VERSION, ServerMessage, ServiceMessage,
    ServiceRequest, schema_hash,
};
use std::sync::atomic::AtomicU64;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

const PATIENCE: Duration = Duration::from_secs(20);
const SCREENS: usize = 20;

type Socket = WebSocketStream<TcpStream>;

/// A server whose only room is paused, so that the test writes its events.
async fn serve() -> (std::net::SocketAddr, Arc<RoomHandle>, watch::Sender<bool>) {
    let text = "[[rooms]]\nname = \"arena\"\nmax_players = 32\ninterest_radius_units = 900\npaused = true\n";
    let config = Config::from_text(crate::game::GAMES, Some(("test", text))).unwrap();
    let metrics = Arc::new(Metrics::new());
    let rooms = RoomContext::new(config.limits.clone(), Arc::clone(&metrics));
    let (room, _thread) =
        crate::room::start::<perigee_arena::Arena>(&config.rooms[0], &rooms, 1, None).unwrap();
    let lobby = Arc::new(Lobby::new(vec![Arc::clone(&room)]));
    let hub_config = HubConfig {
        chat: config.chat,
        games: crate::game::GAMES,
        rank_bots: false,
        wall: crate::Wall::default(),
    };
    let (lobby_too, metrics_too) = (Arc::clone(&lobby), Arc::clone(&metrics));
    let hub = Hub::new(&hub_config, lobby_too, metrics_too, Box::new(NoArchive), Kept::default());
    let (hub, _task) = hub.start();
    let (drain, draining) = watch::channel(false);
    let started = Instant::now();
    let store = crate::store::Store::in_memory(Arc::clone(&metrics)).unwrap();
    let door = net::Door::new(&config.limits, &config.http, config.feed.places(), &metrics);
    let origins = Arc::new(config.allowed_origins);
    let rest = crate::rest::RestState {
        games: crate::game::GAMES,
        lobby: Arc::clone(&lobby),
        publication: Arc::default(),
        store: store.clone(),
        metrics: Arc::clone(&metrics),
        draining: draining.clone(),
        started,
        origins: Arc::clone(&origins),
        http: config.http,
    };
    let state = web::WebState { rest, admin_enabled: false };
    let limits = crate::access::Limits { newcomers_per_minute_per_address: 1000, ..config.limits };
    let context = net::Context {
        games: crate::game::GAMES,
        reserved_names: crate::game::GAMES.reserved_names(),
        lobby,
        metrics,
        store,
        joins: net::JoinRate::of_players(&limits),
        limits: limits.clone(),
        origins,
        admin: None,
        hub,
        feed: None,
        router: web::router(state),
        tls: None,
        draining,
        #[cfg(feature = "conformance")]
        serves_echo: false,
        bans: crate::bans::Bans::default(),
        present: crate::presence::Presence::default(),
        newcomers: net::JoinRate::of_newcomers(&limits),
        next_connection: AtomicU64::new(0),
        door,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(net::serve(listener, Arc::new(context)));
    (address, room, drain)
}

/// A client that joins, once it has a seat: the next one gets the next seat.
async fn player(address: std::net::SocketAddr, name: &str) -> Socket {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = client_async("ws://perigee.test/play", stream).await.unwrap();
    let build = Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<perigee_arena::Arena>() };
    let hello = Hello { build, name: name.into(), room: "any".into(), ..Hello::default() };
    for bytes in [ClientMessage::Hello(hello).encode(), ServiceRequest::Tune(TUNED).encode()] {
        socket.send(Message::Binary(bytes.into())).await.unwrap();
    }
    let welcome = async {
        while let Some(Ok(message)) = socket.next().await {
            if let Ok(ServerMessage::Welcome(_)) = ServerMessage::decode(&message.into_data()) {
                return;
            }
        }
    };
    timeout(PATIENCE, welcome).await.expect("a welcome comes");
    socket
}

/// Waits for a board with a row of that `value`, and returns the name in the own row.
async fn board_with(socket: &mut Socket, value: i64) -> Option<String> {
    let seen = async {
        loop {
            let Some(Ok(Message::Binary(bytes))) = socket.next().await else {
                panic!("the connection ended")
            };
            if let Ok(ServiceMessage::Leaders(leaders)) = ServiceMessage::decode(&bytes)
                && leaders.rows.first().is_some_and(|row| row.value == value)
            {
                return leaders.own.map(|row| row.name);
            }
        }
    };
    timeout(PATIENCE, seen).await.expect("the board comes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_on_every_screen_within_half_a_second() {
    let (address, room, drain) = serve().await;
    let mut screens = Vec::new();
    for number in 0..SCREENS {
        screens.push(player(address, &format!("P{number}")).await);
    }
    let stand = |kills: i64| {
        room.events.write(|events| {
            events.standings.clear();
            let standing = standing(Tally { kills, ..Tally::default() });
            events.standings.push(SeatStanding { player: PlayerId(0), sitting: 1, standing, acted: true });
        });
    };
    // Until all clients have received a board.
    tokio::time::sleep(Duration::from_millis(500)).await;
    stand(0);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut worst = Duration::ZERO;
    for kills in 1..=8 {
        let at = Instant::now();
        stand(kills);
        let seen = screens.iter_mut().map(|screen| board_with(screen, kills));
        let own = futures_util::future::join_all(seen).await;
        worst = worst.max(at.elapsed());
        assert_eq!(own.iter().flatten().collect::<Vec<_>>(), ["P0"], "the own place is shown to whom it is");
        // Whatever the phase of the hub's beat.
        tokio::time::sleep(Duration::from_millis(37 * kills.unsigned_abs())).await;
    }
    println!("{SCREENS} screens, slowest change {} ms after the room told it", worst.as_millis());
    // The room itself reports a kill within a tenth of a second.
    assert!(worst < Duration::from_millis(400), "{worst:?}");
    drain.send_replace(true);
    room.close(perigee_shared::protocol::DisconnectReason::Draining { retry_within_ms: 1000 });
}
