//! Rows of a table as the lake has them: named, masked, and with what tells soft-deleted rows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::account::Account;
use carelake_core::table::DESCRIPTION;
use carelake_database::{Condition, Counts, DatabaseError, Order, Reading, Refused, Taker, Wanted};

use super::masks::masked;
use super::pieces::{self, Item};
use super::view::View;
use crate::publish::{DELETED, LoadError, Table};

/// The type of a column as the server writes it, in the metadata of its field.
const SERVER_TYPE: &str = "carelake.type";
/// The most rows of a batch.
const BATCH_ROWS: usize = 8192;
/// The most bytes of a batch, about.
const BATCH_BYTES: usize = 8 << 20;
/// From so many pieces on one session, too, reads a table by pieces.
const MANY: usize = 64;
/// The most bytes of a row.
const ROW_BYTES: usize = 512 << 20;

/// Makes rows of the lake of rows of a server.
pub struct Lake<'t> {
    table: &'t Table,
    /// The columns of the source, those that it has no more, and whether the row is deleted, where that is told.
    pub schema: SchemaRef,
}

impl<'t> Lake<'t> {
    /// Takes a table.
    #[must_use]
    pub fn new(table: &'t Table) -> Self {
        let described = table.columns.iter().map(|column| {
            let of_server = table.relation.columns.get(column.column);
            let about = of_server.map(|of_server| {
                HashMap::from([
                    (DESCRIPTION.to_owned(), of_server.name.clone()),
                    (SERVER_TYPE.to_owned(), of_server.declared.clone()),
                ])
            });
            Field::new(&column.name, column.kept(), true).with_metadata(about.unwrap_or_default())
        });
        let former = table.former.iter().map(|(name, kind)| Field::new(name, kind.clone(), true));
        let deleted = table.deleted.map(|_| Field::new(DELETED, DataType::Boolean, true));
        let schema = Arc::new(Schema::new(described.chain(former).chain(deleted).collect::<Vec<_>>()));
        Self { table, schema }
    }

    /// Makes rows of the lake.
    ///
    /// # Errors
    /// [`LoadError::Type`] where the session handed over something else than was asked for; [`LoadError::Mask`].
    pub fn rows(&self, batch: &RecordBatch) -> Result<RecordBatch, LoadError> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (at, column) in self.table.columns.iter().enumerate() {
            let values = self.values(batch, at)?;
            if *values.data_type() != column.read {
                return Err(self.other_type(at, &values.data_type().to_string()));
            }
            columns.push(masked(self.table, column, values)?);
        }
        let former = self.table.former.iter().map(|(_, kind)| new_null_array(kind, batch.num_rows()));
        columns.extend(former);
        if let Some(deleted) = self.table.deleted {
            let place = self.table.place(deleted);
            let flags = place.map(|at| self.values(batch, at)).transpose()?.map(is_set);
            columns.push(Arc::new(flags.unwrap_or_else(|| BooleanArray::from(vec![false; batch.num_rows()]))));
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    fn values<'b>(&self, batch: &'b RecordBatch, at: usize) -> Result<&'b ArrayRef, LoadError> {
        batch.columns().get(at).ok_or_else(|| self.other_type(at, "nothing"))
    }

    fn other_type(&self, at: usize, found: &str) -> LoadError {
        let column = self.table.columns.get(at);
        LoadError::Type {
            table: self.table.relation.shown(),
            column: column.map(|column| column.name.clone()).unwrap_or_default(),
            expected: column.map(|column| column.read.to_string()).unwrap_or_default(),
            found: found.to_owned(),
        }
    }
}

/// Returns of each row whether a column says that it is deleted: true, a number other than 0, or anything else that is there.
fn is_set(column: &ArrayRef) -> BooleanArray {
    match column.data_type() {
        DataType::Boolean => column.as_boolean().iter().map(|set| Some(set.unwrap_or(false))).collect(),
        DataType::Int64 => {
            column.as_primitive::<Int64Type>().iter().map(|number| Some(number.unwrap_or(0) != 0)).collect()
        }
        _ => (0..column.len()).map(|row| Some(column.is_valid(row))).collect(),
    }
}

/// Hands batches on, and keeps why that failed.
struct Handing<'h> {
    take: &'h mut dyn FnMut(&RecordBatch) -> Result<(), LoadError>,
    refused: BTreeMap<String, u64>,
    failed: Option<LoadError>,
}

impl Taker for Handing<'_> {
    fn rows(&mut self, rows: RecordBatch) -> Result<(), String> {
        (self.take)(&rows).map_err(|error| {
            let why = error.kind().to_string();
            self.failed = Some(error);
            why
        })
    }

    fn refused(&mut self, refused: Refused) -> Result<(), String> {
        *self.refused.entry(refused.rule).or_default() += 1;
        Ok(())
    }
}

/// Reads rows, and accounts for them but for what became of those that were taken.
///
/// # Errors
/// Those of the server, and of `take`.
pub fn read(
    view: &mut View<'_>,
    table: &Table,
    conditions: &[Condition],
    take: &mut dyn FnMut(&RecordBatch) -> Result<(), LoadError>,
) -> Result<Account, LoadError> {
    let wanted = |column: &crate::publish::LakeColumn| Wanted { column: column.column, choice: column.choice.clone() };
    let columns: Vec<Wanted> = table.columns.iter().map(wanted).collect();
    let reading = Reading {
        relation: &table.relation,
        columns: &columns,
        conditions,
        order: Order::Any,
        specials: table.specials,
        batch_rows: BATCH_ROWS,
        batch_bytes: BATCH_BYTES,
        row_bytes: ROW_BYTES,
    };
    let pieces = if conditions.is_empty() { pieces(view, table)? } else { Vec::new() };
    let account = if pieces.len() > 1 {
        read_pieces(view, table, (&reading, &pieces), take)?
    } else {
        read_at_once(view, table, &reading, take)?
    };
    // A table that was written anew looks empty in a snapshot of before, or its rows lie elsewhere than they were looked for.
    if view.session.file(&table.relation)? != table.relation.file {
        let doing = format!("reading {}, which was written anew meanwhile", table.relation.shown());
        return Err(DatabaseError::Unavailable { server: table.source.clone(), doing, code: None }.into());
    }
    Ok(account)
}

fn read_at_once(
    view: &mut View<'_>,
    table: &Table,
    reading: &Reading<'_>,
    take: &mut dyn FnMut(&RecordBatch) -> Result<(), LoadError>,
) -> Result<Account, LoadError> {
    let mut handing = Handing { take, refused: BTreeMap::new(), failed: None };
    match (view.session.read(reading, &mut handing), handing.failed) {
        (Err(DatabaseError::NotTaken { .. }), Some(error)) => Err(error),
        (Err(error), _) => Err(error.into()),
        (Ok(counts), _) => Ok(account(table, &counts, handing.refused)),
    }
}

/// Returns the pieces in which all of a table is read: where several sessions can do it and it is worth their while, and where it is so
/// large that one statement would take longer than the server lets it.
fn pieces(view: &mut View<'_>, table: &Table) -> Result<Vec<Vec<Condition>>, DatabaseError> {
    let parts = table.pieces();
    let least = if view.beside.is_empty() { MANY } else { 2 };
    if parts < least {
        return Ok(Vec::new());
    }
    view.session.pieces(&table.relation, parts)
}

fn read_pieces(
    view: &mut View<'_>,
    table: &Table,
    (reading, pieces): (&Reading<'_>, &[Vec<Condition>]),
    take: &mut dyn FnMut(&RecordBatch) -> Result<(), LoadError>,
) -> Result<Account, LoadError> {
    let mut refused: BTreeMap<String, u64> = BTreeMap::new();
    let View { session, beside, most_waiting, .. } = view;
    let sessions = [&mut **session].into_iter().chain(beside.iter_mut().map(|session| &mut **session)).collect();
    let counts = pieces::read(sessions, reading, pieces, *most_waiting, &mut |item| match item {
        Item::Rows(rows) => take(&rows),
        Item::Refused(row) => {
            *refused.entry(row.rule).or_default() += 1;
            Ok(())
        }
    })?;
    Ok(account(table, &counts, refused))
}

fn account(table: &Table, counts: &Counts, rejected: BTreeMap<String, u64>) -> Account {
    let specials = table.columns.iter().zip(&counts.specials).filter(|(_, count)| **count > 0);
    let counted = specials.map(|(column, count)| (format!("{}_special", column.name), *count)).collect();
    Account { read: counts.read, rejected, counted, ..Account::default() }
}
