//! When a delivery is refused as a whole. It is decided once, when the delivery arrives; judging it again only counts.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_core::nearest;
use carelake_records::Reading;

use crate::error::IntakeError;
use crate::feed::{Feed, FeedTable, Mode};
use crate::judged::{Judged, JudgedTable};
use crate::mapping::{From, Value};

/// Cells of which fewer say nothing.
const FEWEST: u64 = 5;
/// What is read and is no record.
const NO_RECORDS: [&str; 2] = ["blank_row", "header_repeat"];

/// A delivery that is to be accepted, if nothing is wrong with it.
#[derive(Debug, Clone, Copy)]
pub struct Admission<'a> {
    /// Its id.
    pub delivery: &'a str,
    /// Whether any share of refused rows will do.
    pub accept_rejects: bool,
    /// Whether any loss of rows or values will do.
    pub accept_loss: bool,
}

/// Of each mapped column the cells with a value, and those that broke the type.
pub(super) type Columns = BTreeMap<String, (u64, u64)>;

/// What is known of one table when the delivery is decided on.
#[derive(Debug, Clone)]
pub(super) struct Figures<'f> {
    pub(super) table: &'f str,
    /// What became of the rows of the delivery.
    pub(super) account: &'f Account,
    /// Of each column the cells with a value, and those that broke the type.
    pub(super) columns: &'f Columns,
    /// The same of the last delivery before it by date that was judged.
    pub(super) former: Option<(&'f Account, &'f Columns)>,
    /// Rows of the state before it, if there was one, and with it.
    pub(super) served: (Option<u64>, u64),
}

/// Refuses a delivery without records, and one that lacks what its rows require.
pub(super) fn readable(feed: &Feed, judged: &Judged) -> Result<(), IntakeError> {
    if judged.tables.iter().all(|table| records(&table.account) == 0) {
        let empty = IntakeError::Empty { feed: feed.name.clone() };
        return if feed.allow_empty { Ok(()) } else { Err(empty) };
    }
    judged.tables.iter().try_for_each(|table| has_columns(feed, table, &judged.reading))
}

/// Refuses what would be refused of the first delivery of its feed.
pub(crate) fn alone(feed: &Feed, judged: &Judged) -> Result<(), IntakeError> {
    readable(feed, judged)?;
    let columns = Columns::new();
    let figures = judged.tables.iter().map(|table| Figures {
        table: &table.name,
        account: &table.account,
        columns: &columns,
        former: None,
        served: (None, table.account.published),
    });
    let admission = Admission { delivery: "", accept_rejects: false, accept_loss: false };
    check(feed, admission, &figures.collect::<Vec<_>>())
}

fn records(account: &Account) -> u64 {
    let others = NO_RECORDS.iter().filter_map(|rule| account.filtered.get(*rule)).sum::<u64>();
    account.read.saturating_sub(others)
}

fn has_columns(feed: &Feed, judged: &JudgedTable, reading: &Reading) -> Result<(), IntakeError> {
    if judged.missing.is_empty() {
        return Ok(());
    }
    Err(IntakeError::Drift {
        feed: feed.name.clone(),
        table: judged.name.clone(),
        columns: judged.missing.clone(),
        nearest: nearest_name(feed, judged, reading),
    })
}

/// Returns the name in the file that is most like one of those that were looked for.
fn nearest_name(feed: &Feed, judged: &JudgedTable, reading: &Reading) -> Option<String> {
    let at = feed.tables.iter().position(|table| table.table.name == judged.name)?;
    let (table, wanted) = (feed.tables.get(at)?, feed.wanted.tables.get(at)?);
    let names = reading.headers.iter().flat_map(|(_, names)| names).chain(&reading.others);
    let names: Vec<&str> = names.map(String::as_str).collect();
    let looked_for = sources_of(table, &judged.missing);
    let looked_for = looked_for.into_iter().filter_map(|cell| wanted.sources.get(cell));
    let mut found = looked_for.filter_map(|source| nearest(&source.path, names.iter().copied()));
    found.next().map(str::to_owned)
}

/// Returns the cells that feed these columns.
fn sources_of(table: &FeedTable, columns: &[String]) -> Vec<usize> {
    let mut cells = Vec::new();
    for mapped in table.mapping.columns.iter().filter(|mapped| columns.contains(&mapped.column)) {
        cells_of(&mapped.value, &mut cells);
    }
    cells
}

fn cells_of(value: &Value, to: &mut Vec<usize>) {
    match &value.from {
        From::Cell(cell) => to.push(*cell),
        From::Capture(_) | From::Constant(_) => {}
        From::First(values) | From::Joined(values, _) | From::List(values) => {
            values.iter().for_each(|value| cells_of(value, to));
        }
    }
}

/// Refuses a delivery of which too many rows were refused, too few are left, or too much is gone.
pub(super) fn check(feed: &Feed, admission: Admission<'_>, tables: &[Figures<'_>]) -> Result<(), IntakeError> {
    if tables.iter().all(|figures| records(figures.account) == 0) {
        return Ok(());
    }
    if !admission.accept_rejects {
        tables.iter().try_for_each(|figures| rejects(feed, figures))?;
    }
    if admission.accept_loss {
        return Ok(());
    }
    let rows = tables.iter().map(|figures| figures.account.published).sum();
    let least = feed.thresholds.min_rows;
    // A delivery of removals is no empty one.
    let removals: u64 = tables.iter().filter_map(|figures| figures.account.filtered.get("removal")).sum();
    // Rows that were published before are rows of the delivery all the same.
    let again: u64 = tables.iter().map(|figures| figures.account.duplicates()).sum();
    if rows + removals + again < least {
        return Err(IntakeError::Few { feed: feed.name.clone(), rows, least });
    }
    tables.iter().try_for_each(|figures| volume(feed, figures).and(values(feed, figures)))
}

fn rejects(feed: &Feed, figures: &Figures<'_>) -> Result<(), IntakeError> {
    let (rejected, read) = (figures.account.rejects(), figures.account.read);
    if share(rejected, read) <= feed.thresholds.max_reject_ratio {
        return Ok(());
    }
    Err(IntakeError::Rejects { feed: feed.name.clone(), table: figures.table.to_owned(), rejected, read })
}

fn volume(feed: &Feed, figures: &Figures<'_>) -> Result<(), IntakeError> {
    let (before, rows) = match feed.mode {
        Mode::Append => return Ok(()),
        Mode::Full => (figures.former.map(|(account, _)| account.published), figures.account.published),
        Mode::Upsert => figures.served,
    };
    let before = before.unwrap_or_default();
    if share(before.saturating_sub(rows), before) <= feed.thresholds.max_drop_ratio {
        return Ok(());
    }
    Err(IntakeError::Volume { feed: feed.name.clone(), table: figures.table.to_owned(), rows, before })
}

/// Compares what the columns hold with the delivery before.
fn values(feed: &Feed, figures: &Figures<'_>) -> Result<(), IntakeError> {
    let Some((former, columns_before)) = figures.former else { return Ok(()) };
    let mut losses = Vec::new();
    for (name, (filled, invalid)) in figures.columns {
        let Some((filled_before, invalid_before)) = columns_before.get(name) else { continue };
        let (now, before) = (share(*invalid, filled + invalid), share(*invalid_before, filled_before + invalid_before));
        let had_any = filled_before + invalid_before > 0;
        if had_any && *invalid >= FEWEST && now - before > feed.thresholds.max_invalid_rise {
            losses.push(format!("{invalid} of {} values of {name} are invalid", filled + invalid));
        } else if feed.mode == Mode::Full {
            let rows = figures.account.published;
            let before = share(*filled_before, former.published);
            let gone = before - share(*filled, rows);
            if gone > before * feed.thresholds.max_loss && gone * rows as f64 >= FEWEST as f64 {
                losses.push(format!(
                    "{filled} of {rows} rows have a value in {name}, where {filled_before} of {} had",
                    former.published
                ));
            }
        }
    }
    if losses.is_empty() {
        return Ok(());
    }
    Err(IntakeError::Loss { feed: feed.name.clone(), table: figures.table.to_owned(), losses })
}

fn share(of: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { of as f64 / all as f64 }
}
