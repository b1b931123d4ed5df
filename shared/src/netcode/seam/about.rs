//! The table in which a game describes itself. Server, lobby, page, records, REST and feed read it; features that a
//! game does not have are not shown.

use crate::netcode::seam::statistics::Statistic;

/// Keys that the page needs for itself, in every game.
pub const PAGE_KEYS: [&str; 7] = ["Tab", "Enter", "Escape", "KeyT", "KeyB", "KeyO", "KeyN"];
/// The key of the market, where there is one.
pub const MARKET_KEY: &str = "KeyM";
/// The key of the leaderboards, where there are some.
pub const BOARDS_KEY: &str = "KeyL";

/// Something that a player does with a key, a button or a thumb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// What players call it: "Turn left".
    pub title: &'static str,
    /// Its keys until the player chooses others, as the browser's `KeyboardEvent.code` names them; empty: none. None of them
    /// is the page's in that game ([`About::is_page_key`]).
    pub keys: [&'static str; 2],
    /// The label of its touch button; empty: the title.
    pub mark: &'static str,
}

impl Control {
    /// A control with these keys.
    #[must_use]
    pub const fn new(title: &'static str, keys: [&'static str; 2]) -> Self {
        Self { title, keys, mark: "" }
    }

    /// The label of its touch button.
    #[must_use]
    pub const fn mark(&self) -> &'static str {
        if self.mark.is_empty() { self.title } else { self.mark }
    }
}

/// The controls of a game. Each reports only whether it is held; the game finds presses itself
/// ([`Command::pressed`](crate::netcode::Command::pressed)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Controls {
    /// Stick upward on a pad.
    pub forward: Control,
    /// Stick downward, and B on a pad.
    pub back: Control,
    /// Stick to the left.
    pub left: Control,
    /// Stick to the right.
    pub right: Control,
    /// Left mouse button, RT or A on a pad, the half of a touch screen that is not the stick. `None`: the game has
    /// none.
    pub primary: Option<Control>,
    /// Middle mouse button, LT or X on a pad, a touch button of its own. `None`: the game has none.
    pub secondary: Option<Control>,
}

impl Controls {
    /// Controls with the usual keys: W, S, A and D or the arrows; space; and E or the left shift key. `ways` are
    /// forward, back, left and right.
    #[must_use]
    pub const fn usual(
        ways: [&'static str; 4],
        primary: Option<&'static str>,
        secondary: Option<&'static str>,
    ) -> Self {
        let [forward, back, left, right] = ways;
        Self {
            forward: Control::new(forward, ["KeyW", "ArrowUp"]),
            back: Control::new(back, ["KeyS", "ArrowDown"]),
            left: Control::new(left, ["KeyA", "ArrowLeft"]),
            right: Control::new(right, ["KeyD", "ArrowRight"]),
            primary: match primary {
                Some(title) => Some(Control::new(title, ["Space", ""])),
                None => None,
            },
            secondary: match secondary {
                Some(title) => Some(Control::new(title, ["KeyE", "ShiftLeft"])),
                None => None,
            },
        }
    }

    /// All of them, in the order of the fields.
    pub fn all(&self) -> impl Iterator<Item = &Control> {
        let ways = [&self.forward, &self.back, &self.left, &self.right];
        ways.into_iter().chain(&self.primary).chain(&self.secondary)
    }
}

/// A team. Its number is its place in [`About::teams`], from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamAbout {
    /// What players call it: "Blue".
    pub name: &'static str,
    /// A symbol beside the name, so that teams are not told apart by colour alone.
    pub mark: &'static str,
    /// Its colour in the page, 0xRRGGBB: the usual one, and one for colour-blind players.
    pub colors: [u32; 2],
}

/// How an entity is shown on the console's map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A body with a heading, with its owner's name and its health, if it has one: what players steer.
    Arrow,
    /// The same, round.
    Disc,
    /// A small light: a shot.
    Dot,
    /// A small symbol: any other entity.
    Diamond,
}

impl Icon {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::Disc => "disc",
            Self::Dot => "dot",
            Self::Diamond => "diamond",
        }
    }
}

/// A kind of entity, for the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindAbout {
    /// What players call it: "Disc".
    pub title: &'static str,
    /// How it is drawn.
    pub icon: Icon,
}

/// A game in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// Its name in configurations, records and JSON: lower-case ASCII letters, digits, `-` and `_`. Records are stored
    /// under this name, so it must never change.
    pub name: &'static str,
    /// What players call it.
    pub title: &'static str,
    /// One line for the front page.
    pub tagline: &'static str,
    /// The controls.
    pub controls: Controls,
    /// What players call a round, in lower case: "round", "match". Its end is told in this word.
    pub round: &'static str,
    /// Its teams, at most two; empty in a game without teams.
    pub teams: &'static [TeamAbout],
    /// Its kinds of entities, in the order of [`Replicated::kinds`](crate::netcode::Replicated::kinds); empty: the
    /// console calls every entity an object.
    pub kinds: &'static [KindAbout],
    /// What is counted of each player, at most [`MAX_STATISTICS`](crate::limits::MAX_STATISTICS). The wire identifies a
    /// statistic by its place here, records by its key.
    pub statistics: &'static [Statistic],
    /// The places of two statistics that a player's rating is computed from: wins and losses. Quick play matches
    /// players by rating.
    pub rated_by: Option<[usize; 2]>,
    /// Whether there is a small map of the world. Without one, the page shows none, and no key for it.
    pub has_map: bool,
    /// Whether anything is traded. Without trade, the page has no market, no ticker and no key for them.
    pub has_market: bool,
    /// Whether players own anything that outlives a match
    /// ([`Simulation::belongings`](crate::netcode::Simulation::belongings)).
    pub has_belongings: bool,
    /// What bots are called that fill empty places, in the order in which they come; no person gets one of these names. Left
    /// empty, they are "Bot 1", "Bot 2" and so on.
    pub bot_names: &'static [&'static str],
    /// Names of the players that the game itself controls: no person gets one of them, nor one that looks like it.
    pub reserved_names: &'static [&'static str],
}

impl About {
    /// A game with nothing but a name: for tests, and as a starting point.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            title: name,
            tagline: "",
            controls: Controls::usual(["Up", "Down", "Left", "Right"], None, None),
            round: "round",
            teams: &[],
            kinds: &[],
            statistics: &[],
            rated_by: None,
            has_map: false,
            has_market: false,
            has_belongings: false,
            bot_names: &[],
            reserved_names: &[],
        }
    }

    /// The team of that number, from 1.
    #[must_use]
    pub fn team(&self, number: u8) -> Option<&'static TeamAbout> {
        self.teams.get(usize::from(number).checked_sub(1)?)
    }

    /// The place of the statistic with that key.
    #[must_use]
    pub fn statistic(&self, key: &str) -> Option<usize> {
        self.statistics.iter().position(|statistic| statistic.key == key)
    }

    /// The statistics that have leaderboards, with their places in the table.
    pub fn boards(&self) -> impl Iterator<Item = (usize, &'static Statistic)> {
        self.statistics.iter().enumerate().filter(|(_, statistic)| statistic.has_board)
    }

    /// Whether it has leaderboards.
    #[must_use]
    pub fn has_boards(&self) -> bool {
        self.boards().next().is_some()
    }

    /// The first statistic of which less is better: it stands beside the points.
    #[must_use]
    pub fn cost(&self) -> Option<usize> {
        self.statistics.iter().position(|statistic| statistic.less_is_better)
    }

    /// Whether the page needs that key for itself in this game.
    #[must_use]
    pub fn is_page_key(&self, key: &str) -> bool {
        PAGE_KEYS.contains(&key)
            || (self.has_market && key == MARKET_KEY)
            || (self.has_boards() && key == BOARDS_KEY)
    }
}
