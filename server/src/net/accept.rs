//! The listener: bounds on connections, TLS, and a task for each connection.

use crate::admin::AdminContext;
use crate::bans::Bans;
use crate::config::{Limits, Origins};
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::net::address_rate::AddressRate;
use crate::net::presence::Presence;
use crate::net::route;
use crate::services::desk::DeskHandle;
use crate::services::feed_socket::FeedDoor;
use crate::store::StoreHandle;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

/// Pause after the system refused to accept, for example because it is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What every connection may need.
pub struct Context {
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
    pub desk: DeskHandle,
    /// The public feed, if there is one.
    pub(crate) feed: Option<FeedDoor>,
    /// Pages, health, metrics, status.
    pub router: axum::Router,
    /// Encryption, if on.
    pub tls: Option<TlsAcceptor>,
    /// True once the server goes down.
    pub draining: watch::Receiver<bool>,
    /// Which person sits where.
    pub present: Presence,
    /// How many may join from each address.
    pub joins: JoinRate,
    /// Whether `/echo` is there.
    #[cfg(feature = "conformance")]
    pub serves_echo: bool,
    /// Who may not come in.
    pub bans: Bans,
    /// The next connection's number.
    pub next_connection: AtomicU64,
}

/// A crowd behind one address may join at once, as a multiple of a second's worth.
const JOIN_BURST_SECONDS: u32 = 25;

/// How many players may join from each address, in a time.
#[derive(Debug)]
pub struct JoinRate(AddressRate);

impl JoinRate {
    /// As the configuration says.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let per_second = limits.joins_per_second_per_address;
        Self(AddressRate::new(f64::from(per_second), per_second.saturating_mul(JOIN_BURST_SECONDS)))
    }

    /// Whether one more may join from there now.
    pub(super) fn allow(&self, address: IpAddr) -> bool {
        self.0.take(address.into(), Instant::now()).is_ok()
    }
}

/// Connections open from each address.
#[derive(Debug, Default)]
struct ByAddress(Mutex<HashMap<IpAddr, usize>>);

impl ByAddress {
    fn enter(&self, address: IpAddr, most: usize) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        let free = *count < most;
        *count += usize::from(free);
        free
    }

    fn exit(&self, address: IpAddr) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

/// Accepts until the server drains, then waits for the connections to end, at most for the drain time.
pub async fn serve(listener: TcpListener, context: Arc<Context>) {
    let places = Arc::new(Semaphore::new(context.limits.max_connections));
    let by_address = Arc::new(ByAddress::default());
    let mut draining = context.draining.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = draining.wait_for(|draining| *draining) => break,
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "the system does not accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        context.metrics.connections_total.inc();
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            context.metrics.refused("server_full");
            continue;
        };
        if !by_address.enter(address.ip(), context.limits.max_connections_per_address) {
            context.metrics.refused("address_full");
            continue;
        }
        let (context, by_address) = (Arc::clone(&context), Arc::clone(&by_address));
        tokio::spawn(async move {
            context.metrics.connections.inc();
            connection(socket, address, &context).await;
            context.metrics.connections.dec();
            by_address.exit(address.ip());
            drop(place);
        });
    }
    drop(listener);
    let all = places.acquire_many(context.limits.max_connections as u32);
    if timeout(context.limits.drain_time(), all).await.is_err() {
        warn!("some connections did not end in time");
    }
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

async fn connection(socket: TcpStream, address: SocketAddr, context: &Arc<Context>) {
    if let Err(error) = socket.set_nodelay(true) {
        debug!(%error, "no TCP_NODELAY");
    }
    bound_unsent(&socket);
    match &context.tls {
        Some(tls) => Box::pin(encrypted(socket, address, tls, context)).await,
        None => route::serve(socket, address, Arc::clone(context)).await,
    }
}

async fn encrypted(socket: TcpStream, address: SocketAddr, tls: &TlsAcceptor, context: &Arc<Context>) {
    match timeout(context.limits.http_timeout(), tls.accept(socket)).await {
        Ok(Ok(stream)) => Box::pin(route::serve(stream, address, Arc::clone(context))).await,
        Ok(Err(error)) => {
            debug!(%error, "no TLS handshake");
            context.metrics.refused("tls");
        }
        Err(_) => context.metrics.refused("tls_timeout"),
    }
}
