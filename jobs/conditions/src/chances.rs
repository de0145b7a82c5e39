//! What is possible among many values of which only the bounds are known.

use std::cmp::Ordering;

use crate::{Comparison, Question};

/// Whether a test can be true of one of some values, and false of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chances {
    /// Whether it may be true of one.
    pub may_hold: bool,
    /// Whether it may be false of one.
    pub may_fail: bool,
}

impl Chances {
    /// Nothing is known.
    pub const ANY: Self = Self { may_hold: true, may_fail: true };
    /// It is true of all.
    pub const ALWAYS: Self = Self { may_hold: true, may_fail: false };
    /// It is true of none.
    pub const NEVER: Self = Self { may_hold: false, may_fail: true };
    /// It is neither true nor false of any: nothing compares.
    pub const UNKNOWN: Self = Self { may_hold: false, may_fail: false };

    pub(crate) const fn and(self, other: Self) -> Self {
        Self { may_hold: self.may_hold && other.may_hold, may_fail: self.may_fail || other.may_fail }
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self { may_hold: self.may_hold || other.may_hold, may_fail: self.may_fail && other.may_fail }
    }

    pub(crate) const fn not(self) -> Self {
        Self { may_hold: self.may_fail, may_fail: self.may_hold }
    }

    /// Returns what is possible of values of which the least and the greatest are known, at least as bounds; none where one compares
    /// with nothing. Nulls are not among them.
    pub fn between<L>(
        question: &Question<L>,
        least: impl Fn(&L) -> Option<Ordering>,
        greatest: impl Fn(&L) -> Option<Ordering>,
    ) -> Self {
        let of = |comparison: Comparison, literal: &L| match (least(literal), greatest(literal)) {
            (Some(least), Some(greatest)) => Self::compared(comparison, least, greatest),
            _ => Self::ANY,
        };
        match question {
            Question::IsNull => Self::NEVER,
            Question::In(literals) => {
                literals.iter().fold(Self::NEVER, |all, literal| all.or(of(Comparison::Equal, literal)))
            }
            Question::Compare(comparison, literal) => of(*comparison, literal),
        }
    }

    /// The least and the greatest value compare so with the literal.
    const fn compared(comparison: Comparison, least: Ordering, greatest: Ordering) -> Self {
        let (is_all_less, is_all_greater) = (greatest.is_lt(), least.is_gt());
        match comparison {
            Comparison::Equal => {
                Self { may_hold: !is_all_less && !is_all_greater, may_fail: !(least.is_eq() && greatest.is_eq()) }
            }
            Comparison::NotEqual => Self::compared(Comparison::Equal, least, greatest).not(),
            Comparison::Less => Self { may_hold: least.is_lt(), may_fail: !is_all_less },
            Comparison::GreaterOrEqual => Self::compared(Comparison::Less, least, greatest).not(),
            Comparison::Greater => Self { may_hold: greatest.is_gt(), may_fail: !is_all_greater },
            Comparison::LessOrEqual => Self::compared(Comparison::Greater, least, greatest).not(),
        }
    }
}
