//! Reading a table: the statement, its rows, and what is left to do when they are not all wanted.

use super::cancel::Cancel;
use super::fault::Fault;
use super::link::Row;
use super::rows::{Rows, order};
use super::session::Open;
use super::snapshot;
use super::sql::{self, Where};
use crate::kind::Kind;
use crate::reading::{Condition, Counts, Order, Reading, Taker};
use crate::relation::Relation;
use crate::session::Canceller as _;

/// Reads rows and hands them over.
pub(super) fn read(open: &mut Open, reading: &Reading<'_>, taker: &mut dyn Taker) -> Result<Counts, Fault> {
    let order_of_columns = order(reading);
    let columns: Vec<usize> =
        order_of_columns.iter().filter_map(|place| reading.columns.get(*place)).map(|wanted| wanted.column).collect();
    if columns.is_empty() {
        return Err(Fault::Refused("no column is wanted"));
    }
    let filter = filter(open, reading.relation, reading.conditions)?;
    let mut statement = format!(
        "SELECT {} FROM {}{}",
        sql::listed(reading.relation, &columns)?,
        sql::table(reading.relation),
        filter.text()
    );
    if reading.order == Order::Key && !reading.relation.key.is_empty() {
        statement.push_str(&format!(" ORDER BY {}", sql::listed(reading.relation, &reading.relation.key)?));
    }
    let before = open.link.received();
    snapshot::within(open, Some(reading.relation), |open| {
        let prepared = open.link.prepare(&statement)?;
        let sent = open.link.execute(prepared, &filter.values)?;
        let done = rows(open, reading, &order_of_columns, &sent, taker);
        if let Err(Fault::Told(_) | Fault::Refused(_)) = &done {
            stop(open)?;
        }
        let mut counts = done?;
        open.link.close(prepared)?;
        counts.bytes = open.link.received() - before;
        Ok(counts)
    })
}

fn rows(
    open: &mut Open,
    reading: &Reading<'_>,
    order: &[usize],
    sent: &[super::link::Header],
    taker: &mut dyn Taker,
) -> Result<Counts, Fault> {
    let mut rows = Rows::new(reading, order, sent, taker)?;
    loop {
        let taken = match open.link.row(reading.row_bytes)? {
            Row::Whole(packet) => rows.row(packet),
            Row::TooLarge(packet) => rows.too_large(packet),
            Row::End => return rows.finished(),
        };
        if let Err(fault) = taken {
            if matches!(fault, Fault::Malformed) {
                open.link.give_up();
            }
            return Err(fault);
        }
    }
}

/// Ends a statement whose rows are not wanted any more, so that the session and its snapshot can be used on.
fn stop(open: &mut Open) -> Result<(), Fault> {
    let cancel = Cancel { target: open.target.clone(), number: open.number };
    if cancel.cancel().is_err() {
        open.link.give_up();
        return Ok(());
    }
    loop {
        match open.link.row(0) {
            Ok(Row::End) | Err(Fault::Code(_)) => break,
            Ok(_) => {}
            Err(_) => {
                open.link.give_up();
                return Ok(());
            }
        }
    }
    // Where it came too late for the statement, it ends the next one.
    match open.link.run("DO 0") {
        Ok(()) | Err(Fault::Code(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Makes the conditions of a reading.
pub(super) fn filter(open: &mut Open, relation: &Relation, conditions: &[Condition]) -> Result<Where, Fault> {
    let mut filter = Where::default();
    for condition in conditions {
        let local = match condition {
            Condition::Since { column, from, .. } if sql::column(relation, *column)?.kind == Kind::LocalTimestamp => {
                local(open, *from)?
            }
            _ => String::new(),
        };
        filter.add(relation, condition, &local)?;
    }
    Ok(filter)
}

/// Returns a moment in the zone of the server, where columns without one are written.
fn local(open: &mut Open, from: i64) -> Result<String, Fault> {
    let utc = sql::written(from);
    let asked = open.link.only(&format!("SELECT CONVERT_TZ('{utc}', '+00:00', @@global.time_zone)"))?;
    // Nothing is answered beyond what the server's calendar of zones covers: there it is UTC, an offset earlier at most.
    Ok(asked.into_iter().next().flatten().unwrap_or(utc))
}
