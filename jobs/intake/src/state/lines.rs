//! What became of the rows of every accepted delivery, a line each, for machines and for comparing.

use std::collections::BTreeMap;

use carelake_core::publish::current;
use carelake_core::store::Store;
use jiff::civil::Date;
use serde::Serialize;

use super::held::TableState;
use super::rejects::rejects_of;
use crate::error::IntakeError;
use crate::publish::publication;

/// What became of the rows of a delivery in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountLine {
    /// The feed.
    pub feed: String,
    /// The date that the delivery declares.
    pub delivery_date: Date,
    /// The table.
    pub table: String,
    /// Rows that were read.
    pub read: u64,
    /// Rows that are, or were, served.
    pub published: u64,
    /// Rows that a rule refused, by rule.
    pub rejected: BTreeMap<String, u64>,
    /// Rows that lost to another of their key, or were published before.
    pub duplicate: u64,
    /// Rows that were left out on purpose, by rule.
    pub filtered: BTreeMap<String, u64>,
}

/// A refused row, without what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectLine {
    /// The feed.
    pub feed: String,
    /// The date that the delivery declares.
    pub delivery_date: Date,
    /// The table.
    pub table: String,
    /// Where it begins, in the partner's own words.
    pub place: String,
    /// The rule that it broke.
    pub rule: String,
    /// The column that broke it, if one did.
    pub column: Option<String>,
}

/// Returns what became of the rows of the deliveries that are in; of one that a later `full` delivery made needless before it was
/// judged, nothing is known.
///
/// # Errors
/// [`IntakeError`] when pointers cannot be read.
pub fn counts(output: &dyn Store, feed: &str, table: &str) -> Result<Vec<CountLine>, IntakeError> {
    let state = state(output, feed, table)?;
    let line = |held: super::held::Held| {
        let account = held.account?;
        Some(CountLine {
            feed: feed.to_owned(),
            delivery_date: held.delivery_date,
            table: table.to_owned(),
            read: account.read,
            published: account.published,
            duplicate: account.duplicates(),
            rejected: account.rejected,
            filtered: account.filtered,
        })
    };
    Ok(state.deliveries.into_iter().filter_map(line).collect())
}

/// Returns the refused rows of the deliveries that are in.
///
/// # Errors
/// [`IntakeError`] when pointers or refused rows cannot be read.
pub fn reject_lines(
    output: &dyn Store,
    rejects: &dyn Store,
    feed: &str,
    table: &str,
) -> Result<Vec<RejectLine>, IntakeError> {
    let mut lines = Vec::new();
    for held in state(output, feed, table)?.deliveries {
        let found = rejects_of(rejects, &publication(table, feed), &held)?;
        lines.extend(found.into_iter().map(|reject| RejectLine {
            feed: feed.to_owned(),
            delivery_date: held.delivery_date,
            table: table.to_owned(),
            place: reject.place,
            rule: reject.rule,
            column: reject.column,
        }));
    }
    Ok(lines)
}

fn state(output: &dyn Store, feed: &str, table: &str) -> Result<TableState, IntakeError> {
    let publication = publication(table, feed);
    TableState::of(current(output, &publication)?.as_ref(), &publication.path())
}
