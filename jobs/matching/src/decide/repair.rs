//! What an exact record is given: missing cells only, from the best of the person's records.

use super::decider::Record;
use crate::config::{Column, Repair};
use crate::index::{Index, Place, value};
use crate::lexicon::Lexicon;
use crate::record::Slot;

/// A cell that is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Given {
    /// The slot of its column.
    pub slot: usize,
    /// The record of the reference whose cell, as published, it is given.
    pub from: Place,
}

/// What a record is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// The cells, in the order of the configuration; each column once.
    pub given: Vec<Given>,
    /// Whether the columns of a group were not filled, since what is there agrees with none of the person's records.
    pub is_disagreeing: bool,
}

/// The column whose full number goes only to those who may have it.
const NUMBER: &str = "social_security_number";
/// The column that is part of the address.
const SECOND_LINE: &str = "address_line_2";

/// Returns what a record is given of a person; the lexicon is that of its packed row.
pub(super) fn repair(
    index: &Index<'_>,
    record: &Record<'_>,
    (lexicon, row): (&Lexicon<'_>, &[u32]),
    person: u32,
) -> Repaired {
    let matcher = index.matcher;
    let mut repaired = Repaired::default();
    if matcher.repair.is_empty() {
        return repaired;
    }
    let takes_numbers = matcher.accepts_ssn.has(record.data_source, record.partner);
    let order = index.best_order(person);
    let is_unread = |slot: usize| record.row.unread.contains(&slot);
    let is_missing = |slot: usize| value(index.layout, row, slot).is_none() && !is_unread(slot);
    let may_have = |slot: &Slot| takes_numbers || slot.name != NUMBER;
    let mut give = |slot: usize, from: Place| {
        if !repaired.given.iter().any(|given: &Given| given.slot == slot) {
            repaired.given.push(Given { slot, from });
        }
    };
    let mut is_disagreeing = false;
    for entry in &matcher.repair {
        match entry {
            Repair::Column(name) => {
                let Some((number, slot)) = slot(index, name) else { continue };
                if is_missing(number) && may_have(slot) {
                    let best = order.iter().find(|place| index.value(**place, number).is_some());
                    best.iter().for_each(|place| give(number, **place));
                }
            }
            Repair::Together(names) => {
                let group: Vec<(usize, &Slot)> = names.iter().filter_map(|name| slot(index, name)).collect();
                let is_open = |(number, slot): &(usize, &Slot)| slot.name != SECOND_LINE && is_missing(*number);
                if !group.iter().any(is_open) {
                    continue;
                }
                let Some((first, _)) = group.first() else { continue };
                let with_first = order.iter().copied().filter(|place| index.value(*place, *first).is_some());
                let mut tried = with_first.peekable();
                let has_any = tried.peek().is_some();
                let agrees = |place: &Place| {
                    group.iter().all(|slot| !is_unread(slot.0) && agree(index, *slot, (lexicon, row), *place))
                };
                let Some(place) = tried.find(agrees) else {
                    is_disagreeing |= has_any;
                    continue;
                };
                for (number, slot) in &group {
                    if is_missing(*number) && may_have(slot) && index.value(place, *number).is_some() {
                        give(*number, place);
                    }
                }
            }
        }
    }
    repaired.is_disagreeing = is_disagreeing;
    repaired
}

fn slot<'i>(index: &'i Index<'_>, name: &str) -> Option<(usize, &'i Slot)> {
    let number = index.layout.slot(name)?;
    Some((number, index.layout.slots().get(number)?))
}

/// Returns whether a cell of a group, where it is present, fits a record of the reference.
fn agree(
    index: &Index<'_>,
    (number, slot): (usize, &Slot),
    (lexicon, row): (&Lexicon<'_>, &[u32]),
    place: Place,
) -> bool {
    let Some(ours) = value(index.layout, row, number).filter(|_| slot.name != SECOND_LINE) else { return true };
    let Some(theirs) = index.value(place, number) else { return false };
    if slot.column != Column::Address {
        return ours == theirs;
    }
    let ([our_number, our_street, our_unit], [number, street, unit]) = (ours, theirs) else { return false };
    let is_empty = |unit: &u32| lexicon.texts.text(*unit).is_empty();
    (our_number, our_street) == (number, street) && (our_unit == unit || is_empty(unit) || is_empty(our_unit))
}
