//! A player over any stream: a real `Peer`, its socket and its frames. What it sees is the test's to look at.

use futures_util::{SinkExt, StreamExt};
use perigee_arena::Arena;
use perigee_arena::bot::Bot;
use perigee_arena::{ArenaCommand, ArenaEntity};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::Replicated;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::netcode::{Entity, Outbox, Peer, PeerConfig, PeerStatus};
use perigee_shared::protocol::{DisconnectReason, Inbound};
use perigee_shared::tick::TICK_MICROS;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// No match of a test lasts longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// One clock for all peers of this process: a peer outlives its connections.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

pub(crate) fn now_us() -> u64 {
    EPOCH.elapsed().as_micros() as u64
}

/// A peer that compares checksums.
pub(crate) fn peer(name: &str) -> Peer<Arena> {
    Peer::new(PeerConfig { name: name.into(), want_checksums: true, ..PeerConfig::default() })
}

/// The ship that `player` steers, by the newest snapshot.
pub(crate) fn ship_of(peer: &Peer<Arena>, player: PlayerId) -> Option<(Slot, ArenaEntity)> {
    let mut held = peer.confirmed();
    held.find(|(_, entity)| entity.kind() == 0 && entity.owner() == Some(player)).map(|(slot, e)| (slot, *e))
}

/// Why [`Client::play`] came to an end.
#[derive(Debug, PartialEq)]
pub(crate) enum Ending {
    /// The test has seen what it wanted.
    Enough,
    /// The server said goodbye.
    Sent(DisconnectReason),
    /// The connection broke without a word.
    Broken,
}

/// What a player does at each frame.
pub(crate) type Hands = Box<dyn FnMut(&mut Peer<Arena>) -> ArenaCommand + Send>;
/// What a modified client says instead of what is so.
pub(crate) type Forger = fn(&mut InputPacket<ArenaCommand>);

/// A peer and its connection.
pub(crate) struct Client<S> {
    socket: WebSocketStream<S>,
    pub(crate) peer: Peer<Arena>,
    /// Who steers; without one the hands are still.
    pub(crate) mind: Option<Bot>,
    /// Who steers if no mind does.
    pub(crate) hands: Option<Hands>,
    pub(crate) forger: Option<Forger>,
    outbox: Outbox,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Shakes hands on `stream`, and says hello for `peer`: a new player, or one who comes back.
    pub(crate) async fn open(stream: S, peer: Peer<Arena>) -> Self {
        let (socket, _) = client_async("ws://perigee.test/play", stream).await.unwrap();
        let mut client =
            Self { socket, peer, mind: None, hands: None, forger: None, outbox: Outbox::default() };
        client.peer.connected(now_us(), &mut client.outbox);
        assert!(client.flush().await, "the server hears the hello");
        client
    }

    /// Plays until `enough` says so. It is asked after each snapshot, and told its size.
    pub(crate) async fn play(&mut self, enough: impl FnMut(&Peer<Arena>, usize) -> bool) -> Ending {
        timeout(PATIENCE, self.converse(enough)).await.expect("the match comes to what the test waits for")
    }

    async fn converse(&mut self, mut enough: impl FnMut(&Peer<Arena>, usize) -> bool) -> Ending {
        let mut frames = interval(Duration::from_micros(TICK_MICROS));
        frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                message = self.socket.next() => match message {
                    Some(Ok(Message::Binary(bytes))) => {
                        let before = self.peer.stats().snapshots;
                        self.peer.handle_packet(now_us(), &bytes).unwrap();
                        if let PeerStatus::Closed(reason) = self.peer.status() {
                            return Ending::Sent(reason.clone());
                        }
                        if self.peer.stats().snapshots > before && enough(&self.peer, bytes.len()) {
                            return Ending::Enough;
                        }
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ending::Broken,
                    Some(Ok(_)) => {}
                },
                _ = frames.tick() => {
                    let command = self.decide();
                    self.peer.frame(now_us(), command, &mut self.outbox);
                    if !self.flush().await {
                        return Ending::Broken;
                    }
                }
            }
        }
    }

    /// Plays until `count` more snapshots came.
    pub(crate) async fn take_snapshots(&mut self, count: u64) -> Ending {
        let target = self.peer.stats().snapshots + count;
        self.play(|peer, _| peer.stats().snapshots >= target).await
    }

    /// The connection breaks without a goodbye; the peer is left.
    pub(crate) fn cut(self) -> Peer<Arena> {
        let mut peer = self.peer;
        drop(self.socket);
        peer.disconnected();
        peer
    }

    /// The player leaves of their own will.
    pub(crate) async fn leave(mut self) {
        self.peer.leave(&mut self.outbox);
        assert!(self.flush().await);
    }

    fn decide(&mut self) -> ArenaCommand {
        if let Some(hands) = &mut self.hands {
            return hands(&mut self.peer);
        }
        let (Some(mind), Some(map)) = (&mut self.mind, self.peer.map()) else {
            return ArenaCommand::default();
        };
        mind.decide(self.peer.own_confirmed(), self.peer.confirmed().map(|(_, entity)| entity), map)
    }

    /// Whether the socket took everything.
    async fn flush(&mut self) -> bool {
        let mut taken = true;
        for packet in self.outbox.packets() {
            let packet = match self.forger {
                Some(forger) if Inbound::of(packet) == Some(Inbound::Packet) => forged(packet, forger),
                _ => packet.to_vec(),
            };
            taken &= self.socket.send(Message::Binary(packet.into())).await.is_ok();
        }
        self.outbox.clear();
        taken
    }
}

fn forged(packet: &[u8], forger: Forger) -> Vec<u8> {
    let mut input = InputPacket::default();
    input.read(packet).unwrap();
    forger(&mut input);
    let mut writer = BitWriter::new();
    input.write(&mut writer);
    writer.finish().to_vec()
}
