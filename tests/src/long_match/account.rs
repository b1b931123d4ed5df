//! The statistics of a long match.

use super::Plan;
use perigee_arena::Tally;
use perigee_arena::bot::Behaviour;
use perigee_arena::{Arena, ArenaEvent, Good, Outcome, Weapon};
use perigee_shared::ids::PlayerId;
use perigee_shared::limits::{MAX_NPCS, MAX_PLAYERS};
use perigee_shared::netcode::seam::bulletin::Quote;
use perigee_shared::netcode::{Host, Simulation};
use std::collections::BTreeMap;

/// The statistics of one good.
#[derive(Clone, Debug, Default)]
pub struct GoodAccount {
    /// Deals: bought and sold.
    pub deals: [u32; 2],
    /// Units: bought and sold.
    pub pieces: [u64; 2],
    /// Credits: spent and received.
    pub credits: [i64; 2],
    /// Units from mining.
    pub mined: u64,
    /// Mean of buying and selling price, every second at each station, credits.
    pub prices: Vec<u32>,
}

/// What pilots of one behaviour did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trade {
    /// How many there are.
    pub pilots: u32,
    /// Deals and repairs that were carried out.
    pub deals: u32,
    /// Ships they destroyed, and lost.
    pub fights: [u32; 2],
    /// Their wealth at the end, credits.
    pub wealth: i64,
}

/// The statistics of the match.
#[derive(Clone, Debug)]
pub struct Account {
    /// The match's length, seconds.
    pub seconds: u32,
    /// Its seed.
    pub seed: u64,
    /// By good.
    pub goods: Vec<GoodAccount>,
    /// Why orders were refused, and how often.
    pub refusals: BTreeMap<String, u32>,
    /// Ships changed, and hulls mended.
    pub refits_and_repairs: [u32; 2],
    /// By weapon, without pirates: beam, gun, missile.
    pub kills: [u32; 3],
    /// Pirates that were destroyed.
    pub pirates_killed: u32,
    /// Pilots that pirates destroyed.
    pub killed_by_pirates: u32,
    /// Times a team took the zone.
    pub captures: u32,
    /// Ships that respawned.
    pub respawns: u32,
    /// Rounds that ended.
    pub rounds: u32,
    /// By behaviour of the connected bots.
    pub trades: BTreeMap<&'static str, Trade>,
    /// Ships that were stuck: whose, when and where.
    pub stuck: Vec<String>,
    /// Seconds at whose end the ledger did not balance.
    pub unbalanced: u32,
    /// How long each tick took, microseconds.
    pub tick_us: Vec<u32>,
    /// Snapshots written.
    pub snapshots: u64,
    /// Keyframes of the recording, if its playback ended in the match's state; else the reason.
    pub replay: Option<Result<usize, String>>,
    /// Size of the recording, bytes.
    pub replay_bytes: usize,
    /// By seat: deals, kills and losses over all rounds.
    pilots: Vec<[u32; 3]>,
    /// By seat: whether it lost a ship and has no new one yet.
    waiting: Vec<bool>,
}

impl Account {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            seconds: plan.seconds,
            seed: plan.seed,
            goods: vec![GoodAccount::default(); Good::ALL.len()],
            refusals: BTreeMap::new(),
            refits_and_repairs: [0; 2],
            kills: [0; 3],
            pirates_killed: 0,
            killed_by_pirates: 0,
            captures: 0,
            respawns: 0,
            rounds: 0,
            trades: BTreeMap::new(),
            stuck: Vec::new(),
            unbalanced: 0,
            tick_us: Vec::new(),
            snapshots: 0,
            replay: None,
            replay_bytes: 0,
            pilots: vec![[0; 3]; MAX_PLAYERS],
            waiting: vec![false; MAX_PLAYERS],
        }
    }

    /// Counts the events of the last tick.
    pub(super) fn take_events(&mut self, host: &Host<Arena>) {
        for event in host.events() {
            match *event {
                ArenaEvent::Destroyed { victim, by, with, .. } => self.take_loss(victim, by, with),
                ArenaEvent::Captured { .. } => self.captures += 1,
                ArenaEvent::RoundOver { .. } => self.rounds += 1,
                ArenaEvent::Answer { to, outcome } => self.take_answer(to, outcome),
                ArenaEvent::Hit { .. } => {}
            }
        }
        for (seat, waiting) in self.waiting.iter_mut().enumerate().filter(|(_, waiting)| **waiting) {
            if host.sim().controlled(PlayerId(seat as u16)).is_some() {
                *waiting = false;
                self.respawns += 1;
            }
        }
    }

    fn take_loss(&mut self, victim: PlayerId, by: PlayerId, with: Weapon) {
        self.pilots[victim.index()][2] += 1;
        self.pilots[by.index()][1] += 1;
        self.waiting[victim.index()] = true;
        if is_pirate(victim) {
            self.pirates_killed += 1;
        } else {
            self.kills[with as usize] += 1;
            self.killed_by_pirates += u32::from(is_pirate(by));
        }
    }

    fn take_answer(&mut self, to: PlayerId, outcome: Outcome) {
        let (side, receipt) = match outcome {
            Outcome::Bought(receipt) => (0, receipt),
            Outcome::Sold(receipt) => (1, receipt),
            Outcome::Refitted { .. } => return self.refits_and_repairs[0] += 1,
            Outcome::Repaired { .. } => return self.refits_and_repairs[1] += 1,
            Outcome::Joined { .. } => return,
            Outcome::Refused(refusal) => {
                return *self.refusals.entry(refusal.to_string()).or_default() += 1;
            }
        };
        self.pilots[to.index()][0] += 1;
        let good = &mut self.goods[receipt.good.index()];
        good.deals[side] += 1;
        good.pieces[side] += u64::from(receipt.amount);
        good.credits[side] += receipt.total;
    }

    /// Once a second: records the prices, and checks that the ledger balances.
    pub(super) fn take_second(&mut self, host: &Host<Arena>) {
        let mut quotes: Vec<Quote> = Vec::new();
        host.sim().quotes(&mut quotes);
        for quote in quotes {
            self.goods[usize::from(quote.good)].prices.push(u32::midpoint(quote.ask, quote.bid));
        }
        self.unbalanced += u32::from(!host.sim().books_balance());
    }

    /// At the end: records what was mined, and how each behaviour fared.
    pub(super) fn end(&mut self, host: &Host<Arena>, bots: impl Iterator<Item = (PlayerId, Behaviour)>) {
        for (good, book) in self.goods.iter_mut().zip(&host.sim().market().ledger.goods) {
            good.mined = book.mined;
        }
        for (player, behaviour) in bots {
            let trade = self.trades.entry(name(behaviour)).or_default();
            let [deals, kills, losses] = self.pilots[player.index()];
            trade.pilots += 1;
            trade.deals += deals;
            trade.fights = [trade.fights[0] + kills, trade.fights[1] + losses];
            trade.wealth += Tally::of(&host.sim().standing(player)).wealth;
        }
    }
}

fn is_pirate(player: PlayerId) -> bool {
    player.index() >= MAX_PLAYERS - MAX_NPCS
}

fn name(behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::Hunt => "hunters",
        Behaviour::Mine => "miners",
        Behaviour::Trade => "traders",
        Behaviour::Capture => "captors",
        _ => "others",
    }
}
