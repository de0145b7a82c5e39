//! Values of expressions.

use crate::json::NOWHERE;
use crate::types::Type;
use crate::value::{Clock, Decimal, Moment};

/// An element of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element {
    /// Where its value is; nowhere if it has none, but only extensions.
    pub(crate) at: u32,
    /// Where what belongs to a primitive besides its value is.
    pub(crate) besides: u32,
    /// What type it has, if its name says it.
    pub(crate) kind: Type,
}

impl Element {
    pub(crate) fn at(at: u32) -> Self {
        Self { at, besides: NOWHERE, kind: Type::UNKNOWN }
    }
}

/// One item of a collection. Its kind takes a whole word: values are copied by words, and one that is put together from smaller parts
/// keeps the processor waiting for each copy.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(crate) enum Value<'a> {
    Element(Element),
    Boolean(bool),
    Integer(i64),
    Decimal(&'a Decimal),
    Text(&'a str),
    Moment(&'a Moment),
    Clock(&'a Clock),
}

impl Value<'_> {
    /// Says whether it is an element without a value, which has extensions only.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self, Self::Element(element) if element.at == NOWHERE)
    }
}

/// Why an expression has no value for a resource. It takes a whole word, as values do in whose place it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Fault {
    /// Several values where one is needed.
    Many,
    /// A condition that is neither true nor false.
    NotBoolean,
    /// Values that do not fit what is done with them.
    Kind,
    /// A number beyond what can be held.
    Range,
    /// A repetition that does not go down into what it began with.
    Circle,
}

impl Fault {
    /// Returns what it is in words.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Many => "several values where one is needed",
            Self::NotBoolean => "a condition that is neither true nor false",
            Self::Kind => "values of types that do not fit what is done with them",
            Self::Range => "a number with too many digits",
            Self::Circle => "a repetition that does not go down",
        }
    }
}
