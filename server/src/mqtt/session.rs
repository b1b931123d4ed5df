//! One connection's conversation with the broker, without a socket: bytes in, bytes out, on the codec and the state of
//! `rumqttc`.
//!
//! Its own loop is not used: it would queue by itself what the outbox keeps as the newest of each topic, end the connection
//! at a message that is too long, and bring a TLS of its own. A broker is a peer like any other: what it sends is bounded,
//! and what is wrong with it ends the connection with a reason.

use super::outbox::{MAX_PAYLOAD_BYTES, MessageKind, Outgoing};
use bytes::{Buf, Bytes, BytesMut};
use rumqttc::{
    ConnAck, Connect, ConnectReturnCode, Disconnect, LastWill, Login, MqttState, Packet, PingReq, Publish,
    QoS, Request, Subscribe, SubscribeFilter, SubscribeReasonCode, Unsubscribe,
};
use std::time::Duration;

/// Messages that wait for the broker's word that it has them.
const MAX_UNACKNOWLEDGED: u16 = 32;
/// Longest packet that is read; of longer messages the rest is passed over.
pub(super) const MAX_PACKET_BYTES: usize = 64 * 1024;
/// Longest packet that is written: a payload, and a topic with its lengths.
const MAX_WRITTEN_BYTES: usize = MAX_PAYLOAD_BYTES + 2048;

/// Why a connection ended, or was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Nobody is there, or the network is not.
    Unreachable,
    /// The broker took too long to connect.
    TimedOut,
    /// Encryption did not come about: not the broker that the certificates vouch for.
    Tls,
    /// The broker does not want us: user or password, or it is not ready.
    Refused(ConnectReturnCode),
    /// What it sent is not MQTT, or not now.
    Protocol,
    /// It closed the connection.
    Closed,
    /// It takes nothing.
    NotReading,
    /// It says nothing.
    Silent,
    /// Another server that is there for longer has our name.
    NodeTaken,
    /// The server stops.
    Stopping,
}

impl Lost {
    /// The label in `/metrics`.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Unreachable => "broker_unreachable",
            Self::TimedOut => "broker_timeout",
            Self::Tls => "broker_tls",
            Self::Refused(ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized) => {
                "broker_login"
            }
            Self::Refused(_) => "broker_refused",
            Self::Protocol => "broker_protocol",
            Self::Closed => "broker_closed",
            Self::NotReading => "broker_not_reading",
            Self::Silent => "broker_silent",
            Self::NodeTaken => "node_taken",
            Self::Stopping => "stopping",
        }
    }
}

/// How we introduce ourselves. It holds a password, so it is nothing for a log.
#[derive(Clone)]
pub(super) struct Introduction {
    pub(super) client_id: String,
    pub(super) login: Option<Login>,
    pub(super) keep_alive: Duration,
    /// What the broker is to say in our place, should we be lost.
    pub(super) will: Outgoing,
}

impl Introduction {
    /// The first packet. The broker keeps nothing of us beyond the connection: states are told anew, and an order that
    /// nobody heard is over.
    pub(super) fn write(&self, output: &mut BytesMut) -> Result<(), Lost> {
        let mut connect = Connect::new(self.client_id.clone());
        connect.keep_alive = u16::try_from(self.keep_alive.as_secs()).unwrap_or(u16::MAX).max(1);
        connect.clean_session = true;
        connect.login.clone_from(&self.login);
        let Outgoing { topic, payload, qos, .. } = &self.will;
        connect.last_will = Some(LastWill::new(topic.clone(), payload.to_vec(), *qos, true));
        write(&Packet::Connect(connect), output)
    }
}

/// What the broker said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Somebody published something.
    Message {
        /// Under which topic.
        topic: String,
        /// What.
        payload: Bytes,
        /// Whether the broker had kept it.
        is_retained: bool,
    },
    /// Somebody published more than is read.
    Oversized,
    /// So many of what we wanted to hear we may not.
    MayNotHear(usize),
    /// Something that needs nothing.
    Nothing,
}

/// A conversation after the broker's welcome.
pub(super) struct MqttSession {
    state: MqttState,
    /// Bytes of a message that is too long, still to come.
    skipped: usize,
}

/// Whether there is the broker's welcome.
///
/// # Errors
/// It is none.
pub(super) fn read_welcome(input: &mut BytesMut) -> Result<bool, Lost> {
    /// The type of the only packet that may come first.
    const CONNACK: u8 = 2;
    if input.first().is_some_and(|first| first >> 4 != CONNACK) {
        return Err(Lost::Protocol);
    }
    match Packet::read(input, MAX_PACKET_BYTES) {
        Ok(Packet::ConnAck(ConnAck { code: ConnectReturnCode::Success, .. })) => Ok(true),
        Ok(Packet::ConnAck(ConnAck { code, .. })) => Err(Lost::Refused(code)),
        Err(rumqttc::Error::InsufficientBytes(_)) => Ok(false),
        Ok(_) | Err(_) => Err(Lost::Protocol),
    }
}

impl MqttSession {
    pub(super) fn new() -> Self {
        Self { state: MqttState::new(MAX_UNACKNOWLEDGED, false), skipped: 0 }
    }

    /// Whether another message may be sent before the broker acknowledges one.
    pub(super) fn has_place(&self) -> bool {
        self.state.inflight() < MAX_UNACKNOWLEDGED - 1 && self.state.collision.is_none()
    }

    pub(super) fn publish(&mut self, message: &Outgoing, output: &mut BytesMut) -> Result<(), Lost> {
        let mut publish = Publish::from_bytes(message.topic.clone(), message.qos, message.payload.clone());
        publish.retain = message.kind == MessageKind::State;
        self.request(Request::Publish(publish), output)
    }

    /// Wants to hear these, at most once each: an order that comes twice would be carried out twice.
    pub(super) fn subscribe(&mut self, topics: Vec<String>, output: &mut BytesMut) -> Result<(), Lost> {
        let filter = |topic| SubscribeFilter::new(topic, QoS::AtMostOnce);
        self.request(Request::Subscribe(Subscribe::new_many(topics.into_iter().map(filter))), output)
    }

    pub(super) fn unsubscribe(&mut self, topic: String, output: &mut BytesMut) -> Result<(), Lost> {
        self.request(Request::Unsubscribe(Unsubscribe::new(topic)), output)
    }

    /// Asks whether the broker is there; it is lost if it did not answer the last time.
    pub(super) fn ping(&mut self, output: &mut BytesMut) -> Result<(), Lost> {
        self.request(Request::PingReq(PingReq), output).map_err(|_| Lost::Silent)
    }

    /// A goodbye: the broker then does not publish our will.
    pub(super) fn say_goodbye(&mut self, output: &mut BytesMut) -> Result<(), Lost> {
        self.request(Request::Disconnect(Disconnect), output)
    }

    fn request(&mut self, request: Request, output: &mut BytesMut) -> Result<(), Lost> {
        let packet = self.state.handle_outgoing_packet(request).map_err(|_| Lost::Protocol)?;
        self.state.events.clear();
        packet.map_or(Ok(()), |packet| write(&packet, output))
    }

    /// The next thing in `input`, which loses it; `None` if it is not all there. Answers go to `output`.
    ///
    /// # Errors
    /// [`Lost::Protocol`]: it is not what a broker may say.
    pub(super) fn hear(
        &mut self,
        input: &mut BytesMut,
        output: &mut BytesMut,
    ) -> Result<Option<Heard>, Lost> {
        let passed = self.skipped.min(input.len());
        input.advance(passed);
        self.skipped -= passed;
        if self.skipped > 0 {
            return Ok(None);
        }
        let packet = match Packet::read(input, MAX_PACKET_BYTES) {
            Ok(packet) => packet,
            Err(rumqttc::Error::InsufficientBytes(_)) => return Ok(None),
            Err(rumqttc::Error::PayloadSizeLimitExceeded(length)) => {
                return self.skip(input, length).map(Some);
            }
            Err(_) => return Err(Lost::Protocol),
        };
        let heard = heard_in(&packet);
        let answer = self.state.handle_incoming_packet(packet).map_err(|_| Lost::Protocol)?;
        self.state.events.clear();
        if let Some(answer) = answer {
            write(&answer, output)?;
        }
        Ok(Some(heard))
    }

    /// Passes over a message of which no more is needed than that it came. One that wants an answer is none that we asked
    /// for.
    fn skip(&mut self, input: &mut BytesMut, length: usize) -> Result<Heard, Lost> {
        /// Type and quality of a packet, and those of a message at most once.
        const TYPE_AND_QOS: u8 = 0b1111_0110;
        const MESSAGE: u8 = 0b0011_0000;
        if input.first().is_none_or(|first| first & TYPE_AND_QOS != MESSAGE) {
            return Err(Lost::Protocol);
        }
        let length_bytes = 1 + input.iter().skip(1).take_while(|&&byte| byte & 0x80 != 0).count();
        self.skipped = 1 + length_bytes + length;
        let passed = self.skipped.min(input.len());
        input.advance(passed);
        self.skipped -= passed;
        Ok(Heard::Oversized)
    }

    /// Messages of which the broker did not say that it has them.
    pub(super) fn unacknowledged(mut self) -> impl Iterator<Item = Publish> {
        let collided = self.state.collision.take();
        let publish = |request| match request {
            Request::Publish(publish) => Some(publish),
            _ => None,
        };
        self.state.clean().into_iter().filter_map(publish).chain(collided)
    }
}

fn heard_in(packet: &Packet) -> Heard {
    match packet {
        Packet::Publish(Publish { topic, payload, retain, .. }) => {
            Heard::Message { topic: topic.clone(), payload: payload.clone(), is_retained: *retain }
        }
        Packet::SubAck(answer) => {
            let refused =
                answer.return_codes.iter().filter(|&&code| code == SubscribeReasonCode::Failure).count();
            if refused > 0 { Heard::MayNotHear(refused) } else { Heard::Nothing }
        }
        _ => Heard::Nothing,
    }
}

fn write(packet: &Packet, output: &mut BytesMut) -> Result<(), Lost> {
    packet.write(output, MAX_WRITTEN_BYTES).map(drop).map_err(|_| Lost::Protocol)
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::rng::Rng;
    use rumqttc::{PubAck, SubAck};

    fn bytes_of(packet: &Packet) -> BytesMut {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, 1 << 20).unwrap();
        bytes
    }

    fn state(topic: &str, payload: &str) -> Outgoing {
        let payload = Bytes::from(payload.to_owned());
        Outgoing { kind: MessageKind::State, topic: topic.to_owned(), payload, qos: QoS::AtLeastOnce }
    }

    fn published(payload: Vec<u8>) -> BytesMut {
        bytes_of(&Packet::Publish(Publish::new("home/say", QoS::AtMostOnce, payload)))
    }

    fn message(payload: &[u8]) -> Heard {
        Heard::Message { topic: "home/say".to_owned(), payload: payload.to_vec().into(), is_retained: false }
    }

    #[test]
    fn we_introduce_ourselves_with_a_will_and_leave_nothing_behind() {
        let will = state("perigee/n/status", "offline");
        let login = Some(Login::new("ada", "secret"));
        let keep_alive = Duration::from_secs(15);
        let mut bytes = BytesMut::new();
        Introduction { client_id: "id".to_owned(), login, keep_alive, will }.write(&mut bytes).unwrap();
        let Ok(Packet::Connect(connect)) = Packet::read(&mut bytes, 1 << 16) else { panic!("{bytes:?}") };
        let will = connect.last_will.unwrap();
        assert!(will.retain && connect.clean_session);
        assert_eq!(
            (will.topic.as_str(), &will.message[..], connect.keep_alive),
            ("perigee/n/status", &b"offline"[..], 15)
        );
        assert_eq!(connect.login.unwrap().password, "secret");
    }

    #[test]
    fn a_welcome_is_one_and_a_refusal_has_its_reason() {
        let welcome = |code| bytes_of(&Packet::ConnAck(ConnAck::new(code, false)));
        let mut whole = welcome(ConnectReturnCode::Success);
        assert_eq!(read_welcome(&mut whole.split_to(2)), Ok(false));
        assert_eq!(read_welcome(&mut welcome(ConnectReturnCode::Success)), Ok(true));
        let refused = read_welcome(&mut welcome(ConnectReturnCode::NotAuthorized)).unwrap_err();
        assert_eq!(refused.label(), "broker_login");
        assert_eq!(read_welcome(&mut BytesMut::from(&b"HTTP/1.1 400"[..])), Err(Lost::Protocol));
    }

    #[test]
    fn no_more_than_the_broker_acknowledges_is_sent_and_the_rest_comes_back() {
        let (mut session, mut output) = (MqttSession::new(), BytesMut::new());
        let mut sent = 0;
        while session.has_place() {
            session.publish(&state("a", &sent.to_string()), &mut output).unwrap();
            sent += 1;
        }
        assert_eq!(sent, MAX_UNACKNOWLEDGED - 1);
        let mut input = bytes_of(&Packet::PubAck(PubAck::new(1)));
        assert_eq!(session.hear(&mut input, &mut output), Ok(Some(Heard::Nothing)));
        assert!(session.has_place());
        assert_eq!(session.unacknowledged().count(), usize::from(sent) - 1);
    }

    #[test]
    fn a_broker_that_does_not_answer_a_ping_is_lost_at_the_next() {
        let (mut session, mut output) = (MqttSession::new(), BytesMut::new());
        session.ping(&mut output).unwrap();
        session.hear(&mut bytes_of(&Packet::PingResp), &mut output).unwrap();
        session.ping(&mut output).unwrap();
        assert_eq!(session.ping(&mut output), Err(Lost::Silent));
    }

    #[test]
    fn what_is_too_long_is_passed_over_and_what_follows_is_heard() {
        let (mut session, mut output) = (MqttSession::new(), BytesMut::new());
        let mut all = published(vec![b'x'; 3 * MAX_PACKET_BYTES]);
        all.extend_from_slice(&published(b"hi".to_vec()));
        let (mut input, mut heard) = (BytesMut::new(), Vec::new());
        for piece in all.chunks(1000) {
            input.extend_from_slice(piece);
            while let Some(one) = session.hear(&mut input, &mut output).unwrap() {
                heard.push(one);
            }
            assert!(input.len() <= MAX_PACKET_BYTES + 1000);
        }
        assert_eq!(heard, [Heard::Oversized, message(b"hi")]);
        let mut wants_answer = Publish::new("home/say", QoS::AtLeastOnce, vec![b'x'; 2 * MAX_PACKET_BYTES]);
        wants_answer.pkid = 1;
        let mut input = bytes_of(&Packet::Publish(wants_answer));
        assert_eq!(session.hear(&mut input, &mut output), Err(Lost::Protocol));
    }

    #[test]
    fn topics_that_we_may_not_hear_are_told() {
        let codes = vec![SubscribeReasonCode::Failure, SubscribeReasonCode::Success(QoS::AtMostOnce)];
        let mut input = bytes_of(&Packet::SubAck(SubAck::new(1, codes)));
        let heard = MqttSession::new().hear(&mut input, &mut BytesMut::new());
        assert_eq!(heard, Ok(Some(Heard::MayNotHear(1))));
    }

    /// Bytes of a broker made worse: each conversation ends in a reason or goes on, and what is kept stays bounded.
    #[test]
    fn any_bytes_are_heard_or_end_the_connection() {
        let seeds = [
            published(b"hello".to_vec()),
            bytes_of(&Packet::PubAck(PubAck::new(1))),
            bytes_of(&Packet::PubRec(rumqttc::PubRec::new(2))),
            bytes_of(&Packet::PubRel(rumqttc::PubRel::new(3))),
            bytes_of(&Packet::PubComp(rumqttc::PubComp::new(2))),
            bytes_of(&Packet::PingResp),
            bytes_of(&Packet::SubAck(SubAck::new(1, vec![SubscribeReasonCode::Failure]))),
            bytes_of(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false))),
            bytes_of(&Packet::Disconnect),
            BytesMut::from(&[0x90, 0x02, 0x00, 0x01][..]),
        ];
        let (mut ended, mut went_on) = (0, 0);
        for seed in 0..20_000_u64 {
            let mut rng = Rng::new(seed);
            let (mut session, mut output) = (MqttSession::new(), BytesMut::new());
            for n in 0..rng.below(5) {
                session.publish(&state("a", &n.to_string()), &mut output).unwrap();
            }
            let mut input = BytesMut::new();
            for _ in 0..=rng.below(4) {
                let mut piece = seeds[rng.below(seeds.len() as u32) as usize].clone();
                if rng.chance(2, 3) && !piece.is_empty() {
                    let at = rng.below(piece.len() as u32) as usize;
                    piece[at] = rng.next_u32() as u8;
                }
                input.extend_from_slice(&piece);
            }
            let _ = read_welcome(&mut input.clone());
            loop {
                match session.hear(&mut input, &mut output) {
                    Ok(Some(_)) => went_on += 1,
                    Ok(None) => break,
                    Err(lost) => {
                        assert_eq!(lost, Lost::Protocol, "seed {seed}");
                        ended += 1;
                        break;
                    }
                }
            }
            assert!(output.len() < 4096, "seed {seed}");
            assert!(session.unacknowledged().count() <= usize::from(MAX_UNACKNOWLEDGED), "seed {seed}");
        }
        assert!(ended > 1000 && went_on > 1000, "{ended} {went_on}");
    }
}
