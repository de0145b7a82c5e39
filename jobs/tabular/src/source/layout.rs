//! Columns as a job asks for them: typed handles, checked once against the configuration.

use std::marker::PhantomData;

use crate::config::{ColumnKind, OnBlank, OnInvalid, SourceSpec};

/// A typed column of a source; a column that the source does not have is always null.
#[derive(Debug)]
pub struct Column<T> {
    pub(super) index: usize,
    value: PhantomData<T>,
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<T> {}

impl<T> Column<T> {
    /// A column that is always null.
    pub(super) const ABSENT: Self = Self { index: usize::MAX, value: PhantomData };

    pub(super) const fn at(index: usize) -> Self {
        Self { index, value: PhantomData }
    }
}

/// A text column of a source; a column that the file does not have is always null.
#[derive(Debug, Clone, Copy)]
pub struct TextColumn {
    pub(super) position: Option<usize>,
}

/// One typed column of a file: where it is and how its cells are judged.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    /// Index among the source's columns.
    pub index: usize,
    /// Position in the file; `None` when this release does not have the column.
    pub position: Option<usize>,
    pub kind: ColumnKind,
    pub on_invalid: OnInvalid,
    pub on_blank: OnBlank,
}

/// The columns of one opened file.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The number of fields every row must have.
    pub width: usize,
    /// Positions of the source's columns in the file.
    pub(super) positions: Vec<Option<usize>>,
    /// Typed columns in the order in which they are judged: those that can refuse a row first, in the order of the rules.
    pub(super) typed: Vec<Typed>,
}

impl Layout {
    pub(super) fn new(spec: &SourceSpec, positions: Vec<Option<usize>>, width: usize) -> Self {
        let mut typed: Vec<Typed> = spec
            .columns
            .iter()
            .zip(&positions)
            .enumerate()
            .filter(|(_, (column, _))| column.kind != ColumnKind::Text)
            .map(|(index, (column, position))| Typed {
                index,
                position: *position,
                kind: column.kind,
                on_invalid: column.on_invalid,
                on_blank: column.on_blank,
            })
            .collect();
        typed.sort_by_key(|column| (!column.refuses(), column.kind.rank()));
        Self { width, positions, typed }
    }

    /// Returns how many of the typed columns, which come first, can refuse a row.
    pub(super) fn refusing(&self) -> usize {
        self.typed.iter().take_while(|column| column.refuses()).count()
    }
}

impl Typed {
    fn refuses(&self) -> bool {
        self.on_invalid == OnInvalid::Reject || self.on_blank == OnBlank::Reject
    }
}
