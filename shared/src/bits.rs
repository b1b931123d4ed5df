//! Bounded bit I/O: the building blocks of snapshots and input packets.
//!
//! Bits are written least significant first; a packet is padded with zeros to a whole byte. Variable numbers are
//! Exp-Golomb codes of order k (Teuhola 1978): small values cost few bits, any 32-bit value is possible, and a code is
//! self-delimiting, so pieces can be encoded once and concatenated for many receivers.

use thiserror::Error;

/// The packet ended, or contains an invalid code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BitError {
    /// More bits were requested than the packet has.
    #[error("the packet ends in the middle of a value")]
    Truncated,
    /// A variable-length code is longer than any value's.
    #[error("a number in the packet is too long")]
    CodeTooLong,
    /// A value is outside the range its field allows.
    #[error("a value in the packet is out of range")]
    OutOfRange,
}

/// Largest number of bits for one `write` or `read`.
pub const MAX_BITS: u32 = 32;

/// Appends bits to a byte buffer that is reused from packet to packet.
#[derive(Clone, Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    pending_bits: u32,
}

impl BitWriter {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer with capacity for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Reserves capacity for so many more bytes.
    pub fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Removes the content and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.pending = 0;
        self.pending_bits = 0;
    }

    /// How many bits were written.
    #[must_use]
    pub fn bit_len(&self) -> usize {
        self.bytes.len() * 8 + self.pending_bits as usize
    }

    /// Writes the low `bits` of `value` (at most [`MAX_BITS`]); the rest of `value` must be zero.
    pub fn write(&mut self, value: u32, bits: u32) {
        debug_assert!(
            bits <= MAX_BITS && (bits == 32 || u64::from(value) < 1 << bits),
            "{value} in {bits} bits"
        );
        self.pending |= u64::from(value) << self.pending_bits;
        self.pending_bits += bits;
        if self.pending_bits >= 32 {
            self.bytes.extend_from_slice(&(self.pending as u32).to_le_bytes());
            self.pending >>= 32;
            self.pending_bits -= 32;
        }
    }

    /// Writes 64 bits.
    pub fn write_u64(&mut self, value: u64) {
        self.write(value as u32, 32);
        self.write((value >> 32) as u32, 32);
    }

    /// Writes one bit.
    pub fn write_bool(&mut self, value: bool) {
        self.write(u32::from(value), 1);
    }

    /// Writes `value`, which is below `count` (itself below 2^31), in a truncated binary code: with b = floor(log2
    /// count), the first 2^(b+1) - count values have b bits, the others b + 1.
    pub fn write_below(&mut self, value: u32, count: u32) {
        debug_assert!(value < count);
        let bits = count.ilog2();
        let short = (2u64 << bits) as u32 - count;
        if value < short {
            self.write(value, bits);
        } else {
            self.write((value + short) >> 1, bits);
            self.write((value + short) & 1, 1);
        }
    }

    /// Writes `value` as an Exp-Golomb code of order `k`; `value` must be below `u32::MAX`.
    pub fn write_exp_golomb(&mut self, value: u32, k: u32) {
        let n = u64::from(value >> k) + 1;
        let length = 64 - n.leading_zeros();
        self.write(0, length - 1);
        self.write_bool(true);
        self.write((n & !(1 << (length - 1))) as u32, length - 1);
        self.write(value & ((1 << k) - 1), k);
    }

    /// Writes a signed value: zigzag, then Exp-Golomb of order `k`.
    pub fn write_signed(&mut self, value: i32, k: u32) {
        self.write_exp_golomb(zigzag(value), k);
    }

    /// Removes what was written after the first `bit_len` bits.
    pub fn truncate(&mut self, bit_len: usize) {
        debug_assert!(bit_len <= self.bit_len());
        let whole = bit_len / 32 * 4;
        let rest = (bit_len % 32) as u32;
        // Words are flushed 32 bits at a time, so the pending bits begin at a multiple of 32.
        if whole < self.bytes.len() {
            self.pending = load_u64(&self.bytes, whole) & u64::from(u32::MAX);
            self.bytes.truncate(whole);
        }
        self.pending &= (1 << rest) - 1;
        self.pending_bits = rest;
    }

    /// Appends `bit_len` bits of `source`, from `bit_start` on, a word at a time.
    pub fn append(&mut self, source: &[u8], bit_start: usize, bit_len: usize) {
        let mut position = bit_start;
        let mut left = bit_len;
        while left > 0 {
            let take = left.min(32) as u32;
            let value = (load_u64(source, position / 8) >> (position % 8)) & ((1 << take) - 1);
            self.write(value as u32, take);
            position += take as usize;
            left -= take as usize;
        }
    }

    /// Appends `bit_len` bits that `source` holds from `bit_start` on; `source` need not be finished.
    pub fn append_from(&mut self, source: &Self, bit_start: usize, bit_len: usize) {
        let ready = source.bytes.len() * 8;
        let from_bytes = bit_len.min(ready.saturating_sub(bit_start));
        self.append(&source.bytes, bit_start, from_bytes);
        let left = (bit_len - from_bytes) as u32;
        if left > 0 {
            let skip = (bit_start + from_bytes - ready) as u32;
            self.write(((source.pending >> skip) & ((1 << left) - 1)) as u32, left);
        }
    }

    /// Pads to a whole byte with zeros and returns the packet. The writer can only be used again after `clear`.
    pub fn finish(&mut self) -> &[u8] {
        let tail = self.pending.to_le_bytes();
        self.bytes.extend_from_slice(&tail[..self.pending_bits.div_ceil(8) as usize]);
        self.pending = 0;
        self.pending_bits = 0;
        &self.bytes
    }
}

/// Eight bytes from `at`, little endian; bytes beyond the end count as zero.
fn load_u64(bytes: &[u8], at: usize) -> u64 {
    if let Some(chunk) = bytes.get(at..at + 8) {
        return u64::from_le_bytes(chunk.try_into().unwrap_or_default());
    }
    let mut padded = [0u8; 8];
    if let Some(rest) = bytes.get(at..) {
        padded[..rest.len()].copy_from_slice(rest);
    }
    u64::from_le_bytes(padded)
}

fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// Reads bits from a packet that came from outside: any bytes are safe to read.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    /// Reads `bytes` from their first bit.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// How many bits are left, including padding.
    #[must_use]
    pub fn bits_left(&self) -> usize {
        self.bytes.len() * 8 - self.position
    }

    /// Reads `bits` (at most [`MAX_BITS`]).
    ///
    /// # Errors
    /// [`BitError::Truncated`] if the packet has fewer.
    pub fn read(&mut self, bits: u32) -> Result<u32, BitError> {
        debug_assert!(bits <= MAX_BITS);
        if self.bits_left() < bits as usize {
            return Err(BitError::Truncated);
        }
        let word = load_u64(self.bytes, self.position / 8) >> (self.position % 8);
        self.position += bits as usize;
        Ok((word & ((1u64 << bits) - 1)) as u32)
    }

    /// Reads 64 bits.
    ///
    /// # Errors
    /// [`BitError::Truncated`] if the packet has fewer.
    pub fn read_u64(&mut self) -> Result<u64, BitError> {
        let low = self.read(32)?;
        Ok(u64::from(self.read(32)?) << 32 | u64::from(low))
    }

    /// Checks that nothing is left but the padding of [`BitWriter::finish`].
    ///
    /// # Errors
    /// [`BitError::OutOfRange`] if a whole byte or a one bit is left over.
    pub fn end(mut self) -> Result<(), BitError> {
        let left = self.bits_left();
        if left < 8 && self.read(left as u32)? == 0 { Ok(()) } else { Err(BitError::OutOfRange) }
    }

    /// Reads one bit.
    ///
    /// # Errors
    /// [`BitError::Truncated`] at the packet's end.
    pub fn read_bool(&mut self) -> Result<bool, BitError> {
        Ok(self.read(1)? == 1)
    }

    /// Reads a number below `count`, which must not be zero, that [`BitWriter::write_below`] wrote. Any bits are valid.
    ///
    /// # Errors
    /// [`BitError::Truncated`] at the packet's end.
    pub fn read_below(&mut self, count: u32) -> Result<u32, BitError> {
        let bits = count.ilog2();
        let short = (2u64 << bits) as u32 - count;
        let value = self.read(bits)?;
        if value < short { Ok(value) } else { Ok((value << 1 | self.read(1)?) - short) }
    }

    /// Reads an Exp-Golomb code of order `k`.
    ///
    /// # Errors
    /// [`BitError::Truncated`] at the packet's end, [`BitError::CodeTooLong`] for a code beyond 32 bits.
    pub fn read_exp_golomb(&mut self, k: u32) -> Result<u32, BitError> {
        let mut zeros = 0;
        while !self.read_bool()? {
            zeros += 1;
            if zeros > 32 {
                return Err(BitError::CodeTooLong);
            }
        }
        let low = self.read(zeros)?;
        let n = (1u64 << zeros) + u64::from(low) - 1;
        let value = (n << k) | u64::from(self.read(k)?);
        u32::try_from(value).map_err(|_| BitError::CodeTooLong)
    }

    /// Reads a signed value written by [`BitWriter::write_signed`].
    ///
    /// # Errors
    /// As [`Self::read_exp_golomb`].
    pub fn read_signed(&mut self, k: u32) -> Result<i32, BitError> {
        self.read_exp_golomb(k).map(unzigzag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Piece {
        Raw(u32, u32),
        Golomb(u32, u32),
        Signed(i32, u32),
        Below(u32, u32),
    }

    fn pieces() -> impl Strategy<Value = Vec<Piece>> {
        let piece = prop_oneof![
            (any::<u32>(), 0u32..=32)
                .prop_map(|(v, n)| Piece::Raw((u64::from(v) & ((1u64 << n) - 1)) as u32, n)),
            (0..u32::MAX, 0u32..8).prop_map(|(v, k)| Piece::Golomb(v, k)),
            (any::<i32>().prop_filter("one below the end", |v| *v != i32::MIN), 0u32..8)
                .prop_map(|(v, k)| Piece::Signed(v, k)),
            (any::<u32>(), 1u32..1 << 31).prop_map(|(v, count)| Piece::Below(v % count, count)),
        ];
        proptest::collection::vec(piece, 0..40)
    }

    fn write(writer: &mut BitWriter, pieces: &[Piece]) {
        for piece in pieces {
            match *piece {
                Piece::Raw(v, n) => writer.write(v, n),
                Piece::Golomb(v, k) => writer.write_exp_golomb(v, k),
                Piece::Signed(v, k) => writer.write_signed(v, k),
                Piece::Below(v, count) => writer.write_below(v, count),
            }
        }
    }

    fn check(reader: &mut BitReader<'_>, pieces: &[Piece]) {
        for piece in pieces {
            match *piece {
                Piece::Raw(v, n) => assert_eq!(reader.read(n), Ok(v)),
                Piece::Golomb(v, k) => assert_eq!(reader.read_exp_golomb(k), Ok(v)),
                Piece::Signed(v, k) => assert_eq!(reader.read_signed(k), Ok(v)),
                Piece::Below(v, count) => assert_eq!(reader.read_below(count), Ok(v)),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pieces in pieces()) {
            let mut writer = BitWriter::new();
            write(&mut writer, &pieces);
            let bytes = writer.finish().to_vec();
            check(&mut BitReader::new(&bytes), &pieces);
        }

        #[test]
        fn appended_bits_are_the_same_at_any_offset(lead in 0u32..40, pieces in pieces(), skip in pieces()) {
            let mut source = BitWriter::new();
            write(&mut source, &skip);
            let start = source.bit_len();
            write(&mut source, &pieces);
            let length = source.bit_len() - start;
            let mut writer = BitWriter::new();
            for _ in 0..lead { writer.write_bool(true); }
            writer.append_from(&source, start, length);
            prop_assert_eq!(writer.bit_len(), lead as usize + length);
            let bytes = writer.finish().to_vec();
            let mut reader = BitReader::new(&bytes);
            for _ in 0..lead { prop_assert_eq!(reader.read_bool(), Ok(true)); }
            check(&mut reader, &pieces);
        }

        #[test]
        fn what_is_cut_off_was_never_written(kept in pieces(), cut in pieces(), after in pieces()) {
            let mut writer = BitWriter::new();
            write(&mut writer, &kept);
            let length = writer.bit_len();
            write(&mut writer, &cut);
            writer.truncate(length);
            prop_assert_eq!(writer.bit_len(), length);
            write(&mut writer, &after);
            let bytes = writer.finish().to_vec();
            let mut reader = BitReader::new(&bytes);
            check(&mut reader, &kept);
            check(&mut reader, &after);
        }

        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..32), k in 0u32..8) {
            let mut reader = BitReader::new(&bytes);
            while reader.read_exp_golomb(k).is_ok() {}
            let mut reader = BitReader::new(&bytes);
            while reader.read(7).is_ok() {}
            prop_assert!(reader.bits_left() < 7);
        }
    }

    #[test]
    fn the_bytes_are_pinned() {
        let mut writer = BitWriter::new();
        writer.write(0b101, 3);
        writer.write_exp_golomb(0, 0);
        writer.write_exp_golomb(5, 0);
        writer.write_signed(-3, 2);
        assert_eq!(writer.finish(), &[0b0100_1101, 0b0001_0101]);
    }
}
