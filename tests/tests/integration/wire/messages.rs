//! The bytes of each kind of message, as `PROTOCOL.md` documents them. A kind that is not here does not compile.

use super::hex;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Quote, Standing, Statistics};
use perigee_shared::protocol::{
    Board, Build, Channel, ChatLine, ClientMessage, DecodeError, DeviceToken, DisconnectReason, Hello,
    Inbound, LeaderRow, Leaders, Message, PROTOCOL_VERSION, Prices, Refusal, Resume, ResumeToken,
    RosterChange, RosterEntry, ServerMessage, ServiceMessage, ServiceRefusal, ServiceRequest, Span, Tuning,
    Welcome,
};
use perigee_shared::tick::Tick;
use std::fmt::Debug;

fn hello() -> Hello {
    Hello {
        build: Build { protocol: 6, schema: 0x0102_0304_0506_0708 },
        name: "Ada".into(),
        room: "any".into(),
        want_checksums: true,
        device: Some(DeviceToken([9; 16])),
        party: "we".into(),
        ..Hello::default()
    }
}

fn welcome() -> Welcome {
    Welcome {
        player: PlayerId(300),
        name: "Ada".into(),
        room: "arena".into(),
        tick: Tick(7),
        scenario: vec![1, 2],
        token: ResumeToken([7; 16]),
        resumed: true,
        kept_ms: 30_000,
        orders_taken: 3,
        spectating: None,
    }
}

fn roster() -> RosterChange {
    let standing = Standing { score: -1, team: 1, statistics: Statistics::of([3, 5, 0, 2]) };
    let entry = RosterEntry { player: PlayerId(1), name: "B".into(), standing, bot: true };
    RosterChange { changed: vec![entry], standings: vec![(PlayerId(6), standing)], left: vec![PlayerId(4)] }
}

/// A message and its bytes; it comes back from them, and from no part of them and no more.
fn pinned<M: Message + PartialEq + Debug>(message: &M, bytes: &str) {
    assert_eq!(hex(&message.encode()), bytes.replace(' ', ""), "{message:?}");
    let mut bytes = message.encode();
    assert_eq!(M::decode(&bytes).as_ref(), Ok(message));
    assert!(M::decode(&bytes[..bytes.len() - 1]).is_err(), "{message:?}, cut");
    bytes.push(0);
    assert_eq!(M::decode(&bytes), Err(DecodeError::Trailing), "{message:?}");
}

#[test]
fn client_messages_are_as_documented() {
    let resume = Some(Resume { token: ResumeToken([7; 16]), tick: Some(Tick(300)) });
    let again = Hello { resume, device: None, party: String::new(), ..hello() };
    let front = "00 00 06 fd0807060504030201 03416461 03616e79 01 00";
    for message in [
        ClientMessage::Hello(hello()),
        ClientMessage::Hello(again),
        ClientMessage::Goodbye,
        ClientMessage::Order { number: 3, code: 300 },
        ClientMessage::Resync,
    ] {
        let bytes = match &message {
            ClientMessage::Hello(Hello { resume: None, .. }) => {
                format!("{front} 00 01 09090909090909090909090909090909 027765 00")
            }
            ClientMessage::Hello(_) => {
                format!("{front} 01 07070707070707070707070707070707 01fb2c01 00 00 00")
            }
            ClientMessage::Goodbye => "00 01".to_owned(),
            ClientMessage::Order { .. } => "00 02 03 fb2c01".to_owned(),
            ClientMessage::Resync => "00 03".to_owned(),
        };
        pinned(&message, &bytes);
    }
}

#[test]
fn server_messages_are_as_documented() {
    let mismatch = Refusal::ProtocolVersion { client: 9, server: PROTOCOL_VERSION };
    for message in [
        ServerMessage::Welcome(welcome()),
        ServerMessage::Roster(roster()),
        ServerMessage::Notice("Hi".into()),
        ServerMessage::Paused(true),
        ServerMessage::Goodbye(DisconnectReason::Refused(mismatch)),
        ServerMessage::Pace { grade: 3, tick_us: 50_000 },
        ServerMessage::OrdersTaken { number: 4 },
    ] {
        let bytes = match &message {
            ServerMessage::Welcome(_) => {
                "00 00 fb2c01 03416461 056172656e61 07 020102 07070707070707070707070707070707 01 fb3075 03 00"
            }
            ServerMessage::Roster(_) => "00 01 01 01 0142 0101 04060a0004 01 01 06 0101 04060a0004 01 04",
            ServerMessage::Notice(_) => "00 02 024869",
            ServerMessage::Paused(_) => "00 03 01",
            ServerMessage::Goodbye(_) => "00 04 00 00 09 06",
            ServerMessage::Pace { .. } => "00 05 03 fb50c3",
            ServerMessage::OrdersTaken { .. } => "00 06 04",
        };
        pinned(&message, bytes);
    }
    let draining = DisconnectReason::Draining { retry_within_ms: 300 };
    pinned(&ServerMessage::Goodbye(draining), "00 04 09 fb2c01");
}

#[test]
fn service_requests_are_as_documented() {
    let board = Board { span: Span::AllTime, by: 2 };
    for message in [
        ServiceRequest::Say { channel: Channel::Private("Bo".into()), text: "hi".into() },
        ServiceRequest::Tune(Tuning { prices: true, leaders: Some(board) }),
        ServiceRequest::Block { name: "Bo".into(), blocked: true },
    ] {
        let bytes = match &message {
            ServiceRequest::Say { .. } => "02 00 03 02426f 026869",
            ServiceRequest::Tune(_) => "02 01 01 01 01 02",
            ServiceRequest::Block { .. } => "02 02 02426f 01",
        };
        pinned(&message, bytes);
    }
}

#[test]
fn service_messages_are_as_documented() {
    let line =
        ChatLine { number: 8, channel: Channel::Team, from: "Bo".into(), text: "hi".into(), at_ms: 300 };
    let quote = Quote { venue: 1, good: 2, ask: 12, bid: 10, stock: 300, traded: 0 };
    let row = LeaderRow { rank: 1, name: "Bo".into(), value: -5 };
    let leaders = Leaders { board: Board::default(), rows: vec![row.clone()], own: Some(row), ranked: 9 };
    for message in [
        ServiceMessage::Chat(line),
        ServiceMessage::Refused(ServiceRefusal::TooFast { wait_ms: 300 }),
        ServiceMessage::Prices(Prices { changed: vec![quote] }),
        ServiceMessage::Leaders(leaders),
        ServiceMessage::Device(DeviceToken([9; 16])),
    ] {
        let bytes = match &message {
            ServiceMessage::Chat(_) => "02 00 08 01 02426f 026869 fb2c01",
            ServiceMessage::Refused(_) => "02 01 00 fb2c01",
            ServiceMessage::Prices(_) => "02 02 01 01 02 0c 0a fb2c01 00",
            ServiceMessage::Leaders(_) => "02 03 00 00 01 01 02426f 09 01 01 02426f 09 09",
            ServiceMessage::Device(_) => "02 04 09090909090909090909090909090909",
        };
        pinned(&message, bytes);
    }
}

#[test]
fn the_first_byte_tells_the_lane_and_no_lane_reads_anothers() {
    assert_eq!(Inbound::of(&[]), None);
    for byte in 0..=u8::MAX {
        let lane = match byte {
            0 => Some(Inbound::Match),
            2 => Some(Inbound::Services),
            _ if byte & 1 == 1 => Some(Inbound::Packet),
            _ => None,
        };
        assert_eq!(Inbound::of(&[byte, 1]), lane, "{byte}");
    }
    let (goodbye, block) =
        (ClientMessage::Goodbye.encode(), ServiceRequest::Tune(Tuning::default()).encode());
    assert_eq!(ServiceRequest::decode(&goodbye), Err(DecodeError::OtherLane));
    assert_eq!(ClientMessage::decode(&block), Err(DecodeError::OtherLane));
    assert_eq!(ClientMessage::decode(&[]), Err(DecodeError::Empty));
    assert_eq!(ClientMessage::decode(&[0, 200]), Err(DecodeError::Malformed));
}
