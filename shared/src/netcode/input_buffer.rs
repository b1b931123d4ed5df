//! A player's commands on the server: kept by the tick they are for, taken one a tick.
//!
//! The client's clock runs ahead so that commands come just before they are needed; the buffer is what absorbs the
//! jitter. A command that is not there yet is the last one again (most are), for a bounded time. What was pressed in a
//! command that comes too late is made up for in the next tick: nothing is lost, and nothing happens twice.

use crate::limits::{INPUT_BUFFER_TICKS, MAX_REPEATED_COMMAND_TICKS};
use crate::netcode::simulation::Command;
use crate::tick::Tick;
use std::collections::VecDeque;

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

/// Presses that may wait for their tick; more are dropped and counted.
const MAX_PRESSES: usize = INPUT_BUFFER_TICKS;
/// Presses for which there is room from the start, so that firing allocates nothing.
const USUAL_PRESSES: usize = 4;

/// What one tick is stepped with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken<C> {
    /// The command.
    pub command: C,
    /// What was pressed, once each.
    pub pressed: Option<C>,
    /// Where the command came from.
    pub source: Source,
}

/// A ring of commands by tick.
#[derive(Clone, Debug)]
pub struct InputBuffer<C> {
    ring: [Option<(Tick, C)>; INPUT_BUFFER_TICKS],
    /// The newest command that was taken or came late: each command counts once, in the order of their ticks.
    last: Option<(Tick, C)>,
    presses: VecDeque<C>,
    presses_dropped: u32,
}

impl<C: Command> Default for InputBuffer<C> {
    fn default() -> Self {
        Self {
            ring: [None; INPUT_BUFFER_TICKS],
            last: None,
            presses: VecDeque::with_capacity(USUAL_PRESSES),
            presses_dropped: 0,
        }
    }
}

impl<C: Command> InputBuffer<C> {
    /// Takes in the command for `tick`, when `stepped` is the last tick that was stepped.
    pub fn insert(&mut self, stepped: Tick, tick: Tick, command: C) -> Arrival {
        let ahead = tick.since(stepped);
        if ahead >= INPUT_BUFFER_TICKS as i32 {
            return Arrival::OutsideWindow;
        }
        if ahead <= 0 {
            if self.last.is_some_and(|(known, _)| !tick.is_newer(known)) {
                return Arrival::Known;
            }
            self.hear(tick, command);
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
    pub fn take(&mut self, tick: Tick) -> Taken<C> {
        let place = &mut self.ring[tick.0 as usize % INPUT_BUFFER_TICKS];
        let (command, source) = match (place.take_if(|(known, _)| *known == tick), self.last) {
            (Some((known, command)), _) => {
                self.hear(known, command);
                (command, Source::Fresh)
            }
            (None, Some((heard, command))) if tick.since(heard) <= MAX_REPEATED_COMMAND_TICKS as i32 => {
                (command, Source::Repeated)
            }
            _ => (C::default(), Source::Neutral),
        };
        Taken { command, pressed: self.presses.pop_front(), source }
    }

    /// Presses that were dropped since the last call, because too many waited.
    pub fn take_presses_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.presses_dropped)
    }

    fn hear(&mut self, tick: Tick, command: C) {
        let before = self.last.map_or_else(C::default, |(_, before)| before);
        self.last = Some((tick, command));
        if let Some(pressed) = command.pressed(before) {
            if self.presses.len() == MAX_PRESSES {
                self.presses.pop_front();
                self.presses_dropped += 1;
            }
            self.presses.push_back(pressed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netcode::toy_game::Push;

    fn push(x: i8) -> Push {
        Push { x, tap: false }
    }

    fn taken(buffer: &mut InputBuffer<Push>, tick: Tick) -> (Push, Source) {
        let taken = buffer.take(tick);
        (taken.command, taken.source)
    }

    #[test]
    fn commands_are_taken_once_each_at_their_tick_whatever_order_they_came_in() {
        let mut buffer = InputBuffer::default();
        let now = Tick(u32::MAX - 1);
        for (n, x) in [(3, 1), (1, -1), (2, 0), (2, 0)] {
            let arrival = buffer.insert(now, now.plus(n), push(x));
            assert!(matches!(arrival, Arrival::Kept | Arrival::Known));
        }
        for (n, x) in [(1, -1), (2, 0), (3, 1)] {
            assert_eq!(taken(&mut buffer, now.plus(n)), (push(x), Source::Fresh));
        }
        assert_eq!(taken(&mut buffer, now.plus(4)), (push(1), Source::Repeated));
    }

    #[test]
    fn a_starved_player_repeats_for_a_while_and_then_lets_go() {
        let mut buffer = InputBuffer::default();
        assert_eq!(taken(&mut buffer, Tick(1)).1, Source::Neutral);
        buffer.insert(Tick(1), Tick(2), push(1));
        buffer.take(Tick(2));
        let last = Tick(2 + MAX_REPEATED_COMMAND_TICKS);
        assert_eq!(taken(&mut buffer, last), (push(1), Source::Repeated));
        assert_eq!(taken(&mut buffer, last.plus(1)), (push(0), Source::Neutral));
    }

    #[test]
    fn a_late_change_counts_from_the_next_tick_on() {
        let mut buffer = InputBuffer::default();
        buffer.insert(Tick(0), Tick(1), push(1));
        assert_eq!(taken(&mut buffer, Tick(1)), (push(1), Source::Fresh));
        assert_eq!(buffer.insert(Tick(3), Tick(2), push(-1)), Arrival::Late);
        assert_eq!(taken(&mut buffer, Tick(4)), (push(-1), Source::Repeated));
        assert_eq!(buffer.insert(Tick(4), Tick(1), push(0)), Arrival::Known, "older than what is known");
    }

    #[test]
    fn a_press_counts_once_however_late_it_comes_and_however_often() {
        let tap = Push { x: 0, tap: true };
        let mut buffer = InputBuffer::default();
        buffer.insert(Tick(0), Tick(1), tap);
        assert_eq!(buffer.take(Tick(1)).pressed, Some(tap));
        assert_eq!(buffer.take(Tick(2)).pressed, None, "what is repeated is not pressed again");
        // Held on, let go, pressed again: all of it comes after its ticks, and twice.
        for _ in 0..2 {
            for (tick, command) in [(2, tap), (3, push(0)), (4, tap), (5, push(0)), (6, tap)] {
                buffer.insert(Tick(6), Tick(tick), command);
            }
        }
        let pressed = (7..20).filter(|&tick| buffer.take(Tick(tick)).pressed.is_some()).count();
        assert_eq!(pressed, 2);
    }

    #[test]
    fn presses_without_end_are_bounded() {
        let mut buffer = InputBuffer::default();
        for tick in 0..400 {
            buffer.insert(Tick(400), Tick(tick), Push { x: 0, tap: tick % 2 == 0 });
        }
        let pressed = (401..1000).filter(|&tick| buffer.take(Tick(tick)).pressed.is_some()).count();
        assert_eq!(pressed, MAX_PRESSES);
        assert_eq!(buffer.take_presses_dropped(), 200 - MAX_PRESSES as u32);
    }

    #[test]
    fn commands_far_in_the_future_are_not_believed() {
        let mut buffer = InputBuffer::default();
        let window = INPUT_BUFFER_TICKS as u32;
        assert_eq!(buffer.insert(Tick(100), Tick(100 + window), push(1)), Arrival::OutsideWindow);
        assert_eq!(buffer.insert(Tick(100), Tick(99 + window), push(1)), Arrival::Kept);
    }
}
