//! Which columns of a delimited text the sources are.

use carelake_tabular::source::normalise;

use super::fields::Fields;
use crate::wanted::{Wanted, WantedTable};

/// What one table takes of each record.
pub(super) struct TableColumns {
    /// The column of each source; from 0.
    pub sources: Vec<Option<usize>>,
    /// Which records it takes; all where it is not said.
    select: Option<Choice>,
    /// How many fields its records have; `None` where nothing tells.
    pub width: Option<usize>,
}

/// Chooses records by a column.
struct Choice {
    column: Option<usize>,
    values: Vec<String>,
}

impl TableColumns {
    /// Finds the columns of all tables by the names of a header; there may be none.
    pub(super) fn all(wanted: &Wanted, header: Option<&[String]>) -> Vec<Self> {
        wanted.tables.iter().map(|table| Self::new(table, header)).collect()
    }

    fn new(table: &WantedTable, header: Option<&[String]>) -> Self {
        let names: Vec<String> = header.unwrap_or_default().iter().map(|name| compared(name)).collect();
        let column = |path: &str| {
            let at = position(path, &names)?;
            (header.is_none() || at < names.len()).then_some(at)
        };
        let select = table.select.as_ref();
        Self {
            sources: table.sources.iter().map(|source| column(&source.path)).collect(),
            select: select.map(|select| Choice { column: column(&select.source), values: select.values.clone() }),
            width: header.map(<[String]>::len),
        }
    }

    /// Returns whether the table takes a record.
    #[inline]
    pub(super) fn takes(&self, record: &[u8], fields: &Fields<'_>) -> bool {
        let Some(choice) = &self.select else { return true };
        let Some(column) = choice.column else { return false };
        let text = fields.text(record, column);
        choice.values.iter().any(|value| value.trim().as_bytes() == text.trim_ascii())
    }

    /// Returns which sources there are.
    pub(super) fn found(&self) -> Vec<bool> {
        let is_there = |column: &Option<usize>| column.is_some_and(|at| self.width.is_some_and(|width| at < width));
        self.sources.iter().map(is_there).collect()
    }
}

/// Returns the column that a path means: by its number, or the first of its name.
fn position(path: &str, names: &[String]) -> Option<usize> {
    if let Some(number) = path.strip_prefix('#').and_then(|number| number.parse::<usize>().ok()) {
        return number.checked_sub(1);
    }
    let wanted = compared(path);
    names.iter().position(|name| *name == wanted)
}

/// Returns the form in which names are compared; as it is written, where nothing would be left of it.
fn compared(name: &str) -> String {
    let normal = normalise(name);
    if normal.is_empty() { name.trim().to_lowercase() } else { normal }
}
