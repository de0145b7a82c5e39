//! Collections, most of which have one item or none.

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;

use super::value::{Fault, Value};

/// A collection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Few<'a> {
    None,
    One(Value<'a>),
    Many(&'a [Value<'a>]),
}

impl<'a> Few<'a> {
    #[inline]
    pub(crate) fn items(&self) -> &[Value<'a>] {
        match self {
            Few::None => &[],
            Few::One(value) => std::slice::from_ref(value),
            Few::Many(values) => values,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    /// Returns its only item, or that it has none.
    #[inline]
    pub(crate) fn single(&self) -> Result<Option<Value<'a>>, Fault> {
        match self {
            Few::None => Ok(None),
            Few::One(value) => Ok(Some(*value)),
            Few::Many([]) => Ok(None),
            Few::Many([value]) => Ok(Some(*value)),
            Few::Many(_) => Err(Fault::Many),
        }
    }

    #[inline]
    pub(crate) fn first(&self) -> Option<Value<'a>> {
        self.items().first().copied()
    }

    pub(crate) fn of(value: Option<Value<'a>>) -> Self {
        value.map_or(Few::None, Few::One)
    }

    /// Returns the items of a part of it.
    pub(crate) fn part(&self, from: usize, to: usize) -> Self {
        match self {
            Few::Many(values) => {
                Few::Many(values.get(from.min(values.len())..to.min(values.len())).unwrap_or_default())
            }
            Few::One(_) if from == 0 && to > 0 => *self,
            _ => Few::None,
        }
    }
}

/// Gathers the items of a collection.
#[derive(Debug)]
pub(crate) struct Gather<'a> {
    bump: &'a Bump,
    first: Option<Value<'a>>,
    rest: Option<BumpVec<'a, Value<'a>>>,
}

impl<'a> Gather<'a> {
    pub(crate) fn new(bump: &'a Bump) -> Self {
        Self { bump, first: None, rest: None }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: Value<'a>) {
        match (&mut self.rest, self.first) {
            (Some(rest), _) => rest.push(value),
            (None, None) => self.first = Some(value),
            (None, Some(first)) => {
                let mut rest = BumpVec::with_capacity_in(8, self.bump);
                rest.push(first);
                rest.push(value);
                self.rest = Some(rest);
            }
        }
    }

    pub(crate) fn items(&self) -> &[Value<'a>] {
        match (&self.rest, &self.first) {
            (Some(rest), _) => rest,
            (None, Some(first)) => std::slice::from_ref(first),
            (None, None) => &[],
        }
    }

    #[inline]
    pub(crate) fn finish(self) -> Few<'a> {
        match (self.rest, self.first) {
            (Some(rest), _) => Few::Many(rest.into_bump_slice()),
            (None, first) => Few::of(first),
        }
    }
}
