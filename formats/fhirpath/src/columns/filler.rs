//! Fills the columns of all views of a type.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use bumpalo::Bump;

use super::builder::Builder;
use super::count::{Count, Counts};
use super::rows::{Block, rows};
use crate::eval::{Bundle, References, World};
use crate::json::Resource;
use crate::view::Views;

/// How much of the arena is kept for the next resource.
const KEPT_BYTES: usize = 1 << 24;

/// Fills the columns of views, resource by resource. What does not fit its column is null and counted; nothing stops it.
#[derive(Debug)]
pub struct Filler {
    views: Arc<Views>,
    references: Arc<References>,
    bump: Bump,
    tables: Vec<Table>,
}

/// The columns of a view that are filled.
#[derive(Debug)]
struct Table {
    rows: usize,
    columns: Vec<Builder>,
    counts: Counts,
}

impl Filler {
    /// Returns empty columns for views.
    #[must_use]
    pub fn new(views: &Arc<Views>, references: &Arc<References>) -> Self {
        let table = |view: &crate::view::View| Table {
            rows: 0,
            columns: view.columns().iter().map(Builder::new).collect(),
            counts: Counts::new(view),
        };
        let tables = views.iter().map(table).collect();
        Self { views: Arc::clone(views), references: Arc::clone(references), bump: Bump::new(), tables }
    }

    /// Appends the rows of all views of the resource's type. The resource was read with the names of the same views; of a Bundle's entry
    /// the Bundle says what `urn:` references mean.
    pub fn push(&mut self, resource: &Resource<'_>, bundle: Option<&Bundle>) {
        let Some(of_type) = resource.resource_type().and_then(|name| self.views.types.get(name)) else { return };
        let world = World::new(&self.views.program, resource, &self.bump, &self.references, bundle);
        let frame = world.frame(&of_type.scope, world.resource(), 0);
        for index in &of_type.views {
            let (Some(view), Some(table)) = (self.views.get(*index), self.tables.get_mut(*index)) else { continue };
            match rows(&world, &frame, view) {
                Ok(Some(block)) => table.append(&world, &block),
                Ok(None) => {}
                Err(_) => table.counts.left_out += 1,
            }
        }
        if self.bump.allocated_bytes() > KEPT_BYTES {
            self.bump = Bump::new();
        }
        self.bump.reset();
    }

    /// Returns how many rows of a view wait to be handed out.
    #[must_use]
    pub fn rows(&self, view: usize) -> usize {
        self.tables.get(view).map_or(0, |table| table.rows)
    }

    /// Hands out the rows of a view, and begins its columns anew.
    ///
    /// # Errors
    /// More text in a column than 2 GiB, or a view that is not there.
    pub fn finish(&mut self, view: usize) -> Result<RecordBatch, ArrowError> {
        let (Some(of), Some(table)) = (self.views.get(view), self.tables.get_mut(view)) else {
            return Err(ArrowError::InvalidArgumentError("no such view".to_owned()));
        };
        table.rows = 0;
        let columns = table.columns.iter_mut().map(Builder::finish).collect::<Result<_, _>>()?;
        RecordBatch::try_new(of.schema(), columns)
    }

    /// Returns what was found wanting so far.
    pub fn counts(&self) -> impl Iterator<Item = Count<'_>> {
        self.tables.iter().zip(self.views.iter()).flat_map(|(table, view)| table.counts.of(view))
    }
}

impl Table {
    fn append<'a>(&mut self, world: &World<'a>, block: &Block<'a>) {
        for (at, (builder, notes)) in self.columns.iter_mut().zip(&self.counts.columns).enumerate() {
            builder.fill(world, block.column(at), notes);
        }
        self.rows += block.rows;
    }
}
