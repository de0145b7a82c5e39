//! What the beginning of a file says: where its columns are, or that it is no file of the source.

use super::content::{ContentError, FIRST_BYTES};
use super::error::{SourceError, SourceFault};
use super::header::{Resolved, Unusable, known_names, resolve};
use super::instead::instead;
use super::open::decode;
use super::sniff::Looks;
use crate::config::SourceSpec;
use crate::csv::{Scanner, Stop};

/// A header that the source knows.
pub(super) struct Understood {
    /// Where the columns of the source are.
    pub resolved: Resolved,
    /// Its fields.
    pub width: usize,
    /// Its bytes.
    pub header: Vec<u8>,
    /// Where the rows begin.
    pub body: usize,
}

/// Understands the header of a text.
pub(super) fn understand(spec: &SourceSpec, content: &[u8]) -> Result<Understood, SourceFault> {
    let start = if content.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut scanner = Scanner::new(content, spec.delimiter, start);
    let header = match scanner.next_record() {
        Ok(Some(extent)) => extent,
        Ok(None) => return Err(SourceFault::Empty),
        Err(Stop::Nul(_) | Stop::TooLong(_)) => return Err(SourceFault::RecordTooLong(1)),
    };
    let record = content.get(header.start..header.end).unwrap_or_default();
    if memchr::memchr(0, record).is_some() {
        return Err(SourceFault::Nul(1));
    }
    let names: Vec<String> =
        scanner.fields().iter().map(|span| decode(spec.encoding, &super::row::cell(record, *span))).collect();
    let resolved = resolve(spec, &names).map_err(|unusable| match unusable {
        Unusable::Repeated(columns) => SourceFault::Repeated(columns),
        Unusable::Drift(mut drift) => {
            drift.instead = instead(spec, content.get(start..).unwrap_or_default(), known_names(spec, &names));
            SourceFault::Drift(drift)
        }
    })?;
    Ok(Understood { resolved, width: names.len(), header: record.to_vec(), body: header.next })
}

/// Checks that a file which begins in this way is one of the source: text with a header that has what every file must have.
///
/// # Errors
/// [`SourceError`] as [`Source::open`](super::Source::open) has it.
pub fn check_head(spec: &SourceSpec, file: &str, first: &[u8]) -> Result<(), SourceError> {
    let failed = |fault: SourceFault| SourceError::new(&spec.name, Some(file), fault);
    let kind = match Looks::at(first.get(..FIRST_BYTES).unwrap_or(first)) {
        None => return understand(spec, first).map(drop).map_err(failed),
        Some(Looks::Gzip) => "Gzip-compressed data",
        Some(Looks::Zip) => "a ZIP archive",
        Some(Looks::Like(kind)) => kind,
    };
    Err(failed(ContentError::NotCsv(kind).into()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn checked(first: &str) -> Result<(), String> {
        let text = include_str!("../../../../pipeline_config.yaml");
        let config = Config::parse(text, Path::new("pipeline_config.yaml")).unwrap();
        check_head(config.source("ppef_reassignment").unwrap(), "a.csv", first.as_bytes()).map_err(|it| it.to_string())
    }

    #[test]
    fn a_beginning_that_is_no_file_of_the_source_is_told() {
        assert_eq!(checked("REASGN_BNFT_ENRLMT_ID,RCV_BNFT_ENRLMT_ID\nI2"), Ok(()));
        for (first, told) in [
            ("REASGN_BNFT_ENRLMT_ID,RCV_BNFT_ENROL_ID\n", "rcv_bnft_enrol_id"),
            ("<!DOCTYPE html><html>", "an HTML page"),
            ("PK\x03\x04", "a ZIP archive"),
            ("", "empty"),
        ] {
            let why = checked(first).unwrap_err();
            assert!(why.contains(told), "{first}: {why}");
        }
    }
}
