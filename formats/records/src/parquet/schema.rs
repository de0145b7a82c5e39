//! Which columns of a Parquet file are wanted.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::nested::{NONE, Names, ROOT};

/// Returns a schema whose texts are read as parts of what was unpacked: a long one that many rows have is in memory once.
pub(super) fn shared(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(shared_field).collect::<Fields>()))
}

fn shared_field(field: &FieldRef) -> FieldRef {
    let of = match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(shared_field).collect()),
        DataType::List(item) => DataType::List(shared_field(item)),
        DataType::LargeList(item) => DataType::LargeList(shared_field(item)),
        DataType::Map(item, is_sorted) => DataType::Map(shared_field(item), *is_sorted),
        _ => return Arc::clone(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(of))
}

/// The columns of a file.
#[derive(Debug, Default)]
pub(super) struct Columns {
    fields: Vec<Column>,
    leaves: Vec<usize>,
    paths: HashSet<u32>,
    count: usize,
}

/// A column that is read, or a group of such.
#[derive(Debug)]
pub(super) struct Column {
    /// The label of its name.
    pub(super) label: u32,
    /// The columns in it, also through lists.
    pub(super) fields: Vec<Self>,
}

impl Columns {
    /// Finds what is wanted, and lets names know what else there is.
    pub(super) fn new(schema: &Schema, names: &mut Names, limits: &Limits) -> Result<Self, ReadError> {
        let mut columns = Self::default();
        columns.fields = columns.group(schema.fields(), names, ROOT, true);
        if columns.count > limits.columns {
            return Err(Malformed::new(Reason::TooWide, "there are more columns than are read").into());
        }
        Ok(columns)
    }

    /// Returns the columns that are read, as they stand in what is read.
    pub(super) fn fields(&self) -> &[Column] {
        &self.fields
    }

    /// Returns the numbers of the columns that are read, among all that hold values.
    pub(super) fn leaves(&self) -> Vec<usize> {
        self.leaves.clone()
    }

    /// Tells whether the file has something at a path.
    pub(super) fn has(&self, path: u32) -> bool {
        self.paths.contains(&path)
    }

    fn group<'f>(
        &mut self,
        fields: impl IntoIterator<Item = &'f FieldRef>,
        names: &mut Names,
        above: u32,
        is_wanted: bool,
    ) -> Vec<Column> {
        fields.into_iter().filter_map(|field| self.field(field, names, above, is_wanted)).collect()
    }

    fn field(&mut self, field: &Field, names: &mut Names, above: u32, is_wanted: bool) -> Option<Column> {
        let path = names.member(above, field.name().as_bytes(), NONE);
        let label = names.label_of(path);
        self.paths.insert(path);
        let (first, read) = (self.count, self.leaves.len());
        let is_wanted = is_wanted && label != NONE;
        let fields = self.inner(field.data_type(), names, path, is_wanted);
        if is_wanted && self.leaves.len() == read {
            // A group of which nothing is wanted: that it is there is told by the first of it.
            self.leaves.push(first);
        }
        is_wanted.then_some(Column { label, fields })
    }

    fn inner(&mut self, of: &DataType, names: &mut Names, path: u32, is_wanted: bool) -> Vec<Column> {
        match of {
            DataType::Struct(fields) => self.group(fields, names, path, is_wanted),
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => self.inner(item.data_type(), names, path, is_wanted),
            _ => {
                self.count += 1;
                names.has_value(path);
                Vec::new()
            }
        }
    }
}
