//! Bounds how many similar log lines are written: remote clients can cause any number of them.
//!
//! A kind of line is the place in the code that writes it; its origin is the field `address` or `peer`. In each time
//! span a bounded number of lines of a kind pass, fewer of them from one address. The others are counted, and
//! summarized in one line at the span's end. Lines below level info are logged only on request, so they all pass; so do
//! lines about operators' actions.

use crate::address::AddressKey;
use std::collections::HashMap;
use std::fmt::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// The length of a span.
const SPAN: Duration = Duration::from_secs(10);
/// Most lines of a kind in a span.
const MOST_IN_ALL: u32 = 50;
/// Most lines of a kind from one address in a span.
const MOST_FROM_ONE: u32 = 5;
/// Addresses that are counted separately for each kind; further ones are counted together.
const MAX_ADDRESSES: usize = 256;
/// Addresses that a kind's summary names; further ones are summarized together.
const MAX_NAMED: usize = 3;
/// Most kinds; there are only as many as places in the code that log, so this is not reached.
const MAX_KINDS: usize = 1024;
/// Longest message that a summary repeats.
const MAX_MESSAGE_BYTES: usize = 100;

/// A summary of lines that were held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// The level of the lines.
    pub level: Level,
    /// Their target.
    pub target: &'static str,
    /// Their number.
    pub count: u64,
    message: String,
    from: String,
    span_s: u64,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, from, span_s, message, .. } = self;
        write!(f, "... {count} more like this{from} in the last {span_s} s: {message}")
    }
}

#[derive(Debug)]
struct Window {
    since: Instant,
    passed: u32,
    held: u64,
}

impl Window {
    fn new(since: Instant) -> Self {
        Self { since, passed: 0, held: 0 }
    }

    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= SPAN
    }

    /// Starts a new span if this one is over and has nothing to summarize.
    fn renew(&mut self, now: Instant) {
        if self.held == 0 && self.is_over(now) {
            *self = Self::new(now);
        }
    }
}

#[derive(Debug)]
struct Kind {
    level: Level,
    target: &'static str,
    message: String,
    in_all: Window,
    /// Not a [`crate::address::AddressTable`], because the counts are reported by address, and then removed.
    by_address: HashMap<AddressKey, Window>,
}

impl Kind {
    fn admit(&mut self, from: Option<AddressKey>, now: Instant) -> bool {
        self.in_all.renew(now);
        let has_room = self.in_all.passed < MOST_IN_ALL;
        let Some(address) = from else {
            self.in_all.passed += u32::from(has_room);
            self.in_all.held += u64::from(!has_room);
            return has_room;
        };
        if self.by_address.len() >= MAX_ADDRESSES && !self.by_address.contains_key(&address) {
            self.by_address.retain(|_, window| window.held > 0 || !window.is_over(now));
        }
        if self.by_address.len() >= MAX_ADDRESSES && !self.by_address.contains_key(&address) {
            self.in_all.held += 1;
            return false;
        }
        let window = self.by_address.entry(address).or_insert_with(|| Window::new(now));
        window.renew(now);
        if has_room && window.passed < MOST_FROM_ONE {
            window.passed += 1;
            self.in_all.passed += 1;
            return true;
        }
        window.held += 1;
        false
    }

    fn take_sums(&mut self, now: Instant, everything: bool, sums: &mut Vec<Sum>) {
        let mut over: Vec<(AddressKey, Window)> =
            self.by_address.extract_if(|_, window| everything || window.is_over(now)).collect();
        over.retain(|(_, window)| window.held > 0);
        over.sort_by_key(|(address, window)| (std::cmp::Reverse(window.held), *address));
        let rest = over.split_off(over.len().min(MAX_NAMED));
        for (address, window) in over {
            sums.push(self.sum(window.held, format!(" from {address}"), window.since, now));
        }
        let held = rest.iter().map(|(_, window)| window.held).sum::<u64>();
        if held > 0 {
            let since = rest.iter().map(|(_, window)| window.since).min().unwrap_or(now);
            sums.push(self.sum(held, format!(" from {} other addresses", rest.len()), since, now));
        }
        if everything || self.in_all.is_over(now) {
            let window = std::mem::replace(&mut self.in_all, Window::new(now));
            if window.held > 0 {
                let from = if self.by_address.is_empty() { "" } else { " from further addresses" };
                sums.push(self.sum(window.held, from.to_owned(), window.since, now));
            }
        }
    }

    fn sum(&self, count: u64, from: String, since: Instant, now: Instant) -> Sum {
        let span_s = now.saturating_duration_since(since).as_secs().max(1);
        Sum { level: self.level, target: self.target, count, message: self.message.clone(), from, span_s }
    }
}

/// The lines that passed and were held back; clones share their state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound(Arc<Mutex<HashMap<Identifier, Kind>>>);

impl Bound {
    fn lock(&self) -> MutexGuard<'_, HashMap<Identifier, Kind>> {
        // A panic leaves it valid: no change can be interrupted halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a line passes; if not, it is counted.
    fn admit(&self, event: &Event<'_>, now: Instant) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::INFO || metadata.target() == super::AUDIT {
            return true;
        }
        let mut seen = Seen::default();
        event.record(&mut seen);
        let mut kinds = self.lock();
        if kinds.len() >= MAX_KINDS && !kinds.contains_key(&metadata.callsite()) {
            return false;
        }
        let kind = kinds.entry(metadata.callsite()).or_insert_with(|| Kind {
            level: *metadata.level(),
            target: metadata.target(),
            message: std::mem::take(&mut seen.message),
            in_all: Window::new(now),
            by_address: HashMap::new(),
        });
        kind.admit(seen.address.map(AddressKey::from), now)
    }

    /// The summaries of all spans that are over, or of `everything` so far.
    #[must_use]
    pub(crate) fn take_sums(&self, now: Instant, everything: bool) -> Vec<Sum> {
        let mut sums = Vec::new();
        for kind in self.lock().values_mut() {
            kind.take_sums(now, everything, &mut sums);
        }
        sums
    }
}

/// An event's message and address.
#[derive(Debug, Default)]
struct Seen {
    message: String,
    address: Option<IpAddr>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => {
                let _ = write!(self.message, "{value:?}");
                let end = (0..=MAX_MESSAGE_BYTES).rev().find(|&at| self.message.is_char_boundary(at));
                self.message.truncate(end.unwrap_or(0));
            }
            "address" | "peer" => {
                let text = format!("{value:?}");
                let address = text.parse::<SocketAddr>().map(|address| address.ip());
                self.address = address.ok().or_else(|| text.parse().ok());
            }
            _ => {}
        }
    }
}

/// A layer that gets only the lines that pass.
#[derive(Debug)]
pub(crate) struct Bounded<L> {
    layer: L,
    bound: Bound,
}

impl<L> Bounded<L> {
    /// `layer`, limited by `bound`.
    #[must_use]
    pub(crate) fn new(layer: L, bound: Bound) -> Self {
        Self { layer, bound }
    }
}

/// Not a filter: one that withholds an event from all layers breaks the state of `tracing-subscriber` 0.3.
impl<S: Subscriber, L: Layer<S>> Layer<S> for Bounded<L> {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.bound.admit(event, Instant::now()) {
            self.layer.on_event(event, context);
        }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.layer.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.layer.on_record(id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.layer.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.layer.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.layer.on_close(id, context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logging::LogFeed;
    use tracing_subscriber::layer::SubscriberExt;

    fn kind(now: Instant) -> Kind {
        Kind {
            level: Level::INFO,
            target: "perigee_server::net",
            message: "refused".to_owned(),
            in_all: Window::new(now),
            by_address: HashMap::new(),
        }
    }

    fn from(address: [u8; 4]) -> Option<AddressKey> {
        Some(IpAddr::from(address).into())
    }

    fn sums(kind: &mut Kind, now: Instant) -> Vec<String> {
        let mut sums = Vec::new();
        kind.take_sums(now, false, &mut sums);
        sums.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_address_is_told_a_few_times_and_then_summed_up() {
        let begun = Instant::now();
        let mut kind = kind(begun);
        let (eve, ann) = (from([203, 0, 113, 7]), from([192, 0, 2, 1]));
        let told = (0..219).filter(|_| kind.admit(eve, begun)).count();
        assert_eq!(told, MOST_FROM_ONE as usize);
        assert!(kind.admit(ann, begun), "others are heard");
        assert!(sums(&mut kind, begun + SPAN / 2).is_empty());
        let text = "... 214 more like this from 203.0.113.7 in the last 10 s: refused";
        assert_eq!(sums(&mut kind, begun + SPAN), [text]);
        assert!(sums(&mut kind, begun + 2 * SPAN).is_empty() && kind.by_address.is_empty());
        assert!(kind.admit(eve, begun + SPAN), "a new span");
    }

    #[test]
    fn a_crowd_of_addresses_is_bounded_too() {
        let begun = Instant::now();
        let mut kind = kind(begun);
        let told =
            (0..2000_u32).filter(|&n| kind.admit(Some(IpAddr::from(n.to_be_bytes()).into()), begun)).count();
        assert_eq!(told, MOST_IN_ALL as usize);
        assert_eq!(kind.by_address.len(), MAX_ADDRESSES);
        let lines = sums(&mut kind, begun + SPAN);
        assert_eq!(lines.len(), MAX_NAMED + 2, "{lines:#?}");
        let counts = lines.iter().map(|line| line.split(' ').nth(1).unwrap().parse::<usize>().unwrap());
        assert_eq!(counts.sum::<usize>(), 2000 - told, "nothing is lost: {lines:#?}");
        assert!(kind.admit(None, begun + SPAN));
    }

    #[test]
    fn events_are_held_back_by_place_and_address() {
        let (feed, bound) = (LogFeed::default(), Bound::default());
        let mut lines = feed.subscribe();
        let layer = Bounded::new(feed.layer(), bound.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for port in 1..=100_u16 {
                let address = SocketAddr::from(([203, 0, 113, 7], port));
                tracing::info!(target: "perigee", %address, "refused");
            }
            tracing::info!(target: "perigee", "something else");
        });
        let told = std::iter::from_fn(|| lines.try_recv().ok()).count();
        assert_eq!(told, MOST_FROM_ONE as usize + 1);
        let sums = bound.take_sums(Instant::now(), true);
        assert_eq!((sums.len(), sums[0].count, sums[0].message.as_str()), (1, 95, "refused"));
    }
}
