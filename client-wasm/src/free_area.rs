//! What of the view instruments, panels and touch controls leave free: the largest rectangle that none of them touches. The game
//! keeps the own entity in it.

use crate::page::Page;
use glam::Vec2;
use perigee_shared::presentation::FreeArea;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

/// Time between two looks at the page, microseconds: nothing there moves faster than a panel opens.
const INTERVAL_US: u64 = 120_000;
/// Whatever stands over the view. What is not seen has no size.
const COVERS: &str = "#ticker, #banner:not(:empty), #standing, #gauges > *, [data-slot]:not([hidden]), #minimap, #menu, #keys, #primary-mark, \
    #secondary-mark, #stick, #watch, #net-graph, .sheet[data-open='1'], #panel-chat[data-open='1'], \
    #panel-chat[data-idle='0'] #chat-lines, dialog[open]";
/// A rectangle around the view's middle is preferred to one that is so many times as large elsewhere.
const MIDDLE_COUNTS: f32 = 3.0;
/// The middle counts if so much around it is free, CSS pixels; and one that has less to both sides of its own is a last
/// resort.
const MIDDLE_PX: f32 = 36.0;
const NARROW_COUNTS: f32 = 0.01;

/// A rectangle on the page, CSS pixels, y downward.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Box {
    low: Vec2,
    high: Vec2,
}

impl Box {
    fn overlaps(&self, other: &Self) -> bool {
        self.low.cmplt(other.high).all() && other.low.cmplt(self.high).all()
    }

    /// How good a place to be seen in: how large, and whether it is in the middle of a view of that size.
    fn worth(&self, size: Vec2) -> f32 {
        let (extent, middle) = (self.high - self.low, size / 2.0);
        let around = Vec2::splat(MIDDLE_PX);
        let holds_middle = self.low.cmple(middle - around).all() && self.high.cmpge(middle + around).all();
        // A long thin one is not worth its area.
        let area = extent.x.min(extent.y * 2.0) * extent.y.min(extent.x * 2.0);
        match holds_middle {
            true => area * MIDDLE_COUNTS,
            false if extent.min_element() < 2.0 * MIDDLE_PX => area * NARROW_COUNTS,
            false => area,
        }
    }
}

/// Looks at the page now and then.
#[derive(Debug)]
pub(crate) struct FreeAreaWatch {
    view: HtmlElement,
    looked_at_us: Option<u64>,
    free: FreeArea,
}

impl FreeAreaWatch {
    pub(crate) fn new(page: &Page) -> Result<Self, JsValue> {
        Ok(Self { view: page.element("view")?, looked_at_us: None, free: FreeArea::WHOLE })
    }

    /// What is free now.
    pub(crate) fn look(&mut self, page: &Page, now_us: u64) -> FreeArea {
        if self.looked_at_us.is_none_or(|at_us| now_us.saturating_sub(at_us) >= INTERVAL_US) {
            self.looked_at_us = Some(now_us);
            let (width, height) = (self.view.client_width(), self.view.client_height());
            let size = Vec2::new(width as f32, height as f32).max(Vec2::ONE);
            let best = largest(size, &covers(page));
            let place = |at: Vec2| (at / size * 2.0 - 1.0) * Vec2::new(1.0, -1.0);
            let (one, other) = (place(best.low), place(best.high));
            self.free = FreeArea { low: one.min(other), high: one.max(other) };
        }
        self.free
    }
}

/// The boxes of all that covers something now.
fn covers(page: &Page) -> Vec<Box> {
    let Ok(found) = page.document.query_selector_all(COVERS) else { return Vec::new() };
    let elements = (0..found.length()).filter_map(|at| found.item(at)?.dyn_into::<Element>().ok());
    let boxes = elements.map(|element| {
        let place = element.get_bounding_client_rect();
        let corner = |x: f64, y: f64| Vec2::new(x as f32, y as f32);
        Box { low: corner(place.left(), place.top()), high: corner(place.right(), place.bottom()) }
    });
    boxes.filter(|found| found.low.cmplt(found.high).all()).collect()
}

/// The best rectangle of a view of that size that overlaps none of `covers`; all of it, if there is none.
fn largest(size: Vec2, covers: &[Box]) -> Box {
    let whole = Box { low: Vec2::ZERO, high: size };
    let covers: Vec<Box> = covers.iter().copied().filter(|cover| cover.overlaps(&whole)).collect();
    let mut edges = vec![0.0, size.x];
    edges.extend(covers.iter().flat_map(|cover| [cover.low.x, cover.high.x]).map(|x| x.clamp(0.0, size.x)));
    edges.sort_by(f32::total_cmp);
    edges.dedup();
    let mut best = (0.0, whole);
    for (at, &left) in edges.iter().enumerate() {
        for &right in &edges[at + 1..] {
            for (top, bottom) in gaps((left, right), size.y, &covers) {
                let found = Box { low: Vec2::new(left, top), high: Vec2::new(right, bottom) };
                let worth = found.worth(size);
                if worth > best.0 {
                    best = (worth, found);
                }
            }
        }
    }
    best.1
}

/// What is free from top to bottom between two upright lines.
fn gaps((left, right): (f32, f32), height: f32, covers: &[Box]) -> Vec<(f32, f32)> {
    let between = covers.iter().filter(|cover| cover.low.x < right && cover.high.x > left);
    let mut taken: Vec<(f32, f32)> = between.map(|cover| (cover.low.y, cover.high.y)).collect();
    taken.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut found, mut from) = (Vec::new(), 0.0_f32);
    for (top, bottom) in taken.into_iter().chain([(height, height)]) {
        if top > from {
            found.push((from, top));
        }
        from = from.max(bottom);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: Vec2 = Vec2::new(1280.0, 720.0);

    fn cover(left: f32, top: f32, right: f32, bottom: f32) -> Box {
        Box { low: Vec2::new(left, top), high: Vec2::new(right, bottom) }
    }

    #[test]
    fn the_middle_is_kept_while_it_is_free() {
        assert_eq!(largest(VIEW, &[]), cover(0.0, 0.0, 1280.0, 720.0));
        let instruments = [
            cover(0.0, 0.0, 1048.0, 28.0),
            cover(1048.0, 14.0, 1264.0, 230.0),
            cover(480.0, 620.0, 800.0, 704.0),
            cover(1088.0, 540.0, 1264.0, 704.0),
        ];
        let free = largest(VIEW, &instruments);
        assert!(instruments.iter().all(|other| !free.overlaps(other)), "{free:?}");
        assert_eq!(free, cover(0.0, 28.0, 1048.0, 620.0));
    }

    #[test]
    fn beside_a_panel_there_is_a_strip_and_under_all_of_them_nothing() {
        let panel = cover(16.0, 44.0, 900.0, 700.0);
        assert_eq!(largest(VIEW, &[panel]), cover(900.0, 0.0, 1280.0, 720.0));
        let everything = cover(-5.0, -5.0, 2000.0, 2000.0);
        assert_eq!(largest(VIEW, &[everything, panel]), cover(0.0, 0.0, 1280.0, 720.0));
        let nowhere = cover(1300.0, 0.0, 1400.0, 50.0);
        assert_eq!(largest(VIEW, &[nowhere]), cover(0.0, 0.0, 1280.0, 720.0));
    }
}
