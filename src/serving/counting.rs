//! Rows that pages tell of, counted by what `profile` and `diff` count with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use carelake_console::{Changes, Column, Columns, Counts};
use carelake_core::ErrorKind;
use carelake_core::names::Publication;
use carelake_core::publish;
use carelake_pipeline::pipeline;
use carelake_query::{Distinct, changes, profile};

use crate::failure::{Class, Failure};
use crate::lake::Lake;
use crate::published::{all_served, kind_of, union, unreadable};
use crate::runner::Local;
use crate::verbs::diff::{key_of, last_difference};

/// Counts that are kept: those of one list of runs never change.
const MOST_KEPT: usize = 200;

/// Counts rows of this machine.
pub(super) struct Counting {
    local: Local,
    columns: Kept<Option<Columns>>,
    changes: Kept<Result<Changes, String>>,
}

/// What was counted, by a publication and the list that it serves.
type Kept<T> = Mutex<BTreeMap<(String, u64), T>>;

impl Counting {
    pub(super) fn new(local: Local) -> Self {
        Self { local, columns: Mutex::default(), changes: Mutex::default() }
    }

    /// Returns what is counted of what a publication serves now, once.
    fn once<T: Clone>(
        &self,
        kept: &Kept<T>,
        publication: &Publication,
        count: impl FnOnce(&Lake) -> Result<T, Failure>,
    ) -> Result<T, pipeline::Failure> {
        let lake = self.local.lake();
        let served = publish::current(&*lake.output, publication)?;
        let of = (publication.path(), served.map_or(0, |pointer| pointer.sequence));
        if let Some(counted) = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&of) {
            return Ok(counted.clone());
        }
        let counted = count(lake).map_err(|failure| match failure.kind {
            Class::Of(kind) => pipeline::Failure::new(kind, failure.message),
            Class::Usage => pipeline::Failure::new(ErrorKind::INTERNAL, failure.message),
        })?;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(of, counted.clone());
        Ok(counted)
    }
}

impl Counts for Counting {
    fn columns(&self, publication: &Publication) -> Result<Option<Columns>, pipeline::Failure> {
        self.once(&self.columns, publication, |lake| {
            let Some(served) = all_served(lake, publication)?.filter(|served| !served.is_empty()) else {
                return Ok(None);
            };
            let table = Arc::new(union(lake, &publication.path(), &served.iter().collect::<Vec<_>>())?);
            let columns = profile(&table).map_err(unreadable)?.into_iter().map(|column| Column {
                kind: kind_of(&served, &column.name).to_owned(),
                nulls: column.nulls,
                distinct: match column.distinct {
                    Distinct::Exactly(count) => (count, true),
                    Distinct::About(count) => (count, false),
                },
                lengths: column.lengths,
                name: column.name,
            });
            Ok(Some(Columns { rows: served.iter().map(|run| run.manifest.rows).sum(), columns: columns.collect() }))
        })
    }

    fn changes(&self, publication: &Publication) -> Result<Result<Changes, String>, pipeline::Failure> {
        self.once(&self.changes, publication, |lake| {
            let (before, after, between) = match last_difference(lake, publication) {
                Ok(sides) => sides,
                // There are no two to compare.
                Err(Failure { kind: Class::Usage, message, .. }) => return Ok(Err(message)),
                Err(failure) => return Err(failure),
            };
            let key = key_of(lake, publication);
            if key.is_empty() {
                return Ok(Err("the configuration has no columns that tell its rows apart".to_owned()));
            }
            let lineage = carelake_core::table::LINEAGE.map(|field| field.name);
            let found = changes(&before, &after, &key, &lineage, 0).map_err(unreadable)?;
            let rows = [found.added.count, found.removed.count, found.changed.count];
            Ok(Ok(Changes { between, key, rows, columns: found.columns }))
        })
    }
}
