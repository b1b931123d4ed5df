//! The pace of a room's ticks: when they begin, whether they are run, and how overload slows them down.

use crate::room::report::TickMs;
use crate::room::request::{MAX_STEPS, RoomError};
use crate::room::tick_schedule::TickSchedule;
use perigee_shared::netcode::{Governor, Grade};
use perigee_shared::tick::TICK_MICROS;
use std::time::Instant;

/// See the file's head.
#[derive(Debug)]
pub(super) struct Pace {
    schedule: TickSchedule,
    governor: Governor,
    is_paused: bool,
    /// Ticks still to run while paused.
    steps: u32,
}

impl Pace {
    pub(super) fn new(epoch: Instant, is_paused: bool) -> Self {
        Self { schedule: TickSchedule::new(epoch), governor: Governor::default(), is_paused, steps: 0 }
    }

    /// Sleeps to the next deadline, `tick_us` after the last one. Returns how many deadlines had passed already.
    pub(super) fn sleep_to_next(&mut self, tick_us: u64) -> u64 {
        self.schedule.sleep_to_next(tick_us)
    }

    /// The deadline that was last reached.
    pub(super) fn number(&self) -> u64 {
        self.schedule.number()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Whether a tick is to run at this deadline: always, except while paused, when steps must be left.
    pub(super) fn take_turn(&mut self) -> bool {
        let runs = !self.is_paused || self.steps > 0;
        self.steps = self.steps.saturating_sub(1);
        runs
    }

    /// Takes the duration of a tick. Returns the new grade if overload engages one, or recovery releases it.
    pub(super) fn ticked(&mut self, work_us: u64) -> Option<Grade> {
        let before = self.governor.grade();
        let grade = self.governor.ticked(work_us, TICK_MICROS);
        (grade != before).then_some(grade)
    }

    pub(super) fn governor(&self) -> &Governor {
        &self.governor
    }

    /// How late ticks began.
    pub(super) fn start_delays(&mut self) -> TickMs {
        self.schedule.delays()
    }

    /// Pauses or resumes.
    ///
    /// # Errors
    /// [`RoomError::AlreadyPaused`], [`RoomError::NotPaused`]; `room` is its name.
    pub(super) fn pause(&mut self, is_paused: bool, room: &str) -> Result<(), RoomError> {
        if self.is_paused == is_paused {
            let room = room.to_owned();
            return Err(if is_paused {
                RoomError::AlreadyPaused { room }
            } else {
                RoomError::NotPaused { room }
            });
        }
        (self.is_paused, self.steps) = (is_paused, 0);
        Ok(())
    }

    /// Runs this many ticks while paused.
    ///
    /// # Errors
    /// [`RoomError::NotPaused`], [`RoomError::BadSteps`].
    pub(super) fn step(&mut self, ticks: u32, room: &str) -> Result<(), RoomError> {
        if !self.is_paused {
            return Err(RoomError::NotPaused { room: room.to_owned() });
        }
        if !(1..=MAX_STEPS).contains(&ticks) {
            return Err(RoomError::BadSteps);
        }
        self.steps = ticks;
        Ok(())
    }
}
