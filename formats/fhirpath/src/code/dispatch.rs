//! Which operations go to which members of an object, found by the names that are in it.

use std::collections::BTreeMap;

use super::op::{Member, Op, OpId};
use super::program::Choice;
use crate::json::{NO_NAME, Name};
use crate::types::Type;

/// An operation that goes to a member.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) op: OpId,
    /// What type the name of the member means, if the element may be of several.
    pub(crate) kind: Type,
}

/// The operations that go to members of one value, by name.
#[derive(Debug, Clone)]
pub(crate) struct Dispatch {
    /// A power of two of places, each with a name and the range of its operations.
    places: Vec<(Name, u16, u16)>,
    targets: Vec<Target>,
    /// The operations and what they look for.
    pub(crate) all: Vec<(OpId, Member)>,
}

impl Dispatch {
    /// Returns those of all operations that go to members of one of them.
    pub(super) fn new(ops: &[Op], parent: OpId, choices: &[Vec<Choice>]) -> Option<Self> {
        let mut all = Vec::new();
        let mut names: BTreeMap<Name, Vec<Target>> = BTreeMap::new();
        for (op, number) in ops.iter().zip(0..) {
            let Op::Member { of, member } = op else { continue };
            if *of != parent {
                continue;
            }
            let op = OpId(number);
            all.push((op, *member));
            names.entry(member.name).or_default().push(Target { op, kind: Type::UNKNOWN });
            for choice in member.choices.and_then(|at| choices.get(usize::from(at))).into_iter().flatten() {
                names.entry(choice.name).or_default().push(Target { op, kind: choice.kind });
            }
        }
        names.remove(&NO_NAME);
        if all.is_empty() {
            return None;
        }
        let (mut ranges, mut targets) = (Vec::new(), Vec::new());
        for (name, of_name) in names {
            let from = u16::try_from(targets.len()).ok()?;
            targets.extend(of_name);
            ranges.push((name, from, u16::try_from(targets.len()).ok()?));
        }
        Some(Self { places: places(&ranges)?, targets, all })
    }

    /// Returns the operations that go to a member of that name.
    #[inline]
    pub(crate) fn of(&self, name: Name) -> &[Target] {
        match self.places.get(usize::from(name) & (self.places.len() - 1)) {
            Some((known, from, to)) if *known == name => {
                self.targets.get(usize::from(*from)..usize::from(*to)).unwrap_or_default()
            }
            _ => &[],
        }
    }
}

/// Puts each name at a place of its own; names are small numbers, so that there is one.
fn places(ranges: &[(Name, u16, u16)]) -> Option<Vec<(Name, u16, u16)>> {
    let sizes = (1..=16).map(|bits| 1usize << bits).filter(|size| *size >= ranges.len());
    'sizes: for size in sizes {
        let mut places = vec![(NO_NAME, 0, 0); size];
        for range in ranges {
            match places.get_mut(usize::from(range.0) & (size - 1)) {
                Some(place) if place.0 == NO_NAME => *place = *range,
                _ => continue 'sizes,
            }
        }
        return Some(places);
    }
    None
}
