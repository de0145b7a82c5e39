//! Views, compiled together.

use std::sync::Arc;

use carelake_fhirpath::{References, Settings, Source as Text, Views};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::{Definition, Source};
use crate::error::FhirError;

/// Compiles views. What they call today is the day of the run.
///
/// # Errors
/// [`FhirError::View`] with everything that is wrong.
pub fn compiled(definitions: &[Definition], now: Timestamp) -> Result<Arc<Views>, FhirError> {
    let files: Vec<String> = definitions.iter().map(|definition| format!("{}.json", definition.name)).collect();
    let texts = definitions.iter().zip(&files);
    let texts: Vec<Text<'_>> = texts.map(|(it, file)| Text { file, text: it.text.as_bytes() }).collect();
    let day = TimeZone::UTC.to_datetime(now).date().at(0, 0, 0, 0);
    let as_of = TimeZone::UTC.to_timestamp(day).unwrap_or(now);
    let told = |errors: Vec<carelake_fhirpath::ViewError>| FhirError::View {
        problems: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    };
    Views::compile(&texts, Settings { as_of }).map(Arc::new).map_err(told)
}

/// Returns the base URLs by which resources of a source are named.
pub(super) fn references(source: &Source) -> Arc<References> {
    Arc::new(References::new(source.bases.iter().map(String::as_str)))
}
