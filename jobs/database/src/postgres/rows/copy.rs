//! Rows as they come, one message each.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};

use crate::postgres::connection::{Octets, Wire};
use crate::postgres::fault::Fault;
use crate::postgres::rows::asked::{Asked, Known};
use crate::postgres::rows::selected;
use crate::reading::{Counts, Reading, Refused, Taker};

/// What stands before the first row: a signature, flags, and the length of what may follow them.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Whether the table was emptied or written anew since the snapshot: to that it is then empty. The catalogue is read as it was at the
/// snapshot, the function tells what is now.
const REWRITTEN: &str = "SELECT bool_or(c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)) \
    FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm') AND (c.oid = $1::pg_catalog.oid \
    OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass)))";
/// Bytes of a key that a refused row is known by.
const KEY_BYTES: usize = 4096;

/// Rows that are put together.
struct Rows<'a> {
    reading: &'a Reading<'a>,
    schema: Arc<Schema>,
    asked: Vec<Asked>,
    may_refuse: bool,
    /// Rows and bytes of the batch that is put together.
    rows: usize,
    bytes: usize,
    counts: Counts,
    taker: &'a mut dyn Taker,
}

/// Reads rows; the caller sees to the transaction. `zone` is that of columns without one.
pub(in crate::postgres) fn read(
    wire: &mut Wire,
    reading: &Reading<'_>,
    taker: &mut dyn Taker,
    known: Known<'_>,
    zone: &str,
) -> Result<Counts, Fault> {
    let relation = reading.relation;
    let mut asked = Vec::with_capacity(reading.columns.len());
    for wanted in reading.columns {
        let column = relation.columns.get(wanted.column).ok_or(Fault::Changed)?;
        asked.push(Asked::new(column, wanted, reading.specials, known)?);
    }
    let expressions: Vec<&str> = asked.iter().map(|asked| asked.expression.as_str()).collect();
    let statement = format!(
        "SELECT {} FROM {}{}{}",
        expressions.join(", "),
        selected::from(relation),
        selected::matching(relation, reading.conditions, zone)?,
        selected::ordered(relation, reading.order)?
    );
    let table: u32 = relation.identity.0.parse().map_err(|_| Fault::Changed)?;
    let described = wire.described(&statement)?;
    if described.len() != asked.len() || !asked.iter().zip(&described).all(|(asked, found)| asked.is(found, table)) {
        return Err(Fault::Changed);
    }
    if wire.value(REWRITTEN, &[&relation.identity.0])?.as_deref() == Some("t") {
        return Err(Fault::Changed);
    }
    let fields: Vec<Field> =
        asked.iter().map(|asked| Field::new(asked.cells.name(), asked.cells.of().clone(), true)).collect();
    let mut rows = Rows {
        may_refuse: asked.iter().any(|asked| asked.may_refuse),
        schema: Arc::new(Schema::new(fields)),
        asked,
        rows: 0,
        bytes: 0,
        counts: Counts::default(),
        taker,
        reading,
    };
    let before = wire.received();
    wire.copy(&format!("COPY ({statement}) TO STDOUT (FORMAT binary)"))?;
    rows.walk(wire).map_err(|fault| wire.settled(fault))?;
    rows.hand_over()?;
    rows.counts.bytes = wire.received() - before;
    rows.counts.specials = rows.asked.iter().map(|asked| asked.cells.counted()).collect();
    Ok(rows.counts)
}

impl Rows<'_> {
    /// Walks all messages until the server is ready for the next statement.
    fn walk(&mut self, wire: &mut Wire) -> Result<(), Fault> {
        let most = self.reading.row_bytes.saturating_add(SIGNATURE.len() + 8);
        let mut is_first = true;
        loop {
            match wire.incoming.header() {
                Some((b'd', length)) if length > most => self.pass_over(wire, std::mem::take(&mut is_first))?,
                Some((b'd', _)) => match wire.incoming.message() {
                    Some((_, body)) if is_first => {
                        is_first = false;
                        self.row(after_signature(body)?)?;
                    }
                    Some((_, body)) => self.row(body)?,
                    None => wire.fill()?,
                },
                Some(_) => {
                    if wire.message()?.0 == b'Z' {
                        return Ok(());
                    }
                }
                None => wire.fill()?,
            }
        }
    }

    /// Adds a row.
    #[inline]
    fn row(&mut self, body: &[u8]) -> Result<(), Fault> {
        let mut octets = Octets(body);
        match usize::try_from(octets.short()?) {
            Ok(count) if count == self.asked.len() => {}
            // The end of all rows.
            Err(_) => return Ok(()),
            Ok(_) => return Err(Fault::Protocol),
        }
        self.counts.read += 1;
        if self.may_refuse && self.refuses(octets)? {
            return Ok(());
        }
        if self.rows > 0 && self.bytes + body.len() > self.reading.batch_bytes {
            self.hand_over()?;
        }
        for asked in &mut self.asked {
            asked.cells.add(octets.cell()?)?;
        }
        self.rows += 1;
        self.bytes += body.len();
        if self.rows >= self.reading.batch_rows {
            self.hand_over()?;
        }
        Ok(())
    }

    /// Returns whether a row breaks a rule; then it was handed over as refused.
    fn refuses(&mut self, body: Octets<'_>) -> Result<bool, Fault> {
        let mut octets = body;
        for asked in &self.asked {
            let cell = octets.cell()?;
            if !asked.may_refuse {
                continue;
            }
            if let Some(rule) = asked.cells.refuses(cell)? {
                let mut cells = Vec::with_capacity(self.asked.len());
                let mut octets = body;
                for _ in &self.asked {
                    cells.push(octets.cell()?.map(<[u8]>::to_vec));
                }
                self.refuse(rule, &cells)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Hands over a refused row, with its key.
    fn refuse(&mut self, rule: String, cells: &[Option<Vec<u8>>]) -> Result<(), Fault> {
        let relation = self.reading.relation;
        let place = |column: &usize| self.reading.columns.iter().position(|wanted| wanted.column == *column);
        let key = relation.key.iter().map(|column| {
            let place = place(column)?;
            let cell = cells.get(place)?.as_deref().filter(|cell| cell.len() <= KEY_BYTES)?;
            self.asked.get(place)?.cells.shown(cell)
        });
        let key = key.collect();
        self.counts.refused += 1;
        self.taker.refused(Refused { rule, key }).map_err(Fault::NotTaken)
    }

    /// Passes over a row that is too large, without keeping it; only short values are looked at.
    fn pass_over(&mut self, wire: &mut Wire, is_first: bool) -> Result<(), Fault> {
        let mut left = wire.open()?;
        if is_first {
            let signature = wire.piece(&mut left, SIGNATURE.len() + 4)?;
            let extension = Octets(&wire.piece(&mut left, 4)?).unsigned()?;
            if !signature.starts_with(SIGNATURE) {
                return Err(Fault::Protocol);
            }
            wire.piece(&mut left, extension as usize)?;
        }
        wire.piece(&mut left, 2)?;
        let mut cells = Vec::with_capacity(self.asked.len());
        for _ in &self.asked {
            let cell = match usize::try_from(Octets(&wire.piece(&mut left, 4)?).int()?) {
                Ok(length) if length <= KEY_BYTES => Some(wire.piece(&mut left, length)?),
                Ok(length) => {
                    left = left.checked_sub(length).ok_or(Fault::Protocol)?;
                    wire.pass(length)?;
                    None
                }
                Err(_) => None,
            };
            cells.push(cell);
        }
        wire.pass(left)?;
        self.counts.read += 1;
        self.refuse("row_too_large".to_owned(), &cells)
    }

    /// Ends a batch.
    fn hand_over(&mut self) -> Result<(), Fault> {
        if self.rows == 0 {
            return Ok(());
        }
        let columns = self.asked.iter_mut().map(|asked| asked.cells.finish()).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .map_err(|_| Fault::Protocol)?;
        (self.rows, self.bytes) = (0, 0);
        self.taker.rows(batch).map_err(Fault::NotTaken)
    }
}

fn after_signature(body: &[u8]) -> Result<&[u8], Fault> {
    let mut octets = Octets(body.strip_prefix(SIGNATURE).ok_or(Fault::Protocol)?);
    octets.int()?;
    let extension = octets.unsigned()?;
    octets.bytes(extension as usize)?;
    Ok(octets.0)
}
