//! What every connection may need: the server's parts, and who may come in.

use super::descriptors;
use super::join_rate::JoinRate;
use super::places::{Capacity, Places};
use super::seldom::Seldom;
use crate::access::{Http, Limits, Origins, Proxies};
use crate::address::AddressRate;
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
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::watch;
use tracing::warn;

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
    /// The services.
    pub hub: HubHandle,
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
