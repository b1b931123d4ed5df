//! What a room reports to the services: headlines as they happen, and ten times a second the players' standings, the
//! prices and the state of the round.
//!
//! The tick thread writes, the services hub reads. Each waits for the other at most for the time of a few copies. If
//! the hub does not read in time, headlines are dropped and counted.

use perigee_shared::ids::PlayerId;
use perigee_shared::limits::{MAX_GOODS, MAX_VENUES};
use perigee_shared::netcode::{Headline, Quote, RoundView, Standing};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Headlines that may wait.
const MAX_HEADLINES: usize = 512;

/// Enough for the market of eight venues; a larger state grows the buffer once.
const USUAL_PERSISTED_BYTES: usize = 8 * 1024;

/// Departures that may wait.
const MAX_DEPARTED: usize = 512;

/// The standing of the player in a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatStanding {
    /// Which seat.
    pub player: PlayerId,
    /// The number of the sitting: no two sittings of the room share one, so the player is not confused with an earlier
    /// one in the same seat.
    pub sitting: u32,
    /// Their standing.
    pub standing: Standing,
    /// Whether they ever acted. Otherwise what they were given counts as no achievement.
    pub acted: bool,
}

/// What happened in a room since the last read.
#[derive(Clone, Debug, Default)]
pub struct RoomEvents {
    /// The tick of the newest part.
    pub tick: u32,
    /// Oldest first.
    pub headlines: Vec<Headline>,
    /// Headlines dropped because the queue was full.
    pub headlines_dropped: u64,
    /// The standings of all players, by seat, at one tick; empty if not written since the last read.
    pub standings: Vec<SeatStanding>,
    /// The final standings of the players who lost a seat since the last read, oldest first.
    pub departed: Vec<SeatStanding>,
    /// All prices; empty if not written since the last read, or if the game has no trade.
    pub quotes: Vec<Quote>,
    /// The state of the round.
    pub round: RoundView,
    /// The state that outlives the match
    /// ([`Simulation::save_persisted`](perigee_shared::netcode::Simulation::save_persisted)), twice a second; empty if
    /// not written since the last read.
    pub persisted: Vec<u8>,
}

impl RoomEvents {
    /// Allocates for the largest content, so that neither side has to allocate later.
    #[must_use]
    pub fn with_room(max_players: usize) -> Self {
        Self {
            headlines: Vec::with_capacity(MAX_HEADLINES),
            standings: Vec::with_capacity(max_players),
            departed: Vec::with_capacity(max_players.min(MAX_DEPARTED)),
            quotes: Vec::with_capacity(MAX_VENUES * MAX_GOODS),
            persisted: Vec::with_capacity(USUAL_PERSISTED_BYTES),
            ..Self::default()
        }
    }

    fn clear(&mut self) {
        self.headlines.clear();
        self.standings.clear();
        self.departed.clear();
        self.quotes.clear();
        self.persisted.clear();
        self.headlines_dropped = 0;
    }
}

/// Holds a room's events between tick and hub.
#[derive(Debug)]
pub(crate) struct EventBoard {
    events: Mutex<RoomEvents>,
}

impl EventBoard {
    pub(crate) fn new(max_players: usize) -> Self {
        Self { events: Mutex::new(RoomEvents::with_room(max_players)) }
    }

    /// Writes on the board.
    pub(crate) fn write(&self, change: impl FnOnce(&mut RoomEvents)) {
        change(&mut self.lock());
    }

    /// Swaps the board's content with `into`, whose old content is discarded.
    pub(crate) fn take(&self, into: &mut RoomEvents) {
        into.clear();
        let mut events = self.lock();
        (into.tick, into.round) = (events.tick, events.round);
        std::mem::swap(&mut *events, into);
        (events.tick, events.round) = (into.tick, into.round);
    }

    fn lock(&self) -> MutexGuard<'_, RoomEvents> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoomEvents {
    /// Adds a headline, or counts it as dropped if the queue is full.
    pub(crate) fn add(&mut self, headline: Headline) {
        if self.headlines.len() < MAX_HEADLINES {
            self.headlines.push(headline);
        } else {
            self.headlines_dropped += 1;
        }
    }

    /// Adds a player's final standing. If the queue is full, only the boards lose it: belongings are reported
    /// separately.
    pub(crate) fn add_departed(&mut self, departed: SeatStanding) {
        if self.departed.len() < MAX_DEPARTED {
            self.departed.push(departed);
        } else {
            self.headlines_dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::RoundResult;

    const SOMETHING: Headline = Headline::RoundOver { result: RoundResult::Draw, best: None };

    #[test]
    fn what_was_taken_is_not_told_again_and_the_round_stays() {
        let board = EventBoard::new(4);
        board.write(|events| {
            events.add(SOMETHING);
            events.round.left_s = 9;
        });
        let mut taken = RoomEvents::with_room(4);
        board.take(&mut taken);
        assert_eq!((taken.headlines.len(), taken.round.left_s), (1, 9));
        board.take(&mut taken);
        assert_eq!((taken.headlines.len(), taken.round.left_s), (0, 9));
    }

    #[test]
    fn a_board_that_nobody_reads_stays_small() {
        let board = EventBoard::new(4);
        (0..MAX_HEADLINES + 7).for_each(|_| board.write(|events| events.add(SOMETHING)));
        let mut taken = RoomEvents::default();
        board.take(&mut taken);
        assert_eq!((taken.headlines.len(), taken.headlines_dropped), (MAX_HEADLINES, 7));
    }
}
