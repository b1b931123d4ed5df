//! What the page shows in words and numbers. Texts are plain: the page never reads them as markup.

use super::RoundHud;

/// How a gauge looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GaugeLook {
    /// A bar over the whole width, in the own colour.
    #[default]
    Plain,
    /// The same, in the enemies' colour while it is low: what one lives by.
    Vital,
    /// The same, in the colour of machines: what is spent and comes back.
    Supply,
    /// A thin bar that shares its line with another one.
    Small,
}

impl GaugeLook {
    /// The page's hook for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Vital => "vital",
            Self::Supply => "supply",
            Self::Small => "small",
        }
    }
}

/// A bar with a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// Its name, for example `energy`; a game's own style sheet finds it by that as well.
    pub name: &'static str,
    /// How it looks.
    pub look: GaugeLook,
    /// How full, `0..=1`.
    pub fill: f32,
    /// The number beside it.
    pub text: String,
}

/// A row of the scoreboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRow {
    /// Place, 1 is best; equal scores share a place.
    pub rank: u32,
    /// Player's name.
    pub name: String,
    /// Points.
    pub score: i32,
    /// What the game counts of which less is better, beside the points.
    pub aside: Option<i64>,
    /// Whether it is the own row.
    pub own: bool,
}

/// A line of the event feed, such as who beat whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// Grows by one with each line, so that the page knows which are new.
    pub number: u64,
    /// The line.
    pub text: String,
    /// Whether it concerns the player.
    pub own: bool,
}

/// A name beside an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Position in the view: -1..=1 both ways, y upward.
    pub x: f32,
    /// See `x`.
    pub y: f32,
    /// The name.
    pub text: String,
    /// Whose it is, as dots on the minimap have it.
    pub side: &'static str,
}

/// A number that floats over the view for a moment, such as damage.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatingNumber {
    /// Position in the view: -1..=1 both ways, y upward.
    pub x: f32,
    /// See `x`.
    pub y: f32,
    /// The number.
    pub text: String,
    /// How much of it is left, `0..=1`: it fades.
    pub strength: f32,
    /// What it is of; the page's hook for its colour: `given`, `taken`.
    pub kind: &'static str,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hud {
    /// Bars, bottom centre; empty while dead.
    pub gauges: Vec<Gauge>,
    /// Best five and the own row.
    pub scores: Vec<ScoreRow>,
    /// Players in the room.
    pub players: usize,
    /// Newest last, at most six.
    pub event_feed: Vec<EventLine>,
    /// Names to draw beside entities.
    pub markers: Vec<Marker>,
    /// Numbers that float for a moment.
    pub numbers: Vec<FloatingNumber>,
    /// Whether the view shows the past again; what is pressed then ends it.
    pub is_replay: bool,
    /// A sentence in the middle of the view: who shot you, when you return.
    pub notice: Option<String>,
    /// The minimap's width divided by its height.
    pub minimap_aspect: f32,
    /// The minimap's dots: x and y in `0..=1` of the world (y upward), and what it is: `own`, `enemy`,
    /// `team-a`, `team-b`, `pirate`, `ball`, `venue`, `area`, `rock`.
    pub minimap: Vec<(f32, f32, &'static str)>,
    /// Where the own entity looks, in turns, counter-clockwise from right; `None` while dead.
    pub minimap_heading_turns: Option<f32>,
    /// What part of the world is in view: left, bottom, right, top, in the minimap's `0..=1`.
    pub minimap_view: [f32; 4],
    /// How the match stands, where it has rounds.
    pub round: Option<RoundHud>,
}
