//! Three-valued logic: some facts are not known to the exporter.

/// Whether something holds, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    Fails,
    /// It may hold.
    Unknown,
    /// It holds.
    Holds,
}

impl Truth {
    /// Whether both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Whether one of the two holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite; an unknown stays unknown.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Fails => Self::Holds,
            Self::Unknown => Self::Unknown,
            Self::Holds => Self::Fails,
        }
    }

    /// Whether all hold; true of none.
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Self::Holds, Self::and)
    }

    /// Whether one of them holds; false of none.
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Self::Fails, Self::or)
    }

    /// Whether it is not known to fail.
    pub fn may_hold(self) -> bool {
        self != Self::Fails
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

impl From<Option<bool>> for Truth {
    fn from(holds: Option<bool>) -> Self {
        holds.map_or(Self::Unknown, Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{Fails, Holds, Unknown};
    use super::*;

    #[test]
    fn an_unknown_decides_nothing_that_the_other_does_not() {
        assert_eq!((Unknown.and(Fails), Unknown.and(Holds)), (Fails, Unknown));
        assert_eq!((Unknown.or(Holds), Unknown.or(Fails)), (Holds, Unknown));
        assert_eq!(
            (Unknown.opposite(), Holds.opposite(), Fails.opposite()),
            (Unknown, Fails, Holds)
        );
        assert_eq!((Truth::all([]), Truth::any([])), (Holds, Fails));
        assert_eq!(Truth::from(None), Unknown);
    }
}
