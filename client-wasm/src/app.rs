//! The player's way through the page: join, connecting, live, reconnecting, refused; and one frame of each.

use crate::app::banner::{Banner, Trouble};
use crate::audio::Audio;
use crate::bindings::Action;
use crate::frame_cost::FrameCost;
use crate::free_area::FreeAreaWatch;
use crate::gamepad;
use crate::hints::Hints;
use crate::hud::HudWriter;
use crate::input::Input;
use crate::net_graph::NetGraph;
use crate::options::{Options, remember_name, remember_seat, remembered_seat};
use crate::page::{Page, listen, words_of};
use crate::painter::Painter;
use crate::panels::{Injected, PanelId, Panels, device};
use crate::quality::QualityMark;
use crate::session::{Farewell, Session};
use crate::settings::{SettingsPanel, Store};
use perigee_shared::backoff::wait_us;
use perigee_shared::limits::MAX_NAME_CHARS;
use perigee_shared::netcode::{Grade, PeerConfig, PeerStatus, Simulation};
use perigee_shared::presentation::{Comfort, DrawList, FreeArea, Stage, Viewport};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlCanvasElement, HtmlElement, HtmlInputElement, KeyboardEvent, MouseEvent};

mod banner;
mod choices;
mod debug_view;
mod panel_work;

use panel_work::show_panels;

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
    /// A button was used; it made a click.
    Click,
    /// What a key or a button of the page stands for.
    Act(Action),
}

/// The client.
pub(crate) struct App<S: Stage> {
    page: Rc<Page>,
    options: Options,
    phase: Phase,
    stage: S,
    session: Option<Session<S::Game>>,
    painter: Option<Painter>,
    free: FreeAreaWatch,
    input: Input,
    hud: HudWriter,
    graph: NetGraph,
    quality: QualityMark,
    hints: Hints,
    audio: Audio,
    store: Rc<Store>,
    panel: SettingsPanel,
    cost: FrameCost,
    /// Whether a gamepad was used last.
    pad_in_hand: bool,
    list: DrawList,
    requests: Rc<RefCell<Vec<Request>>>,
    /// Tries since the last success.
    attempt: usize,
    own: Option<Entity<S>>,
    shown_at_us: u64,
    banner: Banner,
    room: HtmlElement,
    name: HtmlInputElement,
    debug: debug_view::DebugView,
    panels: Panels,
    injected: Injected,
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
        let store = Store::open(page);
        let touched = Rc::clone(&store);
        page.on_motion_change(move |_| touched.touch())?;
        let mut app = Self {
            phase: Phase::Join,
            stage: S::new(Comfort::default()),
            session: None,
            painter,
            free: FreeAreaWatch::new(page)?,
            input: Input::new(page, &canvas)?,
            hud: HudWriter::new(page)?,
            graph: NetGraph::new(page)?,
            quality: QualityMark::new(page)?,
            hints: Hints::new(page)?,
            audio: Audio::new(page)?,
            panel: SettingsPanel::new(page, &store)?,
            store,
            cost: FrameCost::default(),
            pad_in_hand: false,
            list: DrawList::default(),
            requests: listen_to_page(page)?,
            attempt: 0,
            own: None,
            shown_at_us: 0,
            banner: Banner::new(page)?,
            room: page.element("room")?,
            name,
            debug: debug_view::DebugView::new(options.debug),
            panels: Panels::new(page, &options)?,
            injected: Injected::new(page, options.debug)?,
            page: Rc::clone(page),
            options,
        };
        app.follow_settings();
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
        let mut viewport = match &mut self.painter {
            Some(painter) => painter.fit(&self.page),
            None => Viewport { aspect: 1.6, height_px: 720.0, free: FreeArea::WHOLE },
        };
        viewport.free = self.free.look(&self.page, now_us);
        self.list.clear();
        if let Err(error) = self.show(now_us, dt_s, viewport) {
            self.page.show_error(&words_of(&error));
        }
        self.sound(now_us);
    }

    /// A message of the page's own worker waited so long to be read.
    pub(crate) fn mail_waited(&mut self, wait_ms: f64) {
        self.quality.mail_waited(wait_ms);
    }

    /// Keeps the connection while nobody looks: hands are off the keys.
    pub(crate) fn tick_unseen(&mut self, now_us: u64) {
        self.advance(now_us, false);
        self.audio.set_engine(0.0);
    }

    fn advance(&mut self, now_us: u64, seen: bool) {
        self.take_hands();
        self.work_panels(now_us);
        self.follow_settings();
        if let Phase::Reconnecting { retry_at_us, .. } = self.phase
            && now_us >= retry_at_us
        {
            self.connect();
        }
        self.forget_lost_seat(now_us);
        let Some(session) = &mut self.session else { return self.update_banner(now_us) };
        let command = match (seen, self.own.is_some()) {
            (true, true) => self.stage.command(&self.input.read(), self.own.as_ref()),
            (true, false) => {
                self.stage.rest(&self.input.read());
                Default::default()
            }
            (false, _) => Default::default(),
        };
        if let Some(farewell) = session.advance(now_us, command) {
            self.end(farewell, now_us);
        } else if self.phase == Phase::Connecting && *session.peer.status() == PeerStatus::Joined {
            self.attempt = 0;
            let (token, room) = (session.peer.token(), session.peer.room().to_owned());
            remember_seat(&self.page, token.map(|token| (room, token)));
            self.panels.joined(session.peer.name());
            self.enter(Phase::Live);
        }
        self.update_banner(now_us);
    }

    /// What the hands and the page's buttons ask for.
    fn take_hands(&mut self) {
        let pad = gamepad::poll(&self.page);
        if let Some(pad) = pad.filter(gamepad::PadState::is_used) {
            self.pad_in_hand = pad.is_used();
        }
        self.pad_in_hand &= pad.is_some();
        self.input.set_pad(pad.unwrap_or_default());
        let requests: Vec<Request> = self.requests.borrow_mut().drain(..).collect();
        for request in requests {
            self.follow(&request);
        }
        for action in self.input.take_actions() {
            self.act(action);
        }
        self.input.set_playing(self.is_playing() && !self.panel.is_open());
    }

    fn follow(&mut self, request: &Request) {
        match request {
            Request::Play if !self.is_playing() => {
                (self.options.room, self.options.spectate) = self.panels.quick_play();
                self.play();
            }
            Request::Play => {}
            Request::ToggleNetGraph => self.store.change(|settings| settings.net_graph ^= true),
            // The settings close themselves: they are the browser's own dialog.
            Request::CloseTop if self.panels.close_top() => {}
            Request::CloseTop => self.store.change(|settings| settings.net_graph = false),
            Request::Click => self.audio.click(),
            Request::Act(action) => {
                if self.is_playing() {
                    // A button that keeps the focus would keep the ship's keys.
                    self.page.give_keys_to_game();
                }
                self.act(*action);
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Mute => self.store.change(|settings| settings.muted ^= true),
            Action::Settings => {
                if let Err(error) = self.panel.toggle() {
                    self.page.show_error(&words_of(&error));
                }
            }
            Action::Chat => self.panels.toggle(PanelId::Chat),
            Action::Market => self.panels.toggle(PanelId::Market),
            Action::Leaders => self.panels.toggle(PanelId::Leaders),
            Action::Lobby => self.panels.toggle(PanelId::Rooms),
            // Held keys are the hands' own.
            _ => {}
        }
    }

    fn is_playing(&self) -> bool {
        !matches!(self.phase, Phase::Join | Phase::Refused)
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
                self.panels.begin();
                // Who asks to look on does not mean the ship that this tab may still have.
                let seat = remembered_seat(&self.page).filter(|_| !self.options.spectate);
                let config = PeerConfig {
                    name: self.options.name.clone(),
                    room: seat.as_ref().map_or_else(|| self.options.room.clone(), |(room, _)| room.clone()),
                    want_checksums: self.options.debug,
                    token: seat.map(|(_, token)| token),
                    device: device::remembered(&self.page),
                    party: self.panels.party(),
                    spectate: self.options.spectate,
                    ..PeerConfig::default()
                };
                Session::open(&self.page, url, config).map(|session| self.session = Some(session))
            }
        };
        if let Err(error) = opened {
            self.end(Farewell::last(words_of(&error)), self.page.now_us());
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
            let dice = (js_sys::Math::random() * 4_294_967_296.0) as u32;
            let retry_at_us = now_us + wait_us(self.attempt, farewell.retry_within_ms, dice);
            self.attempt += 1;
            self.enter(Phase::Reconnecting { retry_at_us, why: farewell.words });
        } else {
            self.page.show_error(&farewell.words);
            self.enter(Phase::Refused);
        }
        self.update_banner(now_us);
    }

    fn enter(&mut self, phase: Phase) {
        let state = match phase {
            Phase::Join => "join",
            Phase::Connecting => "connecting",
            Phase::Live => "live",
            Phase::Reconnecting { .. } => "reconnecting",
            Phase::Refused => "refused",
        };
        self.page.mark("state", state);
        self.phase = phase;
        if self.is_playing() {
            if !self.panel.is_open() {
                self.page.give_keys_to_game();
            }
        } else {
            // A field that cannot take the focus can still be clicked.
            drop(self.name.focus());
        }
    }

    /// Fills the draw list and the page.
    fn show(&mut self, now_us: u64, dt_s: f32, viewport: Viewport) -> Result<(), JsValue> {
        self.hud.set_map_large(self.input.wants_map());
        self.panels.hold_scores(self.input.wants_map());
        self.panels.steer_watch(self.input.read().held, dt_s);
        let (room, spectating) = self.session.as_ref().map_or((String::new(), None), |session| {
            (session.peer.room().to_owned(), session.peer.spectating())
        });
        let scene = self.session.as_mut().and_then(|session| session.peer.scene());
        let Some(scene) = scene else {
            self.own = None;
            self.show_ambient(dt_s, viewport)?;
            return self.hud.clear(now_us);
        };
        self.own = scene.own.map(|own| own.entity);
        self.stage.frame(&scene, dt_s, viewport, &mut self.list);
        let hud = self.stage.hud(&scene);
        self.debug.take(&scene, self.list.camera, now_us);
        show_panels(&mut self.panels, (&self.stage, &scene), (&hud, &room, spectating), now_us)?;
        drop(scene);
        self.paint(viewport)?;
        self.hud.show(hud, now_us)?;
        self.show_connection(now_us)
    }

    /// What moves while there is no match; or, when asked for, what is timed.
    fn show_ambient(&mut self, dt_s: f32, viewport: Viewport) -> Result<(), JsValue> {
        if self.options.sprites == 0 {
            self.stage.ambient(dt_s, viewport, &mut self.list);
            return self.paint(viewport);
        }
        let begun_ms = self.page.now_ms();
        self.stage.crowd(self.options.sprites, dt_s, viewport, &mut self.list);
        let built_ms = self.page.now_ms();
        self.paint(viewport)?;
        let (build_ms, upload_ms) = (built_ms - begun_ms, self.page.now_ms() - built_ms);
        let vertices = self.list.vertices().count();
        self.cost.take(&self.page, build_ms, upload_ms, vertices, self.list.left_out());
        Ok(())
    }

    /// Plays what the frame is heard of.
    fn sound(&mut self, now_us: u64) {
        let mut cues = 0;
        for cue in self.stage.cues() {
            self.audio.play(cue);
            cues += 1;
        }
        self.debug.count_cues(cues);
        let power = if self.own.is_some() { self.stage.engine() } else { 0.0 };
        self.audio.set_engine(power);
        self.debug.write_audio(&self.page, &self.audio, now_us);
    }

    fn paint(&mut self, viewport: Viewport) -> Result<(), JsValue> {
        match &mut self.painter {
            Some(painter) => painter.paint(&self.list, viewport),
            None => Ok(()),
        }
    }

    fn show_connection(&mut self, now_us: u64) -> Result<(), JsValue> {
        self.hints.show(&self.page, &self.store.get().bindings, self.pad_in_hand)?;
        let Some(session) = &mut self.session else { return Ok(()) };
        let silence_us = session.silence_us(now_us);
        let peer = &mut session.peer;
        self.graph.take(peer.stats(), now_us)?;
        self.quality.show(peer.stats(), silence_us, now_us)?;
        self.debug.write(&self.page, peer.stats(), (peer.room(), peer.name()), now_us);
        if self.room.text_content().as_deref() != Some(peer.room()) {
            self.room.set_text_content(Some(peer.room()));
        }
        if let Some(line) = peer.notices().pop() {
            self.banner.announce(line, now_us);
        }
        Ok(())
    }

    fn update_banner(&mut self, now_us: u64) {
        let session = self.session.as_ref();
        let trouble = Trouble {
            phase: &self.phase,
            attempt: self.attempt,
            silence_us: session.map_or(0, |session| session.silence_us(now_us)),
            kept_until_us: session.and_then(Session::kept_until_us),
            paused: session.is_some_and(|session| session.peer.paused()),
            grade: session.map_or(Grade::Normal, |session| session.peer.grade()),
        };
        self.banner.show(&self.page, &trouble, now_us);
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
    let document = page.document.clone();
    listen(&page.window, "keydown", move |event: KeyboardEvent| match event.code().as_str() {
        "F3" => {
            event.prevent_default();
            noted.borrow_mut().push(Request::ToggleNetGraph);
        }
        // An open panel closes itself with this key: it is the browser's own dialog.
        "Escape" if document.query_selector("dialog[open]").is_ok_and(|open| open.is_some()) => {}
        "Escape" => noted.borrow_mut().push(Request::CloseTop),
        _ => {}
    })?;
    listen_to_buttons(page, &requests)?;
    Ok(requests)
}

/// Buttons click; those that name an action ask for it.
fn listen_to_buttons(page: &Page, requests: &Rc<RefCell<Vec<Request>>>) -> Result<(), JsValue> {
    let noted = Rc::clone(requests);
    listen(&page.window, "click", move |event: MouseEvent| {
        let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let button =
            element.and_then(|element| element.closest("button, input[type=checkbox]").ok().flatten());
        let Some(button) = button else { return };
        let mut noted = noted.borrow_mut();
        noted.push(Request::Click);
        let name = button.get_attribute("data-action");
        let action = Action::ALL.into_iter().find(|action| Some(action.name()) == name.as_deref());
        noted.extend(action.map(Request::Act));
    })
}
