//! The economy of an arena: the market, what asteroids hold, what waits to be carried out, and the rules by which money
//! comes to pilots and leaves with them. Whoever moves goods or money does it through here, so that the books balance.

use crate::entity::{ArenaEntity, Crate, Hold};
use crate::estate::Estate;
use crate::goods::{GOODS, Good};
use crate::map::ArenaMap;
use crate::market::{MAX_CREDITS, Market, Receipt};
use crate::mining::Mines;
use crate::orders::ArenaOrder;
use crate::prices::PriceList;
use crate::salvage::{self, MAX_CRATES, Pickup, Yard};
use crate::stake::Stake;
use crate::tuning::START_CREDITS;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::PlayerId;
use perigee_shared::limits::{MAX_PLAYERS, MAX_UNCONFIRMED_ORDERS};
use perigee_shared::netcode::seam::bulletin::Quote;
use perigee_shared::netcode::{Arrival, EntityTable, LoadError, Order};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;

/// Orders that may wait for one step: as many as the host takes from all players. More are dropped and counted.
const MAX_WAITING: usize = MAX_PLAYERS * MAX_UNCONFIRMED_ORDERS;

/// The economy of an arena, but for what floats and what lies in holds: those are entities.
#[derive(Clone, Debug)]
pub(crate) struct Economy {
    pub(crate) market: Market,
    pub(crate) mines: Mines,
    waiting: Vec<(PlayerId, ArenaOrder)>,
    /// Orders that were dropped because too many waited.
    dropped: u64,
    /// How many crates float: follows from the table.
    floating: usize,
    /// Scratch: crates and the ships that take them up.
    pub(crate) found: Vec<Pickup>,
}

impl Economy {
    /// A fresh economy for that map.
    pub(crate) fn new(map: &ArenaMap, seed: u64) -> Self {
        let veins = map.asteroids.iter().map(|rock| (rock.ore, rock.radius_units as u16));
        Self {
            market: Market::new(map.stations.len(), seed),
            mines: Mines::new(veins),
            waiting: Vec::new(),
            dropped: 0,
            floating: 0,
            found: Vec::with_capacity(MAX_CRATES),
        }
    }

    /// One tick of what runs by itself.
    pub(crate) fn step(&mut self, tick: Tick, rng: &mut Rng) {
        self.market.step(rng);
        self.mines.regrow(tick);
    }

    /// An order for the next step.
    pub(crate) fn order(&mut self, player: PlayerId, order: ArenaOrder) {
        if self.waiting.len() >= MAX_WAITING {
            self.dropped += 1;
            return;
        }
        self.waiting.push((player, order));
    }

    /// Nobody is there any more who asked for it.
    pub(crate) fn forget_orders(&mut self, player: PlayerId) {
        self.waiting.retain(|(who, _)| *who != player);
    }

    /// The orders that came since the last step, in the order in which they came. Give the list back to
    /// [`Self::reuse`], emptied.
    pub(crate) fn take_orders(&mut self) -> Vec<(PlayerId, ArenaOrder)> {
        std::mem::take(&mut self.waiting)
    }

    /// Takes the list's memory back.
    pub(crate) fn reuse(&mut self, mut orders: Vec<(PlayerId, ArenaOrder)>) {
        orders.clear();
        self.waiting = orders;
    }

    /// What a pilot has who just came: what they brought, as far as it fits their ship, or a beginner's grant.
    pub(crate) fn arrive(&mut self, owner: PlayerId, arrival: &Arrival) -> Estate {
        let ledger = &mut self.market.ledger;
        let Some(brought) = arrival.belongings else {
            ledger.money.granted += START_CREDITS.unsigned_abs();
            return Estate::of_wealth(START_CREDITS);
        };
        // The host counts who brings what cannot be read.
        let Some(mut estate) = Estate::unpack(&brought) else { return Estate::of_wealth(0) };
        ledger.money.arrived += u64::from(estate.credits.unsigned_abs());
        for (good, pieces) in Good::ALL.into_iter().zip(estate.goods) {
            ledger.of(good).arrived += u64::from(pieces);
        }
        let Estate { credits, goods, class, .. } = estate;
        let mut hold = Hold { owner, credits, goods };
        self.make_fit(&mut hold, &mut estate.stake, class.tuning().hold);
        (estate.credits, estate.goods) = (hold.credits, hold.goods);
        estate
    }

    /// Sells what is too much for a ship, the least worth first; what no station takes is lost.
    fn make_fit(&mut self, hold: &mut Hold, stake: &mut Stake, capacity: u16) {
        let load = |hold: &Hold| hold.goods.iter().map(|&pieces| u32::from(pieces)).sum::<u32>();
        let mut over = load(hold).saturating_sub(capacity.into());
        let mut by_worth = Good::ALL;
        by_worth.sort_by_key(|good| good.base_price());
        for good in by_worth {
            let held = hold.goods[good.index()];
            let surplus = over.min(held.into()) as u16;
            if surplus == 0 {
                continue;
            }
            let (amount, total) = self.market.sell_off(good, surplus, MAX_CREDITS - i64::from(hold.credits));
            self.market.ledger.of(good).lost += u64::from(surplus - amount);
            hold.goods[good.index()] -= surplus;
            hold.credits += total as i32;
            stake.sold(Receipt { good, amount: surplus.into(), total }, held);
            over -= u32::from(surplus);
        }
        stake.settle(hold.credits);
    }

    /// A pilot is gone, and what they have with them.
    pub(crate) fn depart(&mut self, hold: &Hold) {
        let ledger = &mut self.market.ledger;
        ledger.money.departed += u64::from(hold.credits.unsigned_abs());
        for (good, &pieces) in Good::ALL.into_iter().zip(&hold.goods) {
            ledger.of(good).departed += u64::from(pieces);
        }
    }

    /// A pilot is paid for a pirate; what would make them too rich is not paid.
    pub(crate) fn reward(&mut self, hold: &mut Hold, bounty: i32) {
        let paid = bounty.min(room_for_money(hold));
        hold.credits += paid;
        self.market.ledger.money.bounties += u64::from(paid.unsigned_abs());
    }

    /// How many crates float.
    pub(crate) fn afloat(&self) -> usize {
        self.floating
    }

    /// A crate's time is over; whoever says so removes it.
    pub(crate) fn sink(&mut self, gone: &Crate) {
        self.floating -= 1;
        self.market.ledger.of(gone.good).lost += u64::from(gone.amount);
    }

    /// What crates are made with; they may take `spare` more slots.
    pub(crate) fn yard<'a>(
        &'a mut self,
        table: &'a mut EntityTable<ArenaEntity>,
        spare: usize,
        rng: &'a mut Rng,
    ) -> (Yard<'a>, &'a mut Mines) {
        let yard = Yard { table, rng, ledger: &mut self.market.ledger, floating: &mut self.floating, spare };
        (yard, &mut self.mines)
    }

    /// Appends what everything costs everywhere, by station and good.
    pub(crate) fn quotes(&self, out: &mut Vec<Quote>) {
        out.extend(self.each_quote());
    }

    /// The same, for bots.
    pub(crate) fn price_list(&self) -> PriceList {
        let mut prices = PriceList::default();
        self.each_quote().for_each(|quote| prices.learn(&quote));
        prices
    }

    fn each_quote(&self) -> impl Iterator<Item = Quote> {
        (0..).zip(self.market.stations()).flat_map(|(station, market)| {
            (0..).zip(market.shelves()).map(move |(good, shelf)| Quote {
                venue: station,
                good,
                ask: shelf.ask(),
                bid: shelf.bid(),
                stock: shelf.stock().unsigned_abs(),
                traded: shelf.traded(),
            })
        })
    }

    /// Whether the books say what there is in stations, holds and crates.
    pub(crate) fn balances(&self, table: &EntityTable<ArenaEntity>) -> bool {
        let (mut goods, crates) = salvage::afloat(table);
        let mut credits = 0;
        for (_, entity) in table.iter() {
            if let ArenaEntity::Hold(hold) = entity {
                credits += i64::from(hold.credits);
                for (sum, &pieces) in goods.iter_mut().zip(&hold.goods) {
                    *sum += i64::from(pieces);
                }
            }
        }
        crates == self.floating && self.market.balances(goods, credits)
    }

    /// Mixes what is not in the table into `hasher`.
    pub(crate) fn hash_into(&self, hasher: &mut StateHasher) {
        self.market.hash_into(hasher);
        self.mines.hash_into(hasher);
        for (player, order) in &self.waiting {
            hasher.write_u64(u64::from(player.0));
            hasher.write_u64(order.pack());
        }
    }

    /// Appends what is not in the table.
    pub(crate) fn save(&self, writer: &mut BitWriter) {
        self.market.save(writer);
        self.mines.save(writer);
        writer.write_exp_golomb(self.waiting.len() as u32, 1);
        for (player, order) in &self.waiting {
            writer.write(u32::from(player.0), PlayerId::BITS);
            writer.write_u64(order.pack());
        }
    }

    /// Reads what [`Self::save`] wrote, into the fresh economy of the same scenario; `table` is loaded already.
    ///
    /// # Errors
    /// A [`LoadError`] for what no economy has.
    pub(crate) fn load(
        &mut self,
        table: &EntityTable<ArenaEntity>,
        reader: &mut BitReader<'_>,
    ) -> Result<(), LoadError> {
        self.market.load(reader)?;
        self.mines.load(reader)?;
        for _ in 0..reader.read_exp_golomb(1)? {
            let player = PlayerId(reader.read(PlayerId::BITS)? as u16);
            let order = ArenaOrder::unpack(reader.read_u64()?);
            let order = order.ok_or(LoadError::Contradiction("not a valid order"))?;
            self.order(player, order);
        }
        self.floating = salvage::afloat(table).1;
        self.balances(table).then_some(()).ok_or(LoadError::Contradiction("books that do not balance"))
    }
}

/// How much more money somebody may have, credits.
pub(crate) fn room_for_money(hold: &Hold) -> i32 {
    (MAX_CREDITS as i32 - hold.credits).max(0)
}

/// What a pilot owns, credits: the money, and the goods at base prices.
#[must_use]
pub(crate) fn wealth(hold: &Hold) -> i64 {
    i64::from(hold.credits) + crate::goods::value_at_base(&hold.goods)
}

const _: () = assert!(GOODS <= perigee_shared::limits::MAX_GOODS);
