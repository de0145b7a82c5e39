//! data.cms.gov: the catalog of all datasets, and the list of the files of one release.
//!
//! # Source
//! `https://data.cms.gov/data.json` (Project Open Data, version 1.1), and `/data-api/v1/dataset-resources/{uuid}`.

use carelake_core::nearest;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::{Release, Unresolved, file_name, period};

const CATALOG: &str = "the catalog of data.cms.gov";
const RESOURCES: &str = "the list of files of data.cms.gov";

#[derive(Deserialize)]
struct Catalog {
    dataset: Vec<Dataset>,
}

#[derive(Deserialize)]
struct Dataset {
    #[serde(default)]
    title: String,
    #[serde(default)]
    identifier: String,
    #[serde(rename = "accrualPeriodicity")]
    period: Option<String>,
    #[serde(default)]
    distribution: Vec<Distribution>,
}

#[derive(Deserialize)]
struct Distribution {
    format: Option<String>,
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
    temporal: Option<String>,
    #[serde(rename = "downloadURL")]
    url: Option<String>,
    #[serde(rename = "resourcesAPI")]
    resources: Option<String>,
}

/// The newest release of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// Its first file.
    pub release: Release,
    /// What its other files are asked for by.
    pub resources: Option<String>,
}

#[derive(Deserialize)]
struct Resources {
    data: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "fileSize")]
    size_bytes: Option<Value>,
    #[serde(rename = "downloadURL")]
    url: Option<String>,
}

/// Finds the newest release of a dataset, by its uuid or its title; of those that cover a time which begins on or before `until`,
/// if that is given.
///
/// What counts is the time that a release covers, not when it was modified: old ones are modified again.
///
/// # Errors
/// [`Unresolved`] when the answer is something else, or has no such dataset, or that has no CSV file.
pub fn newest(answer: &[u8], wanted: &str, until: Option<Date>) -> Result<Option<Newest>, Unresolved> {
    let not_understood = |why| Unresolved::NotUnderstood { what: CATALOG, why };
    let Catalog { dataset: datasets } =
        serde_json::from_slice(answer).map_err(|_| not_understood("it is no catalog in JSON"))?;
    let is_wanted = |it: &&Dataset| {
        it.identifier.split('/').any(|part| part.eq_ignore_ascii_case(wanted)) || words(&it.title) == words(wanted)
    };
    let Some(dataset) = datasets.iter().find(is_wanted) else {
        let nearest = nearest(wanted, datasets.iter().map(|it| it.title.as_str())).map(str::to_owned);
        return Err(Unresolved::Absent { what: CATALOG, wanted: format!("dataset `{wanted}`"), nearest });
    };
    let csv: Vec<(Date, &str, &str, &Distribution)> = dataset.distribution.iter().filter_map(covered).collect();
    if csv.is_empty() {
        let wanted = format!("CSV file of `{wanted}`, or none that says which time it covers");
        return Err(Unresolved::Absent { what: CATALOG, wanted, nearest: None });
    }
    let in_time = csv.into_iter().filter(|(from, ..)| until.is_none_or(|until| *from <= until));
    let Some((from, _, url, distribution)) = in_time.max_by_key(|(from, to, ..)| (*from, *to)) else {
        return Ok(None);
    };
    let file = file_name(url).ok_or_else(|| not_understood("a file has no name"))?;
    let date = dated(&file).unwrap_or(from);
    let next_expected = dataset.period.as_deref().and_then(|period| period::after(date, period));
    let resources = distribution.resources.as_deref().and_then(file_name);
    Ok(Some(Newest {
        release: Release { date, url: url.to_owned(), file, size_bytes: None, next_expected },
        resources,
    }))
}

/// Finds a file of a release by its name; what `name` says of a file is not its name.
///
/// # Errors
/// [`Unresolved`] when the answer is something else, or has no such file.
pub fn file(
    answer: &[u8],
    release: &Release,
    wanted: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Release, Unresolved> {
    let why = "it is no list of files in JSON";
    let Resources { data } =
        serde_json::from_slice(answer).map_err(|_| Unresolved::NotUnderstood { what: RESOURCES, why })?;
    let files: Vec<(String, String, Option<u64>)> = data
        .into_iter()
        .filter_map(|it| {
            it.url.and_then(|url| Some((file_name(&url)?, url, it.size_bytes.as_ref().and_then(Value::as_u64))))
        })
        .collect();
    let Some((file, url, size_bytes)) = files.iter().find(|(file, ..)| is_wanted(file)).cloned() else {
        let nearest = nearest(wanted, files.iter().map(|(file, ..)| file.as_str())).map(str::to_owned);
        return Err(Unresolved::Absent { what: RESOURCES, wanted: format!("file like {wanted}"), nearest });
    };
    Ok(Release {
        date: dated(&file).unwrap_or(release.date),
        url,
        file,
        size_bytes,
        next_expected: release.next_expected,
    })
}

/// Returns the time that a CSV file covers, and where it is.
fn covered(distribution: &Distribution) -> Option<(Date, &str, &str, &Distribution)> {
    if distribution.format.as_deref() == Some("API") {
        return None;
    }
    let url = distribution.url.as_deref()?;
    let is_csv = distribution.media_type.as_deref() == Some("text/csv") || url.to_ascii_lowercase().ends_with(".csv");
    let (from, to) = distribution.temporal.as_deref()?.split_once('/')?;
    is_csv.then_some((from.parse().ok()?, to, url, distribution))
}

/// Returns the words of a title: how many blanks are between them is not the same everywhere.
fn words(title: &str) -> Vec<String> {
    title.split_whitespace().map(str::to_lowercase).collect()
}

/// Returns the whole date in the name of a file.
fn dated(file: &str) -> Option<Date> {
    let (year, month, day) = carelake_tabular::source::release_date(file)?;
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
