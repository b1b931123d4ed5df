//! What waits for the broker: of each retained topic the latest payload alone, and a bounded queue of events.
//!
//! Whoever puts in never waits. What a slow broker costs is events, oldest first, each counted; the newest state of a topic
//! is never given up. Knows neither the feed nor a socket; the time is an argument.

use crate::metrics::MqttCounters;
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use rumqttc::QoS;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Retained topics at most: rooms and boards are fewer by far.
pub(super) const MAX_STATES: usize = 4096;
/// Longest payload.
pub(super) const MAX_PAYLOAD_BYTES: usize = 256 * 1024;
/// Bytes of all retained payloads, and of all events that wait.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Why a message is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    /// More events wait than may.
    QueueFull,
    /// It waited longer than an event may.
    Stale,
    /// It is longer than a message may be.
    TooLong,
    /// There are more retained topics, or bytes of them, than may be.
    TooManyStates,
    /// A device is told more often than it may be.
    DevicePace,
}

impl Dropped {
    /// The label in `/metrics`.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Stale => "stale",
            Self::TooLong => "payload_too_long",
            Self::TooManyStates => "too_many_states",
            Self::DevicePace => "device_pace",
        }
    }
}

/// What a message is, for the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageKind {
    /// It happened.
    Event,
    /// It is so, until there is another: retained.
    State,
    /// A device is told something.
    Device,
}

impl MessageKind {
    /// The label in `/metrics`.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::State => "state",
            Self::Device => "device",
        }
    }
}

/// One message for the broker. A state without a payload clears its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) kind: MessageKind,
    pub(super) topic: String,
    pub(super) payload: Bytes,
    pub(super) qos: QoS,
}

#[derive(Debug)]
struct Waiting {
    events: VecDeque<(Instant, Outgoing)>,
    event_bytes: usize,
    states: BTreeMap<String, State>,
    state_bytes: usize,
    /// Topics whose state the broker does not have yet, in the order in which they changed.
    due: VecDeque<String>,
}

#[derive(Debug)]
struct State {
    payload: Bytes,
    qos: QoS,
    is_due: bool,
}

/// All that waits.
#[derive(Debug)]
pub(super) struct Outbox<'a> {
    waiting: Mutex<Waiting>,
    wake: AtomicWaker,
    max_events: usize,
    max_age: Duration,
    metrics: &'a MqttCounters,
}

impl<'a> Outbox<'a> {
    /// An empty one for so many events, which may wait so long.
    pub(super) fn new(max_events: usize, max_age: Duration, metrics: &'a MqttCounters) -> Self {
        let waiting = Waiting {
            events: VecDeque::new(),
            event_bytes: 0,
            states: BTreeMap::new(),
            state_bytes: 0,
            due: VecDeque::new(),
        };
        Self { waiting: Mutex::new(waiting), wake: AtomicWaker::new(), max_events, max_age, metrics }
    }

    pub(super) fn drop_one(&self, why: Dropped) {
        self.metrics.dropped(why.label());
    }

    /// Something happened.
    pub(super) fn add_event(&self, event: Outgoing, now: Instant) {
        if event.payload.len() > MAX_PAYLOAD_BYTES {
            return self.drop_one(Dropped::TooLong);
        }
        let mut waiting = self.lock();
        waiting.event_bytes += event.payload.len();
        waiting.events.push_back((now, event));
        self.bound_events(&mut waiting);
        drop(waiting);
        self.wake.wake();
    }

    /// These were sent, and the broker did not say that it had them.
    pub(super) fn put_back(&self, events: Vec<Outgoing>, now: Instant) {
        let mut waiting = self.lock();
        for event in events.into_iter().rev() {
            waiting.event_bytes += event.payload.len();
            waiting.events.push_front((now, event));
        }
        self.bound_events(&mut waiting);
    }

    fn bound_events(&self, waiting: &mut Waiting) {
        while waiting.events.len() > self.max_events || waiting.event_bytes > MAX_BYTES {
            let Some((_, event)) = waiting.events.pop_front() else { break };
            waiting.event_bytes -= event.payload.len();
            self.drop_one(Dropped::QueueFull);
        }
        self.metrics.events_waiting.set(waiting.events.len() as i64);
    }

    /// A topic is so from now on. The same as before is sent again only to a broker that is new.
    pub(super) fn set_state(&self, topic: String, payload: Bytes, qos: QoS) {
        if payload.len() > MAX_PAYLOAD_BYTES {
            return self.drop_one(Dropped::TooLong);
        }
        let mut waiting = self.lock();
        let before = waiting.states.get(&topic);
        if before.is_some_and(|before| before.payload == payload) {
            return;
        }
        let before_bytes = before.map_or(0, |before| before.payload.len());
        let is_new = before.is_none();
        let bytes = waiting.state_bytes - before_bytes + payload.len();
        if (is_new && waiting.states.len() >= MAX_STATES) || bytes > MAX_BYTES {
            return self.drop_one(Dropped::TooManyStates);
        }
        waiting.state_bytes = bytes;
        let was_due = before_is_due(&waiting, &topic);
        waiting.states.insert(topic.clone(), State { payload, qos, is_due: true });
        if !was_due {
            waiting.due.push_back(topic);
        }
        self.metrics.states.set(waiting.states.len() as i64);
        drop(waiting);
        self.wake.wake();
    }

    /// A topic is no more. The broker is told, whatever it has.
    pub(super) fn clear_state(&self, topic: String) {
        self.set_state(topic, Bytes::new(), QoS::AtLeastOnce);
    }

    /// Whether the topic is kept up.
    pub(super) fn has_state(&self, topic: &str) -> bool {
        self.lock().states.get(topic).is_some_and(|state| !state.payload.is_empty())
    }

    /// The broker is a new one, or has something else: it is told everything, this topic first.
    pub(super) fn tell_all(&self, first: &str) {
        let mut waiting = self.lock();
        let Waiting { states, due, .. } = &mut *waiting;
        due.clear();
        for (topic, state) in states.iter_mut() {
            state.is_due = true;
            if topic == first { due.push_front(topic.clone()) } else { due.push_back(topic.clone()) }
        }
        drop(waiting);
        self.wake.wake();
    }

    /// The next message: states first, since an event may be given up.
    pub(super) fn take(&self, now: Instant) -> Option<Outgoing> {
        let mut waiting = self.lock();
        if let Some(state) = take_state(&mut waiting) {
            self.metrics.states.set(waiting.states.len() as i64);
            return Some(state);
        }
        let mut taken = None;
        while let Some((since, event)) = waiting.events.pop_front() {
            waiting.event_bytes -= event.payload.len();
            if now.saturating_duration_since(since) <= self.max_age {
                taken = Some(event);
                break;
            }
            self.drop_one(Dropped::Stale);
        }
        self.metrics.events_waiting.set(waiting.events.len() as i64);
        taken
    }

    /// Ready when something waits.
    pub(super) fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.wake.register(cx.waker());
        let waiting = self.lock();
        let is_empty = waiting.due.is_empty() && waiting.events.is_empty();
        if is_empty { Poll::Pending } else { Poll::Ready(()) }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A panic in here would be before a change, or after it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn before_is_due(waiting: &Waiting, topic: &str) -> bool {
    waiting.states.get(topic).is_some_and(|state| state.is_due)
}

fn take_state(waiting: &mut Waiting) -> Option<Outgoing> {
    let topic = waiting.due.pop_front()?;
    let state = waiting.states.get_mut(&topic)?;
    state.is_due = false;
    let (payload, qos) = (state.payload.clone(), state.qos);
    // What is cleared needs no place any more.
    if payload.is_empty() {
        waiting.states.remove(&topic);
    }
    Some(Outgoing { kind: MessageKind::State, topic, payload, qos })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use perigee_shared::rng::Rng;
    use std::collections::BTreeMap;

    const AGE: Duration = Duration::from_secs(30);

    fn event(n: usize) -> Outgoing {
        let (topic, payload) = ("t".to_owned(), Bytes::from(n.to_string()));
        Outgoing { kind: MessageKind::Event, topic, payload, qos: QoS::AtMostOnce }
    }

    fn text(payload: &Bytes) -> String {
        String::from_utf8(payload.to_vec()).unwrap()
    }

    fn dropped(metrics: &Metrics, label: &str) -> String {
        struct NoRooms;
        impl crate::metrics::RoomSource for NoRooms {
            fn figures(&self) -> Vec<crate::metrics::RoomFigures> {
                Vec::new()
            }
        }
        let told = metrics.encode(&NoRooms);
        let line = format!("perigee_mqtt_dropped_total{{reason=\"{label}\"}} ");
        told.lines().find_map(|found| found.strip_prefix(&line)).unwrap_or("0").to_owned()
    }

    #[test]
    fn a_full_queue_costs_the_oldest_events_and_no_state() {
        let metrics = Metrics::new();
        let outbox = Outbox::new(16, AGE, &metrics.mqtt);
        let now = Instant::now();
        for n in 0..100 {
            outbox.add_event(event(n), now);
            outbox.set_state(format!("room{}", n % 3), Bytes::from(n.to_string()), QoS::AtLeastOnce);
        }
        let taken: Vec<Outgoing> = std::iter::from_fn(|| outbox.take(now)).collect();
        let states: Vec<_> =
            taken[..3].iter().map(|state| (state.topic.as_str(), text(&state.payload))).collect();
        assert_eq!(
            states,
            [("room0", "99".to_owned()), ("room1", "97".to_owned()), ("room2", "98".to_owned())],
            "the newest of each, once, before events"
        );
        let events: Vec<String> = taken[3..].iter().map(|event| text(&event.payload)).collect();
        assert_eq!(events, (84..100).map(|n| n.to_string()).collect::<Vec<_>>());
        assert_eq!(dropped(&metrics, "queue_full"), "84");
    }

    #[test]
    fn an_event_that_waited_too_long_is_given_up_and_a_state_is_not() {
        let metrics = Metrics::new();
        let outbox = Outbox::new(16, AGE, &metrics.mqtt);
        let now = Instant::now();
        outbox.add_event(event(1), now);
        outbox.set_state("room".to_owned(), Bytes::from_static(b"x"), QoS::AtMostOnce);
        outbox.add_event(event(2), now + AGE);
        let later = now + AGE + Duration::from_millis(1);
        assert_eq!(outbox.take(later).unwrap().topic, "room");
        assert_eq!(text(&outbox.take(later).unwrap().payload), "2");
        assert_eq!((outbox.take(later), dropped(&metrics, "stale")), (None, "1".to_owned()));
    }

    #[test]
    fn a_new_broker_is_told_everything_and_what_is_cleared_once() {
        let metrics = Metrics::new();
        let outbox = Outbox::new(16, AGE, &metrics.mqtt);
        let now = Instant::now();
        for topic in ["a", "b", "status"] {
            outbox.set_state(topic.to_owned(), Bytes::from_static(b"1"), QoS::AtLeastOnce);
        }
        let topics = |outbox: &Outbox<'_>| -> Vec<String> {
            std::iter::from_fn(|| outbox.take(now)).map(|state| state.topic).collect()
        };
        assert_eq!(topics(&outbox), ["a", "b", "status"]);
        outbox.set_state("a".to_owned(), Bytes::from_static(b"1"), QoS::AtLeastOnce);
        assert_eq!(topics(&outbox), [""; 0], "nothing changed");
        outbox.clear_state("b".to_owned());
        outbox.tell_all("status");
        assert!(outbox.has_state("a") && !outbox.has_state("b"));
        assert_eq!(topics(&outbox), ["status", "a", "b"]);
        outbox.tell_all("status");
        assert_eq!(topics(&outbox), ["status", "a"]);
    }

    #[test]
    fn what_was_not_acknowledged_comes_before_what_is_new() {
        let metrics = Metrics::new();
        let outbox = Outbox::new(16, AGE, &metrics.mqtt);
        let now = Instant::now();
        outbox.add_event(event(3), now);
        outbox.put_back(vec![event(1), event(2)], now);
        let order: Vec<String> =
            std::iter::from_fn(|| outbox.take(now)).map(|event| text(&event.payload)).collect();
        assert_eq!(order, ["1", "2", "3"]);
    }

    #[test]
    fn topics_and_bytes_are_bounded() {
        let metrics = Metrics::new();
        let outbox = Outbox::new(16, AGE, &metrics.mqtt);
        for n in 0..2 * MAX_STATES {
            outbox.set_state(n.to_string(), Bytes::from_static(b"x"), QoS::AtMostOnce);
        }
        assert_eq!(outbox.lock().states.len(), MAX_STATES);
        assert_eq!(dropped(&metrics, "too_many_states"), MAX_STATES.to_string());
        let long = Bytes::from(vec![0; MAX_PAYLOAD_BYTES]);
        for n in 0..100 {
            outbox.set_state(n.to_string(), long.clone(), QoS::AtMostOnce);
        }
        assert!(outbox.lock().state_bytes <= MAX_BYTES);
        let now = Instant::now();
        outbox.add_event(Outgoing { payload: vec![0; MAX_PAYLOAD_BYTES + 1].into(), ..event(0) }, now);
        assert_eq!((dropped(&metrics, "payload_too_long"), outbox.lock().events.len()), ("1".to_owned(), 0));
    }

    /// Whatever happens in whatever order, the last that a broker without losses is told of a topic is how it is.
    #[test]
    fn a_broker_ends_up_with_the_newest_state_of_every_topic() {
        for seed in 0..50 {
            let mut rng = Rng::new(seed);
            let metrics = Metrics::new();
            let outbox = Outbox::new(16, AGE, &metrics.mqtt);
            let (mut truth, mut told) = (BTreeMap::new(), BTreeMap::new());
            let now = Instant::now();
            for n in 0..500_u32 {
                let topic = format!("t{}", rng.below(9));
                match rng.below(10) {
                    0 => {
                        truth.remove(&topic);
                        outbox.clear_state(topic);
                    }
                    1 => outbox.tell_all("t1"),
                    2..5 => {
                        truth.insert(topic.clone(), n.to_string());
                        outbox.set_state(topic, n.to_string().into(), QoS::AtLeastOnce);
                    }
                    5 => outbox.add_event(event(1), now),
                    _ => drop(outbox.take(now).map(|message| keep(&mut told, &message))),
                }
            }
            while let Some(message) = outbox.take(now) {
                keep(&mut told, &message);
            }
            assert_eq!(told, truth, "seed {seed}");
        }
    }

    fn keep(told: &mut BTreeMap<String, String>, message: &Outgoing) {
        match (message.kind, message.payload.is_empty()) {
            (MessageKind::State, true) => drop(told.remove(&message.topic)),
            (MessageKind::State, false) => drop(told.insert(message.topic.clone(), text(&message.payload))),
            _ => {}
        }
    }
}
