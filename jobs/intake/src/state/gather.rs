//! Judging the deliveries of which no part is kept, each once for all tables.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use carelake_core::names::Publication;

use super::accepted::Accepted;
use super::held::Found;
use super::kept_file::KeptFile;
use super::part::comparable;
use super::rejects;
use super::replay::again;
use super::rows::Rows;
use super::settle::{Services, Settlement};
use super::thresholds::readable;
use super::work::Work;
use crate::error::IntakeError;
use crate::feed::Mode;
use crate::judged::{HIDDEN, Judged, JudgedTable, part_schema};
use crate::kept::KeptRows;
use crate::publish::conform;

/// Finds the part of every delivery, and judges those that have none.
pub(super) fn gather(
    services: Services<'_>,
    settlement: &Settlement<'_>,
    order: &[&Accepted],
    works: &mut [Work<'_>],
) -> Result<(), IntakeError> {
    for (at, delivery) in order.iter().enumerate() {
        let is_last = at + 1 == order.len();
        works.iter_mut().for_each(|work| work.begin(delivery));
        if !works.iter().any(|work| work.needs(delivery, is_last)) {
            if let Some(judge) = settlement.replay {
                again(services, settlement, judge, delivery, is_last, works)?;
            }
            continue;
        }
        let mut judged = (settlement.judge)(delivery)?;
        if settlement.admission.is_some_and(|admission| admission.delivery == delivery.id) {
            readable(settlement.feed, &judged)?;
        }
        for work in works.iter_mut() {
            if work.needs(delivery, is_last) {
                let table = judged.take(&work.table.table.name)?;
                take(services, settlement, delivery, table, work)?;
            }
            work.publishing.beat()?;
        }
    }
    Ok(())
}

impl Judged {
    /// Takes one of the tables out.
    pub(super) fn take(&mut self, name: &str) -> Result<JudgedTable, IntakeError> {
        let place = self.tables.iter().position(|table| table.name == *name);
        let place = place.ok_or_else(|| IntakeError::NoTable { table: name.to_owned() })?;
        Ok(self.tables.swap_remove(place))
    }
}

/// Keeps what was judged of one table of a delivery.
fn take(
    services: Services<'_>,
    settlement: &Settlement<'_>,
    delivery: &Accepted,
    judged: JudgedTable,
    work: &mut Work<'_>,
) -> Result<(), IntakeError> {
    let publication = work.shelf.desk.publication;
    let account = judged.account.balanced(&judged.name)?;
    let kept = rejects::judged(delivery, &judged.rejects);
    let rejects = rejects::keep(services.rejects, publication, delivery, "judged", &kept)?;
    let found = Found {
        mapping: settlement.feed.mapping.clone(),
        account,
        rejects,
        columns: judged.columns.iter().map(|(name, values)| (name.clone(), (values.filled, values.invalid))).collect(),
        ..Found::default()
    };
    keep_part(services, settlement, delivery, judged.rows, found, work)
}

/// Keeps the rows of a delivery beside its publication: of a `full` feed, which serves them, only where they came from.
pub(super) fn keep_part(
    services: Services<'_>,
    settlement: &Settlement<'_>,
    delivery: &Accepted,
    rows: KeptRows,
    mut found: Found,
    work: &mut Work<'_>,
) -> Result<(), IntakeError> {
    let publication = work.shelf.desk.publication;
    let (mode, table) = (settlement.feed.mode, work.table);
    let identity = format!("{publication} part {} {} {}", delivery.id, delivery.sha256, found.mapping);
    let given = services.ledger.id_for(&identity, delivery.delivery_date, (services.now)())?;
    let schema = part_schema(&table.table);
    let (what, of_what) = match mode {
        Mode::Full => ("places", Arc::new(schema.project(&hidden(&schema))?)),
        Mode::Append | Mode::Upsert => {
            ("part", comparable(&RecordBatch::new_empty(Arc::clone(&schema)), table, mode)?.schema())
        }
    };
    let mut file = KeptFile::begin(what, &of_what)?;
    match mode {
        Mode::Full => rows.columns(&HIDDEN).try_for_each(|batch| file.write(&batch?))?,
        Mode::Append | Mode::Upsert => {
            rows.iter().try_for_each(|batch| file.write(&comparable(&conform(&batch?, &schema)?, table, mode)?))?;
        }
    }
    let (path, part) = file.keep(services.output, |name| {
        let path = Publication::helper_path(&given.run_id, name);
        (format!("{publication}/{path}"), path)
    })?;
    let source = match mode {
        Mode::Full => {
            (found.part, found.places) = (None, Some(path));
            Rows::Judged(rows)
        }
        Mode::Append | Mode::Upsert => {
            (found.part, found.places) = (Some(path), None);
            Rows::Kept(part)
        }
    };
    work.judged(found, source);
    Ok(())
}

/// Returns where the columns are that are not published.
fn hidden(schema: &SchemaRef) -> Vec<usize> {
    HIDDEN.iter().filter_map(|name| schema.index_of(name).ok()).collect()
}
