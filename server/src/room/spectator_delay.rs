//! Holds back what spectators are sent for a while, so that a spectator cannot help a player.
//!
//! Snapshots build on one another, so they leave in the order they were made and none is left out: when too much waits,
//! no more are made until the connection has taken some.

use crate::room::link::Link;
use bytes::Bytes;
use perigee_shared::netcode::Lane;
use std::collections::VecDeque;

/// Snapshots that may wait before no more are made: a minute of them.
const MAX_SNAPSHOTS: usize = 60 * 30;
/// Bytes that may wait before no more snapshots are made. A crowded room's minute is a tenth of it.
const MAX_BYTES: usize = 1024 * 1024;
/// Bytes of reliable messages that may wait on top of that: more than a minute of a lively room's.
const MAX_RELIABLE: usize = 1024;
const MAX_RELIABLE_BYTES: usize = 1024 * 1024;

/// A queue with a delay.
#[derive(Debug)]
pub(crate) struct SpectatorDelay {
    delay_us: u64,
    waiting: VecDeque<(u64, Lane, Bytes)>,
    snapshots: Share,
    reliable: Share,
}

/// What waits of one lane.
#[derive(Debug, Default)]
struct Share {
    count: usize,
    bytes: usize,
}

impl SpectatorDelay {
    pub(crate) fn new(delay_us: u64) -> Self {
        Self { delay_us, waiting: VecDeque::new(), snapshots: Share::default(), reliable: Share::default() }
    }

    /// Whether another snapshot may be made.
    pub(crate) fn has_room(&self) -> bool {
        self.snapshots.count < MAX_SNAPSHOTS && self.snapshots.bytes < MAX_BYTES
    }

    /// Keeps a message until its time. Returns false if there is no room for it: then the connection must be closed.
    #[must_use]
    pub(crate) fn put(&mut self, now_us: u64, lane: Lane, bytes: Bytes) -> bool {
        let reliable = &self.reliable;
        let is_too_much = reliable.count >= MAX_RELIABLE || reliable.bytes >= MAX_RELIABLE_BYTES;
        if lane == Lane::Reliable && is_too_much {
            return false;
        }
        let share = self.share(lane);
        share.count += 1;
        share.bytes += bytes.len();
        self.waiting.push_back((now_us + self.delay_us, lane, bytes));
        true
    }

    fn share(&mut self, lane: Lane) -> &mut Share {
        match lane {
            Lane::Snapshot => &mut self.snapshots,
            Lane::Reliable => &mut self.reliable,
        }
    }

    /// Delivers what is due, as far as the connection takes it.
    pub(crate) fn release(&mut self, now_us: u64, link: &Link) {
        while let Some((due_us, lane, _)) = self.waiting.front() {
            if *due_us > now_us || (*lane == Lane::Snapshot && !link.is_ready()) {
                return;
            }
            let Some((_, lane, bytes)) = self.waiting.pop_front() else { return };
            let share = self.share(lane);
            share.count -= 1;
            share.bytes -= bytes.len();
            match lane {
                Lane::Snapshot => link.put_snapshot(&bytes),
                Lane::Reliable => link.put_reliable(bytes),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::link::Pending;

    #[test]
    fn nothing_leaves_before_its_time_or_out_of_order() {
        let (mut held, link, mut buffer) = (SpectatorDelay::new(1000), Link::default(), Vec::new());
        assert!(held.put(0, Lane::Snapshot, Bytes::from_static(b"one")));
        assert!(held.put(10, Lane::Snapshot, Bytes::from_static(b"two")));
        held.release(999, &link);
        assert_eq!(link.take(&mut buffer), None);
        held.release(1010, &link);
        assert_eq!((link.take(&mut buffer), buffer.as_slice()), (Some(Pending::Snapshot), b"one".as_slice()));
        assert_eq!(link.take(&mut buffer), None, "one at a time");
        held.release(1010, &link);
        assert_eq!((link.take(&mut buffer), buffer.as_slice()), (Some(Pending::Snapshot), b"two".as_slice()));
        assert_eq!((held.snapshots.count, held.snapshots.bytes), (0, 0));
    }

    #[test]
    fn a_spectator_who_takes_nothing_costs_bounded_memory() {
        let mut held = SpectatorDelay::new(0);
        let big = Bytes::from(vec![0; 64 * 1024]);
        let mut made = 0;
        while held.has_room() {
            assert!(held.put(0, Lane::Snapshot, big.clone()));
            made += 1;
        }
        assert_eq!(made, MAX_BYTES / big.len());
        let small = Bytes::from_static(b"news");
        let kept = (0..5 * MAX_RELIABLE).filter(|_| held.put(0, Lane::Reliable, small.clone())).count();
        assert_eq!(kept, MAX_RELIABLE);
        let mut held = SpectatorDelay::new(0);
        let kept = (0..5 * MAX_RELIABLE).filter(|_| held.put(0, Lane::Reliable, big.clone())).count();
        assert_eq!(kept, MAX_RELIABLE_BYTES / big.len());
    }
}
