//! What a bot does in the match beside flying: it hears of prices, gives orders, and counts what comes of them.

use perigee_arena::bot::PriceList;
use perigee_arena::{Arena, ArenaEvent, Outcome};
use perigee_shared::netcode::{Outbox, Peer, PeerStatus};
use perigee_shared::protocol::{ClientMessage, ServerMessage, Tuning};
use std::collections::BTreeMap;

/// One bot's dealings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Play {
    /// The last prices that the server told.
    pub(crate) prices: PriceList,
    /// Whether this connection asked for them.
    pub(crate) tuned_in: bool,
    pub(crate) orders_given: u64,
    /// Goods bought and sold.
    pub(crate) deals: u64,
    /// Repairs, and other ships.
    pub(crate) services: u64,
    /// Why orders were refused, and how often.
    pub(crate) refusals: BTreeMap<String, u64>,
    pub(crate) deaths: u64,
    pub(crate) kills: u64,
    /// Credits: what deals and services brought, less what they cost.
    pub(crate) earned: i64,
}

impl Play {
    /// Takes in what came since the last look; asks once a connection for what the bot wants to be told.
    pub(crate) fn look(&mut self, peer: &mut Peer<Arena>, wanted: Tuning, outbox: &mut Outbox) {
        if wanted == Tuning::default() {
            return;
        }
        if !self.tuned_in && *peer.status() == PeerStatus::Joined {
            self.tuned_in = true;
            peer.tell(&ClientMessage::Tune(wanted), outbox);
        }
        for message in peer.service_messages() {
            if let ServerMessage::Prices(prices) = message {
                prices.changed.iter().for_each(|quote| self.prices.learn(quote));
            }
        }
        let Some(scene) = peer.scene() else { return };
        for event in scene.events {
            match event {
                ArenaEvent::Answer { to, outcome } if to == scene.me => self.count(outcome),
                ArenaEvent::Destroyed { victim, by, .. } => {
                    self.deaths += u64::from(victim == scene.me);
                    self.kills += u64::from(by == scene.me);
                }
                _ => {}
            }
        }
    }

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
