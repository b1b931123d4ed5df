//! The economy's part of the step: orders before anything moves; ore, wrecks and crates after the fighting.

use super::feuds::bounty_on;
use super::pilots::Pilot;
use super::{Arena, Wreck};
use crate::class::ShipClass;
use crate::dock::carry_out;
use crate::economy::{room_for_money, wealth};
use crate::entity::{ArenaEntity, Hold, Ship};
use crate::estate::Estate;
use crate::event::ArenaEvent;
use crate::goods::GOODS;
use crate::market::{Market, TradeRefusal};
use crate::orders::{ArenaOrder, OrderRefusal, Outcome};
use crate::salvage::find_takers;
use crate::tuning::PIRATE_BOUNTY_CREDITS;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::tick::Tick;

impl Arena {
    /// Carries out what pilots asked for since the last step, in the order in which it came, where ships are since then.
    pub(super) fn carry_out_orders(&mut self, events: &mut Vec<ArenaEvent>) {
        let orders = self.economy.take_orders();
        for &(player, order) in &orders {
            let outcome = self.answer(player, order).unwrap_or_else(Outcome::Refused);
            events.push(ArenaEvent::Answer { to: player, outcome });
        }
        self.economy.reuse(orders);
    }

    fn answer(&mut self, player: PlayerId, order: ArenaOrder) -> Result<Outcome, OrderRefusal> {
        match order {
            ArenaOrder::JoinTeam { team } => self.join_team(player, team),
            _ => self.answer_at_station(player, order),
        }
    }

    fn answer_at_station(&mut self, player: PlayerId, order: ArenaOrder) -> Result<Outcome, OrderRefusal> {
        let nowhere = TradeRefusal::NotDocked;
        let (ship_slot, mut ship) = self.ship_of(player).ok_or(nowhere)?;
        let mut hold = *self.hold_mut(player).ok_or(nowhere)?;
        if matches!(order, ArenaOrder::Refit { .. }) && self.spare_slots() == 0 {
            return Err(OrderRefusal::NotReady);
        }
        let (class, before) = (ship.class, hold);
        let outcome = carry_out(order, &self.map, &mut self.economy.market, &mut ship, &mut hold)?;
        if let Some(place) = self.hold_mut(player) {
            *place = hold;
        }
        let mut given_units = None;
        if let Some(pilot) = self.pilot_mut(player) {
            match outcome {
                Outcome::Bought(receipt) => {
                    given_units = Some((receipt.good, pilot.stake.given_units(receipt, before.credits)));
                    pilot.stake.bought(receipt);
                }
                Outcome::Sold(receipt) => pilot.stake.sold(receipt, before.goods[receipt.good.index()]),
                _ => {}
            }
            pilot.acted |= matches!(outcome, Outcome::Bought(_) | Outcome::Sold(_));
            pilot.stake.settle(hold.credits);
        }
        if let (ArenaOrder::Buy { station, .. }, Some((good, units))) = (order, given_units) {
            self.economy.market.note_given(station.into(), good, units);
        }
        if ship.class == class {
            self.put(ship_slot, ship);
        } else {
            self.exchange(player, ship_slot, ship);
        }
        Ok(outcome)
    }

    /// A ship of another class or team is another entity: both are constant for those who see it.
    pub(super) fn exchange(&mut self, player: PlayerId, old: Slot, ship: Ship) {
        self.table.remove(old);
        let slot = self.table.spawn(ArenaEntity::Ship(ship));
        if let Some(pilot) = self.pilot_mut(player) {
            (pilot.ship, pilot.class) = (slot, ship.class);
        }
    }

    pub(super) fn ship_of(&self, player: PlayerId) -> Option<(Slot, Ship)> {
        let slot = self.pilot(player)?.ship?;
        match self.table.get(slot)? {
            ArenaEntity::Ship(ship) => Some((slot, *ship)),
            _ => None,
        }
    }

    /// What this tick's fighting broke loose floats, what ships are over is theirs, and the market goes on.
    pub(super) fn trade_and_salvage(&mut self, tick: Tick) {
        self.settle_wrecks();
        self.chip_rocks();
        self.take_up_crates(tick);
        self.economy.step(tick, &mut self.rng);
    }

    /// Half of what a lost ship had floats, but for what was bought with what its pilot was given; the rest is gone. Whoever
    /// did it is paid: by the victim, or for a pirate by nobody.
    pub(super) fn settle_wrecks(&mut self) {
        for at in 0..self.scratch.wrecks.len() {
            let wreck = self.scratch.wrecks[at];
            let cargo = self.take_cargo(wreck.victim);
            if cargo.is_some() {
                self.pay_bounty(&wreck);
            }
            let spare = self.spare_slots();
            let Self { economy, table, rng, pilots, .. } = self;
            let (mut yard, _) = economy.yard(table, spare, rng);
            match cargo {
                Some((goods, _)) if goods == [0; GOODS] => {}
                Some((goods, saved)) => yard.wreck(goods, saved, wreck.at, wreck.velocity),
                None => yard.loot(wreck.at, wreck.velocity),
            }
            let killer = pilots[wreck.by.index()].and_then(|pilot| pilot.hold).filter(|_| cargo.is_none());
            if let Some(ArenaEntity::Hold(hold)) = killer.and_then(|slot| table.get_mut(slot)) {
                economy.reward(hold, PIRATE_BOUNTY_CREDITS);
            }
        }
    }

    /// The victim pays out of what they earned, so that no money is made of a kill and none is handed on that was given.
    fn pay_bounty(&mut self, wreck: &Wreck) {
        let room = self.hold_mut(wreck.by).map_or(0, |hold| room_for_money(hold));
        let victim = self.pilot(wreck.victim).map(|pilot| pilot.stake);
        let (Some(stake), Some(hold)) = (victim, self.hold_mut(wreck.victim)) else { return };
        // The cargo is gone already: what is earned is money.
        let paid = bounty_on(stake.earned(hold.credits), wreck.worth).min(room);
        hold.credits -= paid;
        let left = hold.credits;
        if let Some(pilot) = self.pilot_mut(wreck.victim) {
            pilot.stake.settle(left);
        }
        if let Some(hold) = self.hold_mut(wreck.by) {
            hold.credits += paid;
        }
    }

    /// Empties the hold of a pilot whose ship was lost: what was in it, and what of it floats. `None` for who has no hold.
    fn take_cargo(&mut self, victim: PlayerId) -> Option<([u16; GOODS], [u16; GOODS])> {
        let Hold { credits, goods, .. } = *self.hold_mut(victim)?;
        self.hold_mut(victim)?.goods = [0; GOODS];
        let stake = &mut self.pilot_mut(victim)?.stake;
        let saved = stake.salvage_of(credits, &goods);
        stake.lost_goods();
        stake.settle(credits);
        Some((goods, saved))
    }

    fn chip_rocks(&mut self) {
        if self.scratch.rock_hits.is_empty() {
            return;
        }
        let spare = self.spare_slots();
        let Self { economy, table, rng, map, scratch, .. } = self;
        let (mut yard, mines) = economy.yard(table, spare, rng);
        for hit in &scratch.rock_hits {
            let index = usize::from(hit.rock);
            yard.chip(mines, index, &map.asteroids[index], hit.at, hit.damage);
        }
    }

    fn take_up_crates(&mut self, tick: Tick) {
        if self.economy.afloat() == 0 {
            return;
        }
        let mut found = std::mem::take(&mut self.economy.found);
        let has_room = |ship: &Ship| self.room_of(ship.owner, ship.class) > 0;
        find_takers(tick, &self.table, &self.ships, has_room, &mut found);
        // What is left of a crate takes a slot, but the crate's own rests for a while.
        let spare = if found.is_empty() { 0 } else { self.spare_slots() };
        let Self { economy, table, rng, pilots, .. } = self;
        let (mut yard, _) = economy.yard(table, spare, rng);
        for &(crate_slot, ship_slot) in &found {
            let Some(&ArenaEntity::Ship(ship)) = yard.table.get(ship_slot) else { continue };
            if let Some(hold) = pilots[ship.owner.index()].and_then(|pilot| pilot.hold) {
                let taken = yard.take_up(crate_slot, hold, ship.class);
                if let Some(pilot) = pilots[ship.owner.index()].as_mut().filter(|_| taken) {
                    pilot.acted = true;
                }
            }
        }
        economy.found = found;
    }

    /// How much `player` could take up in a ship of that class.
    fn room_of(&self, player: PlayerId, class: ShipClass) -> u16 {
        self.pilot(player).and_then(|pilot| self.hold_of(pilot)).map_or(0, |hold| hold.room(class))
    }

    fn hold_of(&self, pilot: &Pilot) -> Option<&Hold> {
        match self.table.get(pilot.hold?)? {
            ArenaEntity::Hold(hold) => Some(hold),
            _ => None,
        }
    }

    /// The stations' market, to look at.
    #[must_use]
    pub fn market(&self) -> &Market {
        &self.economy.market
    }

    /// Whether the books say what there is in stations, holds and crates.
    #[must_use]
    pub fn books_balance(&self) -> bool {
        self.economy.balances(&self.table)
    }

    /// What `player` owns; pirates own nothing.
    pub(super) fn estate(&self, player: PlayerId) -> Option<Estate> {
        let pilot = self.pilot(player)?;
        let hold = self.hold_of(pilot)?;
        let &Hold { credits, goods, .. } = hold;
        let &Pilot { stake, mark, class, .. } = pilot;
        Some(Estate { credits, goods, stake, mark, class, ship: self.condition(player)? })
    }

    /// What a pilot owns, credits.
    pub(super) fn wealth(&self, pilot: &Pilot) -> i64 {
        self.hold_of(pilot).map_or(0, wealth)
    }
}

#[cfg(test)]
mod tests;
