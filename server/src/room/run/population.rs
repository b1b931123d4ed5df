//! What follows from how many people are in a room: bot fill, the sleep of a room that is not used, and its end.

use crate::room::bot_fill::{BotFill, Change};
use crate::room::report::LiveStatus;
use crate::room::section::{Lifetime, RoomConfig};
use std::borrow::Cow;

/// A room that is there for as long as it is used stops its match when nobody was in it for so long, microseconds: the
/// moment in which a page is loaded anew is no reason.
const AWAKE_US: u64 = 5_000_000;

/// See the file's head.
#[derive(Debug)]
pub(super) struct Population {
    bot_fill: BotFill,
    lifetime: Lifetime,
    /// Since when nobody is there, microseconds of the room's clock.
    empty_since_us: Option<u64>,
}

impl Population {
    /// `bot_names` is the game's list.
    pub(super) fn new(room: &RoomConfig, bot_names: &'static [&'static str]) -> Self {
        Self {
            bot_fill: BotFill::new(room.fill_to, room.max_players, bot_names),
            lifetime: room.lifetime,
            empty_since_us: None,
        }
    }

    /// What is to change among the bots at this deadline: they join and leave as people do.
    pub(super) fn bot_change(&mut self, number: u64, status: &LiveStatus) -> Option<Change> {
        self.bot_fill.change(number, status.people, status.bots)
    }

    /// A name for another bot that nobody has.
    pub(super) fn bot_name(&mut self, is_taken: impl Fn(&str) -> bool) -> Cow<'static, str> {
        self.bot_fill.name(is_taken)
    }

    /// So many people are there now. Whether the room is to close, because it has not been used for its time.
    pub(super) fn is_over(&mut self, status: &LiveStatus, now_us: u64) -> bool {
        if status.people + status.spectators > 0 {
            self.empty_since_us = None;
            return false;
        }
        let empty_us = now_us - *self.empty_since_us.get_or_insert(now_us);
        matches!(self.lifetime, Lifetime::WhileUsed { idle_close_ms } if empty_us >= idle_close_ms * 1000)
    }

    /// Whether the match stands still because nobody is there. A permanent room goes on: its market lives, and so does
    /// what the first page shows of it.
    pub(super) fn is_asleep(&self, now_us: u64) -> bool {
        let empty_us = self.empty_since_us.map_or(0, |since_us| now_us - since_us);
        self.lifetime != Lifetime::Permanent && empty_us >= AWAKE_US
    }
}
