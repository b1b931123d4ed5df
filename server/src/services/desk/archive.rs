//! Where what outlives the server goes: the desk tells it, and never waits for it.

use crate::services::chat::Chat;
use crate::services::chat::history::Line;
use crate::services::leaderboard::Boards;
use crate::services::person::PersonId;
use std::fmt::Debug;

/// What somebody did since the last time, and has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deeds {
    /// Whose; always one who is known for longer than a visit.
    pub person: PersonId,
    /// Ships destroyed since.
    pub kills: u32,
    /// Times died since.
    pub deaths: u32,
    /// Zones taken since.
    pub captures: u32,
    /// Credits now.
    pub wealth: i64,
}

/// What keeps things. All of it must return at once.
pub trait Archive: Debug + Send {
    /// Puts what was kept on the boards and into the channels, once, before anything else happens.
    fn restore(&mut self, boards: &mut Boards, chat: &mut Chat);
    /// Somebody did something.
    fn record(&mut self, deeds: Deeds);
    /// A line was said in a public channel.
    fn append(&mut self, line: &Line);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoArchive;

impl Archive for NoArchive {
    fn restore(&mut self, _: &mut Boards, _: &mut Chat) {}
    fn record(&mut self, _: Deeds) {}
    fn append(&mut self, _: &Line) {}
}
