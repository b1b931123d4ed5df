//! Between the match and its panels: what the services say goes in, what the player asks for comes out.

use super::{App, Phase};
use crate::options::remember_name;
use crate::panels::{PanelRequest, Panels, Told, link};
use perigee_shared::netcode::{Scene, Simulation};
use perigee_shared::presentation::{Hud, Stage};
use perigee_shared::protocol::ServiceRequest;
use wasm_bindgen::JsValue;

/// What is told within this time after coming into a room was said there before, microseconds.
const PAST_US: u64 = 1_500_000;

impl<S: Stage> App<S> {
    /// Takes in what came for the panels, and does what they ask for.
    pub(super) fn work_panels(&mut self, now_us: u64) {
        if let Some(session) = &mut self.session {
            let is_past = self.came_at_us.is_some_and(|at_us| now_us.saturating_sub(at_us) < PAST_US);
            session.peer.service_messages().for_each(|message| self.panels.take(message, is_past, now_us));
        }
        self.injected.take().into_iter().for_each(|message| self.panels.take(message, false, now_us));
        for ask in self.panels.take_asks() {
            self.answer(ask);
        }
        if self.phase == Phase::Live
            && let Some(tuning) = self.panels.tuning()
        {
            self.tell(&tuning);
        }
        let at_front = !self.is_playing();
        // What the page cannot show is its own bug, and tests see it.
        let _ = self.panels.show_always(at_front, now_us);
    }

    fn answer(&mut self, ask: PanelRequest) {
        match ask {
            PanelRequest::Toggle(id) => self.panels.toggle(id),
            PanelRequest::CloseTop => drop(self.panels.close_top()),
            PanelRequest::Close(id) => self.panels.close(id),
            PanelRequest::Tell(message) => self.tell(&message),
            PanelRequest::Watch(request) => self.stage.watch(request),
            PanelRequest::Trade(request) => self.order(self.stage.trade(request)),
            PanelRequest::JoinTeam(team) => self.order(self.stage.join_team(team)),
            PanelRequest::Join { game, room, spectate } if !self.is_playing() => {
                self.join(&game, room, spectate);
            }
            PanelRequest::Join { .. } => {}
            PanelRequest::Leave => self.leave(),
            PanelRequest::Forget => {
                // A match that went on would be the forgotten player's, and would say who that was.
                self.panel.close();
                self.leave();
                self.panels.forget();
                self.name.set_value("");
            }
            PanelRequest::BecomeOther => {
                self.panel.close();
                self.leave();
                self.panels.become_other();
            }
        }
    }

    /// Goes into a room of that game; empty for the one that the page plays.
    pub(super) fn join(&mut self, game: &str, room: String, spectate: bool) {
        if !game.is_empty() && game != self.options.game {
            return self.go_to_game(game, &room, spectate);
        }
        (self.options.room, self.options.spectate) = (room, spectate);
        self.play();
    }

    /// Another game is another life of the page: it comes with the name, and begins to play by itself.
    fn go_to_game(&self, game: &str, room: &str, spectate: bool) {
        remember_name(&self.page, self.name.value().trim());
        let party = self.panels.party();
        let spectate = if spectate { "1" } else { "" };
        let options = [
            ("game", game),
            ("room", room),
            ("party", party.as_str()),
            ("spectate", spectate),
            ("autojoin", "1"),
        ];
        // A browser that does not go there says why itself.
        let _ = self.page.window.location().assign(&link(&self.page, &options));
    }

    /// When too many wait for the server's word, the player sees that nothing comes of it.
    fn order(&mut self, order: Option<<S::Game as Simulation>::Order>) {
        if let (Some(order), Some(session)) = (order, &mut self.session) {
            session.peer.order(order);
        }
    }

    fn tell(&mut self, message: &ServiceRequest) {
        if let Some(session) = &mut self.session {
            session.tell(message);
        }
    }
}

/// Shows the panels what there is in a scene.
pub(super) fn show_panels<S: Stage>(
    panels: &mut Panels,
    stage: &S,
    scene: &Scene<'_, S::Game>,
    hud: &Hud,
    room: &str,
    spectating: Option<u32>,
    now_us: u64,
) -> Result<(), JsValue> {
    let told = Told {
        roster: scene.roster,
        me: scene.me,
        room,
        round: hud.round.as_ref(),
        watched: stage.watched(scene),
        spectating,
    };
    let market = if panels.wants_market(now_us) { stage.market(scene) } else { None };
    panels.show(told, market, &|lot| stage.total(lot), now_us)
}
