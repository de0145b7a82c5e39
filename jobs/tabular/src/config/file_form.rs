//! How a source's files are named and written: pattern, delimiter, null tokens, date format.

use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::ColumnKind;
use super::column::ColumnDraft;

const PATTERN: &str = "a file name pattern such as \"DAC_*.csv\"";
const ARCHIVE: &str = "a pattern of ZIP archives such as \"Dissemination_*.zip\"";
const DATE_FORMAT: &str = "%Y, %m and %d, once each, and the characters between them, such as \"%m/%d/%Y\"";
/// The format of a source that has no dates.
const DEFAULT_DATE_FORMAT: &str = "%Y-%m-%d";

/// Reads the pattern of the file names, relative to the input.
pub(super) fn read_pattern(fields: &Fields<'_>, mistakes: &mut Mistakes) -> String {
    fields
        .required("file", PATTERN, mistakes)
        .and_then(|spot| relative_pattern(&spot, PATTERN, mistakes))
        .unwrap_or_default()
}

/// Reads the pattern of archives that hold a file of the source among others.
pub(super) fn read_archive(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let spot = fields.get("archive")?;
    let pattern = relative_pattern(&spot, ARCHIVE, mistakes)?;
    if !pattern.ends_with(".zip") {
        spot.expected(ARCHIVE, mistakes);
    }
    Some(pattern)
}

/// Reads a pattern of names below the input, and says what it cannot be.
fn relative_pattern(spot: &Spot<'_>, what: &str, mistakes: &mut Mistakes) -> Option<String> {
    let pattern = spot.text(what, mistakes)?;
    if pattern.starts_with('/') || pattern.split('/').any(|part| part == "..") || pattern.contains("://") {
        mistakes.add(spot, "must be relative to the input of the environment, without `..`");
    } else if pattern.contains("**") {
        mistakes.add(spot, "`**` is not read; `*` stands for any text in one file or folder name");
    } else if pattern.ends_with('/') || pattern.split('/').any(str::is_empty) {
        mistakes.add(spot, "must end in a file name and have a name between every two slashes");
    } else if let Err(error) = glob::Pattern::new(&pattern) {
        mistakes.add(spot, format!("is not a file name pattern: {}", error.msg));
    }
    Some(pattern)
}

/// Reads the patterns of names that are not files of the source although they match.
pub(super) fn read_exclude(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let patterns = fields.get("exclude").map(|spot| spot.texts("patterns of file names", mistakes)).unwrap_or_default();
    for (pattern, spot) in &patterns {
        if pattern.contains('/') || pattern.contains("**") {
            mistakes.add(spot, "must be a pattern of file names, without folders, such as \"*_fileheader.csv\"");
        }
    }
    patterns.into_iter().map(|(pattern, _)| pattern).collect()
}

/// Reads how many days an increment covers at most; a year is a full file in any case.
pub(super) fn read_increment_days(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<u32> {
    fields.get("increment_days").and_then(|spot| spot.number("a whole number of days", 1..=364, mistakes))
}

/// Reads the byte between two fields; a comma unless the source says otherwise.
pub(super) fn read_delimiter(fields: &Fields<'_>, mistakes: &mut Mistakes) -> u8 {
    let Some(spot) = fields.get("delimiter") else { return b',' };
    let what = "one ASCII character, in double quotes, such as \",\", \"|\" or \"\\t\"";
    match spot.raw_text().map(str::as_bytes) {
        Some([byte]) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n\0 ".contains(byte) => *byte,
        _ => {
            spot.expected(what, mistakes);
            b','
        }
    }
}

/// Reads the values that mean null.
pub(super) fn read_null_tokens(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let tokens = fields.get("null_tokens").map(|spot| spot.texts("values that mean null", mistakes));
    let mut read = Vec::new();
    for (token, spot) in tokens.unwrap_or_default() {
        if token.trim() == token {
            read.push(token);
        } else {
            mistakes.add(&spot, "must not start or end with a space; values are trimmed before they are compared");
        }
    }
    read
}

/// Reads how dates are written; a source with a date column must say it.
pub(super) fn read_date_format(fields: &Fields<'_>, columns: &[ColumnDraft<'_>], mistakes: &mut Mistakes) -> String {
    let spot = match fields.get("date_format") {
        None if columns.iter().any(|column| column.kind == Some(ColumnKind::Date)) => {
            fields.required("date_format", DATE_FORMAT, mistakes)
        }
        spot => spot,
    };
    let Some(spot) = spot else { return DEFAULT_DATE_FORMAT.to_owned() };
    let format = spot.text(DATE_FORMAT, mistakes).unwrap_or_default();
    let each_once = ["%Y", "%m", "%d"].iter().all(|field| format.matches(field).count() == 1);
    if !(format.is_empty() || each_once && format.matches('%').count() == 3) {
        spot.expected(DATE_FORMAT, mistakes);
    }
    format
}
