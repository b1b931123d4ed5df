//! A player's commands on the server: kept by the tick they are for, taken one a tick.
//!
//! The client's clock runs ahead so that commands come just before they are needed; the buffer is what absorbs the
//! jitter. A command that is not there yet is the last one again (most are), for a bounded time.

use crate::limits::{INPUT_BUFFER_TICKS, MAX_REPEATED_COMMAND_TICKS};
use crate::netcode::simulation::Command;
use crate::tick::Tick;

/// What became of a command that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Kept for its tick.
    Kept,
    /// Already there: redundancy at work.
    Known,
    /// Its tick was stepped already; if it is the newest known, it counts from the next tick on.
    Late,
    /// Its tick is too far from now to be true.
    OutsideWindow,
}

/// Where the command for a tick came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was there.
    Fresh,
    /// The last one again.
    Repeated,
    /// Nothing was heard for so long that the player counts as hands off.
    Neutral,
}

/// A ring of commands by tick.
#[derive(Clone, Debug)]
pub struct InputBuffer<C> {
    ring: [Option<(Tick, C)>; INPUT_BUFFER_TICKS],
    last: Option<(Tick, C)>,
}

impl<C: Command> Default for InputBuffer<C> {
    fn default() -> Self {
        Self { ring: [None; INPUT_BUFFER_TICKS], last: None }
    }
}

impl<C: Command> InputBuffer<C> {
    /// Takes in the command for `tick`, when `stepped` is the last tick that was stepped.
    pub fn insert(&mut self, stepped: Tick, tick: Tick, command: C) -> Arrival {
        let ahead = tick.since(stepped);
        let window = INPUT_BUFFER_TICKS as i32;
        if ahead >= window || ahead <= -window {
            return Arrival::OutsideWindow;
        }
        if ahead <= 0 {
            if self.last.is_some_and(|(known, _)| !tick.is_newer(known)) {
                return Arrival::Known;
            }
            self.last = Some((tick, command));
            return Arrival::Late;
        }
        let place = &mut self.ring[tick.0 as usize % INPUT_BUFFER_TICKS];
        if place.is_some_and(|(known, _)| known == tick) {
            return Arrival::Known;
        }
        *place = Some((tick, command));
        Arrival::Kept
    }

    /// The command to step `tick` with.
    pub fn take(&mut self, tick: Tick) -> (C, Source) {
        let place = &mut self.ring[tick.0 as usize % INPUT_BUFFER_TICKS];
        if let Some((known, command)) = place.take_if(|(known, _)| *known == tick) {
            self.last = Some((known, command));
            return (command, Source::Fresh);
        }
        match self.last {
            Some((heard, command)) if tick.since(heard) <= MAX_REPEATED_COMMAND_TICKS as i32 => {
                (command, Source::Repeated)
            }
            _ => (C::default(), Source::Neutral),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netcode::toy_game::Push;

    fn push(x: i8) -> Push {
        Push { x }
    }

    #[test]
    fn commands_are_taken_once_each_at_their_tick_whatever_order_they_came_in() {
        let mut buffer = InputBuffer::default();
        let now = Tick(u32::MAX - 1);
        for n in [3, 1, 2, 2] {
            let arrival = buffer.insert(now, now.plus(n), push(n as i8));
            assert!(matches!(arrival, Arrival::Kept | Arrival::Known));
        }
        for n in 1..=3 {
            assert_eq!(buffer.take(now.plus(n)), (push(n as i8), Source::Fresh));
        }
        assert_eq!(buffer.take(now.plus(4)), (push(3), Source::Repeated));
    }

    #[test]
    fn a_starved_player_repeats_for_a_while_and_then_lets_go() {
        let mut buffer = InputBuffer::default();
        assert_eq!(buffer.take(Tick(1)).1, Source::Neutral);
        buffer.insert(Tick(1), Tick(2), push(1));
        buffer.take(Tick(2));
        assert_eq!(buffer.take(Tick(2 + MAX_REPEATED_COMMAND_TICKS)), (push(1), Source::Repeated));
        assert_eq!(buffer.take(Tick(3 + MAX_REPEATED_COMMAND_TICKS)), (push(0), Source::Neutral));
    }

    #[test]
    fn a_late_change_counts_from_the_next_tick_on() {
        let mut buffer = InputBuffer::default();
        buffer.insert(Tick(0), Tick(1), push(1));
        buffer.take(Tick(1));
        buffer.take(Tick(2));
        assert_eq!(buffer.insert(Tick(2), Tick(2), push(-1)), Arrival::Late);
        assert_eq!(buffer.take(Tick(3)), (push(-1), Source::Repeated));
        assert_eq!(buffer.insert(Tick(3), Tick(1), push(1)), Arrival::Known);
    }

    #[test]
    fn impossible_ticks_are_turned_away() {
        let mut buffer = InputBuffer::default();
        let far = INPUT_BUFFER_TICKS as u32;
        assert_eq!(buffer.insert(Tick(100), Tick(100 + far), push(1)), Arrival::OutsideWindow);
        assert_eq!(buffer.insert(Tick(100), Tick(100 - far), push(1)), Arrival::OutsideWindow);
        assert_eq!(buffer.insert(Tick(100), Tick(99 + far), push(1)), Arrival::Kept);
    }
}
