//! Rows of a view over files, with nothing published.

use std::io::BufRead;

use carelake_fhirpath::{Reader, References, Views};

use crate::error::FhirError;
use crate::take::Lines;

/// Hands each row of a view over the resources of a file to `put`, as a line of JSON. Lines that are no resource are passed over, and
/// counted.
///
/// # Errors
/// [`FhirError::Read`]; [`FhirError::View`] where a column has several values, or a condition is neither true nor false.
pub fn rows_of(
    views: &Views,
    (name, file): (&str, Box<dyn BufRead + '_>),
    bases: &[String],
    mut put: impl FnMut(&str),
) -> Result<u64, FhirError> {
    let unread = |cause| FhirError::Read { file: name.to_owned(), cause };
    let references = References::new(bases.iter().map(String::as_str));
    let (mut reader, mut lines, mut passed) = (Reader::new(views.names()), Lines::new(file).map_err(unread)?, 0);
    let mut row = String::new();
    while let Some(line) = lines.following().map_err(unread)? {
        if line.bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let Ok(resource) = reader.read(&line.bytes) else {
            passed += 1;
            continue;
        };
        row.clear();
        let at = |error: carelake_fhirpath::RowError| FhirError::View {
            problems: format!("{name}:{}: {error}", line.number),
        };
        views.json_rows(0, &resource, &references, None, &mut row).map_err(at)?;
        row.lines().for_each(&mut put);
    }
    Ok(passed)
}

/// Returns the rows of a view of one resource, a line of JSON each.
///
/// # Errors
/// As [`rows_of`].
pub fn row_of(views: &Views, text: &str, bases: &[String]) -> Result<String, FhirError> {
    let references = References::new(bases.iter().map(String::as_str));
    let (mut reader, mut rows) = (Reader::new(views.names()), String::new());
    let wrong = |problems: String| FhirError::View { problems };
    let resource = reader.read(text.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    views.json_rows(0, &resource, &references, None, &mut rows).map_err(|error| wrong(error.to_string()))?;
    Ok(rows)
}
