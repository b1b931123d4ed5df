//! All that one client of a busy room is sent, on record: what the browser's decoder is timed with.

use perigee_arena::bot::{Behaviour, Bot};
use perigee_arena::{Arena, ArenaCommand, Scenario};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::netcode::{Address, Host, HostConfig, Outbox, Ticket};
use perigee_shared::protocol::{Build, Hello, PROTOCOL_VERSION, schema_hash};
use perigee_shared::tick::TICK_MICROS;

/// The messages to the first of `players` in so many ticks, each after its length in four bytes, little endian. All
/// cruise, and all see each other.
pub(crate) fn record(players: u16, ticks: u32) -> Vec<u8> {
    let scenario = Scenario { asteroids: 10, ..Scenario::bare(2000.0, 2000.0) };
    let config = HostConfig {
        max_players: usize::from(players),
        interest_radius_units: 3000.0,
        budget_bytes_per_s: 1_000_000,
        ..HostConfig::default()
    };
    let mut host = Host::<Arena>::new(config, scenario);
    let mut out = Outbox::default();
    let mut minds: Vec<Bot> = (0..players).map(|n| Bot::new(Behaviour::Cruise, u64::from(n))).collect();
    let build = Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<Arena>() };
    let (name, room) = ("Bot".to_owned(), "any".to_owned());
    let hello = Hello { build, name, room, want_checksums: false, bot: true, ..Hello::default() };
    for _ in 0..players {
        host.join(&hello, Ticket::default(), &mut out).unwrap();
    }
    let mut record = Vec::new();
    for now_us in (0..u64::from(ticks)).map(|n| n * TICK_MICROS) {
        for (player, mind) in (0..).map(PlayerId).zip(&mut minds) {
            let command = mind.decide(None, std::iter::empty(), host.map());
            send(&mut host, player, now_us, command);
        }
        host.tick(now_us, |_| true, &mut out);
        for (_, _, message) in out.iter().filter(|(to, ..)| reaches(*to, PlayerId(0))) {
            record.extend((message.len() as u32).to_le_bytes());
            record.extend(message);
        }
        out.clear();
    }
    record
}

fn reaches(to: Address, player: PlayerId) -> bool {
    to == Address::Everyone || to == Address::Player(player)
}

fn send(host: &mut Host<Arena>, player: PlayerId, now_us: u64, command: ArenaCommand) {
    let tick = host.tick_number();
    let (newest, ack) = (tick.plus(1).0 as u16, tick.0 as u16);
    let packet = InputPacket { newest, ack, commands: vec![command], ..InputPacket::default() };
    let mut writer = BitWriter::new();
    packet.write(&mut writer);
    host.handle_packet(player, now_us, writer.finish()).unwrap();
}
