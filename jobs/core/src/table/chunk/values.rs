//! The values of a page: as they are, or as numbers of a dictionary.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::ToByteSlice;
use arrow_schema::{DataType, TimeUnit};
use parquet::errors::ParquetError;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;

use super::bounds::{Bounds, Number};
use super::dictionary::{Fixed, Long};

/// The values of a column.
#[derive(Debug)]
pub(super) struct Values {
    kind: Kind,
    /// The numbers of those of this page, while there is a dictionary that takes more.
    numbers: Option<Vec<u32>>,
}

#[derive(Debug)]
enum Kind {
    Int32(Numbers<i32>),
    Int64(Numbers<i64>),
    Double(Numbers<f64>),
    Long(Long),
}

impl Values {
    /// Returns what takes values of a type; nothing for those that are left to the library.
    pub(super) fn of(kind: &DataType, has_dictionary: bool, has_statistics: bool) -> Option<Self> {
        let kind = match kind {
            DataType::Int32 | DataType::Date32 => Kind::Int32(Numbers::new(has_statistics)),
            DataType::Int64 | DataType::Timestamp(TimeUnit::Microsecond, _) | DataType::Decimal128(10..=18, _) => {
                Kind::Int64(Numbers::new(has_statistics))
            }
            DataType::Float64 => Kind::Double(Numbers::new(has_statistics)),
            // The bounds of long ones would have to be cut off.
            DataType::Utf8 | DataType::Binary if !has_statistics => Kind::Long(Long::new()),
            _ => return None,
        };
        Some(Self { kind, numbers: has_dictionary.then(Vec::new) })
    }

    /// Takes values, but for what is null: numbers them, or puts them as they are behind `plain`.
    pub(super) fn add(&mut self, array: &ArrayRef, plain: &mut Vec<u8>) {
        let numbers = self.numbers.as_mut();
        match (&mut self.kind, array.data_type()) {
            (Kind::Int32(to), DataType::Date32) => {
                to.add(array, array.as_primitive::<Date32Type>().values(), numbers, plain);
            }
            (Kind::Int32(to), _) => to.add(array, array.as_primitive::<Int32Type>().values(), numbers, plain),
            (Kind::Int64(to), DataType::Timestamp(..)) => {
                to.add(array, array.as_primitive::<TimestampMicrosecondType>().values(), numbers, plain);
            }
            (Kind::Int64(to), DataType::Decimal128(..)) => {
                // So few digits fit.
                let narrow = |value: &i128| *value as i64;
                let values: Vec<i64> = array.as_primitive::<Decimal128Type>().values().iter().map(narrow).collect();
                to.add(array, &values, numbers, plain);
            }
            (Kind::Int64(to), _) => to.add(array, array.as_primitive::<Int64Type>().values(), numbers, plain),
            (Kind::Double(to), _) => to.add(array, array.as_primitive::<Float64Type>().values(), numbers, plain),
            (Kind::Long(to), _) => add_long(to, array, numbers, plain),
        }
    }

    /// Ends a page: returns the numbers of its values and how many values the dictionary has, unless they were put behind `plain`.
    pub(super) fn end_page(&mut self, rows: usize, nulls: usize) -> Option<(&mut Vec<u32>, usize)> {
        match &mut self.kind {
            Kind::Int32(numbers) => numbers.end_page(rows, nulls),
            Kind::Int64(numbers) => numbers.end_page(rows, nulls),
            Kind::Double(numbers) => numbers.end_page(rows, nulls),
            Kind::Long(_) => {}
        }
        let (_, count) = self.dictionary();
        self.numbers.as_mut().map(|numbers| (numbers, count))
    }

    /// Numbers no more values.
    pub(super) fn end_dictionary(&mut self) {
        self.numbers = None;
    }

    /// Returns the page of the dictionary, and how many values it has.
    pub(super) fn dictionary(&self) -> (&[u8], usize) {
        match &self.kind {
            Kind::Int32(numbers) => (&numbers.page, numbers.dictionary.len()),
            Kind::Int64(numbers) => (&numbers.page, numbers.dictionary.len()),
            Kind::Double(numbers) => (&numbers.page, numbers.dictionary.len()),
            Kind::Long(long) => (&long.page, long.len()),
        }
    }

    /// Returns what the column says of its values, and what each page does.
    pub(super) fn bounds(&self) -> Result<Option<(Statistics, Option<ColumnIndexMetaData>)>, ParquetError> {
        match &self.kind {
            Kind::Int32(numbers) => told(numbers.bounds.as_ref()),
            Kind::Int64(numbers) => told(numbers.bounds.as_ref()),
            Kind::Double(numbers) => told(numbers.bounds.as_ref()),
            Kind::Long(_) => Ok(None),
        }
    }
}

fn told<T: Number>(
    bounds: Option<&Bounds<T>>,
) -> Result<Option<(Statistics, Option<ColumnIndexMetaData>)>, ParquetError> {
    bounds.map(|bounds| Ok((bounds.statistics(), bounds.index()?))).transpose()
}

/// Values of a fixed width.
#[derive(Debug)]
struct Numbers<T> {
    dictionary: Fixed,
    /// The values of the dictionary as a page has them.
    page: Vec<u8>,
    bounds: Option<Bounds<T>>,
    /// Values that are not null, one after another; kept for its room.
    present: Vec<T>,
}

impl<T: Number> Numbers<T> {
    fn new(has_statistics: bool) -> Self {
        let bounds = has_statistics.then(Bounds::new);
        Self { dictionary: Fixed::new(), page: Vec::new(), bounds, present: Vec::new() }
    }

    fn add(&mut self, array: &ArrayRef, values: &[T], numbers: Option<&mut Vec<u32>>, plain: &mut Vec<u8>) {
        let mut present = std::mem::take(&mut self.present);
        let values = match array.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => values,
            Some(nulls) => {
                present.clear();
                present.extend(nulls.valid_indices().filter_map(|row| values.get(row)));
                &present
            }
        };
        if let Some(bounds) = &mut self.bounds {
            bounds.add(values);
        }
        match numbers {
            None => plain.extend_from_slice(values.to_byte_slice()),
            Some(numbers) => numbers.extend(values.iter().map(|value| {
                let (number, is_new) = self.dictionary.number(value.bits());
                if is_new {
                    self.page.extend_from_slice(value.to_byte_slice());
                }
                number
            })),
        }
        self.present = present;
    }

    fn end_page(&mut self, rows: usize, nulls: usize) {
        if let Some(bounds) = &mut self.bounds {
            bounds.end_page(rows, nulls);
        }
    }
}

fn add_long(to: &mut Long, array: &ArrayRef, numbers: Option<&mut Vec<u32>>, plain: &mut Vec<u8>) {
    let Some((ends, bytes)) = long(array) else { return };
    let valid = array.nulls().filter(|nulls| nulls.null_count() > 0);
    let value = |place: &[i32]| match place {
        [begin, end] => bytes.get(*begin as usize..*end as usize).unwrap_or_default(),
        _ => &[],
    };
    match (numbers, valid) {
        (Some(numbers), None) => numbers.extend(ends.windows(2).map(|place| to.number(value(place)))),
        (Some(numbers), Some(valid)) => {
            let places = valid.valid_indices().filter_map(|row| ends.get(row..row + 2));
            numbers.extend(places.map(|place| to.number(value(place))));
        }
        (None, None) => ends.windows(2).for_each(|place| put(value(place), plain)),
        (None, Some(valid)) => {
            let places = valid.valid_indices().filter_map(|row| ends.get(row..row + 2));
            places.for_each(|place| put(value(place), plain));
        }
    }
}

/// Appends a value behind its length.
#[inline]
fn put(value: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(&(value.len() as u32).to_le_bytes());
    to.extend_from_slice(value);
}

/// Returns where values end and their bytes.
pub(super) fn long(array: &ArrayRef) -> Option<(&[i32], &[u8])> {
    Some(match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string_opt::<i32>()?;
            (texts.value_offsets(), texts.value_data())
        }
        _ => {
            let texts = array.as_binary_opt::<i32>()?;
            (texts.value_offsets(), texts.value_data())
        }
    })
}
