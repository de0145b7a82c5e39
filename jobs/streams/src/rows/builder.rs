//! Rows of a staged batch.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, FixedSizeBinaryBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow_schema::ArrowError;
use arrow_select::nullif::nullif;
use carelake_conditions::Path;

use super::FILTERED;
use super::asking::{AskedBy, asked_by, columns, key};
use super::cell::{Cell, fit};
use super::column::Column;
use super::schema::staged;
use super::when::{civil, event_time, part};
use crate::config::{Attribute, Stream};
use crate::enrich::{Asked, Said};
use crate::filter;
use crate::record::{Change, IDENTITY_BYTES, Identity, Item, Op, Parked, Value};

/// Fills the rows of a staged batch.
pub struct RowBuilder<'s> {
    stream: &'s Stream,
    identity: FixedSizeBinaryBuilder,
    outcome: StringBuilder,
    /// What is counted of each row.
    counted: Vec<Vec<String>>,
    op: StringBuilder,
    ttl: BooleanBuilder,
    declared: Vec<Column>,
    /// What is asked of each source, and the columns by which it is.
    asked: Vec<Asked>,
    asked_by: Vec<AskedBy>,
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
            counted: Vec::new(),
            op: StringBuilder::new(),
            ttl: BooleanBuilder::new(),
            declared: stream.keys.iter().chain(&stream.attributes).map(|it| Column::new(it.kind)).collect(),
            asked: stream.enrich.iter().map(|_| Asked::default()).collect(),
            asked_by: stream.enrich.iter().map(|it| asked_by(stream, it)).collect(),
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

    /// Adds a change: as a row, or as one that the filter leaves out. `said` answers what is known already of a source, by its place.
    ///
    /// # Errors
    /// [`Parked::KeyMissing`] where a column of the key has no value; then nothing was added.
    /// [`ArrowError`] never, of an identity of the right length.
    pub fn change(
        &mut self,
        identity: &Identity,
        shard: Option<&str>,
        change: &Change<'_>,
        said: impl Fn(usize) -> Option<Option<Said>>,
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
        self.counted.push(counted);
        self.op.append_value(change.op.name());
        self.ttl.append_value(change.is_expired && change.op == Op::Remove);
        self.declared.iter_mut().zip(&cells).for_each(|(column, cell)| column.push(cell));
        for (at, (asked, by)) in self.asked.iter_mut().zip(&self.asked_by).enumerate() {
            match said(at) {
                Some(said) => asked.push_said(said),
                None => asked.push(key(&cells, by)),
            }
        }
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
        self.counted.push(Vec::new());
        self.op.append_null();
        self.ttl.append_null();
        self.declared.iter_mut().for_each(|column| column.push(&Cell::Null));
        self.asked.iter_mut().for_each(|asked| asked.push(None));
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

    /// Returns what is asked of each source.
    pub(crate) fn asked(&mut self) -> &mut [Asked] {
        &mut self.asked
    }

    /// Returns the rows. Those that are `missed`, in their order, are parked, since something that they need is nowhere.
    ///
    /// # Errors
    /// [`ArrowError`] never: all columns are as long.
    pub(crate) fn finish(mut self, missed: &[usize]) -> Result<RecordBatch, ArrowError> {
        let asked = self.stream.enrich.iter().zip(&self.asked);
        let said: Vec<ArrayRef> =
            asked.flat_map(|(enrichment, asked)| columns(enrichment, asked, &mut self.counted)).collect();
        let counted = self.counted.iter().map(|names| (!names.is_empty()).then(|| names.join(",")));
        let mut of_rows: Vec<ArrayRef> =
            vec![Arc::new(counted.collect::<StringArray>()), Arc::new(self.op.finish()), Arc::new(self.ttl.finish())];
        of_rows.extend(self.declared.into_iter().map(Column::finish));
        of_rows.extend(said);
        of_rows.push(Arc::new(self.image.finish()));
        if self.stream.keeps_old {
            of_rows.push(Arc::new(self.old_image.finish()));
        }
        of_rows.push(Arc::new(self.event_time.finish()));
        of_rows.push(Arc::new(self.arrived_at.finish()));
        let texts = [self.shard, self.sequence, self.event_id].into_iter().chain(self.times);
        of_rows.extend(texts.map(|mut text| Arc::new(text.finish()) as ArrayRef));
        let mut outcome = self.outcome.finish();
        if !missed.is_empty() {
            let is_missed: BooleanArray =
                (0..outcome.len()).map(|row| Some(missed.binary_search(&row).is_ok())).collect();
            let parked = Parked::LookupMiss.outcome();
            let of = |(before, is_missed): (Option<&str>, Option<bool>)| match is_missed {
                Some(true) => Some(parked.clone()),
                _ => before.map(str::to_owned),
            };
            outcome = outcome.iter().zip(&is_missed).map(of).collect();
            of_rows = of_rows.iter().map(|column| nullif(column, &is_missed)).collect::<Result<_, _>>()?;
        }
        let first: [ArrayRef; 2] = [Arc::new(self.identity.finish()), Arc::new(outcome)];
        RecordBatch::try_new(staged(self.stream), first.into_iter().chain(of_rows).collect())
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
