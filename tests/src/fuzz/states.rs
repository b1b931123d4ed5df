//! Saved states, persisted room states, and replay files. A loaded state can be stepped, and the result can be saved
//! and loaded again.

use perigee_arena::bot::{Behaviour, Bot};
use perigee_arena::{Arena, ArenaEntity, ArenaOrder, Mode, Scenario, ShipClass};
use perigee_shared::hash::crc32;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::replay::{Player, REPLAY_VERSION};
use perigee_shared::netcode::{
    Arrival, Belongings, History, Host, HostConfig, Order, Outbox, Past, PlayerInput, Simulation,
};
use perigee_shared::protocol::{ClientMessage, Message};
use perigee_shared::tick::{TICK_MICROS, Tick};

/// Ticks that a loaded state is stepped for.
const TICKS: u32 = 24;
/// Ticks of a replay that are played.
const REPLAY_TICKS: u32 = 120;
/// Seats that people have in recorded matches.
const SEATS: u16 = 4;
/// Bytes of a replay's header: magic bytes, the layout's version, the game's schema.
const HEAD_BYTES: usize = 20;

fn scenario(teams: bool) -> Scenario {
    Scenario {
        asteroids: 6,
        stations: 3,
        map_seed: 2,
        pirates: 2,
        round_s: 30,
        mode: if teams { Mode::Teams } else { Mode::FreeForAll },
        ..Scenario::bare(1200.0, 1000.0)
    }
}

/// A match that continues from any state.
struct Match {
    arena: Arena,
    history: History<ArenaEntity>,
    bots: Vec<Bot>,
    tick: Tick,
}

impl Match {
    fn of(arena: Arena, tick: Tick) -> Self {
        let bots = (0..SEATS).map(|n| Bot::new(Behaviour::Mixed, n.into())).collect();
        Self { arena, history: History::default(), bots, tick }
    }

    fn new(teams: bool) -> Self {
        let mut arena = Arena::new(&scenario(teams), 5);
        (0..SEATS).for_each(|seat| arena.join(PlayerId(seat), Tick(0), Arrival::default()));
        arena.join(PlayerId(SEATS), Tick(0), Arrival { driven: true, ..Arrival::default() });
        Self::of(arena, Tick(0))
    }

    fn play(&mut self, ticks: u32, map: &perigee_arena::ArenaMap) {
        for _ in 0..ticks {
            self.tick = self.tick.plus(1);
            let Self { arena, history, bots, tick } = self;
            let inputs = (0..).map(PlayerId).zip(bots).map(|(player, bot)| {
                let own = arena.controlled(player).and_then(|slot| arena.entities().get(slot));
                let seen = arena.entities().iter().map(|(_, entity)| entity);
                PlayerInput::plain(player, bot.decide(own, seen, map))
            });
            let inputs: Vec<_> = inputs.collect();
            arena.step(*tick, &inputs, &Past::new(history, *tick), &mut Vec::new());
            history.push(*tick, arena.entities());
        }
    }

    fn saved(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.arena.save(&mut bytes);
        bytes
    }
}

/// A loaded state is saved to bytes that load to the same state. It can be stepped, joined, given orders and left, and
/// the resulting state loads as well.
fn go_on(arena: Arena, tick: Tick, teams: bool) {
    let (scenario, map) = (scenario(teams), Arena::map(&scenario(teams)));
    let same = |played: &Match| {
        let again = Arena::load(&scenario, &played.saved());
        let again = again.unwrap_or_else(|error| panic!("what was saved cannot be loaded: {error}"));
        assert_eq!(again.state_hash(), played.arena.state_hash());
    };
    let mut played = Match::of(arena, tick);
    same(&played);
    played.play(1, &map);
    for order in [ArenaOrder::Repair, ArenaOrder::Refit { class: ShipClass::Barge }] {
        (0..SEATS).for_each(|seat| {
            if played.arena.controlled(PlayerId(seat)).is_some() {
                played.arena.order(PlayerId(seat), order);
            }
        });
    }
    played.arena.join(PlayerId(7), played.tick, Arrival::default());
    played.play(TICKS, &map);
    same(&played);
    played.arena.leave(PlayerId(0));
    played.play(2, &map);
    same(&played);
}

/// The first byte selects the match's scenario.
pub(super) fn state(bytes: &[u8]) {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let teams = first & 1 == 1;
    if let Ok(arena) = Arena::load(&scenario(teams), bytes) {
        // The tick, from which the match continues, comes after the random generator's state.
        let tick =
            bytes.get(8..12).map_or(0, |tick| u32::from_le_bytes([tick[0], tick[1], tick[2], tick[3]]));
        go_on(arena, Tick(tick), teams);
    }
}

pub(super) fn saved() -> Vec<Vec<u8>> {
    let mut states = Vec::new();
    for teams in [false, true] {
        let (mut played, map) = (Match::new(teams), Arena::map(&scenario(teams)));
        for ticks in [1, 90, 400, 380] {
            played.play(ticks, &map);
            let mut bytes = vec![u8::from(teams)];
            bytes.extend(played.saved());
            states.push(bytes);
        }
    }
    states
}

pub(super) fn lasting(bytes: &[u8]) {
    let mut arena = Arena::new(&scenario(false), 5);
    arena.join(PlayerId(0), Tick(0), Arrival::default());
    if arena.load_persisted(bytes).is_err() {
        return;
    }
    let kept = |arena: &Arena| {
        let mut bytes = Vec::new();
        arena.save_persisted(&mut bytes);
        bytes
    };
    let mut again = Arena::new(&scenario(false), 5);
    again.load_persisted(&kept(&arena)).expect("what was kept is taken again");
    assert_eq!(kept(&again), kept(&arena));
    go_on(arena, Tick(0), false);
}

pub(super) fn saved_lasting() -> Vec<Vec<u8>> {
    let (mut played, map) = (Match::new(false), Arena::map(&scenario(false)));
    let kept = [1, 300, 600].map(|ticks| {
        played.play(ticks, &map);
        let mut bytes = Vec::new();
        played.arena.save_persisted(&mut bytes);
        bytes
    });
    kept.to_vec()
}

/// A player has what they bring, and comes back with what they left with.
pub(super) fn belongings(bytes: &[u8]) {
    let mut arena = Arena::new(&scenario(false), 5);
    let Some(brought) = Belongings::from_bytes(bytes) else { return };
    let me = PlayerId(0);
    let stay = |arena: &mut Arena, belongings: Belongings| {
        arena.join(me, Tick(0), Arrival { belongings: Some(belongings), ..Arrival::default() });
        let last = arena.leave(me);
        last.belongings.expect("everybody in the arena owns something")
    };
    let taken = stay(&mut arena, brought);
    assert!(Arena::reads(&taken), "{brought:?} became {taken:?}");
    assert_eq!(stay(&mut arena, taken), taken, "a player who leaves and joins again has what they had");
    arena.join(me, Tick(0), Arrival { belongings: Some(brought), ..Arrival::default() });
    go_on(arena, Tick(0), false);
}

pub(super) fn left_with() -> Vec<Vec<u8>> {
    let (mut played, map) = (Match::new(true), Arena::map(&scenario(true)));
    played.play(900, &map);
    let left = (0..SEATS).filter_map(|seat| played.arena.belongings(PlayerId(seat)));
    let worth = [0, 1000, i64::MAX].into_iter().filter_map(Arena::belongings_worth);
    left.chain(worth).map(|belongings| belongings.as_bytes().to_vec()).collect()
}

/// A replay file without what a fuzzer cannot guess: its header, and each chunk's checksum.
pub(super) fn replay(bytes: &[u8]) {
    let file = seal(bytes);
    let Ok(mut player) = Player::<Arena>::open(&file) else { return };
    let (first, last) = player.range();
    for _ in 0..REPLAY_TICKS {
        if !matches!(player.advance(), Ok(true)) {
            break;
        }
    }
    if last.since(first) < REPLAY_TICKS as i32 {
        // Errors are allowed.
        let _ = player.seek(last);
        let _ = player.seek(first);
    }
}

/// Adds header and checksums to the chunks.
fn seal(pieces: &[u8]) -> Vec<u8> {
    let mut file = b"PERIGEE\x1a".to_vec();
    file.extend_from_slice(&REPLAY_VERSION.to_le_bytes());
    file.extend_from_slice(&super::arena_schema().to_le_bytes());
    let mut rest = pieces;
    while let Some((front, after)) = rest.split_first_chunk::<5>() {
        let length = u32::from_le_bytes([front[1], front[2], front[3], front[4]]) as usize;
        let (payload, after) = after.split_at(length.min(after.len()));
        rest = after;
        let start = file.len();
        file.push(front[0]);
        file.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        file.extend_from_slice(payload);
        let sum = crc32(&file[start..]);
        file.extend_from_slice(&sum.to_le_bytes());
    }
    file
}

/// The reverse of [`seal`].
fn unseal(file: &[u8]) -> Vec<u8> {
    let (mut pieces, mut rest) = (Vec::new(), file.get(HEAD_BYTES..).unwrap_or_default());
    while let Some(front) = rest.first_chunk::<5>() {
        let length = 5 + u32::from_le_bytes([front[1], front[2], front[3], front[4]]) as usize;
        pieces.extend_from_slice(&rest[..length]);
        rest = rest.get(length + 4..).unwrap_or_default();
    }
    pieces
}

pub(super) fn recorded() -> Vec<Vec<u8>> {
    let config = HostConfig { max_players: 4, seed: 3, ..HostConfig::default() };
    let mut host = Host::<Arena>::new(config, scenario(true));
    host.start_recording(40);
    let (mut file, mut out) = (Vec::new(), Outbox::default());
    for _ in 0..3 {
        host.seat_driven("Filler", &mut out);
    }
    let seated = host.join(&super::control::hello(), Default::default(), &mut out);
    let player = seated.expect("a seat").player;
    for tick in 0..100u64 {
        let order = ClientMessage::Order { number: tick as u32 / 20 + 1, code: ArenaOrder::Repair.pack() };
        if tick % 20 == 10 {
            let bytes = order.encode();
            host.handle_packet(player, tick * TICK_MICROS, &bytes).expect("honest bytes");
        }
        out.clear();
        host.tick((tick + 1) * TICK_MICROS, |_| true, &mut out);
    }
    host.stop_recording(&mut file);
    vec![unseal(&file)]
}
