//! A table as SQLite sees it: the virtual table and its cursors.
//!
//! This is the only module with `unsafe`: SQLite casts a pointer to its part of each structure into one to the whole.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_int};
use std::ops::Range;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types;
use rusqlite::vtab::{
    Context, Filters, IndexInfo, Module, VTab, VTabConnection, VTabCursor, escape_double_quote, sqlite3_vtab,
    sqlite3_vtab_cursor,
};
use rusqlite::{Connection, Error, Result};

use crate::constraint::Constraint;
use crate::error::ReadError;
use crate::lookup::Kept;
use crate::plan::{self, Plan, Values};
use crate::scan::{Batch, Scan};
use crate::table::Table;
use crate::value::Value;

/// Look-ups that read files, before the rows are kept in memory for those that follow.
const DIRECT_LOOKUPS: u32 = 16;

/// A table that is registered, and why it could not be read the last time it could not.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub table: Arc<Table>,
    pub fault: Arc<Mutex<Option<ReadError>>>,
}

/// What the cursors of a table share.
#[derive(Debug)]
struct Shared {
    registered: Registered,
    /// Every way to read that SQLite was offered; it names one by its position.
    plans: RefCell<Vec<Rc<Plan>>>,
    lookups: RefCell<HashMap<usize, Lookups>>,
}

/// The look-ups of one plan.
#[derive(Debug, Default)]
struct Lookups {
    count: u32,
    /// Rows that were decoded before the first of them.
    rows_before: u64,
    kept: Option<Rc<Kept>>,
}

/// SQLite's view of a table.
#[repr(C)]
struct ParquetTable {
    /// SQLite's part, which must be the first.
    base: sqlite3_vtab,
    shared: Rc<Shared>,
}

/// SQLite's view of one reading of a table.
#[repr(C)]
struct Cursor {
    /// SQLite's part, which must be the first.
    base: sqlite3_vtab_cursor,
    shared: Rc<Shared>,
    at: At,
}

/// Where a cursor stands.
enum At {
    /// After the last row.
    End,
    /// On a row of a batch.
    Scan { scan: Box<Scan>, batch: Batch, row: usize },
    /// On one of the rows that were found.
    Found { kept: Rc<Kept>, places: Range<usize> },
}

/// Makes a table known under each of its names.
pub(crate) fn register(connection: &Connection, registered: Registered) -> Result<()> {
    const MODULE: Module<'_, ParquetTable> = Module::eponymous_only_module();
    let table = Arc::clone(&registered.table);
    let mut names = table.names();
    names.try_for_each(|name| connection.create_module(name.as_str(), &MODULE, Some(registered.clone())))
}

impl Registered {
    /// Keeps a failure for who asked, and tells SQLite to stop.
    fn stop(&self, fault: ReadError) -> Error {
        let message = fault.to_string();
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        Error::ModuleError(message)
    }
}

#[expect(unsafe_code, reason = "rusqlite asks for a promise about the layout")]
// SAFETY: the structure is `repr(C)` and begins with `sqlite3_vtab`.
unsafe impl<'vtab> VTab<'vtab> for ParquetTable {
    type Aux = Registered;
    type Cursor = Cursor;

    fn connect(
        _: &mut VTabConnection,
        registered: Option<&Registered>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &[&[u8]],
    ) -> Result<(Cow<'static, CStr>, Self)> {
        let registered = registered.ok_or_else(|| Error::ModuleError("a table without files".to_owned()))?.clone();
        let column = |column: &crate::table::Column| {
            format!("\"{}\" {}", escape_double_quote(&column.name), column.kind.declared())
        };
        let columns: Vec<String> = registered.table.columns.iter().map(column).collect();
        let declaration = CString::new(format!("CREATE TABLE x({})", columns.join(", ")))?;
        let shared = Shared { registered, plans: RefCell::default(), lookups: RefCell::default() };
        Ok((Cow::Owned(declaration), Self { base: sqlite3_vtab::default(), shared: Rc::new(shared) }))
    }

    fn best_index(&self, info: &mut IndexInfo) -> Result<bool> {
        let plan = plan::choose(&self.shared.registered.table, info)?;
        let mut plans = self.shared.plans.borrow_mut();
        let known = plans.iter().position(|known| **known == plan);
        info.set_idx_num(known.unwrap_or(plans.len()) as c_int);
        if known.is_none() {
            plans.push(Rc::new(plan));
        }
        Ok(true)
    }

    fn open(&'vtab mut self) -> Result<Cursor> {
        Ok(Cursor { base: sqlite3_vtab_cursor::default(), shared: Rc::clone(&self.shared), at: At::End })
    }
}

#[expect(unsafe_code, reason = "rusqlite asks for a promise about the layout")]
// SAFETY: the structure is `repr(C)` and begins with `sqlite3_vtab_cursor`.
unsafe impl VTabCursor for Cursor {
    fn filter(&mut self, number: c_int, _: Option<&str>, arguments: &Filters<'_>) -> Result<()> {
        let plan =
            usize::try_from(number).ok().and_then(|at| Some((at, Rc::clone(self.shared.plans.borrow().get(at)?))));
        let (number, plan) = plan.ok_or_else(|| Error::ModuleError("a plan that was never made".to_owned()))?;
        let constraints = constraints(&plan, arguments)?;
        self.at = self.shared.start(number, &plan, constraints).map_err(|fault| self.shared.registered.stop(fault))?;
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.at, At::End) {
            At::End => {}
            At::Scan { scan, batch, row } if row + 1 < batch.rows => {
                self.at = At::Scan { scan, batch, row: row + 1 };
            }
            At::Scan { scan, .. } => {
                self.at = first(scan).map_err(|fault| self.shared.registered.stop(fault))?;
            }
            At::Found { kept, places } => self.at = found(kept, places.start + 1..places.end),
        }
        Ok(())
    }

    fn eof(&self) -> bool {
        matches!(self.at, At::End)
    }

    fn column(&self, context: &mut Context, column: c_int) -> Result<()> {
        let (batch, row) = self.row()?;
        let cells = usize::try_from(column).ok().and_then(|column| batch.cells.get(column));
        match cells.map_or(Value::Null, |cells| cells.value(row)) {
            Value::Null => context.set_result(types::Null),
            Value::Integer(number) => context.set_result(number),
            Value::Real(number) => context.set_result(number),
            Value::Text(text) => context.set_result(text.as_ref()),
        }
    }

    fn rowid(&self) -> Result<i64> {
        let (batch, row) = self.row()?;
        Ok(batch.number(row))
    }
}

impl Cursor {
    fn row(&self) -> Result<(&Batch, usize)> {
        let row = match &self.at {
            At::End => None,
            At::Scan { batch, row, .. } => Some((batch, *row)),
            At::Found { kept, places } => kept.row(places.start),
        };
        row.ok_or_else(|| Error::ModuleError("a row after the last".to_owned()))
    }
}

impl Shared {
    /// Begins to read by a plan.
    fn start(&self, number: usize, plan: &Plan, constraints: Vec<Option<Constraint>>) -> Result<At, ReadError> {
        let table = &self.registered.table;
        if plan.is_lookup() && self.is_worth_keeping(number) {
            return self.look_up(number, plan, &constraints);
        }
        let mut files: Vec<usize> = (0..table.files.len()).collect();
        files.sort_by(|left, right| {
            let value = |file: &usize, column| table.files.get(*file).and_then(|file| file.partition.get(column));
            let order = plan.order.iter().map(|(column, is_downward)| {
                let order = value(left, *column).cmp(&value(right, *column));
                if *is_downward { order.reverse() } else { order }
            });
            order.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        let used = plan.used.clone().into();
        first(Box::new(Scan::new(table, &used, constraints.into_iter().flatten().collect(), files)))
    }

    /// Counts a look-up, and answers whether enough was read for such to keep the rows in memory.
    fn is_worth_keeping(&self, number: usize) -> bool {
        let table = &self.registered.table;
        let (_, decoded) = table.decoded();
        let mut lookups = self.lookups.borrow_mut();
        let lookups = lookups.entry(number).or_insert(Lookups { rows_before: decoded, ..Lookups::default() });
        lookups.count += 1;
        lookups.count > DIRECT_LOOKUPS || decoded - lookups.rows_before > table.rows()
    }

    fn look_up(&self, number: usize, plan: &Plan, constraints: &[Option<Constraint>]) -> Result<At, ReadError> {
        let table = &self.registered.table;
        let of = |is_key: bool| plan.terms.iter().zip(constraints).filter(move |(term, _)| term.is_lookup() == is_key);
        let fixed: Vec<Constraint> = of(false).filter_map(|(_, constraint)| constraint.clone()).collect();
        let mut lookups = self.lookups.borrow_mut();
        let lookups = lookups.entry(number).or_default();
        let kept = match lookups.kept.take().filter(|kept| kept.constraints == fixed) {
            Some(kept) => kept,
            None => {
                let key: Vec<usize> = of(true).map(|(term, _)| term.column).collect();
                let scan = Scan::new(table, &plan.used.clone().into(), fixed.clone(), 0..table.files.len());
                Rc::new(Kept::read(table, scan, &key, fixed)?)
            }
        };
        lookups.kept = Some(Rc::clone(&kept));
        let values =
            of(true).map(|(_, constraint)| constraint.as_ref().and_then(|constraint| constraint.values.first()));
        let values: Option<Vec<Value<'_>>> = values.map(|value| value.cloned()).collect();
        let places = match values {
            Some(values) => kept.find(&values),
            None => kept.all(),
        };
        Ok(found(kept, places))
    }
}

/// Stands on the first row of what is still to be read.
fn first(mut scan: Box<Scan>) -> Result<At, ReadError> {
    Ok(scan.next()?.map_or(At::End, |batch| At::Scan { scan, batch, row: 0 }))
}

/// Stands on the first of the rows that were found.
fn found(kept: Rc<Kept>, places: Range<usize>) -> At {
    if places.is_empty() { At::End } else { At::Found { kept, places } }
}

/// Returns the comparisons of a plan with their values; `None` for a value that can exclude nothing.
fn constraints(plan: &Plan, arguments: &Filters<'_>) -> Result<Vec<Option<Constraint>>> {
    let mut constraints = Vec::new();
    for (at, term) in plan.terms.iter().enumerate() {
        let values: Option<Vec<Value<'static>>> = if term.values == Values::List {
            let list: Vec<types::Value> = arguments
                .in_values(at)?
                .map(|value| types::Value::try_from(value).map_err(|error| Error::ModuleError(error.to_string())))
                .collect()?;
            list.into_iter().map(value).collect()
        } else {
            value(arguments.get(at)?).map(|value| vec![value])
        };
        constraints.push(values.map(|values| Constraint { column: term.column, comparison: term.comparison, values }));
    }
    Ok(constraints)
}

fn value(of: types::Value) -> Option<Value<'static>> {
    Some(match of {
        types::Value::Null => Value::Null,
        types::Value::Integer(number) => Value::Integer(number),
        types::Value::Real(number) => Value::Real(number),
        types::Value::Text(text) => Value::Text(Cow::Owned(text)),
        types::Value::Blob(_) => return None,
    })
}
