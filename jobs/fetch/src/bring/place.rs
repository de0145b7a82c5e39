//! Under which name a file goes into the input place.

use carelake_tabular::config::SourceSpec;
use carelake_tabular::source::{Naming, release_date};
use jiff::civil::Date;

use super::verify::is_archive;
use crate::FetchError;
use crate::resolve::Release;
use crate::site::in_folder;

/// Returns the key under which the source reads the file of a release: its own name, with the date of the release where it has none.
/// The files in an archive say themselves of which time they are.
///
/// # Errors
/// [`FetchError::Unread`] when the source reads no such name.
pub fn key_of((spec, naming): (&SourceSpec, &Naming), release: &Release) -> Result<String, FetchError> {
    let (pattern, name) = match &spec.archive {
        Some(archive) if is_archive(&release.file) => (archive, release.file.clone()),
        _ => (&spec.pattern, dated(&release.file, release.date)),
    };
    let key = in_folder(pattern, &name);
    if naming.is_file(&key) || naming.is_archive(&key) {
        return Ok(key);
    }
    Err(FetchError::Unread { file: name, source_name: spec.name.clone() })
}

/// Returns a name that has a whole date.
fn dated(name: &str, date: Date) -> String {
    if release_date(name).is_some_and(|(_, _, day)| day > 0) {
        return name.to_owned();
    }
    let date = date.strftime("%Y.%m.%d");
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}_{date}.{ending}"),
        None => format!("{name}_{date}"),
    }
}

/// Returns an address without what may be a secret in it.
pub(super) fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
