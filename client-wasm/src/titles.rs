//! What players call the games that the page plays.

use std::rc::Rc;

/// Names and titles of games. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Titles(Rc<[(&'static str, &'static str)]>);

impl Titles {
    /// Of games that are given as `(name, title)`.
    pub(crate) fn new(games: impl Iterator<Item = (&'static str, &'static str)>) -> Self {
        Self(games.collect())
    }

    /// The title of the game of that name; of a game that the page does not play, its name.
    pub(crate) fn of<'a>(&self, name: &'a str) -> &'a str {
        self.0.iter().find(|(other, _)| *other == name).map_or(name, |(_, title)| title)
    }
}
