//! What became of the rows of a source: the figures of the accounting identity, and the rows that were refused.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::account::{Account, Unbalanced, of_key};
use carelake_core::measure::{ColumnMeasure, Measure, Partners};

use super::open::Source;
use super::survey::Survey;
use crate::config::{ColumnKind, SourceSpec};

/// Why a row was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A byte that the source's encoding cannot decode, in a column that is used.
    Encoding,
    /// A NUL byte, which no text holds.
    Nul,
    /// The file ends inside a quoted field of the row.
    UnclosedQuote,
    /// Another number of fields than the header.
    FieldCount,
    /// A typed column that the configuration refuses when it is invalid or blank, by the rule of its type; empty where it is named
    /// after the column.
    Cell(&'static str),
}

impl Rule {
    /// Returns the rule's name in DATASETS; `column` is our name of the column that broke it.
    #[must_use]
    pub fn name(self, column: &str) -> String {
        match self {
            Self::Encoding => "encoding".to_owned(),
            Self::Nul => "nul_byte".to_owned(),
            Self::UnclosedQuote => "unclosed_quote".to_owned(),
            Self::FieldCount => "field_count".to_owned(),
            Self::Cell("") => format!("{column}_invalid"),
            Self::Cell(rule) => rule.to_owned(),
        }
    }
}

/// Why a valid row was left out on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// A row of only empty fields.
    BlankRow,
    /// A clinician whose status is not `A`.
    Inactive,
    /// A clinician without a practice.
    NoPractice,
    /// A sub-file row whose enrollment is unknown.
    Orphan,
}

impl Filter {
    /// Returns the name used in counts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BlankRow => "blank_row",
            Self::Inactive => "inactive",
            Self::NoPractice => "no_practice",
            Self::Orphan => "orphan",
        }
    }
}

/// A row that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reject {
    /// Position of the row in the file.
    pub offset: usize,
    /// Length of the row in bytes, without its line end.
    pub length: usize,
    /// The rule that it broke.
    pub rule: Rule,
    /// Index among the source's columns of the column that broke it.
    pub column: Option<usize>,
}

/// The figures of one pass over a source.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Records after the header.
    pub rows_read: u64,
    /// Rows that no rule refused and no filter left out.
    pub kept: u64,
    /// Refused rows, in file order.
    pub rejects: Vec<Reject>,
    /// Valid rows that were left out, by reason.
    pub filtered: BTreeMap<Filter, u64>,
    /// What was met in the cells of valid rows.
    pub survey: Survey,
    /// What a join with the source found; `None` when it is not joined.
    pub partners: Option<Partners>,
}

impl Tally {
    /// Returns what the first value that a rule or a counter is about looks like, by rule and counter: letters as `A`, digits as `9`.
    #[must_use]
    pub fn patterns(&self, source: &Source) -> BTreeMap<String, String> {
        let mut patterns = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for reject in &self.rejects {
            if seen.insert((reject.rule, reject.column)) {
                let rule = reject.rule.name(source.column_name(reject.column));
                let pattern = source.pattern_of(reject);
                if let Some(pattern) = pattern {
                    patterns.entry(rule).or_insert(pattern);
                }
            }
        }
        for (column, cells) in source.spec().columns.iter().zip(&self.survey.columns) {
            patterns.extend(cells.pattern.clone().map(|pattern| (format!("{}_invalid", column.name), pattern)));
        }
        patterns
    }

    /// Adds up what became of the rows; `accepted` and `deduplicated` are what the job made of those that were kept.
    ///
    /// # Errors
    /// [`Unbalanced`] when the sums do not agree.
    pub fn account(&self, source: &Source, accepted: u64, deduplicated: u64) -> Result<Account, Unbalanced> {
        let mut rejected = BTreeMap::new();
        for reject in &self.rejects {
            *rejected.entry(reject.rule.name(source.column_name(reject.column))).or_default() += 1;
        }
        let filtered = self.filtered.iter().map(|(filter, rows)| (filter.name().to_owned(), *rows)).collect();
        let counted = self.survey.counted(source.spec()).into_iter().collect();
        let account = Account {
            read: self.rows_read,
            published: accepted,
            rejected,
            filtered,
            duplicate: of_key(deduplicated),
            counted,
        };
        account.balanced(&source.spec().name)
    }

    /// Takes what was met in the columns that are used.
    #[must_use]
    pub fn measure(&self, spec: &SourceSpec, is_used: impl Fn(&str) -> bool) -> Measure {
        let columns = spec.columns.iter().zip(&self.survey.columns).filter(|(column, _)| is_used(&column.name));
        let columns = columns.map(|(column, cells)| {
            let words = if column.kind == ColumnKind::Text { 0 } else { cells.null_words() };
            (column.name.clone(), ColumnMeasure { null: cells.null() + words, invalid: cells.invalid() })
        });
        Measure { rows: self.survey.rows, columns: columns.collect(), partners: self.partners }
    }

    /// Adds `rows` valid rows to those left out for a reason.
    pub fn filter(&mut self, filter: Filter, rows: u64) {
        if rows > 0 {
            *self.filtered.entry(filter).or_default() += rows;
        }
    }

    /// Adds the figures of the piece that follows.
    pub(super) fn append(&mut self, next: Self) {
        self.rows_read += next.rows_read;
        self.kept += next.kept;
        self.rejects.extend(next.rejects);
        for (filter, rows) in next.filtered {
            self.filter(filter, rows);
        }
        self.survey.append(next.survey);
        self.partners = self.partners.or(next.partners);
    }
}
