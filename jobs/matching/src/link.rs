//! Which records of the reference are one person.

use rayon::prelude::*;

use crate::compare::Level;
use crate::config::{Conditions, Test};
use crate::decide::Pairs;
use crate::index::{Candidates, Index, Key, Persons, Place};

/// Two records that are one person by a rule, the lesser place first.
pub type Link = (Place, Place);

/// What linking found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The persons.
    pub persons: Persons,
    /// Groups that rules join and `never` parts, in order: they are left apart, and somebody is asked.
    pub apart: Vec<Vec<Place>>,
}

/// Records that a thread compares before it asks for more.
const SHARE: usize = 1_024;

/// Returns the pairs that rules of `links_reference` join and no rule of `never` parts.
///
/// Candidates are those of the keys alone: `keys` answers the keys of a place; `touched` says which records are new, so that only pairs with one of them are looked at.
pub fn links(
    index: &Index<'_>,
    keys: impl Fn(Place) -> Vec<Key> + Sync,
    touched: impl Fn(Place) -> bool + Sync,
) -> Vec<Link> {
    let rules: Vec<&Conditions> =
        index.matcher.rules.iter().filter(|rule| rule.links_reference).map(|rule| &rule.when).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let count = u32::try_from(index.len()).unwrap_or(u32::MAX);
    let places: Vec<Place> = (0..count).filter(|place| touched(*place)).collect();
    let mut found: Vec<Link> = places
        .par_chunks(SHARE)
        .flat_map_iter(|places| {
            let mut links = Vec::new();
            let mut candidates = Candidates::default();
            for place in places {
                candidates.places.clear();
                index.candidates(&keys(*place), &mut candidates);
                let others = candidates.places.iter().copied();
                // A pair of two new records is looked at once.
                let others = others.filter(|other| *other > *place || (*other < *place && !touched(*other)));
                links.extend(
                    others
                        .map(|other| (other.min(*place), other.max(*place)))
                        .filter(|(one, other)| is_linked(index, &rules, *one, *other)),
                );
            }
            links
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Joins records by links. A group of which `never` parts any two is left apart.
#[must_use]
pub fn join(index: &Index<'_>, links: &[Link]) -> Linked {
    let mut heads: Vec<u32> = (0..).take(index.len()).collect();
    for (one, other) in links {
        let (one, other) = (root(&mut heads, *one), root(&mut heads, *other));
        if let Some(head) = heads.get_mut(one.max(other) as usize) {
            *head = one.min(other);
        }
    }
    let mut members: Vec<Place> = links.iter().flat_map(|(one, other)| [*one, *other]).collect();
    members.sort_unstable();
    members.dedup();
    let mut grouped: Vec<(u32, Place)> = members.into_iter().map(|place| (root(&mut heads, place), place)).collect();
    grouped.sort_unstable();
    let mut groups: Vec<u32> = (0..).take(index.len()).collect();
    let mut apart = Vec::new();
    for group in grouped.chunk_by(|(one, _), (other, _)| one == other) {
        let places: Vec<Place> = group.iter().map(|(_, place)| *place).collect();
        if is_parted(index, &places) {
            apart.push(places);
            continue;
        }
        for (head, place) in group {
            if let Some(own) = groups.get_mut(*place as usize) {
                *own = *head;
            }
        }
    }
    Linked { persons: Persons::of_groups(&groups), apart }
}

fn root(heads: &mut [u32], place: u32) -> u32 {
    let mut at = place;
    while let Some(head) = heads.get(at as usize).copied().filter(|head| *head != at) {
        // Every second step is cut, so that ways stay short.
        let next = heads.get(head as usize).copied().unwrap_or(head);
        if let Some(own) = heads.get_mut(at as usize) {
            *own = next;
        }
        at = next;
    }
    at
}

fn is_linked(index: &Index<'_>, rules: &[&Conditions], one: Place, other: Place) -> bool {
    let pairs = Pairs { matcher: index.matcher, layout: index.layout };
    let (a, b) = (index.row(one), index.row(other));
    // Most pairs fall at the first condition; names that are exchanged are seen where all levels are needed.
    let has_swaps = index.matcher.fields.iter().any(|field| field.swaps_with.is_some());
    let could = |when: &&&Conditions| {
        when.all.iter().all(|test| match test {
            Test::Level { field, levels } => {
                let may_swap = has_swaps && may_swap(index, *field);
                may_swap || levels & pairs.level(&index.lexicon, *field, a, b).bit() != 0
            }
            _ => true,
        })
    };
    let rules: Vec<&&Conditions> = rules.iter().filter(could).collect();
    if rules.is_empty() {
        return false;
    }
    let mut levels = Vec::new();
    pairs.levels(&index.lexicon, a, b, &mut levels);
    let level = |field: usize| levels.get(field).copied().unwrap_or(Level::NULL);
    let hold = |when: &Conditions| pairs.hold(when, (&index.lexicon, a), false, level);
    rules.iter().any(|when| hold(when)) && !index.matcher.never.iter().any(|never| hold(&never.when))
}

/// Returns whether the level of a field can be another where names are exchanged.
fn may_swap(index: &Index<'_>, field: usize) -> bool {
    let fields = &index.matcher.fields;
    fields.iter().any(|other| other.swaps_with == Some(field))
        || fields.get(field).is_some_and(|own| own.swaps_with.is_some())
}

/// Returns whether `never` parts any two of a group.
fn is_parted(index: &Index<'_>, places: &[Place]) -> bool {
    let pairs = Pairs { matcher: index.matcher, layout: index.layout };
    let mut levels = Vec::new();
    places.iter().enumerate().any(|(number, one)| {
        places.iter().skip(number + 1).any(|other| {
            let (a, b) = (index.row(*one), index.row(*other));
            pairs.levels(&index.lexicon, a, b, &mut levels);
            let level = |field: usize| levels.get(field).copied().unwrap_or(Level::NULL);
            index.matcher.never.iter().any(|never| pairs.hold(&never.when, (&index.lexicon, a), false, level))
        })
    })
}
