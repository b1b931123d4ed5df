//! Canonical prefix codes (Schwartz and Kallick 1964): a code is given by the lengths of its words alone, so a table
//! fitted to recorded play is a row of small numbers, in the source and in the schema hash.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::hash::StateHasher;

/// Symbols one code may have.
pub const MAX_SYMBOLS: usize = 256;
/// Longest word, bits.
pub const MAX_LENGTH: usize = 16;

/// A prefix code over the symbols `0..n`.
#[derive(Clone, Copy, Debug)]
pub struct PrefixCode {
    symbols: usize,
    lengths: [u8; MAX_SYMBOLS],
    /// Words in the order they are written: the first bit is the lowest.
    words: [u16; MAX_SYMBOLS],
    /// How many words have each length.
    counts: [u16; MAX_LENGTH + 1],
    /// Symbols by length, then by number.
    order: [u8; MAX_SYMBOLS],
}

impl PrefixCode {
    /// The code whose word for symbol `n` has `lengths[n]` bits. The lengths must fill the tree exactly (Kraft's sum is
    /// 1), which is checked at compile time.
    #[must_use]
    pub const fn new(lengths: &[u8]) -> Self {
        assert!(lengths.len() >= 2 && lengths.len() <= MAX_SYMBOLS, "a code has 2 to 256 symbols");
        let mut code = Self {
            symbols: lengths.len(),
            lengths: [0; MAX_SYMBOLS],
            words: [0; MAX_SYMBOLS],
            counts: [0; MAX_LENGTH + 1],
            order: [0; MAX_SYMBOLS],
        };
        // Words of one length are consecutive numbers, and the first word of the next length is `(last + 1) << 1`: so
        // the lengths give the words. After length `l`, `word` is Kraft's sum so far times `2^l`, and so `2^MAX_LENGTH`
        // at the end.
        let (mut word, mut placed, mut length) = (0u32, 0, 1);
        while length <= MAX_LENGTH {
            word <<= 1;
            let mut symbol = 0;
            while symbol < lengths.len() {
                if lengths[symbol] as usize == length {
                    code.lengths[symbol] = length as u8;
                    code.words[symbol] = ((word as u16).reverse_bits()) >> (16 - length);
                    code.counts[length] += 1;
                    code.order[placed] = symbol as u8;
                    placed += 1;
                    word += 1;
                }
                symbol += 1;
            }
            length += 1;
        }
        assert!(placed == lengths.len(), "a word is longer than allowed, or has no bits");
        assert!(word == 1 << MAX_LENGTH, "the words do not fill the code");
        code
    }

    /// A code for symbols that are all assumed to be equally frequent: the first symbols have words of `floor(log2 n)`
    /// bits, the others one bit more. With `2^k <= n < 2^(k+1)`, `2^(k+1) - n` short words and `2n - 2^(k+1)` long ones
    /// fill the tree exactly: `(2^(k+1) - n) / 2^k + (2n - 2^(k+1)) / 2^(k+1) = 1`.
    #[must_use]
    pub const fn even(symbols: usize) -> Self {
        assert!(symbols >= 2 && symbols <= MAX_SYMBOLS, "a code has 2 to 256 symbols");
        let short_bits = symbols.ilog2();
        let short_words = (2 << short_bits) - symbols;
        let mut lengths = [short_bits as u8 + 1; MAX_SYMBOLS];
        let mut symbol = 0;
        while symbol < short_words {
            lengths[symbol] = short_bits as u8;
            symbol += 1;
        }
        Self::new(lengths.split_at(symbols).0)
    }

    /// Writes the word of `symbol`.
    pub fn write(&self, symbol: usize, writer: &mut BitWriter) {
        assert!(symbol < self.symbols, "symbol {symbol} is not in the code");
        writer.write(u32::from(self.words[symbol]), u32::from(self.lengths[symbol]));
    }

    /// Reads a word. Every sequence of bits begins with one, because the words fill the tree.
    ///
    /// # Errors
    /// [`BitError::Truncated`] at the packet's end.
    pub fn read(&self, reader: &mut BitReader<'_>) -> Result<usize, BitError> {
        // The words of a length are the numbers from `first` on, `count` of them; `index` symbols have shorter words.
        let (mut word, mut first, mut index) = (0u32, 0u32, 0usize);
        for &count in &self.counts[1..] {
            word = word << 1 | reader.read(1)?;
            first <<= 1;
            if word - first < u32::from(count) {
                return Ok(usize::from(self.order[index + (word - first) as usize]));
            }
            index += usize::from(count);
            first += u32::from(count);
        }
        Err(BitError::CodeTooLong)
    }

    /// How many symbols there are.
    #[must_use]
    pub const fn symbols(&self) -> usize {
        self.symbols
    }

    /// The lengths of all words, by symbol. They define the code.
    #[must_use]
    pub fn lengths(&self) -> &[u8] {
        &self.lengths[..self.symbols]
    }

    /// Mixes the code into the schema hash.
    pub fn hash_into(&self, hasher: &mut StateHasher) {
        for &length in self.lengths() {
            hasher.write_u64(u64::from(length));
        }
    }
}

/// Lengths of a Huffman code (1952) for symbols that occur `counts` times. Each symbol gets a word, however rare it is:
/// counts below 2^-12 of the total are raised to that, which also bounds the lengths.
#[must_use]
pub fn fit(counts: &[u64]) -> Vec<u8> {
    let floor = counts.iter().sum::<u64>() / 4096 + 1;
    // Weight; a number that breaks ties the same way on every platform; the symbols below this node.
    let mut nodes: Vec<(u64, usize, Vec<usize>)> =
        counts.iter().enumerate().map(|(symbol, &count)| (count.max(floor), symbol, vec![symbol])).collect();
    let mut lengths = vec![0u8; counts.len()];
    let mut next = counts.len();
    while nodes.len() > 1 {
        nodes.sort_by_key(|&(weight, number, _)| std::cmp::Reverse((weight, number)));
        let (Some(a), Some(b)) = (nodes.pop(), nodes.pop()) else { break };
        let below: Vec<usize> = a.2.into_iter().chain(b.2).collect();
        below.iter().for_each(|&symbol| lengths[symbol] += 1);
        nodes.push((a.0 + b.0, next, below));
        next += 1;
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_fitted_code_gives_every_symbol_back(
            counts in proptest::collection::vec(0u64..100_000, 2..MAX_SYMBOLS),
            picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..50),
        ) {
            let code = PrefixCode::new(&fit(&counts));
            let symbols: Vec<usize> = picks.iter().map(|pick| pick.index(counts.len())).collect();
            let mut writer = BitWriter::new();
            symbols.iter().for_each(|&symbol| code.write(symbol, &mut writer));
            let bytes = writer.finish().to_vec();
            let mut reader = BitReader::new(&bytes);
            for symbol in symbols {
                prop_assert_eq!(code.read(&mut reader), Ok(symbol));
            }
        }

        #[test]
        fn any_bits_are_words(bytes in proptest::collection::vec(any::<u8>(), 0..32)) {
            let code = PrefixCode::new(&fit(&[50, 1, 7, 7, 0, 3]));
            let mut reader = BitReader::new(&bytes);
            while let Ok(symbol) = code.read(&mut reader) {
                prop_assert!(symbol < 6);
            }
        }
    }

    #[test]
    fn an_even_code_fills_the_tree_with_words_of_about_one_length() {
        for symbols in 2..=MAX_SYMBOLS {
            // `new`, which `even` calls, refuses lengths whose Kraft sum is not 1.
            let code = PrefixCode::even(symbols);
            let lengths = &code.lengths[..symbols];
            let (shortest, longest) = (lengths[0], lengths[symbols - 1]);
            assert!(lengths.is_sorted() && longest - shortest <= 1, "{symbols}: {lengths:?}");
            assert_eq!(u32::from(shortest), symbols.ilog2(), "{symbols}");
            let mut writer = BitWriter::new();
            (0..symbols).for_each(|symbol| code.write(symbol, &mut writer));
            let bytes = writer.finish().to_vec();
            let mut reader = BitReader::new(&bytes);
            assert!((0..symbols).all(|symbol| code.read(&mut reader) == Ok(symbol)), "{symbols}");
        }
    }

    #[test]
    fn common_symbols_are_short() {
        assert_eq!(fit(&[8, 4, 2, 1, 1]), [1, 2, 3, 4, 4]);
        assert_eq!(fit(&[1, 1]), [1, 1]);
    }
}
