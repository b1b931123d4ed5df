//! The layouts of the two frequent messages: the snapshot's header and the whole input packet. `PROTOCOL.md` draws
//! them.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::ids::Slot;
use crate::limits::{MAX_BASELINE_AGE_TICKS, MAX_COMMANDS_PER_PACKET, MAX_ENTITIES};
use crate::netcode::entity::command::Command;
use crate::netcode::exchange::delivery::Delivery;
use crate::tick::Tick;

/// Fractions of a tick in which margins and view ticks are sent.
pub const TICK_FRACTIONS: f32 = 8.0;
/// k at the start of the set of mispredicted entities. About one in 15 is mispredicted, but this k makes an empty set
/// cost a single bit.
pub const MISPREDICTION_START_K: u32 = 6;
/// k at the start of the sets of leaving and of late entities: both are small.
pub const RARE_START_K: u32 = 6;
/// k at the start of the set of ticks with a misprediction, in a sequence.
pub const SEQUENCE_START_K: u32 = 2;
/// Order of the code for a late entity's age.
pub const LATE_AGE_ORDER: u32 = 2;
/// Order of the codes for gaps between entering slots.
pub const ENTER_GAP_ORDER: u32 = 7;
/// Order of the code for a baseline's age on datagrams.
pub const DATAGRAM_AGE_ORDER: u32 = 2;

const SLOT_BITS: u32 = MAX_ENTITIES.ilog2();
const MARGIN_BITS: u32 = 8;
const RTT_BITS: u32 = 12;
const VIEW_LAG_BITS: u32 = 10;

/// The server's echo of a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pong {
    /// The ping's number.
    pub id: u8,
    /// How long the server held it, milliseconds, at most 255.
    pub held_ms: u8,
}

/// The part of a snapshot before its entities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SnapshotHeader {
    /// The tick of the snapshot.
    pub tick: Tick,
    /// How many ticks before it the baseline lies; `None`: a full snapshot, the receiver forgets all it had.
    pub age: Option<u32>,
    /// How early the client's commands arrived, in ticks: the smallest margin since the last report.
    pub margin_ticks: Option<f32>,
    /// Answer to a ping.
    pub pong: Option<Pong>,
    /// The own entity's slot, when that changed since the baseline.
    pub own: Option<Option<Slot>>,
}

impl SnapshotHeader {
    /// Writes the header.
    pub fn write(&self, delivery: Delivery, writer: &mut BitWriter) {
        writer.write_bool(true);
        writer.write_bool(self.age.is_none());
        match (self.age, delivery) {
            (None, _) => writer.write(self.tick.0, 32),
            (Some(age), Delivery::Stream) => writer.write_exp_golomb(age - 1, 0),
            (Some(age), Delivery::Datagrams) => {
                writer.write(self.tick.0 & 0xffff, 16);
                writer.write_exp_golomb(age - 1, DATAGRAM_AGE_ORDER);
            }
        }
        writer.write_bool(self.margin_ticks.is_some());
        if let Some(margin) = self.margin_ticks {
            let steps = libm::floorf(margin * TICK_FRACTIONS).clamp(-128.0, 127.0) as i32;
            writer.write((steps + 128) as u32, MARGIN_BITS);
        }
        writer.write_bool(self.pong.is_some());
        if let Some(pong) = self.pong {
            writer.write(u32::from(pong.id), 8);
            writer.write(u32::from(pong.held_ms), 8);
        }
        writer.write_bool(self.own.is_some());
        if let Some(own) = self.own {
            writer.write_bool(own.is_some());
            if let Some(slot) = own {
                writer.write(u32::from(slot.0), SLOT_BITS);
            }
        }
    }

    /// Reads a header; `newest` is the tick of the newest snapshot received.
    ///
    /// # Errors
    /// Any [`BitError`]; a delta before the first full snapshot is [`BitError::OutOfRange`].
    pub fn read(
        newest: Option<Tick>,
        delivery: Delivery,
        reader: &mut BitReader<'_>,
    ) -> Result<Self, BitError> {
        if !reader.read_bool()? {
            return Err(BitError::OutOfRange);
        }
        let (tick, age) = if reader.read_bool()? {
            (Tick(reader.read(32)?), None)
        } else {
            let newest = newest.ok_or(BitError::OutOfRange)?;
            let (tick, age) = match delivery {
                Delivery::Stream => {
                    let age = reader.read_exp_golomb(0)?.saturating_add(1);
                    (newest.plus(age), age)
                }
                Delivery::Datagrams => {
                    let tick = widen_tick(reader.read(16)? as u16, newest);
                    (tick, reader.read_exp_golomb(DATAGRAM_AGE_ORDER)?.saturating_add(1))
                }
            };
            if age > MAX_BASELINE_AGE_TICKS {
                return Err(BitError::OutOfRange);
            }
            (tick, Some(age))
        };
        let margin_ticks = match reader.read_bool()? {
            true => Some((reader.read(MARGIN_BITS)? as i32 - 128) as f32 / TICK_FRACTIONS),
            false => None,
        };
        let pong = match reader.read_bool()? {
            true => Some(Pong { id: reader.read(8)? as u8, held_ms: reader.read(8)? as u8 }),
            false => None,
        };
        let own = match reader.read_bool()? {
            true if reader.read_bool()? => Some(Some(Slot(reader.read(SLOT_BITS)? as u16))),
            true => Some(None),
            false => None,
        };
        Ok(Self { tick, age, margin_ticks, pong, own })
    }
}

/// A client's ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    /// Its number.
    pub id: u8,
    /// The round trip the client measured last, milliseconds, at most 4095.
    pub rtt_ms: u16,
}

/// All that a client sends during play. The commands are for the ticks that end with `newest`.
#[derive(Clone, Debug, PartialEq)]
pub struct InputPacket<C> {
    /// Low 16 bits of the newest tick that the packet has a command for.
    pub newest: u16,
    /// Low 16 bits of the tick of the newest snapshot that the client has.
    pub ack: u16,
    /// How far the shown state lies behind `newest`, in eighths of a tick, at most 1023.
    pub view_lag: u16,
    /// Sent occasionally.
    pub ping: Option<Ping>,
    /// Oldest first.
    pub commands: Vec<C>,
}

impl<C: Command> InputPacket<C> {
    /// Writes the packet. Equal commands in a row are one command and a count.
    pub fn write(&self, writer: &mut BitWriter) {
        debug_assert!(self.commands.len() <= MAX_COMMANDS_PER_PACKET);
        writer.write_bool(true);
        writer.write(u32::from(self.newest), 16);
        writer.write(u32::from(self.ack), 16);
        writer.write(u32::from(self.view_lag), VIEW_LAG_BITS);
        writer.write_bool(self.ping.is_some());
        if let Some(ping) = self.ping {
            writer.write(u32::from(ping.id), 8);
            writer.write(u32::from(ping.rtt_ms), RTT_BITS);
        }
        writer.write_exp_golomb(self.commands.len() as u32, 2);
        for run in self.commands.chunk_by(|a, b| a == b) {
            writer.write(run[0].pack(), C::BITS);
            writer.write_exp_golomb(run.len() as u32 - 1, 1);
        }
    }

    /// Reads a packet into `self`, reusing its memory; any bytes are safe to read.
    ///
    /// # Errors
    /// Any [`BitError`]: truncated, too many commands, an unknown command, bits after the end.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), BitError> {
        let mut reader = BitReader::new(bytes);
        if !reader.read_bool()? {
            return Err(BitError::OutOfRange);
        }
        self.newest = reader.read(16)? as u16;
        self.ack = reader.read(16)? as u16;
        self.view_lag = reader.read(VIEW_LAG_BITS)? as u16;
        self.ping = match reader.read_bool()? {
            true => Some(Ping { id: reader.read(8)? as u8, rtt_ms: reader.read(RTT_BITS)? as u16 }),
            false => None,
        };
        self.commands.clear();
        let count = reader.read_exp_golomb(2)? as usize;
        if count > MAX_COMMANDS_PER_PACKET {
            return Err(BitError::OutOfRange);
        }
        while self.commands.len() < count {
            let command = C::unpack(reader.read(C::BITS)?).ok_or(BitError::OutOfRange)?;
            let run = reader.read_exp_golomb(1)? as usize + 1;
            if run > count - self.commands.len() {
                return Err(BitError::OutOfRange);
            }
            self.commands.extend(std::iter::repeat_n(command, run));
        }
        expect_end(&mut reader)
    }
}

impl<C> Default for InputPacket<C> {
    fn default() -> Self {
        Self { newest: 0, ack: 0, view_lag: 0, ping: None, commands: Vec::new() }
    }
}

/// A packet ends within its last byte, padded with zeros.
///
/// # Errors
/// [`BitError::OutOfRange`] if more follows.
pub fn expect_end(reader: &mut BitReader<'_>) -> Result<(), BitError> {
    let left = reader.bits_left();
    if left >= 8 || reader.read(left as u32)? != 0 {
        return Err(BitError::OutOfRange);
    }
    Ok(())
}

/// The full tick whose low 16 bits are `low`, nearest to `near`.
#[must_use]
pub fn widen_tick(low: u16, near: Tick) -> Tick {
    let distance = low.wrapping_sub(near.0 as u16) as i16;
    Tick(near.0.wrapping_add_signed(i32::from(distance)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netcode::toy_game::Push;
    use proptest::prelude::*;

    fn header() -> impl Strategy<Value = (Tick, SnapshotHeader)> {
        let own = proptest::option::of(proptest::option::of((0..MAX_ENTITIES as u16).prop_map(Slot)));
        let pong =
            proptest::option::of((any::<u8>(), any::<u8>()).prop_map(|(id, held_ms)| Pong { id, held_ms }));
        let margin = proptest::option::of((-128i32..128).prop_map(|steps| steps as f32 / TICK_FRACTIONS));
        let age = proptest::option::of(1..=MAX_BASELINE_AGE_TICKS);
        (any::<u32>(), age, margin, pong, own).prop_map(|(newest, age, margin_ticks, pong, own)| {
            let tick = Tick(newest).plus(age.unwrap_or(3));
            (Tick(newest), SnapshotHeader { tick, age, margin_ticks, pong, own })
        })
    }

    proptest! {
        #[test]
        fn headers_survive_the_wire((newest, header) in header()) {
            for delivery in [Delivery::Stream, Delivery::Datagrams] {
                let mut writer = BitWriter::new();
                header.write(delivery, &mut writer);
                let bytes = writer.finish().to_vec();
                let read = SnapshotHeader::read(Some(newest), delivery, &mut BitReader::new(&bytes));
                prop_assert_eq!(read, Ok(header));
            }
        }

        #[test]
        fn input_packets_survive_the_wire(
            newest: u16, ack: u16, view_lag in 0u16..1024,
            ping in proptest::option::of((any::<u8>(), 0u16..4096)),
            pushes in proptest::collection::vec(-1i8..=1, 0..=MAX_COMMANDS_PER_PACKET),
        ) {
            let commands: Vec<Push> = pushes.into_iter().map(|x| Push { x, tap: false }).collect();
            let ping = ping.map(|(id, rtt_ms)| Ping { id, rtt_ms });
            let packet = InputPacket { newest, ack, view_lag, ping, commands };
            let mut writer = BitWriter::new();
            packet.write(&mut writer);
            let mut read = InputPacket::default();
            prop_assert_eq!(read.read(writer.finish()), Ok(()));
            prop_assert_eq!(read, packet);
        }

        #[test]
        fn any_bytes_are_a_packet_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut packet = InputPacket::<Push>::default();
            let _ = packet.read(&bytes);
            prop_assert!(packet.commands.len() <= MAX_COMMANDS_PER_PACKET);
            for delivery in [Delivery::Stream, Delivery::Datagrams] {
                let _ = SnapshotHeader::read(Some(Tick(5)), delivery, &mut BitReader::new(&bytes));
            }
        }

        #[test]
        fn ticks_widen_to_the_nearest(near: u32, offset in -30_000i32..30_000) {
            let tick = Tick(near.wrapping_add_signed(offset));
            prop_assert_eq!(widen_tick(tick.0 as u16, Tick(near)), tick);
        }
    }

    #[test]
    fn a_quiet_header_is_one_byte() {
        let header =
            SnapshotHeader { tick: Tick(8), age: Some(1), margin_ticks: None, pong: None, own: None };
        let mut writer = BitWriter::new();
        header.write(Delivery::Stream, &mut writer);
        assert!(writer.bit_len() <= 8);
    }
}
