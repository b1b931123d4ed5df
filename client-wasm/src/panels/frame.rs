//! Opening and closing: which panels are open, which one Escape closes, and where the focus goes and returns to.
//!
//! A panel is an element with the id `panel-NAME`. Its looks follow `data-open`; a closed one is invisible to all players,
//! keyboards and screen readers included. Panels do not stop the game.

use crate::page::Page;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

/// The panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PanelId {
    Chat,
    Market,
    Leaders,
    Scores,
    Rooms,
}

impl PanelId {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Chat, Self::Market, Self::Leaders, Self::Scores, Self::Rooms];

    /// Its name in the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Market => "market",
            Self::Leaders => "leaders",
            Self::Scores => "scores",
            Self::Rooms => "rooms",
        }
    }

    /// The panel of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.name() == name)
    }
}

/// Which panels are open, in the order in which they were opened.
#[derive(Debug, Default)]
struct Order(Vec<PanelId>);

impl Order {
    fn is_open(&self, id: PanelId) -> bool {
        self.0.contains(&id)
    }

    fn open(&mut self, id: PanelId) {
        self.0.retain(|&other| other != id);
        self.0.push(id);
    }

    fn close(&mut self, id: PanelId) -> bool {
        let before = self.0.len();
        self.0.retain(|&other| other != id);
        self.0.len() < before
    }
}

/// The frame around all panels.
#[derive(Debug)]
pub(crate) struct Frame {
    page: std::rc::Rc<Page>,
    panels: Vec<(PanelId, HtmlElement)>,
    order: Order,
    /// What had the focus before each panel took it.
    focus_before: Vec<(PanelId, HtmlElement)>,
}

impl Frame {
    /// All panels closed.
    pub(crate) fn new(page: &std::rc::Rc<Page>) -> Result<Self, JsValue> {
        let find = |id: PanelId| Ok((id, page.element(&format!("panel-{}", id.name()))?));
        let panels = PanelId::ALL.into_iter().map(find).collect::<Result<_, JsValue>>()?;
        Ok(Self { page: std::rc::Rc::clone(page), panels, order: Order::default(), focus_before: Vec::new() })
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self, id: PanelId) -> bool {
        self.order.is_open(id)
    }

    /// Opens a panel; `focus` names what in it takes the focus: the first of these that is there.
    pub(crate) fn open(&mut self, id: PanelId, focus: &[&str]) {
        if !self.order.is_open(id)
            && !focus.is_empty()
            && let Some(focused) = self.focused()
        {
            self.focus_before.push((id, focused));
        }
        self.order.open(id);
        self.set_open(id, true);
        let find = |selector: &&str| self.element(id)?.query_selector(selector).ok()?;
        let target = focus.iter().find_map(find);
        if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
            // What cannot take the focus can still be clicked.
            let _ = target.focus();
        }
    }

    /// Closes a panel; the focus goes back to where it was, or to the game. Whether it was open.
    pub(crate) fn close(&mut self, id: PanelId) -> bool {
        if !self.order.close(id) {
            return false;
        }
        let had_focus = self
            .focused()
            .is_some_and(|focused| self.element(id).is_some_and(|e| e.contains(Some(&focused))));
        self.set_open(id, false);
        let before = self.focus_before.iter().rposition(|(other, _)| *other == id);
        let before = before.map(|at| self.focus_before.remove(at).1);
        if had_focus {
            match before.filter(is_seen) {
                Some(before) => drop(before.focus()),
                None => self.give_up_focus(),
            }
        }
        true
    }

    /// Closes the panel that was opened last.
    pub(crate) fn close_top(&mut self) -> Option<PanelId> {
        let top = *self.order.0.last()?;
        self.close(top);
        Some(top)
    }

    /// Closes all.
    pub(crate) fn close_all(&mut self) {
        while self.close_top().is_some() {}
    }

    fn element(&self, id: PanelId) -> Option<&HtmlElement> {
        self.panels.iter().find(|(other, _)| *other == id).map(|(_, element)| element)
    }

    fn set_open(&self, id: PanelId, open: bool) {
        if let Some(element) = self.element(id) {
            // A constant key without a hyphen is always accepted.
            let _ = element.dataset().set("open", if open { "1" } else { "0" });
        }
        self.page.mark(id.name(), if open { "open" } else { "" });
        let is_sheet = |id: &PanelId| *id != PanelId::Chat;
        self.page.mark("sheet", if self.order.0.iter().any(is_sheet) { "1" } else { "" });
    }

    fn focused(&self) -> Option<HtmlElement> {
        let focused = self.page.document.active_element()?.dyn_into::<HtmlElement>().ok()?;
        (focused != self.page.body).then_some(focused)
    }

    fn give_up_focus(&self) {
        if let Some(focused) = self.focused() {
            let _ = focused.blur();
        }
    }
}

/// Whether an element is still in the page, and in no panel that is closed.
fn is_seen(element: &HtmlElement) -> bool {
    let closed: Option<Element> = element.closest("[data-open='0'], [hidden]").ok().flatten();
    element.is_connected() && closed.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        for id in PanelId::ALL {
            assert_eq!(PanelId::named(id.name()), Some(id));
        }
        assert_eq!(PanelId::named("settings"), None);
    }

    #[test]
    fn the_one_opened_last_is_on_top() {
        let mut order = Order::default();
        order.open(PanelId::Chat);
        order.open(PanelId::Market);
        order.open(PanelId::Chat);
        assert_eq!(order.0, [PanelId::Market, PanelId::Chat]);
        assert!(order.close(PanelId::Chat) && !order.close(PanelId::Chat));
        assert!(order.is_open(PanelId::Market) && !order.is_open(PanelId::Chat));
    }
}
