//! Encounters of persons whom their feed does not serve: published, and counted.

use arrow_array::cast::AsArray;
use arrow_schema::SchemaRef;
use carelake_core::names::Publication;
use carelake_core::publish::Served;
use carelake_core::store::Store;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::IntakeError;
use crate::feed::Feed;
use crate::hashed::Hashes;
use crate::publish::publication;

/// The tables, and the column that binds them.
const PERSONS: &str = "persons";
/// As before.
pub(super) const ENCOUNTERS: &str = "encounters";
/// As before.
const PATIENT: &str = "patient_id";

/// Counts the encounters of unknown persons that a feed serves; `None` of a feed that has not both.
pub(super) fn orphans(store: &dyn Store, feed: &Feed) -> Result<Option<u64>, IntakeError> {
    let has = |name: &str| feed.tables.iter().any(|table| table.table.name == name);
    if !has(PERSONS) || !has(ENCOUNTERS) {
        return Ok(None);
    }
    let mut known = Hashes::default();
    each_patient(store, &publication(PERSONS, &feed.name), |patient| {
        known.insert(patient);
    })?;
    let mut orphans = 0;
    each_patient(store, &publication(ENCOUNTERS, &feed.name), |patient| {
        orphans += u64::from(!known.contains(&patient));
    })?;
    Ok(Some(orphans))
}

/// Hands over the hash of the patient of each row that is served.
fn each_patient(store: &dyn Store, publication: &Publication, mut take: impl FnMut(u128)) -> Result<(), IntakeError> {
    let Some(served) = Served::of(store, publication)? else { return Ok(()) };
    let schema = served.schema()?;
    let Ok(at) = schema.index_of(PATIENT) else { return Ok(()) };
    let schema: SchemaRef = schema.project(&[at])?.into();
    for batch in served.batches(store, &schema) {
        let batch = batch?;
        let patients = batch.column_by_name(PATIENT).and_then(|column| column.as_string_opt::<i32>());
        for patient in patients.into_iter().flatten().flatten() {
            take(xxh3_128(patient.as_bytes()));
        }
    }
    Ok(())
}
