//! The panels over the match: chat, market, leaders, scoreboard, lobby, and the spectator's bar.
//!
//! - `frame`: opening, closing, Escape, the focus; `buttons`: what opens them; `requests`: what they ask of the
//!   client
//! - `chat`, `market`, `leaders`, `scores` with `ranks`, `lobby`, `watch`: one each
//! - `fetch`, `device`, `dom`: the browser's parts that several of them need
//!
//! A panel is told what there is to show and asks for what the player wants; it knows neither sockets nor the game. Texts
//! from elsewhere go into the page as text nodes only.

mod buttons;
mod chat;
pub(crate) mod device;
mod dom;
mod fetch;
mod frame;
mod injected;
mod leaders;
mod lobby;
mod market;
mod ranks;
mod requests;
mod scores;
mod watch;

pub(crate) use fetch::{Answer, Fetch, get, text_at};
pub(crate) use frame::PanelId;
pub(crate) use injected::Injected;
pub(crate) use lobby::link;
pub(crate) use requests::PanelRequest;

use crate::options::Options;
use crate::page::Page;
use crate::titles::Titles;
use chat::Chat;
use frame::Frame;
use leaders::LeadersPanel;
use lobby::{Away, CameBy, Lobby};
use market::MarketPanel;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::About;
use perigee_shared::presentation::{Held, Lot, MarketView, RoundHud};
use perigee_shared::protocol::{RosterEntry, ServiceMessage, ServiceRequest, Tuning};
use requests::PanelRequests;
use scores::Scores;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use watch::Watch;

/// A page narrower than this has no ticker line, CSS pixels (see `panels.css`).
const NARROW_PX: f64 = 720.0;
/// Time between two looks at who is in the room, microseconds.
const NAMES_INTERVAL_US: u64 = 1_000_000;

/// What there is to show of a match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) roster: &'a [RosterEntry],
    pub(crate) me: PlayerId,
    pub(crate) room: &'a str,
    pub(crate) round: Option<&'a RoundHud>,
    /// Whom the camera follows.
    pub(crate) watched: Option<&'a str>,
    /// The spectator delay, milliseconds.
    pub(crate) spectating: Option<u32>,
}

/// All panels.
#[derive(Debug)]
pub(crate) struct Panels {
    page: Rc<Page>,
    requests: PanelRequests,
    frame: Frame,
    chat: Chat,
    market: MarketPanel,
    leaders: LeadersPanel,
    scores: Scores,
    lobby: Lobby,
    away: Away,
    watch: Watch,
    _device: device::DeviceDialogs,
    tuned: Option<Tuning>,
    own_name: String,
    named_at_us: u64,
}

impl Panels {
    pub(crate) fn new(
        page: &Rc<Page>,
        options: &Options,
        about: &'static About,
        titles: Titles,
    ) -> Result<Self, JsValue> {
        let requests = PanelRequests::default();
        buttons::listen_to_buttons(page, &requests)?;
        let came_by = CameBy {
            room: (!options.is_any_room()).then(|| options.room.clone()),
            party: options.party.clone(),
            game: options.game,
            titles,
        };
        Ok(Self {
            page: Rc::clone(page),
            frame: Frame::new(page)?,
            chat: Chat::new(page, &requests, !about.teams.is_empty())?,
            market: MarketPanel::new(page, &requests)?,
            leaders: LeadersPanel::new(page, about)?,
            scores: Scores::new(page, &requests, about)?,
            lobby: Lobby::new(page, &requests, came_by)?,
            away: Away::new(page, &requests)?,
            watch: Watch::new(page, &requests)?,
            _device: device::DeviceDialogs::new(page, &requests)?,
            requests,
            tuned: None,
            own_name: String::new(),
            named_at_us: 0,
        })
    }

    /// What was asked since the last call.
    pub(crate) fn take_asks(&self) -> Vec<PanelRequest> {
        self.requests.take()
    }

    /// Where the play button leads.
    pub(crate) fn quick_play(&self) -> (String, String) {
        self.lobby.quick_play()
    }

    /// The player has left that room: the play button leads anywhere, and another one back.
    pub(crate) fn left(&mut self, room: Option<String>) {
        self.lobby.left(room);
    }

    /// The player still has a seat in that room, and came by a link to another one.
    pub(crate) fn set_way_back(&mut self, room: Option<String>) {
        self.lobby.set_way_back(room);
    }

    /// The party; empty for none.
    pub(crate) fn party(&self) -> String {
        self.lobby.party()
    }

    /// A connection is in a room, under that name. What the panels want to know is asked for again.
    pub(crate) fn joined(&mut self, own_name: &str) {
        own_name.clone_into(&mut self.own_name);
        self.tuned = None;
    }

    /// There is another match, or none.
    pub(crate) fn begin(&mut self) {
        self.chat.clear();
        self.market.clear();
        self.frame.close_all();
        self.watch.show(None, None);
    }

    /// Takes in a message of the services; what `is_past` was said before the player came.
    pub(crate) fn take(&mut self, message: ServiceMessage, is_past: bool, now_us: u64) {
        match message {
            ServiceMessage::Chat(line) => self.chat.take(line, &self.own_name, is_past, now_us),
            ServiceMessage::Refused(refusal) => self.chat.refuse(&refusal, now_us),
            ServiceMessage::Prices(prices) => self.market.take(&prices),
            ServiceMessage::Leaders(leaders) => self.leaders.take(leaders),
            ServiceMessage::Device(token) => device::remember(&self.page, token),
        }
    }

    /// Opens a panel, or closes it.
    pub(crate) fn toggle(&mut self, id: PanelId) {
        if self.frame.close(id) {
            return;
        }
        let focus: &[&str] = match id {
            PanelId::Chat => &["#chat-text"],
            PanelId::Market => &["[data-place][aria-pressed=true]", ".close"],
            PanelId::Leaders => &["[aria-pressed=true]", ".close"],
            PanelId::Scores | PanelId::Rooms => &[".close"],
        };
        if id != PanelId::Chat {
            // One at a time, so that nothing covers anything; chat stays.
            for other in PanelId::ALL.into_iter().filter(|&other| other != PanelId::Chat) {
                self.frame.close(other);
            }
        }
        self.frame.open(id, focus);
    }

    /// Closes the panel that was opened last; whether there was one.
    pub(crate) fn close_top(&mut self) -> bool {
        self.frame.close_top().is_some()
    }

    /// Closes a panel.
    pub(crate) fn close(&mut self, id: PanelId) {
        self.frame.close(id);
    }

    /// The scoreboard's key went down or up.
    pub(crate) fn hold_scores(&mut self, held: bool) {
        if std::mem::replace(&mut self.scores.held, held) == held {
            return;
        }
        if held {
            self.frame.open(PanelId::Scores, &[]);
        } else {
            self.frame.close(PanelId::Scores);
        }
    }

    /// This device is to be forgotten.
    pub(crate) fn forget(&mut self) {
        device::forget(&self.page);
        self.lobby.say("Forgotten: you join the next match as a new player.");
    }

    /// This device is another player's now.
    pub(crate) fn become_other(&mut self) {
        self.lobby.say("Welcome back: you join the next match as the player of that code.");
    }

    /// Whether it is time to look at the player's hold again.
    pub(crate) fn wants_market(&self, now_us: u64) -> bool {
        self.market.is_due(now_us)
    }

    /// The keys that a spectator holds.
    pub(crate) fn steer_watch(&self, held: Held, dt_s: f32) {
        self.watch.steer(held, dt_s);
    }

    /// The request for the services, if it changed: which prices and boards are looked at.
    pub(crate) fn tuning(&mut self) -> Option<ServiceRequest> {
        let width = self.page.window.inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(0.0);
        let tuning = Tuning {
            prices: width > NARROW_PX || self.frame.is_open(PanelId::Market),
            leaders: self.frame.is_open(PanelId::Leaders).then(|| self.leaders.board()),
        };
        (self.tuned.replace(tuning) != Some(tuning)).then_some(ServiceRequest::Tune(tuning))
    }

    /// Shows a match. `total` gives what a lot costs.
    pub(crate) fn show(
        &mut self,
        told: Told<'_>,
        market: Option<MarketView>,
        total: &dyn Fn(&Lot) -> i64,
        now_us: u64,
    ) -> Result<(), JsValue> {
        match self.scores.take_turn(told.round) {
            Some(true) => self.frame.open(PanelId::Scores, &[]),
            Some(false) if !self.scores.held => drop(self.frame.close(PanelId::Scores)),
            Some(false) | None => {}
        }
        self.scores.show_line(told.round);
        if self.frame.is_open(PanelId::Scores) {
            self.scores.show(told.roster, told.me, told.round, now_us)?;
        }
        if self.frame.is_open(PanelId::Chat) && now_us.saturating_sub(self.named_at_us) > NAMES_INTERVAL_US {
            self.named_at_us = now_us;
            let others = told.roster.iter().filter(|entry| entry.player != told.me);
            self.chat.set_names(others.map(|entry| entry.name.as_str()));
        }
        if self.frame.is_open(PanelId::Rooms) {
            self.away.show(told.room, &self.lobby.party());
        }
        self.watch.show(told.spectating, told.watched);
        self.leaders.show(self.frame.is_open(PanelId::Leaders))?;
        self.market.show(market, told.room, self.frame.is_open(PanelId::Market), total, now_us)
    }

    /// Shows what is there without a match as well.
    pub(crate) fn show_always(&mut self, at_front: bool, now_us: u64) -> Result<(), JsValue> {
        self.chat.show(self.frame.is_open(PanelId::Chat), now_us)?;
        self.lobby.show(at_front, now_us)
    }
}
