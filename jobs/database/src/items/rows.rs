//! Items become rows: keys and declared attributes as columns, and the item as a whole.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ITEM;
use super::attribute::{Attribute, Item, write_item};
use super::number::canonical;
use crate::address::Engine;
use crate::error::DatabaseError;
use crate::kind::TypeChoice;
use crate::reading::{Counts, Reading, Specials, Taker};

/// Collects items and hands them over as batches of rows.
pub struct ItemRows<'r, 't> {
    reading: &'r Reading<'r>,
    taker: &'t mut dyn Taker,
    columns: Vec<Collected<'r>>,
    rows: usize,
    bytes: usize,
    counts: Counts,
    is_gone: bool,
}

struct Collected<'r> {
    name: &'r str,
    choice: Option<&'r TypeChoice>,
    values: Values,
}

enum Values {
    Text(StringBuilder),
    Boolean(BooleanBuilder),
    Whole(Int64Builder),
    Double(Float64Builder),
    Bytes(BinaryBuilder),
    Decimal(Decimal128Builder, u8, i8),
}

impl<'r, 't> ItemRows<'r, 't> {
    /// Begins.
    #[must_use]
    pub fn new(reading: &'r Reading<'r>, taker: &'t mut dyn Taker) -> Self {
        let collected = |wanted: &'r crate::reading::Wanted| {
            let column = reading.relation.columns.get(wanted.column);
            let choice = wanted.choice.as_ref();
            let kind = column.map(|column| column.kind.chosen(Engine::Dynamodb, choice, reading.specials).arrow());
            Collected {
                name: column.map(|column| column.name.as_str()).unwrap_or_default(),
                choice,
                values: Values::of(&kind.unwrap_or(DataType::Utf8), choice),
            }
        };
        let columns: Vec<Collected<'r>> = reading.columns.iter().map(collected).collect();
        let counts = Counts { specials: vec![0; columns.len()], ..Counts::default() };
        Self { reading, taker, columns, rows: 0, bytes: 0, counts, is_gone: false }
    }

    /// Takes an item.
    ///
    /// # Errors
    /// [`DatabaseError::NotTaken`], [`DatabaseError::Special`].
    pub fn push(&mut self, item: &Item) -> Result<(), DatabaseError> {
        self.counts.read += 1;
        for (column, unfit) in self.columns.iter_mut().zip(&mut self.counts.specials) {
            let (bytes, fits) = column.push(item, self.is_gone);
            self.bytes += bytes;
            *unfit += u64::from(!fits);
            if !fits && self.reading.specials == Specials::Error {
                let (table, column) = (self.reading.relation.shown(), column.name.to_owned());
                return Err(DatabaseError::Special { table, column });
            }
        }
        self.rows += 1;
        if self.rows >= self.reading.batch_rows || self.bytes >= self.reading.batch_bytes {
            self.hand_over()?;
        }
        Ok(())
    }

    /// Takes the key of an item that is gone: every other column holds nothing, the item as a whole, too.
    ///
    /// # Errors
    /// As [`ItemRows::push`].
    pub fn push_key(&mut self, key: &Item) -> Result<(), DatabaseError> {
        self.is_gone = true;
        let pushed = self.push(key);
        self.is_gone = false;
        pushed
    }

    /// Hands over what is left.
    ///
    /// # Errors
    /// [`DatabaseError::NotTaken`].
    pub fn finish(mut self) -> Result<Counts, DatabaseError> {
        self.hand_over()?;
        Ok(self.counts)
    }

    fn hand_over(&mut self) -> Result<(), DatabaseError> {
        if self.rows == 0 {
            return Ok(());
        }
        let not_taken = |why: String| DatabaseError::NotTaken { table: self.reading.relation.shown(), why };
        let arrays: Vec<(&str, ArrayRef)> =
            self.columns.iter_mut().map(|column| (column.name, column.values.finish())).collect();
        let fields: Vec<Field> =
            arrays.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(self.rows));
        let arrays = arrays.into_iter().map(|(_, array)| array).collect();
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options);
        let taken = batch.map_err(|error| error.to_string()).and_then(|batch| self.taker.rows(batch));
        taken.map_err(not_taken)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Collected<'_> {
    /// Takes a value out of an item. Answers about how many bytes it has, and whether it fits.
    fn push(&mut self, item: &Item, is_gone: bool) -> (usize, bool) {
        if let (ITEM, Values::Text(values)) = (self.name, &mut self.values) {
            if is_gone {
                values.append_null();
                return (1, true);
            }
            let hidden: &[String] = if let Some(TypeChoice::Without(names)) = self.choice { names } else { &[] };
            let mut json = String::new();
            write_item(item, |name| !hidden.iter().any(|it| it == name), &mut json);
            values.append_value(&json);
            return (json.len(), true);
        }
        let attribute = item.get(self.name).filter(|attribute| **attribute != Attribute::Null);
        let is_declared = self.choice.is_some();
        self.values.push(attribute, is_declared, self.choice == Some(&TypeChoice::Json))
    }
}

impl Values {
    fn of(kind: &DataType, choice: Option<&TypeChoice>) -> Self {
        match (kind, choice) {
            (DataType::Boolean, _) => Self::Boolean(BooleanBuilder::new()),
            (DataType::Int64, _) => Self::Whole(Int64Builder::new()),
            (DataType::Float64, _) => Self::Double(Float64Builder::new()),
            (DataType::Binary, _) => Self::Bytes(BinaryBuilder::new()),
            (DataType::Decimal128(width, scale), Some(TypeChoice::Decimal { precision, .. })) => Self::Decimal(
                Decimal128Builder::new().with_data_type(DataType::Decimal128(*width, *scale)),
                *precision,
                *scale,
            ),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a value. One that does not fit is nothing; it is whole in the item.
    fn push(&mut self, attribute: Option<&Attribute>, is_declared: bool, is_json: bool) -> (usize, bool) {
        let Some(attribute) = attribute else {
            self.push_nothing();
            return (1, true);
        };
        let (bytes, fits) = match (&mut *self, attribute) {
            (Self::Text(to), Attribute::S(text)) if is_declared && !is_json => (text.len(), {
                to.append_value(text);
                true
            }),
            (Self::Text(to), value) if !is_declared || is_json => match value.text() {
                Some(text) => (text.len(), {
                    to.append_value(&text);
                    true
                }),
                None => (1, false),
            },
            (Self::Boolean(to), Attribute::Bool(is_so)) => (1, {
                to.append_value(*is_so);
                true
            }),
            (Self::Whole(to), Attribute::N(number)) => {
                (8, number.parse().map(|number| to.append_value(number)).is_ok())
            }
            (Self::Double(to), Attribute::N(number)) => {
                (8, same(number).map(|number| to.append_value(number)).is_some())
            }
            (Self::Bytes(to), Attribute::B(text)) => {
                (text.len(), STANDARD.decode(text).map(|bytes| to.append_value(bytes)).is_ok())
            }
            (Self::Decimal(to, precision, scale), Attribute::N(number)) => {
                (16, unscaled(number, *precision, *scale).map(|value| to.append_value(value)).is_some())
            }
            _ => (1, false),
        };
        if !fits {
            self.push_nothing();
        }
        (bytes, fits)
    }

    fn push_nothing(&mut self) {
        match self {
            Self::Text(to) => to.append_null(),
            Self::Boolean(to) => to.append_null(),
            Self::Whole(to) => to.append_null(),
            Self::Double(to) => to.append_null(),
            Self::Bytes(to) => to.append_null(),
            Self::Decimal(to, ..) => to.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(to) => Arc::new(to.finish()),
            Self::Boolean(to) => Arc::new(to.finish()),
            Self::Whole(to) => Arc::new(to.finish()),
            Self::Double(to) => Arc::new(to.finish()),
            Self::Bytes(to) => Arc::new(to.finish()),
            Self::Decimal(to, ..) => Arc::new(to.finish()),
        }
    }
}

/// Returns a number as a double, if that loses nothing of what it says.
fn same(number: &str) -> Option<f64> {
    let double: f64 = number.parse().ok()?;
    (canonical(&format!("{double:e}")).as_deref() == Some(number)).then_some(double)
}

/// Returns a canonical number times ten to the scale, if it has no more digits.
fn unscaled(number: &str, precision: u8, scale: i8) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let missing = usize::try_from(scale).ok()?.checked_sub(fraction.len())?;
    let digits = format!("{whole}{fraction}{}", "0".repeat(missing));
    let value: i128 = digits.parse().ok()?;
    (value.unsigned_abs() < 10_u128.checked_pow(u32::from(precision))?).then_some(value)
}
