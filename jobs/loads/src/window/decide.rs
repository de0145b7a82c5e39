//! What a load reads, and where the next one begins.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use carelake_database::{Bound, Condition, Kind, Open, Server};
use jiff::SignedDuration;

use super::view::View;
use crate::publish::{LoadError, Mode, Position, Table, TableState};

/// A lag that stands in for the oldest transaction where the login may not see it.
const UNSEEN_LAG: SignedDuration = SignedDuration::from_mins(60);
/// In autumn an hour repeats, in zones that put clocks forward.
const REPEATED_HOUR: SignedDuration = SignedDuration::from_mins(65);
/// Clocks without a zone are at most this far from UTC, and a little.
const ZONES: SignedDuration = SignedDuration::from_hours(15);
/// PostgreSQL compares 32 bits of a transaction's number: farther back they say nothing.
const COMPARABLE: u64 = 1 << 31;
/// The most marks of keys that are kept.
const MOST_MARKS: usize = 32;

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Everything, and why.
    Whole(&'static str),
    /// What these conditions say.
    Window(Vec<Condition>),
    /// What changed, as an export of DynamoDB tells it.
    Changes,
}

/// Decides what is read.
///
/// # Errors
/// [`LoadError::Cursor`] where the column is none that can say it.
pub fn reach(table: &Table, state: Option<&TableState>, view: &View<'_>) -> Result<Reach, LoadError> {
    if table.mode == Mode::Full {
        return Ok(Reach::Whole("mode"));
    }
    if let Mode::Exported { from, .. } = table.mode {
        return exported(table, from, state);
    }
    if table.whole {
        return Ok(Reach::Whole("asked"));
    }
    let Some(state) = state else { return Ok(Reach::Whole("first")) };
    if state.generation != table.generation {
        return Ok(Reach::Whole("generation"));
    }
    Ok(match (table.mode, &state.position) {
        (Mode::Incremental { cursor }, Some(Position::Time(from))) => {
            check_time(table, cursor)?;
            let from = table.since.map_or(*from, |since| since.min(*from));
            let or_null = table.relation.columns.get(cursor).is_some_and(|column| column.is_nullable);
            Reach::Window(vec![Condition::Since { column: cursor, from, or_null }])
        }
        (Mode::Append { cursor }, Some(Position::Keys { after, .. })) => {
            let bound = |key: i64| vec![Bound(key.to_string())];
            let after = after.map(|key| Condition::After { columns: vec![cursor], bound: bound(key) });
            Reach::Window(after.into_iter().collect())
        }
        (Mode::Xid, Some(Position::Transaction { xmin, server })) => match view.moment.xmin {
            None => Reach::Whole("no_transaction"),
            Some(_) if *server != view.session.server().identifier => Reach::Whole("other_server"),
            Some(now) if now < *xmin => Reach::Whole("behind"),
            Some(now) if now - xmin > COMPARABLE => Reach::Whole("wraparound"),
            // All rows are of the transaction that wrote them anew, and which of them are other cannot be told.
            Some(_) if is_rewritten(table, state) => Reach::Whole("rewritten"),
            Some(_) => Reach::Window(vec![Condition::Xmin(*xmin)]),
        },
        _ => Reach::Whole("mode_changed"),
    })
}

fn is_rewritten(table: &Table, state: &TableState) -> bool {
    let (was, is) = (state.file, table.relation.file);
    was.zip(is).is_some_and(|(was, is)| was != is)
}

/// An export of what changed follows the one before without a gap, or it is none that can be taken.
fn exported(table: &Table, from: Option<i64>, state: Option<&TableState>) -> Result<Reach, LoadError> {
    let Some(from) = from else { return Ok(Reach::Whole("export")) };
    let follows =
        |state: &TableState| state.generation == table.generation && state.position == Some(Position::Time(from));
    if state.is_some_and(follows) {
        return Ok(Reach::Changes);
    }
    Err(LoadError::Superseded { table: table.relation.shown() })
}

fn check_time(table: &Table, cursor: usize) -> Result<(), LoadError> {
    let kind = table.relation.columns.get(cursor).map(|column| &column.kind);
    if matches!(kind, Some(Kind::Timestamp | Kind::LocalTimestamp)) {
        Ok(())
    } else {
        Err(LoadError::Cursor { table: table.relation.shown() })
    }
}

/// Returns a time before which no row can come any more: microseconds since 1970, UTC.
fn safe_time(table: &Table, view: &View<'_>) -> i64 {
    let moment = &view.moment;
    let oldest = if let Open::Since(began) = moment.oldest { began.min(moment.clock) } else { moment.clock };
    let lag = lag(table, view.session.server(), moment.oldest);
    oldest.saturating_sub(i64::try_from(lag.as_micros()).unwrap_or(i64::MAX))
}

fn lag(table: &Table, server: &Server, oldest: Open) -> SignedDuration {
    let mut lag = table.lag;
    if oldest == Open::Unknown {
        lag = lag.max(UNSEEN_LAG);
    }
    if let Mode::Incremental { cursor } = table.mode {
        let kind = table.relation.columns.get(cursor).map(|column| &column.kind);
        if kind == Some(&Kind::LocalTimestamp) && server.has_daylight_saving {
            lag = lag.max(REPEATED_HOUR);
        }
    }
    lag
}

/// Returns where the next window begins. `greatest`: the greatest key that was read, where keys say it.
///
/// # Errors
/// [`LoadError::Cursor`] where the column is none that can say it.
pub fn next(
    table: &Table,
    state: Option<&TableState>,
    view: &View<'_>,
    greatest: Option<i64>,
) -> Result<Option<Position>, LoadError> {
    let before = state.filter(|state| state.generation == table.generation).and_then(|state| state.position.as_ref());
    Ok(match table.mode {
        Mode::Full | Mode::Exported { goes_on: false, .. } => None,
        Mode::Exported { to, .. } => Some(Position::Time(to)),
        Mode::Incremental { cursor } => {
            check_time(table, cursor)?;
            let safe = safe_time(table, view);
            // It never moves back: what lies before it was read.
            Some(Position::Time(if let Some(Position::Time(before)) = before { safe.max(*before) } else { safe }))
        }
        Mode::Xid => view.moment.xmin.map(|xmin| {
            let server = view.session.server().identifier.clone();
            Position::Transaction { xmin, server }
        }),
        Mode::Append { .. } => {
            let (before, seen, mut marks) = match before {
                Some(Position::Keys { after, greatest, marks }) => (*after, *greatest, marks.clone()),
                _ => (None, None, Vec::new()),
            };
            marks.extend(seen.map(|key| (view.moment.clock, key)));
            // Whoever takes a key takes one beyond all that were read before: a row that is still to come has a greater key than what
            // had been read when the oldest transaction began.
            let safe = safe_time(table, view);
            let begin = marks.iter().rposition(|(clock, _)| *clock <= safe);
            let after = begin.and_then(|at| marks.get(at)).map(|(_, key)| *key).into_iter().chain(before).max();
            marks.drain(..begin.unwrap_or(0));
            if marks.len() > MOST_MARKS {
                let mut at = 0;
                marks.retain(|_| {
                    at += 1;
                    at == 1 || at % 2 == 0
                });
            }
            Some(Position::Keys { after, greatest: greatest.into_iter().chain(seen).max(), marks })
        }
    })
}

/// Returns of each row, as it was read, whether the next window reads it again. Too many is harmless, too few is not.
///
/// # Errors
/// [`LoadError::Cursor`] where the column is none that can say it.
pub fn read_again(table: &Table, next: Option<&Position>, batch: &RecordBatch) -> Result<BooleanArray, LoadError> {
    let all = || Ok(BooleanArray::from(vec![true; batch.num_rows()]));
    let (Mode::Incremental { cursor }, Some(Position::Time(from))) = (table.mode, next) else { return all() };
    let Some(column) = table.place(cursor).and_then(|at| batch.columns().get(at)) else { return all() };
    let from = match column.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => *from,
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            from.saturating_sub(i64::try_from(ZONES.as_micros()).unwrap_or(i64::MAX))
        }
        // As text it cannot be compared here.
        _ => return all(),
    };
    let values = column.as_primitive::<TimestampMicrosecondType>();
    Ok((0..values.len()).map(|row| Some(values.is_null(row) || values.value(row) >= from)).collect())
}

/// Returns the greatest key of a batch, where keys say where the next window begins.
///
/// # Errors
/// [`LoadError::Cursor`] where the column is not read, or no whole number.
pub fn greatest(table: &Table, batch: &RecordBatch) -> Result<Option<i64>, LoadError> {
    let Mode::Append { cursor } = table.mode else { return Ok(None) };
    let column = table.place(cursor).and_then(|at| batch.columns().get(at));
    let numbers = column.and_then(|column| column.as_primitive_opt::<Int64Type>());
    let numbers = numbers.ok_or_else(|| LoadError::Cursor { table: table.relation.shown() })?;
    Ok(numbers.iter().flatten().max())
}
