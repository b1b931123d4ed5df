//! The economy of an arena: the market, what asteroids hold, what waits to be carried out, and the rules by which money
//! comes to pilots and leaves with them. Whoever moves goods or money does it through here, so that the books balance.

use crate::bits::{BitReader, BitWriter};
use crate::game::bot::PriceList;
use crate::game::entity::{ArenaEntity, Crate, Hold};
use crate::game::goods::{GOODS, Good};
use crate::game::map::ArenaMap;
use crate::game::market::{MAX_CREDITS, Market};
use crate::game::mining::Mines;
use crate::game::orders::ArenaOrder;
use crate::game::salvage::{self, MAX_CRATES, Yard};
use crate::game::tuning::START_CREDITS;
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::limits::{MAX_PLAYERS, MAX_UNCONFIRMED_ORDERS};
use crate::netcode::bulletin::Quote;
use crate::netcode::{Arrival, EntityTable, LoadError, Order};
use crate::rng::Rng;
use crate::tick::Tick;

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
    pub(crate) found: Vec<(Slot, Slot)>,
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

    /// What a pilot has who just came: what they brought, or a beginner's grant.
    pub(crate) fn arrive(&mut self, owner: PlayerId, arrival: Arrival) -> Hold {
        let brought = arrival.purse.clamp(0, MAX_CREDITS);
        let money = &mut self.market.ledger.money;
        if brought == 0 {
            money.granted += START_CREDITS.unsigned_abs();
            return Hold::with_credits(owner, START_CREDITS);
        }
        money.arrived += brought.unsigned_abs();
        Hold::with_credits(owner, brought)
    }

    /// A pilot is gone: the money with them, and what is in the hold is lost to the arena.
    pub(crate) fn depart(&mut self, hold: &Hold) {
        let ledger = &mut self.market.ledger;
        ledger.money.departed += u64::from(hold.credits.unsigned_abs());
        for (good, &pieces) in Good::ALL.into_iter().zip(&hold.goods) {
            ledger.of(good).lost += u64::from(pieces);
        }
    }

    /// A pilot is paid for a kill; what would make them too rich is not paid.
    pub(crate) fn reward(&mut self, hold: &mut Hold, bounty: i32) {
        let paid = i64::from(bounty).min(MAX_CREDITS - i64::from(hold.credits)).max(0);
        hold.credits += paid as i32;
        self.market.ledger.money.bounties += paid.unsigned_abs();
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
        (table, spare): (&'a mut EntityTable<ArenaEntity>, usize),
        rng: &'a mut Rng,
    ) -> (Yard<'a>, &'a mut Mines) {
        let yard = Yard { table, rng, ledger: &mut self.market.ledger, floating: &mut self.floating, spare };
        (yard, &mut self.mines)
    }

    /// Appends what everything costs everywhere, by station and good.
    pub(crate) fn quotes(&self, out: &mut Vec<Quote>) {
        out.extend(self.each_quote());
    }

    /// The same, for minds.
    pub(crate) fn price_list(&self) -> PriceList {
        let mut prices = PriceList::default();
        self.each_quote().for_each(|quote| prices.learn(&quote));
        prices
    }

    fn each_quote(&self) -> impl Iterator<Item = Quote> {
        (0..).zip(self.market.stations()).flat_map(|(station, market)| {
            (0..).zip(market.shelves()).map(move |(good, shelf)| Quote {
                station,
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
            let order = order.ok_or(LoadError::Contradiction("an order that is none"))?;
            self.order(player, order);
        }
        self.floating = salvage::afloat(table).1;
        self.balances(table).then_some(()).ok_or(LoadError::Contradiction("books that do not balance"))
    }
}

/// What a pilot owns, credits: the money, and the goods at base prices.
#[must_use]
pub(crate) fn wealth(hold: &Hold) -> i64 {
    i64::from(hold.credits) + crate::game::goods::value_at_base(&hold.goods)
}

const _: () = assert!(GOODS <= crate::limits::MAX_GOODS);
