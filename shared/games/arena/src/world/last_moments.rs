//! A death and a departure in the same tenth of a second: what is lost is lost before anything is written. Each death of
//! a match is played again, and in the tick before it, in its own and in the one after, its victim goes in every way there is.

use super::*;
use crate::bot::{Behaviour, Bot};
use crate::goods::GOODS;
use crate::stake::Stake;
use perigee_shared::bits::BitWriter;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::netcode::{Departure, Host, HostConfig, Outbox, Ticket};
use perigee_shared::protocol::Hello;
use perigee_shared::tick::TICK_MICROS;

const PILOTS: u16 = 6;
const SEEDS: u64 = 3;
/// How long a match is looked at for deaths, and how many of them are played again.
const TICKS: u32 = 1500;
const DEATHS: usize = 3;
/// What each brings: credits, then goods.
const CREDITS: i32 = 70;
const CARGO: [u16; GOODS] = [3, 4, 5, 6, 6];

/// Credits, then pieces of each good.
type Sum = [i64; 1 + GOODS];

fn sum(credits: i32, goods: [u16; GOODS]) -> Sum {
    std::array::from_fn(|n| if n == 0 { credits.into() } else { goods[n - 1].into() })
}

fn plus(a: Sum, b: Sum) -> Sum {
    std::array::from_fn(|n| a[n] + b[n])
}

fn hello() -> Hello {
    Hello { name: "Ann".to_owned(), ..Hello::default() }
}

/// How somebody goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// By a Goodbye, or because they are sent away.
    Leaves,
    /// The same, and they are back in the same breath with what they took along.
    ComesAgain,
    /// Their connection breaks, and they do not come back in time.
    Breaks,
    /// Their connection breaks, and another one takes the seat in the same breath.
    ComesBack,
    /// Their connection breaks, and in a full room another person gets the seat.
    IsReplaced,
}

const WAYS: [Way; 5] = [Way::Leaves, Way::ComesAgain, Way::Breaks, Way::ComesBack, Way::IsReplaced];

/// A match of hunters who are all loaded, and what became of what they brought.
struct Match {
    host: Host<Arena>,
    map: ArenaMap,
    bots: Vec<Bot>,
    now_us: u64,
    brought: Sum,
    /// Of those who are not in the room.
    taken: Sum,
    departures: Vec<Departure>,
}

impl Match {
    fn new(seed: u64) -> Self {
        let scenario = Scenario { stations: 2, map_seed: seed, ..Scenario::bare(900.0, 800.0) };
        let config = HostConfig {
            max_players: PILOTS.into(),
            interest_radius_units: 1500.0,
            resume_window_ms: 6_000,
            seed,
            ..HostConfig::default()
        };
        let mut one = Self {
            map: Arena::map(&scenario),
            host: Host::new(config, scenario),
            bots: (0..PILOTS).map(|n| Bot::new(Behaviour::Hunt, seed * 100 + u64::from(n))).collect(),
            now_us: 0,
            brought: [0; 1 + GOODS],
            taken: [0; 1 + GOODS],
            departures: Vec::new(),
        };
        let owned = Estate::with(CREDITS, CARGO, Stake::default());
        for _ in 0..PILOTS {
            one.brought = plus(one.brought, sum(CREDITS, CARGO));
            one.join(owned.pack());
        }
        one
    }

    fn join(&mut self, belongings: Option<Belongings>) {
        let ticket = Ticket { belongings, ..Ticket::default() };
        self.host.join(&hello(), ticket, &mut Outbox::default()).unwrap();
    }

    fn tick(&mut self) {
        let Self { host, map, .. } = self;
        for (player, bot) in (0..PILOTS).map(PlayerId).zip(&mut self.bots) {
            let entities = host.sim().entities();
            let own = host.sim().controlled(player).and_then(|slot| entities.get(slot));
            let command = bot.decide(own, entities.iter().map(|(_, entity)| entity), map);
            let tick = host.tick_number();
            let (newest, ack) = (tick.plus(1).0 as u16, tick.0 as u16);
            let mut writer = BitWriter::new();
            InputPacket { newest, ack, commands: vec![command], ..InputPacket::default() }.write(&mut writer);
            // Nobody may be there any more.
            let _ = host.handle_packet(player, self.now_us, writer.finish());
        }
        self.now_us += TICK_MICROS;
        self.host.tick(self.now_us, |_| true, &mut Outbox::default());
    }

    /// Who died in the last tick.
    fn dead(&self) -> Vec<PlayerId> {
        let events = self.host.events().iter();
        let dead = events.filter_map(|event| match event {
            ArenaEvent::Destroyed { victim, .. } => Some(*victim),
            _ => None,
        });
        dead.collect()
    }

    /// Takes in who is gone; what the last of them took along.
    fn part(&mut self) -> Option<Estate> {
        self.host.take_departures(&mut self.departures);
        let mut last = None;
        for gone in self.departures.drain(..) {
            let estate = Estate::unpack(&gone.belongings.unwrap()).unwrap();
            self.taken = plus(self.taken, sum(estate.credits, estate.goods));
            last = Some(estate);
        }
        last
    }

    fn check(&self, hint: &str) {
        let mut there = self.taken;
        for (_, entity) in self.host.sim().entities().iter() {
            match entity {
                ArenaEntity::Hold(hold) => there = plus(there, sum(hold.credits, hold.goods)),
                ArenaEntity::Crate(floating) => {
                    there[1 + floating.good.index()] += i64::from(floating.amount);
                }
                _ => {}
            }
        }
        assert!(there.iter().zip(self.brought).all(|(&is, was)| is <= was), "{hint}: {there:?}");
        assert_eq!(there[0], self.brought[0], "{hint}: nobody traded");
        assert!(self.host.sim().books_balance(), "{hint}");
    }

    /// `victim`, who is dead or about to die, goes that way. Of what floats they have nothing.
    fn go(&mut self, victim: PlayerId, way: Way, hint: &str) {
        match way {
            Way::Leaves | Way::ComesAgain => {
                self.host.leave(victim);
                let left = self.part().unwrap();
                assert_eq!(left.goods, [0; GOODS], "{hint}: what was lost is taken along");
                self.check(hint);
                if way == Way::ComesAgain {
                    self.taken = std::array::from_fn(|n| self.taken[n] - sum(left.credits, left.goods)[n]);
                    self.join(left.pack());
                }
            }
            Way::Breaks | Way::IsReplaced => self.host.detach(victim),
            Way::ComesBack => {
                self.host.detach(victim);
                let back = self.host.take_back(victim, &hello(), Ticket::default(), &mut Outbox::default());
                assert!(back.is_some_and(|seated| seated.resumed), "{hint}");
            }
        }
        self.check(hint);
    }

    /// Until all that follows from it has happened.
    fn go_on(&mut self, way: Way, hint: &str) {
        for tick in 0..220 {
            self.tick();
            if way == Way::IsReplaced && tick == 160 {
                // Somebody who has nothing: all they have in the end is taken up.
                let nothing = Estate::with(0, [0; GOODS], Stake::default());
                self.join(nothing.pack());
            }
            self.part();
            self.check(&format!("{hint}, {tick} ticks later"));
        }
    }
}

/// The first deaths of a match: after how many ticks, and whose.
fn deaths(seed: u64) -> Vec<(u32, PlayerId)> {
    let mut one = Match::new(seed);
    let mut found = Vec::new();
    for tick in 1..=TICKS {
        one.tick();
        one.check(&format!("seed {seed}, tick {tick}"));
        found.extend(one.dead().first().map(|&victim| (tick, victim)));
    }
    found.truncate(DEATHS);
    found
}

#[test]
fn what_is_lost_in_a_death_is_lost_to_who_goes_in_the_same_breath() {
    let mut departures = 0;
    for seed in 1..=SEEDS {
        for (death, victim) in deaths(seed) {
            for (way, offset) in WAYS.iter().flat_map(|&way| [-1, 0, 1].map(|offset| (way, offset))) {
                let hint =
                    format!("seed {seed}, {victim:?} dies in tick {death} and {way:?} {offset} ticks after");
                let mut one = Match::new(seed);
                (0..death.saturating_add_signed(offset)).for_each(|_| one.tick());
                // The same match: who goes too early is in a fight that they are about to lose.
                let is_dead = one.host.sim().controlled(victim).is_none();
                assert_eq!(is_dead, offset >= 0, "{hint}");
                one.go(victim, way, &hint);
                one.go_on(way, &hint);
                departures += 1;
            }
        }
    }
    assert!(departures >= 3 * WAYS.len() * SEEDS as usize, "{departures}: nobody dies here");
}
