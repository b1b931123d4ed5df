//! Where what outlives the server goes: the desk tells it, and never waits for it.

use crate::services::candles::Candles;
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

/// What is kept of a room's market.
#[derive(Clone, Copy, Debug)]
pub enum MarketBooks<'a> {
    /// What the game keeps of it.
    Lasting(&'a [u8]),
    /// All candles.
    Candles(&'a Candles),
    /// Those that changed since all of them were kept, at that time in milliseconds since 1970.
    CandlesSince(&'a Candles, u64),
}

/// What keeps things. All of it must return at once.
pub trait Archive: Debug + Send {
    /// Puts what was kept on the boards and into the channels, once, before anything else happens.
    fn restore(&mut self, boards: &mut Boards, chat: &mut Chat);
    /// Somebody did something.
    fn record(&mut self, deeds: Deeds);
    /// A line was said in a public channel.
    fn append(&mut self, line: &Line);
    /// The candles that a permanent room's market had; asked once for each room.
    fn candles(&mut self, room: &str) -> Candles {
        let _ = room;
        Candles::default()
    }
    /// What a permanent room's market is now.
    fn keep_market(&mut self, room: &str, books: MarketBooks<'_>) {
        let _ = (room, books);
    }
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoArchive;

impl Archive for NoArchive {
    fn restore(&mut self, _: &mut Boards, _: &mut Chat) {}
    fn record(&mut self, _: Deeds) {}
    fn append(&mut self, _: &Line) {}
}
