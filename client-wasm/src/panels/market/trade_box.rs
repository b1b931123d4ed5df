//! Buying and selling in the page: six buttons for the price that is picked, what else the venue offers, and what
//! became of it.

use crate::page::{Page, is_composing, listen};
use crate::panels::dom::{add, add_button, grouped, nearest, set_data, set_disabled, set_text};
use crate::panels::market::deal::{STEPS, Step};
use crate::panels::requests::{PanelRequest, PanelRequests};
use perigee_shared::netcode::Quote;
use perigee_shared::presentation::{Lot, MarketView, Side, TradeRequest, VenueOffer};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement, KeyboardEvent};

/// A button and what it stands for.
#[derive(Debug)]
struct DealButton {
    side: Side,
    step: Step,
    button: HtmlElement,
    total: HtmlElement,
}

/// The box.
#[derive(Debug)]
pub(super) struct TradeBox {
    page: Rc<Page>,
    title: HtmlElement,
    words: HtmlElement,
    balance: HtmlElement,
    answer: HtmlElement,
    offers: HtmlElement,
    buttons: Vec<DealButton>,
    /// What each button stands for now, for its handler.
    lots: Rc<RefCell<[Option<Lot>; 2 * STEPS.len()]>>,
    shown_offers: Vec<VenueOffer>,
    shown_answer: u64,
}

impl TradeBox {
    pub(super) fn new(page: &Rc<Page>, requests: &PanelRequests) -> Result<Self, JsValue> {
        let mut trade = Self {
            page: Rc::clone(page),
            title: page.element("trade-title")?,
            words: page.element("trade-words")?,
            balance: page.element("market-balance")?,
            answer: page.element("trade-answer")?,
            offers: page.element("trade-offers")?,
            buttons: Vec::new(),
            lots: Rc::default(),
            shown_offers: Vec::new(),
            shown_answer: 0,
        };
        let deals: HtmlElement = page.element("trade-deals")?;
        for (side, word) in [(Side::Buy, "Buy"), (Side::Sell, "Sell")] {
            let row = add(page, &deals, "div", "deals", "")?;
            for step in STEPS {
                let number = trade.buttons.len();
                let button = add_button(page, &row, "deal", "")?;
                button.dataset().set("deal", &number.to_string())?;
                add(page, &button, "kbd", "", &(number + 1).to_string())?;
                add(page, &button, "span", "", &format!("{word} {}", step.name()))?;
                let total = add(page, &button, "span", "total", "")?;
                trade.buttons.push(DealButton { side, step, button, total });
            }
        }
        trade.listen(requests)?;
        Ok(trade)
    }

    fn listen(&self, requests: &PanelRequests) -> Result<(), JsValue> {
        let panel: HtmlElement = self.page.element("panel-market")?;
        let (lots, asked) = (Rc::clone(&self.lots), requests.clone());
        listen(&panel, "click", move |event: Event| {
            if let Some((_, number)) = nearest(&event, "deal") {
                let lot = number.parse::<usize>().ok().and_then(|at| *lots.borrow().get(at)?);
                asked_to_trade(&asked, lot.map(TradeRequest::Deal));
            } else if let Some((_, number)) = nearest(&event, "offer") {
                asked_to_trade(&asked, number.parse().ok().map(TradeRequest::Take));
            }
        })?;
        let (lots, asked) = (Rc::clone(&self.lots), requests.clone());
        listen(&panel, "keydown", move |event: KeyboardEvent| {
            // The keys that the buttons name.
            let digit = digit_of(&event).filter(|digit| *digit >= 1);
            let lot = digit.and_then(|digit| *lots.borrow().get(digit - 1)?);
            let plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key() && !is_composing(&event);
            if lot.is_some() && plain {
                event.prevent_default();
                asked_to_trade(&asked, lot.map(TradeRequest::Deal));
            }
        })
    }

    /// Shows what can be done with the price that is picked.
    pub(super) fn show(
        &mut self,
        quote: Option<Quote>,
        view: &MarketView,
        picked: (u8, u8),
        total: &dyn Fn(&Lot) -> i64,
    ) -> Result<(), JsValue> {
        let venue = view.venues.get(usize::from(picked.0));
        let good = view.goods.get(usize::from(picked.1)).copied().unwrap_or("–");
        let name = venue.map_or("", |venue| venue.name.as_str());
        set_text(&self.title, &format!("{good} at {name}"));
        let held = view.hold.get(usize::from(picked.1)).copied().unwrap_or(0);
        let is_here = view.docked == Some(picked.0);
        set_text(&self.words, &words(view, venue.map_or("", |venue| &venue.way), is_here, held));
        let load: u32 = view.hold.iter().sum();
        set_text(
            &self.balance,
            &format!("{} {} · hold {load} / {}", grouped(view.money), view.currency, view.capacity),
        );
        self.show_deals(quote.filter(|_| is_here), view, total);
        self.show_offers(view)?;
        if view.answer.number != self.shown_answer {
            self.shown_answer = view.answer.number;
            set_text(&self.answer, &view.answer.text);
            set_data(&self.answer, "refused", if view.answer.refused { "1" } else { "0" });
        }
        Ok(())
    }

    fn show_deals(&self, quote: Option<Quote>, view: &MarketView, total: &dyn Fn(&Lot) -> i64) {
        let mut lots = self.lots.borrow_mut();
        for (at, deal) in self.buttons.iter().enumerate() {
            let lot = quote.and_then(|quote| deal.step.lot(deal.side, quote, view, total));
            let words = lot.map_or(String::new(), |lot| {
                let many =
                    if deal.step == Step::Max { format!("{} for ", lot.amount) } else { String::new() };
                format!("{many}{}", grouped(total(&lot)))
            });
            set_text(&deal.total, &words);
            set_disabled(&deal.button, lot.is_none());
            lots[at] = lot;
        }
    }

    fn show_offers(&mut self, view: &MarketView) -> Result<(), JsValue> {
        if self.shown_offers == view.offers {
            return Ok(());
        }
        self.offers.set_text_content(None);
        for offer in &view.offers {
            let button = add_button(&self.page, &self.offers, "deal", "")?;
            button.dataset().set("offer", &offer.number.to_string())?;
            add(&self.page, &button, "span", "", &offer.title)?;
            let price =
                if offer.refused.is_empty() { grouped(offer.price.into()) } else { offer.refused.clone() };
            add(&self.page, &button, "span", "total", &price)?;
            set_disabled(&button, !offer.refused.is_empty());
        }
        self.shown_offers.clone_from(&view.offers);
        Ok(())
    }
}

/// The digit that a key stands for: what it writes, or what is printed on it where a digit needs shift, as in French.
fn digit_of(event: &KeyboardEvent) -> Option<usize> {
    let code = event.code();
    let printed = || code.strip_prefix("Digit").or_else(|| code.strip_prefix("Numpad"));
    event.key().parse().ok().or_else(|| printed()?.parse().ok())
}

fn asked_to_trade(requests: &PanelRequests, request: Option<TradeRequest>) {
    if let Some(request) = request {
        requests.push(PanelRequest::Trade(request));
    }
}

/// What stands above the buttons: what is in the hold, or where to go.
fn words(view: &MarketView, way: &str, is_here: bool, held: u32) -> String {
    let docked = view.docked.and_then(|at| view.venues.get(usize::from(at)));
    match (is_here, docked) {
        (true, _) => format!("You have {held}."),
        (false, Some(here)) => {
            format!("You have {held}. You are at {}: trade there, or come here{}.", here.name, after(way))
        }
        (false, None) => format!("You have {held}. To trade, come here{}.", after(way)),
    }
}

fn after(way: &str) -> String {
    if way.is_empty() { String::new() } else { format!(": {way}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::presentation::VenueView;

    #[test]
    fn the_player_reads_where_to_go() {
        let venue = |name: &str| VenueView { name: name.into(), way: String::new() };
        let mut view = MarketView { venues: vec![venue("Boreas"), venue("Cinder")], ..MarketView::default() };
        let far = words(&view, "820 units north", false, 3);
        assert_eq!(far, "You have 3. To trade, come here: 820 units north.");
        view.docked = Some(1);
        assert!(words(&view, "", false, 3).contains("You are at Cinder"));
        assert_eq!(words(&view, "", true, 3), "You have 3.");
    }
}
