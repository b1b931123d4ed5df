//! Control messages, in both directions: a decoded message can be encoded, and decodes to the same message again.

use super::arena_schema;
use perigee_server::parts::text::clean_name;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Statistics;
use perigee_shared::netcode::{Quote, Standing};
use perigee_shared::protocol::{
    Board, Build, Channel, ChatLine, ClientMessage, DisconnectReason, Hello, LeaderRow, Leaders, Message,
    PROTOCOL_VERSION, Prices, Resume, ResumeToken, RosterChange, RosterEntry, ServerMessage, ServiceMessage,
    ServiceRequest, Span, Tuning, Welcome, check_hello,
};
use perigee_shared::tick::Tick;
use std::fmt::Debug;

pub(super) fn control(bytes: &[u8]) {
    comes_back::<ClientMessage>(bytes);
    comes_back::<ServiceRequest>(bytes);
    comes_back::<ServerMessage>(bytes);
    comes_back::<ServiceMessage>(bytes);
    if let Ok(hello) = check_hello(bytes, std::iter::once(arena_schema()))
        && let Some(name) = clean_name(&hello.name)
    {
        assert_eq!(clean_name(&name), Some(name), "a clean name is clean");
    }
}

/// If the bytes decode to a message, it encodes to bytes that decode to the same message.
fn comes_back<M: Message + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(message) = M::decode(bytes) {
        assert_eq!(M::decode(&message.encode()), Ok(message));
    }
}

/// A hello that is accepted.
pub(super) fn hello() -> Hello {
    Hello {
        build: Build { protocol: PROTOCOL_VERSION, schema: arena_schema() },
        name: "Ada L".to_owned(),
        room: "any".to_owned(),
        want_checksums: true,
        ..Hello::default()
    }
}

pub(super) fn messages() -> Vec<Vec<u8>> {
    let resume = Some(Resume { token: ResumeToken([7; 16]), tick: Some(Tick(900)) });
    let from_clients = [
        ClientMessage::Hello(hello()),
        ClientMessage::Hello(Hello { resume, party: "us".to_owned(), spectate: true, ..hello() }),
        ClientMessage::Goodbye,
        ClientMessage::Order { number: 3, code: 0x1234_5678 },
        ClientMessage::Resync,
    ];
    let requests = [
        ServiceRequest::Say { channel: Channel::Room, text: "hello, world".to_owned() },
        ServiceRequest::Tune(Tuning { prices: true, leaders: Some(Board { span: Span::Today, by: 0 }) }),
        ServiceRequest::Block { name: "Bob".to_owned(), blocked: true },
    ];
    let entry = RosterEntry {
        player: PlayerId(3),
        name: "Bob".to_owned(),
        standing: Standing { score: -4, statistics: Statistics::of([3, 1000]), ..Standing::default() },
        bot: false,
    };
    let roster = RosterChange {
        standings: vec![(PlayerId(3), entry.standing)],
        changed: vec![entry],
        left: vec![PlayerId(1)],
    };
    let welcome = Welcome {
        player: PlayerId(3),
        name: "Ada".to_owned(),
        room: "arena".to_owned(),
        tick: Tick(77),
        scenario: vec![1, 2, 3],
        token: ResumeToken([9; 16]),
        resumed: false,
        kept_ms: 30_000,
        orders_taken: 0,
        spectating: Some(3000),
    };
    let row = LeaderRow { rank: 1, name: "Ada".to_owned(), value: -5 };
    let line = ChatLine {
        number: 8,
        channel: Channel::Private("Bob".to_owned()),
        from: "Ada".to_owned(),
        text: "here".to_owned(),
        at_ms: 1_700_000_000_000,
    };
    let from_servers = [
        ServerMessage::Welcome(welcome),
        ServerMessage::Roster(roster),
        ServerMessage::Notice("soon".to_owned()),
        ServerMessage::Goodbye(DisconnectReason::TooFast),
        ServerMessage::Pace { grade: 1, tick_us: 33_333 },
    ];
    let services = [
        ServiceMessage::Chat(line),
        ServiceMessage::Prices(Prices { changed: vec![Quote { ask: 12, ..Quote::default() }] }),
        ServiceMessage::Leaders(Leaders {
            board: Board::default(),
            rows: vec![row.clone()],
            own: Some(row),
            ranked: 9,
        }),
    ];
    let up = from_clients.iter().map(Message::encode).chain(requests.iter().map(Message::encode));
    let down = from_servers.iter().map(Message::encode).chain(services.iter().map(Message::encode));
    up.chain(down).collect()
}
