//! Judging: the rows of a delivery, read, mapped and judged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

use carelake_core::ErrorKind;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use carelake_records::{Batch, Place, Wanted};
use jiff::civil::Date;
use serde_json::Value;

use super::desk::Desk;
use super::opened::opened;
use super::{answer, columns, read};
use crate::course::{self, Step};
use crate::deliveries::{Delivery, End};
use crate::error::IntakeError;
use crate::feed::Feed;
use crate::handed::{self, Basis};
use crate::judge::{DeliveryFacts, JudgeError, Plan, judge_read};
use crate::judged::Judged;

/// Deliveries that were judged and wait for their turn, by execution: the step that publishes runs in the same process on one
/// machine. Elsewhere they are handed over.
static WAITING: Mutex<BTreeMap<String, Judged>> = Mutex::new(BTreeMap::new());
/// Deliveries that wait at most.
const MOST_WAITING: usize = 4;

pub(crate) fn judge(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let step: Step = read(payload)?;
    let desk = Desk::open(context)?;
    let (feed, delivery) = desk.delivery(&step)?;
    let work = || judge_delivery(&desk, &feed, &delivery, None);
    match desk.in_slot(&feed.partner, &step.execution, work) {
        Ok(judged) => {
            // Of a file that lacks what rows require, the header may be none.
            let is_whole = judged.tables.iter().all(|table| table.missing.is_empty());
            if let Some(seen) = columns::seen(&feed, &judged.reading).filter(|_| is_whole) {
                desk.deliveries().see((&delivery.id, &delivery.sha256), &seen, desk.now())?;
            }
            let rows = judged.tables.iter().map(|table| table.account.read).sum();
            if context.host.is_some() {
                wait(step.execution, judged);
            } else {
                handed::hand(context.services.rejects, &step.execution, basis(&desk, &feed, &delivery), &judged)?;
            }
            answer(&course::Judged { rows })
        }
        Err(error) => Err(fail(&desk, &feed, &delivery, &step.execution, error)?),
    }
}

/// Reads the file of a delivery and judges its rows: all of them, or those at these places.
///
/// # Errors
/// [`IntakeError`] when the file cannot be read, or is not what the feed declares.
pub(crate) fn judge_delivery(
    desk: &Desk<'_>,
    feed: &Feed,
    delivery: &Delivery,
    only: Option<&BTreeSet<Place>>,
) -> Result<Judged, IntakeError> {
    if let Some(control) = &delivery.control {
        control.check_bytes(delivery.size_bytes, &delivery.sha256)?;
    }
    let file = desk.file(&delivery.raw, delivery.edition.as_deref())?;
    let captures = feed.path.matches(&delivery.name).map(|captures| captures.named).unwrap_or_default();
    let date = delivery.id.position.date;
    let facts = DeliveryFacts { delivery_date: date, captures: captures.into_iter().collect() };
    let judged = judge_file(desk, feed, file.path(), &facts, only, &mut |_| {})?;
    if let (Some(control), None) = (&delivery.control, only) {
        control.check_rows(judged.reading.records)?;
    }
    Ok(judged)
}

/// Reads a file of a feed and judges its rows; `look` sees every batch before it is judged.
///
/// # Errors
/// As [`judge_delivery`].
pub(super) fn judge_file(
    desk: &Desk<'_>,
    feed: &Feed,
    file: &Path,
    facts: &DeliveryFacts,
    only: Option<&BTreeSet<Place>>,
    look: &mut (dyn FnMut(&Batch) + Send),
) -> Result<Judged, IntakeError> {
    let opened = opened(desk, feed, file)?;
    let plan = Plan::new(feed, facts, only).map_err(unjudged)?;
    let (wanted, limits) = (dated(&feed.wanted, facts.delivery_date), desk.intake.limits);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let read = |take: &mut dyn FnMut(Batch) -> ControlFlow<()>| {
        carelake_records::read(opened.path(), &feed.format, &wanted, &limits, &mut |batch| {
            look(&batch);
            take(batch)
        })
    };
    judge_read(&plan, threads, read).map_err(unjudged)
}

/// Returns what is wanted with the delivery date in the names of sheets and members that have one.
fn dated(wanted: &Wanted, date: Date) -> Wanted {
    let mut wanted = wanted.clone();
    for part in wanted.tables.iter_mut().filter_map(|table| table.part.as_mut()) {
        if let Some((before, rest)) = part.split_once('{')
            && let Some((format, after)) = rest.split_once('}')
        {
            *part = format!("{before}{}{after}", date.strftime(format));
        }
    }
    wanted
}

fn unjudged(error: JudgeError) -> IntakeError {
    match error {
        JudgeError::Read(error) => error.into(),
        error => IntakeError::Judge(error),
    }
}

/// Notes in the ledger why a delivery fails for good, with the reason that is for machines; what may heal is left to the retries.
pub(super) fn fail(
    desk: &Desk<'_>,
    feed: &Feed,
    delivery: &Delivery,
    execution: &str,
    error: IntakeError,
) -> Result<Failure, Failure> {
    let is_empty = matches!(error, IntakeError::Empty { .. });
    if is_empty || error.kind().is_permanent && error.kind() != ErrorKind::SUPERSEDED {
        let reason = error.reason().map(str::to_owned);
        let end = match &error {
            IntakeError::Empty { .. } => End::Empty,
            error => End::Failed { error: error.kind().name.to_owned(), reason, accounts: BTreeMap::new() },
        };
        let content = (&delivery.id, delivery.sha256.as_str(), execution);
        desk.deliveries().finish(feed.into(), content, &end, desk.now())?;
    }
    Ok(error.into())
}

fn wait(execution: String, judged: Judged) {
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.len() < MOST_WAITING {
        waiting.insert(execution, judged);
    }
}

/// Takes a delivery that was judged by the step before, in this process or in another.
pub(super) fn taken(
    desk: &Desk<'_>,
    feed: &Feed,
    delivery: &Delivery,
    execution: &str,
) -> Result<Option<Judged>, IntakeError> {
    if desk.context.host.is_some() {
        return Ok(WAITING.lock().unwrap_or_else(PoisonError::into_inner).remove(execution));
    }
    let basis = basis(desk, feed, delivery);
    handed::take(desk.context.services.rejects, execution, (&basis, feed), desk.context.scratch)
}

/// Forgets a delivery that was judged: it is published, or will not be.
pub(super) fn forget(desk: &Desk<'_>, execution: &str) -> Result<(), IntakeError> {
    if desk.context.host.is_some() {
        WAITING.lock().unwrap_or_else(PoisonError::into_inner).remove(execution);
        return Ok(());
    }
    handed::forget(desk.context.services.rejects, execution)
}

/// Returns of what and by what a delivery is judged.
fn basis(desk: &Desk<'_>, feed: &Feed, delivery: &Delivery) -> Basis {
    Basis {
        delivery: delivery.id.to_string(),
        sha256: delivery.sha256.clone(),
        mapping: feed.mapping.clone(),
        version: desk.context.code_version.to_owned(),
    }
}
