//! A player's commands on the server: stored by the tick they are for, taken one per tick.
//!
//! The client's clock runs ahead so that commands arrive just before they are needed; the buffer absorbs the jitter. A
//! command that has not arrived is replaced by the last one (most are equal to it), for a bounded time. A press in a
//! command that arrives too late is made up for in the next tick: no press is lost or applied twice.

use crate::limits::{INPUT_BUFFER_TICKS, MAX_REPEATED_COMMAND_TICKS};
use crate::netcode::entity::command::Command;
use crate::tick::Tick;
use std::collections::VecDeque;

/// What the buffer did with a command that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputArrival {
    /// Kept for its tick.
    Kept,
    /// Already stored: a redundant copy.
    Known,
    /// Its tick was stepped already with this same command, as the last one repeated.
    Foreseen,
    /// Its tick was stepped already with another command. If it is the newest known, it applies from the next tick on.
    Late,
    /// Its tick is too far from the current one to be honest.
    OutsideWindow,
}

/// Where the command for a tick came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It had arrived.
    Fresh,
    /// The last one, repeated.
    Repeated,
    /// No command arrived for so long that the player's command is neutral.
    Neutral,
}

/// Presses that may wait for their tick; further ones are dropped and counted.
const MAX_PRESSES: usize = INPUT_BUFFER_TICKS;
/// Capacity for presses from the start, so that firing allocates nothing.
const USUAL_PRESSES: usize = 4;

/// What one tick is stepped with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken<C> {
    /// The command.
    pub command: C,
    /// What was pressed; each press is taken once.
    pub pressed: Option<C>,
    /// How many ticks after its own tick the press is taken, but no more than the line can have delayed it.
    pub late_ticks: u32,
    /// How far the shown state lay behind the command, as claimed by the packet with the press, or by the newest
    /// command's packet if nothing was pressed: eighths of a tick.
    pub view_lag: u16,
    /// The newest state that the player had at the time of the press.
    pub known: Option<Tick>,
    /// Where the command came from.
    pub source: Source,
}

/// What a packet says about what its player saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sight {
    /// How far the shown state lay behind the newest command, eighths of a tick.
    pub view_lag: u16,
    /// The newest state that they had, according to all packets so far.
    pub known: Option<Tick>,
    /// The last tick that was stepped when the packet came.
    pub arrived: Tick,
    /// How long the line may have delayed the packet, ticks: the time since the packet before. A late press was delayed
    /// for no longer than that, because a line that delivers newer packets does not hold back older ones.
    pub silent_ticks: u32,
}

/// A command, its tick, and what its packet said.
#[derive(Clone, Copy, Debug)]
struct Entry<C> {
    tick: Tick,
    command: C,
    sight: Sight,
}

impl<C> Entry<C> {
    /// How late it is when it is taken at `tick`. The client claims its tick, so the result is bounded by how long it
    /// can have been on the way.
    fn late_ticks(&self, tick: Tick) -> u32 {
        let since = |then: Tick| tick.since(then).max(0) as u32;
        since(self.tick).min(since(self.sight.arrived).saturating_add(self.sight.silent_ticks))
    }
}

/// A ring of commands by tick.
#[derive(Clone, Debug)]
pub struct InputBuffer<C> {
    ring: [Option<Entry<C>>; INPUT_BUFFER_TICKS],
    /// The newest command that was taken or arrived late: each command counts once, in the order of their ticks.
    last: Option<Entry<C>>,
    presses: VecDeque<Entry<C>>,
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
    /// Stores the command for `tick`, when `stepped` is the last tick that was stepped. `sight` is what its packet
    /// says.
    pub fn insert(&mut self, stepped: Tick, tick: Tick, command: C, sight: Sight) -> InputArrival {
        let ahead = tick.since(stepped);
        let entry = Entry { tick, command, sight };
        if ahead >= INPUT_BUFFER_TICKS as i32 {
            return InputArrival::OutsideWindow;
        }
        if ahead <= 0 {
            if self.last.is_some_and(|known| !tick.is_newer(known.tick)) {
                return InputArrival::Known;
            }
            let foreseen = self.last.is_some_and(|known| known.command == command);
            self.hear(entry);
            return if foreseen { InputArrival::Foreseen } else { InputArrival::Late };
        }
        let place = &mut self.ring[tick.0 as usize % INPUT_BUFFER_TICKS];
        if place.is_some_and(|known| known.tick == tick) {
            return InputArrival::Known;
        }
        *place = Some(entry);
        InputArrival::Kept
    }

    /// Returns the command to step `tick` with.
    pub fn take(&mut self, tick: Tick) -> Taken<C> {
        let place = &mut self.ring[tick.0 as usize % INPUT_BUFFER_TICKS];
        let fresh = place.take_if(|known| known.tick == tick);
        if let Some(entry) = fresh {
            self.hear(entry);
        }
        let (command, source) = match (fresh, self.last) {
            (Some(entry), _) => (entry.command, Source::Fresh),
            (None, Some(heard)) if tick.since(heard.tick) <= MAX_REPEATED_COMMAND_TICKS as i32 => {
                (heard.command, Source::Repeated)
            }
            _ => (C::default(), Source::Neutral),
        };
        let press = self.presses.pop_front();
        let late_ticks = press.map_or(0, |press| press.late_ticks(tick));
        let view_lag = press.or(self.last).map_or(0, |entry| entry.sight.view_lag);
        let known = press.and_then(|press| press.sight.known);
        Taken { command, pressed: press.map(|press| press.command), late_ticks, view_lag, known, source }
    }

    /// Presses that were dropped since the last call because too many waited.
    pub fn take_presses_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.presses_dropped)
    }

    fn hear(&mut self, entry: Entry<C>) {
        let before = self.last.map_or_else(C::default, |before| before.command);
        self.last = Some(entry);
        if let Some(pressed) = entry.command.pressed(before) {
            if self.presses.len() == MAX_PRESSES {
                self.presses.pop_front();
                self.presses_dropped += 1;
            }
            self.presses.push_back(Entry { command: pressed, ..entry });
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
            let arrival = buffer.insert(now, now.plus(n), push(x), Sight::default());
            assert!(matches!(arrival, InputArrival::Kept | InputArrival::Known));
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
        buffer.insert(Tick(1), Tick(2), push(1), Sight::default());
        buffer.take(Tick(2));
        let last = Tick(2 + MAX_REPEATED_COMMAND_TICKS);
        assert_eq!(taken(&mut buffer, last), (push(1), Source::Repeated));
        assert_eq!(taken(&mut buffer, last.plus(1)), (push(0), Source::Neutral));
    }

    #[test]
    fn a_late_change_counts_from_the_next_tick_on() {
        let mut buffer = InputBuffer::default();
        buffer.insert(Tick(0), Tick(1), push(1), Sight::default());
        assert_eq!(taken(&mut buffer, Tick(1)), (push(1), Source::Fresh));
        assert_eq!(buffer.insert(Tick(3), Tick(2), push(-1), Sight::default()), InputArrival::Late);
        assert_eq!(taken(&mut buffer, Tick(4)), (push(-1), Source::Repeated));
        assert_eq!(
            buffer.insert(Tick(4), Tick(1), push(0), Sight::default()),
            InputArrival::Known,
            "older than what is known"
        );
    }

    #[test]
    fn a_press_counts_once_however_late_it_comes_and_however_often() {
        let tap = Push { x: 0, tap: true };
        let mut buffer = InputBuffer::default();
        buffer.insert(Tick(0), Tick(1), tap, Sight::default());
        assert_eq!(buffer.take(Tick(1)).pressed, Some(tap));
        assert_eq!(buffer.take(Tick(2)).pressed, None, "what is repeated is not pressed again");
        // Held, released, pressed again: all of it arrives after its ticks, and twice.
        for _ in 0..2 {
            for (tick, command) in [(2, tap), (3, push(0)), (4, tap), (5, push(0)), (6, tap)] {
                buffer.insert(Tick(6), Tick(tick), command, Sight::default());
            }
        }
        let pressed = (7..20).filter(|&tick| buffer.take(Tick(tick)).pressed.is_some()).count();
        assert_eq!(pressed, 2);
    }

    #[test]
    fn presses_without_end_are_bounded() {
        let mut buffer = InputBuffer::default();
        for tick in 0..400 {
            buffer.insert(Tick(400), Tick(tick), Push { x: 0, tap: tick % 2 == 0 }, Sight::default());
        }
        let pressed = (401..1000).filter(|&tick| buffer.take(Tick(tick)).pressed.is_some()).count();
        assert_eq!(pressed, MAX_PRESSES);
        assert_eq!(buffer.take_presses_dropped(), 200 - MAX_PRESSES as u32);
    }

    #[test]
    fn commands_far_in_the_future_are_not_believed() {
        let mut buffer = InputBuffer::default();
        let window = INPUT_BUFFER_TICKS as u32;
        assert_eq!(
            buffer.insert(Tick(100), Tick(100 + window), push(1), Sight::default()),
            InputArrival::OutsideWindow
        );
        assert_eq!(
            buffer.insert(Tick(100), Tick(99 + window), push(1), Sight::default()),
            InputArrival::Kept
        );
    }
}
