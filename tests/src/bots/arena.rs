//! Pilots of the arena: they fly, read prices, give orders at stations, and count the results.

use super::controller::{Controller, Part, Tally};
use perigee_arena::bot::{Behaviour, Bot, Manners, PriceList};
use perigee_arena::{Arena, ArenaCommand, ArenaEntity, ArenaEvent, ArenaMap, Hold, Outcome};
use perigee_shared::netcode::Peer;
use perigee_shared::protocol::{Board, ServiceMessage, Span, Tuning};
use perigee_shared::tick::Tick;
use std::collections::BTreeMap;

/// Time between two checks of the roster, ticks: the server sends it three times a second.
const ROSTER_TICKS: i32 = 10;

/// A pilot.
#[derive(Debug)]
pub struct Pilot {
    bot: Bot,
    manners: Manners,
    /// When it last read the roster.
    roster_at: Option<Tick>,
    /// The last prices from the server.
    prices: PriceList,
    uses_services: bool,
    dealings: Dealings,
}

/// The counts of a pilot.
#[derive(Clone, Debug, Default)]
struct Dealings {
    orders_given: i64,
    /// Goods bought and sold.
    deals: i64,
    /// Repairs, and ship changes.
    services: i64,
    refusals: BTreeMap<String, u64>,
    hits: i64,
    /// Credits: income from deals and services, less their costs.
    earned: i64,
}

impl Controller for Pilot {
    type Game = Arena;

    const BEHAVIOURS: &'static [&'static str] =
        &["wander", "hunt", "mine", "trade", "capture", "mixed", "cruise", "idle", "pirate"];
    const LINES: &'static [&'static str] = &[
        "on me, left of the station",
        "nice shot",
        "who has a missile left?",
        "iron is cheap up there",
        "two pirates behind the big rock",
        "gg",
    ];

    fn new(Part { behaviour, seed, uses_services }: Part<'_>) -> Option<Self> {
        Some(Self {
            bot: Bot::new(Behaviour::named(behaviour)?, seed),
            manners: Manners::default(),
            roster_at: None,
            prices: PriceList::default(),
            uses_services,
            dealings: Dealings::default(),
        })
    }

    fn steer<'a>(
        &mut self,
        own: Option<&'a ArenaEntity>,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        map: &ArenaMap,
    ) -> ArenaCommand {
        self.bot.decide(own, seen, map)
    }

    fn play(&mut self, peer: &mut Peer<Arena>) -> ArenaCommand {
        let Some(map) = peer.map() else { return ArenaCommand::default() };
        let own = peer.own_confirmed();
        let (roster, tick) = (peer.roster(), peer.newest_snapshot().unwrap_or_default());
        if self.roster_at.is_none_or(|at| tick.since(at) >= ROSTER_TICKS) {
            self.roster_at = Some(tick);
            self.manners.look(roster, tick);
        }
        let seen = peer.confirmed().map(|(_, entity)| entity);
        let regard = |player| self.manners.regard(roster, player, tick);
        let command = self.bot.decide_among(own, seen, regard, map);
        if let Some(order) = self.bot.order(own, hold_of(peer), &self.prices, map) {
            self.dealings.orders_given += i64::from(peer.order(order));
        }
        self.take_events(peer);
        command
    }

    /// Prices, for a bot that trades; and a board, for a bot that uses the services as people do.
    fn wanted(&self) -> Tuning {
        let board = Board { span: Span::Today, by: 0 };
        Tuning {
            prices: self.uses_services || self.bot.behaviour().knows_stations(),
            leaders: self.uses_services.then_some(board),
        }
    }

    fn tally(&self) -> Tally {
        let Dealings { orders_given, deals, services, refusals, hits, earned } = &self.dealings;
        let refused = refusals.values().sum::<u64>() as i64;
        Tally {
            counts: BTreeMap::from([
                ("orders_given", *orders_given),
                // Carried out, or refused.
                ("orders_confirmed", deals + services + refused),
                ("deals", *deals),
                ("credits_earned", *earned),
                ("hits", *hits),
            ]),
            refusals: refusals.clone(),
        }
    }
}

impl Pilot {
    /// Counts the events since the last snapshot. A bot that only flies gave no orders and counts nothing, because a
    /// bot that measures load must itself cost little.
    fn take_events(&mut self, peer: &mut Peer<Arena>) {
        if self.wanted() == Tuning::default() {
            return;
        }
        for message in peer.service_messages() {
            if let ServiceMessage::Prices(prices) = message {
                prices.changed.iter().for_each(|quote| self.prices.learn(quote));
            }
        }
        let Some(scene) = peer.scene() else { return };
        let dealings = &mut self.dealings;
        for event in scene.events {
            match event {
                ArenaEvent::Answer { to, outcome } if to == scene.me => dealings.count(outcome),
                ArenaEvent::Hit { by, damage, .. } => {
                    dealings.hits += i64::from(by == scene.me && damage > 0);
                }
                _ => {}
            }
        }
    }
}

impl Dealings {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Bought(receipt) => {
                self.deals += 1;
                self.earned -= receipt.total;
            }
            Outcome::Sold(receipt) => {
                self.deals += 1;
                self.earned += receipt.total;
            }
            Outcome::Refitted { cost, .. } | Outcome::Repaired { cost, .. } => {
                self.services += 1;
                self.earned -= i64::from(cost);
            }
            Outcome::Joined { .. } => {}
            Outcome::Refused(refusal) => *self.refusals.entry(refusal.to_string()).or_default() += 1,
        }
    }
}

/// The belongings of the pilot.
fn hold_of(peer: &Peer<Arena>) -> Option<&Hold> {
    let me = peer.player();
    peer.confirmed().find_map(|(_, entity)| match entity {
        ArenaEntity::Hold(hold) => (Some(hold.owner) == me).then_some(hold),
        _ => None,
    })
}
