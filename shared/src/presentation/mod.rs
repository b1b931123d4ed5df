//! What a game shows and how it is steered, free of any browser: raw input in, draw list, HUD and cues out.
//!
//! A game implements [`Stage`]; the browser client paints what the stage puts into the [`DrawList`], and writes
//! the [`Hud`] into the page. Neither side knows the other.

mod comfort;
mod draw_list;
mod free_area;
mod hud;
mod ranking;
mod raw_input;
mod round;
mod sound;
mod sprite;
mod trade;
mod watch;

pub use comfort::{ColorSet, Comfort};
pub use draw_list::{CRISP, Camera, Color, DrawList, MAX_VERTICES, Path, Placement, VERTEX_WORDS, Vertex};
pub use free_area::FreeArea;
pub use hud::{
    DotShape, EventLine, FloatingNumber, Gauge, GaugeLook, Hud, HudColor, HudSlot, MAX_HUD_SLOT_CHARS,
    MAX_HUD_SLOTS, Marker, MinimapDot, MinimapHud, MinimapView, ScoreRow,
};
pub use ranking::{best_first, score_rows};
pub use raw_input::{Held, RawInput};
pub use round::{RoundEnd, RoundHud, TeamOffer};
pub use sound::{
    Cue, CueSheet, Drone, DroneCue, Layer, MAX_CUES, MAX_LAYERS, Sound, Wave, Weight, check_sounds, chime,
};
pub use sprite::Sprite;
pub use trade::{Lot, MarketView, Side, TradeAnswer, TradeRequest, VenueOffer, VenueView};
pub use watch::CameraRequest;

use crate::netcode::client::scene::Scene;
use crate::netcode::seam::simulation::Simulation;
use std::vec::Drain;

/// The window onto the world.
#[derive(Clone, Copy, Debug)]
pub struct Viewport {
    /// Width divided by height.
    pub aspect: f32,
    /// Height in pixels of the screen: hairlines are as thin as these allow.
    pub height_px: f32,
    /// Where instruments, panels and touch controls leave the world to be seen.
    pub free: FreeArea,
}

/// A game's presentation: keeps what is only seen (particles, camera, event feed) between frames.
pub trait Stage {
    /// The game it presents.
    type Game: Simulation;

    /// An empty stage.
    fn new(comfort: Comfort) -> Self;
    /// The player has changed the settings for comfort.
    fn set_comfort(&mut self, comfort: Comfort) {
        let _ = comfort;
    }
    /// The player's input as the command for the next tick. `own` is the own entity in its newest predicted
    /// state, `None` while dead.
    fn command(
        &mut self,
        input: &RawInput,
        own: Option<&<Self::Game as Simulation>::Entity>,
    ) -> <Self::Game as Simulation>::Command;
    /// The player's input while there is no own entity to command, once a frame.
    fn rest(&mut self, _input: &RawInput) {}
    /// One display frame: takes in the scene and its events, lets effects age by `dt_s`, and fills `list`, which
    /// comes empty.
    fn frame(&mut self, scene: &Scene<'_, Self::Game>, dt_s: f32, viewport: Viewport, list: &mut DrawList);
    /// One display frame while there is no match to show: what moves behind the join screen.
    fn ambient(&mut self, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        let _ = (dt_s, viewport, list);
    }
    /// One display frame with that many of the game's sprites in view: what drawing costs is measured with it.
    fn draw_sprites(&mut self, sprites: usize, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        let _ = (sprites, dt_s, viewport, list);
    }
    /// Takes out the sounds of the frames since the last call.
    fn cues(&mut self) -> Drain<'_, Cue>;
    /// The sound that lasts, and how loud it is in this frame, while there is an own entity; `None`: silence.
    fn drone(&self) -> Option<DroneCue> {
        None
    }
    /// What the page shows in words and numbers.
    fn hud(&self, scene: &Scene<'_, Self::Game>) -> Hud {
        let _ = scene;
        Hud::default()
    }
    /// The player's side of the market; `None` where nothing is traded.
    fn market(&self, _scene: &Scene<'_, Self::Game>) -> Option<MarketView> {
        None
    }
    /// The order for `request`; `None` where there is none.
    fn trade(&self, _request: TradeRequest) -> Option<<Self::Game as Simulation>::Order> {
        None
    }
    /// The order to play for the team of that number; `None` where there is none.
    fn join_team(&self, _team: u8) -> Option<<Self::Game as Simulation>::Order> {
        None
    }
    /// What a lot will cost or bring, as far as can be known.
    fn total(&self, lot: &Lot) -> i64 {
        lot.flat_total()
    }
    /// A spectator moves the camera.
    fn watch(&mut self, _request: CameraRequest) {}
    /// Whom a spectator's camera follows; `None` while it is free.
    fn watched<'a>(&self, _scene: &'a Scene<'_, Self::Game>) -> Option<&'a str> {
        None
    }
}
