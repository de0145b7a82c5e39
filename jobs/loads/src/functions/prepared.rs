//! A table as it is now, prepared to be loaded: it may have changed since the plan.

use std::collections::BTreeSet;

use carelake_core::ErrorKind;
use carelake_core::names::Publication;
use carelake_database::{Relation, Session};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

use super::changes::note_changes;
use super::export::place;
use super::source::{Reached, failed};
use crate::config::Source;
use crate::kept::{Batch, Entry, Kept};
use crate::plan::{Asking, Prepared, Subject, prepare, with_attributes};
use crate::publish::Table;

/// Why a table cannot be loaded.
pub(super) type Refusal = (&'static ErrorKind, String);

/// Prepares a table of a batch.
pub(super) fn prepared(
    context: &Context<'_>,
    kept: &Kept<'_>,
    (source, batch): (&Source, &Batch),
    reached: &mut Reached,
    (entry, relation): (&Entry, &Relation),
) -> Result<Result<Table, Refusal>, Failure> {
    let now = (context.services.now)();
    let table = (entry.database.as_str(), entry.table.as_str());
    let settings = source.settings(table.0, table.1);
    let publication = Publication::from_path(&entry.publication);
    let shape = kept.shape(&source.name, table, now)?;
    let mask_key = reached.mask_key.clone();
    let subject = Subject {
        source,
        relation,
        settings: &settings,
        publication: &publication,
        kept: shape.as_ref(),
        is_distrusted: entry.is_distrusted(),
        can_export: place(context, &source.name).is_some(),
        asking: Asking { is_whole: batch.is_whole, since: batch.since, accepts_loss: batch.accepts_loss },
        mask_key: mask_key.as_deref(),
    };
    // The plan asked how many rows hold nothing.
    let is_incremental = entry.mode.as_deref() == Some("incremental");
    let nulls = |column| if is_incremental { Ok(0) } else { reached.nulls(relation, column) };
    Ok(match prepare(subject, nulls).map_err(failed)? {
        Prepared::Ready(ready) => {
            note_changes(*kept, reached.session.as_mut(), (&source.name, relation), &ready.evolved, now)?;
            if shape.as_ref() != Some(&ready.evolved.shape) {
                kept.keep_shape(&source.name, table, &ready.evolved.shape, now)?;
            }
            Ok(ready.table)
        }
        Prepared::Drift(why, evolved) => {
            note_changes(*kept, reached.session.as_mut(), (&source.name, relation), &evolved, now)?;
            Err((ErrorKind::SCHEMA_DRIFT, why))
        }
        Prepared::NeedsMode(why) | Prepared::Wrong(why) => Err((ErrorKind::INVALID_CONFIG, why)),
        Prepared::Left => Err((ErrorKind::INVALID_CONFIG, "is no table any more".to_owned())),
    })
}

/// Returns a table with the attributes that are known of it.
pub(super) fn with_known(
    kept: &Kept<'_>,
    source: &Source,
    relation: &Relation,
    now: Timestamp,
) -> Result<Relation, Failure> {
    let table = (relation.database.as_str(), relation.name.as_str());
    let settings = source.settings(table.0, table.1);
    let shape = if settings.all_attributes { kept.shape(&source.name, table, now)? } else { None };
    Ok(with_attributes(relation, &settings, shape.as_ref(), BTreeSet::new()))
}

/// Returns a table with its attributes, as what is read of it has them; only DynamoDB does not tell them by its catalogue.
pub(super) fn with_seen(
    kept: &Kept<'_>,
    source: &Source,
    relation: &Relation,
    session: &mut dyn Session,
    now: Timestamp,
) -> Result<Relation, Failure> {
    let table = (relation.database.as_str(), relation.name.as_str());
    let settings = source.settings(table.0, table.1);
    if !settings.all_attributes {
        return with_known(kept, source, relation, now);
    }
    let shape = kept.shape(&source.name, table, now)?;
    let seen = session.attributes(relation).map_err(failed)?;
    Ok(with_attributes(relation, &settings, shape.as_ref(), seen))
}
