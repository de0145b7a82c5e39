//! What was found wanting while columns were filled.

use std::cell::Cell;

use crate::view::View;

/// What was found of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// It is not of the column's type, and left out.
    Invalid,
    /// There are several, and the column takes one: left out.
    Many,
    /// A decimal lost digits behind its point.
    Rounded,
    /// A reference means nothing that is known here, and is left out.
    Unresolved,
}

impl Finding {
    pub(super) const ALL: [Self; 4] = [Self::Invalid, Self::Many, Self::Rounded, Self::Unresolved];
}

/// How often something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count<'f> {
    /// The name of the view.
    pub view: &'f str,
    /// The name of the column; none where all rows of a resource were left out.
    pub column: Option<&'f str>,
    /// What it was.
    pub finding: Finding,
    /// In how many rows, of a list for how many of its values; without a column, for how many resources.
    pub rows: u64,
}

impl Count<'_> {
    /// Returns what it is counted under: `<view>.<column>_invalid`, `<view>.<column>_many`, `decimal_rounded`, `reference_unresolved`;
    /// where all rows of a resource were left out, `<view>.rows_invalid`.
    #[must_use]
    pub fn name(&self) -> String {
        let (view, column) = (self.view, self.column.unwrap_or("rows"));
        match self.finding {
            Finding::Invalid => format!("{view}.{column}_invalid"),
            Finding::Many => format!("{view}.{column}_many"),
            Finding::Rounded => "decimal_rounded".to_owned(),
            Finding::Unresolved => "reference_unresolved".to_owned(),
        }
    }
}

/// The counts of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes([Cell<u64>; Finding::ALL.len()]);

impl Notes {
    pub(super) fn add(&self, finding: Finding) {
        if let Some(count) = Finding::ALL.iter().position(|known| *known == finding).and_then(|at| self.0.get(at)) {
            count.set(count.get() + 1);
        }
    }
}

/// The counts of a view.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) columns: Vec<Notes>,
    pub(super) left_out: u64,
}

impl Counts {
    pub(super) fn new(view: &View) -> Self {
        Self { columns: vec![Notes::default(); view.columns().len()], left_out: 0 }
    }

    /// Returns the counts that are not nothing.
    pub(super) fn of<'f>(&'f self, view: &'f View) -> impl Iterator<Item = Count<'f>> {
        let name = view.name();
        let columns = self.columns.iter().zip(view.columns()).flat_map(move |(counts, column)| {
            let counts = counts.0.iter().map(Cell::get).zip(Finding::ALL);
            counts.map(move |(rows, finding)| Count { view: name, column: Some(column.name()), finding, rows })
        });
        let left_out = Count { view: name, column: None, finding: Finding::Invalid, rows: self.left_out };
        columns.chain([left_out]).filter(|count| count.rows > 0)
    }
}
