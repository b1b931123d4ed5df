//! What every connection may need: the server's parts, and the admission rules.

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

/// Health requests of one address, a second and at once. Other requests do not count against them.
const HEALTH_PER_SECOND: f64 = 50.0;
const HEALTH_BURST: u32 = 200;

/// What every connection may need.
pub(crate) struct Context {
    /// The games that the server has.
    pub games: Games,
    /// Names that no player may have.
    pub reserved_names: ReservedNames,
    /// The rooms.
    pub lobby: Arc<Lobby>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// The persistent store.
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
    /// True once the server drains.
    pub draining: watch::Receiver<bool>,
    /// Where each person sits, and what they own.
    pub present: Presence,
    /// How many may join from each address.
    pub joins: JoinRate,
    /// Whether `/echo` is served.
    #[cfg(feature = "conformance")]
    pub serves_echo: bool,
    /// The banned people.
    pub bans: Bans,
    /// How many new accounts each address may create.
    pub newcomers: JoinRate,
    /// The next connection's number.
    pub next_connection: AtomicU64,
    /// What is checked before everything else.
    pub door: Door,
}

/// The first checks on connections and requests: places, rates, proxies.
#[derive(Debug)]
pub(crate) struct Door {
    /// How many connections of each kind there may be.
    pub(crate) places: Arc<Places>,
    /// How much each address may ask.
    pub(crate) rates: Rates,
    /// How HTTP requests are served.
    pub(crate) http: Http,
    /// Limits the log's lines on refused pages of other origins.
    pub(crate) foreign_pages: Seldom,
}

impl Door {
    /// As configured, with places for this many readers of the feed, as far as the system has file descriptors for
    /// them.
    #[must_use]
    pub(crate) fn new(limits: &Limits, http: &Http, readers: usize, metrics: &Metrics) -> Self {
        Self {
            places: places(limits, http, readers, metrics),
            rates: Rates::new(http),
            http: http.clone(),
            foreign_pages: Seldom::default(),
        }
    }

    /// The trusted proxies.
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.http.trusted_proxies
    }
}

/// How many requests each address may make.
#[derive(Debug)]
pub(crate) struct Rates {
    /// For all requests but health.
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

/// The configured places, as far as the system has file descriptors for them.
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
