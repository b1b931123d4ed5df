//! The listener: a place for each connection, TLS, and a task for each.

use super::descriptors;
use super::join_rate::JoinRate;
use super::places::{Capacity, Place, Places};
use super::route;
use super::seldom::Seldom;
use crate::access::{Http, Limits, Origins, Proxies};
use crate::address::{AddressKey, AddressRate};
use crate::admin::AdminContext;
use crate::bans::Bans;
use crate::game::Games;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::presence::Presence;
use crate::services::feed_socket::FeedDoor;
use crate::services::hub::HubHandle;
use crate::store::StoreHandle;
use crate::text::reserved::ReservedNames;
use crate::tls::Certificates;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{debug, warn};

/// Pause after the system refused to accept, for example because it is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Questions after the server's health, a second and at once: of one address, and of nobody else's business.
const HEALTH_PER_SECOND: f64 = 50.0;
const HEALTH_BURST: u32 = 200;

/// What every connection may need.
pub(crate) struct Context {
    /// What is played here.
    pub games: Games,
    /// What nobody may be called.
    pub reserved_names: ReservedNames,
    /// The rooms.
    pub lobby: Arc<Lobby>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// What outlives the server.
    pub store: StoreHandle,
    /// Bounds on what clients may do.
    pub limits: Limits,
    /// Which pages may open sockets.
    pub origins: Arc<Origins>,
    /// The admin console, if there is one.
    pub admin: Option<Arc<AdminContext>>,
    /// The services' desk.
    pub desk: HubHandle,
    /// The public feed, if there is one.
    pub(crate) feed: Option<FeedDoor>,
    /// Pages, health, metrics, status.
    pub router: axum::Router,
    /// Encryption, if on.
    pub tls: Option<Arc<Certificates>>,
    /// True once the server goes down.
    pub draining: watch::Receiver<bool>,
    /// Which person sits where, and what they own.
    pub present: Presence,
    /// How many may join from each address.
    pub joins: JoinRate,
    /// Whether `/echo` is there.
    #[cfg(feature = "conformance")]
    pub serves_echo: bool,
    /// Who may not come in.
    pub bans: Bans,
    /// How many strangers each address has brought.
    pub newcomers: JoinRate,
    /// The next connection's number.
    pub next_connection: AtomicU64,
    /// What stands before all of this.
    pub door: Door,
}

/// Who comes in, and how much they may ask: places, rates, proxies.
#[derive(Debug)]
pub(crate) struct Door {
    /// How many connections of each kind there may be.
    pub(crate) places: Arc<Places>,
    /// How much each address may ask.
    pub(crate) rates: Rates,
    /// How requests are served.
    pub(crate) http: Http,
    /// When it was last told that a page of another origin was refused.
    pub(crate) foreign_pages: Seldom,
}

impl Door {
    /// As it is configured, with places for so many readers of the feed, as far as the system has file descriptors for it.
    #[must_use]
    pub(crate) fn new(limits: &Limits, http: &Http, readers: usize, metrics: &Metrics) -> Self {
        Self {
            places: places(limits, http, readers, metrics),
            rates: Rates::new(http),
            http: http.clone(),
            foreign_pages: Seldom::default(),
        }
    }

    /// Which proxies are believed.
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.http.trusted_proxies
    }
}

/// How many requests each address may make.
#[derive(Debug)]
pub(crate) struct Rates {
    /// For all but the server's health.
    pub(crate) all: AddressRate,
    pub(crate) health: AddressRate,
}

impl Rates {
    fn new(http: &Http) -> Self {
        Self {
            all: AddressRate::new(f64::from(http.all_requests_per_second), http.all_burst),
            health: AddressRate::new(HEALTH_PER_SECOND, HEALTH_BURST),
        }
    }
}

/// The places that the configuration asks for, as far as the system has file descriptors for them.
fn places(limits: &Limits, http: &Http, readers: usize, metrics: &Metrics) -> Arc<Places> {
    let wanted = Capacity::new(
        limits.max_connections,
        readers,
        http.max_connections,
        limits.max_connections_per_address,
    );
    let possible = descriptors::connections(wanted.total());
    let capacity = wanted.fitted(possible);
    if possible < wanted.total() {
        warn!(
            wanted = wanted.total(),
            possible,
            players = capacity.players,
            "the system allows fewer open files than the configuration wants connections: raise the hard limit \
             (ulimit -Hn, LimitNOFILE), or lower limits.max_connections, http.max_connections and feed.max_subscribers"
        );
    }
    Places::new(capacity, metrics.connections.clone())
}

/// Accepts until the server drains, then waits for the connections to end, at most for the drain time.
pub(crate) async fn serve(listener: TcpListener, context: Arc<Context>) {
    let mut draining = context.draining.clone();
    let trouble = Seldom::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = draining.wait_for(|draining| *draining) => break,
        };
        match accepted {
            Ok((socket, peer)) => welcome(socket, peer, &context),
            Err(error) => {
                context.metrics.accept_failures.inc();
                // Whoever waits for nothing gives its descriptor back.
                context.door.places.yield_one(Instant::now());
                if let Some(left_out) = trouble.again(Instant::now()) {
                    warn!(%error, left_out, "the system does not accept connections");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if timeout(context.limits.drain_time(), context.door.places.empty()).await.is_err() {
        warn!("some connections did not end in time");
    }
}

/// Starts the task of a connection, if there is a place for it.
fn welcome(socket: TcpStream, peer: SocketAddr, context: &Arc<Context>) {
    context.metrics.connections_total.inc();
    // A proxy's connections are its clients', who are not known yet.
    let key = (!context.door.proxies().trust(peer.ip())).then(|| AddressKey::from(peer.ip()));
    let place = match context.door.places.enter(key, Instant::now()) {
        Ok(place) => place,
        Err(full) => {
            context.metrics.refused(full.label());
            // However many they are, the log has a few lines of it and their number.
            return warn!(address = %peer.ip(), reason = full.label(), "no place for a connection");
        }
    };
    let context = Arc::clone(context);
    tokio::spawn(async move { connection(socket, peer, place, &context).await });
}

/// Bytes that the kernel may keep for a socket and has not sent yet. What waits there is stale when it goes: a snapshot
/// that finds the line full is better made later.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_BYTES: u32 = 2048;

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bound_unsent(socket: &TcpStream) {
    if let Err(error) = socket2::SockRef::from(socket).set_tcp_notsent_lowat(UNSENT_BYTES) {
        debug!(%error, "no TCP_NOTSENT_LOWAT");
    }
}

/// Elsewhere the window of unacknowledged ticks alone bounds what waits.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bound_unsent(_socket: &TcpStream) {}

async fn connection(socket: TcpStream, peer: SocketAddr, place: Place, context: &Arc<Context>) {
    if let Err(error) = socket.set_nodelay(true) {
        debug!(%error, "no TCP_NODELAY");
    }
    bound_unsent(&socket);
    match &context.tls {
        Some(certificates) => Box::pin(encrypted(socket, peer, place, certificates, context)).await,
        None => route::serve(socket, peer, place, Arc::clone(context)).await,
    }
}

async fn encrypted(
    socket: TcpStream,
    peer: SocketAddr,
    place: Place,
    certificates: &Certificates,
    context: &Arc<Context>,
) {
    let handshake = timeout(context.limits.http_timeout(), certificates.acceptor().accept(socket));
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        () = place.lost() => return context.metrics.refused("http_yielded"),
    };
    match shaken {
        Ok(Ok(stream)) => Box::pin(route::serve(stream, peer, place, Arc::clone(context))).await,
        Ok(Err(error)) => {
            debug!(%error, "no TLS handshake");
            context.metrics.refused("tls");
        }
        Err(_) => context.metrics.refused("tls_timeout"),
    }
}
