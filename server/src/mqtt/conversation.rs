//! One connection from the welcome to its end: what waits goes out, what comes in is an order or is refused.
//!
//! What the broker kept under our name from an earlier life is heard once at the beginning; what of it is no more is
//! cleared.

use super::carry_out::Asked;
use super::link::{READ_BYTES, Stream};
use super::orders::{OrderRefusal, Orders};
use super::outbox::{MAX_PAYLOAD_BYTES, MAX_STATES, MessageKind, Outbox, Outgoing};
use super::section::{Kind, MqttConfig};
use super::session::{Heard, Lost, MqttSession};
use super::status::{Life, Meaning};
use super::topics::Topics;
use crate::metrics::MqttCounters;
use crate::wall::Wall;
use bytes::{Bytes, BytesMut};
use rumqttc::Publish;
use std::future::{pending, poll_fn};
use std::io;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval_at, sleep_until, timeout};
use tracing::{debug, warn};

/// Messages are put together up to so many bytes, before they are written.
const WRITE_BYTES: usize = 16 * 1024;
/// So many bytes of answers and messages, and nothing more is read until some are written.
const MAX_OUTPUT_BYTES: usize = 2 * MAX_PAYLOAD_BYTES;
/// How long it takes until all states are gathered, and what else the broker has under our name is not one.
const SWEEP_AFTER: Duration = Duration::from_secs(1);
/// How long the broker may take to tell what it has.
const SWEEP_AT_LAST: Duration = Duration::from_secs(10);
/// Least time between two times that everything is told because somebody else wrote under our name.
const TELL_ALL_PERIOD: Duration = Duration::from_secs(1);
/// How long the goodbye may take.
const GOODBYE_LIMIT: Duration = Duration::from_millis(500);
/// Pings in the time that the broker may be silent.
const PINGS_PER_KEEP_ALIVE: u32 = 2;

/// What all connections have in common.
pub(super) struct Setting<'a> {
    pub(super) config: &'a MqttConfig,
    pub(super) topics: &'a Topics,
    pub(super) life: &'a Life,
    pub(super) wall: Wall,
    pub(super) outbox: &'a Outbox<'a>,
    pub(super) metrics: &'a MqttCounters,
    pub(super) draining: watch::Receiver<bool>,
    pub(super) to_do: mpsc::Sender<Asked>,
    pub(super) started: Instant,
}

/// One of them.
pub(super) struct Conversation<'a> {
    setting: &'a Setting<'a>,
    orders: &'a mut Orders,
    session: MqttSession,
    input: BytesMut,
    output: BytesMut,
    is_unflushed: bool,
    begun: Instant,
    /// Topics that the broker had under our name; `None` once they are swept.
    found: Option<Vec<String>>,
    /// Our own word came back: what the broker had was told before it.
    is_echoed: bool,
    told_all_at: Instant,
    /// Somebody else wrote under our name: everything is told again, but not too often.
    tell_again_at: Option<Instant>,
}

impl<'a> Conversation<'a> {
    /// After the welcome; `input` is what came behind it.
    pub(super) fn new(setting: &'a Setting<'a>, orders: &'a mut Orders, input: BytesMut) -> Self {
        let now = Instant::now();
        Self {
            setting,
            orders,
            session: MqttSession::new(),
            input,
            output: BytesMut::new(),
            is_unflushed: false,
            begun: now,
            found: Some(Vec::new()),
            is_echoed: false,
            told_all_at: now,
            tell_again_at: None,
        }
    }

    /// Talks until one side goes. What was not acknowledged waits again.
    pub(super) async fn run(mut self, stream: Box<dyn Stream>) -> Lost {
        let Err(lost) = self.talk(stream).await;
        self.put_back();
        lost
    }

    async fn talk(&mut self, stream: Box<dyn Stream>) -> Result<std::convert::Infallible, Lost> {
        let (mut reader, mut writer) = split(stream);
        self.begin()?;
        let period = self.setting.config.keep_alive() / PINGS_PER_KEEP_ALIVE;
        let mut pings = interval_at((self.begun + period).into(), period);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut draining = self.setting.draining.clone();
        let mut patience = Patience::new(self.setting.config.timeout(), self.begun);
        let mut sweep_at = self.begun + SWEEP_AFTER;
        loop {
            self.hear_all()?;
            self.fill()?;
            let has_output = !self.output.is_empty() || self.is_unflushed;
            let may_read = self.output.len() < MAX_OUTPUT_BYTES;
            let may_take = self.may_take();
            let lost_at = patience.ends_at(has_output, !self.session.has_place());
            let tell_again_at = self.tell_again_at;
            tokio::select! {
                read = read_some(&mut reader, &mut self.input), if may_read => read.map_err(|_| Lost::Closed)?,
                written = write_some(&mut writer, &mut self.output, &mut self.is_unflushed), if has_output => {
                    written.map_err(|_| Lost::Closed)?;
                    patience.has_written();
                }
                () = poll_fn(|cx| self.setting.outbox.poll_waiting(cx)), if may_take => {}
                _ = pings.tick() => self.session.ping(&mut self.output)?,
                () = sleep_until(sweep_at.into()), if self.found.is_some() => {
                    sweep_at += SWEEP_AFTER;
                    self.sweep_if_known()?;
                }
                () = until(tell_again_at) => self.tell_all(),
                () = until(lost_at) => return Err(Lost::NotReading),
                () = drained(&mut draining) => {
                    self.say_goodbye(&mut writer).await;
                    return Err(Lost::Stopping);
                }
            }
        }
    }

    /// Asks for what may be an order and for what is there under our name, and tells everything anew.
    fn begin(&mut self) -> Result<(), Lost> {
        let Setting { topics, outbox, life, wall, config, .. } = self.setting;
        let mut wanted = vec![topics.all(), topics.status()];
        wanted.extend(self.orders.topics());
        self.session.subscribe(wanted, &mut self.output)?;
        let status = topics.status();
        outbox.set_state(status.clone(), life.online(wall.now_ms()), config.qos.of(Kind::Status));
        outbox.tell_all(&status);
        Ok(())
    }

    fn tell_all(&mut self) {
        self.tell_again_at = None;
        self.told_all_at = Instant::now();
        self.setting.outbox.tell_all(&self.setting.topics.status());
    }

    fn may_take(&self) -> bool {
        self.output.len() < WRITE_BYTES && self.session.has_place()
    }

    /// Takes out of what waits as much as may be on its way.
    fn fill(&mut self) -> Result<(), Lost> {
        while self.may_take() {
            let Some(message) = self.setting.outbox.take(Instant::now()) else { break };
            self.session.publish(&message, &mut self.output)?;
            self.setting.metrics.published(message.kind.label());
        }
        Ok(())
    }

    fn hear_all(&mut self) -> Result<(), Lost> {
        while let Some(heard) = self.session.hear(&mut self.input, &mut self.output)? {
            match heard {
                Heard::Message { topic, payload, is_retained } => self.take(topic, &payload, is_retained)?,
                Heard::Oversized => self.setting.metrics.refused(OrderRefusal::TooLong.label()),
                Heard::MayNotHear(count) => warn!(count, "the MQTT broker does not let us hear all topics"),
                Heard::Nothing => {}
            }
        }
        Ok(())
    }

    fn take(&mut self, topic: String, payload: &Bytes, is_retained: bool) -> Result<(), Lost> {
        if self.setting.topics.contains(&topic) {
            return self.take_own(topic, payload, is_retained);
        }
        let now = self.setting.started.elapsed();
        let result = match self.orders.read(&topic, payload, is_retained, now) {
            Ok(order) => self.setting.to_do.try_send(Asked { topic, order }).map_err(|_| OrderRefusal::Busy),
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = result {
            self.setting.metrics.refused(refusal.label());
            debug!(reason = refusal.label(), "a message of the MQTT broker was refused");
        }
        Ok(())
    }

    /// Something under our name: from an earlier life, our own word, or somebody else's.
    fn take_own(&mut self, topic: String, payload: &Bytes, is_retained: bool) -> Result<(), Lost> {
        let is_status = topic == self.setting.topics.status();
        if is_retained {
            if let Some(found) = self.found.as_mut().filter(|found| !is_status && found.len() < MAX_STATES) {
                found.push(topic);
            }
            return Ok(());
        }
        if !is_status {
            return Ok(());
        }
        match self.setting.life.meaning_of(payload) {
            Meaning::Echo => self.is_echoed = true,
            Meaning::Taken => return Err(Lost::NodeTaken),
            Meaning::Wrong => {
                self.tell_again_at.get_or_insert(self.told_all_at + TELL_ALL_PERIOD);
            }
        }
        Ok(())
    }

    /// Clears what the broker had of us and is no more, and listens no longer to ourselves.
    fn sweep_if_known(&mut self) -> Result<(), Lost> {
        if !self.is_echoed && self.begun.elapsed() < SWEEP_AT_LAST {
            return Ok(());
        }
        for topic in self.found.take().unwrap_or_default() {
            if !self.setting.outbox.has_state(&topic) {
                self.setting.metrics.cleared.inc();
                self.setting.outbox.clear_state(topic);
            }
        }
        self.session.unsubscribe(self.setting.topics.all(), &mut self.output)
    }

    /// That we go, in our own words; what waits besides is of no use without us.
    async fn say_goodbye<W: AsyncWrite + Unpin>(&mut self, writer: &mut W) {
        let Setting { topics, life, wall, config, .. } = self.setting;
        let (payload, qos) = (life.offline(wall.now_ms()), config.qos.of(Kind::Status));
        let status = Outgoing { kind: MessageKind::State, topic: topics.status(), payload, qos };
        let said = self.session.publish(&status, &mut self.output);
        if said.and_then(|()| self.session.say_goodbye(&mut self.output)).is_err() {
            return;
        }
        let writing = async {
            writer.write_all_buf(&mut self.output).await?;
            writer.flush().await?;
            writer.shutdown().await
        };
        // Who does not take it has our will.
        let _ = timeout(GOODBYE_LIMIT, writing).await;
    }

    /// States are told anew anyway; what was to be cleared still is.
    fn put_back(self) {
        let outbox = self.setting.outbox;
        let mut events = Vec::new();
        for Publish { topic, payload, qos, retain, .. } in self.session.unacknowledged() {
            match (retain, payload.is_empty()) {
                (false, _) => events.push(Outgoing { kind: MessageKind::Event, topic, payload, qos }),
                (true, true) if !outbox.has_state(&topic) => outbox.clear_state(topic),
                (true, _) => {}
            }
        }
        outbox.put_back(events, Instant::now());
    }
}

/// How long the broker may take to take anything, and to acknowledge anything once no more may be sent before it does.
/// What else is written meanwhile, such as a ping, is no sign that it acknowledges.
struct Patience {
    limit: Duration,
    written_at: Instant,
    acknowledged_at: Instant,
}

impl Patience {
    fn new(limit: Duration, now: Instant) -> Self {
        Self { limit, written_at: now, acknowledged_at: now }
    }

    fn has_written(&mut self) {
        self.written_at = Instant::now();
    }

    /// When the broker is lost, if it is waited for now.
    fn ends_at(&mut self, is_to_take: bool, is_to_acknowledge: bool) -> Option<Instant> {
        let now = Instant::now();
        if !is_to_take {
            self.written_at = now;
        }
        if !is_to_acknowledge {
            self.acknowledged_at = now;
        }
        (is_to_take || is_to_acknowledge).then(|| self.written_at.min(self.acknowledged_at) + self.limit)
    }
}

/// Ready at that moment, if there is one.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment.into()).await,
        None => pending().await,
    }
}

/// Ready when the server goes down; one that is gone altogether does.
pub(super) async fn drained(draining: &mut watch::Receiver<bool>) {
    let _ = draining.wait_for(|draining| *draining).await;
}

/// Reads what is there. An end is an error.
async fn read_some<R: AsyncRead + Unpin>(reader: &mut R, input: &mut BytesMut) -> io::Result<()> {
    input.reserve(READ_BYTES);
    match reader.read_buf(input).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Writes what the socket takes, or flushes. Whoever drops it loses nothing.
async fn write_some<W: AsyncWrite + Unpin>(
    writer: &mut W,
    output: &mut BytesMut,
    is_unflushed: &mut bool,
) -> io::Result<()> {
    if output.is_empty() {
        writer.flush().await?;
        *is_unflushed = false;
        return Ok(());
    }
    *is_unflushed = true;
    writer.write_buf(output).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::metrics::Metrics;
    use crate::mqtt::session::MAX_PACKET_BYTES;
    use rumqttc::{Packet, PubAck, QoS};
    use tokio::io::DuplexStream;

    /// What one side holds in a test's line.
    const LINE_BYTES: usize = 256;

    struct Bench {
        config: MqttConfig,
        metrics: Metrics,
        topics: Topics,
        life: Life,
    }

    impl Bench {
        fn new(settings: &str) -> Self {
            let text = format!("[mqtt]\ntimeout_ms = 300\n{settings}");
            let config = Config::from_text(crate::game::GAMES, Some(("test", &text))).unwrap().mqtt;
            let life = Life { started_ms: 5, instance: "b".to_owned() };
            Self { config, metrics: Metrics::new(), topics: Topics::new("perigee", "n"), life }
        }

        /// A conversation with `broker`, until one side goes.
        async fn talk<F: Future<Output = ()>>(
            &self,
            outbox: &Outbox<'_>,
            broker: impl FnOnce(DuplexStream) -> F,
        ) -> Lost {
            let (ours, theirs) = tokio::io::duplex(LINE_BYTES);
            let (to_do, _asked) = mpsc::channel(1);
            let (_drain, draining) = watch::channel(false);
            let setting = Setting {
                config: &self.config,
                topics: &self.topics,
                life: &self.life,
                wall: Wall::default(),
                outbox,
                metrics: &self.metrics.mqtt,
                draining,
                to_do,
                started: Instant::now(),
            };
            let mut orders = Orders::new(&self.config, Duration::ZERO);
            let talking = Conversation::new(&setting, &mut orders, BytesMut::new()).run(Box::new(ours));
            tokio::join!(talking, broker(theirs)).0
        }

        fn outbox(&self) -> Outbox<'_> {
            Outbox::new(16, Duration::from_secs(9), &self.metrics.mqtt)
        }
    }

    /// Reads what we say, and answers as a broker does, if it does.
    async fn read_packets(line: &mut DuplexStream, answers: bool, mut each: impl FnMut(&Packet) -> bool) {
        let mut input = BytesMut::new();
        loop {
            while let Ok(packet) = Packet::read(&mut input, 4 * MAX_PACKET_BYTES) {
                let mut output = BytesMut::new();
                let answer = match &packet {
                    Packet::Publish(publish) if publish.pkid > 0 => {
                        Some(Packet::PubAck(PubAck::new(publish.pkid)))
                    }
                    Packet::PingReq => Some(Packet::PingResp),
                    _ => None,
                };
                if let Some(answer) = answer.filter(|_| answers) {
                    answer.write(&mut output, 1 << 16).unwrap();
                    line.write_all(&output).await.unwrap();
                }
                if each(&packet) {
                    return;
                }
            }
            if line.read_buf(&mut input).await.unwrap_or(0) == 0 {
                return;
            }
        }
    }

    fn state(outbox: &Outbox<'_>, topic: &str, n: usize) {
        outbox.set_state(
            topic.to_owned(),
            Bytes::from(format!("{n} {}", "x".repeat(2000))),
            QoS::AtLeastOnce,
        );
    }

    #[tokio::test]
    async fn a_broker_that_takes_nothing_or_acknowledges_nothing_is_lost_in_time() {
        let bench = Bench::new("");
        let outbox = bench.outbox();
        state(&outbox, "more than the line holds", 0);
        let lost = bench.talk(&outbox, async |line: DuplexStream| {
            tokio::time::sleep(Duration::from_millis(900)).await;
            drop(line);
        });
        assert_eq!(lost.await, Lost::NotReading);
        for n in 0..40 {
            state(&outbox, &format!("t{n}"), n);
        }
        let begun = Instant::now();
        let lost = bench
            .talk(&outbox, async |mut line: DuplexStream| read_packets(&mut line, false, |_| false).await);
        assert_eq!(lost.await, Lost::NotReading, "it reads, and acknowledges nothing");
        assert!(
            begun.elapsed() < Duration::from_secs(3),
            "in time, and not only when the sweep writes again"
        );
    }

    #[tokio::test]
    async fn a_slow_broker_gets_the_newest_state_and_not_those_before() {
        let bench = Bench::new("");
        let outbox = bench.outbox();
        let (mut newest, mut count) = (String::new(), 0);
        let lost = bench.talk(&outbox, async |mut line: DuplexStream| {
            for n in 0..500 {
                state(&outbox, "room", n);
                if n % 50 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            read_packets(&mut line, true, |packet| {
                if let Packet::Publish(publish) = packet
                    && publish.topic == "room"
                {
                    count += 1;
                    newest = String::from_utf8_lossy(&publish.payload[..3]).into_owned();
                }
                newest == "499"
            })
            .await;
        });
        assert_eq!(lost.await, Lost::Closed);
        assert!(newest == "499" && count < 20, "{newest} after {count}");
    }

    #[tokio::test]
    async fn what_was_not_acknowledged_waits_for_the_next_connection() {
        let bench = Bench::new("[mqtt.qos]\nheadlines = 1\n");
        let outbox = bench.outbox();
        let event = Outgoing {
            kind: MessageKind::Event,
            topic: "e".to_owned(),
            payload: Bytes::from_static(b"1"),
            qos: QoS::AtLeastOnce,
        };
        outbox.add_event(event.clone(), Instant::now());
        let lost = bench.talk(&outbox, async |mut line: DuplexStream| {
            read_packets(
                &mut line,
                false,
                |packet| matches!(packet, Packet::Publish(sent) if sent.topic == "e"),
            )
            .await;
        });
        assert_eq!(lost.await, Lost::Closed);
        let waiting: Vec<Outgoing> = std::iter::from_fn(|| outbox.take(Instant::now())).collect();
        assert_eq!(waiting, [event], "the state of the status was sent, and is told anew with all others");
    }
}
