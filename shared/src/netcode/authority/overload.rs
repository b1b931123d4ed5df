//! How a room reacts when its ticks take too long: it engages grades, the mildest first, and releases them again.
//!
//! The grades are explicit: each is counted, sent to the clients and shown to the operator. Fewer snapshots are better
//! than late ticks, a smaller view is better than a slow world, and a uniformly slow world that says so is better than
//! stalls. A grade engages after half a second over the limit, and is released only when the estimated load without it
//! is well below the limit. A grade that engaged again soon waits longer before its next release, so that it does not
//! oscillate. (Explicit slow motion: Unity Netcode for Entities' `MaxSimulationStepsPerFrame`, EVE Online's time
//! dilation.)

use crate::netcode::exchange::grade::Grade;

/// A grade engages when ticks take more than this fraction of their length.
const ENGAGE_AT: f32 = 0.85;
/// For so long over the limit, seconds.
const ENGAGE_S: f32 = 0.5;
/// A grade is released when the estimated load one grade milder is below this.
const RELEASE_AT: f32 = 0.6;
/// For so long below it, seconds; doubled each time the grade engaged again soon.
const RELEASE_S: f32 = 2.0;
const MAX_RELEASE_S: f32 = 30.0;
/// A grade that engages within this time after a release engaged again soon, seconds.
const SOON_S: f32 = 10.0;
/// The first guess by what factor a grade reduces a tick's work, and so by what factor releasing it raises the load;
/// the governor then measures the factor.
const FIRST_GUESS: f32 = 1.5;

/// Watches ticks and decides the grade.
#[derive(Clone, Debug)]
pub struct Governor {
    grade: Grade,
    /// Fraction of the tick that its work takes, smoothed.
    load: f32,
    over_s: f32,
    under_s: f32,
    since_release_s: f32,
    release_after_s: f32,
    /// By grade: the load without it divided by the load with it, as last measured.
    relief: [f32; Grade::ALL.len()],
    /// The current grade, until its effect is measured.
    engaged: Option<Engaged>,
}

/// A grade whose effect is not yet measured.
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

    /// The current grade.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.grade
    }

    /// Fraction of a tick's length that its work takes, smoothed.
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

    /// The effect of a grade is measured one second after it engaged. After 30 s without a grade, the time before a
    /// release is reset.
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

    /// Runs for `seconds` with work that takes `share` of a usual tick, before the grades reduce it.
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
