//! What a room tells the services: headlines as they happen, and ten times a second how everybody stands, what things
//! cost and how the round goes.
//!
//! The tick thread writes, the services hub takes. Neither waits longer for the other than a few copies take; a hub
//! that takes nothing costs headlines, which are counted.

use perigee_shared::ids::PlayerId;
use perigee_shared::limits::{MAX_GOODS, MAX_VENUES};
use perigee_shared::netcode::{Headline, Quote, RoundView, Standing};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Headlines that may wait.
const MAX_HEADLINES: usize = 512;

/// More than a market of eight places takes; what is larger grows once.
const USUAL_PERSISTED_BYTES: usize = 8 * 1024;

/// Departures that may wait.
const MAX_DEPARTED: usize = 512;

/// How whoever sits in a seat stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatStanding {
    /// Which seat.
    pub player: PlayerId,
    /// Which of all that were ever taken in the room, so that nobody is taken for whoever had the seat before.
    pub sitting: u32,
    /// How they stand.
    pub standing: Standing,
    /// Whether they ever did anything there: what was given to who passes by is no achievement.
    pub acted: bool,
}

/// What happened in a room since the last look.
#[derive(Clone, Debug, Default)]
pub struct RoomEvents {
    /// The tick of the newest part.
    pub tick: u32,
    /// Oldest first.
    pub headlines: Vec<Headline>,
    /// Headlines that found no place.
    pub headlines_dropped: u64,
    /// How all players stand, by seat, at one tick; empty if it was not told since the last look.
    pub standings: Vec<SeatStanding>,
    /// How those stood who lost a seat since the last look, oldest first: the last word on each.
    pub departed: Vec<SeatStanding>,
    /// What everything costs; empty if it was not told since the last look, or if nobody trades.
    pub quotes: Vec<Quote>,
    /// How the round goes.
    pub round: RoundView,
    /// What is to outlive the match ([`Simulation::save_persisted`](perigee_shared::netcode::Simulation::save_persisted)),
    /// once a second; empty if it was not told since the last look.
    pub persisted: Vec<u8>,
}

impl RoomEvents {
    /// Memory for all that there may be, so that nobody has to get more.
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

/// Where a room's events lie between tick and hub.
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

    /// Swaps what is on the board with `into`, whose content is forgotten.
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
    /// Adds a headline, or counts that there was no place for it.
    pub(crate) fn add(&mut self, headline: Headline) {
        if self.headlines.len() < MAX_HEADLINES {
            self.headlines.push(headline);
        } else {
            self.headlines_dropped += 1;
        }
    }

    /// Adds somebody's last word. What finds no place is lost for the boards alone: belongings go another way.
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
