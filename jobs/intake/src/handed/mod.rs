//! What judging hands over to publishing where the two are different processes: a delivery that was judged, kept until it is
//! published, so that nothing is read or judged twice.
//!
//! It lies among the refused rows, since some of it is refused rows: below `intake/_handed/EXECUTION`. Its manifest is written
//! last, so that what a crash leaves half written is nothing, and it says of what and by what it was judged: a page that changed
//! meanwhile, or another version, has it judged anew.

mod rows;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use carelake_core::account::Account;
use carelake_core::store::{Store, StoreError};
use carelake_records::Reading;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::IntakeError;
use crate::feed::Feed;
use crate::judged::{Judged, JudgedTable, Values};
use crate::publish::ROOM;

/// The folder below that of the room.
const FOLDER: &str = "_handed";
const MANIFEST: &str = "manifest.json";

/// Of what, and by what, a delivery was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Basis {
    /// The delivery.
    pub delivery: String,
    /// Its content.
    pub sha256: String,
    /// The hash of the mapping.
    pub mapping: String,
    /// The version of carelake and of its configuration.
    pub version: String,
}

/// What there is, written last.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    basis: Basis,
    tables: Vec<Table>,
    headers: Vec<(String, Vec<String>)>,
    found: Vec<Vec<bool>>,
    others: Vec<String>,
    records: u64,
    unpacked_bytes: u64,
    ignored_members: u64,
}

/// One table of it.
#[derive(Debug, Serialize, Deserialize)]
struct Table {
    name: String,
    rows: u64,
    rejects: u64,
    account: Account,
    /// Values that are there, and those that broke the type.
    columns: BTreeMap<String, (u64, u64)>,
    missing: Vec<String>,
}

/// Keeps a delivery that was judged for the execution that publishes it, in the place of what an earlier attempt kept.
pub(crate) fn hand(store: &dyn Store, execution: &str, basis: Basis, judged: &Judged) -> Result<(), IntakeError> {
    forget(store, execution)?;
    let mut tables = Vec::new();
    for (at, table) in judged.tables.iter().enumerate() {
        rows::keep(store, &key(execution, &format!("{at}.rows")), table.rows.iter())?;
        if !table.rejects.is_empty() {
            rows::keep(store, &key(execution, &format!("{at}.rejects")), [table::batch_of(&table.rejects)])?;
        }
        let columns = table.columns.iter().map(|(name, values)| (name.clone(), (values.filled, values.invalid)));
        tables.push(Table {
            name: table.name.clone(),
            rows: table.rows.num_rows(),
            rejects: table.rejects.len() as u64,
            account: table.account.clone(),
            columns: columns.collect(),
            missing: table.missing.clone(),
        });
    }
    let Reading { headers, found, others, records, unpacked_bytes, ignored_members } = judged.reading.clone();
    let manifest = Manifest { basis, tables, headers, found, others, records, unpacked_bytes, ignored_members };
    let text = serde_json::to_vec(&manifest).map_err(|error| IntakeError::Temporary(error.into()))?;
    store.create(&key(execution, MANIFEST), &text)?;
    Ok(())
}

/// Returns the delivery that was judged for an execution; none where nothing whole is kept, or it was judged of or by something else.
pub(crate) fn take(
    store: &dyn Store,
    execution: &str,
    (basis, feed): (&Basis, &Feed),
    scratch: &Path,
) -> Result<Option<Judged>, IntakeError> {
    let text = match store.read(&key(execution, MANIFEST)) {
        Ok(text) => text,
        Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let manifest = serde_json::from_slice::<Manifest>(&text).ok().filter(|manifest| manifest.basis == *basis);
    let Some(manifest) = manifest else { return Ok(None) };
    let mut tables = Vec::new();
    for (at, table) in manifest.tables.into_iter().enumerate() {
        let Some(of_feed) = feed.tables.iter().find(|one| one.table.name == table.name) else { return Ok(None) };
        let schema = crate::judged::part_schema(&of_feed.table);
        let kept = rows::read(store, &key(execution, &format!("{at}.rows")), scratch, (&schema, table.rows))?;
        let Some(kept) = kept else { return Ok(None) };
        let rejects = if table.rejects == 0 {
            Vec::new()
        } else {
            let expected = (&table::schema(), table.rejects);
            let refused = rows::read(store, &key(execution, &format!("{at}.rejects")), scratch, expected)?;
            let Some(refused) = refused else { return Ok(None) };
            table::rejects_of(&refused)?
        };
        let values = |(filled, invalid)| Values { filled, invalid };
        tables.push(JudgedTable {
            name: table.name,
            rows: kept,
            account: table.account,
            rejects,
            columns: table.columns.into_iter().map(|(name, counts)| (name, values(counts))).collect(),
            missing: table.missing,
        });
    }
    let Manifest { headers, found, others, records, unpacked_bytes, ignored_members, .. } =
        Manifest { tables: Vec::new(), ..manifest };
    Ok(Some(Judged { tables, reading: Reading { headers, found, others, records, unpacked_bytes, ignored_members } }))
}

/// Removes what is kept for an execution, the manifest first.
pub(crate) fn forget(store: &dyn Store, execution: &str) -> Result<(), IntakeError> {
    store.delete(&key(execution, MANIFEST))?;
    for object in store.list(&key(execution, ""))? {
        store.delete(&object.key)?;
    }
    Ok(())
}

/// Removes what was kept before a time: an execution that died never came to publish it. Answers how many objects that were.
pub(crate) fn sweep(store: &dyn Store, before: Timestamp) -> Result<usize, IntakeError> {
    let mut left = store.list(&format!("{ROOM}/{FOLDER}/"))?;
    left.retain(|object| object.modified < before);
    left.iter().try_for_each(|object| store.delete(&object.key))?;
    Ok(left.len())
}

fn key(execution: &str, name: &str) -> String {
    format!("{ROOM}/{FOLDER}/{execution}/{name}")
}
