//! Rows in the order of the key, cut into parts.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use carelake_core::names::Publication;
use carelake_core::publish::{Input, Publishing, Sealed};
use serde_json::Value;

use crate::overlap::without_key;
use crate::publish::{Files, LoadError, Maker, RunWriter, Telling, World, given};

/// Writes parts.
pub struct Cutting<'c, 'w> {
    /// Where they go.
    pub world: &'c World<'w>,
    /// The right to do so.
    pub publishing: &'c Publishing<'w>,
    /// Of what.
    pub publication: &'c Publication,
    /// The columns.
    pub schema: &'c SchemaRef,
    /// What the rows follow from.
    pub input: Input,
    /// The names of parts that are taken.
    pub names: BTreeSet<String>,
}

impl<'w> Cutting<'_, 'w> {
    /// Writes rows as parts with at most so many rows each. The first one has this name, where one is given.
    ///
    /// # Errors
    /// Where the rows cannot be had or kept.
    pub fn write(
        &mut self,
        batches: impl Iterator<Item = Result<RecordBatch, LoadError>>,
        most: u64,
        mut name: Option<String>,
    ) -> Result<Vec<Sealed>, LoadError> {
        let mut sealed = Vec::new();
        let mut part: Option<(RunWriter<'w>, String)> = None;
        for batch in batches {
            let mut rest = without_key(&batch?)?;
            while rest.num_rows() > 0 {
                self.publishing.beat()?;
                let (run, _) = match &mut part {
                    Some(part) => part,
                    None => {
                        let name = name.take().unwrap_or_else(|| self.free_name());
                        part.insert((self.begin(&name)?, name))
                    }
                };
                let room = usize::try_from(most.saturating_sub(run.rows)).unwrap_or(usize::MAX).max(1);
                let rows = room.min(rest.num_rows());
                run.push(&rest.slice(0, rows))?;
                rest = rest.slice(rows, rest.num_rows() - rows);
                if run.rows >= most {
                    sealed.extend(part.take().map(|part| self.seal(part)).transpose()?);
                }
            }
        }
        sealed.extend(part.map(|part| self.seal(part)).transpose()?);
        Ok(sealed)
    }

    fn begin(&self, part: &str) -> Result<RunWriter<'w>, LoadError> {
        let given = given(self.world, self.publication, part)?;
        RunWriter::begin(self.world, self.publishing, self.publication, self.schema, &Files::default(), given)
    }

    fn seal(&self, (run, part): (RunWriter<'w>, String)) -> Result<Sealed, LoadError> {
        run.seal(Telling {
            maker: Maker::Latest,
            part: Some(part),
            inputs: vec![self.input.clone()],
            counts: Default::default(),
            details: Value::Null,
        })
    }

    /// Returns a name that no part has.
    fn free_name(&mut self) -> String {
        let free = (0..).map(|number: u32| format!("{number:02}")).find(|name| !self.names.contains(name));
        let name = free.unwrap_or_default();
        self.names.insert(name.clone());
        name
    }
}
