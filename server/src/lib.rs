//! Perigee's server: the thin shell of sockets, threads and time around the shared crate.
//!
//! The data flow: `net` (socket) -> `room` mailbox -> `Host` in the tick -> `room` lanes -> `net` (socket).
//! Besides: `lobby` (which room), `web` (pages, health, metrics), `rest` (public data, as JSON), `services` (chat,
//! boards, the feed), `admin` (console), `store` (what outlives the server), `config`.
//!
//! Its modules are private. It exports a program ([`program::main`]), a server ([`run`]) and what these take, so that
//! the compiler finds unused code.

mod access;
mod address;
mod admin;
mod assets;
mod bans;
mod config;
mod game;
mod headers;
mod lobby;
mod logging;
mod metrics;
mod mqtt;
mod net;
mod person;
mod presence;
mod rest;
mod room;
mod section;
mod services;
mod store;
mod text;
mod tls;
mod version;
mod wall;
mod web;
mod websocket;

pub mod parts;
pub mod program;

pub use admin::login::Logins;
pub use config::{Config, ConfigError, Flags};
pub use game::{Game, Games};
pub use lobby::LobbyError;
pub use logging::LogFeed;
pub use mqtt::MqttError;
pub use services::publication::Publication;
pub use store::StoreError;
pub use tls::TlsError;
pub use wall::Wall;

use crate::admin::AdminContext;
use crate::bans::Bans;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::presence::Presence;
use crate::services::feed::message::Topic;
use crate::services::feed_socket::FeedDoor;
use crate::services::hub::archive::Kept;
use crate::services::hub::market_archive::MarketArchive;
use crate::services::hub::{Hub, HubConfig, HubHandle};
use crate::store::{Store, StoreHandle};
use crate::tls::Certificates;
use perigee_shared::protocol::DisconnectReason;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long the store may take for its last writes when the server stops.
const STORE_CLOSE_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait for rooms to end; they normally do so within a tick of being closed.
const ROOMS_TIMEOUT: Duration = Duration::from_secs(5);
/// How often rooms' reports of belongings are passed to the store. This, the room's own tenth of a second and
/// `store.flush_ms` are what is lost when the process ends abruptly.
const BELONGINGS_PERIOD: Duration = Duration::from_millis(50);
/// How long to wait for the hub, which normally ends with the last connection.
const HUB_TIMEOUT: Duration = Duration::from_secs(1);
/// Closing the connection to an MQTT broker takes at most this long.
const MQTT_TIMEOUT: Duration = Duration::from_secs(1);
/// The mean interval at which disconnected players are told to come back: joins are more expensive than play.
const REJOIN_SPACING_MS: usize = 20;

/// Why the server could not start.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The MQTT broker cannot be connected to, ever.
    #[error(transparent)]
    Mqtt(#[from] MqttError),
    /// A room cannot be started.
    #[error(transparent)]
    Lobby(#[from] LobbyError),
}

/// Access to the admin console, and the log lines for it.
#[derive(Debug)]
pub struct AdminDoor {
    /// Checks logins.
    pub logins: Logins,
    /// Lines to show.
    pub log: LogFeed,
}

/// Runs the server on `listener` until `shutdown` is ready, then drains: players are informed, sockets are closed with
/// a reason, rooms end. `shutdown` is polled for the first time once everything is served.
///
/// # Errors
/// [`ServerError`], before anything is served.
pub async fn run(
    games: Games,
    config: Config,
    listener: TcpListener,
    admin: Option<AdminDoor>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    run_with(games, config, listener, admin, Arc::default(), shutdown).await
}

/// Runs the server as [`run`] does, with its public state in `publication`.
///
/// # Errors
/// [`ServerError`], before anything is served.
pub async fn run_with(
    games: Games,
    config: Config,
    listener: TcpListener,
    admin: Option<AdminDoor>,
    publication: Arc<Publication>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let (drain, draining) = watch::channel(false);
    let tls = Certificates::load(&config.tls)?.map(Arc::new);
    let (core, markets, store_thread) = Core::open(games, &config, draining).await?;
    let supervising = core.lobby.supervise()?;
    let (hub, hub_task) = core.start_hub(&config, markets, &publication).await;
    let admin = admin.map(|door| Arc::new(core.admin(door, &config, &hub)));
    let mqtt_task = mqtt::start(core.mqtt(&config, &listener, &hub, admin.as_ref()))?;
    let watching =
        tls.as_ref().map(|tls| tokio::spawn(tls::watch(Arc::clone(tls), Arc::clone(&core.metrics))));
    let writing_behind = tokio::spawn(write_behind(core.presence.clone(), core.store.clone()));
    let context = Arc::new(core.net(config, publication, hub, admin, tls));
    let serving = tokio::spawn(net::serve(listener, context));
    let warming_up = tokio::spawn(assets::warm_up());
    shutdown.await;
    warming_up.abort();
    if let Some(watching) = watching {
        watching.abort();
    }
    tracing::info!("draining");
    core.lobby.close_all(&DisconnectReason::Draining { retry_within_ms: rejoin_window_ms(&core.lobby) });
    drain.send_replace(true);
    // A panic in it was logged already; the rooms are closed all the same.
    let _ = serving.await;
    if let Some(mqtt_task) = mqtt_task {
        let _ = tokio::time::timeout(MQTT_TIMEOUT, mqtt_task).await;
    }
    // The context was dropped with the last connection, and with it the last handle to the hub.
    let _ = tokio::time::timeout(HUB_TIMEOUT, hub_task).await;
    let Core { lobby, presence, store, .. } = core;
    let ending = tokio::task::spawn_blocking(move || {
        let _ = supervising.join();
        lobby.wait_for_end(ROOMS_TIMEOUT)
    });
    if !ending.await.unwrap_or(false) {
        tracing::warn!("some rooms did not end in time");
    }
    writing_behind.abort();
    // All rooms have sent their final reports.
    presence.write_behind(&store);
    close_store(&store, store_thread).await;
    Ok(())
}

/// The parts that all others are built on.
struct Core {
    games: Games,
    started: Instant,
    metrics: Arc<Metrics>,
    store: StoreHandle,
    bans: Bans,
    presence: Presence,
    lobby: Arc<Lobby>,
    draining: watch::Receiver<bool>,
}

impl Core {
    /// Opens the store, and starts the rooms with what the last ones of their names left.
    async fn open(
        games: Games,
        config: &Config,
        draining: watch::Receiver<bool>,
    ) -> Result<(Self, MarketArchive, JoinHandle<()>), ServerError> {
        let started = Instant::now();
        let metrics = Arc::new(Metrics::new());
        let (store, store_thread) = Store::open_by(&config.store, Arc::clone(&metrics), config.wall)?;
        store.keep_rooms(config.rooms.iter().map(|room| room.name.clone()).collect());
        let bans = load_bans(&store).await;
        let names = config.rooms.iter().map(|room| room.name.as_str());
        let markets = MarketArchive::load(store.clone(), names).await;
        let presence = Presence::default();
        let rooms = room::RoomContext::new(config.limits.clone(), Arc::clone(&metrics))
            .reporting_to(Arc::new(presence.clone()));
        let lobby = Arc::new(Lobby::start(games, config, rooms, markets.persisted_states())?);
        let core = Self { games, started, metrics, store, bans, presence, lobby, draining };
        Ok((core, markets, store_thread))
    }

    async fn start_hub(
        &self,
        config: &Config,
        markets: MarketArchive,
        publication: &Arc<Publication>,
    ) -> (HubHandle, tokio::task::JoinHandle<()>) {
        let hub_config = HubConfig {
            chat: config.chat,
            games: self.games,
            rank_bots: config.leaderboard.bots,
            wall: config.wall,
        };
        let kept = Kept::load(&self.store, &self.lobby, self.games).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "boards and chat begin empty");
            Kept::default()
        });
        let (lobby, metrics) = (Arc::clone(&self.lobby), Arc::clone(&self.metrics));
        let hub = Hub::new(&hub_config, lobby, metrics, Box::new(markets), kept);
        hub.publishing(Arc::clone(publication)).start()
    }

    fn admin(&self, door: AdminDoor, config: &Config, hub: &HubHandle) -> AdminContext {
        AdminContext {
            logins: door.logins,
            log: door.log,
            lobby: Arc::clone(&self.lobby),
            metrics: Arc::clone(&self.metrics),
            store: self.store.clone(),
            draining: self.draining.clone(),
            write_timeout: config.limits.write_timeout(),
            started: self.started,
            hub: hub.clone(),
            bans: self.bans.clone(),
        }
    }

    fn mqtt(
        &self,
        config: &Config,
        listener: &TcpListener,
        hub: &HubHandle,
        admin: Option<&Arc<AdminContext>>,
    ) -> mqtt::Setup {
        mqtt::Setup {
            config: config.mqtt.clone(),
            port: listener.local_addr().map_or(config.bind.port(), |address| address.port()),
            hub: hub.clone(),
            admin: admin.cloned(),
            metrics: Arc::clone(&self.metrics),
            wall: config.wall,
            draining: self.draining.clone(),
        }
    }

    fn feed(&self, config: &Config, hub: &HubHandle) -> FeedDoor {
        FeedDoor {
            hub: hub.clone(),
            topics: Topic::of(self.games),
            config: config.feed.clone(),
            metrics: Arc::clone(&self.metrics),
            write_timeout: config.limits.write_timeout(),
            draining: self.draining.clone(),
        }
    }

    fn rest(&self, config: &Config, publication: Arc<Publication>) -> rest::RestState {
        rest::RestState {
            games: self.games,
            lobby: Arc::clone(&self.lobby),
            publication,
            store: self.store.clone(),
            metrics: Arc::clone(&self.metrics),
            draining: self.draining.clone(),
            started: self.started,
            origins: Arc::new(config.rest_origins().clone()),
            http: config.http.clone(),
        }
    }

    /// What connections need.
    fn net(
        &self,
        config: Config,
        publication: Arc<Publication>,
        hub: HubHandle,
        admin: Option<Arc<AdminContext>>,
        tls: Option<Arc<Certificates>>,
    ) -> net::Context {
        let rest = self.rest(&config, publication);
        net::Context {
            games: self.games,
            reserved_names: self.games.reserved_names(),
            lobby: Arc::clone(&self.lobby),
            metrics: Arc::clone(&self.metrics),
            store: self.store.clone(),
            joins: net::JoinRate::of_players(&config.limits),
            door: net::Door::new(&config.limits, &config.http, config.feed.places(), &self.metrics),
            router: web::router(web::WebState { rest, admin_enabled: admin.is_some() }),
            feed: config.feed.enabled.then(|| self.feed(&config, &hub)),
            admin,
            hub,
            tls,
            draining: self.draining.clone(),
            #[cfg(feature = "conformance")]
            serves_echo: config.serves_echo,
            bans: self.bans.clone(),
            present: self.presence.clone(),
            newcomers: net::JoinRate::of_newcomers(&config.limits),
            next_connection: AtomicU64::new(0),
            limits: config.limits,
            origins: Arc::new(config.allowed_origins),
        }
    }
}

/// The time over which the current players should come back, by their number.
fn rejoin_window_ms(lobby: &Lobby) -> u32 {
    let connected = |room: &Arc<room::RoomHandle>| room.status().people + room.status().spectators;
    let connected: usize = lobby.rooms().iter().map(connected).sum();
    let window_ms = connected.saturating_mul(REJOIN_SPACING_MS);
    u32::try_from(window_ms).unwrap_or(u32::MAX).clamp(1000, 30_000)
}

/// Without the bans the server would admit banned players, but without the server no one could play.
async fn load_bans(store: &StoreHandle) -> Bans {
    Bans::load(store).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the bans cannot be read: nobody is banned");
        Bans::default()
    })
}

/// Passes belongings to the store as the rooms report them.
async fn write_behind(present: Presence, store: StoreHandle) {
    let mut period = tokio::time::interval(BELONGINGS_PERIOD);
    period.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        period.tick().await;
        present.write_behind(&store);
    }
}

/// A disk that hangs must not keep the process running: what it does not take in time is lost, and logged.
async fn close_store(store: &StoreHandle, thread: JoinHandle<()>) {
    if store.close(STORE_CLOSE_LIMIT).await {
        // The thread only has to return.
        let _ = thread.join();
    } else {
        tracing::warn!("the store does not end: what it has not written is lost");
    }
}
