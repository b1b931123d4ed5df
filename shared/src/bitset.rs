//! A set of slots as words of bits: a client's view, the mispredicted entities, the new ones. Set algebra between a
//! client's sets and the tick's takes a few word operations, so that a snapshot costs less than its system call.

/// Slots per word.
const WORD_BITS: usize = 64;

/// A growable set of small integers. Words beyond its end count as empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitSet {
    words: Vec<u64>,
}

impl BitSet {
    /// No members.
    pub const EMPTY: Self = Self { words: Vec::new() };

    /// An empty set with capacity for `0..capacity`, which never allocates for members below that.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { words: Vec::with_capacity(capacity.div_ceil(WORD_BITS)) }
    }

    /// Adds `index`.
    pub fn insert(&mut self, index: usize) {
        let word = index / WORD_BITS;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (index % WORD_BITS);
    }

    /// The words, at least `count` of them, for setting many members in a row.
    pub fn words_mut(&mut self, count: usize) -> &mut [u64] {
        if self.words.len() < count {
            self.words.resize(count, 0);
        }
        &mut self.words
    }

    /// Removes `index`.
    pub fn remove(&mut self, index: usize) {
        if let Some(word) = self.words.get_mut(index / WORD_BITS) {
            *word &= !(1 << (index % WORD_BITS));
        }
    }

    /// Whether `index` is in the set.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.word(index / WORD_BITS) >> (index % WORD_BITS) & 1 == 1
    }

    /// Empties the set and keeps its memory.
    pub fn clear(&mut self) {
        self.words.clear();
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    /// The `n`th word: members `64 n .. 64 n + 64`.
    #[must_use]
    pub fn word(&self, n: usize) -> u64 {
        self.words.get(n).copied().unwrap_or(0)
    }

    /// How many words may be non-zero.
    #[must_use]
    pub fn word_count(&self) -> usize {
        self.words.len()
    }

    /// Makes this set equal to `other`, without allocating if the capacity suffices.
    pub fn copy_from(&mut self, other: &Self) {
        self.words.clear();
        self.words.extend_from_slice(&other.words);
    }

    /// How many members are below `index`.
    #[must_use]
    pub fn rank(&self, index: usize) -> usize {
        let word = index / WORD_BITS;
        let below: u32 = self.words.iter().take(word).map(|w| w.count_ones()).sum();
        (below + (self.word(word) & ((1 << (index % WORD_BITS)) - 1)).count_ones()) as usize
    }

    /// Adds the members of `other`.
    pub fn unite(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, &more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Makes this set the combination of two others, word by word by `choose`.
    pub fn assign(&mut self, a: &Self, b: &Self, choose: impl Fn(u64, u64) -> u64) {
        self.words.clear();
        // The common part separately, so that it compiles to vector instructions.
        self.words.extend(a.words.iter().zip(&b.words).map(|(&a, &b)| choose(a, b)));
        let common = self.words.len();
        self.words.extend(a.words[common..].iter().map(|&a| choose(a, 0)));
        self.words.extend(b.words[common..].iter().map(|&b| choose(0, b)));
    }

    /// The members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(n, &word)| Ones(word).map(move |bit| n * WORD_BITS + bit))
    }
}

/// The positions of the one bits of a word, ascending.
#[derive(Clone, Debug)]
pub struct Ones(pub u64);

impl Iterator for Ones {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_like_a_set(
            operations in proptest::collection::vec((any::<bool>(), 0usize..300), 0..200),
            others in proptest::collection::btree_set(0usize..400, 0..40),
        ) {
            let mut other = BitSet::default();
            others.iter().for_each(|&n| other.insert(n));
            let mut set = BitSet::default();
            let mut model = BTreeSet::new();
            for (add, n) in operations {
                if add { set.insert(n); model.insert(n); } else { set.remove(n); model.remove(&n); }
            }
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(set.len(), model.len());
            prop_assert_eq!(set.is_empty(), model.is_empty());
            let (mut both, mut without) = (BitSet::default(), BitSet::default());
            both.unite(&set);
            both.unite(&other);
            prop_assert_eq!(both.iter().collect::<BTreeSet<_>>(), &model | &others);
            without.assign(&set, &other, |a, b| a & !b);
            prop_assert_eq!(without.iter().collect::<BTreeSet<_>>(), &model - &others);
            for n in 0..310 {
                prop_assert_eq!(set.contains(n), model.contains(&n));
                prop_assert_eq!(set.rank(n), model.range(..n).count());
            }
        }
    }
}
