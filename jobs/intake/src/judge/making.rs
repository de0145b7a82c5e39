//! The columns of a batch while its rows are made: a row is appended to all of them, looked at, and kept or taken back.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array, UInt64Array};
use arrow_schema::{ArrowError, DataType, Field};
use bumpalo::Bump;
use carelake_records::Place;
use xxhash_rust::xxh3::xxh3_128;

use super::column::{Companion, Flaws};
use super::flow::Flow;
use super::identity::As;
use super::program::Record;
use super::sink::Sink;
use super::table::{Made, TablePlan};

impl Tally {
    /// Adds the rows of another batch.
    pub(super) const fn add(&mut self, other: &Self) {
        self.filled += other.filled;
        self.flawed += other.flawed;
        self.invalid += other.invalid;
        self.unknown += other.unknown;
        self.padded += other.padded;
    }
}

/// What the cells of a column were, in valid rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// Rows with a value that the partner gave.
    pub(super) filled: u64,
    /// Rows in which something was none of the type.
    pub(super) flawed: u64,
    /// Values that were none of the type.
    pub(super) invalid: u64,
    /// Codes that were none of the list.
    pub(super) unknown: u64,
    /// Values whose lost zeros came back.
    pub(super) padded: u64,
}

/// What a row takes beside its mapped columns, about.
const HIDDEN_BYTES: usize = 32;

/// The columns of a batch while its rows are made.
pub(super) struct Making<'p> {
    table: &'p TablePlan<'p>,
    sinks: Vec<Sink>,
    primary: Sink,
    incomplete: Sink,
    numbers: Vec<u64>,
    items: Vec<u32>,
    removals: Vec<bool>,
    keys: Vec<u128>,
    ranks: (Vec<u8>, Vec<u32>),
    tallies: Vec<Tally>,
    misordered: u64,
    /// What the cells of the row at hand broke, and whether an end of it was before its start.
    flaws: Vec<(usize, Flaws)>,
    is_misordered: bool,
    key: Vec<u8>,
}

/// What comes of it.
pub(super) struct Kept {
    /// The rows that were kept; none if there are none.
    pub(super) rows: Option<RecordBatch>,
    /// What they take in memory.
    pub(super) bytes: usize,
    /// The hash of each row's key.
    pub(super) keys: Vec<u128>,
    /// The ranks, and where each ends.
    pub(super) ranks: (Vec<u8>, Vec<u32>),
    /// What the cells of each mapped column were.
    pub(super) tallies: Vec<Tally>,
    /// Rows with an end before its start.
    pub(super) misordered: u64,
}

impl<'p> Making<'p> {
    /// Begins with room for so many rows, whose texts are as long as those of the rows before: of each mapped column so many bytes,
    /// if there were any.
    pub(super) fn new(table: &'p TablePlan<'p>, rows: usize, before: &[usize]) -> Self {
        let text_bytes = |number: usize| before.get(number).map_or(rows * 8, |bytes| bytes + bytes / 8);
        let sinks = table.columns.iter().enumerate();
        let list = DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)));
        let primary = if table.diagnoses.is_some() { rows } else { 0 };
        Self {
            table,
            sinks: sinks.map(|(number, column)| Sink::new(&column.of, rows, text_bytes(number))).collect(),
            primary: Sink::new(&DataType::Utf8, primary, primary * 8),
            incomplete: Sink::new(&list, rows, 0),
            numbers: Vec::with_capacity(rows),
            items: Vec::with_capacity(rows),
            removals: Vec::with_capacity(rows),
            keys: Vec::with_capacity(rows),
            ranks: (Vec::new(), Vec::with_capacity(rows)),
            tallies: vec![Tally::default(); table.columns.len()],
            misordered: 0,
            flaws: Vec::new(),
            is_misordered: false,
            key: Vec::new(),
        }
    }

    /// Appends a row to the mapped columns; or names the column whose code list refuses it.
    #[inline]
    pub(super) fn map<'b>(&mut self, record: &Record<'b>) -> Result<(), &'p str>
    where
        'p: 'b,
    {
        self.flaws.clear();
        self.is_misordered = false;
        let table = self.table;
        for (number, column) in table.columns.iter().enumerate() {
            let companion = if column.is_dependent { self.companion() } else { Companion::default() };
            let Some(sink) = self.sinks.get_mut(number) else { continue };
            let flaws = column.append(record, companion, sink).map_err(|_| column.name)?;
            if flaws.is_any() {
                self.flaws.push((number, flaws));
            }
        }
        for pairs in &table.spans {
            if pairs.iter().any(|(start, end)| self.is_before(*end, *start)) {
                self.is_misordered = true;
                for (_, end) in pairs {
                    self.sinks.get_mut(*end).map(Sink::empty_last).unwrap_or_default();
                }
            }
        }
        Ok(())
    }

    /// Returns the value of a mapped column in the row at hand.
    pub(super) fn last<'b>(&'b self, column: Option<usize>, arena: &'b Bump) -> Flow<'b> {
        column.and_then(|column| self.sinks.get(column)).map_or(Flow::Null, |sink| sink.last(arena))
    }

    /// Returns whether a mapped column of the row at hand has nothing; one that is not mapped never has.
    #[inline]
    pub(super) fn is_null(&self, column: Option<usize>) -> bool {
        column.and_then(|column| self.sinks.get(column)).is_none_or(Sink::is_null)
    }

    /// Keeps the row at hand.
    pub(super) fn keep(&mut self, place: Place, is_removal: bool, arena: &Bump) {
        let table = self.table;
        self.numbers.push(place.number);
        self.items.push(place.item);
        self.removals.push(is_removal);
        self.misordered += u64::from(self.is_misordered);
        for (number, flaws) in &self.flaws {
            let Some(tally) = self.tallies.get_mut(*number) else { continue };
            tally.flawed += u64::from(flaws.invalid() > 0 || flaws.is_unknown());
            tally.invalid += u64::from(flaws.invalid());
            tally.unknown += u64::from(flaws.is_unknown());
            tally.padded += u64::from(flaws.is_padded());
        }
        for (name, column) in &table.complete {
            if self.sinks.get(*column).is_none_or(Sink::is_null) {
                self.incomplete.element(|to| write(name.as_bytes(), to));
            }
        }
        self.incomplete.close_list();
        if let Some(diagnoses) = table.diagnoses.and_then(|column| self.sinks.get(column)) {
            match diagnoses.last(arena).first() {
                Flow::Text(code) => self.primary.text(|to| write(code, to)),
                _ => self.primary.text(|_| None),
            };
        }
        // Without a key, no row is another one's duplicate.
        if !table.key.is_empty() {
            self.remember_key(arena);
            self.remember_rank(arena);
        }
    }

    /// Takes back what was appended of a row that was not kept.
    pub(super) fn take_back(&mut self) {
        let rows = self.numbers.len();
        for sink in &mut self.sinks {
            if sink.rows() > rows {
                sink.truncate(rows);
            }
        }
    }

    /// Returns of each mapped column how many bytes its texts have.
    pub(super) fn text_bytes(&self) -> Vec<usize> {
        self.sinks.iter().map(Sink::text_bytes).collect()
    }

    /// Returns all that was kept.
    pub(super) fn finish(self) -> Result<Kept, ArrowError> {
        let (table, rows) = (self.table, self.numbers.len());
        let (keys, ranks, misordered) = (self.keys, self.ranks, self.misordered);
        let mut tallies = self.tallies;
        if rows == 0 {
            return Ok(Kept { rows: None, bytes: 0, keys, ranks, tallies, misordered });
        }
        let mapped = self.sinks.into_iter().map(Sink::finish).collect::<Result<Vec<_>, _>>()?;
        for (tally, (array, column)) in tallies.iter_mut().zip(mapped.iter().zip(&table.columns)) {
            // What stands for an unknown code is no value that the partner gave.
            let stand_ins = if column.has_stand_in() { tally.unknown } else { 0 };
            tally.filled = filled(array).saturating_sub(stand_ins);
        }
        let bytes = mapped.iter().map(Array::get_array_memory_size).sum::<usize>() + rows * HIDDEN_BYTES;
        let primary = if table.diagnoses.is_some() { Some(self.primary.finish()?) } else { None };
        let incomplete = self.incomplete.finish()?;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(table.made.len() + 3);
        for made in &table.made {
            columns.extend(match made {
                Made::Mapped(number) => mapped.get(*number).cloned(),
                Made::Same(_, shared) if shared.len() >= rows => Some(shared.slice(0, rows)),
                Made::Same(same, _) => Some(same.array(rows)),
                Made::Primary => primary.clone(),
                Made::Incomplete => Some(incomplete.clone()),
            });
        }
        columns.push(Arc::new(UInt64Array::from(self.numbers)));
        columns.push(Arc::new(UInt32Array::from(self.items)));
        columns.push(Arc::new(BooleanArray::from(self.removals)));
        let batch = RecordBatch::try_new(Arc::clone(&table.schema), columns)?;
        Ok(Kept { rows: Some(batch), bytes, keys, ranks, tallies, misordered })
    }

    fn companion(&self) -> Companion {
        let text = |column: Option<usize>| column.and_then(|column| self.sinks.get(column)).and_then(Sink::last_text);
        Companion {
            is_icd9: text(self.table.code_type) == Some(b"icd-9-cm"),
            four: text(self.table.ssn).and_then(<[u8]>::last_chunk).copied(),
        }
    }

    fn is_before(&self, end: usize, start: usize) -> bool {
        let arena = Bump::new();
        let value = |column: usize| self.sinks.get(column).map(|sink| sink.last(&arena));
        match (value(end), value(start)) {
            (Some(Flow::Day(end)), Some(Flow::Day(start))) => end < start,
            (Some(Flow::Instant(end)), Some(Flow::Instant(start))) => end < start,
            _ => false,
        }
    }

    /// The hash of the values of the key, each with its length.
    fn remember_key(&mut self, arena: &Bump) {
        self.key.clear();
        for column in &self.table.key {
            let Some(sink) = self.sinks.get(*column) else { continue };
            let start = self.key.len();
            let value = sink.last(arena);
            if let Some(text) = value.text(arena) {
                self.key.extend_from_slice(text);
            }
            let length = (self.key.len() - start) as u32;
            self.key.extend_from_slice(&length.to_le_bytes());
            self.key.push(u8::from(value != Flow::Null));
        }
        self.keys.push(xxh3_128(&self.key));
    }

    /// Bytes that compare as the rows of a key do: the smallest wins, nothing comes last.
    fn remember_rank(&mut self, arena: &Bump) {
        let (bytes, ends) = &mut self.ranks;
        for (column, is_descending) in &self.table.order {
            let Some(sink) = self.sinks.get(*column) else { continue };
            let value = sink.last(arena);
            bytes.push(u8::from(value == Flow::Null));
            let start = bytes.len();
            match value {
                Flow::Day(number) => bytes.extend_from_slice(&(number ^ i32::MIN).to_be_bytes()),
                Flow::Instant(number) | Flow::Local(number) => {
                    bytes.extend_from_slice(&(number ^ i64::MIN).to_be_bytes());
                }
                Flow::Exact(number) => bytes.extend_from_slice(&(number.units ^ i128::MIN).to_be_bytes()),
                // No text of the schema holds a zero byte: it ends one before any that goes on.
                other => {
                    bytes.extend_from_slice(other.text(arena).unwrap_or_default());
                    bytes.push(0);
                }
            }
            if *is_descending {
                bytes.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
            }
        }
        ends.push(bytes.len() as u32);
    }
}

/// Returns how many rows have something: of lists, those that are not empty.
fn filled(array: &ArrayRef) -> u64 {
    match array.as_list_opt::<i32>() {
        Some(lists) => lists.offsets().lengths().filter(|length| *length > 0).count() as u64,
        None => (array.len() - array.null_count()) as u64,
    }
}

fn write(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    to.extend_from_slice(text);
    Some(As::Plain)
}
