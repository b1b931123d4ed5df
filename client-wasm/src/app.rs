//! The player's way through the page: join, connecting, live, reconnecting, refused; and one frame of each.

use crate::app::banner::{Banner, LinkState};
use crate::app::diagnosis::Diagnosis;
use crate::app::stalled::{Obstacle, Stalled};
use crate::audio::Audio;
use crate::bindings::Action;
use crate::frame_cost::FrameCost;
use crate::free_area::FreeAreaWatch;
use crate::gamepad::Pads;
use crate::hints::Hints;
use crate::hud::HudWriter;
use crate::input::Input;
use crate::key_names::KeyNames;
use crate::net_graph::NetGraph;
use crate::options::Options;
use crate::page::{Page, words_of};
use crate::panels::{Injected, PanelId, Panels};
use crate::quality::QualityMark;
use crate::renderer::Renderer;
use crate::seat::{SavedSeat, Tab, remembered_seat};
use crate::session::ClientSession;
use crate::settings::{SettingsPanel, Store};
use crate::titles::Titles;
use perigee_shared::limits::MAX_NAME_CHARS;
use perigee_shared::netcode::{Grade, PeerStatus, Simulation};
use perigee_shared::presentation::{Comfort, DrawList, FreeArea, Stage, Viewport};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, HtmlElement, HtmlInputElement};

mod banner;
mod choices;
mod connection;
mod debug_view;
mod diagnosis;
mod panel_work;
mod requests;
mod stalled;

use panel_work::show_panels;
use requests::{Request, Requests, listen_to_page};

/// A frame counts for no more than this, seconds.
const MAX_FRAME_S: f32 = 0.25;

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

/// The client.
pub(crate) struct App<S: Stage> {
    page: Rc<Page>,
    options: Options,
    phase: Phase,
    stage: S,
    session: Option<ClientSession<S::Game>>,
    renderer: Option<Renderer>,
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
    pads: Pads,
    names: Rc<KeyNames>,
    /// What the key rows were written with.
    names_shown: u64,
    list: DrawList,
    requests: Requests,
    /// Tries since the last success.
    attempt: usize,
    /// Waits in a row since the last success, or since the network was last said to be back: the next one's window grows
    /// with them.
    waits: usize,
    tab: Tab,
    /// The seat that went on in another window.
    taken: Option<SavedSeat>,
    own: Option<Entity<S>>,
    shown_at_us: u64,
    banner: Banner,
    stalled: Stalled,
    diagnosis: Diagnosis,
    /// When the player came into the room, if not back into it.
    came_at_us: Option<u64>,
    /// When the phase began.
    phase_at_us: u64,
    room: HtmlElement,
    name: HtmlInputElement,
    debug: debug_view::DebugView,
    panels: Panels,
    injected: Injected,
}

impl<S: Stage> App<S> {
    /// A client at the join screen of a page that plays these games.
    pub(crate) fn new(page: &Rc<Page>, titles: Titles) -> Result<Self, JsValue> {
        crate::about::show(page, &S::Game::ABOUT)?;
        let options = Options::read(page, S::Game::ABOUT.name)?;
        let canvas: HtmlCanvasElement = page.element("view")?;
        let name: HtmlInputElement = page.element("name")?;
        name.set_max_length(MAX_NAME_CHARS as i32);
        name.set_value(&options.name);
        let renderer = Renderer::new(canvas.clone()).map_err(|error| page.show_error(&words_of(&error))).ok();
        let store = Store::open(page, &S::Game::ABOUT)?;
        let touched = Rc::clone(&store);
        page.on_motion_change(move |_| touched.touch())?;
        let names = KeyNames::open(page)?;
        let mut app = Self {
            phase: Phase::Join,
            stage: S::new(Comfort::default()),
            session: None,
            renderer,
            free: FreeAreaWatch::new(page)?,
            input: Input::new(page, &canvas, &names)?,
            hud: HudWriter::new(page, &S::Game::ABOUT)?,
            graph: NetGraph::new(page)?,
            quality: QualityMark::new(page)?,
            hints: Hints::new(page, &S::Game::ABOUT)?,
            audio: Audio::new(page)?,
            panel: SettingsPanel::new(page, &S::Game::ABOUT, &store, &names)?,
            store,
            names,
            cost: FrameCost::default(),
            pads: Pads::default(),
            names_shown: 0,
            list: DrawList::default(),
            requests: listen_to_page(page)?,
            attempt: 0,
            waits: 0,
            tab: Tab::new(page),
            taken: None,
            own: None,
            shown_at_us: 0,
            banner: Banner::new(page)?,
            stalled: Stalled::new(page)?,
            diagnosis: Diagnosis::default(),
            came_at_us: None,
            phase_at_us: 0,
            room: page.element("room")?,
            name,
            debug: debug_view::DebugView::new(options.debug),
            panels: Panels::new(page, &options, &S::Game::ABOUT, titles)?,
            injected: Injected::new(page, options.debug)?,
            page: Rc::clone(page),
            options,
        };
        app.follow_settings();
        app.enter(Phase::Join);
        let seat = remembered_seat(page);
        let goes_on = seat.as_ref().is_some_and(|seat| seat.fits(&app.options));
        if app.options.autojoin || app.options.spectate || goes_on {
            // A page that was reloaded goes on where it was, and one that is to spectate has nothing to wait for.
            app.play();
        } else {
            app.panels.set_way_back(seat.map(|seat| seat.room));
        }
        Ok(app)
    }

    /// When a frame was last shown.
    pub(crate) fn shown_at_us(&self) -> u64 {
        self.shown_at_us
    }

    /// One display frame.
    pub(crate) fn frame(&mut self, now_us: u64) {
        // A hidden page gets no frames: the time since the last one does not count as a long frame.
        let dt_s = (now_us.saturating_sub(self.shown_at_us) as f32 / 1e6).min(MAX_FRAME_S);
        self.shown_at_us = now_us;
        self.advance(now_us, true);
        let mut viewport = match &mut self.renderer {
            Some(renderer) => renderer.fit(&self.page),
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

    /// Keeps the connection while the page is hidden: no key is held.
    pub(crate) fn tick_unseen(&mut self, now_us: u64) {
        self.advance(now_us, false);
        self.audio.set_drone(None);
    }

    fn advance(&mut self, now_us: u64, seen: bool) {
        self.take_hands();
        self.work_panels(now_us);
        self.follow_settings();
        if let Phase::Reconnecting { retry_at_us, .. } = self.phase
            && now_us >= retry_at_us
        {
            self.come_back(now_us);
        }
        let Some(session) = &mut self.session else { return self.update_banner(now_us) };
        let command = match (seen, self.own.is_some()) {
            (true, true) => self.stage.command(&self.input.read(), self.own.as_ref()),
            (true, false) => {
                self.stage.rest(&self.input.read());
                Default::default()
            }
            (false, _) => Default::default(),
        };
        if let Some(end) = session.advance(now_us, command) {
            self.end(end, now_us);
        } else if self.phase == Phase::Connecting && *session.peer.status() == PeerStatus::Joined {
            self.go_live();
        }
        self.update_banner(now_us);
    }

    /// What keys, pads and the page's buttons ask for.
    fn take_hands(&mut self) {
        let pad = self.pads.poll(&self.page);
        self.input.set_pad(pad);
        self.input.show_touch(&self.page);
        if self.names_shown != self.names.version() {
            self.names_shown = self.names.version();
            self.panel.refresh();
        }
        for request in self.requests.take() {
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
                let (game, room) = self.panels.quick_play();
                self.join(&game, room, false);
            }
            Request::Play => {}
            Request::TryNow => self.try_now(),
            Request::TakeOver => self.take_over(),
            Request::Leave => self.leave(),
            // A browser that does not load the page again leaves it as it is.
            Request::Reload => drop(self.page.window.location().reload()),
            Request::Back => self.be_back(),
            Request::Seen => self.be_seen(),
            Request::ToggleNetGraph => self.store.change(|settings| settings.net_graph ^= true),
            // The settings close themselves: they are the browser's own dialog.
            Request::CloseTop if self.panels.close_top() => {}
            Request::CloseTop => self.store.change(|settings| settings.net_graph = false),
            Request::Click => self.audio.click(),
            Request::Act(action) => {
                if self.is_playing() {
                    // A button that keeps the focus would keep the game's keys.
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
            Action::Market if S::Game::ABOUT.has_market => self.panels.toggle(PanelId::Market),
            Action::Leaders if S::Game::ABOUT.has_boards() => {
                self.panels.toggle(PanelId::Leaders);
            }
            Action::Lobby => self.panels.toggle(PanelId::Rooms),
            // The game has none; a page of its own may still have the button.
            Action::Market | Action::Leaders => {}
            // Held keys are read as input.
            Action::Forward
            | Action::Back
            | Action::Left
            | Action::Right
            | Action::Primary
            | Action::Secondary
            | Action::Map => {}
        }
    }

    fn is_playing(&self) -> bool {
        !matches!(self.phase, Phase::Join | Phase::Refused)
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
        self.phase_at_us = self.page.now_us();
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
        show_panels(&mut self.panels, &self.stage, &scene, &hud, &room, spectating, now_us)?;
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
        self.stage.draw_sprites(self.options.sprites, dt_s, viewport, &mut self.list);
        let built_ms = self.page.now_ms();
        self.paint(viewport)?;
        let (build_ms, upload_ms) = (built_ms - begun_ms, self.page.now_ms() - built_ms);
        let vertices = self.list.vertices().count();
        self.cost.take(&self.page, build_ms, upload_ms, vertices, self.list.left_out());
        Ok(())
    }

    /// Plays the frame's sounds.
    fn sound(&mut self, now_us: u64) {
        let mut cues = 0;
        for cue in self.stage.cues() {
            self.audio.play(cue);
            cues += 1;
        }
        self.debug.count_cues(cues);
        self.audio.set_drone(self.own.and_then(|_| self.stage.drone()));
        self.debug.write_audio(&self.page, &self.audio, now_us);
    }

    fn paint(&mut self, viewport: Viewport) -> Result<(), JsValue> {
        match &mut self.renderer {
            Some(renderer) => renderer.paint(&self.page, &self.list, viewport),
            None => Ok(()),
        }
    }

    fn show_connection(&mut self, now_us: u64) -> Result<(), JsValue> {
        let bindings = &self.store.get().bindings;
        self.hints.show(&self.page, bindings, &self.names, self.input.is_pad_active())?;
        let Some(session) = &mut self.session else { return Ok(()) };
        let silence_us = session.silence_us();
        let peer = &mut session.peer;
        self.graph.take(peer.stats(), now_us)?;
        self.quality.show(peer.stats(), silence_us, now_us)?;
        self.debug.write(&self.page, peer.stats(), peer.room(), peer.name(), now_us);
        if self.room.text_content().as_deref() != Some(peer.room()) {
            self.room.set_text_content(Some(peer.room()));
        }
        if let Some(line) = peer.notices().pop() {
            self.banner.announce(line, now_us);
        }
        Ok(())
    }

    fn update_banner(&mut self, now_us: u64) {
        if let Phase::Reconnecting { why, .. } = &mut self.phase {
            let known = self.diagnosis.words(&self.page);
            if !known.is_empty() && why != known {
                known.clone_into(why);
            }
        }
        let session = self.session.as_ref();
        let state = LinkState {
            phase: &self.phase,
            attempt: self.attempt,
            silence_us: session.map_or(0, ClientSession::silence_us),
            kept_until_us: session.and_then(ClientSession::kept_until_us),
            paused: session.is_some_and(|session| session.peer.paused()),
            grade: session.map_or(Grade::Normal, |session| session.peer.grade()),
        };
        self.banner.show(&self.page, &state, now_us);
        let obstacle = Obstacle {
            phase: &self.phase,
            since_us: now_us.saturating_sub(self.phase_at_us),
            attempt: self.attempt,
            is_seated: session
                .and_then(ClientSession::kept_until_us)
                .is_some_and(|until_us| until_us > now_us),
            picture_gone_us: self.renderer.as_ref().map_or(0, |renderer| renderer.gone_us(now_us)),
        };
        self.stalled.show(&self.page, &obstacle);
    }
}
