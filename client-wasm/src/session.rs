//! One connection to a room: a socket and the game-blind `Peer` that speaks on it.

use crate::page::Page;
use crate::transport::{Ended, Transport, TransportEvent};
use crate::watchdog::{Due, Overdue, Watchdog};
use perigee_shared::netcode::{Outbox, Peer, PeerConfig, PeerStatus, Simulation};
use perigee_shared::protocol::{DisconnectReason, ServiceRequest};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// While the browser itself holds more than this unsent, no commands are added: they wait, and travel together.
const MAX_UNSENT_BYTES: u32 = 128;

/// Why a session is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionEnd {
    /// For the player.
    pub(crate) words: String,
    /// Whether trying again by itself can help.
    pub(crate) retry: bool,
    /// What the server said, if it said anything.
    pub(crate) reason: Option<DisconnectReason>,
    /// Whether the socket never opened: then HTTP may say why.
    pub(crate) unopened: bool,
}

impl SessionEnd {
    fn retry(words: &str) -> Self {
        Self { words: words.to_owned(), retry: true, ..Self::default() }
    }

    /// After this one there is no other try.
    pub(crate) fn last(words: String) -> Self {
        Self { words, ..Self::default() }
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct ClientSession<S: Simulation> {
    pub(crate) peer: Peer<S>,
    /// None between a broken connection and the next try.
    transport: Option<Transport>,
    outbox: Outbox,
    watchdog: Watchdog,
    /// Whether the present socket has opened.
    is_open: bool,
    /// Whether it is the first connection.
    is_new: bool,
    /// Snapshots before the present connection was let in.
    snapshots_before: u64,
}

impl<S: Simulation> ClientSession<S> {
    /// Begins to connect.
    pub(crate) fn open(page: &Rc<Page>, url: &str, config: PeerConfig) -> Result<Self, JsValue> {
        let transport = Transport::open(page, url)?;
        let (peer, outbox) = (Peer::new(config), Outbox::default());
        let watchdog = Watchdog::new(page.now_us());
        Ok(Self {
            peer,
            transport: Some(transport),
            outbox,
            watchdog,
            is_open: false,
            is_new: true,
            snapshots_before: 0,
        })
    }

    /// Connects again, to go on in the same seat.
    pub(crate) fn reopen(&mut self, page: &Rc<Page>, url: &str) -> Result<(), JsValue> {
        self.watchdog.begin_anew(page.now_us());
        (self.is_open, self.is_new) = (false, false);
        self.snapshots_before = self.peer.stats().snapshots;
        self.transport = Some(Transport::open(page, url)?);
        Ok(())
    }

    /// The connection is over. Tells until when the server keeps the seat, if it does.
    pub(crate) fn lose(&mut self) -> Option<u64> {
        self.transport = None;
        self.outbox.clear();
        self.peer.disconnected();
        self.kept_until_us()
    }

    /// Until when the server keeps the seat of a connection that broke.
    pub(crate) fn kept_until_us(&self) -> Option<u64> {
        match self.peer.status() {
            PeerStatus::Lost { kept_until_us } => Some(*kept_until_us),
            _ => None,
        }
    }

    /// Takes in what came, runs the peer to `now` and sends. Gives the reason when the session is over.
    pub(crate) fn advance(&mut self, now_us: u64, command: S::Command) -> Option<SessionEnd> {
        self.transport.as_ref()?;
        if let Some(end) = self.take_in() {
            return Some(end);
        }
        let unsent_bytes = self.transport.as_ref().map_or(0, Transport::unsent_bytes);
        self.peer.set_uplink_blocked(unsent_bytes > MAX_UNSENT_BYTES);
        self.peer.frame(now_us, command, &mut self.outbox);
        self.flush();
        self.watchdog.look(now_us, self.due());
        self.watchdog.overdue().map(|overdue| match overdue {
            Overdue::Welcome => {
                SessionEnd { unopened: !self.is_open, ..SessionEnd::retry("The server does not answer") }
            }
            Overdue::Snapshot => SessionEnd::retry("Connection lost"),
        })
    }

    /// Whether the player came into the room by it, and did not come back.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    /// How long the next snapshot has been due, microseconds.
    pub(crate) fn silence_us(&self) -> u64 {
        if self.transport.is_some() { self.watchdog.silence_us() } else { 0 }
    }

    /// The network was away, or the page: the connection may have broken without a word.
    pub(crate) fn doubt(&mut self) {
        self.watchdog.doubt();
    }

    fn due(&self) -> Due {
        let stats = self.peer.stats();
        match self.peer.status() {
            PeerStatus::Connecting => Due::Welcome { back_ms: None },
            PeerStatus::Lost { .. } => Due::Welcome { back_ms: Some(stats.rtt_ms as u32) },
            PeerStatus::Joined if !self.peer.paused() => {
                let is_first = stats.snapshots == self.snapshots_before;
                let late_ms = self.peer.spectating().filter(|_| is_first).unwrap_or(0);
                Due::Snapshot { heard_at_us: self.peer.heard_at_us(), late_us: u64::from(late_ms) * 1000 }
            }
            PeerStatus::Joined | PeerStatus::Closed(_) => Due::Nothing,
        }
    }

    /// Says something to the services beside the match, with the next packets.
    pub(crate) fn tell(&mut self, message: &ServiceRequest) {
        self.peer.tell(message, &mut self.outbox);
    }

    /// Tells the server that the player leaves for good.
    pub(crate) fn leave(&mut self) {
        self.peer.leave(&mut self.outbox);
        self.flush();
    }

    fn take_in(&mut self) -> Option<SessionEnd> {
        while let Some((at_us, event)) = self.transport.as_ref().and_then(Transport::take) {
            match event {
                TransportEvent::Opened => {
                    self.is_open = true;
                    self.peer.connected(at_us, &mut self.outbox);
                    self.flush();
                }
                TransportEvent::Packet(bytes) => {
                    if let Err(error) = self.peer.handle_packet(at_us, &bytes) {
                        return Some(SessionEnd::retry(&format!("A message could not be read ({error})")));
                    }
                    if let PeerStatus::Closed(reason) = self.peer.status() {
                        return Some(SessionEnd {
                            words: sentence(&reason.to_string()),
                            retry: reason.worth_retrying(),
                            reason: Some(reason.clone()),
                            unopened: false,
                        });
                    }
                }
                TransportEvent::Ended(ended) => {
                    return Some(self.session_end(&ended));
                }
            }
        }
        None
    }

    fn session_end(&self, ended: &Ended) -> SessionEnd {
        SessionEnd {
            words: sentence(&ended.words()),
            retry: ended.worth_retrying(),
            reason: ended.reason(),
            unopened: !self.is_open,
        }
    }

    fn flush(&mut self) {
        for packet in self.outbox.packets() {
            if let Some(transport) = &self.transport {
                transport.send(packet);
            }
        }
        self.outbox.clear();
    }
}

/// The words with a capital at the beginning.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_become_sentences() {
        assert_eq!(sentence("the room is full"), "The room is full");
        assert_eq!(sentence(""), "");
    }
}
