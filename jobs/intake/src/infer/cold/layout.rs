//! What a layout says.

use std::collections::BTreeSet;

/// A layout of a file.
pub(super) struct Layout {
    pub name: String,
    /// `csv`, `fixed`, `xlsx`, `ndjson`, `xml` or `parquet`.
    pub format: String,
    /// The delimiter of `csv`, the number of rows above the header of `xlsx`.
    pub detail: String,
    pub columns: Vec<Column>,
}

/// A column of a file.
pub(super) struct Column {
    /// What it is called; a path in formats that nest.
    pub header: String,
    /// The common column that is made of it; `name` stands for last and first name, `member` for the numbers of
    /// patient and member, `-` for none.
    pub target: String,
    /// What its values are like.
    pub kind: String,
    /// Whether some are empty.
    pub may_be_empty: bool,
    /// What else is said of them.
    pub details: String,
}

impl Layout {
    pub(super) fn all(text: &str) -> Vec<Self> {
        text.split("== ").filter(|part| !part.trim().is_empty()).map(Self::one).collect()
    }

    fn one(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let mut head = lines.next().unwrap().split(' ').map(str::to_owned);
        Self {
            name: head.next().unwrap(),
            format: head.next().unwrap(),
            detail: head.next().unwrap_or_default(),
            columns: lines.map(Column::of).collect(),
        }
    }

    /// Returns the common columns that are made of its columns, each once; with their table.
    pub(super) fn targets(&self) -> BTreeSet<&str> {
        self.columns.iter().flat_map(Column::targets).collect()
    }
}

impl Column {
    fn of(line: &str) -> Self {
        let mut parts = line.split(" | ");
        let (header, target) = (parts.next().unwrap(), parts.next().unwrap());
        let (kind, details) = parts.next().map(|rest| rest.split_once(' ').unwrap_or((rest, ""))).unwrap();
        Self {
            header: header.to_owned(),
            target: target.to_owned(),
            kind: kind.trim_end_matches('?').to_owned(),
            may_be_empty: kind.ends_with('?'),
            details: details.to_owned(),
        }
    }

    /// Returns the common columns that are made of it.
    pub(super) fn targets(&self) -> Vec<&str> {
        match self.target.as_str() {
            "name" => vec!["last_name", "first_name"],
            "member" => vec!["patient_id", "member_id"],
            "encounter_start" => vec!["encounter_start_date"],
            "encounter_end" => vec!["encounter_end_date"],
            "-" => vec![],
            target => vec![target],
        }
    }
}
