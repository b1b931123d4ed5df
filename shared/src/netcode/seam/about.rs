//! The one table in which a game says what it is. Server, lobby, page, records, REST and feed read it; what a game does not
//! have shows nowhere.

use crate::netcode::seam::statistics::Statistic;

/// What the player's hands do in a game, as titles: "Turn left".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hands {
    /// Key W, arrow up, stick.
    pub forward: &'static str,
    /// Key S, arrow down, B on a pad.
    pub back: &'static str,
    /// Key A, arrow left, stick.
    pub left: &'static str,
    /// Key D, arrow right, stick.
    pub right: &'static str,
    /// Space, left mouse button, RT or A on a pad, the free thumb.
    pub primary: &'static str,
    /// Key E, left shift, middle mouse button, LT or X on a pad, a button of its own for a thumb. `None`: nothing.
    pub secondary: Option<&'static str>,
}

/// A team. Its number is its place in [`About::teams`], from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamAbout {
    /// What players call it: "Blue".
    pub name: &'static str,
    /// A sign beside the name, so that colour is not the only one.
    pub mark: &'static str,
}

/// A game in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// Its name in configurations, records and JSON: lower-case ASCII letters, digits, `-` and `_`. Records are found by it,
    /// so it stays.
    pub name: &'static str,
    /// What players call it.
    pub title: &'static str,
    /// One line for the front page.
    pub tagline: &'static str,
    /// What the hands do.
    pub hands: Hands,
    /// Its teams, at most two; none in a game without.
    pub teams: &'static [TeamAbout],
    /// What is counted of each player, at most [`MAX_STATISTICS`](crate::limits::MAX_STATISTICS). Wire and records know a
    /// statistic by its place here and by its key.
    pub statistics: &'static [Statistic],
    /// The places of two statistics that tell how strong somebody is: what they won and what they lost. Quick play puts
    /// people together by it.
    pub rated_by: Option<[usize; 2]>,
    /// Whether anything is traded: without, the page has no market, no ticker and no key for them.
    pub has_market: bool,
    /// Whether players own anything that outlives a match ([`Simulation::belongings`](crate::netcode::Simulation::belongings)).
    pub has_belongings: bool,
    /// Names of those whom the game plays itself: no person gets one of them, nor one that looks like it.
    pub reserved_names: &'static [&'static str],
}

impl About {
    /// A game that has nothing of all that but a name: for tests, and to begin with.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            title: name,
            tagline: "",
            hands: Hands {
                forward: "Up",
                back: "Down",
                left: "Left",
                right: "Right",
                primary: "Action",
                secondary: None,
            },
            teams: &[],
            statistics: &[],
            rated_by: None,
            has_market: false,
            has_belongings: false,
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
}
