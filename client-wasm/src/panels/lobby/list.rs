//! The table of rooms. Rows stay while their room does, so that a button keeps the focus.

use crate::page::Page;
use crate::panels::dom::{add, add_button, set_disabled, set_text};
use crate::panels::lobby::rooms::Room;
use crate::titles::Titles;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

/// A room's row.
#[derive(Debug)]
struct Row {
    room: String,
    line: HtmlElement,
    mode: HtmlElement,
    people: HtmlElement,
    time: HtmlElement,
    join: HtmlElement,
}

/// The table.
#[derive(Debug)]
pub(super) struct List {
    page: Rc<Page>,
    titles: Titles,
    body: HtmlElement,
    rows: Vec<Row>,
}

impl List {
    pub(super) fn new(page: &Rc<Page>, titles: Titles) -> Result<Self, JsValue> {
        Ok(Self { page: Rc::clone(page), titles, body: page.element("lobby-rooms")?, rows: Vec::new() })
    }

    /// Shows these rooms, in their order; of `several_games`, each says which.
    pub(super) fn show(&mut self, rooms: &[&Room], several_games: bool) -> Result<(), JsValue> {
        let is_same = self.rows.len() == rooms.len()
            && self.rows.iter().zip(rooms).all(|(row, room)| row.room == room.name);
        if !is_same {
            self.rows.drain(..).for_each(|row| row.line.remove());
            for room in rooms {
                let row = self.add_row(room)?;
                self.rows.push(row);
            }
        }
        for (row, room) in self.rows.iter().zip(rooms) {
            set_text(&row.mode, &room.kind().words(several_games, &|name| self.titles.of(name).to_owned()));
            set_text(&row.people, &room.people_words());
            set_text(&row.time, &room.time_words());
            set_text(&row.join, if room.is_full() { "Full" } else { "Join" });
            set_disabled(&row.join, room.is_full());
        }
        Ok(())
    }

    fn add_row(&self, room: &Room) -> Result<Row, JsValue> {
        let page = &self.page;
        let line = add(page, &self.body, "tr", "", "")?;
        add(page, &line, "th", "room", &room.name)?.set_attribute("scope", "row")?;
        let [mode, people, time] = ["mode", "people", "time"].map(|class| add(page, &line, "td", class, ""));
        let actions = add(page, &line, "td", "actions", "")?;
        let join = add_button(page, &actions, "small", "Join")?;
        join.dataset().set("join", &room.name)?;
        join.dataset().set("game", &room.game)?;
        join.set_attribute("aria-label", &format!("Join {}", room.name))?;
        let watch = add_button(page, &actions, "small", "Watch")?;
        watch.dataset().set("watch", &room.name)?;
        watch.dataset().set("game", &room.game)?;
        watch.set_attribute("aria-label", &format!("Watch {}", room.name))?;
        Ok(Row { room: room.name.clone(), line, mode: mode?, people: people?, time: time?, join })
    }
}
