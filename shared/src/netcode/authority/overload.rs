//! What a room does when its ticks cost more than they may: grades, each milder than the next, and back again.
//!
//! The grades are explicit: each is counted, told to the clients and shown to the operator. Better fewer snapshots than
//! late ticks, better a smaller view than a slow world, and better a world that is slow for all and says so than one
//! that stumbles. A grade engages after half a second over the limit, and lets go only when what the ticks would cost
//! without it fits well; a grade that had to come back soon waits longer next time, so that it does not hunt.
//! (Explicit slow motion: Unity Netcode for Entities' `MaxSimulationStepsPerFrame`, EVE Online's time dilation.)

use crate::netcode::exchange::grade::Grade;

/// A tick may take this share of its length.
const ENGAGE_AT: f32 = 0.85;
/// Over the limit for so long, and the next grade engages, seconds.
const ENGAGE_S: f32 = 0.5;
/// What ticks would take one grade milder must be below this share.
const RELEASE_AT: f32 = 0.6;
/// Below it for so long, and the grade lets go, seconds; doubled each time it came back soon.
const RELEASE_S: f32 = 2.0;
const MAX_RELEASE_S: f32 = 30.0;
/// A grade that comes back within this time after it let go came back soon, seconds.
const SOON_S: f32 = 10.0;
/// What a grade takes off a tick's work at most, so what letting it go may add: the governor learns the true factor.
const FIRST_GUESS: f32 = 1.5;

/// Watches ticks and decides the grade.
#[derive(Clone, Debug)]
pub struct Governor {
    grade: Grade,
    /// Share of the tick that its work takes, smoothed.
    load: f32,
    over_s: f32,
    under_s: f32,
    since_release_s: f32,
    release_after_s: f32,
    /// By grade: the load without it over the load with it, as last seen.
    relief: [f32; Grade::ALL.len()],
    /// The present grade, until its effect was seen.
    engaged: Option<Engaged>,
}

/// A grade whose effect is awaited.
#[derive(Clone, Copy, Debug)]
struct Engaged {
    /// The load without it.
    load_before: f32,
    waited_s: f32,
}

impl Default for Governor {
    fn default() -> Self {
        Self {
            grade: Grade::Normal,
            load: 0.0,
            over_s: 0.0,
            under_s: 0.0,
            since_release_s: f32::MAX,
            release_after_s: RELEASE_S,
            relief: [FIRST_GUESS; Grade::ALL.len()],
            engaged: None,
        }
    }
}

impl Governor {
    /// A tick took `work_us`. Returns the grade from now on.
    pub fn ticked(&mut self, work_us: u64, usual_tick_us: u64) -> Grade {
        let length_us = (usual_tick_us * u64::from(self.grade.tick_length_permille()) / 1000) as f32;
        let seconds = length_us / 1e6;
        self.load += (work_us as f32 / length_us - self.load) * 0.2;
        self.since_release_s += seconds;
        self.learn(seconds);
        self.over_s = if self.load > ENGAGE_AT { self.over_s + seconds } else { 0.0 };
        let milder_load = self.load * self.relief[usize::from(self.grade.number())];
        self.under_s = if milder_load < RELEASE_AT { self.under_s + seconds } else { 0.0 };
        if self.over_s >= ENGAGE_S && self.grade.harder() != self.grade {
            self.engage();
        } else if self.under_s >= self.release_after_s && self.grade != Grade::Normal {
            self.release();
        }
        self.grade
    }

    /// The present grade.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.grade
    }

    /// Share of a tick's length that its work takes, smoothed.
    #[must_use]
    pub fn load(&self) -> f32 {
        self.load
    }

    fn engage(&mut self) {
        if self.since_release_s < SOON_S {
            self.release_after_s = (self.release_after_s * 2.0).min(MAX_RELEASE_S);
        }
        self.grade = self.grade.harder();
        self.engaged = Some(Engaged { load_before: self.load, waited_s: 0.0 });
        (self.over_s, self.under_s) = (0.0, 0.0);
    }

    fn release(&mut self) {
        self.grade = self.grade.milder();
        self.since_release_s = 0.0;
        self.engaged = None;
        (self.over_s, self.under_s) = (0.0, 0.0);
        if self.grade == Grade::Normal {
            self.release_after_s = self.release_after_s.max(RELEASE_S);
        }
    }

    /// A second after a grade engaged its effect is there to see. A calm half minute forgives what was learned of
    /// coming back soon.
    fn learn(&mut self, seconds: f32) {
        if let Some(Engaged { load_before, waited_s }) = &mut self.engaged {
            *waited_s += seconds;
            if *waited_s >= 1.0 {
                let relief = (*load_before / self.load.max(0.01)).clamp(1.05, 3.0);
                self.relief[usize::from(self.grade.number())] = relief;
                self.engaged = None;
            }
        }
        if self.grade == Grade::Normal && self.since_release_s > 30.0 {
            self.release_after_s = RELEASE_S;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK_US: u64 = 33_333;

    /// Runs for `seconds` with work that takes `share` of a usual tick, before what grades save.
    fn run(governor: &mut Governor, seconds: f32, share: f32) -> Vec<Grade> {
        let (mut time_s, mut seen) = (0.0, vec![governor.grade()]);
        while time_s < seconds {
            let grade = governor.grade();
            let saved = if grade >= Grade::SmallerInterest {
                0.65
            } else if grade >= Grade::LowerRate {
                0.8
            } else {
                1.0
            };
            governor.ticked((TICK_US as f32 * share * saved) as u64, TICK_US);
            time_s += TICK_US as f32 / 1e6 * grade.tick_length_permille() as f32 / 1000.0;
            if governor.grade() != *seen.last().unwrap() {
                seen.push(governor.grade());
            }
        }
        seen
    }

    #[test]
    fn grades_engage_one_by_one_and_let_go_again() {
        let mut governor = Governor::default();
        assert_eq!(run(&mut governor, 10.0, 0.5), [Grade::Normal]);
        assert_eq!(run(&mut governor, 10.0, 1.6), Grade::ALL[..4], "each after the milder one did not do");
        let down = run(&mut governor, 40.0, 0.3);
        assert_eq!(down, [Grade::SlowMotion, Grade::SmallerInterest, Grade::LowerRate, Grade::Normal]);
    }

    #[test]
    fn a_load_between_two_grades_does_not_hunt() {
        let mut governor = Governor::default();
        let changes = run(&mut governor, 300.0, 1.0).len() - 1;
        assert!(changes <= 4, "{changes} changes in five minutes");
    }

    #[test]
    fn one_slow_tick_is_no_overload() {
        let mut governor = Governor::default();
        for n in 0..3000 {
            governor.ticked(if n % 100 == 0 { 200_000 } else { 10_000 }, TICK_US);
            assert_eq!(governor.grade(), Grade::Normal);
        }
    }
}
