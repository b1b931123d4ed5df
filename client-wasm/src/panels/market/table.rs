//! The prices as a table: a row for each good, a column for each venue. Arrow keys walk through it.

use crate::page::{Page, is_composing, listen};
use crate::panels::dom::{add, add_button, nearest, set_data, set_flag, set_text};
use crate::panels::market::book::PriceBook;
use crate::panels::market::ticker::show_change;
use perigee_shared::presentation::MarketView;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

/// A venue and a good, by index.
pub(super) type Place = (u8, u8);

/// One price.
#[derive(Debug)]
struct PriceCell {
    place: Place,
    button: HtmlElement,
    ask: HtmlElement,
    bid: HtmlElement,
    stock: HtmlElement,
    change: HtmlElement,
}

/// The table.
#[derive(Debug)]
pub(super) struct Table {
    page: Rc<Page>,
    table: HtmlElement,
    venues: Vec<String>,
    goods: Vec<&'static str>,
    heads: Vec<HtmlElement>,
    cells: Vec<PriceCell>,
    picked: Rc<Cell<Place>>,
}

impl Table {
    pub(super) fn new(page: &Rc<Page>, picked: &Rc<Cell<Place>>) -> Result<Self, JsValue> {
        let table: HtmlElement = page.element("market-table")?;
        let noted = Rc::clone(picked);
        listen(&table, "click", move |event: Event| {
            if let Some(place) = nearest(&event, "place").and_then(|(_, place)| place_named(&place)) {
                noted.set(place);
            }
        })?;
        let (own, noted) = (table.clone(), Rc::clone(picked));
        listen(&table, "keydown", move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowLeft" => (-1, 0),
                "ArrowRight" => (1, 0),
                "ArrowUp" => (0, -1),
                "ArrowDown" => (0, 1),
                _ => return,
            };
            if is_composing(&event) {
                return;
            }
            event.prevent_default();
            let (venue, good) = noted.get();
            let walked = venue.checked_add_signed(step.0).zip(good.checked_add_signed(step.1));
            let found = walked.and_then(|(venue, good)| {
                let selector = format!("[data-place='{venue},{good}']");
                Some(((venue, good), own.query_selector(&selector).ok()??))
            });
            if let Some((place, button)) = found {
                noted.set(place);
                let _ = button.unchecked_into::<HtmlElement>().focus();
            }
        })?;
        Ok(Self {
            page: Rc::clone(page),
            table,
            venues: Vec::new(),
            goods: Vec::new(),
            heads: Vec::new(),
            cells: Vec::new(),
            picked: Rc::clone(picked),
        })
    }

    /// Shows all prices.
    pub(super) fn show(&mut self, book: &PriceBook, view: &MarketView, now_s: u64) -> Result<(), JsValue> {
        let is_same = self.goods == view.goods
            && self.venues.len() == view.venues.len()
            && self.venues.iter().zip(&view.venues).all(|(name, venue)| *name == venue.name);
        if !is_same {
            self.build(view)?;
        }
        for (at, head) in self.heads.iter().enumerate() {
            set_data(head, "here", if view.docked == u8::try_from(at).ok() { "1" } else { "0" });
        }
        let picked = self.picked.get();
        for cell in &self.cells {
            let quote = book.quote(cell.place.0, cell.place.1);
            let words = |number: Option<u32>| number.map_or("–".to_owned(), |number| number.to_string());
            set_text(&cell.ask, &words(quote.map(|quote| quote.ask)));
            set_text(&cell.bid, &words(quote.map(|quote| quote.bid)));
            set_text(&cell.stock, &words(quote.map(|quote| quote.stock)));
            show_change(&cell.change, book.change_percent(cell.place.0, cell.place.1, now_s));
            set_flag(&cell.button, "aria-pressed", cell.place == picked);
            // One stop for the Tab key: arrows do the rest.
            cell.button.set_tab_index(if cell.place == picked { 0 } else { -1 });
        }
        Ok(())
    }

    /// Moves the table sideways, where it does not fit, and the focus, where the table has it, to the picked price.
    pub(super) fn reveal(&self) {
        let picked = self.cells.iter().find(|cell| cell.place == self.picked.get());
        if let (Some(cell), Some(frame)) = (picked, self.table.parent_element()) {
            let middle = |element: &Element| {
                let place = element.get_bounding_client_rect();
                place.left() + place.width() / 2.0
            };
            let way = middle(&cell.button) - middle(&frame);
            frame.set_scroll_left(frame.scroll_left() + way as i32);
            // The focus stays with what is picked, if it was in the table.
            let focused = self.page.document.active_element();
            if focused.is_some_and(|focused| self.table.contains(Some(&focused))) {
                let _ = cell.button.focus();
            }
        }
    }

    fn build(&mut self, view: &MarketView) -> Result<(), JsValue> {
        self.table.set_text_content(None);
        (self.heads, self.cells) = (Vec::new(), Vec::new());
        let head = add(&self.page, &self.table, "thead", "", "")?;
        let row = add(&self.page, &head, "tr", "", "")?;
        add(&self.page, &row, "td", "", "")?;
        for venue in &view.venues {
            let cell = add(&self.page, &row, "th", "venue", &venue.name)?;
            cell.set_attribute("scope", "col")?;
            self.heads.push(cell);
        }
        let body = add(&self.page, &self.table, "tbody", "", "")?;
        for (good, name) in view.goods.iter().enumerate() {
            let row = add(&self.page, &body, "tr", "", "")?;
            add(&self.page, &row, "th", "good", name)?.set_attribute("scope", "row")?;
            for venue in 0..view.venues.len() {
                let cell = self.add_cell(&row, (venue as u8, good as u8))?;
                self.cells.push(cell);
            }
        }
        self.venues = view.venues.iter().map(|venue| venue.name.clone()).collect();
        self.goods = view.goods.clone();
        Ok(())
    }

    fn add_cell(&self, row: &Element, place: Place) -> Result<PriceCell, JsValue> {
        let page = &self.page;
        let cell = add(page, row, "td", "", "")?;
        let button = add_button(page, &cell, "price", "")?;
        button.dataset().set("place", &format!("{},{}", place.0, place.1))?;
        let ask = add(page, &button, "b", "ask", "")?;
        let bid = add(page, &button, "span", "bid", "")?;
        let stock = add(page, &button, "span", "stock", "")?;
        let change = add(page, &button, "i", "change", "")?;
        Ok(PriceCell { place, button, ask, bid, stock, change })
    }
}

/// `2,3` as venue 2 and good 3.
fn place_named(text: &str) -> Option<Place> {
    let (venue, good) = text.split_once(',')?;
    Some((venue.parse().ok()?, good.parse().ok()?))
}
