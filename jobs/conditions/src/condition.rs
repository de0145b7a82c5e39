//! What a condition is, and how the answers to its tests make one.

use std::cmp::Ordering;

use crate::{Chances, Number, Path};

/// A condition: tests that hold together.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition<T = Test> {
    /// All of these.
    And(Vec<Condition<T>>),
    /// Any of these.
    Or(Vec<Condition<T>>),
    /// The contrary.
    Not(Box<Condition<T>>),
    /// One test.
    Test(T),
}

/// What is asked of the value at a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Where the value is.
    pub path: Path,
    /// What is asked.
    pub question: Question<Literal>,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Question<L> {
    /// There is no value.
    IsNull,
    /// The value is one of these.
    In(Vec<L>),
    /// The value compares so.
    Compare(Comparison, L),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value that stands in a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text.
    Text(String),
    /// A number.
    Number(Number),
    /// True or false.
    Bool(bool),
}

impl<T> Condition<T> {
    /// Returns whether it is fulfilled, by the answers to its tests; none where that is unknown.
    pub fn holds(&self, answer: &dyn Fn(&T) -> Option<bool>) -> Option<bool> {
        match self {
            Self::And(all) => negated(any(all.iter().map(|it| negated(it.holds(answer))))),
            Self::Or(all) => any(all.iter().map(|it| it.holds(answer))),
            Self::Not(it) => negated(it.holds(answer)),
            Self::Test(test) => answer(test),
        }
    }

    /// Returns what is possible of it, by what is possible of its tests.
    pub fn chances(&self, of: &dyn Fn(&T) -> Chances) -> Chances {
        match self {
            Self::And(all) => all.iter().fold(Chances::ALWAYS, |all, it| all.and(it.chances(of))),
            Self::Or(all) => all.iter().fold(Chances::NEVER, |all, it| all.or(it.chances(of))),
            Self::Not(it) => it.chances(of).not(),
            Self::Test(test) => of(test),
        }
    }

    /// Puts something else in the place of each test.
    ///
    /// # Errors
    /// The first that is answered.
    pub fn try_map<U, E>(self, to: &mut dyn FnMut(T) -> Result<U, E>) -> Result<Condition<U>, E> {
        let mut each = |all: Vec<Self>| all.into_iter().map(|it| it.try_map(to)).collect::<Result<_, E>>();
        Ok(match self {
            Self::And(all) => Condition::And(each(all)?),
            Self::Or(all) => Condition::Or(each(all)?),
            Self::Not(it) => Condition::Not(Box::new(it.try_map(to)?)),
            Self::Test(test) => Condition::Test(to(test)?),
        })
    }
}

impl<L> Question<L> {
    /// Returns the answer of a value, by how it compares with literals; none where that is unknown. Nothing is no value.
    pub fn answer<V>(&self, value: Option<V>, compare: impl Fn(&L, &V) -> Option<Ordering>) -> Option<bool> {
        match (self, value) {
            (Self::IsNull, value) => Some(value.is_none()),
            (_, None) => None,
            (Self::In(literals), Some(value)) => {
                any(literals.iter().map(|literal| compare(literal, &value).map(Ordering::is_eq)))
            }
            (Self::Compare(comparison, literal), Some(value)) => Some(comparison.is(compare(literal, &value)?)),
        }
    }
}

/// Returns whether any is true; unknown where none is and some are unknown.
fn any(all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut is_known = true;
    for one in all {
        match one {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(false)
}

fn negated(one: Option<bool>) -> Option<bool> {
    one.map(|is_so| !is_so)
}

impl Comparison {
    /// Returns whether a value that compares so with the literal fulfils it.
    #[must_use]
    pub const fn is(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}
