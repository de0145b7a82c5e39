//! Files in a folder: which of them are new, and which belong together.
//!
//! A file is taken once, by the hash of its content. A folder with a `manifest.json` is an export as a server wrote it: its manifest says the
//! time, and of each file its type. What no manifest names is together, in the order of the names.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use carelake_core::hex;
use carelake_core::store::Store;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

use super::export::{Export, Item, ItemKind};
use crate::config::{Files, Types};
use crate::error::FhirError;
use crate::line::is_resource_type;

const MANIFEST: &str = "manifest.json";

/// What a folder holds that is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Files and what they belong to, in the order in which they are taken.
    pub exports: Vec<Export>,
    /// Files that were taken before, and are passed over.
    pub known: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    transaction_time: Timestamp,
    #[serde(default)]
    output: Vec<Named>,
    #[serde(default)]
    deleted: Vec<Named>,
}

#[derive(Debug, Deserialize)]
struct Named {
    #[serde(rename = "type")]
    kind: Option<String>,
    url: String,
    count: Option<u64>,
}

/// Looks what is new. `taken` has the hashes of what was taken before; `is_full` makes the last export all that there is.
///
/// # Errors
/// [`FhirError::Missing`] where there is no such folder; where it cannot be read, or a manifest is none.
pub fn list(
    store: &dyn Store,
    files: &Files,
    types: &Types,
    taken: &BTreeSet<String>,
    (is_full, now): (bool, Timestamp),
) -> Result<Found, FhirError> {
    let prefix = if files.place.is_empty() { String::new() } else { format!("{}/", files.place) };
    let objects = store.list(&prefix)?;
    if objects.is_empty() && !prefix.is_empty() && !store.local_path(&files.place).is_some_and(|path| path.is_dir()) {
        return Err(FhirError::Missing { folder: files.place.clone() });
    }
    let keys: BTreeSet<&str> = objects.iter().map(|object| object.key.as_str()).collect();
    let mut claimed: BTreeSet<String> = BTreeSet::new();
    let mut groups: Vec<Export> = Vec::new();
    for key in keys.iter().filter(|key| is_manifest(key)) {
        let export = of_manifest(store, key, (&keys, &prefix))?;
        claimed.extend(export.items.iter().map(|item| item.place.clone()).chain([(*key).to_owned()]));
        groups.push(export);
    }
    groups.sort_by_key(|export| export.transaction_time);
    let loose = keys.iter().filter(|key| !claimed.contains(**key)).filter_map(|key| loose(key, &prefix));
    let loose: Vec<Item> = loose.collect();
    if !loose.is_empty() {
        groups.push(Export {
            id: String::new(),
            transaction_time: now,
            is_full: false,
            types: None,
            items: loose,
            outcomes: BTreeMap::new(),
        });
    }
    let (mut exports, mut known) = (Vec::new(), 0);
    let mut seen = taken.clone();
    let last = groups.len().saturating_sub(1);
    for (at, mut export) in groups.into_iter().enumerate() {
        export.is_full = files.is_full || is_full && at == last;
        for item in &mut export.items {
            let hash = hash(store, &item.place)?;
            // Deletes are of their time: the same again, in a later export, are others.
            let at = export.transaction_time;
            item.content = Some(if item.kind == ItemKind::Deleted { format!("{hash} {at}") } else { hash });
        }
        let is_new = |item: &Item| item.content.as_ref().is_some_and(|hash| !seen.contains(hash));
        let new = export.items.iter().filter(|item| is_new(item)).count();
        known += (export.items.len() - new) as u64;
        if new == 0 {
            continue;
        }
        // Of what is all that there is, nothing is passed over.
        if !export.is_full {
            export.items.retain(|item| is_new(item));
        }
        seen.extend(export.items.iter().filter_map(|item| item.content.clone()));
        export.id = name_of(&export, types);
        exports.push(export);
    }
    Ok(Found { exports, known })
}

fn is_manifest(key: &str) -> bool {
    key == MANIFEST || key.ends_with("/manifest.json")
}

/// Returns what an export is called: by what is in it, so that the same is taken by the same name again.
fn name_of(export: &Export, types: &Types) -> String {
    let mut told = format!("{} {} {types:?}\n", export.transaction_time, export.is_full);
    for item in &export.items {
        told.push_str(&format!("{} {}\n", item.name, item.content.as_deref().unwrap_or_default()));
    }
    format!("{:032x}", xxh3_128(told.as_bytes()))
}

fn of_manifest(store: &dyn Store, key: &str, (keys, prefix): (&BTreeSet<&str>, &str)) -> Result<Export, FhirError> {
    let wrong = |what| FhirError::Manifest { file: key.to_owned(), what };
    let manifest: Manifest = serde_json::from_slice(&store.read(key)?)
        .map_err(|_| wrong("it has no transactionTime, or its lists are none"))?;
    let folder = key.strip_suffix(MANIFEST).unwrap_or_default();
    let mut items = Vec::new();
    for (named, kind) in [(&manifest.output, ItemKind::Output), (&manifest.deleted, ItemKind::Deleted)] {
        for named in named {
            let file = named.url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let place = format!("{folder}{file}");
            if file.is_empty() || !keys.contains(place.as_str()) {
                return Err(wrong("it names a file that is not beside it"));
            }
            let name = place.strip_prefix(prefix).unwrap_or(&place).to_owned();
            let resource_type = named.kind.clone().filter(|_| kind == ItemKind::Output);
            items.push(Item { name, resource_type, kind, count: named.count, day: None, content: None, place });
        }
    }
    let (id, outcomes) = Default::default();
    Ok(Export { id, transaction_time: manifest.transaction_time, is_full: false, types: None, items, outcomes })
}

/// Returns a file that no manifest names, if its name says that it is of resources.
fn loose(key: &str, prefix: &str) -> Option<Item> {
    let name = key.strip_prefix(prefix).unwrap_or(key);
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let kind = match plain.rsplit_once('.')?.1 {
        "ndjson" => ItemKind::Mixed,
        "json" => ItemKind::Whole,
        _ => return None,
    };
    let file = plain.rsplit('/').next().unwrap_or_default();
    let stem: String = file.chars().take_while(char::is_ascii_alphabetic).collect();
    let resource_type = is_resource_type(&stem).then_some(stem);
    Some(Item {
        place: key.to_owned(),
        name: name.to_owned(),
        resource_type,
        kind,
        count: None,
        day: day(name),
        content: None,
    })
}

/// Returns the day that a name declares, as `2026-03-07` or `20260307`, at its beginning.
fn day(name: &str) -> Option<Timestamp> {
    let bytes = name.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    for at in 0..bytes.len() {
        if at > 0 && is_digit(at - 1) || !is_digit(at) {
            continue;
        }
        for length in [10, 8] {
            let Some(text) = name.get(at..at + length).filter(|_| !is_digit(at + length)) else { continue };
            let date: Option<Date> = match length {
                10 => text.parse().ok(),
                _ => Date::strptime("%Y%m%d", text).ok(),
            };
            if let Some(date) = date.filter(|date| (1900..2200).contains(&date.year())) {
                return TimeZone::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok();
            }
        }
    }
    None
}

/// Returns the hash of a file's bytes, in hexadecimal.
fn hash(store: &dyn Store, key: &str) -> Result<String, FhirError> {
    let mut hash = Sha256::new();
    let mut reader = super::open::raw(store, key)?;
    let mut piece = vec![0; 1 << 18];
    loop {
        let count = reader.read(&mut piece).map_err(|cause| FhirError::Read { file: key.to_owned(), cause })?;
        match piece.get(..count) {
            Some(some) if count > 0 => hash.update(some),
            _ => return Ok(hex(&hash.finalize())),
        }
    }
}
