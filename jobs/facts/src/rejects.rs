//! Which rows the served runs of a publication refused, rule by rule.

use std::collections::BTreeMap;

use carelake_core::names::Publication;
use carelake_core::publish::{self, Manifest};
use serde::Serialize;

use super::{FactError, Lake};

/// Rows that one rule refused of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectLine {
    /// The source, or the delivery.
    pub source: String,
    /// The rule.
    pub rule: String,
    /// Rows.
    pub rows: u64,
    /// What the rule means, where that is known.
    pub meaning: Option<String>,
}

/// The rules that every source is judged by, and those of the types of columns.
const RULES: [(&str, &str); 11] = [
    ("ccn_format", "no CMS Certification Number: six characters, or ten with a suffix"),
    ("date_format", "no date in the form that the source writes dates in"),
    ("encoding", "a byte that the encoding of the source does not have"),
    ("enrollment_id_format", "no enrollment id of PECOS"),
    ("field_count", "another number of fields than the header has"),
    ("npi_checksum", "an NPI whose last digit does not follow from the others"),
    ("npi_first_digit", "an NPI that begins with neither 1 nor 2"),
    ("npi_format", "no NPI: ten digits"),
    ("nul_byte", "a NUL byte, which no text holds"),
    ("state_unknown", "no code of a state or territory"),
    ("unclosed_quote", "the file ends inside a quoted field of the row"),
];

/// How the names of rules end that are called after their column.
const OF_COLUMN: &str = "_invalid";

/// Returns the rows that the last served run refused, the most first.
///
/// # Errors
/// [`FactError::Publish`].
pub fn rejects(lake: &Lake<'_>, publication: &Publication) -> Result<Vec<RejectLine>, FactError> {
    let served = publish::current_run(lake.output, publication)?;
    Ok(served.map(|(_, manifest)| lines(&manifest)).unwrap_or_default())
}

fn lines(manifest: &Manifest) -> Vec<RejectLine> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (source, account) in &manifest.counts {
        for (rule, rows) in &account.rejected {
            *counts.entry((source, rule)).or_default() += rows;
        }
    }
    let line = |((source, rule), rows): ((&str, &str), u64)| RejectLine {
        source: source.to_owned(),
        rule: rule.to_owned(),
        rows,
        meaning: meaning_of_rule(rule),
    };
    let mut lines: Vec<RejectLine> = counts.into_iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.rows));
    lines
}

/// Returns what a rule means, where that is known.
#[must_use]
pub fn meaning_of_rule(rule: &str) -> Option<String> {
    if let Some((_, meaning)) = RULES.iter().find(|(name, _)| *name == rule) {
        return Some((*meaning).to_owned());
    }
    let column = rule.strip_suffix(OF_COLUMN)?;
    Some(format!("a value of {column} that its type does not have"))
}
