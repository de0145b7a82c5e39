//! A number among units of a scale.

use std::cmp::Ordering;

/// Which unit a number is, or behind which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// Less than what 38 digits count.
    Below,
    /// This one.
    Exactly(i128),
    /// Between this one and the next.
    After(i128),
    /// More than what 38 digits count.
    Beyond,
}

impl Units {
    /// Returns how so many units compare with the number.
    #[must_use]
    pub fn compare(self, units: i128) -> Ordering {
        match self {
            Self::Below => Ordering::Greater,
            Self::Exactly(number) => units.cmp(&number),
            Self::After(number) if units <= number => Ordering::Less,
            Self::After(_) => Ordering::Greater,
            Self::Beyond => Ordering::Less,
        }
    }

    const fn place(self) -> (u8, i128, bool) {
        match self {
            Self::Below => (0, 0, false),
            Self::Exactly(number) => (1, number, false),
            Self::After(number) => (1, number, true),
            Self::Beyond => (2, 0, false),
        }
    }
}

impl PartialOrd for Units {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Units {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}
