//! What depends on the number of people in a room: bot fill, the sleep of an unused room, and its end.

use crate::room::bot_fill::{BotFill, Change};
use crate::room::report::LiveStatus;
use crate::room::section::{Lifetime, RoomConfig};
use std::borrow::Cow;

/// A room that is not permanent stops its match when it was empty for this long, microseconds: long enough that
/// reloading a page does not stop it.
const AWAKE_US: u64 = 5_000_000;

/// See the file's head.
#[derive(Debug)]
pub(super) struct Population {
    bot_fill: BotFill,
    lifetime: Lifetime,
    /// Since when the room is empty, microseconds of the room's clock.
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

    /// The change of bots that is due at this deadline: they join and leave as people do.
    pub(super) fn bot_change(&mut self, number: u64, status: &LiveStatus) -> Option<Change> {
        self.bot_fill.change(number, status.people, status.bots)
    }

    /// A name for another bot that nobody has.
    pub(super) fn bot_name(&mut self, is_taken: impl Fn(&str) -> bool) -> Cow<'static, str> {
        self.bot_fill.name(is_taken)
    }

    /// Updates the number of people. Returns whether the room is to close, because it has been unused for its time.
    pub(super) fn is_over(&mut self, status: &LiveStatus, now_us: u64) -> bool {
        if status.people + status.spectators > 0 {
            self.empty_since_us = None;
            return false;
        }
        let empty_us = now_us - *self.empty_since_us.get_or_insert(now_us);
        matches!(self.lifetime, Lifetime::WhileUsed { idle_close_ms } if empty_us >= idle_close_ms * 1000)
    }

    /// Whether the match stands still because the room is empty. A permanent room goes on, since its market continues
    /// and the first page shows it.
    pub(super) fn is_asleep(&self, now_us: u64) -> bool {
        let empty_us = self.empty_since_us.map_or(0, |since_us| now_us - since_us);
        self.lifetime != Lifetime::Permanent && empty_us >= AWAKE_US
    }
}
