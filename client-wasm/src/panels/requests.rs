//! What the panels request of the client. Handlers only note it; the client's next frame acts.

use crate::panels::frame::PanelId;
use perigee_shared::presentation::{CameraRequest, TradeRequest};
use perigee_shared::protocol::ServiceRequest;
use std::cell::RefCell;
use std::rc::Rc;

/// Requests that may wait for a frame; later ones are dropped: nobody clicks that fast.
const MAX_REQUESTS: usize = 64;

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PanelRequest {
    /// To open a panel, or to close it.
    Toggle(PanelId),
    /// To close the panel that was opened last.
    CloseTop,
    /// To close a panel.
    Close(PanelId),
    /// To send the services a request.
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
        /// Only as a spectator.
        spectate: bool,
    },
    /// To move a spectator's camera.
    Watch(CameraRequest),
    /// To leave the match, for the front page.
    Leave,
    /// To forget whose device this is: asked about already.
    Forget,
    /// This device is another player's now, by their recovery code.
    BecomeOther,
}

/// The requests since the last frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct PanelRequests(Rc<RefCell<Vec<PanelRequest>>>);

impl PanelRequests {
    /// Notes a request.
    pub(crate) fn push(&self, request: PanelRequest) {
        let mut requests = self.0.borrow_mut();
        if requests.len() < MAX_REQUESTS {
            requests.push(request);
        }
    }

    /// Takes out what was asked.
    pub(crate) fn take(&self) -> Vec<PanelRequest> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_bounded_and_taken_once() {
        let requests = PanelRequests::default();
        (0..200).for_each(|_| requests.push(PanelRequest::CloseTop));
        assert_eq!(requests.take().len(), MAX_REQUESTS);
        assert!(requests.take().is_empty());
    }
}
