//! The events of the last ticks, as bits: a client that was skipped gets them with its next snapshot.

use crate::bits::BitWriter;
use crate::ids::{PlayerId, Slot};
use crate::limits::{MAX_BASELINE_AGE_TICKS, MAX_EVENTS_PER_SNAPSHOT, MAX_EVENTS_PER_TICK};
use crate::netcode::entity::event::{Audience, Event};
use crate::tick::Tick;

const AGES: usize = MAX_BASELINE_AGE_TICKS as usize;
/// The largest usual size of an event in most games, bytes.
const USUAL_EVENT_BYTES: usize = 8;

/// One tick's events, encoded once and copied for every client.
#[derive(Clone, Debug, Default)]
struct TickEvents {
    tick: Option<Tick>,
    events: Vec<KeptEvent>,
    bits: BitWriter,
}

/// One event: its audience, where its bits begin, and how many they are.
#[derive(Clone, Copy, Debug)]
struct KeptEvent {
    audience: Audience,
    start: u32,
    bits: u32,
}

impl TickEvents {
    /// Capacity for as many events as a tick may have: unused memory costs nothing, and a tick allocates nothing.
    fn with_room() -> Self {
        Self {
            tick: None,
            events: Vec::with_capacity(MAX_EVENTS_PER_TICK),
            bits: BitWriter::with_capacity(MAX_EVENTS_PER_TICK * USUAL_EVENT_BYTES),
        }
    }
}

/// A ring of the last [`MAX_BASELINE_AGE_TICKS`] ticks' events.
#[derive(Clone, Debug)]
pub(crate) struct EventLog {
    ticks: Vec<TickEvents>,
}

impl Default for EventLog {
    fn default() -> Self {
        Self { ticks: (0..AGES).map(|_| TickEvents::with_room()).collect() }
    }
}

impl EventLog {
    /// Keeps the events of `tick` and drops the oldest.
    pub(crate) fn push<E: Event>(&mut self, tick: Tick, events: &[E]) {
        let kept = &mut self.ticks[tick.0 as usize % AGES];
        kept.tick = Some(tick);
        kept.events.clear();
        kept.bits.clear();
        for event in events {
            let start = kept.bits.bit_len() as u32;
            event.encode(&mut kept.bits);
            let bits = kept.bits.bit_len() as u32 - start;
            kept.events.push(KeptEvent { audience: event.audience(), start, bits });
        }
    }

    /// Writes the events of the `age` ticks that end with `now`, tick by tick: those that `reader`, who `sees` these
    /// slots, may know, and that fit into `limit_bits`. If there are too many, the oldest are left out. Returns how
    /// many were.
    pub(crate) fn write(
        &self,
        now: Tick,
        age: u32,
        limit_bits: usize,
        reader: PlayerId,
        sees: impl Fn(Slot) -> bool,
        writer: &mut BitWriter,
    ) -> u32 {
        let known = |ago: u32| {
            let events = self.of(now.minus(ago)).map_or(&[][..], |tick| &tick.events[..]);
            events.iter().filter(|event| match &event.audience {
                Audience::Everyone => true,
                Audience::Sees(slot) => sees(*slot),
                Audience::Only(player) => *player == reader,
            })
        };
        let (mut fit, mut left, mut known_count) = (0, limit_bits, 0);
        let mut full = false;
        for KeptEvent { bits, .. } in (0..age).flat_map(known) {
            known_count += 1;
            full |= *bits as usize > left || fit == MAX_EVENTS_PER_SNAPSHOT;
            if !full {
                fit += 1;
                left -= *bits as usize;
            }
        }
        // Events were counted from the newest tick back, and are written from the oldest on.
        let mut skip = known_count - fit;
        for ago in (0..age).rev() {
            let count = known(ago).count();
            let skipped = skip.min(count);
            skip -= skipped;
            writer.write_exp_golomb((count - skipped) as u32, 0);
            let Some(tick) = self.of(now.minus(ago)) else { continue };
            for &KeptEvent { start, bits, .. } in known(ago).take(count - skipped) {
                writer.append_from(&tick.bits, start as usize, bits as usize);
            }
        }
        (known_count - fit) as u32
    }

    fn of(&self, tick: Tick) -> Option<&TickEvents> {
        Some(&self.ticks[tick.0 as usize % AGES]).filter(|events| events.tick == Some(tick))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitReader;
    use crate::netcode::toy_game::Kicked;

    fn read(bytes: &[u8], age: u32) -> Vec<Vec<u16>> {
        let mut reader = BitReader::new(bytes);
        (0..age)
            .map(|_| {
                let count = reader.read_exp_golomb(0).unwrap();
                (0..count).map(|_| Kicked::decode(&mut reader).unwrap().0.0).collect()
            })
            .collect()
    }

    #[test]
    fn events_of_missed_ticks_are_told_tick_by_tick_to_whoever_sees() {
        let mut log = EventLog::default();
        for n in 1..=3u16 {
            log.push(Tick(u32::from(n)), &[Kicked(Slot(n)), Kicked(Slot(100 + n))]);
        }
        let mut writer = BitWriter::new();
        assert_eq!(log.write(Tick(3), 3, 1000, PlayerId(0), |slot: Slot| slot.0 < 100, &mut writer), 0);
        assert_eq!(read(writer.finish(), 3), [[1], [2], [3]]);
    }

    #[test]
    fn of_too_many_the_oldest_are_left_out_and_counted() {
        let mut log = EventLog::default();
        let many: Vec<Kicked> = (0..200).map(|n| Kicked(Slot(n))).collect();
        for n in 1..=3u32 {
            log.push(Tick(n), &many);
        }
        let mut writer = BitWriter::new();
        assert_eq!(
            log.write(Tick(3), 3, 1_000_000, PlayerId(0), |_| true, &mut writer),
            600 - MAX_EVENTS_PER_SNAPSHOT as u32
        );
        let told: Vec<usize> = read(writer.finish(), 3).iter().map(Vec::len).collect();
        assert_eq!(told, [0, MAX_EVENTS_PER_SNAPSHOT - 200, 200]);
        writer.clear();
        log.write(Tick(3), 3, 13 * 50, PlayerId(0), |_| true, &mut writer);
        let told: Vec<usize> = read(writer.finish(), 3).iter().map(Vec::len).collect();
        assert_eq!(told, [0, 0, 50], "a budget bounds them as well");
    }
}
