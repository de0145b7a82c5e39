//! How a file is written, told by its content: one file a family of formats.

mod delimited;
mod fixed;
mod header;
mod hl7;
mod json;
mod json_text;
mod packed;
mod parquet;
mod rows;
mod slices;
mod text;
mod tree;
mod workbook;
mod xml;

use std::path::Path;

use super::InferError;
use super::sample::{Sample, Set, Setting};
use packed::{Member, Opened};
use text::Decoded;

/// Tells how a file is written, and takes a sample of its rows.
pub(super) fn sample(file: &Path, rows: usize) -> Result<Sample, InferError> {
    let Opened { packed, members, ignored } = packed::open(file)?;
    let mut all: Option<Sample> = None;
    let mut refused = None;
    for member in &members {
        match of_member(member, rows) {
            Ok(sample) => match &mut all {
                None => all = Some(named(sample, member)),
                Some(first) => first.parts.extend(named(sample, member).parts),
            },
            Err(error) => refused = Some(error),
        }
    }
    let mut sample = match (all, refused) {
        (Some(sample), _) => sample,
        (None, Some(error)) => return Err(error),
        (None, None) => return Err(InferError::Empty),
    };
    if !ignored.is_empty() {
        sample.doubts.push(format!("{} members of the archive look like no data and are left out", ignored.len()));
    }
    match packed.as_slice() {
        [] => {}
        [one] => sample.format.push(Setting::word("packed", one)),
        several => {
            let several = several.iter().map(|one| Set::Word((*one).to_owned())).collect();
            sample.format.push(Setting { key: "packed", value: Set::List(several), comment: None });
        }
    }
    Ok(sample)
}

/// Says which member the parts are of, where there are members.
fn named(mut sample: Sample, member: &Member) -> Sample {
    for part in sample.parts.iter_mut().filter(|part| part.name.is_none()) {
        part.name.clone_from(&member.name);
    }
    sample
}

fn of_member(member: &Member, rows: usize) -> Result<Sample, InferError> {
    if member.head.is_empty() {
        return Err(InferError::Empty);
    }
    let head = member.head.as_slice();
    if head.starts_with(b"PAR1") {
        return parquet::sample(member, rows);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0") {
        return workbook::sample(member, rows);
    }
    for (magic, what) in [
        (&b"%PDF"[..], "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"ISA*", "an X12 interchange"),
        (b"-----BEGIN PGP", "encrypted"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
    ] {
        if head.starts_with(magic) {
            return Err(InferError::Unknown { what });
        }
    }
    let decoded = text::decode(member);
    let start = decoded.text.trim_start();
    let lower: String = start.chars().take(64).collect::<String>().to_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Err(InferError::Unknown { what: "a page of a web site" });
    }
    if ["MSH", "FHS", "BHS"].iter().any(|segment| start.starts_with(segment)) {
        return hl7::sample(&decoded, rows);
    }
    match start.chars().next() {
        None => Err(InferError::Empty),
        Some('<') => xml::sample(&decoded, rows),
        Some('{' | '[') => json::sample(&decoded, rows),
        Some(_) => lines(&decoded, member, rows),
    }
}

/// Tells delimited text from text of fixed width.
fn lines(decoded: &Decoded, member: &Member, rows: usize) -> Result<Sample, InferError> {
    if decoded.text.chars().take(4096).any(|letter| letter == '\0') {
        return Err(InferError::Unknown { what: "binary" });
    }
    match delimited::sample(decoded, member, rows) {
        Some(sample) => Ok(sample),
        None => fixed::sample(decoded, rows).ok_or(InferError::Unknown { what: "text without columns" }),
    }
}
