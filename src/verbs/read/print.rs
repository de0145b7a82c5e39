//! Rows as lines of JSON, as CSV, or as one object.

use std::io::{self, BufWriter, Stdout, Write};

use arrow_array::RecordBatch;
use carelake_rows::{Cell, RowsError, Shown};
use serde_json::Value;

use crate::output;

/// Writes rows to standard output.
pub(super) struct Printer {
    out: BufWriter<Stdout>,
    form: Form,
    rows: u64,
    is_over: bool,
}

enum Form {
    Lines,
    Object,
    /// The columns of the header.
    Csv(Vec<String>),
}

impl Printer {
    pub(super) fn lines() -> Self {
        Self { out: BufWriter::new(io::stdout()), form: Form::Lines, rows: 0, is_over: false }
    }

    pub(super) fn json() -> Self {
        let mut printer = Self { form: Form::Object, ..Self::lines() };
        printer.write(b"{\"rows\":[");
        printer
    }

    pub(super) fn csv(columns: Vec<String>) -> Self {
        let mut printer = Self::lines();
        let header = record(columns.iter().map(|name| output::for_people(name.clone())));
        printer.write(&header);
        printer.form = Form::Csv(columns);
        printer
    }

    /// Returns how many rows were printed.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether nobody reads any more.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    fn write(&mut self, bytes: &[u8]) {
        if !self.is_over {
            self.is_over = !output::printed(self.out.write_all(bytes));
        }
    }

    /// Prints the rows of a batch; answers how many.
    pub(super) fn print(&mut self, file: &str, batch: &RecordBatch) -> Result<usize, RowsError> {
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let shown = |(array, field): (_, &std::sync::Arc<arrow_schema::Field>)| {
            Shown::of(array).ok_or_else(|| RowsError::Type {
                file: file.to_owned(),
                column: field.name().clone(),
                kind: field.data_type().to_string(),
            })
        };
        let columns = batch.columns().iter().zip(schema.fields()).map(shown).collect::<Result<Vec<_>, _>>()?;
        let order: Vec<Option<usize>> = match &self.form {
            Form::Csv(header) => header.iter().map(|name| names.iter().position(|other| other == name)).collect(),
            Form::Lines | Form::Object => (0..names.len()).map(Some).collect(),
        };
        let keys: Vec<Vec<u8>> = names.iter().map(|name| serde_json::to_vec(name).unwrap_or_default()).collect();
        let mut line = Vec::new();
        for row in 0..batch.num_rows() {
            line.clear();
            if let Form::Csv(_) = self.form {
                let cell = |at: &Option<usize>| at.and_then(|at| columns.get(at)).map(|it| in_csv(it, row));
                line = record(order.iter().map(|at| cell(at).unwrap_or_default()));
            } else {
                if matches!(self.form, Form::Object) && self.rows > 0 {
                    line.push(b',');
                }
                line.push(b'{');
                for (at, (key, column)) in keys.iter().zip(&columns).enumerate() {
                    if at > 0 {
                        line.push(b',');
                    }
                    line.extend_from_slice(key);
                    line.push(b':');
                    column.write_json(row, &mut line);
                }
                line.push(b'}');
                if matches!(self.form, Form::Lines) {
                    line.push(b'\n');
                }
            }
            self.write(&line);
            if self.is_over {
                return Ok(row);
            }
            self.rows += 1;
        }
        Ok(batch.num_rows())
    }

    /// Writes what comes behind the rows.
    pub(super) fn end(&mut self, summary: &Value) {
        if let (Form::Object, Some(members)) = (&self.form, summary.as_object()) {
            let members = members.iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect::<String>();
            self.write(format!("]{members}}}\n").as_bytes());
        }
        if !self.is_over {
            self.is_over = !output::printed(self.out.flush());
        }
    }
}

/// Returns a cell of CSV: null is empty, and no text is a formula of a spreadsheet.
fn in_csv(column: &Shown<'_>, row: usize) -> String {
    let text = column.text(row).unwrap_or_default();
    if matches!(column.cell(row), Some(Cell::Text(_))) { output::for_people(text) } else { text }
}

fn record(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(cells.map(String::into_bytes));
    writer.into_inner().unwrap_or_default()
}
