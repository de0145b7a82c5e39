//! Refused rows once more, through the mended mapping: what is valid now is added to its own delivery.
//!
//! The other rows of the delivery stay as they were judged; only a rebuild judges them by the present mapping.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;
use arrow_select::interleave::interleave_record_batch;
use arrow_select::take::take;
use carelake_core::account::OF_KEY;
use carelake_core::publish::Served;
use carelake_records::Place;

use super::accepted::Accepted;
use super::gather::keep_part;
use super::held::Found;
use super::marks::Marks;
use super::part::{Part, comparable};
use super::rejects::{self, RejectedPlace};
use super::rows::Rows;
use super::settle::{Services, Settlement};
use super::work::Work;
use crate::error::IntakeError;
use crate::feed::{FeedTable, Mode};
use crate::hashed::ByHash;
use crate::judged::{HIDDEN, Judged, JudgedTable, part_schema};
use crate::publish::conform;

/// Judges only the rows at these places of each table, by the present mapping of the feed.
pub type JudgePlaces<'j> = dyn Fn(&Accepted, &BTreeMap<String, Vec<RejectedPlace>>) -> Result<Judged, IntakeError> + 'j;

/// Judges the refused rows of the delivery that was begun last once more.
pub(super) fn again(
    services: Services<'_>,
    settlement: &Settlement<'_>,
    judge: &JudgePlaces<'_>,
    delivery: &Accepted,
    is_last: bool,
    works: &mut [Work<'_>],
) -> Result<(), IntakeError> {
    if settlement.feed.mode == Mode::Full && !is_last {
        return Ok(());
    }
    let mut places = BTreeMap::new();
    for work in works.iter() {
        let held = work.after.deliveries.last();
        let found = held.and_then(|held| held.found.as_ref()?.rejects.as_ref());
        let publication = work.shelf.desk.publication;
        let of_table = found.map(|path| rejects::places(services.rejects, publication, path)).transpose()?;
        of_table.into_iter().for_each(|of_table| drop(places.insert(work.table.table.name.clone(), of_table)));
    }
    if places.is_empty() {
        return Ok(());
    }
    let mut judged = judge(delivery, &places)?;
    for work in works.iter_mut().filter(|work| places.contains_key(&work.table.table.name)) {
        let table = judged.take(&work.table.table.name)?;
        add(services, settlement, delivery, table, work)?;
        work.publishing.beat()?;
    }
    Ok(())
}

/// Adds what is valid now to the part of its delivery.
fn add(
    services: Services<'_>,
    settlement: &Settlement<'_>,
    delivery: &Accepted,
    judged: JudgedTable,
    work: &mut Work<'_>,
) -> Result<(), IntakeError> {
    let Some(before) = work.after.deliveries.last().and_then(|held| held.found.clone()) else { return Ok(()) };
    let publication = work.shelf.desk.publication;
    let (mode, table) = (settlement.feed.mode, work.table);
    let again = judged.account.balanced(&judged.name)?;
    let mut account = before.account.clone();
    account.read = account.read.saturating_sub(again.read);
    account.rejected.clear();
    account.add(&again);
    let new = judged.rows.iter().collect::<Result<Vec<_>, _>>()?;
    let (rows, lost) = together(&earlier(services, &before, work)?, &new, table, mode)?;
    account.published = account.published.saturating_sub(lost);
    if lost > 0 {
        *account.duplicate.entry(OF_KEY.to_owned()).or_default() += lost;
    }
    let account = account.balanced(&judged.name)?;
    if account == before.account {
        return Ok(());
    }
    let kept = rejects::judged(delivery, &judged.rejects);
    let rejects = rejects::keep(services.rejects, publication, delivery, "judged", &kept)?;
    let replayed = Some(settlement.feed.mapping.clone());
    let mut found = Found { account, rejects, replayed, ..before };
    for (name, values) in &judged.columns {
        let (filled, invalid) = found.columns.entry(name.clone()).or_default();
        (*filled, *invalid) = (*filled + values.filled, *invalid + values.invalid);
    }
    keep_part(services, settlement, delivery, rows.into(), found, work)
}

/// Reads the rows of a delivery that were valid before.
fn earlier(services: Services<'_>, found: &Found, work: &Work<'_>) -> Result<Vec<RecordBatch>, IntakeError> {
    let schema = part_schema(&work.table.table);
    let publication = work.shelf.desk.publication;
    let mut rows = Vec::new();
    if let Some(path) = &found.part {
        let part = Rows::Kept(Part::at(format!("{publication}/{path}")));
        part.each_batch(services.output, &[], |batch, _| {
            rows.push(conform(batch, &schema)?);
            Ok(())
        })?;
    }
    if let Some(path) = &found.places {
        rows.push(served(services, &format!("{publication}/{path}"), &schema, work)?);
    }
    Ok(rows)
}

/// Puts the rows that a `full` feed serves back beside the places that they came from.
fn served(
    services: Services<'_>,
    places: &str,
    schema: &SchemaRef,
    work: &Work<'_>,
) -> Result<RecordBatch, IntakeError> {
    let foreign = || IntakeError::Foreign { key: places.to_owned() };
    let mut hidden = Vec::new();
    for batch in Part::at(places.to_owned()).read(services.output, &[])? {
        hidden.push(batch?);
    }
    let first = hidden.first().ok_or_else(foreign)?.schema();
    let hidden = concat_batches(&first, &hidden)?;
    let publication = work.shelf.desk.publication;
    let served = Served::of(services.output, publication)?.ok_or_else(foreign)?;
    let of_run = served.schema()?;
    let mut rows = vec![RecordBatch::new_empty(Arc::clone(&of_run))];
    for batch in served.batches(services.output, &of_run) {
        rows.push(batch?);
    }
    let rows = concat_batches(&of_run, &rows)?;
    // A row that takes its key out is not served; it is counted all the same.
    let removals = hidden.column_by_name(HIDDEN[2]).and_then(|column| column.as_boolean_opt()).ok_or_else(foreign)?;
    let mut next = 0..;
    let at: UInt32Array =
        removals.iter().map(|is_removal| if is_removal == Some(true) { None } else { next.next() }).collect();
    if at.len() - at.null_count() != rows.num_rows() {
        return Err(foreign());
    }
    let columns = schema.fields().iter().map(|field| match hidden.column_by_name(field.name()) {
        Some(column) => Ok(Arc::clone(column)),
        None => Ok(take(rows.column_by_name(field.name()).ok_or_else(foreign)?, &at, None)?),
    });
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, IntakeError>>()?)?)
}

/// The rank of a row, its place, and which row of which batch it is.
type Ranked = (Box<[u8]>, Place, (usize, usize));

/// Puts rows of one delivery together in file order; of two of one key one is lost. Answers how many were.
fn together(
    old: &[RecordBatch],
    new: &[RecordBatch],
    table: &FeedTable,
    mode: Mode,
) -> Result<(Vec<RecordBatch>, u64), IntakeError> {
    let mut winners: ByHash<Ranked> = ByHash::default();
    let (mut removed, mut lost) = (Vec::new(), 0);
    let batches: Vec<&RecordBatch> = old.iter().chain(new).filter(|batch| batch.num_rows() > 0).collect();
    for (at, batch) in batches.iter().enumerate() {
        let ranked = comparable(batch, table, Mode::Upsert)?;
        let marks = Marks::of(&ranked, "")?;
        for row in 0..marks.len() {
            let ours = (Box::from(marks.rank(row)), marks.place(row), (at, row));
            // Of the rows that a `full` delivery removed the key is not known any more.
            if mode == Mode::Full && marks.is_removal(row) {
                removed.push((ours.1, ours.2));
                continue;
            }
            match winners.get(&marks.key(row)) {
                Some(best) => {
                    lost += 1;
                    if is_before(&ours, best, table) {
                        winners.insert(marks.key(row), ours);
                    }
                }
                None => drop(winners.insert(marks.key(row), ours)),
            }
        }
    }
    removed.extend(winners.into_values().map(|(_, place, at)| (place, at)));
    removed.sort_unstable();
    let order: Vec<(usize, usize)> = removed.into_iter().map(|(_, at)| at).collect();
    if batches.is_empty() {
        return Ok((Vec::new(), lost));
    }
    let rows = interleave_record_batch(&batches, &order)?;
    Ok((vec![rows], lost))
}

/// Returns whether a row comes before another of its key: by rank, then by line, the later first unless the feed says otherwise.
fn is_before(one: &Ranked, other: &Ranked, table: &FeedTable) -> bool {
    let line = table.order.iter().find(|order| order.column == "line");
    let by_line = one.1.cmp(&other.1);
    let by_line = if line.is_none_or(|order| order.is_descending) { by_line.reverse() } else { by_line };
    one.0.cmp(&other.0).then(by_line).is_lt()
}
