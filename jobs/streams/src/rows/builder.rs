//! Rows of a staged batch.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, FixedSizeBinaryBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;
use carelake_conditions::Path;

use super::FILTERED;
use super::cell::{Cell, fit};
use super::column::Column;
use super::schema::staged;
use super::when::{civil, event_time, part};
use crate::config::{Attribute, Stream};
use crate::filter;
use crate::record::{Change, IDENTITY_BYTES, Identity, Item, Op, Parked, Value};

/// Fills the rows of a staged batch.
pub struct RowBuilder<'s> {
    stream: &'s Stream,
    identity: FixedSizeBinaryBuilder,
    outcome: StringBuilder,
    counted: StringBuilder,
    op: StringBuilder,
    ttl: BooleanBuilder,
    declared: Vec<Column>,
    image: StringBuilder,
    old_image: StringBuilder,
    event_time: TimestampMicrosecondBuilder,
    arrived_at: TimestampMicrosecondBuilder,
    shard: StringBuilder,
    sequence: StringBuilder,
    event_id: StringBuilder,
    times: Vec<StringBuilder>,
}

impl<'s> RowBuilder<'s> {
    /// Begins.
    #[must_use]
    pub fn new(stream: &'s Stream) -> Self {
        let time = || TimestampMicrosecondBuilder::new().with_timezone("UTC");
        let bytes = i32::try_from(IDENTITY_BYTES).unwrap_or(i32::MAX);
        Self {
            stream,
            identity: FixedSizeBinaryBuilder::new(bytes),
            outcome: StringBuilder::new(),
            counted: StringBuilder::new(),
            op: StringBuilder::new(),
            ttl: BooleanBuilder::new(),
            declared: stream.keys.iter().chain(&stream.attributes).map(|it| Column::new(it.kind)).collect(),
            image: StringBuilder::new(),
            old_image: StringBuilder::new(),
            event_time: time(),
            arrived_at: time(),
            shard: StringBuilder::new(),
            sequence: StringBuilder::new(),
            event_id: StringBuilder::new(),
            times: stream.time_parts.iter().map(|_| StringBuilder::new()).collect(),
        }
    }

    /// Adds a change: as a row, or as one that the filter leaves out.
    ///
    /// # Errors
    /// [`Parked::KeyMissing`] where a column of the key has no value; then nothing was added.
    /// [`ArrowError`] never, of an identity of the right length.
    pub fn change(
        &mut self,
        identity: &Identity,
        shard: Option<&str>,
        change: &Change<'_>,
    ) -> Result<Taken, ArrowError> {
        let mut counted: Vec<String> = Vec::new();
        let mut cells = Vec::with_capacity(self.declared.len());
        for key in &self.stream.keys {
            let found = fit(key.kind, change.keys.get(&key.from).or_else(|| change.image.as_ref()?.get(&key.from)));
            if found.cell == Cell::Null {
                return Ok(Taken::Parked(Parked::KeyMissing));
            }
            cells.push(found.cell);
        }
        if !self.takes(change) {
            self.other(identity, FILTERED)?;
            return Ok(Taken::Filtered);
        }
        for Attribute { name, from, kind } in &self.stream.attributes {
            let found = fit(*kind, change.image.as_ref().and_then(|image| image.get(from)));
            if !found.is_valid {
                counted.push(format!("{name}_invalid"));
            }
            if found.is_rounded {
                counted.push("decimal_rounded".to_owned());
            }
            cells.push(found.cell);
        }
        let (at, late) = event_time(&self.stream.event_time, change.image.as_ref(), change.arrived_at);
        counted.extend(late.map(str::to_owned));
        self.identity.append_value(identity)?;
        self.outcome.append_null();
        self.counted.append_option((!counted.is_empty()).then(|| counted.join(",")));
        self.op.append_value(change.op.name());
        self.ttl.append_value(change.is_expired && change.op == Op::Remove);
        self.declared.iter_mut().zip(&cells).for_each(|(column, cell)| column.push(cell));
        self.image.append_option(change.image_text);
        self.old_image.append_option(change.old_text);
        self.event_time.append_value(at);
        self.arrived_at.append_value(change.arrived_at);
        self.shard.append_option(shard);
        self.sequence.append_value(&change.sequence);
        self.event_id.append_option(change.event_id.as_deref());
        let time = civil(at);
        self.times.iter_mut().zip(&self.stream.time_parts).for_each(|(to, of)| to.append_value(part(time, *of)));
        Ok(Taken::Row)
    }

    /// Adds a record that is no row: what became of it.
    ///
    /// # Errors
    /// [`ArrowError`] never, of an identity of the right length.
    pub fn other(&mut self, identity: &Identity, outcome: &str) -> Result<(), ArrowError> {
        self.identity.append_value(identity)?;
        self.outcome.append_value(outcome);
        self.counted.append_null();
        self.op.append_null();
        self.ttl.append_null();
        self.declared.iter_mut().for_each(|column| column.push(&Cell::Null));
        self.event_time.append_null();
        self.arrived_at.append_null();
        let texts = [&mut self.image, &mut self.old_image, &mut self.shard, &mut self.sequence, &mut self.event_id];
        texts.into_iter().chain(&mut self.times).for_each(StringBuilder::append_null);
        Ok(())
    }

    /// Returns whether the filter takes a change.
    fn takes(&self, change: &Change<'_>) -> bool {
        let is_wanted = self.stream.events.is_empty() || self.stream.events.contains(&change.op);
        let Some(condition) = self.stream.condition.as_ref().filter(|_| is_wanted) else { return is_wanted };
        let empty = Item::default();
        let image = change.image.as_ref().unwrap_or(&empty);
        let value =
            |path: &Path| image.get(path).or_else(|| self.declared(change, path)).or_else(|| change.keys.get(path));
        filter::holds(condition, &value) == Some(true)
    }

    /// Returns the value of a declared column, which a condition may call by its name in the lake.
    fn declared<'c>(&self, change: &'c Change<'c>, path: &Path) -> Option<&'c Value<'c>> {
        let name = path.to_string();
        let attribute = self.stream.keys.iter().chain(&self.stream.attributes).find(|it| it.name == name)?;
        change.image.as_ref()?.get(&attribute.from)
    }

    /// Returns the rows.
    ///
    /// # Errors
    /// [`ArrowError`] never: all columns are as long.
    pub fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.identity.finish()),
            Arc::new(self.outcome.finish()),
            Arc::new(self.counted.finish()),
            Arc::new(self.op.finish()),
            Arc::new(self.ttl.finish()),
        ];
        columns.extend(self.declared.into_iter().map(Column::finish));
        columns.push(Arc::new(self.image.finish()));
        if self.stream.keeps_old {
            columns.push(Arc::new(self.old_image.finish()));
        }
        columns.push(Arc::new(self.event_time.finish()));
        columns.push(Arc::new(self.arrived_at.finish()));
        let texts = [self.shard, self.sequence, self.event_id].into_iter().chain(self.times);
        columns.extend(texts.map(|mut text| Arc::new(text.finish()) as ArrayRef));
        RecordBatch::try_new(staged(self.stream), columns)
    }
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is a row.
    Row,
    /// The filter left it out.
    Filtered,
    /// It cannot be used.
    Parked(Parked),
}
