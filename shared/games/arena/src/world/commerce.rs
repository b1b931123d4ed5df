//! The economy's part of the step: orders before anything moves; ore, wrecks and crates after the fighting.

use super::casualties::Wreck;
use super::feuds::bounty_on;
use super::fire::RockHit;
use super::pilots::Pilots;
use super::space::Space;
use crate::class::ShipClass;
use crate::dock::carry_out;
use crate::economy::{Economy, room_for_money};
use crate::entity::{ArenaEntity, Hold, Phase, Ship};
use crate::event::ArenaEvent;
use crate::goods::GOODS;
use crate::market::TradeRefusal;
use crate::orders::{ArenaOrder, OrderRefusal, Outcome};
use crate::salvage::{Pickup, find_takers};
use crate::tuning::PIRATE_BOUNTY_CREDITS;
use perigee_shared::ids::PlayerId;
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;

/// Whoever trades, and with what.
#[derive(Debug)]
pub(super) struct Commerce<'a> {
    pub(super) economy: &'a mut Economy,
    pub(super) space: &'a mut Space,
    pub(super) pilots: &'a mut Pilots,
    pub(super) rng: &'a mut Rng,
}

/// What was in a hold whose ship was lost.
#[derive(Clone, Copy, Debug)]
struct Cargo {
    /// Pieces of each good.
    goods: [u16; GOODS],
    /// What of them floats.
    saved: [u16; GOODS],
}

impl Commerce<'_> {
    /// Carries out what pilots asked for since the last step, in the order in which it came, where ships are since then.
    pub(super) fn carry_out_orders(&mut self, phase: Phase, events: &mut Vec<ArenaEvent>) {
        let orders = self.economy.take_orders();
        for &(player, order) in &orders {
            let outcome = match order {
                ArenaOrder::JoinTeam { team } => self.pilots.join_team(self.space, phase, player, team),
                _ => self.answer_at_station(player, order),
            };
            let outcome = outcome.unwrap_or_else(Outcome::Refused);
            events.push(ArenaEvent::Answer { to: player, outcome });
        }
        self.economy.reuse(orders);
    }

    fn answer_at_station(&mut self, player: PlayerId, order: ArenaOrder) -> Result<Outcome, OrderRefusal> {
        let Self { economy, space, pilots, .. } = self;
        let nowhere = TradeRefusal::NotDocked;
        let (slot, mut ship) = pilots.ship_of(space, player).ok_or(nowhere)?;
        let before = *pilots.hold_of(space, player).ok_or(nowhere)?;
        if matches!(order, ArenaOrder::Refit { .. }) && pilots.spare_slots(space) == 0 {
            return Err(OrderRefusal::NotReady);
        }
        let (class, mut hold) = (ship.class, before);
        let outcome = carry_out(order, &space.map, &mut economy.market, &mut ship, &mut hold)?;
        if let Some(place) = pilots.hold_of_mut(space, player) {
            *place = hold;
        }
        self.note_trade(player, order, outcome, &before, hold.credits);
        if ship.class == class {
            self.space.put(slot, ship);
        } else {
            self.pilots.exchange(self.space, player, slot, ship);
        }
        Ok(outcome)
    }

    /// How the pilot came by what they have now, after an order that was carried out.
    fn note_trade(
        &mut self,
        player: PlayerId,
        order: ArenaOrder,
        outcome: Outcome,
        before: &Hold,
        credits: i32,
    ) {
        let Some(pilot) = self.pilots.get_mut(player) else { return };
        let mut given_units = None;
        match outcome {
            Outcome::Bought(receipt) => {
                given_units = Some((receipt.good, pilot.stake.given_units(receipt, before.credits)));
                pilot.stake.bought(receipt);
            }
            Outcome::Sold(receipt) => pilot.stake.sold(receipt, before.goods[receipt.good.index()]),
            _ => {}
        }
        pilot.acted |= matches!(outcome, Outcome::Bought(_) | Outcome::Sold(_));
        pilot.stake.settle(credits);
        if let (ArenaOrder::Buy { station, .. }, Some((good, units))) = (order, given_units) {
            self.economy.market.note_given(station.into(), good, units);
        }
    }

    /// What this tick's fighting broke loose floats, what ships are over is theirs, and the market goes on.
    pub(super) fn trade_and_salvage(&mut self, tick: Tick, wrecks: &[Wreck], rock_hits: &[RockHit]) {
        self.settle_wrecks(wrecks);
        self.chip_rocks(rock_hits);
        self.take_up_crates(tick);
        self.economy.step(tick, self.rng);
    }

    /// Half of what a lost ship had floats, but for what was bought with what its pilot was given; the rest is gone. Whoever
    /// did it is paid: by the victim, or for a pirate by nobody.
    pub(super) fn settle_wrecks(&mut self, wrecks: &[Wreck]) {
        for wreck in wrecks {
            let cargo = self.take_cargo(wreck.victim);
            if cargo.is_some() {
                self.pay_bounty(wreck);
            }
            let Self { economy, space, pilots, rng } = self;
            let spare = pilots.spare_slots(space);
            let (mut yard, _) = economy.yard(&mut space.table, spare, rng);
            match cargo {
                Some(cargo) if cargo.goods == [0; GOODS] => {}
                Some(Cargo { goods, saved }) => yard.wreck(goods, saved, wreck.at, wreck.velocity),
                None => yard.loot(wreck.at, wreck.velocity),
            }
            if cargo.is_none()
                && let Some(hold) = pilots.hold_of_mut(space, wreck.by)
            {
                economy.reward(hold, PIRATE_BOUNTY_CREDITS);
            }
        }
    }

    /// The victim pays out of what they earned, so that no money is made of a kill and none is handed on that was given.
    fn pay_bounty(&mut self, wreck: &Wreck) {
        let Self { space, pilots, .. } = self;
        let room = pilots.hold_of(space, wreck.by).map_or(0, room_for_money);
        let victim = pilots.get(wreck.victim).map(|pilot| pilot.stake);
        let (Some(stake), Some(hold)) = (victim, pilots.hold_of_mut(space, wreck.victim)) else { return };
        // The cargo is gone already: what is earned is money.
        let paid = bounty_on(stake.earned(hold.credits), wreck.worth).min(room);
        hold.credits -= paid;
        let left = hold.credits;
        if let Some(pilot) = pilots.get_mut(wreck.victim) {
            pilot.stake.settle(left);
        }
        if let Some(hold) = pilots.hold_of_mut(space, wreck.by) {
            hold.credits += paid;
        }
    }

    /// Empties the hold of a pilot whose ship was lost. `None` for who has no hold.
    fn take_cargo(&mut self, victim: PlayerId) -> Option<Cargo> {
        let hold = self.pilots.hold_of_mut(self.space, victim)?;
        let (credits, goods) = (hold.credits, std::mem::take(&mut hold.goods));
        let stake = &mut self.pilots.get_mut(victim)?.stake;
        let saved = stake.salvage_of(credits, &goods);
        stake.lost_goods();
        stake.settle(credits);
        Some(Cargo { goods, saved })
    }

    pub(super) fn chip_rocks(&mut self, rock_hits: &[RockHit]) {
        if rock_hits.is_empty() {
            return;
        }
        let Self { economy, space, pilots, rng } = self;
        let spare = pilots.spare_slots(space);
        let (mut yard, mines) = economy.yard(&mut space.table, spare, rng);
        for hit in rock_hits {
            let index = usize::from(hit.rock);
            yard.chip(mines, index, &space.map.asteroids[index], hit.at, hit.damage);
        }
    }

    fn take_up_crates(&mut self, tick: Tick) {
        let Self { economy, space, pilots, rng } = self;
        if economy.afloat() == 0 {
            return;
        }
        let mut found = std::mem::take(&mut economy.found);
        let has_room = |ship: &Ship| room_of(pilots, space, ship.owner, ship.class) > 0;
        find_takers(tick, &space.table, &space.ships, has_room, &mut found);
        // What is left of a crate takes a slot, but the crate's own rests for a while.
        let spare = if found.is_empty() { 0 } else { pilots.spare_slots(space) };
        let (mut yard, _) = economy.yard(&mut space.table, spare, rng);
        for &Pickup { crate_slot, ship_slot } in &found {
            let Some(&ArenaEntity::Ship(ship)) = yard.table.get(ship_slot) else { continue };
            let Some(pilot) = pilots.get_mut(ship.owner) else { continue };
            if let Some(hold) = pilot.hold {
                pilot.acted |= yard.take_up(crate_slot, hold, ship.class);
            }
        }
        economy.found = found;
    }
}

/// How much `player` could take up in a ship of that class.
fn room_of(pilots: &Pilots, space: &Space, player: PlayerId, class: ShipClass) -> u16 {
    pilots.hold_of(space, player).map_or(0, |hold| hold.room(class))
}

#[cfg(test)]
mod tests;
