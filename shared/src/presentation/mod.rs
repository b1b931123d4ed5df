//! What a game shows and how it is steered, free of any browser: raw input in, draw list and HUD out.
//!
//! A game implements [`Stage`]; the browser client paints what the stage puts into the [`DrawList`], and writes
//! the [`Hud`] into the page. Neither side knows the other.

mod draw_list;
mod hud;
mod raw_input;

pub use draw_list::{CRISP, Camera, Color, DrawList, MAX_VERTICES, Path, Placement, VERTEX_WORDS, Vertex};
pub use hud::{Gauge, Hud, Marker, NewsLine, ScoreRow};
pub use raw_input::{Held, RawInput};

use crate::netcode::{Scene, Simulation};

/// How the player wants to see the game.
#[derive(Clone, Copy, Debug)]
pub struct Comfort {
    /// No camera kicks, no drifting, short effects.
    pub reduced_motion: bool,
}

/// The window onto the world.
#[derive(Clone, Copy, Debug)]
pub struct Viewport {
    /// Width divided by height.
    pub aspect: f32,
    /// Height in pixels of the screen: hairlines are as thin as these allow.
    pub height_px: f32,
}

/// A game's presentation: keeps what is only seen (particles, camera, news) between frames.
pub trait Stage {
    /// The game it presents.
    type Game: Simulation;

    /// An empty stage.
    fn new(comfort: Comfort) -> Self;
    /// What the player's hands say, as the command for the next tick. `own` is the own entity in its newest predicted
    /// state, `None` while dead.
    fn command(
        &self,
        input: &RawInput,
        own: Option<&<Self::Game as Simulation>::Entity>,
    ) -> <Self::Game as Simulation>::Command;
    /// One display frame: takes in the scene and its events, lets effects age by `dt_s`, and fills `list`, which
    /// comes empty.
    fn frame(&mut self, scene: &Scene<'_, Self::Game>, dt_s: f32, viewport: Viewport, list: &mut DrawList);
    /// One display frame while there is no match to show: what moves behind the join screen.
    fn ambient(&mut self, dt_s: f32, viewport: Viewport, list: &mut DrawList);
    /// What the page shows in words and numbers.
    fn hud(&self, scene: &Scene<'_, Self::Game>) -> Hud;
}
