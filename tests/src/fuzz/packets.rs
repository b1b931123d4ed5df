//! What clients send to a host, and what a server sends to a client.
//!
//! The first is a script: pieces of bytes that become packets, orders, hellos, broken connections and ticks of clients
//! that may send anything. One honest client is among them. Nothing that the others send may change the honest player's
//! seat, name, command or money. (What the others' ships do to theirs is up to the game.)

use super::arena_schema;
use super::control::hello;
use perigee_arena::bot::{Behaviour, Bot};
use perigee_arena::{Arena, ArenaCommand, ArenaEntity, ArenaOrder, Mode, Scenario, ShipClass};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{
    Address, Handled, Host, HostConfig, Order, Outbox, Peer, PeerConfig, PeerStatus, Seated, Simulation,
    Ticket,
};
use perigee_shared::protocol::{ClientMessage, Hello, Message, Resume, ResumeToken, check_hello};
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_MICROS, Tick};

/// Longest script that is played, ticks.
const MAX_TICKS: u32 = 400;
/// The command of the honest pilot at all times.
const HONEST: ArenaCommand =
    ArenaCommand { thrust: false, brake: true, turn: 3, fire: false, missile: false };
/// Ticks until a command takes effect, including those that a client may lose to its own clock.
const WARM_UP_TICKS: u32 = 60;

fn scenario() -> Scenario {
    Scenario {
        asteroids: 4,
        stations: 2,
        pirates: 1,
        map_seed: 3,
        mode: Mode::Teams,
        ..Scenario::bare(1600.0, 1200.0)
    }
}

fn host() -> Host<Arena> {
    let config = HostConfig { max_players: 6, max_spectators: 2, seed: 4, ..HostConfig::default() };
    Host::new(config, scenario())
}

/// One client on a perfect line.
struct Client {
    peer: Peer<Arena>,
    player: PlayerId,
}

impl Client {
    fn join(host: &mut Host<Arena>, name: &str, token: u8, now_us: u64) -> Self {
        let config = PeerConfig { name: name.to_owned(), want_checksums: true, ..PeerConfig::default() };
        let mut peer = Peer::new(config);
        let mut out = Outbox::default();
        peer.connected(now_us, &mut out);
        let hello = out
            .packets()
            .next()
            .and_then(|bytes| check_hello(bytes, std::iter::once(arena_schema())).ok())
            .expect("a hello");
        let mut out = Outbox::default();
        let seated = host.join(&hello, ticket(token), &mut out).expect("a seat");
        let mut client = Self { peer, player: seated.player };
        client.hear(&out, now_us);
        client
    }

    fn hear(&mut self, out: &Outbox, now_us: u64) {
        for (to, _, bytes) in out.iter() {
            if to == Address::Everyone || to == Address::Player(self.player) {
                self.peer.handle_packet(now_us, bytes).expect("what the host sends can be read");
            }
        }
    }

    /// What it sends in this tick.
    fn speak(&mut self, command: ArenaCommand, now_us: u64) -> Vec<Vec<u8>> {
        let mut out = Outbox::default();
        self.peer.frame(now_us, command, &mut out);
        out.packets().map(<[u8]>::to_vec).collect()
    }
}

fn ticket(number: u8) -> Ticket {
    // A script is unlikely to contain these bytes.
    let token =
        std::array::from_fn(|n| number.wrapping_mul(73).wrapping_add((n as u8).wrapping_mul(29)) ^ 0xa5);
    Ticket { token: ResumeToken(token), ..Ticket::default() }
}

/// Reads bytes piece by piece; beyond the end it returns fewer bytes, or zero.
struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> u64 {
        self.take(8).iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    fn piece(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte());
        self.take(count)
    }
}

/// The host, the honest client, and the others' seats.
struct Stage {
    host: Host<Arena>,
    honest: Client,
    credits: i64,
    others: Vec<PlayerId>,
    tokens: Vec<ResumeToken>,
    now_us: u64,
    ticks: u32,
    steady: u32,
}

/// The number of kinds of a script's pieces.
const PIECES: u8 = 8;

impl Stage {
    fn new() -> Self {
        let mut host = host();
        let honest = Client::join(&mut host, "Honest", 1, 0);
        let mut stage = Self {
            host,
            honest,
            credits: 0,
            others: Vec::new(),
            tokens: Vec::new(),
            now_us: 0,
            ticks: 0,
            steady: 0,
        };
        stage.tick();
        stage.credits = stage.hold().0;
        (0..2).for_each(|_| stage.admit(&hello()));
        stage
    }

    fn hold(&self) -> (i64, u16) {
        let hold = self.host.sim().entities().iter().find_map(|(_, entity)| match entity {
            ArenaEntity::Hold(hold) if hold.owner == self.honest.player => Some(hold),
            _ => None,
        });
        let hold = hold.expect("a player with a seat has a hold");
        (hold.credits.into(), hold.goods.iter().sum())
    }

    fn admit(&mut self, hello: &Hello) {
        // Never the honest client's.
        let number = 2 + (self.tokens.len() % 250) as u8;
        let mut out = Outbox::default();
        if let Ok(Seated { player, .. }) = self.host.join(hello, ticket(number), &mut out) {
            assert_ne!(player, self.honest.player, "a stranger got the honest player's seat");
            self.tokens.push(ticket(number).token);
            if !self.others.contains(&player) {
                self.others.push(player);
            }
        }
        self.honest.hear(&out, self.now_us);
    }

    fn play(&mut self, script: &mut Script<'_>) {
        let piece = script.byte();
        let (kind, detail) = (piece % PIECES, piece / PIECES);
        let who = self.others.get(usize::from(detail) % self.others.len().max(1)).copied();
        match kind {
            0..=2 => self.packet(who, script.piece()),
            3 => {
                let (number, code) = (u32::from(script.byte()), script.number());
                self.packet(who, &ClientMessage::Order { number, code }.encode());
            }
            4 => (0..=detail % 8).for_each(|_| self.tick()),
            5 => who.into_iter().for_each(|who| self.host.detach(who)),
            6 => {
                let token = match self.tokens.get(usize::from(detail)) {
                    Some(token) => *token,
                    None => ResumeToken(std::array::from_fn(|_| script.byte())),
                };
                let tick = Some(Tick(script.number() as u32)).filter(|tick| tick.0 > 0);
                self.admit(&Hello { resume: Some(Resume { token, tick }), ..hello() });
            }
            _ => match check_hello(script.piece(), std::iter::once(arena_schema())) {
                Ok(hello) => self.admit(&hello),
                Err(_) => who.into_iter().for_each(|who| self.part(who)),
            },
        }
    }

    fn part(&mut self, who: PlayerId) {
        self.host.leave(who);
        self.others.retain(|other| *other != who);
    }

    fn packet(&mut self, who: Option<PlayerId>, bytes: &[u8]) {
        // Bytes of a client that has left may still be under way.
        let who = who.unwrap_or(PlayerId(5));
        match self.host.handle_packet(who, self.now_us, bytes) {
            Ok(Handled::Goodbye) | Err(_) if self.others.contains(&who) => self.part(who),
            _ => {}
        }
    }

    fn tick(&mut self) {
        for bytes in self.honest.speak(HONEST, self.now_us) {
            self.host.handle_packet(self.honest.player, self.now_us, &bytes).expect("honest bytes");
        }
        self.now_us += TICK_MICROS;
        self.ticks += 1;
        let mut out = Outbox::default();
        self.host.tick(self.now_us, |_| true, &mut out);
        self.honest.hear(&out, self.now_us);
        self.check();
    }

    /// Checks that the honest player's state is as they left it.
    fn check(&mut self) {
        let me = self.honest.player;
        let mut views = self.host.players().filter(|view| view.player == me);
        let view = views.next().expect("the honest player's seat");
        assert_eq!((view.name, view.bot, view.absent), ("Honest", false, false));
        assert_eq!(*self.honest.peer.status(), PeerStatus::Joined);
        let stats = self.honest.peer.stats();
        assert_eq!((stats.decode_errors, stats.state_mismatches), (0, 0));
        if self.ticks > 1 && self.credits > 0 {
            let (credits, pieces) = self.hold();
            assert_eq!(credits, self.credits, "tick {}: money came or went", self.ticks);
            assert_eq!(pieces, 0, "goods that nobody gathered");
        }
        // A ship that has just respawned gets its usual command only a few ticks later.
        let ship = self.host.sim().controlled(me).and_then(|slot| self.host.sim().entities().get(slot));
        let Some(ArenaEntity::Ship(ship)) = ship else {
            self.steady = 0;
            return;
        };
        self.steady += 1;
        if self.steady > WARM_UP_TICKS && self.ticks > WARM_UP_TICKS {
            assert_eq!(ship.command, HONEST, "tick {}", self.ticks);
        }
    }
}

pub(super) fn hostile_clients(bytes: &[u8]) {
    let mut stage = Stage::new();
    let mut script = Script(bytes);
    while !script.0.is_empty() && stage.ticks < MAX_TICKS {
        stage.play(&mut script);
    }
    (0..10).for_each(|_| stage.tick());
}

/// The packets of two bots as a script, with orders, a broken connection and a return.
pub(super) fn recorded_clients() -> Vec<Vec<u8>> {
    let mut host = host();
    let mut clients: Vec<Client> = (1..3).map(|n| Client::join(&mut host, "Bot", n, 0)).collect();
    let mut bots = [Bot::new(Behaviour::Hunt, 1), Bot::new(Behaviour::Mine, 2)];
    let (mut scripts, mut now_us) = (vec![Vec::new()], 0);
    for tick in 0..120u32 {
        let script = scripts.last_mut().expect("one");
        for (at, (client, bot)) in clients.iter_mut().zip(&mut bots).enumerate() {
            let own = client.peer.own_confirmed();
            let seen = client.peer.confirmed().map(|(_, entity)| entity);
            let command = client.peer.map().map(|map| bot.decide(own, seen, map)).unwrap_or_default();
            for bytes in client.speak(command, now_us) {
                host.handle_packet(client.player, now_us, &bytes).expect("honest bytes");
                script.extend([at as u8 * PIECES, bytes.len() as u8]);
                script.extend_from_slice(&bytes);
            }
        }
        script.push(4);
        now_us += TICK_MICROS;
        let mut out = Outbox::default();
        host.tick(now_us, |_| true, &mut out);
        clients.iter_mut().for_each(|client| client.hear(&out, now_us));
        if tick % 30 == 29 {
            let orders = [ArenaOrder::Repair, ArenaOrder::Refit { class: ShipClass::Dart }];
            for (number, order) in (tick as u8 / 30 * 2 + 1..).zip(orders) {
                script.extend([3, number]);
                script.extend_from_slice(&order.pack().to_le_bytes());
            }
            // Disconnects, and comes back by token; a third client joins.
            script.extend([5, 6]);
            script.extend_from_slice(&u64::from(tick).to_le_bytes());
            let hello = ClientMessage::Hello(hello()).encode();
            script.extend([7, hello.len() as u8]);
            script.extend_from_slice(&hello);
            scripts.push(Vec::new());
        }
    }
    scripts.push(scripts.concat());
    scripts
}

/// A script of whole pieces: recorded ones in any order, a third of them changed, and additional breaks, returns and
/// ticks.
#[must_use]
pub fn interleaving(recorded: &[Vec<u8>], dice: &mut Rng) -> Vec<u8> {
    let pieces: Vec<&[u8]> = recorded.iter().flat_map(|script| pieces(script)).collect();
    let mut script = Vec::new();
    let mut at = 0;
    for _ in 0..dice.below(500) {
        // Mostly the next piece, so that much of the script is what an honest client would send.
        at = if dice.chance(1, 6) { dice.below(pieces.len() as u32) as usize } else { at + 1 };
        let begun = script.len();
        match dice.below(12) {
            0 => script.push(4 + PIECES * dice.below(8) as u8),
            1 => script.push(5 + PIECES * dice.below(4) as u8),
            2 => {
                // A return, with an early token or an invented one, and an arbitrary tick.
                script.push(6 + PIECES * dice.below(6) as u8);
                script.extend((0..8).map(|_| if dice.chance(1, 2) { 0 } else { dice.next_u32() as u8 }));
            }
            _ => script.extend_from_slice(pieces[at % pieces.len()]),
        }
        if script.len() > begun + 2 && dice.chance(1, 3) {
            let changed = begun + 2 + dice.below((script.len() - begun - 2) as u32) as usize;
            script[changed] ^= 1 << dice.below(8);
        }
    }
    script
}

/// Splits a script into its pieces.
fn pieces(script: &[u8]) -> Vec<&[u8]> {
    let (mut pieces, mut rest) = (Vec::new(), script);
    while let Some(&first) = rest.first() {
        let length = match first % PIECES {
            3 => 10,
            4 | 5 => 1,
            6 => 9,
            _ => 2 + rest.get(1).map_or(0, |&length| usize::from(length)),
        };
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Messages to a client, each after its length; a tick passes with each.
pub(super) fn hostile_server(bytes: &[u8]) {
    let mut peer = Peer::<Arena>::new(PeerConfig { want_checksums: true, ..PeerConfig::default() });
    let (mut out, mut now_us) = (Outbox::default(), 0);
    peer.connected(now_us, &mut out);
    let mut rest = bytes;
    while let Some((head, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*head)).min(after.len());
        let (message, after) = after.split_at(length);
        rest = after;
        // Errors are allowed; the state must remain displayable.
        let _ = peer.handle_packet(now_us, message);
        now_us += TICK_MICROS / 2;
        out.clear();
        peer.frame(now_us, ArenaCommand::default(), &mut out);
        if let Some(scene) = peer.scene() {
            assert!(scene.own.iter().chain(&scene.others).all(|seen| seen.pose.position.is_finite()));
        }
        let _ = peer.service_messages().count();
    }
}

/// All messages to a client in four seconds of a fight.
pub(super) fn recorded_server() -> Vec<Vec<u8>> {
    let mut host = host();
    let mut peer = Peer::<Arena>::new(PeerConfig { want_checksums: true, ..PeerConfig::default() });
    let (mut sent, mut now_us) = (vec![Vec::new()], 0);
    let mut out = Outbox::default();
    let me = host.join(&hello(), ticket(1), &mut out).expect("a seat").player;
    peer.connected(0, &mut Outbox::default());
    for _ in 0..3 {
        host.seat_driven("Filler", &mut Outbox::default());
    }
    for tick in 0..120 {
        for (to, _, bytes) in out.iter() {
            if to == Address::Everyone || to == Address::Player(me) {
                peer.handle_packet(now_us, bytes).expect("what the host sends can be read");
                let messages = sent.last_mut().expect("one");
                messages.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
                messages.extend_from_slice(bytes);
            }
        }
        let mut up = Outbox::default();
        peer.frame(now_us, ArenaCommand { fire: tick % 3 == 0, turn: 2, ..HONEST }, &mut up);
        for bytes in up.packets() {
            host.handle_packet(me, now_us, bytes).expect("honest bytes");
        }
        now_us += TICK_MICROS;
        out.clear();
        host.tick(now_us, |_| true, &mut out);
        if tick == 40 {
            // A short one as well: the welcome and what follows.
            let begun = sent[0].clone();
            sent.push(begun);
            sent.swap(0, 1);
        }
    }
    sent
}
