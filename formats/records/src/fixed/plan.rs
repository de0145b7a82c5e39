//! Which slices of which records the sources are.

use super::slices::Characters;
use crate::format::{Fixed, FixedField};
use crate::wanted::{Select, WantedTable};

/// The source of a selection that means the record type.
const TYPE: &str = "type";

/// Characters of a line, from 0, the last one excluded. A source that is nowhere is a slice of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Slice {
    /// The first.
    pub from: usize,
    /// The one after the last.
    pub to: usize,
}

impl Slice {
    /// Returns the slice of characters that are counted from 1, both included.
    pub(super) const fn of((first, last): (usize, usize)) -> Self {
        let from = first.saturating_sub(1);
        Self { from, to: if last > from { last } else { from } }
    }

    /// Reads `11-18`, or `11` for a single character.
    pub(super) fn parse(range: &str) -> Option<Self> {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (1 <= first && first <= last).then(|| Self::of((first, last)))
    }

    fn of_field(field: &FixedField) -> Self {
        let from = field.start.saturating_sub(1);
        Self { from, to: from + field.width }
    }
}

/// What one table takes of each record.
pub(super) struct TablePlan {
    /// Slices by record type; those of `None` are of records of any other type.
    types: Vec<(Option<String>, Vec<Slice>)>,
    /// Takes records by some other field.
    choice: Option<(Slice, Vec<String>)>,
    found: Vec<bool>,
}

impl TablePlan {
    pub(super) fn new(table: &WantedTable, format: &Fixed) -> Self {
        let by_type = table.select.as_ref().filter(|select| select.source == TYPE && format.record_type.is_some());
        let types: Vec<Option<String>> = match by_type {
            Some(select) => select.values.iter().cloned().map(Some).collect(),
            None => all_types(format),
        };
        let slices = |kind: &Option<String>| -> Vec<Option<Slice>> {
            table.sources.iter().map(|source| slice(format, kind.as_deref(), &source.path)).collect()
        };
        let slices: Vec<Vec<Option<Slice>>> = types.iter().map(slices).collect();
        let is_found = |at| slices.iter().any(|slices| slices.get(at).is_some_and(Option::is_some));
        let choice = |select: &Select| {
            let field = types.iter().find_map(|kind| slice(format, kind.as_deref(), &select.source));
            (field.unwrap_or_default(), select.values.clone())
        };
        Self {
            found: (0..table.sources.len()).map(is_found).collect(),
            choice: table.select.as_ref().filter(|_| by_type.is_none()).map(choice),
            types: types
                .into_iter()
                .zip(slices)
                .map(|(kind, slices)| (kind, slices.into_iter().map(Option::unwrap_or_default).collect()))
                .collect(),
        }
    }

    /// Returns which sources are slices of any record.
    pub(super) fn found(&self) -> Vec<bool> {
        self.found.clone()
    }

    /// Returns the slices that the table takes of a record; `None` if it takes nothing.
    #[inline]
    pub(super) fn slices(&self, line: &[u8], kind: &[u8], characters: &Characters) -> Option<&[Slice]> {
        if let Some((field, values)) = &self.choice {
            let text = characters.part(line, *field).0;
            if !values.iter().any(|value| value.trim().as_bytes() == text) {
                return None;
            }
        }
        let is_of = |(of, _): &&(Option<String>, _)| of.as_ref().is_none_or(|of| of.as_bytes() == kind);
        self.types.iter().find(is_of).map(|(_, slices)| slices.as_slice())
    }
}

/// Returns the types that have fields of their own, and at the end any other.
fn all_types(format: &Fixed) -> Vec<Option<String>> {
    let mut types: Vec<Option<String>> = format.fields.iter().map(|field| field.record.clone()).collect();
    types.sort();
    types.dedup();
    types.retain(Option::is_some);
    types.push(None);
    types
}

/// Returns the slice that a path means in records of a type: a field by its name, or characters.
fn slice(format: &Fixed, kind: Option<&str>, path: &str) -> Option<Slice> {
    let is_named =
        |field: &&FixedField| field.name == path && (field.record.is_none() || field.record.as_deref() == kind);
    format.fields.iter().find(is_named).map(Slice::of_field).or_else(|| Slice::parse(path))
}
