//! The player's choices take effect: settings go to the stage, the page, input and audio.

use crate::app::App;
use crate::settings::{Hand, Settings};
use perigee_shared::netcode::Simulation;
use perigee_shared::presentation::{ColorSet, Stage};

impl<S: Stage> App<S> {
    /// Takes the settings over, if they were changed.
    pub(super) fn follow_settings(&mut self) {
        if !self.store.take_change() {
            return;
        }
        let settings = self.store.get().clone();
        let comfort = settings.comfort(self.page.reduced_motion());
        self.stage.set_comfort(comfort);
        self.page.mark("palette", if comfort.palette == ColorSet::Safe { "safe" } else { "standard" });
        crate::about::color_teams(&self.page, &S::Game::ABOUT, comfort.palette);
        self.page.mark("motion", if comfort.reduced_motion { "reduced" } else { "full" });
        self.mark_page(&settings);
        // A style that is refused is a bug of the page itself; the match goes on in the colours before.
        let _ = self.hud.recolor(comfort.palette);
        self.audio.set_loudness(settings.loudness());
        let button_hand = S::Game::ABOUT.controls.primary.map(|_| settings.hand);
        self.input.set_choices(&settings.bindings, button_hand);
        self.graph.set_shown(settings.net_graph);
        self.panel.refresh();
    }

    fn mark_page(&self, settings: &Settings) {
        self.page.mark("hand", if settings.hand == Hand::Left { "left" } else { "right" });
        self.page.mark("muted", if settings.loudness() > 0.0 { "0" } else { "1" });
        self.page.mark_root("text", crate::settings::name_of(settings.text));
    }
}
