//! Writes what the stage says in words and numbers into the page: as text, never as markup, and only what has changed.

use crate::minimap::{Minimap, css_color};
use crate::page::Page;
use crate::slots::Slots;
use perigee_shared::netcode::About;
use perigee_shared::presentation::{
    ColorSet, EventLine, FloatingNumber, Gauge, Hud, HudColor, Marker, ScoreRow,
};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

/// The page's side of the HUD.
#[derive(Debug)]
pub(crate) struct HudWriter {
    page: Rc<Page>,
    shown: Hud,
    gauges: HtmlElement,
    scores: HtmlElement,
    players: HtmlElement,
    event_feed: HtmlElement,
    markers: HtmlElement,
    notice: HtmlElement,
    replay: HtmlElement,
    has_map: bool,
    minimap: Minimap,
    slots: Slots,
    map_large: bool,
    color_set: ColorSet,
    /// Each gauge's row and its number.
    gauge_rows: Vec<GaugeRow>,
    marker_pool: Vec<HtmlElement>,
    number_pool: Vec<HtmlElement>,
    /// The best few.
    score_rows: Vec<ScoreLine>,
    /// The events that are shown, oldest first.
    event_lines: VecDeque<EventItem>,
}

/// A gauge in the page.
#[derive(Debug)]
struct GaugeRow {
    row: HtmlElement,
    number: HtmlElement,
}

/// A row of the scores in the page.
#[derive(Debug)]
struct ScoreLine {
    row: HtmlElement,
    cells: Vec<HtmlElement>,
}

/// A line of the event feed in the page.
#[derive(Debug)]
struct EventItem {
    /// See [`EventLine::number`].
    number: u64,
    item: HtmlElement,
}

impl HudWriter {
    pub(crate) fn new(page: &Rc<Page>, about: &About) -> Result<Self, JsValue> {
        Ok(Self {
            shown: Hud::default(),
            gauges: page.element("gauges")?,
            scores: page.element("scores")?,
            players: page.element("players")?,
            event_feed: page.element("event-feed")?,
            markers: page.element("markers")?,
            notice: page.element("notice")?,
            replay: page.element("replay")?,
            has_map: about.has_map,
            minimap: Minimap::new(page)?,
            slots: Slots::new(page)?,
            map_large: false,
            color_set: ColorSet::default(),
            gauge_rows: Vec::new(),
            marker_pool: Vec::new(),
            number_pool: Vec::new(),
            score_rows: Vec::new(),
            event_lines: VecDeque::new(),
            page: Rc::clone(page),
        })
    }

    /// Shows `hud`.
    pub(crate) fn show(&mut self, hud: Hud, now_us: u64) -> Result<(), JsValue> {
        self.show_gauges(&hud.gauges)?;
        if hud.scores != self.shown.scores {
            self.show_scores(&hud.scores)?;
        }
        if hud.players != self.shown.players {
            let plural = if hud.players == 1 { "player" } else { "players" };
            self.players.set_text_content(Some(&format!("{} {plural}", hud.players)));
        }
        if hud.event_feed != self.shown.event_feed {
            self.show_events(&hud.event_feed)?;
        }
        if hud.is_replay != self.shown.is_replay {
            self.replay.set_hidden(!hud.is_replay);
        }
        if hud.notice != self.shown.notice {
            self.notice.set_text_content(hud.notice.as_deref());
        }
        self.show_markers(&hud.markers)?;
        self.show_numbers(&hud.numbers)?;
        if hud.slots != self.shown.slots {
            self.slots.show(&hud)?;
        }
        self.minimap.show(hud.minimap.as_ref().filter(|_| self.has_map), now_us);
        self.page.speak(now_us);
        self.shown = hud;
        Ok(())
    }

    /// Wipes the page's HUD.
    pub(crate) fn clear(&mut self, now_us: u64) -> Result<(), JsValue> {
        self.show(Hud::default(), now_us)
    }

    /// The page's colours have changed; of a game's own, those of that set are shown.
    pub(crate) fn recolor(&mut self, set: ColorSet) -> Result<(), JsValue> {
        self.minimap.recolor(&self.page, set);
        self.color_set = set;
        for (marker, element) in self.shown.markers.iter().zip(&self.marker_pool) {
            color_marker(element, marker.color, set)?;
        }
        Ok(())
    }

    /// Whether the map is asked for: large, over the view.
    pub(crate) fn set_map_large(&mut self, large: bool) {
        if self.map_large != large {
            self.map_large = large;
            self.page.mark("map", if large { "1" } else { "0" });
            self.minimap.set_large(large);
        }
    }

    fn show_gauges(&mut self, gauges: &[Gauge]) -> Result<(), JsValue> {
        let shown = &self.shown.gauges;
        let is_same = |(a, b): (&Gauge, &Gauge)| (a.name, a.look) == (b.name, b.look);
        if gauges.len() != self.gauge_rows.len() || !gauges.iter().zip(shown).all(is_same) {
            self.gauges.set_text_content(None);
            self.shown.gauges.clear();
            self.gauge_rows = gauges.iter().map(|gauge| self.add_gauge(gauge)).collect::<Result<_, _>>()?;
        }
        for (at, (gauge, GaugeRow { row, number })) in gauges.iter().zip(&self.gauge_rows).enumerate() {
            if self.shown.gauges.get(at) != Some(gauge) {
                row.style().set_property("--fill", &format!("{:.3}", gauge.fill))?;
                row.dataset().set("low", if gauge.fill < 0.3 { "1" } else { "0" })?;
                number.set_text_content(Some(&gauge.text));
            }
        }
        Ok(())
    }

    fn add_gauge(&self, gauge: &Gauge) -> Result<GaugeRow, JsValue> {
        let row = self.page.make("div", "gauge")?;
        row.dataset().set("name", gauge.name)?;
        row.dataset().set("look", gauge.look.name())?;
        let name = self.page.make("span", "gauge-name")?;
        name.set_text_content(Some(gauge.name));
        let bar = self.page.make("span", "gauge-bar")?;
        let number = self.page.make("span", "gauge-number")?;
        for part in [&name, &bar, &number] {
            row.append_child(part)?;
        }
        self.gauges.append_child(&row)?;
        Ok(GaugeRow { row, number })
    }

    /// Rows stay and their texts change, so that a screen reader keeps its place.
    fn show_scores(&mut self, scores: &[ScoreRow]) -> Result<(), JsValue> {
        while self.score_rows.len() > scores.len() {
            self.score_rows.pop().into_iter().for_each(|line| line.row.remove());
        }
        while self.score_rows.len() < scores.len() {
            let row = self.page.make("tr", "")?;
            let cell = |class: &str| {
                let cell = self.page.make("td", class)?;
                row.append_child(&cell)?;
                Ok(cell)
            };
            let cells = ["rank", "who", "score", "aside"].into_iter().map(cell);
            let cells = cells.collect::<Result<Vec<_>, JsValue>>()?;
            self.scores.append_child(&row)?;
            self.score_rows.push(ScoreLine { row, cells });
        }
        for (score, ScoreLine { row, cells }) in scores.iter().zip(&self.score_rows) {
            row.set_class_name(if score.own { "own" } else { "" });
            let texts = [
                score.rank.to_string(),
                score.name.clone(),
                score.score.to_string(),
                score.aside.map_or(String::new(), |aside| aside.to_string()),
            ];
            texts.iter().zip(cells).for_each(|(text, cell)| set_text(cell, text));
        }
        Ok(())
    }

    /// Old lines leave at the top, new ones come at the bottom. What concerns the player is announced as well.
    fn show_events(&mut self, events: &[EventLine]) -> Result<(), JsValue> {
        let oldest = events.first().map_or(u64::MAX, |line| line.number);
        while self.event_lines.front().is_some_and(|line| line.number < oldest) {
            self.event_lines.pop_front().into_iter().for_each(|line| line.item.remove());
        }
        let newest = self.event_lines.back().map_or(0, |line| line.number);
        for line in events.iter().filter(|line| line.number > newest) {
            let item = self.page.make("li", "new")?;
            item.dataset().set("own", if line.own { "1" } else { "0" })?;
            item.set_text_content(Some(&line.text));
            self.event_feed.append_child(&item)?;
            self.event_lines.push_back(EventItem { number: line.number, item });
            if line.own {
                self.page.say(&line.text);
            }
        }
        Ok(())
    }

    /// Names move with their entities in every frame, so their elements are kept and only moved.
    fn show_markers(&mut self, markers: &[Marker]) -> Result<(), JsValue> {
        while self.marker_pool.len() < markers.len() {
            let element = self.page.make("span", "marker")?;
            self.markers.append_child(&element)?;
            self.marker_pool.push(element);
        }
        for (at, element) in self.marker_pool.iter().enumerate() {
            let before = self.shown.markers.get(at);
            let Some(marker) = markers.get(at) else {
                if before.is_some() {
                    element.set_text_content(None);
                }
                continue;
            };
            if before.is_none_or(|before| before.text != marker.text) {
                element.set_text_content(Some(&marker.text));
            }
            if before.is_none_or(|before| before.color != marker.color) {
                color_marker(element, marker.color, self.color_set)?;
            }
            place(element, marker.x, marker.y)?;
        }
        Ok(())
    }

    /// Numbers come and go often, so their elements are kept as well.
    fn show_numbers(&mut self, numbers: &[FloatingNumber]) -> Result<(), JsValue> {
        while self.number_pool.len() < numbers.len() {
            let element = self.page.make("span", "floating")?;
            self.markers.append_child(&element)?;
            self.number_pool.push(element);
        }
        for (at, element) in self.number_pool.iter().enumerate() {
            let before = self.shown.numbers.get(at);
            let Some(number) = numbers.get(at) else {
                if before.is_some() {
                    element.set_text_content(None);
                }
                continue;
            };
            if before.is_none_or(|before| (&before.text, before.kind) != (&number.text, number.kind)) {
                element.set_text_content(Some(&number.text));
                element.dataset().set("kind", number.kind)?;
            }
            element.style().set_property("opacity", &format!("{:.2}", number.strength))?;
            place(element, number.x, number.y)?;
        }
        Ok(())
    }
}

/// Writes a text where it is another one.
fn set_text(element: &HtmlElement, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Gives a name its colour: the style sheet's, or one of the game's own.
fn color_marker(element: &HtmlElement, color: HudColor, set: ColorSet) -> Result<(), JsValue> {
    let own =
        if let HudColor::Custom(colors) = color { css_color(set.choose(colors)) } else { String::new() };
    // An empty value takes the property away.
    element.style().set_property("color", &own)?;
    element.dataset().set("color", color.name())
}

/// Moves an element to a place in the view: -1..=1 both ways, y upward.
fn place(element: &HtmlElement, x: f32, y: f32) -> Result<(), JsValue> {
    let (left, top) = (50.0 + x * 50.0, 50.0 - y * 50.0);
    let place = format!("translate({left:.2}cqw, {top:.2}cqh) translate(-50%, -100%)");
    element.style().set_property("transform", &place)
}
