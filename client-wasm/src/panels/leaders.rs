//! The leaderboards of the game on the whole server: of today and of all time, by each statistic that has one. The own
//! place is always shown.

use crate::page::{Page, listen};
use crate::panels::dom::{add, grouped, nearest, set_data, set_flag, set_text};
use perigee_shared::netcode::About;
use perigee_shared::protocol::{Board, LeaderRow, Leaders, Span};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement};

/// The panel.
#[derive(Debug)]
pub(crate) struct LeadersPanel {
    page: Rc<Page>,
    rows: HtmlElement,
    own: HtmlElement,
    chosen: Rc<Cell<Board>>,
    choices: HtmlElement,
    told: Option<Leaders>,
    changed: bool,
    marked: Option<Board>,
}

impl LeadersPanel {
    pub(crate) fn new(page: &Rc<Page>, about: &'static About) -> Result<Self, JsValue> {
        let first = about.boards().next().and_then(|(at, _)| u8::try_from(at).ok()).unwrap_or(0);
        let chosen = Rc::new(Cell::new(Board { by: first, ..Board::default() }));
        let choices: HtmlElement = page.element("leaders-choices")?;
        add_choices(page, about)?;
        let noted = Rc::clone(&chosen);
        listen(&choices, "click", move |event: Event| {
            let board = noted.get();
            let by = nearest(&event, "by").and_then(|(_, place)| place.parse().ok());
            let span = nearest(&event, "span").and_then(|(_, name)| span_named(&name));
            noted.set(Board { by: by.unwrap_or(board.by), span: span.unwrap_or(board.span) });
        })?;
        Ok(Self {
            page: Rc::clone(page),
            rows: page.element("leaders-rows")?,
            own: page.element("leaders-own")?,
            chosen,
            choices,
            told: None,
            changed: true,
            marked: None,
        })
    }

    /// The board that is looked at.
    pub(crate) fn board(&self) -> Board {
        self.chosen.get()
    }

    /// Takes in a board, if it is the one that is looked at: the answer to an older request may come late.
    pub(crate) fn take(&mut self, leaders: Leaders) {
        if leaders.board != self.board() {
            return;
        }
        self.changed |= self.told.as_ref() != Some(&leaders);
        self.told = Some(leaders);
    }

    /// Writes into the page what changed.
    pub(crate) fn show(&mut self, is_open: bool) -> Result<(), JsValue> {
        if !is_open {
            return Ok(());
        }
        if self.marked != Some(self.board()) {
            self.mark_choices();
            self.changed = true;
        }
        if std::mem::take(&mut self.changed) {
            let board = self.board();
            match self.told.take_if(|told| told.board == board) {
                Some(told) => {
                    self.show_rows(&told)?;
                    self.told = Some(told);
                }
                None => {
                    self.rows.set_text_content(None);
                    set_text(&self.own, "Waiting for the server");
                }
            }
        }
        Ok(())
    }

    fn show_rows(&self, told: &Leaders) -> Result<(), JsValue> {
        self.rows.set_text_content(None);
        for row in &told.rows {
            let is_own = told.own.as_ref().is_some_and(|own| own.name == row.name);
            let line = add(&self.page, &self.rows, "tr", if is_own { "own" } else { "" }, "")?;
            for (class, text) in
                [("rank", row.rank.to_string()), ("who", row.name.clone()), ("value", grouped(row.value))]
            {
                add(&self.page, &line, "td", class, &text)?;
            }
        }
        set_text(&self.own, &own_words(told.own.as_ref(), told.ranked));
        Ok(())
    }

    fn mark_choices(&mut self) {
        let board = self.board();
        self.marked = Some(board);
        let buttons = self.choices.query_selector_all("button").ok();
        let buttons = buttons.iter().flat_map(|all| (0..all.length()).filter_map(|at| all.item(at)));
        for button in buttons.filter_map(|node| node.dyn_into::<HtmlElement>().ok()) {
            let by = button.dataset().get("by").and_then(|place| place.parse::<u8>().ok());
            let span = button.dataset().get("span").and_then(|name| span_named(&name));
            set_flag(&button, "aria-pressed", by == Some(board.by) || span == Some(board.span));
        }
    }
}

/// A button for each board of the game.
fn add_choices(page: &Page, about: &About) -> Result<(), JsValue> {
    let row: HtmlElement = page.element("leaders-by")?;
    for (at, statistic) in about.boards() {
        let button = add(page, &row, "button", "small", statistic.title)?;
        button.set_attribute("type", "button")?;
        set_data(&button, "by", &at.to_string());
    }
    Ok(())
}

fn span_named(name: &str) -> Option<Span> {
    match name {
        "today" => Some(Span::Today),
        "all" => Some(Span::AllTime),
        _ => None,
    }
}

/// Where the player stands.
fn own_words(own: Option<&LeaderRow>, ranked: u32) -> String {
    match own {
        Some(own) => format!("You: place {} of {ranked}, with {}", own.rank, grouped(own.value)),
        None if ranked == 0 => "Nobody is ranked yet: be the first".to_owned(),
        None => format!("You are not ranked yet; {ranked} are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_place_is_always_told() {
        let own = LeaderRow { rank: 41, name: "Ada".into(), value: 1200 };
        assert_eq!(own_words(Some(&own), 300), "You: place 41 of 300, with 1\u{202f}200");
        assert_eq!(own_words(None, 3), "You are not ranked yet; 3 are");
        assert_eq!(own_words(None, 0), "Nobody is ranked yet: be the first");
    }
}
