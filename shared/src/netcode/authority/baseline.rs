//! What a receiver has, as far as the host can know: the baseline of its next snapshot.
//!
//! On an ordered reliable transport that is the snapshot sent last; on datagrams the one acknowledged last; after a
//! broken connection the one that the client says it applied last. The first is the current view. The others lie in the
//! past, and a short log of changes leads back to them.

use crate::bitset::BitSet;
use crate::ids::Slot;
use crate::limits::{MAX_BASELINE_AGE_TICKS, MAX_LATE_TICKS};
use crate::tick::Tick;
use std::collections::VecDeque;

/// What the receiver of the next snapshot has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// The state of this many ticks ago, `1..=MAX_BASELINE_AGE_TICKS`.
    Age(u32),
    /// Nothing: it has just joined, or has acknowledged nothing yet.
    Nothing,
    /// A state too old to step forward: it gets a full snapshot.
    TooOld,
    /// A state young enough, but its view of that tick is no longer known, because the view changed too much since.
    Forgotten,
    /// A state that the client reports as wrong.
    Disowned,
}

impl Baseline {
    /// The baseline at `now` of a client that has the snapshot of tick `had`.
    #[must_use]
    pub fn at(had: Option<Tick>, now: Tick) -> Self {
        match had.map(|had| now.since(had)) {
            None => Self::Nothing,
            Some(age) if age >= 1 && age <= MAX_BASELINE_AGE_TICKS as i32 => Self::Age(age as u32),
            Some(_) => Self::TooOld,
        }
    }
}

/// An entity that a client holds without its latest mispredictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    pub(crate) slot: Slot,
    /// The last tick at which the client's state of it was exact.
    pub(crate) exact: Tick,
}

/// What a client holds after a snapshot.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) held: BitSet,
    /// By slot; all of them are in `held`.
    pub(crate) late: Vec<Late>,
}

impl View {
    pub(crate) fn clear(&mut self) {
        self.held.clear();
        self.late.clear();
    }

    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.held.copy_from(&other.held);
        self.late.clear();
        self.late.extend_from_slice(&other.late);
    }

    pub(crate) fn late(&self, slot: Slot) -> Option<Late> {
        self.late.binary_search_by_key(&slot, |late| late.slot).ok().map(|at| self.late[at])
    }

    fn set_late(&mut self, late: Late) {
        match self.late.binary_search_by_key(&late.slot, |late| late.slot) {
            Ok(at) => self.late[at] = late,
            Err(at) => self.late.insert(at, late),
        }
    }

    fn unset_late(&mut self, slot: Slot) {
        self.late.retain(|late| late.slot != slot);
    }
}

/// How a view changed with one snapshot.
#[derive(Clone, Copy, Debug)]
enum Change {
    Entered,
    Left,
    LateBegan,
    /// How long before that the client's state was exact. An older entity is sent whole, however old it is.
    LateEnded {
        ago_ticks: u8,
    },
}

/// Logs are most of the memory that a client needs between its snapshots.
const _: () = assert!(size_of::<(Tick, Slot, Change)>() == 8 && MAX_LATE_TICKS < u8::MAX as u32);

/// Changes one log keeps; a view that changes more within its baseline gets a full snapshot.
const MAX_CHANGES: usize = 512;

/// Initial capacity of a log: what a spawn in a crowd changes within a round trip.
const USUAL_CHANGES: usize = 256;

/// The changes that led to a client's present view, newest last.
#[derive(Clone, Debug)]
pub(crate) struct ViewLog {
    changes: VecDeque<(Tick, Slot, Change)>,
    /// Views before this tick are no longer known.
    known_from: Option<Tick>,
}

impl Default for ViewLog {
    fn default() -> Self {
        Self { changes: VecDeque::with_capacity(USUAL_CHANGES), known_from: None }
    }
}

impl ViewLog {
    /// The client starts from a full snapshot at `tick`.
    pub(crate) fn restart(&mut self, tick: Tick) {
        self.changes.clear();
        self.known_from = Some(tick);
    }

    /// Records that the snapshot of `tick` turned `before` into `after`.
    pub(crate) fn note(&mut self, tick: Tick, before: &View, after: &View) {
        for n in 0..before.held.word_count().max(after.held.word_count()) {
            let (old, new) = (before.held.word(n), after.held.word(n));
            if old != new {
                let entered = crate::bitset::Ones(new & !old).map(|bit| (bit, Change::Entered));
                let left = crate::bitset::Ones(old & !new).map(|bit| (bit, Change::Left));
                for (bit, change) in entered.chain(left) {
                    self.push(tick, Slot::from_index(n * 64 + bit), change);
                }
            }
        }
        for late in &before.late {
            if after.late(late.slot) != Some(*late) {
                let ago_ticks = u8::try_from(tick.since(late.exact)).unwrap_or(u8::MAX);
                self.push(tick, late.slot, Change::LateEnded { ago_ticks });
            }
        }
        for late in &after.late {
            if before.late(late.slot) != Some(*late) {
                self.push(tick, late.slot, Change::LateBegan);
            }
        }
    }

    /// Drops what is only needed for baselines before `tick`.
    pub(crate) fn forget_before(&mut self, tick: Tick) {
        while self.changes.front().is_some_and(|(at, ..)| !at.is_newer(tick)) {
            self.changes.pop_front();
        }
        if self.known_from.is_some_and(|from| tick.is_newer(from)) {
            self.known_from = Some(tick);
        }
    }

    /// Turns `view`, the current one, back into what it was after the snapshot of `tick`. Returns false if that is
    /// unknown.
    pub(crate) fn turn_back(&self, tick: Tick, view: &mut View) -> bool {
        if self.known_from.is_none_or(|from| from.is_newer(tick)) {
            return false;
        }
        for &(at, slot, change) in self.changes.iter().rev() {
            if !at.is_newer(tick) {
                break;
            }
            match change {
                Change::Entered => view.held.remove(slot.index()),
                Change::Left => view.held.insert(slot.index()),
                Change::LateBegan => view.unset_late(slot),
                Change::LateEnded { ago_ticks } => {
                    view.set_late(Late { slot, exact: at.minus(ago_ticks.into()) });
                }
            }
        }
        true
    }

    fn push(&mut self, tick: Tick, slot: Slot, change: Change) {
        if self.changes.len() == MAX_CHANGES
            && let Some((dropped, ..)) = self.changes.pop_front()
        {
            self.known_from = Some(dropped);
        }
        self.changes.push_back((tick, slot, change));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn a_log_leads_back_to_every_view_that_it_still_knows() {
        let mut rng = Rng::new(4);
        let mut log = ViewLog::default();
        log.restart(Tick(0));
        let mut views = vec![View::default()];
        for n in 1..200u32 {
            let before = views[n as usize - 1].clone();
            let mut after = before.clone();
            for _ in 0..rng.below(4) {
                let slot = Slot(rng.below(130) as u16);
                match rng.below(4) {
                    0 => after.held.insert(slot.index()),
                    1 => {
                        after.held.remove(slot.index());
                        after.unset_late(slot);
                    }
                    2 if after.held.contains(slot.index()) => {
                        after.set_late(Late { slot, exact: Tick(n - 1) });
                    }
                    _ => after.unset_late(slot),
                }
            }
            log.note(Tick(n), &before, &after);
            views.push(after);
        }
        let newest = views.last().unwrap();
        let mut known = 0;
        for (n, wanted) in views.iter().enumerate() {
            let mut view = newest.clone();
            if log.turn_back(Tick(n as u32), &mut view) {
                known += 1;
                assert_eq!(
                    view.held.iter().collect::<Vec<_>>(),
                    wanted.held.iter().collect::<Vec<_>>(),
                    "{n}"
                );
                assert_eq!(view.late, wanted.late, "{n}");
            }
        }
        assert!(known > 100, "{known}");
        log.forget_before(Tick(150));
        assert!(!log.turn_back(Tick(149), &mut newest.clone()));
        assert!(log.turn_back(Tick(150), &mut newest.clone()));
    }
}
