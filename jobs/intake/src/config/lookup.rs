//! Small reference files: a column of a CSV file by another one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};
use std::sync::Arc;

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_core::hex;
use sha2::{Digest, Sha256};

use super::codes::key;
use super::known::{CodeList, Known, Page};

/// The largest reference file: such a table is held in memory by every delivery.
const MOST_BYTES: usize = 16 << 20;
const NO_CSV: &str = "is no CSV file of UTF-8 text with a header";

/// Reads the table that a lookup names.
pub(super) fn read(fields: &Fields<'_>, known: &Known<'_>, page: &mut Page, mistakes: &mut Mistakes) -> CodeList {
    let file = fields.required("file", "a CSV file in the folder of the configuration", mistakes);
    let by = fields.required("key", "the column of the file that is looked up", mistakes);
    let column = fields.required("column", "the column of the file that is taken", mistakes);
    let (Some(file), Some(by), Some(column)) = (file, by, column) else { return Arc::default() };
    let Some(text) = text_of(&file, known, mistakes) else { return Arc::default() };
    page.lookups.insert(hex(&Sha256::digest(&text)));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(|header| header.trim_start_matches('\u{feff}').trim().to_owned()).collect(),
        Err(_) => {
            mistakes.add(&file, NO_CSV);
            return Arc::default();
        }
    };
    let (by, column) = (place_of(&by, &headers, mistakes), place_of(&column, &headers, mistakes));
    let (Some(by), Some(column)) = (by, column) else { return Arc::default() };
    let mut table = BTreeMap::new();
    for row in reader.records() {
        let Ok(row) = row else {
            mistakes.add(&file, NO_CSV);
            return Arc::default();
        };
        let (Some(code), Some(value)) = (row.get(by), row.get(column)) else { continue };
        if code.trim().is_empty() || value.trim().is_empty() {
            continue;
        }
        let line = row.position().map_or(0, csv::Position::line);
        if table.insert(key(code), value.trim().to_owned()).is_some() {
            mistakes.add(
                &file,
                format!("has a key twice, the second time in line {line}; case and outer blanks do not count"),
            );
        }
    }
    Arc::new(table)
}

/// Returns the text of a file of reference: of the configuration itself, where it has it, else of the folder.
fn text_of(spot: &Spot<'_>, known: &Known<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let name = spot.text("a CSV file in the folder of the configuration", mistakes)?;
    if !Path::new(&name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        mistakes.add(spot, "must be a file below the folder of the configuration, without `..`");
        return None;
    }
    if let Some(text) = known.references.borrow().get(&name) {
        return Some(text.clone());
    }
    let read =
        known.files.get(&name).map_or_else(|| fs::read(known.folder.join(&name)), |text| Ok(text.clone().into()));
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) => {
            mistakes.add(spot, format!("{name}: cannot be read: {error}"));
            return None;
        }
    };
    if bytes.len() > MOST_BYTES {
        mistakes.add(spot, format!("has more than {} MiB; reference files are small", MOST_BYTES >> 20));
        return None;
    }
    let Ok(text) = String::from_utf8(bytes) else {
        mistakes.add(spot, NO_CSV);
        return None;
    };
    known.references.borrow_mut().insert(name, text.clone());
    Some(text)
}

fn place_of(spot: &Spot<'_>, headers: &[String], mistakes: &mut Mistakes) -> Option<usize> {
    let name = spot.text("a column of the file", mistakes)?;
    let place = headers.iter().position(|header| *header == name);
    if place.is_none() {
        let message = format!("the file has no column `{name}`");
        mistakes.unknown(spot, message, &name, headers.iter().map(String::as_str));
    }
    place
}
