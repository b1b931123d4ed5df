//! Where waiting alone may not help: a sentence, and the ways out of it.

use super::Phase;
use crate::page::Page;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

/// A picture that is gone for longer than this does not come back, microseconds.
pub(super) const PICTURE_GONE_US: u64 = 2_000_000;
/// A connection that opens for longer than this gets a way out, microseconds.
const SLOW_CONNECT_US: u64 = 3_000_000;

/// What may be in the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Obstacle<'a> {
    pub(super) phase: &'a Phase,
    /// How long the phase has lasted, microseconds.
    pub(super) since_us: u64,
    /// Tries to connect since the last success.
    pub(super) attempt: usize,
    /// Whether there is a seat to come back to.
    pub(super) is_seated: bool,
    /// How long the browser has kept the graphics from the page, microseconds.
    pub(super) picture_gone_us: u64,
}

/// What is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Offer {
    #[default]
    Nothing,
    /// To go back to the front page.
    Back,
    /// To try at once, or to go back.
    Try,
    /// To load the page again.
    Reload,
}

/// The box.
#[derive(Debug)]
pub(super) struct Stalled {
    frame: HtmlElement,
    words: HtmlElement,
    try_now: HtmlElement,
    reload: HtmlElement,
    shown: Said,
}

/// What the box says and offers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    offer: Offer,
    words: String,
}

impl Stalled {
    pub(super) fn new(page: &Page) -> Result<Self, JsValue> {
        Ok(Self {
            frame: page.element("stalled")?,
            words: page.element("stalled-words")?,
            try_now: page.element("stalled-try")?,
            reload: page.element("stalled-reload")?,
            shown: Said::default(),
        })
    }

    /// Shows what there is to say and to do now.
    pub(super) fn show(&mut self, page: &Page, obstacle: &Obstacle<'_>) {
        let now = said(obstacle);
        if self.shown == now {
            return;
        }
        self.frame.set_hidden(now.offer == Offer::Nothing);
        self.words.set_text_content(Some(&now.words));
        self.try_now.set_hidden(now.offer != Offer::Try);
        self.reload.set_hidden(now.offer != Offer::Reload);
        page.say_state(&now.words);
        page.mark("stalled", if now.offer == Offer::Nothing { "" } else { "1" });
        self.shown = now;
    }
}

fn said(obstacle: &Obstacle<'_>) -> Said {
    if obstacle.picture_gone_us > PICTURE_GONE_US {
        let words = "The browser took the graphics away and does not give them back. \
            Load the page again: your place is kept meanwhile.";
        return Said { offer: Offer::Reload, words: words.to_owned() };
    }
    match obstacle.phase {
        // The line along the top says that the place is kept, and for how long.
        Phase::Reconnecting { why, .. } if !obstacle.is_seated || obstacle.attempt > 1 => {
            Said { offer: Offer::Try, words: format!("{why}.") }
        }
        Phase::Connecting if obstacle.attempt > 0 && !obstacle.is_seated => {
            Said { offer: Offer::Back, words: "Trying again.".to_owned() }
        }
        Phase::Connecting if obstacle.since_us > SLOW_CONNECT_US => {
            Said { offer: Offer::Back, words: "The server has not answered yet.".to_owned() }
        }
        Phase::Join | Phase::Connecting | Phase::Live | Phase::Reconnecting { .. } | Phase::Refused => {
            Said::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_who_may_wait_indefinitely_has_a_way_out() {
        let lost = Phase::Reconnecting { retry_at_us: 0, why: "This device is offline".to_owned() };
        let obstacle = |phase, attempt, is_seated| Obstacle {
            phase,
            since_us: 0,
            attempt,
            is_seated,
            picture_gone_us: 0,
        };
        assert_eq!(said(&obstacle(&Phase::Live, 0, true)).offer, Offer::Nothing);
        let first = said(&obstacle(&lost, 1, false));
        assert_eq!(first, Said { offer: Offer::Try, words: "This device is offline.".to_owned() });
        assert_eq!(said(&obstacle(&lost, 1, true)).offer, Offer::Nothing, "a short break is no stalled");
        assert_eq!(said(&obstacle(&lost, 2, true)).offer, Offer::Try);
        assert_eq!(said(&obstacle(&Phase::Connecting, 0, false)).offer, Offer::Nothing);
        let slow = Obstacle { since_us: SLOW_CONNECT_US + 1, ..obstacle(&Phase::Connecting, 0, false) };
        assert_eq!(said(&slow).offer, Offer::Back);
        let black = Obstacle { picture_gone_us: PICTURE_GONE_US + 1, ..obstacle(&Phase::Live, 0, true) };
        assert_eq!(said(&black).offer, Offer::Reload);
        assert_eq!(
            said(&obstacle(&Phase::Refused, 3, false)).offer,
            Offer::Nothing,
            "the front page is the way"
        );
    }
}
