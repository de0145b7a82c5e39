//! The Provider Data Catalog.
//!
//! # Source
//! `https://data.cms.gov/provider-data/api/1/metastore/schemas/dataset/items/{id}`: the dataset with its one release. The files in
//! `distribution` stand there as they are, or, in older answers and with `?show-reference-ids`, below `data`.

use jiff::civil::Date;
use serde::Deserialize;

use super::{Release, Unresolved, file_name};

const WHAT: &str = "the metastore of the Provider Data Catalog";

#[derive(Deserialize)]
struct Dataset {
    identifier: String,
    released: Option<String>,
    modified: Option<String>,
    #[serde(rename = "nextUpdateDate")]
    next_update: Option<String>,
    #[serde(default)]
    distribution: Vec<Distribution>,
}

/// A file, in both shapes.
#[derive(Deserialize)]
struct Distribution {
    data: Option<File>,
    #[serde(rename = "downloadURL")]
    url: Option<String>,
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "downloadURL")]
    url: Option<String>,
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
}

/// Returns the release that the catalog has of a dataset.
///
/// # Errors
/// [`Unresolved`] when the answer is something else, or is of another dataset, or has no CSV file.
pub fn current(answer: &[u8], id: &str) -> Result<Release, Unresolved> {
    let not_understood = |why| Unresolved::NotUnderstood { what: WHAT, why };
    let dataset: Dataset = serde_json::from_slice(answer).map_err(|_| not_understood("it is no dataset in JSON"))?;
    if dataset.identifier != id {
        return Err(not_understood("it is of another dataset"));
    }
    let files = dataset.distribution.into_iter().map(|it| match it.data {
        Some(File { url, media_type }) => (url, media_type),
        None => (it.url, it.media_type),
    });
    let is_csv = |(url, media_type): (Option<String>, Option<String>)| {
        let (url, media_type) = (url?, media_type.unwrap_or_default());
        let file = file_name(&url)?;
        (media_type == "text/csv" || file.to_ascii_lowercase().ends_with(".csv")).then_some((url, file))
    };
    let absent = || Unresolved::Absent { what: WHAT, wanted: format!("CSV file for {id}"), nearest: None };
    let (url, file) = files.into_iter().find_map(is_csv).ok_or_else(absent)?;
    let date = day(dataset.released)
        .or_else(|| day(dataset.modified))
        .ok_or_else(|| not_understood("it has no date of release"))?;
    Ok(Release { date, url, file, size_bytes: None, next_expected: day(dataset.next_update) })
}

/// Reads a day, also one with a time behind it.
fn day(text: Option<String>) -> Option<Date> {
    let text = text?;
    text.get(..10).unwrap_or(&text).parse().ok()
}
