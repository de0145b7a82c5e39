//! What was there last time and is gone: rows, values of a column, partners of a join, partitions.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::account::Account;
use carelake_core::measure::{Loss, Measure, Partners};
use carelake_core::publish::{Manifest, PartFile};

use super::report::SourceReport;
use crate::config::Thresholds;
use crate::source::Filter;

/// Cells, or keys, of which fewer say nothing.
const FEWEST: u64 = 5;
/// Rows of a partition value that are not lost by chance.
const PARTITION_ROWS: u64 = 1_000;

/// Compares what the sources hold with the last published run, and with what cannot be right in any run.
#[must_use]
pub fn of_sources(
    previous: Option<&Manifest>,
    sources: &BTreeMap<String, SourceReport>,
    measures: &BTreeMap<String, Measure>,
    thresholds: &Thresholds,
) -> Vec<Loss> {
    let mut losses = Vec::new();
    for (name, measure) in measures {
        let before = previous.and_then(|manifest| manifest.measures.get(name));
        losses.extend(of_columns(name, before, measure, sources.get(name), thresholds));
        losses.extend(of_partners(name, before, measure, thresholds));
    }
    let Some(previous) = previous else { return losses };
    for (name, before) in &previous.counts {
        match sources.get(name) {
            Some(now) => losses.extend(of_account(name, before, &now.account, thresholds)),
            None => losses.push(Loss {
                of: format!("source {name}"),
                told: format!("absent; {} rows in the last published run", before.read),
                share: 1.0,
                is_total: true,
            }),
        }
    }
    losses
}

/// Compares the columns of one source.
#[must_use]
pub fn of_columns(
    source: &str,
    before: Option<&Measure>,
    now: &Measure,
    report: Option<&SourceReport>,
    thresholds: &Thresholds,
) -> Vec<Loss> {
    let mut losses = Vec::new();
    for (name, column) in &now.columns {
        let filled = now.filled(*column);
        let share = ratio(filled, now.rows);
        let last = before.and_then(|before| Some(ratio(before.filled(*before.columns.get(name)?), before.rows)));
        let drop = last.map_or(0.0, |last| last - share);
        let lost_cells = drop * now.rows as f64;
        let lost_most = last.is_some_and(|last| drop > last * thresholds.max_loss && lost_cells >= FEWEST as f64);
        let all_invalid = filled == 0 && column.invalid >= FEWEST && last.is_none_or(|last| last > 0.0);
        if !(drop > thresholds.note_loss || lost_most || all_invalid) {
            continue;
        }
        let mut told = match last {
            Some(last) => {
                format!("{} of the cells hold a value, {} in the last published run", percent(share), percent(last))
            }
            None => format!("none of {} cells holds a value", now.rows),
        };
        if column.invalid > 0 {
            told.push_str(&format!("; {} were made null by {name}_invalid", column.invalid));
            let pattern = report.and_then(|report| report.patterns.get(&format!("{name}_invalid")));
            pattern.into_iter().for_each(|pattern| told.push_str(&format!(", such as {pattern}")));
        }
        let of = format!("source {source}, column {name}");
        losses.push(Loss { of, told, share: if all_invalid { 1.0 } else { drop }, is_total: lost_most || all_invalid });
    }
    losses
}

fn of_partners(source: &str, before: Option<&Measure>, now: &Measure, thresholds: &Thresholds) -> Option<Loss> {
    let Partners { keys, found } = now.partners?;
    let share = ratio(found, keys);
    let last = before.and_then(|before| before.partners).map(|last| ratio(last.found, last.keys));
    let drop = if keys == 0 { 0.0 } else { last.map_or(0.0, |last| last - share) };
    let lost_most = last.is_some_and(|last| drop > last * thresholds.max_loss && drop * keys as f64 >= FEWEST as f64);
    let finds_none = found == 0 && keys >= FEWEST && last.is_none_or(|last| last > 0.0);
    if !(drop > thresholds.note_loss || lost_most || finds_none) {
        return None;
    }
    let told = match last {
        Some(last) => format!(
            "{} of {keys} keys find a partner, {} in the last published run; {} orphans",
            percent(share),
            percent(last),
            keys.saturating_sub(found)
        ),
        None => format!("none of {keys} keys finds a partner: all rows are orphans"),
    };
    let of = format!("source {source}");
    Some(Loss { of, told, share: if finds_none { 1.0 } else { drop }, is_total: lost_most || finds_none })
}

/// Compares what became of the rows of one source.
fn of_account(source: &str, before: &Account, now: &Account, thresholds: &Thresholds) -> Vec<Loss> {
    let of = || format!("source {source}");
    let mut losses = Vec::new();
    let drop = 1.0 - ratio(now.read, before.read);
    if before.read > 0 && drop > thresholds.note_loss {
        let told = format!("{} rows, {} in the last published run", now.read, before.read);
        losses.push(Loss { of: of(), told, share: drop, is_total: false });
    }
    let orphan = Filter::Orphan.name();
    let shares = |account: &Account, rows: u64| ratio(rows, account.read);
    let mut compare = |what: &str, last: u64, rows: u64| {
        let (last, share) = (shares(before, last), shares(now, rows));
        if share - last > thresholds.note_loss {
            let told = format!("{} of the rows {what}, {} in the last published run", percent(share), percent(last));
            losses.push(Loss { of: of(), told, share: share - last, is_total: false });
        }
    };
    for (rule, rows) in &now.rejected {
        compare(&format!("are rejected by {rule}"), before.rejected.get(rule).copied().unwrap_or(0), *rows);
    }
    for (filter, rows) in now.filtered.iter().filter(|(filter, _)| *filter != orphan) {
        compare(&format!("are left out as {filter}"), before.filtered.get(filter).copied().unwrap_or(0), *rows);
    }
    compare("are duplicates", before.duplicates(), now.duplicates());
    losses
}

/// Compares the rows of each partition value, such as `state=FL`, by the folders of the files.
#[must_use]
pub fn of_partitions(previous: &Manifest, files: &[PartFile], thresholds: &Thresholds) -> Vec<Loss> {
    let (before, now) = (by_folder(&previous.files), by_folder(files));
    let name = |folder: &str| folder.split('=').next().map(str::to_owned);
    let names: BTreeSet<_> = now.keys().filter_map(|folder| name(folder)).collect();
    // What folders tell no longer is a column of the files, and not lost.
    let compared =
        before.into_iter().filter(|(folder, _)| files.is_empty() || name(folder).is_some_and(|it| names.contains(&it)));
    let lost = compared.filter_map(|(folder, last)| {
        let rows = now.get(folder).copied().unwrap_or(0);
        let share = ratio(last.saturating_sub(rows), previous.rows);
        if rows > 0 && share <= thresholds.note_loss {
            return None;
        }
        let told = format!("{rows} rows, {last} in the last published run");
        Some(Loss { of: folder.to_owned(), told, share, is_total: rows == 0 && last >= PARTITION_ROWS })
    });
    lost.collect()
}

fn by_folder(files: &[PartFile]) -> BTreeMap<&str, u64> {
    let mut rows = BTreeMap::new();
    for file in files {
        for folder in file.path.split('/').filter(|folder| folder.contains('=')) {
            *rows.entry(folder).or_default() += file.rows;
        }
    }
    rows
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
