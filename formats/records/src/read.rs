//! Reads a file: unpacks it, looks at what it is, and has it read by its format.

use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::batch::{Batch, Rows};
use super::format::{Format, Packed, Way};
use super::limits::Limits;
use super::malformed::ReadError;
use super::packed::{Choice, Content, Unpacking};
use super::wanted::{Reading, Wanted, WantedTable};
use super::{delimited, fixed, hl7, json, parquet, sniff, workbook, xml};

/// Reads what is wanted of a file, batch by batch in file order. When `take` breaks, reading stops: what was read until then is
/// the answer, and nothing behind it is checked.
///
/// An empty file is a reading without records, whatever it is declared to be.
///
/// # Errors
/// [`ReadError::Malformed`] when the file is not what it is declared to be, or goes beyond a limit. Batches that were handed over
/// before count for nothing then. [`ReadError::Io`] when this machine could not read it.
pub fn read(
    file: &Path,
    format: &Format,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    let mut reading = nothing(wanted);
    if fs::metadata(file)?.len() == 0 {
        return Ok(reading);
    }
    let is_archive = format.packed.contains(&Packed::Zip);
    let parts = wanted.tables.iter().map(|table| table.part.clone().filter(|_| is_archive)).collect();
    let mut unpacking = Unpacking::new(limits, Choice::Tables(parts));
    unpacking.open(file, &format.packed, &mut |content| {
        sniff::check(content.first, &format.way, content.is_unpacked)?;
        let wants = content.tables.to_vec();
        let part: Option<Arc<str>> = content.member.map(Arc::from);
        let inner = of_part(wanted, &wants, is_archive);
        let mut stop = ControlFlow::Continue(());
        let part_reading = read_content(file, content, format, &inner, limits, &mut |batch| {
            stop = take(spread(batch, &wants, part.as_ref()));
            stop
        })?;
        merge(&mut reading, part_reading, &wants, part.as_deref());
        Ok(stop)
    })?;
    // A format that is read here and there tells its bytes itself.
    reading.unpacked_bytes = reading.unpacked_bytes.max(unpacking.unpacked_bytes());
    reading.ignored_members = unpacking.ignored_members();
    Ok(reading)
}

/// Returns a value that a file says of itself, reading no more of it than that takes; `None` if it does not.
///
/// | format | source |
/// | --- | --- |
/// | fixed width | `H:2-9`: characters 2 to 9 of the first record of type `H`; `2-9`: of the first record |
/// | JSON | a path from the top, such as `generated` |
/// | HL7 v2 | a field of the file's header: `FHS-7` |
/// | XML | a path from the root |
///
/// # Errors
/// As [`read`].
pub fn declared(file: &Path, format: &Format, limits: &Limits, source: &str) -> Result<Option<String>, ReadError> {
    let mut declared = None;
    if fs::metadata(file)?.len() == 0 {
        return Ok(declared);
    }
    Unpacking::new(limits, Choice::Any).open(file, &format.packed, &mut |content| {
        let is_member = content.member.is_some();
        let result = sniff::check(content.first, &format.way, content.is_unpacked)
            .map_err(ReadError::from)
            .and_then(|()| declared_in(content, format, limits, source));
        match result {
            Ok(value) => declared = value,
            // Some other member of the archive may be what is read.
            Err(ReadError::Malformed(_)) if is_member => {}
            Err(error) => return Err(error),
        }
        Ok(if declared.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(declared)
}

fn read_content(
    file: &Path,
    content: Content<'_>,
    format: &Format,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    match &format.way {
        Way::Delimited(delimited) => delimited::read(content.reader, delimited, wanted, limits, take),
        Way::Fixed(fixed) => fixed::read(content.reader, fixed, wanted, limits, take),
        Way::Json(json) => json::read(content.reader, json, wanted, limits, take),
        Way::Xml(xml) => xml::read(content.reader, xml, wanted, limits, take),
        Way::Hl7 { encoding } => hl7::read(content.reader, encoding, wanted, limits, take),
        Way::Workbook(workbook) => workbook::read(whole(file, content)?.path(), workbook, wanted, limits, take),
        Way::Parquet => parquet::read(whole(file, content)?.path(), wanted, limits, take),
    }
}

fn declared_in(
    content: Content<'_>,
    format: &Format,
    limits: &Limits,
    source: &str,
) -> Result<Option<String>, ReadError> {
    match &format.way {
        Way::Fixed(fixed) => fixed::declared(content.reader, fixed, limits, source),
        Way::Json(_) => json::declared(content.reader, source, limits),
        Way::Xml(_) => xml::declared(content.reader, source, limits),
        Way::Hl7 { .. } => hl7::declared(content.reader, source, limits),
        Way::Delimited(_) | Way::Workbook(_) | Way::Parquet => Ok(None),
    }
}

/// A file that is read here and there, not from beginning to end.
enum Whole<'f> {
    /// The file itself.
    Itself(&'f Path),
    /// What was in it; gone when it was read.
    Unpacked(NamedTempFile),
}

impl Whole<'_> {
    fn path(&self) -> &Path {
        match self {
            Self::Itself(path) => path,
            Self::Unpacked(file) => file.path(),
        }
    }
}

/// Returns a content as a file; one that was packed is written down first.
fn whole<'f>(file: &'f Path, content: Content<'_>) -> io::Result<Whole<'f>> {
    if !content.is_unpacked {
        return Ok(Whole::Itself(file));
    }
    let mut unpacked = NamedTempFile::new()?;
    io::copy(content.reader, &mut unpacked)?;
    unpacked.flush()?;
    Ok(Whole::Unpacked(unpacked))
}

/// Returns what the tables that want a part of an archive want of it.
fn of_part(wanted: &Wanted, wants: &[bool], is_archive: bool) -> Wanted {
    let tables = wanted.tables.iter().zip(wants).filter(|(_, is_wanted)| **is_wanted);
    let part = |table: &WantedTable| table.part.clone().filter(|_| !is_archive);
    Wanted { tables: tables.map(|(table, _)| WantedTable { part: part(table), ..table.clone() }).collect() }
}

/// Brings the tables of a batch to the places that they have among all.
fn spread(batch: Batch, wants: &[bool], part: Option<&Arc<str>>) -> Batch {
    let mut tables = batch.tables.into_iter();
    let mut table = |is_wanted: &bool| if *is_wanted { tables.next().unwrap_or_default() } else { Rows::default() };
    let tables = wants.iter().map(&mut table).collect();
    Batch { tables, part: batch.part.or_else(|| part.cloned()), ..batch }
}

/// Adds what was read of one part.
fn merge(all: &mut Reading, part: Reading, wants: &[bool], name: Option<&str>) {
    let named = |(own, names): (String, Vec<String>)| match name {
        Some(name) if own.is_empty() => (name.to_owned(), names),
        _ => (own, names),
    };
    all.headers.extend(part.headers.into_iter().map(named));
    let tables = all.found.iter_mut().zip(wants).filter(|(_, is_wanted)| **is_wanted);
    for ((all, _), found) in tables.zip(part.found) {
        all.iter_mut().zip(found).for_each(|(all, found)| *all |= found);
    }
    for other in part.others {
        if !all.others.contains(&other) {
            all.others.push(other);
        }
    }
    all.records += part.records;
    all.unpacked_bytes += part.unpacked_bytes;
}

fn nothing(wanted: &Wanted) -> Reading {
    let found = wanted.tables.iter().map(|table| vec![false; table.sources.len()]).collect();
    Reading { found, ..Reading::default() }
}
