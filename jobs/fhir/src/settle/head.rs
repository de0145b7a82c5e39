//! What is known of the resources of one part before a run: which version is served, or when they were deleted.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use carelake_core::publish::Served;

use super::gone::{self, Gone, part_of};
use super::resources::Held;
use crate::config::Source;
use crate::error::FhirError;
use crate::rows::{ID, LAST_UPDATED, RESOURCE_TYPE, VERSION_ID, bare, cell, published, text, time};
use crate::world::World;

/// What is known of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The front of its key.
    pub(super) bare: Vec<u8>,
    /// When its version was made, or it was deleted.
    pub(super) time: i64,
    /// The version that the server gave it.
    pub(super) version: Option<String>,
    /// Whether it is there.
    pub(super) is_live: bool,
}

/// Those of one part, in the order of their keys.
pub(super) struct Heads<'h> {
    live: Peekable<Box<dyn Iterator<Item = Result<Head, FhirError>> + 'h>>,
    gone: Peekable<std::vec::IntoIter<Gone>>,
}

impl<'h> Heads<'h> {
    /// Reads those of a part: of the rows that are served only what they are compared by.
    pub(super) fn read(
        world: &World<'h>,
        source: &'h Source,
        (served, held): (Option<&'h Served>, &Held),
        bucket: u8,
    ) -> Result<Self, FhirError> {
        let gone = gone::read(world.store, source, held, bucket)?.into_iter().peekable();
        let live: Box<dyn Iterator<Item = Result<Head, FhirError>> + 'h> = match served {
            None => Box::new(std::iter::empty()),
            Some(served) => rows(world, source, part_of(served, bucket)),
        };
        Ok(Self { live: live.peekable(), gone })
    }

    /// Returns the next, if its key is not beyond this one; any, without one.
    pub(super) fn next_upto(&mut self, end: Option<&[u8]>) -> Result<Option<Head>, FhirError> {
        let live = match self.live.peek() {
            Some(Ok(head)) => Some(head.bare.as_slice()),
            Some(Err(_)) => return self.live.next().transpose(),
            None => None,
        };
        let gone = self.gone.peek().map(|(bare, _)| bare.as_slice());
        let is_in = |bare: &&[u8]| end.is_none_or(|end| *bare <= end);
        match (live.filter(is_in), gone.filter(is_in)) {
            (None, None) => Ok(None),
            (Some(live), gone) if gone.is_none_or(|gone| live <= gone) => self.live.next().transpose(),
            _ => Ok(self.gone.next().map(|(bare, time)| Head { bare, time, version: None, is_live: false })),
        }
    }
}

fn rows<'h>(
    world: &World<'h>,
    source: &'h Source,
    part: Served,
) -> Box<dyn Iterator<Item = Result<Head, FhirError>> + 'h> {
    let (store, buckets) = (world.store, source.buckets);
    let schema = compared();
    // The files of a part, one after another; each is read batch by batch.
    let mut files: VecDeque<Served> = part
        .manifests
        .iter()
        .flat_map(|manifest| {
            manifest.files.iter().map(|file| {
                let mut one = part.clone();
                one.manifests = vec![manifest.clone()];
                one.manifests.iter_mut().for_each(|manifest| manifest.files = vec![file.clone()]);
                one
            })
        })
        .collect();
    let mut waiting: VecDeque<Head> = VecDeque::new();
    Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(head) = waiting.pop_front() {
                return Some(Ok(head));
            }
            let file = files.pop_front()?;
            for batch in file.batches(store, &schema) {
                let heads = batch.map_err(FhirError::from).and_then(|batch| heads(&batch, buckets));
                match heads {
                    Ok(heads) => waiting.extend(heads),
                    Err(error) => return Some(Err(error)),
                }
            }
        }
    }))
}

/// The columns that versions are compared by.
fn compared() -> SchemaRef {
    let all = published();
    let wanted = [RESOURCE_TYPE, ID, VERSION_ID, LAST_UPDATED];
    let fields = all.fields().iter().filter(|field| wanted.contains(&field.name().as_str())).map(Arc::clone);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn heads(batch: &arrow_array::RecordBatch, buckets: u8) -> Result<Vec<Head>, FhirError> {
    let (types, ids, versions) = (text(batch, RESOURCE_TYPE)?, text(batch, ID)?, text(batch, VERSION_ID)?);
    let times = time(batch)?;
    let head = |row: usize| Head {
        bare: bare(types.value(row), ids.value(row), buckets),
        time: times.value(row),
        version: cell(versions, row).map(str::to_owned),
        is_live: true,
    };
    Ok((0..batch.num_rows()).map(head).collect())
}
