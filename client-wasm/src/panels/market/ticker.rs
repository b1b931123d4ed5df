//! The line along the top: each good's mean price, and whether it went up or down within a minute.

use crate::page::Page;
use crate::panels::dom::{add, set_data, set_text};
use crate::panels::market::book::PriceBook;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

/// A change below this is none, per cent.
const STILL_PERCENT: f32 = 0.5;

/// A good in the line.
#[derive(Debug)]
struct Item {
    price: HtmlElement,
    mark: HtmlElement,
}

/// The line.
#[derive(Debug)]
pub(super) struct Ticker {
    page: Rc<Page>,
    line: HtmlElement,
    goods: Vec<&'static str>,
    items: Vec<Item>,
}

impl Ticker {
    pub(super) fn new(page: &Rc<Page>) -> Result<Self, JsValue> {
        let line = page.element("ticker")?;
        Ok(Self { page: Rc::clone(page), line, goods: Vec::new(), items: Vec::new() })
    }

    /// Shows the prices of those goods.
    pub(super) fn show(
        &mut self,
        book: &PriceBook,
        goods: &[&'static str],
        now_s: u64,
    ) -> Result<(), JsValue> {
        let shown = !book.is_empty() && !goods.is_empty();
        self.line.set_hidden(!shown);
        self.page.mark("ticker", if shown { "1" } else { "" });
        if self.goods != goods {
            self.line.set_text_content(None);
            self.items = goods.iter().map(|name| self.add_item(name)).collect::<Result<_, _>>()?;
            self.goods = goods.to_vec();
        }
        for (good, item) in self.items.iter().enumerate() {
            let Some((price, change)) = book.mean(good as u8, now_s) else { continue };
            set_text(&item.price, &format!("{price:.0}"));
            show_change(&item.mark, change);
        }
        Ok(())
    }

    fn add_item(&self, name: &str) -> Result<Item, JsValue> {
        let item = add(&self.page, &self.line, "span", "item", "")?;
        add(&self.page, &item, "span", "good", name)?;
        let price = add(&self.page, &item, "b", "", "")?;
        let mark = add(&self.page, &item, "i", "change", "")?;
        Ok(Item { price, mark })
    }
}

/// Writes a change as a mark and a number.
pub(super) fn show_change(mark: &HtmlElement, percent: f32) {
    let (way, sign) = if percent > STILL_PERCENT {
        ("up", "▲")
    } else if percent < -STILL_PERCENT {
        ("down", "▼")
    } else {
        ("still", "")
    };
    let words =
        if sign.is_empty() { String::new() } else { format!("{sign}{:.0}%", percent.abs().min(999.0)) };
    set_text(mark, &words);
    set_data(mark, "way", way);
}
