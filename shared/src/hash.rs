//! The hash of a state: 64 bits, order-dependent, the same on every platform. And the checksum of stored bytes.
//!
//! Not for secrets, and not secure against attackers: it finds desyncs. The mixing step is that of `FxHash` with the
//! final avalanche of `MurmurHash3` (Appleby), so that one changed bit changes about half of the result.

/// Collects integers into a state hash.
#[derive(Clone, Debug)]
pub struct StateHasher(u64);

impl Default for StateHasher {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl StateHasher {
    /// Mixes one value in.
    pub fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    /// Mixes one value in.
    pub fn write_i32(&mut self, value: i32) {
        self.write_u64(u64::from(value as u32));
    }

    /// Mixes a string in, with its length.
    pub fn write_str(&mut self, text: &str) {
        self.write_bytes(text.as_bytes());
    }

    /// Mixes bytes in, with their number.
    pub fn write_bytes(&mut self, bytes: &[u8]) {
        self.write_u64(bytes.len() as u64);
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    /// The hash of all that was written.
    #[must_use]
    pub fn finish(&self) -> u64 {
        let mut h = self.0;
        h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        h ^ (h >> 33)
    }
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// CRC-32 as in zip, PNG and Ethernet (the reversed polynomial 0xedb88320): it detects any single changed byte.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, &byte: &u8| crc >> 8 ^ CRC_TABLE[usize::from(crc as u8 ^ byte)];
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_everybody_knows() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn order_and_value_matter() {
        let hash = |values: &[i32]| {
            let mut h = StateHasher::default();
            values.iter().for_each(|&v| h.write_i32(v));
            h.finish()
        };
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
        assert_ne!(hash(&[0]), hash(&[0, 0]));
        assert_eq!(hash(&[5, -5]), hash(&[5, -5]));
    }
}
