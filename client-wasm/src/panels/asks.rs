//! What the panels ask of the client. Handlers only note it; the client's next frame acts.

use crate::panels::frame::PanelId;
use perigee_shared::presentation::{TradeRequest, CameraRequest};
use perigee_shared::protocol::ServiceRequest;
use std::cell::RefCell;
use std::rc::Rc;

/// Wishes that may wait for a frame; later ones are dropped: nobody clicks that fast.
const MAX_ASKS: usize = 64;

/// A wish.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// To open a panel, or to close it.
    Toggle(PanelId),
    /// To close the panel that was opened last.
    CloseTop,
    /// To close a panel.
    Close(PanelId),
    /// To tell the services something.
    Tell(ServiceRequest),
    /// To trade.
    Trade(TradeRequest),
    /// To play for the team of that number.
    JoinTeam(u8),
    /// To join a room, `any` for one that the server chooses.
    Join {
        /// The game that is played there; empty for the one that the page plays.
        game: String,
        /// Its name.
        room: String,
        /// Only to look on.
        spectate: bool,
    },
    /// To move the camera of somebody who looks on.
    Watch(CameraRequest),
    /// To leave the match, for the front page.
    Leave,
    /// To forget whose device this is: asked about already.
    Forget,
    /// This device is another player's now, by their recovery code.
    BecomeOther,
}

/// The wishes since the last frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asks(Rc<RefCell<Vec<Ask>>>);

impl Asks {
    /// Notes a wish.
    pub(crate) fn push(&self, ask: Ask) {
        let mut asks = self.0.borrow_mut();
        if asks.len() < MAX_ASKS {
            asks.push(ask);
        }
    }

    /// Takes out what was asked.
    pub(crate) fn take(&self) -> Vec<Ask> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_bounded_and_taken_once() {
        let asks = Asks::default();
        (0..200).for_each(|_| asks.push(Ask::CloseTop));
        assert_eq!(asks.take().len(), MAX_ASKS);
        assert!(asks.take().is_empty());
    }
}
