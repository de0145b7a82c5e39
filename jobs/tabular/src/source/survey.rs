//! What was met in the cells of a source, column by column: how many are null, which its rule made null, which were mended.

use carelake_core::value::{Mend, Written};

use crate::config::{ColumnKind, SourceSpec};

/// What a cell of a valid row was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// A value as it stands.
    Value,
    /// Empty, a null token, or a column that the file does not have.
    Null,
    /// A word that exports write where nothing is: null in a typed column, text in a text column.
    NullWord,
    /// No value of the type: null.
    Invalid,
    /// An identifier whose leading zeros were put back.
    Padded,
    /// A whole number that was written as a fraction.
    Float,
    /// A value that was written as a formula; in a text column it stays as it is.
    Formula,
    /// A value in white space that is not ASCII.
    Space,
    /// A value that was quoted twice; in a text column it stays as it is.
    Quotes,
}

/// How many ways there are.
const WAYS: usize = 9;

impl From<Mend> for Met {
    fn from(mend: Mend) -> Self {
        match mend {
            Mend::Float => Self::Float,
            Mend::Formula => Self::Formula,
            Mend::Space => Self::Space,
            Mend::Quotes => Self::Quotes,
        }
    }
}

impl From<Written> for Met {
    #[inline]
    fn from(written: Written) -> Self {
        match written {
            Written::Plain => Self::Value,
            Written::Padded => Self::Padded,
            Written::Float => Self::Float,
        }
    }
}

/// The cells of one column, by what they were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells {
    met: [u64; WAYS],
    /// What the first invalid one looks like, by its pattern.
    pub pattern: Option<String>,
}

impl Cells {
    #[inline(always)]
    pub(super) fn count(&mut self, met: Met) {
        if let Some(cells) = self.met.get_mut(met as usize) {
            *cells += 1;
        }
    }

    /// Counts these many cells more.
    pub(super) fn count_all(&mut self, met: Met, cells: u64) {
        if let Some(sum) = self.met.get_mut(met as usize) {
            *sum += cells;
        }
    }

    fn of(&self, met: Met) -> u64 {
        self.met.get(met as usize).copied().unwrap_or_default()
    }

    /// Returns how many are empty.
    #[must_use]
    pub fn null(&self) -> u64 {
        self.of(Met::Null)
    }

    /// Returns how many hold a word for nothing.
    #[must_use]
    pub fn null_words(&self) -> u64 {
        self.of(Met::NullWord)
    }

    /// Returns how many their rule made null.
    #[must_use]
    pub fn invalid(&self) -> u64 {
        self.of(Met::Invalid)
    }

    /// Returns how many are quoted twice.
    #[must_use]
    pub fn quoted_twice(&self) -> u64 {
        self.of(Met::Quotes)
    }

    /// Returns how many are written as formulas.
    #[must_use]
    pub fn formulas(&self) -> u64 {
        self.of(Met::Formula)
    }

    /// Adds the cells of the piece that follows.
    fn append(&mut self, next: Self) {
        for (sum, more) in self.met.iter_mut().zip(next.met) {
            *sum += more;
        }
        self.pattern = self.pattern.take().or(next.pattern);
    }
}

/// What was met in the valid rows of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Rows that no rule of the source refused.
    pub rows: u64,
    /// Rows, valid or not, with a byte that the encoding cannot decode.
    pub undecodable: u64,
    /// Of these, rows in which such a byte is one of 0x80 to 0x9f, which Windows-1252 has letters and marks for.
    pub windows: u64,
    /// Valid rows among these: the byte is in a column that is not used.
    pub encoding_unused: u64,
    /// The source's columns, in their order.
    pub columns: Vec<Cells>,
}

impl Survey {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns: vec![Cells::default(); columns], ..Self::default() }
    }

    /// Adds the rows of the piece that follows.
    pub(super) fn append(&mut self, next: Self) {
        self.rows += next.rows;
        self.undecodable += next.undecodable;
        self.windows += next.windows;
        self.encoding_unused += next.encoding_unused;
        if self.columns.is_empty() {
            self.columns = next.columns;
        } else {
            self.columns.iter_mut().zip(next.columns).for_each(|(cells, more)| cells.append(more));
        }
    }

    /// Returns the counters of values that were changed, by their names: `zip_invalid`, `npi_padded`, `phone_float_mended`.
    #[must_use]
    pub fn counted(&self, spec: &SourceSpec) -> Vec<(String, u64)> {
        let mut counted = vec![("encoding_unused".to_owned(), self.encoding_unused)];
        let columns = spec.columns.iter().zip(&self.columns);
        for (column, cells) in columns.filter(|(column, _)| column.kind != ColumnKind::Text) {
            let name = &column.name;
            let padded = if column.kind == ColumnKind::Ccn { "ccn" } else { name };
            counted.extend([
                (format!("{name}_null_word"), cells.null_words()),
                (format!("{name}_invalid"), cells.invalid()),
                (format!("{padded}_padded"), cells.of(Met::Padded)),
                (format!("{name}_float_mended"), cells.of(Met::Float)),
                (format!("{name}_formula_mended"), cells.formulas()),
                (format!("{name}_space_mended"), cells.of(Met::Space)),
                (format!("{name}_double_quoted"), cells.quoted_twice()),
            ]);
        }
        counted.retain(|(_, cells)| *cells > 0);
        counted
    }
}
