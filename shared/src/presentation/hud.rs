//! What the page shows in words and numbers. Texts are plain: the page never reads them as markup.

use super::RoundHud;
use glam::Vec2;

/// Slots that a page shows at most; more are a game's mistake.
pub const MAX_HUD_SLOTS: usize = 8;
/// Characters of a slot's text that a page shows at most; the rest is cut.
pub const MAX_HUD_SLOT_CHARS: usize = 200;

/// How a gauge looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GaugeLook {
    /// A bar over the whole width, in the own colour.
    #[default]
    Plain,
    /// The same, in the enemies' colour while it is low: for what the player dies without.
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

/// An event of the match in words, such as who beat whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// Grows by one with each line, so that the page knows which are new.
    pub number: u64,
    /// The line.
    pub text: String,
    /// Whether it concerns the player.
    pub own: bool,
}

/// In which colour something stands on the page: a name in the view, a dot on the minimap. What it means, each game says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HudColor {
    /// The player's own.
    Own,
    /// Against the player.
    #[default]
    Foe,
    /// The colour of the team of that number, from 1, as the game's table has it.
    Team(u8),
    /// A place where something can be done.
    Place,
    /// A quiet, thin line: a border, a region.
    Outline,
    /// What is there and concerns nobody: an obstacle.
    Scenery,
    /// Brighter than everything that belongs to a player: what all are after.
    Bright,
    /// One of the game's own, 0xRRGGBB: the usual one, and one for players who tell colours apart less well.
    Custom([u32; 2]),
}

impl HudColor {
    /// The page's hook for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Foe => "foe",
            Self::Team(1) => "team-a",
            Self::Team(_) => "team-b",
            Self::Place => "place",
            Self::Outline => "outline",
            Self::Scenery => "scenery",
            Self::Bright => "bright",
            Self::Custom(_) => "custom",
        }
    }
}

/// The shape of a dot on the minimap. Who is whose should be told by the shape as well as by the colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DotShape {
    /// An arrow in a ring that looks where [`MinimapHud::heading_turns`] says: where the player is.
    Pointer,
    /// A filled circle.
    #[default]
    Disc,
    /// An outlined circle.
    Ring,
    /// A square on its corner.
    Diamond,
    /// A square on its side.
    Square,
    /// A triangle with its point upward.
    Triangle,
}

/// A dot on the minimap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinimapDot {
    /// Position in the world: `0..=1` both ways, y upward.
    pub at: Vec2,
    /// Its shape.
    pub shape: DotShape,
    /// Its colour.
    pub color: HudColor,
    /// How large it is beside others of its shape; 1 is usual. It does not follow the world's scale.
    pub scale: f32,
}

impl MinimapDot {
    /// One of the usual size.
    #[must_use]
    pub const fn new(at: Vec2, shape: DotShape, color: HudColor) -> Self {
        Self { at, shape, color, scale: 1.0 }
    }

    /// The same, so many times as large.
    #[must_use]
    pub const fn scaled(self, scale: f32) -> Self {
        Self { scale, ..self }
    }
}

/// A part of the world, in `0..=1` both ways, y upward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinimapView {
    /// The lower left corner.
    pub low: Vec2,
    /// The upper right corner.
    pub high: Vec2,
}

impl MinimapView {
    /// The whole world.
    pub const WHOLE: Self = Self { low: Vec2::ZERO, high: Vec2::ONE };
}

/// A small map of the world.
#[derive(Clone, Debug, PartialEq)]
pub struct MinimapHud {
    /// The world's width divided by its height, above 0.
    pub aspect: f32,
    /// Later ones are drawn over earlier ones.
    pub dots: Vec<MinimapDot>,
    /// Where the own entity looks, in turns, counter-clockwise from right; `None` while dead.
    pub heading_turns: Option<f32>,
    /// What part of the world is in view.
    pub view: MinimapView,
}

/// A text of the game's own, such as an ammunition count, a combo or a list of objectives.
///
/// The page writes it into the element with `data-slot="NAME"`. A game's own page files may place that element; without
/// one the page adds it below the round's line, where the game's `game.css` can move and style it. A slot that is not in
/// the list is hidden. Screen readers find the text where it stands, but do not announce its changes: what has to be
/// announced is a [`EventLine`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HudSlot {
    /// Which element, for example `combo`; not empty, and only once in the list.
    pub name: &'static str,
    /// Plain text; line breaks are kept. At most [`MAX_HUD_SLOT_CHARS`] characters, and more are cut.
    pub text: String,
}

impl HudSlot {
    /// The part of the text that is shown.
    #[must_use]
    pub fn shown_text(&self) -> &str {
        let end = self.text.char_indices().nth(MAX_HUD_SLOT_CHARS);
        end.map_or(&self.text, |(at, _)| &self.text[..at])
    }
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
    /// Its colour.
    pub color: HudColor,
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
    /// The small map; `None` while there is nothing to show of it. A game whose
    /// [`About::has_map`](crate::netcode::About::has_map) says that it has none shows none.
    pub minimap: Option<MinimapHud>,
    /// How the match stands, where it has rounds.
    pub round: Option<RoundHud>,
    /// Texts of the game's own: at most [`MAX_HUD_SLOTS`]; see [`Hud::shown_slots`].
    pub slots: Vec<HudSlot>,
}

impl Hud {
    /// The slots that are shown: the first [`MAX_HUD_SLOTS`], without those that have no name, no text, or the name of
    /// an earlier one.
    pub fn shown_slots(&self) -> impl Iterator<Item = &HudSlot> {
        let first = self.slots.iter().take(MAX_HUD_SLOTS).enumerate();
        let is_shown = |&(at, slot): &(usize, &HudSlot)| {
            let is_repeated = self.slots[..at].iter().any(|earlier| earlier.name == slot.name);
            !slot.name.is_empty() && !slot.text.is_empty() && !is_repeated
        };
        first.filter(is_shown).map(|(_, slot)| slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hud(slots: &[(&'static str, &str)]) -> Hud {
        let slot = |&(name, text): &(&'static str, &str)| HudSlot { name, text: text.to_owned() };
        Hud { slots: slots.iter().map(slot).collect(), ..Hud::default() }
    }

    fn shown(hud: &Hud) -> Vec<(&str, &str)> {
        hud.shown_slots().map(|slot| (slot.name, slot.shown_text())).collect()
    }

    #[test]
    fn a_slot_is_shown_once_and_only_with_a_name_and_a_text() {
        let hud = hud(&[("ammo", "3"), ("", "x"), ("combo", ""), ("ammo", "4"), ("goal", "Find it")]);
        assert_eq!(shown(&hud), [("ammo", "3"), ("goal", "Find it")]);
    }

    #[test]
    fn slots_are_bounded_in_number_and_in_length() {
        const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let many = hud(&NAMES.map(|name| (name, "x")));
        assert_eq!(shown(&many).len(), MAX_HUD_SLOTS);
        // Cut between two characters, not within one.
        let long = "é".repeat(MAX_HUD_SLOT_CHARS + 1);
        assert_eq!(shown(&hud(&[("a", &long)]))[0].1, "é".repeat(MAX_HUD_SLOT_CHARS));
    }
}
