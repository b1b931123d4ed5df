//! The market as a whole: takes in prices, fetches the past of the one that is picked, and shows what is due.

use crate::page::{Page, listen};
use crate::panels::dom::{nearest, set_flag};
use crate::panels::fetch::{Answer, Fetch, list_at, number_at, small_at};
use crate::panels::market::book::PriceBook;
use crate::panels::market::candles::{Candle, Candles, Interval, MAX_CANDLES};
use crate::panels::market::chart::Chart;
use crate::panels::market::table::{Place, Table};
use crate::panels::market::ticker::Ticker;
use crate::panels::market::trade_box::TradeBox;
use crate::panels::requests::PanelRequests;
use perigee_shared::netcode::Quote;
use perigee_shared::presentation::{Lot, MarketView};
use perigee_shared::protocol::Prices;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement};

/// Time between two writings of prices into the page, microseconds.
const INTERVAL_US: u64 = 250_000;

/// Which candles are shown.
#[derive(Clone, Debug, Default, PartialEq)]
struct Subject {
    room: String,
    place: Place,
    interval: Interval,
}

/// The market.
#[derive(Debug)]
pub(crate) struct MarketPanel {
    page: Rc<Page>,
    book: PriceBook,
    ticker: Ticker,
    table: Table,
    trade: TradeBox,
    chart: Chart,
    intervals: HtmlElement,
    picked: Rc<Cell<Place>>,
    interval: Rc<Cell<Interval>>,
    subject: Subject,
    candles: Candles,
    fetch: Option<Fetch>,
    view: Option<MarketView>,
    was_open: bool,
    shown_at_us: u64,
}

impl MarketPanel {
    pub(crate) fn new(page: &Rc<Page>, requests: &PanelRequests) -> Result<Self, JsValue> {
        let (picked, interval) = (Rc::default(), Rc::new(Cell::new(Interval::default())));
        let intervals: HtmlElement = page.element("market-intervals")?;
        let noted = Rc::clone(&interval);
        listen(&intervals, "click", move |event: Event| {
            let name = nearest(&event, "interval").map(|(_, name)| name);
            let chosen = Interval::ALL.into_iter().find(|interval| Some(interval.name()) == name.as_deref());
            noted.set(chosen.unwrap_or(noted.get()));
        })?;
        Ok(Self {
            page: Rc::clone(page),
            book: PriceBook::default(),
            ticker: Ticker::new(page)?,
            table: Table::new(page, &picked)?,
            trade: TradeBox::new(page, requests)?,
            chart: Chart::new(page)?,
            intervals,
            picked,
            interval,
            subject: Subject::default(),
            candles: Candles::default(),
            fetch: None,
            view: None,
            was_open: false,
            shown_at_us: 0,
        })
    }

    /// Takes in prices that changed.
    pub(crate) fn take(&mut self, prices: &Prices) {
        let (now_s, now_ms) = (self.now_s(), js_sys::Date::now() as u64);
        for quote in &prices.changed {
            let traded = self.book.take(*quote, now_s);
            if (quote.venue, quote.good) == self.subject.place {
                self.candles.tell(now_ms, quote.ask, traded);
            }
        }
    }

    /// Another match.
    pub(crate) fn clear(&mut self) {
        (self.book, self.view, self.subject) = (PriceBook::default(), None, Subject::default());
    }

    /// Whether it is time to look at the hold again.
    pub(crate) fn is_due(&self, now_us: u64) -> bool {
        now_us.saturating_sub(self.shown_at_us) >= INTERVAL_US
    }

    /// Takes in the player's side, and shows what is due. `total` gives what a lot costs.
    pub(crate) fn show(
        &mut self,
        view: Option<MarketView>,
        room: &str,
        is_open: bool,
        total: &dyn Fn(&Lot) -> i64,
        now_us: u64,
    ) -> Result<(), JsValue> {
        if self.is_due(now_us) {
            self.shown_at_us = now_us;
            self.view = view;
            self.show_prices(is_open, total)?;
        }
        let opened = !std::mem::replace(&mut self.was_open, is_open) && is_open;
        if is_open {
            if opened {
                self.pick_venue();
                self.show_prices(is_open, total)?;
                self.table.reveal();
            }
            self.follow_subject(room, opened);
            self.chart.show(&self.candles, now_us)?;
        }
        Ok(())
    }

    fn show_prices(&mut self, is_open: bool, total: &dyn Fn(&Lot) -> i64) -> Result<(), JsValue> {
        let now_s = self.now_s();
        let none = MarketView::default();
        let view = self.view.as_ref().unwrap_or(&none);
        self.ticker.show(&self.book, &view.goods, now_s)?;
        if !is_open {
            return Ok(());
        }
        let picked = self.picked.get();
        self.table.show(&self.book, view, now_s)?;
        self.trade.show(self.quote_at(picked), view, picked, total)
    }

    fn quote_at(&self, (venue, good): Place) -> Option<Quote> {
        self.book.quote(venue, good)
    }

    /// A player who opens the panel at a venue wants to trade there.
    fn pick_venue(&mut self) {
        if let Some(docked) = self.view.as_ref().and_then(|view| view.docked) {
            self.picked.set((docked, self.picked.get().1));
        }
        // Shown again at once.
        self.shown_at_us = 0;
    }

    /// Fetches the past of what is picked, when that is something else than before.
    fn follow_subject(&mut self, room: &str, opened: bool) {
        let subject =
            Subject { room: room.to_owned(), place: self.picked.get(), interval: self.interval.get() };
        if opened || subject != self.subject {
            let (venue, good) = subject.place;
            let name = subject.interval.name();
            let path =
                format!("api/v1/market/{room}/{venue}/{good}/candles?interval={name}&limit={MAX_CANDLES}");
            self.fetch = Some(Fetch::get(&self.page, &path));
            self.candles = Candles::new(subject.interval);
            if let Some(quote) = self.book.quote(venue, good) {
                self.candles.tell(js_sys::Date::now() as u64, quote.ask, 0);
            }
            self.subject = subject;
            self.shown_at_us = 0;
            self.mark_interval();
        }
        if let Some(answer) = self.fetch.as_ref().and_then(Fetch::take) {
            self.fetch = None;
            // Without a past the chart begins now.
            if let Answer::Json(json) = answer {
                self.candles.fill(list_at(&json, "candles", MAX_CANDLES).iter().map(candle).collect());
            }
        }
    }

    fn mark_interval(&self) {
        let buttons = self.intervals.children();
        for button in (0..buttons.length()).filter_map(|at| buttons.item(at)) {
            let is_chosen =
                button.get_attribute("data-interval").as_deref() == Some(self.interval.get().name());
            set_flag(&button, "aria-pressed", is_chosen);
        }
    }

    fn now_s(&self) -> u64 {
        self.page.now_us() / 1_000_000
    }
}

fn candle(json: &JsValue) -> Candle {
    Candle {
        start_ms: number_at(json, "start_ms").unwrap_or(0),
        open: small_at(json, "open"),
        high: small_at(json, "high"),
        low: small_at(json, "low"),
        close: small_at(json, "close"),
        volume: number_at(json, "volume").unwrap_or(0),
    }
}
