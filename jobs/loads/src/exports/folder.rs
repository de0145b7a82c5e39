//! The folder of one export: `AWSDynamoDB/<id>/manifest-summary.json`, `manifest-files.json` and `data/`.

use std::io::{BufRead, BufReader};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use carelake_core::store::Store;
use carelake_database::DatabaseError;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::Value;

use super::ranges::Ranges;

const SUMMARY: &str = "manifest-summary.json";
const FILES: &str = "manifest-files.json";
/// The folder of the files with items.
const DATA: &str = "data/";

/// An export that is complete.
#[derive(Debug)]
pub struct Folder<'s> {
    store: &'s dyn Store,
    /// The table, as messages say it.
    table: String,
    /// Its files.
    pub listed: Vec<Listed>,
    /// Whether it is of what changed, and not of the whole table.
    pub is_incremental: bool,
}

/// A file that the manifest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key in the store.
    pub key: String,
    /// Its items.
    pub items: u64,
    md5: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    item_count: u64,
    output_format: String,
    export_type: Option<String>,
    output_view: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    item_count: u64,
    md5_checksum: String,
    data_file_s3_key: String,
}

impl<'s> Folder<'s> {
    /// Reads the manifests of the export whose folder, with a slash at its end, has this key.
    ///
    /// # Errors
    /// [`DatabaseError::Damaged`] where they are missing, are of another form, or do not agree.
    pub fn open(store: &'s dyn Store, folder: &str, table: &str) -> Result<Self, DatabaseError> {
        let damaged = |what| DatabaseError::Damaged { table: table.to_owned(), what };
        let read = |name: &str| store.read(&format!("{folder}{name}")).map_err(|_| damaged("there is no manifest"));
        let summary: Summary = serde_json::from_slice(&read(SUMMARY)?).map_err(|_| damaged("the summary is none"))?;
        let is_incremental = summary.export_type.as_deref() == Some("INCREMENTAL_EXPORT");
        let is_whole = summary.export_type.as_deref().is_none_or(|kind| kind == "FULL_EXPORT");
        let has_view = !is_incremental || summary.output_view.as_deref() == Some("NEW_AND_OLD_IMAGES");
        if summary.output_format != "DYNAMODB_JSON" || !(is_whole || is_incremental) || !has_view {
            return Err(damaged("the form is another"));
        }
        let files = read(FILES)?;
        let mut listed = Vec::new();
        for line in files.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let file: File = serde_json::from_slice(line).map_err(|_| damaged("the list of files is none"))?;
            let key = key(folder, &file.data_file_s3_key).ok_or_else(|| damaged("a file is elsewhere"))?;
            let md5 = STANDARD.decode(&file.md5_checksum).map_err(|_| damaged("a checksum is none"))?;
            listed.push(Listed { key, items: file.item_count, md5 });
        }
        if listed.iter().map(|file| file.items).sum::<u64>() != summary.item_count {
            return Err(damaged("the manifests do not agree about the number of items"));
        }
        Ok(Self { store, table: table.to_owned(), listed, is_incremental })
    }

    /// Hands over every line of every listed file, in the order of the list, and then checks number and checksum of each file: what was
    /// handed over counts for nothing where that fails.
    ///
    /// # Errors
    /// [`DatabaseError::Damaged`], and those of `take`.
    pub fn lines(&self, take: &mut dyn FnMut(Value) -> Result<(), DatabaseError>) -> Result<(), DatabaseError> {
        self.listed.iter().try_for_each(|file| self.file(file, take))
    }

    /// Returns the error of what is wrong with it.
    #[must_use]
    pub fn damaged(&self, what: &'static str) -> DatabaseError {
        DatabaseError::Damaged { table: self.table.clone(), what }
    }

    fn file(
        &self,
        file: &Listed,
        take: &mut dyn FnMut(Value) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        let unreadable = |_| self.damaged("a file cannot be read");
        let mut ranges = Ranges::new(self.store, &file.key).map_err(unreadable)?;
        let mut items = 0;
        let mut lines = BufReader::new(MultiGzDecoder::new(&mut ranges));
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
            if !line.trim_ascii().is_empty() {
                items += 1;
                take(serde_json::from_slice(&line).map_err(|_| self.damaged("a line is none"))?)?;
            }
            line.clear();
        }
        drop(lines);
        if items != file.items || ranges.md5().map_err(unreadable)? != file.md5 {
            return Err(self.damaged("a file is not as the manifest says"));
        }
        Ok(())
    }
}

/// Returns the key of a listed file, which must lie among the data of the same export: keys in a bucket have what the store leaves out.
fn key(folder: &str, listed: &str) -> Option<String> {
    let own = folder.rfind("AWSDynamoDB/").and_then(|at| folder.get(at..))?;
    let name = listed.rsplit_once(own)?.1.strip_prefix(DATA)?;
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (is_plain && !name.starts_with('.')).then(|| format!("{folder}{DATA}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_file_is_one_of_the_same_export() {
        let folder = "loads/_handed/x/AWSDynamoDB/01-ab/";
        let of = |listed: &str| key(folder, listed);
        assert_eq!(
            of("lake/loads/_handed/x/AWSDynamoDB/01-ab/data/a.json.gz").unwrap(),
            format!("{folder}data/a.json.gz")
        );
        for listed in
            ["AWSDynamoDB/02-cd/data/a.json.gz", "AWSDynamoDB/01-ab/data/../x", "AWSDynamoDB/01-ab/a", "a", ""]
        {
            assert_eq!(of(listed), None, "{listed}");
        }
    }
}
