//! A long match of mixed bots, like an evening on a server: counts what they do, and plays the recording back.
//!
//! There is no socket and no network: bots see the current state of what is near them, and their packets, with commands
//! and orders, go into a real `Host`. Some bots are in seats that the game itself controls.
//!
//! - `account`: the statistics; `table`: the same as text, and what of it is out of range
//! - `watch`: ships that want to move and do not

mod account;
mod table;
mod watch;

pub use account::{Account, GoodAccount};

use perigee_arena::bot::{Behaviour, Bot, PriceList};
use perigee_arena::{Arena, ArenaCommand, ArenaEntity, Hold, Mode, Scenario};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::PlayerId;
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::netcode::replay::{Ending, KEYFRAME_TICKS, Player};
use perigee_shared::netcode::{Entity, Host, HostConfig, Order, Outbox, Simulation, Ticket};
use perigee_shared::protocol::{Build, ClientMessage, Hello, Message, PROTOCOL_VERSION, schema_hash};
use perigee_shared::tick::{TICK_HZ, TICK_MICROS, Tick};
use std::time::Instant;
use watch::Watch;

/// How far a bot sees, units: as far as the host's interest radius.
const SIGHT_UNITS: f32 = 700.0;
/// From a snapshot to the packet that acknowledges it, ticks.
const ROUND_TRIP_TICKS: u32 = 3;
/// Bots get prices this often, ticks: four times a second.
const PRICE_TICKS: u32 = 8;

/// The configuration of the match.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Bots that are connected, 1 or more.
    pub connected: u16,
    /// Bots that the game itself controls.
    pub driven: u16,
    /// How long, seconds.
    pub seconds: u32,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Whether snapshots are written for connected bots.
    pub snapshots: bool,
    /// The match's parameters.
    pub scenario: Scenario,
}

impl Plan {
    /// A few minutes of 60 bots, as a test.
    #[must_use]
    pub fn short(seed: u64) -> Self {
        let evening = Self::evening(seed);
        let scenario = Scenario {
            width_units: 2600.0,
            height_units: 2000.0,
            asteroids: 45,
            pirates: 6,
            round_s: 100,
            ..evening.scenario
        };
        Self { connected: 45, driven: 15, seconds: 150, scenario, ..evening }
    }

    /// 20 minutes of 200 bots in two teams, with pirates and six stations.
    #[must_use]
    pub fn evening(seed: u64) -> Self {
        let scenario = Scenario {
            asteroids: 110,
            map_seed: seed,
            mode: Mode::Teams,
            round_s: 290,
            pirates: 16,
            stations: 6,
            ..Scenario::bare(4000.0, 3000.0)
        };
        Self { connected: 150, driven: 50, seconds: 20 * 60, seed, snapshots: true, scenario }
    }
}

/// One connected bot.
struct Client {
    player: PlayerId,
    bot: Bot,
    packet: InputPacket<ArenaCommand>,
    orders: u32,
}

/// The match while it runs.
struct Evening {
    host: Host<Arena>,
    clients: Vec<Client>,
    prices: PriceList,
    writer: BitWriter,
    out: Outbox,
    now_us: u64,
    snapshots: bool,
    recording: Vec<u8>,
}

/// Plays a match, records it and plays the recording back.
///
/// # Panics
/// If the host refuses an honest bot.
#[must_use]
pub fn play(plan: &Plan) -> Account {
    let mut evening = Evening::new(plan);
    let mut account = Account::new(plan);
    let mut watch = Watch::default();
    for _ in 0..plan.seconds {
        for _ in 0..TICK_HZ {
            let (took_us, snapshots) = evening.tick();
            account.tick_us.push(took_us);
            account.snapshots += u64::from(snapshots);
            account.take_events(&evening.host);
            watch.look(evening.host.tick_number(), evening.host.sim());
        }
        account.take_second(&evening.host);
        assert!(evening.host.take_recording(&mut evening.recording), "the recording goes on");
    }
    account.stuck = watch.stuck();
    account.end(&evening.host, evening.clients.iter().map(|client| (client.player, client.bot.behaviour())));
    evening.host.stop_recording(&mut evening.recording);
    account.replay = Some(play_back(&evening.recording, evening.host.sim().state_hash()));
    account.replay_bytes = evening.recording.len();
    account
}

/// Whether a recording ends in that state, with every hash and every keyframe on the way as recorded, both from its
/// beginning and from the keyframe in its middle. Returns the number of keyframes, else the reason why not.
fn play_back(recording: &[u8], hash: u64) -> Result<usize, String> {
    let whole = Player::<Arena>::open(recording).map_err(|error| error.to_string())?;
    if whole.ending() != Ending::Complete {
        return Err(format!("{:?}", whole.ending()));
    }
    let keyframes: Vec<Tick> = whole.keyframes().collect();
    for from in [keyframes[0], keyframes[keyframes.len() / 2]] {
        let mut player = Player::<Arena>::open(recording).map_err(|error| error.to_string())?;
        let end = player.seek(from).and_then(|()| player.play_to_end());
        let end = end.map_err(|error| format!("from tick {}: {error}", from.0))?;
        if end != hash {
            return Err(format!("from tick {}: it ends in {end:016x} instead of {hash:016x}", from.0));
        }
    }
    Ok(keyframes.len())
}

impl Evening {
    fn new(plan: &Plan) -> Self {
        let max_players = usize::from(plan.connected + plan.driven);
        let config = HostConfig {
            max_players,
            interest_radius_units: SIGHT_UNITS,
            seed: plan.seed,
            budget_bytes_per_s: 1_000_000,
            ..HostConfig::default()
        };
        let mut evening = Self {
            host: Host::new(config, plan.scenario.clone()),
            clients: Vec::new(),
            prices: PriceList::default(),
            writer: BitWriter::new(),
            out: Outbox::default(),
            now_us: 0,
            snapshots: plan.snapshots,
            recording: Vec::new(),
        };
        evening.host.start_recording(KEYFRAME_TICKS);
        (0..plan.connected).for_each(|n| evening.join(n, plan.seed));
        for n in 0..plan.driven {
            evening.host.seat_driven(&format!("Filler {n}"), &mut evening.out);
        }
        evening
    }

    fn join(&mut self, number: u16, seed: u64) {
        let build = Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<Arena>() };
        let hello =
            Hello { build, name: format!("Bot {number}"), room: "any".into(), bot: true, ..Hello::default() };
        let seated = self.host.join(&hello, Ticket::default(), &mut self.out);
        let player = seated.expect("a seat for each").player;
        let bot = Bot::new(Behaviour::Mixed, seed.wrapping_mul(1_000_003).wrapping_add(number.into()));
        let packet = InputPacket { commands: vec![ArenaCommand::default(); 2], ..InputPacket::default() };
        self.clients.push(Client { player, bot, packet, orders: 0 });
    }

    /// Every bot decides, its packets arrive, and the host ticks. Returns how long the tick took, microseconds, and how
    /// many snapshots it wrote.
    fn tick(&mut self) -> (u32, u32) {
        let next = self.host.tick_number().plus(1);
        if next.0 % PRICE_TICKS == 1 {
            let mut quotes = Vec::new();
            self.host.sim().quotes(&mut quotes);
            quotes.iter().for_each(|quote| self.prices.learn(quote));
        }
        for (at, packets) in self.decide().into_iter().enumerate() {
            let client = &mut self.clients[at];
            for packet in packets {
                let handled = self.host.handle_packet(client.player, self.now_us, &packet);
                handled.expect("the host takes an honest packet");
            }
        }
        self.now_us += TICK_MICROS;
        self.out.clear();
        let (begun, is_ready) = (Instant::now(), self.snapshots);
        let stats = self.host.tick(self.now_us, |_| is_ready, &mut self.out);
        (begun.elapsed().as_micros() as u32, stats.snapshots)
    }

    /// What each client sends for the next tick.
    fn decide(&mut self) -> Vec<Vec<Vec<u8>>> {
        let next = self.host.tick_number().plus(1);
        let (sim, map) = (self.host.sim(), self.host.map());
        let (mut holds, mut around) = (vec![None; MAX_PLAYERS], Vec::new());
        for (_, entity) in sim.entities().iter() {
            match entity {
                ArenaEntity::Hold(hold) => holds[hold.owner.index()] = Some(hold),
                ArenaEntity::Ship(_) | ArenaEntity::Crate(_) => around.push((entity.pose().position, entity)),
                _ => {}
            }
        }
        let holds: Vec<Option<&Hold>> = holds;
        let writer = &mut self.writer;
        let prices = &self.prices;
        let decided = self.clients.iter_mut().map(|client| {
            let own = sim.controlled(client.player).and_then(|slot| sim.entities().get(slot));
            let at = own.map(|own| own.pose().position).unwrap_or_default();
            let is_near = |place: glam::Vec2| place.distance_squared(at) < SIGHT_UNITS * SIGHT_UNITS;
            let seen = around.iter().filter(|(place, _)| is_near(*place)).map(|(_, entity)| *entity);
            let command = client.bot.decide(own, seen, map);
            let order = client.bot.order(own, holds[client.player.index()], prices, map);
            client.packet.commands.rotate_left(1);
            client.packet.commands[1] = command;
            client.packet.newest = next.0 as u16;
            client.packet.ack = next.minus(ROUND_TRIP_TICKS).0 as u16;
            writer.clear();
            client.packet.write(writer);
            let mut packets = vec![writer.finish().to_vec()];
            if let Some(order) = order {
                client.orders += 1;
                packets.push(ClientMessage::Order { number: client.orders, code: order.pack() }.encode());
            }
            packets
        });
        decided.collect()
    }
}
