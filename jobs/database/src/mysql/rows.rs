//! Rows, decoded where they lie into batches.
//!
//! The columns of the key come first in the statement, whatever the order of the batches: so the key of a row that is refused, or of which
//! only the beginning fits, is known.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};

use super::cells::Cells;
use super::decode::{Cell, Decode, decoding};
use super::fault::Fault;
use super::link::{Header, is_null};
use super::wire::Wire;
use crate::error::DatabaseError;
use crate::reading::{Counts, Reading, Refused, Specials, Taker};

/// Where an array of texts or bytes ends at the latest: its places are numbers of 31 bits.
const BATCH: usize = 1 << 30;

/// A column as it is read.
struct Column {
    decode: Decode,
    cells: Cells,
    /// Its place in the batches.
    place: usize,
    /// Its place in the key.
    of_key: Option<usize>,
    name: String,
}

/// What is being read.
pub(super) struct Rows<'a> {
    table: String,
    specials: Specials,
    batch_rows: usize,
    batch_bytes: usize,
    columns: Vec<Column>,
    schema: SchemaRef,
    key: usize,
    rows: usize,
    bytes: usize,
    /// What was read until now.
    pub(super) counts: Counts,
    taker: &'a mut dyn Taker,
}

/// Returns the places of the wanted columns in the order of the statement: those of the key first.
pub(super) fn order(reading: &Reading<'_>) -> Vec<usize> {
    let is_key =
        |place: &usize| reading.columns.get(*place).is_some_and(|wanted| reading.relation.key.contains(&wanted.column));
    let (mut first, rest): (Vec<_>, Vec<_>) = (0..reading.columns.len()).partition(is_key);
    first.extend(rest);
    first
}

impl<'a> Rows<'a> {
    /// Chooses how each column is decoded. `order` is that of the statement.
    pub(super) fn new(
        reading: &Reading<'_>,
        order: &[usize],
        sent: &[Header],
        taker: &'a mut dyn Taker,
    ) -> Result<Self, Fault> {
        let table = reading.relation.shown();
        let changed = || Fault::Told(DatabaseError::Changed { table: table.clone() });
        if order.len() != sent.len() {
            return Err(changed());
        }
        let mut columns = Vec::new();
        let mut fields: Vec<Option<Field>> = vec![None; order.len()];
        for (place, sent) in order.iter().zip(sent) {
            let wanted = reading.columns.get(*place).ok_or_else(changed)?;
            let column = reading.relation.columns.get(wanted.column).ok_or_else(changed)?;
            let (held, decode) =
                decoding(&column.kind, wanted.choice.as_ref(), reading.specials, *sent).ok_or_else(|| match wanted
                    .choice
                {
                    None => changed(),
                    Some(_) => Fault::Refused("a column has a type in `columns` that its own type cannot become"),
                })?;
            let cells = Cells::new(&held).ok_or_else(changed)?;
            if let Some(field) = fields.get_mut(*place) {
                *field = Some(Field::new(&column.name, held, true));
            }
            let of_key = reading.relation.key.iter().position(|key| *key == wanted.column);
            columns.push(Column { decode, cells, place: *place, of_key, name: column.name.clone() });
        }
        let fields = fields.into_iter().collect::<Option<Vec<_>>>().ok_or_else(changed)?;
        Ok(Self {
            table,
            specials: reading.specials,
            batch_rows: reading.batch_rows.max(1),
            batch_bytes: reading.batch_bytes.min(BATCH),
            schema: Arc::new(Schema::new(fields)),
            key: reading.relation.key.len(),
            rows: 0,
            bytes: 0,
            counts: Counts { specials: vec![0; columns.len()], ..Counts::default() },
            columns,
            taker,
        })
    }

    /// Takes a row.
    #[inline]
    pub(super) fn row(&mut self, packet: &[u8]) -> Result<(), Fault> {
        if self.rows > 0 && self.bytes + packet.len() > self.batch_bytes {
            self.hand_over()?;
        }
        self.counts.read += 1;
        let mut wire = Wire(packet);
        wire.byte().ok_or(Fault::Malformed)?;
        let nulls = wire.take((self.columns.len() + 9) / 8).ok_or(Fault::Malformed)?;
        for (at, column) in self.columns.iter_mut().enumerate() {
            if is_null(nulls, at) {
                column.cells.null();
                continue;
            }
            match column.decode.cell(&mut wire, &mut column.cells).ok_or(Fault::Malformed)? {
                Cell::Kept => {}
                Cell::Special if self.specials == Specials::Error => {
                    return Err(Fault::Told(DatabaseError::Special {
                        table: self.table.clone(),
                        column: column.name.clone(),
                    }));
                }
                Cell::Special | Cell::Counted => {
                    if let Some(count) = self.counts.specials.get_mut(column.place) {
                        *count += 1;
                    }
                }
                Cell::Refused => {
                    let rule = format!("{}_{}", column.name, column.decode.rule());
                    return self.refuse(rule, packet);
                }
            }
        }
        self.rows += 1;
        self.bytes += packet.len();
        if self.rows == self.batch_rows { self.hand_over() } else { Ok(()) }
    }

    /// Takes the beginning of a row that is larger than a row may be.
    pub(super) fn too_large(&mut self, packet: &[u8]) -> Result<(), Fault> {
        self.counts.read += 1;
        self.refuse("row_too_large".to_owned(), packet)
    }

    fn refuse(&mut self, rule: String, packet: &[u8]) -> Result<(), Fault> {
        for column in &mut self.columns {
            column.cells.truncate(self.rows);
        }
        self.counts.refused += 1;
        let mut key = vec![None; self.key];
        let mut wire = Wire(packet);
        wire.byte().ok_or(Fault::Malformed)?;
        let nulls = wire.take((self.columns.len() + 9) / 8).ok_or(Fault::Malformed)?;
        for (at, column) in self.columns.iter().enumerate() {
            let Some(part) = column.of_key.and_then(|part| key.get_mut(part)) else { break };
            if !is_null(nulls, at) {
                *part = Some(column.decode.text(&mut wire).ok_or(Fault::Malformed)?);
            }
        }
        self.taker.refused(Refused { rule, key }).map_err(|why| not_taken(&self.table, why))
    }

    /// Hands the rest over, and returns what was read.
    pub(super) fn finished(mut self) -> Result<Counts, Fault> {
        if self.rows > 0 {
            self.hand_over()?;
        }
        Ok(self.counts)
    }

    fn hand_over(&mut self) -> Result<(), Fault> {
        let mut arrays: Vec<Option<ArrayRef>> = vec![None; self.columns.len()];
        for column in &mut self.columns {
            let (array, lost) = column.cells.finished().ok_or(Fault::Malformed)?;
            if lost > 0 && self.specials == Specials::Error {
                let (table, column) = (self.table.clone(), column.name.clone());
                return Err(Fault::Told(DatabaseError::Special { table, column }));
            }
            if let Some(count) = self.counts.specials.get_mut(column.place) {
                *count += lost;
            }
            if let Some(held) = arrays.get_mut(column.place) {
                *held = Some(array);
            }
        }
        let arrays = arrays.into_iter().collect::<Option<Vec<_>>>().ok_or(Fault::Malformed)?;
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(|_| Fault::Malformed)?;
        (self.rows, self.bytes) = (0, 0);
        self.taker.rows(batch).map_err(|why| not_taken(&self.table, why))
    }
}

fn not_taken(table: &str, why: String) -> Fault {
    Fault::Told(DatabaseError::NotTaken { table: table.to_owned(), why })
}
