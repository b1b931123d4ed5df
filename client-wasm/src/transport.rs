//! One WebSocket: what comes in is queued with its time of arrival, and taken out when the client ticks.
//!
//! It knows bytes and why a connection ended, and nothing of what the bytes mean.

use crate::page::Page;
use js_sys::{ArrayBuffer, Uint8Array};
use perigee_shared::protocol::DisconnectReason;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// Most messages waiting to be taken out. A page that was frozen for longer connects anew instead of replaying them.
const MAX_WAITING: usize = 1024;
/// When the browser itself holds more than this unsent, nothing is added, bytes.
const MAX_UNSENT_BYTES: u32 = 64 * 1024;

/// What happened on the socket.
#[derive(Debug)]
pub(crate) enum TransportEvent {
    /// It is open.
    Opened,
    /// A message came.
    Packet(Vec<u8>),
    /// It is over.
    Ended(Ended),
}

/// Why a socket is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It never opened, or broke without a word.
    Lost,
    /// The server closed it with a code and perhaps words.
    Closed(u16, String),
    /// Something came that is no binary message.
    NotBinary,
    /// More came than could be held.
    Overrun,
}

impl Ended {
    /// In words for the player.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Lost => "Connection lost".to_owned(),
            Self::Closed(_, words) if !words.is_empty() => words.clone(),
            Self::Closed(code, _) => format!("The server closed the connection (code {code})"),
            Self::NotBinary => "The server sent text, which the game does not speak".to_owned(),
            Self::Overrun => "The page was asleep for too long".to_owned(),
        }
    }

    /// The server's reason, where its close code says all of it: the goodbye before may have been lost.
    pub(crate) fn reason(&self) -> Option<DisconnectReason> {
        match self {
            Self::Closed(code, _) => Some(DisconnectReason::Replaced).filter(|it| it.close_code() == *code),
            Self::Lost | Self::NotBinary | Self::Overrun => None,
        }
    }

    /// Whether trying again by itself can help. Codes from 4000, and those of RFC 6455 for what no client may send, are the
    /// server's reasons (see `DisconnectReason`): most of them say that this client is not wanted as it is.
    pub(crate) fn worth_retrying(&self) -> bool {
        match self {
            Self::Lost | Self::Overrun => true,
            Self::Closed(1002 | 1007 | 1009, _) => false,
            Self::Closed(code, _) => *code < 4000 || matches!(code, 4005 | 4006 | 4007 | 4009 | 4010),
            Self::NotBinary => false,
        }
    }
}

/// What happened and when, oldest first.
#[derive(Debug, Default)]
struct Inbox {
    waiting: VecDeque<(u64, TransportEvent)>,
}

impl Inbox {
    fn push(&mut self, at_us: u64, event: TransportEvent) {
        if self.waiting.len() >= MAX_WAITING {
            self.waiting.clear();
            self.waiting.push_back((at_us, TransportEvent::Ended(Ended::Overrun)));
        } else {
            self.waiting.push_back((at_us, event));
        }
    }
}

/// One socket. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Transport {
    socket: WebSocket,
    inbox: Rc<RefCell<Inbox>>,
    _handlers: Handlers,
}

#[derive(Debug)]
struct Handlers {
    _open: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

impl Transport {
    /// Begins to connect.
    pub(crate) fn open(page: &Rc<Page>, url: &str) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let inbox = Rc::new(RefCell::new(Inbox::default()));
        let note = {
            let (page, inbox) = (Rc::clone(page), Rc::clone(&inbox));
            move |event| inbox.borrow_mut().push(page.now_us(), event)
        };
        let (on_open, on_message, on_close) = (note.clone(), note.clone(), note);
        let handlers = Handlers {
            _open: Closure::new(move || on_open(TransportEvent::Opened)),
            _message: Closure::new(move |event: MessageEvent| on_message(read_message(&event))),
            _close: Closure::new(move |event: CloseEvent| {
                on_close(TransportEvent::Ended(read_close(&event)));
            }),
        };
        socket.set_onopen(Some(handlers._open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(handlers._message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(handlers._close.as_ref().unchecked_ref()));
        Ok(Self { socket, inbox, _handlers: handlers })
    }

    /// The next thing that happened, and when.
    pub(crate) fn take(&self) -> Option<(u64, TransportEvent)> {
        self.inbox.borrow_mut().waiting.pop_front()
    }

    /// What the browser holds and has not sent yet, bytes.
    pub(crate) fn unsent_bytes(&self) -> u32 {
        self.socket.buffered_amount()
    }

    /// Sends one message, unless the socket is not open or the network does not take what was sent before: input that
    /// waits in a browser's buffer is of no use, and its commands are sent again anyway.
    pub(crate) fn send(&self, bytes: &[u8]) {
        if self.socket.ready_state() == WebSocket::OPEN && self.socket.buffered_amount() < MAX_UNSENT_BYTES {
            // The only error left is a socket that is closing; its end arrives in the inbox.
            let _ = self.socket.send_with_u8_array(bytes);
        }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing a closed socket is allowed and does nothing.
        let _ = self.socket.close();
    }
}

fn read_message(event: &MessageEvent) -> TransportEvent {
    match event.data().dyn_ref::<ArrayBuffer>() {
        Some(buffer) => TransportEvent::Packet(Uint8Array::new(buffer).to_vec()),
        None => TransportEvent::Ended(Ended::NotBinary),
    }
}

/// Codes 1005 and 1006 are the browser's own: no close frame came.
fn read_close(event: &CloseEvent) -> Ended {
    match event.code() {
        1005 | 1006 => Ended::Lost,
        code => Ended::Closed(code, event.reason()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_slept_too_long_ends_the_connection_instead_of_growing() {
        let mut inbox = Inbox::default();
        (0..=MAX_WAITING as u64).for_each(|at_us| inbox.push(at_us, TransportEvent::Packet(Vec::new())));
        assert_eq!(inbox.waiting.len(), 1);
        assert!(matches!(inbox.waiting[0].1, TransportEvent::Ended(Ended::Overrun)));
    }

    #[test]
    fn only_endings_that_can_pass_are_retried() {
        assert!(Ended::Lost.worth_retrying() && Ended::Closed(1001, String::new()).worth_retrying());
        assert!(Ended::Closed(4009, String::new()).worth_retrying());
        assert!(!Ended::Closed(4008, "kicked".to_owned()).worth_retrying());
        assert!(!Ended::Closed(1009, String::new()).worth_retrying());
        assert!(!Ended::NotBinary.worth_retrying());
    }
}
