//! The way into a room and out of it: by a person's hand, by itself after a break, and back to the front page.

use super::{App, Phase};
use crate::options::{ANY_ROOM, remember_name};
use crate::page::words_of;
use crate::panels::device;
use crate::seat::{SavedSeat, remember_seat, remembered_seat};
use crate::session::{ClientSession, SessionEnd};
use perigee_shared::backoff::wait_us;
use perigee_shared::netcode::{PeerConfig, Simulation};
use perigee_shared::presentation::Stage;
use perigee_shared::protocol::{DisconnectReason, Refusal};

/// While the server keeps the seat, the next try is made after this time and up to so much more, by chance, microseconds:
/// the player is to be back within two seconds of the line.
const SEATED_WAIT_US: f64 = 500_000.0;
const SEATED_SPREAD_US: f64 = 1_000_000.0;

impl<S: Stage> App<S> {
    /// A person wants to join, with the name in the field; an empty field gets the name it suggests.
    pub(super) fn play(&mut self) {
        if self.renderer.is_none() {
            // The page says why; nobody can play what they cannot see.
            return;
        }
        let typed = self.name.value().trim().to_owned();
        let name = if typed.is_empty() {
            format!("Player {}", 100 + (js_sys::Math::random() * 900.0) as u32)
        } else {
            typed
        };
        self.options.party = self.panels.party();
        self.options.name = name;
        if self.options.spectate {
            // Who spectates gives up the seat that this tab may still have.
            remember_seat(&self.page, None);
        } else {
            self.name.set_value(&self.options.name);
            remember_name(&self.page, &self.options.name);
            self.tab.take_over(&self.page);
        }
        self.options.write_address(&self.page);
        (self.attempt, self.waits, self.taken) = (0, 0, None);
        self.page.show_error("");
        self.page.show_element("error-tools", false);
        self.connect();
    }

    /// A person wants the seat here that went on in another window. Its proof is that window's by now, and would be taken
    /// for a try by itself: the device says whose the seat is.
    pub(super) fn take_over(&mut self) {
        let Some(seat) = self.taken.take() else { return };
        self.options.room.clone_from(&seat.room);
        remember_seat(&self.page, None);
        self.play();
    }

    /// The next try after a break, by itself: unless a person went on elsewhere meanwhile.
    pub(super) fn come_back(&mut self, now_us: u64) {
        if self.options.spectate || self.tab.is_holder(&self.page) {
            return self.connect();
        }
        let reason = DisconnectReason::Replaced;
        self.end(SessionEnd { reason: Some(reason), ..SessionEnd::default() }, now_us);
    }

    /// A person does not want to wait for the next try.
    pub(super) fn try_now(&mut self) {
        if matches!(self.phase, Phase::Reconnecting { .. }) {
            if !self.options.spectate {
                self.tab.take_over(&self.page);
            }
            self.connect();
        }
    }

    /// The network or the page is back: no countdown is to be waited for, and no silence to be trusted.
    pub(super) fn be_back(&mut self) {
        self.audio.wake();
        // A line that was just mended may fail once more before it carries anything: the waits start over.
        self.waits = 0;
        if matches!(self.phase, Phase::Reconnecting { .. }) {
            self.come_back(self.page.now_us());
        } else if let Some(session) = &mut self.session {
            session.doubt();
        }
    }

    /// The player looks at the page again: they should not wait for a countdown that they did not see.
    pub(super) fn be_seen(&mut self) {
        self.audio.wake();
        if matches!(self.phase, Phase::Reconnecting { .. }) {
            self.come_back(self.page.now_us());
        }
    }

    /// Connects: to the seat of the last connection, or of the page before its reload, or without one.
    fn connect(&mut self) {
        self.connect_with(Claim::Proof);
    }

    fn connect_with(&mut self, claim: Claim) {
        self.enter(Phase::Connecting);
        let url = &self.options.socket_url;
        let opened = match &mut self.session {
            Some(session) => session.reopen(&self.page, url),
            None => {
                self.graph.clear();
                self.panels.begin();
                let seat = remembered_seat(&self.page).filter(|seat| seat.fits(&self.options));
                let config = PeerConfig {
                    name: self.options.name.clone(),
                    room: seat.as_ref().map_or_else(|| self.options.room.clone(), |seat| seat.room.clone()),
                    want_checksums: self.options.debug,
                    token: seat.filter(|_| claim == Claim::Proof).map(|seat| seat.token),
                    device: device::remembered(&self.page),
                    party: self.options.party.clone(),
                    spectate: self.options.spectate,
                    ..PeerConfig::default()
                };
                ClientSession::open(&self.page, url, config).map(|session| self.session = Some(session))
            }
        };
        if let Err(error) = opened {
            self.end(SessionEnd::last(words_of(&error)), self.page.now_us());
        }
    }

    /// The server has let the player in.
    pub(super) fn go_live(&mut self) {
        let Some(session) = &self.session else { return };
        (self.attempt, self.waits) = (0, 0);
        self.diagnosis.forget();
        let seat = seat_of(session, &self.options.party).filter(|_| !self.options.spectate);
        remember_seat(&self.page, seat.as_ref());
        self.panels.joined(session.peer.name());
        self.came_at_us = session.is_new().then(|| self.page.now_us());
        self.enter(Phase::Live);
    }

    /// A connection is over.
    pub(super) fn end(&mut self, end: SessionEnd, now_us: u64) {
        let was_for = self.session.as_ref().map(|session| session.peer.room().to_owned());
        let seat = self.session.as_ref().and_then(|session| seat_of(session, &self.options.party));
        let is_replaced = end.reason == Some(DisconnectReason::Replaced);
        if is_replaced && self.is_asked_by_hand() && device::remembered(&self.page).is_some() {
            (self.session, self.attempt) = (None, 1);
            return self.connect_with(Claim::Device);
        }
        let kept = self.session.as_mut().and_then(ClientSession::lose);
        if kept.is_none() || !end.retry {
            self.session = None;
            self.own = None;
            remember_seat(&self.page, None);
        }
        if end.unopened {
            self.diagnosis.ask(&self.page);
        } else {
            self.diagnosis.forget();
        }
        // The room of a seat may be gone; a player who asked for any room gets another one.
        let room_gone = matches!(end.reason, Some(DisconnectReason::Refused(Refusal::NoSuchRoom)))
            && self.options.is_any_room()
            && was_for.is_some_and(|room| room != self.options.room);
        if end.retry || room_gone {
            let asked_ms = end.reason.as_ref().and_then(DisconnectReason::retry_within_ms);
            let is_seated = kept.is_some_and(|until_us| until_us > now_us);
            let retry_at_us = now_us + self.wait_us(is_seated, asked_ms);
            self.attempt += 1;
            self.waits += 1;
            self.enter(Phase::Reconnecting { retry_at_us, why: end.words });
        } else {
            self.taken = seat.filter(|_| is_replaced);
            self.page.show_error(if is_replaced { TAKEN } else { &end.words });
            self.page.show_element("error-tools", self.taken.is_some());
            self.enter(Phase::Refused);
        }
        self.update_banner(now_us);
    }

    /// Whether this is the first try since a person opened the page or asked to play. A proof that another tab has used
    /// meanwhile is then no reason to send them away: the device says whose the seat is, once.
    fn is_asked_by_hand(&self) -> bool {
        self.phase == Phase::Connecting && self.attempt == 0
    }

    /// How long the next try waits. A seat that is kept is worth more tries than a place among others; the server's word
    /// counts for both.
    fn wait_us(&self, is_seated: bool, asked_ms: Option<u32>) -> u64 {
        let chance = js_sys::Math::random();
        if is_seated && asked_ms.is_none() {
            return (SEATED_WAIT_US + chance * SEATED_SPREAD_US) as u64;
        }
        wait_us(self.waits, asked_ms, (chance * 4_294_967_296.0) as u32)
    }

    /// Back to the front page; the seat is given up.
    pub(super) fn leave(&mut self) {
        let room = self.session.as_ref().map(|session| session.peer.room().to_owned());
        if let Some(mut session) = self.session.take() {
            session.leave();
        }
        self.own = None;
        remember_seat(&self.page, None);
        self.panels.begin();
        self.panels.left(room.filter(|room| room != ANY_ROOM));
        // The address is the front page's again: what was asked for is done with.
        (self.options.room, self.options.spectate) = (ANY_ROOM.to_owned(), false);
        self.options.write_address(&self.page);
        self.page.show_error("");
        self.page.show_element("error-tools", false);
        self.enter(Phase::Join);
    }
}

/// By what a seat is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// What the last welcome gave, as tries by themselves do.
    Proof,
    /// The device alone: the player asks for the seat, even if another window has it.
    Device,
}

/// What the player reads whose seat went on elsewhere.
const TAKEN: &str = "You are playing in another window.";

/// What opens the seat of a connection again.
fn seat_of<G: Simulation>(session: &ClientSession<G>, party: &str) -> Option<SavedSeat> {
    let token = session.peer.token()?;
    let (game, room) = (G::ABOUT.name.to_owned(), session.peer.room().to_owned());
    Some(SavedSeat { game, room, token, party: party.to_owned() })
}
