//! Trying a page: a file is read and judged by it, and nothing is written.

use std::collections::BTreeMap;
use std::path::Path;

use carelake_core::ErrorKind;
use carelake_core::account::Account;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::desk::Desk;
use super::judge::judge_file;
use super::place::place_file;
use super::trial_rows::{Seen, TriedRow};
use crate::arrive::{Claimant, Named};
use crate::error::IntakeError;
use crate::feed::Feed;
use crate::judge::DeliveryFacts;
use crate::judged::{Judged, JudgedTable, Rejected, Values};
use crate::state::{Change, alone, compare};

/// What is tried.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The feed.
    pub feed: &'a str,
    /// The file.
    pub file: &'a Path,
    /// The delivery date, whatever name and file say.
    pub as_of: Option<Date>,
    /// Rows of each table that are shown before and after.
    pub rows: usize,
    /// Whether what is served is compared with.
    pub against_served: bool,
}

/// What a file would be, by the page of its feed. Rows have values: they are for the person who asks, and for nobody else.
#[derive(Debug, Serialize)]
pub struct Trial {
    /// The feed.
    pub feed: String,
    /// The delivery date that it was judged by.
    pub delivery_date: Date,
    /// The error with which it would be refused if it were the first of its feed, and why.
    pub refused: Option<(&'static str, String)>,
    /// The tables.
    pub tables: Vec<TriedTable>,
    /// Names in the file that nothing is made of.
    pub unused: Vec<String>,
}

/// What became of one table.
#[derive(Debug, Serialize)]
pub struct TriedTable {
    /// Its name.
    pub table: String,
    /// What became of the rows.
    pub account: Account,
    /// Of each mapped column, cells with a value and cells that broke the type.
    pub columns: BTreeMap<String, (u64, u64)>,
    /// Required columns that nothing in the file feeds.
    pub missing: Vec<String>,
    /// The refused rows, without their values.
    pub rejects: Vec<TriedReject>,
    /// The first rows, before and after.
    pub rows: Vec<TriedRow>,
    /// What differs from what is served.
    pub change: Option<Change>,
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TriedReject {
    /// The member or sheet, where there are several.
    pub part: Option<String>,
    /// Where it begins.
    pub place: String,
    /// The rule that it broke.
    pub rule: String,
    /// The column that broke it, if one did.
    pub column: Option<String>,
}

/// Reads a file and judges it by the page of a feed; nothing is written.
///
/// # Errors
/// `InvalidConfig` where there is no such feed; `Storage` when the file or what is served cannot be read. A file that would be refused
/// is an answer.
pub fn tried(context: &Context<'_>, asked: Asked<'_>) -> Result<Trial, Failure> {
    let desk = Desk::open(context)?;
    let feed = desk.feed(asked.feed)?;
    let named = names(asked.file).find_map(|name| feed.fits(&name)).unwrap_or_default();
    let about = asked.file.metadata().map_err(IntakeError::Read)?;
    let modified = about.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or_else(|| desk.now());
    let delivery_date = match asked.as_of {
        Some(date) => date,
        None => place_file(&desk, feed, &named, Some(asked.file), modified)?.date,
    };
    let Named { captures, .. } = named;
    let facts = DeliveryFacts { delivery_date, captures };
    let mut seen = Seen::of(feed, asked.rows);
    let judged = judge_file(&desk, feed, asked.file, &facts, None, &mut |batch| seen.look(batch));
    let mut trial =
        Trial { feed: feed.name.clone(), delivery_date, refused: None, tables: Vec::new(), unused: Vec::new() };
    let judged = match judged {
        Ok(judged) => judged,
        // What this machine could not do says nothing of the file.
        Err(error) if !error.kind().is_permanent || error.kind() == ErrorKind::STORAGE => return Err(error.into()),
        Err(error) => {
            trial.refused = Some(refusal(&error));
            return Ok(trial);
        }
    };
    trial.refused = alone(feed, &judged).err().map(|error| refusal(&error));
    trial.unused = unused(feed, &judged);
    for (at, (table, judged)) in feed.tables.iter().zip(&judged.tables).enumerate() {
        let change = asked.against_served.then(|| compare(context.services.output, feed, table, judged)).transpose()?;
        trial.tables.push(TriedTable { rows: seen.after(at, table, judged)?, change, ..TriedTable::from(judged) });
    }
    Ok(trial)
}

/// Returns what a file may be called from its partner's folder: its name, then with the folders around it.
fn names(file: &Path) -> impl Iterator<Item = String> {
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let parts: Vec<String> = whole.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    (1..=parts.len()).map(move |many| parts.iter().skip(parts.len() - many).cloned().collect::<Vec<_>>().join("/"))
}

fn refusal(error: &IntakeError) -> (&'static str, String) {
    (error.kind().name, carelake_core::causes(error))
}

/// Returns the names in the header, or paths of records, that no table wants.
fn unused(feed: &Feed, judged: &Judged) -> Vec<String> {
    let wanted: Vec<String> =
        feed.wanted.tables.iter().flat_map(|table| &table.sources).map(|source| plain(&source.path)).collect();
    let mut unused: Vec<String> = judged.reading.others.clone();
    for name in judged.reading.headers.iter().flat_map(|(_, names)| names) {
        if !name.is_empty() && !wanted.contains(&plain(name)) && !unused.contains(name) {
            unused.push(name.clone());
        }
    }
    unused
}

/// Returns a name as names are compared: without case and signs.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl From<&JudgedTable> for TriedTable {
    fn from(judged: &JudgedTable) -> Self {
        let columns = judged.columns.iter();
        Self {
            table: judged.name.clone(),
            account: judged.account.clone(),
            columns: columns.map(|(name, Values { filled, invalid })| (name.clone(), (*filled, *invalid))).collect(),
            missing: judged.missing.clone(),
            rejects: judged.rejects.iter().map(TriedReject::from).collect(),
            rows: Vec::new(),
            change: None,
        }
    }
}

impl From<&Rejected> for TriedReject {
    fn from(rejected: &Rejected) -> Self {
        Self {
            part: rejected.part.as_deref().map(str::to_owned),
            place: rejected.place.to_string(),
            rule: rejected.rule.to_string(),
            column: rejected.column.clone(),
        }
    }
}
