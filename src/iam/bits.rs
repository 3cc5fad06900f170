//! Sets of actions, as bits.

use std::ops::Range;

/// The actions in a word.
pub(super) const WORD: usize = 64;

/// A set of actions by their places. A set without a word for a place does not have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Adds a place.
    pub(super) fn insert(&mut self, place: usize) {
        let (word, bit) = (place / WORD, place % WORD);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    /// Adds all places of another set.
    pub(super) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    /// Removes all places of another set.
    pub(super) fn remove(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    /// Keeps the places of another set only.
    pub(super) fn intersect(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// The first place.
    pub(super) fn first(&self) -> Option<usize> {
        let word = self.0.iter().position(|word| *word != 0)?;
        let bit = usize::try_from(self.0.get(word)?.trailing_zeros()).ok()?;
        Some(word * WORD + bit)
    }

    /// Whether it has a place.
    pub(super) fn has(&self, place: usize) -> bool {
        self.0.get(place / WORD).is_some_and(|word| word & (1 << (place % WORD)) != 0)
    }

    /// Whether it has no place.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Whether it shares a place of these words with another set.
    pub(super) fn meets(&self, other: &Self, words: &Range<usize>) -> bool {
        self.words(words).iter().zip(other.words(words)).any(|(one, other)| one & other != 0)
    }

    /// The words of a range, as far as there are any.
    fn words(&self, words: &Range<usize>) -> &[u64] {
        let end = words.end.min(self.0.len());
        self.0.get(words.start.min(end)..end).unwrap_or_default()
    }

    /// Adds the places of these words of another set.
    pub(super) fn add_words(&mut self, other: &Self, words: &Range<usize>) {
        let (end, given) = (words.end.min(other.0.len()), other.words(words));
        if given.is_empty() {
            return;
        }
        if self.0.len() < end {
            self.0.resize(end, 0);
        }
        let own = self.0.get_mut(words.start..end).unwrap_or_default();
        for (word, other) in own.iter_mut().zip(given) {
            *word |= other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(places: &[usize]) -> Bits {
        let mut bits = Bits::default();
        for place in places {
            bits.insert(*place);
        }
        bits
    }

    #[test]
    fn sets_are_added_and_removed() {
        let mut set = bits(&[1, 64, 200]);
        set.add(&bits(&[2, 300]));
        set.remove(&bits(&[1, 500]));
        let has: Vec<_> = (0..600).filter(|place| set.has(*place)).collect();
        assert_eq!(has, [2, 64, 200, 300]);
        assert_eq!((set.first(), Bits::default().first()), (Some(2), None));
        set.intersect(&bits(&[64, 65]));
        assert_eq!(set, bits(&[64]));
        set.remove(&set.clone());
        assert!(set.is_empty() && Bits::default().is_empty());
    }

    #[test]
    fn a_range_of_words_hides_the_others() {
        let (one, other) = (bits(&[1, 64, 200]), bits(&[1, 200]));
        assert!(one.meets(&other, &(0..1)) && one.meets(&other, &(3..9)));
        assert!(!one.meets(&other, &(1..3)) && !one.meets(&Bits::default(), &(0..9)));
        let mut part = Bits::default();
        part.add_words(&one, &(1..2));
        part.add_words(&one, &(7..9));
        assert_eq!(part, bits(&[64]));
    }
}
