//! The frame of a replay file: a header, then chunks with length and checksum each. So a file that ends in the middle
//! of a chunk is readable up to there, and a damaged byte is detected. This code does not know the chunks' content.

use super::{REPLAY_VERSION, ReplayError};
use crate::hash::crc32;
use crate::limits::MAX_REPLAY_CHUNK_BYTES;
use std::fmt;

const MAGIC: [u8; 8] = *b"PERIGEE\x1a";
/// Bytes of the header.
pub(super) const HEAD_BYTES: usize = MAGIC.len() + 4 + 8;
/// Bytes before a chunk's payload.
pub(super) const FRONT_BYTES: usize = 5;
const CRC_BYTES: usize = 4;

/// Kind of the chunk with the match's scenario and seed.
pub(super) const MATCH: u8 = 0;
/// Kind of a chunk with a whole state.
pub(super) const KEYFRAME: u8 = 1;
/// Kind of a chunk with the inputs of some ticks.
pub(super) const TICKS: u8 = 2;
/// Kind of the last chunk.
pub(super) const END: u8 = 3;

/// A complete chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) at_byte: usize,
    pub(super) kind: u8,
    pub(super) payload: &'a [u8],
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The recording ended on purpose.
    Complete,
    /// The bytes end before the recording's end: the recorder was stopped, or has not written more yet.
    CutOff {
        /// Where the incomplete chunk begins.
        at_byte: usize,
    },
    /// A chunk differs from what was written.
    Damaged {
        /// Where it begins.
        at_byte: usize,
    },
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => write!(f, "it is complete"),
            Self::CutOff { at_byte } => write!(f, "it is cut off at byte {at_byte}"),
            Self::Damaged { at_byte } => write!(f, "it is damaged from byte {at_byte} on"),
        }
    }
}

pub(super) fn write_head(schema: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&REPLAY_VERSION.to_le_bytes());
    out.extend_from_slice(&schema.to_le_bytes());
}

/// Checks the header.
pub(super) fn read_head(bytes: &[u8], schema: u64) -> Result<(), ReplayError> {
    let mut fields = Fields(bytes);
    if fields.array::<8>() != Some(MAGIC) {
        return Err(ReplayError::NotAReplay);
    }
    let cut = ReplayError::Empty(Ending::CutOff { at_byte: 0 });
    let version = fields.u32().ok_or(cut.clone())?;
    if version != REPLAY_VERSION {
        return Err(ReplayError::Version(version));
    }
    if fields.u64().ok_or(cut)? == schema { Ok(()) } else { Err(ReplayError::Schema) }
}

/// Appends a chunk whose payload is the concatenation of `parts`.
pub(super) fn write_chunk(kind: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let start = out.len();
    let length: usize = parts.iter().map(|part| part.len()).sum();
    assert!(length <= MAX_REPLAY_CHUNK_BYTES, "a chunk of {length} bytes");
    out.push(kind);
    out.extend_from_slice(&(length as u32).to_le_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    let crc = crc32(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
}

/// The chunk at `at_byte` and where the next one begins, or how the file ends here.
pub(super) fn read_chunk(bytes: &[u8], at_byte: usize) -> Result<(Chunk<'_>, usize), Ending> {
    let cut = Ending::CutOff { at_byte };
    let rest = bytes.get(at_byte..).ok_or(cut)?;
    let mut fields = Fields(rest);
    let kind = fields.u8().ok_or(cut)?;
    let length = fields.u32().ok_or(cut)? as usize;
    if length > MAX_REPLAY_CHUNK_BYTES {
        return Err(Ending::Damaged { at_byte });
    }
    let payload = fields.bytes(length).ok_or(cut)?;
    let crc = fields.u32().ok_or(cut)?;
    if crc32(&rest[..FRONT_BYTES + length]) != crc {
        return Err(Ending::Damaged { at_byte });
    }
    Ok((Chunk { at_byte, kind, payload }, at_byte + FRONT_BYTES + length + CRC_BYTES))
}

/// Reads integers from bytes that come from outside.
#[derive(Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}
