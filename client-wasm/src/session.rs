//! One connection to a room: a socket and the game-blind `Peer` that speaks on it.

use crate::page::Page;
use crate::transport::{Happening, Transport};
use perigee_shared::netcode::{Outbox, Peer, PeerConfig, PeerStatus, Simulation};
use perigee_shared::protocol::ClientMessage;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// A connection that does not get a welcome within this time is given up, microseconds.
const JOIN_TIMEOUT_US: u64 = 8_000_000;
/// A connection on which no snapshot comes for this long is given up, microseconds; a paused room sends none.
const SILENCE_TIMEOUT_US: u64 = 10_000_000;

/// While the browser itself holds more than this unsent, no commands are added: they wait, and travel together.
const MAX_UNSENT_BYTES: u32 = 128;

/// Why a session is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Farewell {
    /// For the player.
    pub(crate) words: String,
    /// Whether trying again by itself can help.
    pub(crate) retry: bool,
    /// The time over which the server wants first tries to be spread, if it said one.
    pub(crate) retry_within_ms: Option<u32>,
}

impl Farewell {
    fn retry(words: &str) -> Self {
        Self { words: words.to_owned(), retry: true, retry_within_ms: None }
    }

    /// After this one there is no other try.
    pub(crate) fn last(words: String) -> Self {
        Self { words, retry: false, retry_within_ms: None }
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Session<S: Simulation> {
    pub(crate) peer: Peer<S>,
    /// None between a broken connection and the next try.
    transport: Option<Transport>,
    outbox: Outbox,
    began_at_us: u64,
}

impl<S: Simulation> Session<S> {
    /// Begins to connect.
    pub(crate) fn open(page: &Rc<Page>, url: &str, config: PeerConfig) -> Result<Self, JsValue> {
        let transport = Transport::open(page, url)?;
        let (peer, outbox) = (Peer::new(config), Outbox::default());
        Ok(Self { peer, transport: Some(transport), outbox, began_at_us: page.now_us() })
    }

    /// Connects again, to go on in the same seat.
    pub(crate) fn reopen(&mut self, page: &Rc<Page>, url: &str) -> Result<(), JsValue> {
        self.began_at_us = page.now_us();
        self.transport = Some(Transport::open(page, url)?);
        Ok(())
    }

    /// The connection is over. Tells until when the server keeps the seat, if it does.
    pub(crate) fn lose(&mut self, now_us: u64) -> Option<u64> {
        self.transport = None;
        self.outbox.clear();
        self.peer.disconnected(now_us);
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
    pub(crate) fn advance(&mut self, now_us: u64, command: S::Command) -> Option<Farewell> {
        self.transport.as_ref()?;
        if let Some(farewell) = self.take_in() {
            return Some(farewell);
        }
        let unsent_bytes = self.transport.as_ref().map_or(0, Transport::unsent_bytes);
        self.peer.set_uplink_blocked(unsent_bytes > MAX_UNSENT_BYTES);
        self.peer.frame(now_us, command, &mut self.outbox);
        self.flush();
        self.overdue(now_us)
    }

    /// Time since the last snapshot, microseconds; zero while none is due.
    pub(crate) fn silence_us(&self, now_us: u64) -> u64 {
        let live = *self.peer.status() == PeerStatus::Joined;
        let due = live && self.peer.stats().snapshots > 0 && !self.peer.paused();
        if due { now_us.saturating_sub(self.peer.last_snapshot_us()) } else { 0 }
    }

    /// Says something to the services beside the match, with the next packets.
    pub(crate) fn tell(&mut self, message: &ClientMessage) {
        self.peer.tell(message, &mut self.outbox);
    }

    /// Tells the server that the player leaves for good.
    pub(crate) fn leave(&mut self) {
        self.peer.leave(&mut self.outbox);
        self.flush();
    }

    fn take_in(&mut self) -> Option<Farewell> {
        while let Some((at_us, happening)) = self.transport.as_ref().and_then(Transport::take) {
            match happening {
                Happening::Opened => {
                    self.peer.connected(at_us, &mut self.outbox);
                    self.flush();
                }
                Happening::Packet(bytes) => {
                    if let Err(error) = self.peer.handle_packet(at_us, &bytes) {
                        return Some(Farewell::retry(&format!("A message could not be read ({error})")));
                    }
                    if let PeerStatus::Closed(reason) = self.peer.status() {
                        return Some(Farewell {
                            words: sentence(&reason.to_string()),
                            retry: reason.worth_retrying(),
                            retry_within_ms: reason.retry_within_ms(),
                        });
                    }
                }
                Happening::Ended(ended) => {
                    return Some(Farewell {
                        words: sentence(&ended.words()),
                        retry: ended.worth_retrying(),
                        retry_within_ms: None,
                    });
                }
            }
        }
        None
    }

    fn overdue(&self, now_us: u64) -> Option<Farewell> {
        let joining = matches!(self.peer.status(), PeerStatus::Connecting | PeerStatus::Lost { .. });
        if joining && now_us.saturating_sub(self.began_at_us) > JOIN_TIMEOUT_US {
            return Some(Farewell::retry("The server does not answer"));
        }
        (self.silence_us(now_us) > SILENCE_TIMEOUT_US).then(|| Farewell::retry("Connection lost"))
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
