//! The player's way through the page: join, connecting, live, reconnecting, refused; and one frame of each.

use crate::backoff::{countdown, wait_us};
use crate::hud::HudWriter;
use crate::input::Input;
use crate::net_graph::NetGraph;
use crate::options::{Options, remember_name, remember_seat, remembered_seat};
use crate::page::{Page, listen, words_of};
use crate::painter::Painter;
use crate::session::{Farewell, Session};
use perigee_shared::limits::MAX_NAME_CHARS;
use perigee_shared::netcode::{Grade, PeerConfig, PeerStatus, Simulation};
use perigee_shared::presentation::{Comfort, DrawList, Stage, Viewport};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlCanvasElement, HtmlElement, HtmlInputElement, KeyboardEvent};

mod debug_view;

/// Silence longer than this is told to the player, microseconds.
const SLOW_US: u64 = 500_000;
/// How long a line from the server stays, microseconds.
const ANNOUNCEMENT_US: u64 = 8_000_000;

type Entity<S> = <<S as Stage>::Game as Simulation>::Entity;

/// Where the player is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// At the form.
    Join,
    /// A socket is opening, for the first time or again.
    Connecting,
    /// In the match.
    Live,
    /// Waiting for the next try.
    Reconnecting { retry_at_us: u64, why: String },
    /// Back at the form, with the reason.
    Refused,
}

/// What the player asked of the page since the last frame. Handlers only note it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Request {
    Play,
    ToggleNetGraph,
    CloseTop,
}

/// The client.
pub(crate) struct App<S: Stage> {
    page: Rc<Page>,
    options: Options,
    phase: Phase,
    stage: S,
    session: Option<Session<S::Game>>,
    painter: Option<Painter>,
    input: Input,
    hud: HudWriter,
    graph: NetGraph,
    list: DrawList,
    requests: Rc<RefCell<Vec<Request>>>,
    /// Tries since the last success.
    attempt: usize,
    own: Option<Entity<S>>,
    shown_at_us: u64,
    announcement: Option<(u64, String)>,
    banner: (HtmlElement, String),
    room: HtmlElement,
    name: HtmlInputElement,
    debug: debug_view::DebugView,
}

impl<S: Stage> App<S> {
    /// A client at the join screen.
    pub(crate) fn new(page: &Rc<Page>) -> Result<Self, JsValue> {
        let options = Options::read(page)?;
        let canvas: HtmlCanvasElement = page.element("arena")?;
        let name: HtmlInputElement = page.element("name")?;
        name.set_max_length(MAX_NAME_CHARS as i32);
        name.set_value(&options.name);
        let painter =
            Painter::new(page, canvas.clone()).map_err(|error| page.show_error(&words_of(&error))).ok();
        let mut app = Self {
            phase: Phase::Join,
            stage: S::new(Comfort { reduced_motion: page.reduced_motion() }),
            session: None,
            painter,
            input: Input::new(page, &canvas)?,
            hud: HudWriter::new(page)?,
            graph: NetGraph::new(page)?,
            list: DrawList::default(),
            requests: listen_to_page(page)?,
            attempt: 0,
            own: None,
            shown_at_us: 0,
            announcement: None,
            banner: (page.element("banner")?, String::new()),
            room: page.element("room")?,
            name,
            debug: debug_view::DebugView::new(options.debug),
            page: Rc::clone(page),
            options,
        };
        app.enter(Phase::Join);
        // A page that was reloaded goes on where it was.
        if app.options.autojoin || remembered_seat(page).is_some() {
            app.play();
        }
        Ok(app)
    }

    /// When a frame was last shown.
    pub(crate) fn shown_at_us(&self) -> u64 {
        self.shown_at_us
    }

    /// One display frame.
    pub(crate) fn frame(&mut self, now_us: u64) {
        let dt_s = now_us.saturating_sub(self.shown_at_us) as f32 / 1e6;
        self.shown_at_us = now_us;
        self.advance(now_us, true);
        let viewport = match &mut self.painter {
            Some(painter) => painter.fit(&self.page),
            None => Viewport { aspect: 1.6, height_px: 720.0 },
        };
        self.list.clear();
        if let Err(error) = self.show(now_us, dt_s, viewport) {
            self.page.show_error(&words_of(&error));
        }
    }

    /// Keeps the connection while nobody looks: hands are off the keys.
    pub(crate) fn tick_unseen(&mut self, now_us: u64) {
        self.advance(now_us, false);
    }

    fn advance(&mut self, now_us: u64, seen: bool) {
        let requests: Vec<Request> = self.requests.borrow_mut().drain(..).collect();
        for request in requests {
            self.follow(&request);
        }
        if let Phase::Reconnecting { retry_at_us, .. } = self.phase
            && now_us >= retry_at_us
        {
            self.connect();
        }
        self.forget_lost_seat(now_us);
        let Some(session) = &mut self.session else { return self.update_banner(now_us) };
        let command = match seen && self.own.is_some() {
            true => self.stage.command(&self.input.read(), self.own.as_ref()),
            false => Default::default(),
        };
        if let Some(farewell) = session.advance(now_us, command) {
            self.end(farewell, now_us);
        } else if self.phase == Phase::Connecting && *session.peer.status() == PeerStatus::Joined {
            self.attempt = 0;
            let (token, room) = (session.peer.token(), session.peer.room().to_owned());
            remember_seat(&self.page, token.map(|token| (room, token)));
            self.enter(Phase::Live);
        }
        self.update_banner(now_us);
    }

    fn follow(&mut self, request: &Request) {
        match request {
            Request::Play if matches!(self.phase, Phase::Join | Phase::Refused) => self.play(),
            Request::Play => {}
            Request::ToggleNetGraph => self.graph.toggle(),
            Request::CloseTop => drop(self.graph.close()),
        }
    }

    /// Joins with the name in the field; an empty field gets the name it suggests.
    fn play(&mut self) {
        if self.painter.is_none() {
            // The page says why; nobody can play what they cannot see.
            return;
        }
        let typed = self.name.value().trim().to_owned();
        let name = if typed.is_empty() {
            format!("Pilot {}", 100 + (js_sys::Math::random() * 900.0) as u32)
        } else {
            typed
        };
        self.name.set_value(&name);
        remember_name(&self.page, &name);
        self.options.name = name;
        self.attempt = 0;
        self.page.show_error("");
        self.connect();
    }

    /// Connects: to the seat of the last connection, or of the page's last life, or anew.
    fn connect(&mut self) {
        self.enter(Phase::Connecting);
        let url = &self.options.socket_url;
        let opened = match &mut self.session {
            Some(session) => session.reopen(&self.page, url),
            None => {
                self.graph.clear();
                let seat = remembered_seat(&self.page);
                let config = PeerConfig {
                    name: self.options.name.clone(),
                    room: seat.as_ref().map_or_else(|| self.options.room.clone(), |(room, _)| room.clone()),
                    want_checksums: self.options.debug,
                    token: seat.map(|(_, token)| token),
                    ..PeerConfig::default()
                };
                Session::open(&self.page, url, config).map(|session| self.session = Some(session))
            }
        };
        if let Err(error) = opened {
            self.end(Farewell { words: words_of(&error), retry: false }, self.page.now_us());
        }
    }

    /// A seat that the server keeps no longer is not asked for any more: the next try is a new player's.
    fn forget_lost_seat(&mut self, now_us: u64) {
        let kept_until_us = self.session.as_ref().and_then(Session::kept_until_us);
        if kept_until_us.is_some_and(|until_us| now_us > until_us) && self.phase != Phase::Connecting {
            self.session = None;
            remember_seat(&self.page, None);
        }
    }

    fn end(&mut self, farewell: Farewell, now_us: u64) {
        let kept = self.session.as_mut().and_then(|session| session.lose(now_us));
        if kept.is_none() || !farewell.retry {
            self.session = None;
            self.own = None;
            remember_seat(&self.page, None);
        }
        if farewell.retry {
            let retry_at_us = now_us + wait_us(self.attempt);
            self.attempt += 1;
            self.enter(Phase::Reconnecting { retry_at_us, why: farewell.words });
        } else {
            self.page.show_error(&farewell.words);
            self.enter(Phase::Refused);
        }
        self.update_banner(now_us);
    }

    fn enter(&mut self, phase: Phase) {
        let (state, playing) = match phase {
            Phase::Join => ("join", false),
            Phase::Connecting => ("connecting", true),
            Phase::Live => ("live", true),
            Phase::Reconnecting { .. } => ("reconnecting", true),
            Phase::Refused => ("refused", false),
        };
        self.page.mark("state", state);
        self.input.set_playing(playing);
        let focused = if playing { self.name.blur() } else { self.name.focus() };
        // A field that cannot take the focus can still be clicked.
        drop(focused);
        self.phase = phase;
    }

    /// Fills the draw list and the page.
    fn show(&mut self, now_us: u64, dt_s: f32, viewport: Viewport) -> Result<(), JsValue> {
        let scene = self.session.as_mut().and_then(|session| session.peer.scene());
        let Some(scene) = scene else {
            self.own = None;
            self.stage.ambient(dt_s, viewport, &mut self.list);
            self.paint(viewport)?;
            return self.hud.clear(now_us);
        };
        self.own = scene.own.map(|own| own.entity);
        self.stage.frame(&scene, dt_s, viewport, &mut self.list);
        let hud = self.stage.hud(&scene);
        self.debug.take(&scene, now_us);
        drop(scene);
        self.paint(viewport)?;
        self.hud.show(hud, now_us)?;
        self.show_connection(now_us)
    }

    fn paint(&mut self, viewport: Viewport) -> Result<(), JsValue> {
        match &mut self.painter {
            Some(painter) => painter.paint(&self.list, viewport),
            None => Ok(()),
        }
    }

    fn show_connection(&mut self, now_us: u64) -> Result<(), JsValue> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let peer = &mut session.peer;
        self.graph.take(peer.stats(), now_us)?;
        self.debug.write(&self.page, peer.stats(), (peer.room(), peer.name()), now_us);
        if self.room.text_content().as_deref() != Some(peer.room()) {
            self.room.set_text_content(Some(peer.room()));
        }
        if let Some(line) = peer.notices().pop() {
            self.announcement = Some((now_us, line));
        }
        Ok(())
    }

    /// The line along the top: trouble first, then what the server says.
    fn update_banner(&mut self, now_us: u64) {
        self.announcement.take_if(|(since_us, _)| now_us.saturating_sub(*since_us) > ANNOUNCEMENT_US);
        let (tone, words) = self.banner_now(now_us);
        if self.banner.1 != words {
            self.banner.0.set_text_content(Some(&words));
            self.page.mark("banner", tone);
            self.banner.1 = words;
        }
    }

    /// How long the server keeps the ship.
    fn kept_words(&self, now_us: u64) -> String {
        let until_us = self.session.as_ref().and_then(Session::kept_until_us);
        let left_s = until_us.map_or(0, |until_us| until_us.saturating_sub(now_us) / 1_000_000);
        if left_s > 0 { format!(", your ship is kept {left_s} s") } else { String::new() }
    }

    fn pace_words(&self) -> &'static str {
        words_of_grade(self.session.as_ref().map_or(Grade::Normal, |session| session.peer.grade()))
    }

    fn banner_now(&self, now_us: u64) -> (&'static str, String) {
        let silence_us = self.session.as_ref().map_or(0, |session| session.silence_us(now_us));
        match &self.phase {
            Phase::Reconnecting { retry_at_us, why } => {
                let countdown = countdown(retry_at_us.saturating_sub(now_us));
                ("trouble", format!("{why}. {countdown}{}", self.kept_words(now_us)))
            }
            Phase::Connecting if self.attempt > 0 => {
                ("trouble", format!("Reconnecting{}", self.kept_words(now_us)))
            }
            Phase::Connecting => ("calm", "Connecting".to_owned()),
            Phase::Live if silence_us > SLOW_US => {
                ("trouble", format!("Connection slow: {} ms", silence_us / 10_000 * 10))
            }
            Phase::Live if self.session.as_ref().is_some_and(|session| session.peer.paused()) => {
                ("calm", "The room is paused".to_owned())
            }
            Phase::Live if !self.pace_words().is_empty() => ("calm", self.pace_words().to_owned()),
            _ => match &self.announcement {
                Some((_, line)) => ("news", line.clone()),
                None => ("", String::new()),
            },
        }
    }
}

/// What the player reads of a room under overload.
fn words_of_grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Normal => "",
        Grade::LowerRate => "The server is busy: fewer updates",
        Grade::SmallerInterest => "The server is busy: fewer updates, shorter sight",
        Grade::SlowMotion => "The server is busy: time runs at two thirds",
        Grade::HalfSpeed => "The server is busy: time runs at half speed",
    }
}

/// Listens to the form and to the keys that are the page's own.
fn listen_to_page(page: &Page) -> Result<Rc<RefCell<Vec<Request>>>, JsValue> {
    let requests: Rc<RefCell<Vec<Request>>> = Rc::default();
    let noted = Rc::clone(&requests);
    let form: HtmlElement = page.element("join")?;
    listen(&form, "submit", move |event: Event| {
        event.prevent_default();
        noted.borrow_mut().push(Request::Play);
    })?;
    let noted = Rc::clone(&requests);
    listen(&page.window, "keydown", move |event: KeyboardEvent| match event.code().as_str() {
        "F3" => {
            event.prevent_default();
            noted.borrow_mut().push(Request::ToggleNetGraph);
        }
        "Escape" => noted.borrow_mut().push(Request::CloseTop),
        _ => {}
    })?;
    Ok(requests)
}
