//! Cells as JSON and as text, those of lists, structs and maps with them.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use crate::cell::{Cell, Cells};

/// A column that can be shown, row by row.
///
/// Whole numbers are numbers of JSON, and reals that are finite; `NaN`, `Infinity` and `-Infinity` are texts, and so are decimals, which no
/// reader of JSON may round. Times, days and bytes are texts as of [`Cell`]. Lists are lists, structs and maps are objects.
pub struct Shown<'a> {
    array: &'a dyn Array,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Cells(Cells<'a>),
    List(Box<dyn Fn(usize) -> Range<usize> + 'a>, Box<Shown<'a>>),
    Struct(Vec<(&'a str, Shown<'a>)>),
    Map(Box<dyn Fn(usize) -> Range<usize> + 'a>, Box<(Shown<'a>, Shown<'a>)>),
}

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shown({})", self.array.data_type())
    }
}

impl<'a> Shown<'a> {
    /// Takes a column; none where some type in it is none that Parquet keeps values of.
    #[must_use]
    pub fn of(array: &'a ArrayRef) -> Option<Self> {
        let kind = match array.data_type() {
            DataType::List(_) => {
                let lists = array.as_list_opt::<i32>()?;
                Kind::List(spans(lists.value_offsets()), Box::new(Self::of(lists.values())?))
            }
            DataType::LargeList(_) => {
                let lists = array.as_list_opt::<i64>()?;
                Kind::List(spans(lists.value_offsets()), Box::new(Self::of(lists.values())?))
            }
            DataType::FixedSizeList(_, length) => {
                let (lists, length) = (array.as_fixed_size_list_opt()?, usize::try_from(*length).ok()?);
                Kind::List(Box::new(move |row| row * length..(row + 1) * length), Box::new(Self::of(lists.values())?))
            }
            DataType::Struct(members) => {
                let columns = array.as_struct_opt()?.columns();
                let member = |(field, column): (&'a arrow_schema::FieldRef, &'a ArrayRef)| {
                    Some((field.name().as_str(), Self::of(column)?))
                };
                Kind::Struct(members.iter().zip(columns).map(member).collect::<Option<_>>()?)
            }
            DataType::Map(_, _) => {
                let maps = array.as_map_opt()?;
                let pair = Box::new((Self::of(maps.keys())?, Self::of(maps.values())?));
                Kind::Map(spans(maps.value_offsets()), pair)
            }
            _ => Kind::Cells(Cells::of(array)?),
        };
        Some(Self { array, kind })
    }

    /// Returns the cell of a row; none where it is null, or a list, a struct or a map.
    #[must_use]
    pub fn cell(&self, row: usize) -> Option<Cell<'a>> {
        match &self.kind {
            Kind::Cells(cells) => cells.at(row),
            _ => None,
        }
    }

    /// Returns whether there is nothing in a row.
    #[must_use]
    pub fn is_null(&self, row: usize) -> bool {
        row >= self.array.len() || self.array.is_null(row) || matches!(self.array.data_type(), DataType::Null)
    }

    /// Writes the JSON of a row.
    pub fn write_json(&self, row: usize, to: &mut Vec<u8>) {
        if self.is_null(row) {
            to.extend_from_slice(b"null");
            return;
        }
        match &self.kind {
            Kind::Cells(cells) => match cells.at(row) {
                Some(cell) => write_cell(&cell, to),
                None => to.extend_from_slice(b"null"),
            },
            Kind::List(span, items) => {
                separated(b'[', span(row), b']', to, |item, to| items.write_json(item, to));
            }
            Kind::Struct(members) => separated(b'{', 0..members.len(), b'}', to, |at, to| {
                if let Some((name, member)) = members.get(at) {
                    quote(name, to);
                    to.push(b':');
                    member.write_json(row, to);
                }
            }),
            Kind::Map(span, pair) => separated(b'{', span(row), b'}', to, |at, to| {
                let (keys, values) = &**pair;
                quote(&keys.text(at).unwrap_or_default(), to);
                to.push(b':');
                values.write_json(at, to);
            }),
        }
    }

    /// Returns a row as text, lists and the like as JSON; none of null.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<String> {
        if self.is_null(row) {
            return None;
        }
        if let Kind::Cells(cells) = &self.kind {
            return cells.at(row).map(|cell| cell.to_string());
        }
        let mut json = Vec::new();
        self.write_json(row, &mut json);
        Some(String::from_utf8_lossy(&json).into_owned())
    }
}

fn spans<'a, O: Copy + TryInto<usize>>(offsets: &'a [O]) -> Box<dyn Fn(usize) -> Range<usize> + 'a> {
    let at = |row: usize| offsets.get(row).and_then(|offset| (*offset).try_into().ok()).unwrap_or(0);
    Box::new(move |row| at(row)..at(row + 1))
}

fn separated(open: u8, over: Range<usize>, close: u8, to: &mut Vec<u8>, write: impl Fn(usize, &mut Vec<u8>)) {
    to.push(open);
    for (count, at) in over.enumerate() {
        if count > 0 {
            to.push(b',');
        }
        write(at, to);
    }
    to.push(close);
}

fn quote(text: &str, to: &mut Vec<u8>) {
    // Writing to memory cannot fail, and every text is one of JSON.
    let _ = serde_json::to_writer(to, text);
}

fn write_cell(cell: &Cell<'_>, to: &mut Vec<u8>) {
    let not_finite = |number: f64| match number {
        number if number.is_nan() => Some("NaN"),
        number if number.is_finite() => None,
        number if number > 0.0 => Some("Infinity"),
        _ => Some("-Infinity"),
    };
    let odd = match cell {
        Cell::Real(number) => not_finite(*number),
        Cell::Single(number) => not_finite(f64::from(*number)),
        _ => None,
    };
    match cell {
        _ if odd.is_some() => quote(odd.unwrap_or_default(), to),
        Cell::Bool(_) | Cell::Whole(_) | Cell::Real(_) | Cell::Single(_) => to.extend(cell.to_string().into_bytes()),
        Cell::Text(text) => quote(text, to),
        _ => quote(&cell.to_string(), to),
    }
}
