//! The columns of the files of a run: those of its table but for the ones that folders tell.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{Field as ArrowField, Schema, SchemaRef};

use super::field::{Field, LINEAGE, SOURCE, Table};
use super::label::DESCRIPTION;

/// The columns of the files of a run.
///
/// # Shape
/// The fields of the table in their order, those that only folders tell otherwise, `source`, lineage; each but for what a folder tells.
#[derive(Debug, Clone)]
pub struct FileColumns {
    /// Every column that cells are written for, and whether it is in the files.
    cells: Vec<(Field, bool)>,
    has_source: bool,
    schema: SchemaRef,
}

impl FileColumns {
    /// Leaves out of a table the columns by which rows are distributed over folders.
    ///
    /// ```
    /// use carelake_core::table::{Field, FileColumns, Kind, Table};
    /// const FIELDS: [Field; 2] = [Field::new("npi", Kind::Identifier, "NPI"), Field::new("year", Kind::Int16, "year")];
    /// let table = Table { fields: &FIELDS };
    /// let state = Field::new("state", Kind::Text, "state");
    /// let names = |by: &[&str]| {
    ///     let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    ///     FileColumns::new(table, &[state], &by).fields().map(|field| field.name).collect::<Vec<_>>().join(" ")
    /// };
    /// assert_eq!(names(&["state", "source"]), "npi year _run_id _ingested_at _source_file");
    /// assert_eq!(names(&["year"]), "npi state source _run_id _ingested_at _source_file");
    /// ```
    #[must_use]
    pub fn new(table: Table, places: &[Field], partition_by: &[String]) -> Self {
        let is_folder = |name: &str| partition_by.iter().any(|column| column == name);
        let cells = table.fields.iter().chain(places).map(|field| (*field, !is_folder(field.name)));
        Self::of(cells.collect(), !is_folder(SOURCE.name))
    }

    fn of(cells: Vec<(Field, bool)>, has_source: bool) -> Self {
        let fields = fields(&cells, has_source).map(|field| ArrowField::new(field.name, field.kind.arrow(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Self { cells, has_source, schema }
    }

    /// Returns the columns of a file, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        fields(&self.cells, self.has_source)
    }

    /// Returns the schema of the files.
    #[must_use]
    pub const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Returns the schema of the files with the meaning of each column. A field has one entry only, so that a schema has one encoding.
    #[must_use]
    pub fn described(&self) -> Schema {
        let field = |field: Field| {
            let meaning = HashMap::from([(DESCRIPTION.to_owned(), field.description.to_owned())]);
            ArrowField::new(field.name, field.kind.arrow(), true).with_metadata(meaning)
        };
        Schema::new(self.fields().map(field).collect::<Vec<_>>())
    }

    /// Returns every column that cells are written for, and whether it is in the files.
    pub(super) fn cells(&self) -> &[(Field, bool)] {
        &self.cells
    }

    /// Returns whether the files tell the source of a row.
    pub(super) const fn has_source(&self) -> bool {
        self.has_source
    }
}

impl From<Table> for FileColumns {
    /// Takes a table whose columns are all in the files.
    fn from(table: Table) -> Self {
        Self::of(table.fields.iter().map(|field| (*field, true)).collect(), false)
    }
}

fn fields(cells: &[(Field, bool)], has_source: bool) -> impl Iterator<Item = Field> {
    let written = cells.iter().filter(|(_, is_written)| *is_written).map(|(field, _)| *field);
    written.chain(has_source.then_some(SOURCE)).chain(LINEAGE)
}
