//! When a client sends input packets, and what is in them, as the engine's chapter tells it.

use perigee_arena::{Arena, ArenaCommand, Scenario};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::netcode::{Host, HostConfig, Outbox, Peer, PeerConfig, Ticket};
use perigee_shared::protocol::{Inbound, check_hello, schema_hash};
use perigee_shared::tick::TICK_HZ;

/// Display frames in a tick.
const FRAMES: u64 = 4;
/// Long enough for the clocks to settle.
const SETTLED_S: u64 = 4;

/// An input packet, and when it was sent.
struct Sent {
    frame: u64,
    packet: InputPacket<ArenaCommand>,
}

/// A host and a client on a line without delay.
struct Pair {
    host: Host<Arena>,
    peer: Peer<Arena>,
    seat: PlayerId,
}

impl Pair {
    fn new(spectate: bool) -> Self {
        let config = HostConfig { max_spectators: 1, ..HostConfig::default() };
        let mut host = Host::<Arena>::new(config, Scenario::bare(2000.0, 2000.0));
        let mut peer = Peer::new(PeerConfig { spectate, ..PeerConfig::default() });
        let (mut up, mut down) = (Outbox::default(), Outbox::default());
        peer.connected(0, &mut up);
        let hello = up.packets().next().expect("it says hello");
        let hello = check_hello(hello, std::iter::once(schema_hash::<Arena>())).unwrap();
        let seat = host.join(&hello, Ticket::default(), &mut down).unwrap().player;
        down.packets().for_each(|packet| peer.handle_packet(0, packet).unwrap());
        Self { host, peer, seat }
    }

    /// Plays for `seconds`; `command` is what the hands say at each tick of the wall clock. The packets that were sent once
    /// the clocks had settled.
    fn play(mut self, seconds: u64, command: impl Fn(u64) -> ArenaCommand) -> Vec<Sent> {
        let mut sent = Vec::new();
        for frame in 1..(SETTLED_S + seconds) * FRAMES * u64::from(TICK_HZ) {
            let now_us = frame * 1_000_000 / (FRAMES * u64::from(TICK_HZ));
            let (mut up, mut down) = (Outbox::default(), Outbox::default());
            if frame.is_multiple_of(FRAMES) {
                self.host.tick(now_us, |_| true, &mut down);
            }
            down.packets().for_each(|packet| self.peer.handle_packet(now_us, packet).unwrap());
            self.peer.frame(now_us, command(frame / FRAMES), &mut up);
            for bytes in up.packets().filter(|bytes| Inbound::of(bytes) == Some(Inbound::Packet)) {
                self.host.handle_packet(self.seat, now_us, bytes).unwrap();
                let mut packet = InputPacket::default();
                packet.read(bytes).unwrap();
                sent.push(Sent { frame, packet });
            }
        }
        sent.retain(|sent| sent.frame > SETTLED_S * FRAMES * u64::from(TICK_HZ));
        sent
    }
}

/// Ticks from the newest command of one packet to that of the next.
fn steps(sent: &[Sent]) -> impl Iterator<Item = u16> {
    sent.windows(2).map(|pair| pair[1].packet.newest.wrapping_sub(pair[0].packet.newest))
}

#[test]
fn a_command_that_stays_goes_out_with_every_third_tick_and_a_ping_with_every_thirtieth() {
    let thrust = ArenaCommand { thrust: true, ..ArenaCommand::default() };
    let sent = Pair::new(false).play(10, |_| thrust);
    assert!(sent.len() > 90, "{} packets", sent.len());
    assert!(steps(&sent).all(|step| step == 3), "{:?}", steps(&sent).collect::<Vec<_>>());
    assert!(sent.iter().all(|sent| sent.packet.commands.len() >= 3));
    let pings: Vec<u16> =
        sent.iter().filter(|sent| sent.packet.ping.is_some()).map(|sent| sent.packet.newest).collect();
    assert!(pings.len() > 8 && pings.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == 30), "{pings:?}");
}

#[test]
fn a_command_that_changes_goes_out_at_once() {
    let turn = |tick: u64| ArenaCommand { turn: (tick / 7 % 2) as i8, ..ArenaCommand::default() };
    let sent = Pair::new(false).play(10, turn);
    let mut changes = 0;
    for pair in sent.windows(2) {
        let (before, packet) = (pair[0].packet.commands.last(), &pair[1].packet);
        let new = packet.newest.wrapping_sub(pair[0].packet.newest) as usize;
        let new = &packet.commands[packet.commands.len() - new..];
        let changed = new.iter().position(|command| Some(command) != before);
        assert!(changed.is_none_or(|at| at == new.len() - 1), "a change waited: {before:?}, {new:?}");
        changes += u32::from(changed.is_some());
    }
    assert!(changes > 35, "{changes} changes");
    assert!(steps(&sent).all(|step| (1..=3).contains(&step)));
}

#[test]
fn a_spectator_acknowledges_once_a_second() {
    let sent = Pair::new(true).play(10, |_| ArenaCommand::default());
    assert!((9..=11).contains(&sent.len()), "{} packets", sent.len());
    assert!(sent.iter().all(|sent| sent.packet.commands.is_empty()));
    let second = FRAMES * u64::from(TICK_HZ);
    assert!(sent.windows(2).all(|pair| (second..=second + 1).contains(&(pair[1].frame - pair[0].frame))));
}
