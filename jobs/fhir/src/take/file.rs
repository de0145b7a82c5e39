//! Taking one file: its lines are judged, its rows staged, and what was refused kept.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use carelake_core::account::Account;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::bundle::{Bundle, Entry, bundle, entry};
use super::export::{Export, Item, ItemKind};
use super::handed::{Handed, Refused};
use super::lines::{Line, Lines};
use crate::config::{Kind, Source};
use crate::error::FhirError;
use crate::line::{Heads, Judged, Rule, judge};
use crate::rows::{Row, Rows, identity};
use crate::world::World;

/// Under which counts stand that no type can be given to.
pub const NO_TYPE: &str = "(none)";
/// How what is packed by gzip begins.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// Bytes of rows that are staged at once.
const CHUNK_BYTES: usize = 32 << 20;

/// A file that is open, unpacked.
pub type Opened<'o> = Box<dyn BufRead + 'o>;
/// Opens a file; it may be asked once more.
pub type Open<'o> = dyn Fn(&Item) -> Result<Opened<'o>, FhirError> + Sync + 'o;

/// What became of the lines of a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The file.
    pub file: String,
    /// By type. What has a row is `published` here; which of these are new is found when they are.
    pub counts: BTreeMap<String, Account>,
    /// Deletes that are listed, by type.
    pub deletes: BTreeMap<String, u64>,
    /// Files of rows that are staged.
    pub chunks: u32,
    /// Why it failed, if it did: the kind of error, and what it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<(String, String)>,
}

/// Takes a file of an export. One that is cut, or has not the lines that it should have, is read once more.
///
/// # Errors
/// [`FhirError::Cut`] where it is the same again; where it cannot be read or staged.
pub fn take_file(
    world: &World<'_>,
    source: &Source,
    export: &Export,
    index: usize,
    open: &Open<'_>,
) -> Result<Taken, FhirError> {
    let handed = Handed::of(world.rejects, source, export);
    let Some(item) = export.items.get(index) else { return Err(FhirError::Damaged { key: export.id.clone() }) };
    let once = || Taking::new(source, export, item, index, &handed).carry_out(open(item)?);
    let taken = match once() {
        Err(FhirError::Cut { .. }) => once()?,
        taken => taken?,
    };
    handed.put_taken(index, &taken)?;
    Ok(taken)
}

struct Taking<'t> {
    source: &'t Source,
    item: &'t Item,
    index: usize,
    handed: &'t Handed<'t>,
    /// The time of what tells none, and of deletes.
    time: i64,
    heads: Heads,
    rows: Rows,
    refused: Vec<u8>,
    taken: Taken,
    lines: u64,
}

impl<'t> Taking<'t> {
    fn new(source: &'t Source, export: &'t Export, item: &'t Item, index: usize, handed: &'t Handed<'t>) -> Self {
        let file = u32::try_from(index).unwrap_or(u32::MAX);
        let taken = Taken { file: item.name.clone(), ..Taken::default() };
        let time = item.day.unwrap_or(export.transaction_time).as_microsecond();
        let rows = Rows::new(source.buckets, file, &item.name);
        Self { source, item, index, handed, time, heads: Heads::default(), rows, refused: Vec::new(), taken, lines: 0 }
    }

    fn carry_out(mut self, mut opened: Opened<'_>) -> Result<Taken, FhirError> {
        if self.item.kind == ItemKind::Whole {
            let mut bytes = Vec::new();
            opened.read_to_end(&mut bytes).map_err(|cause| self.unread(cause))?;
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).to_vec();
            self.line(&Line { number: 1, bytes, is_last: true })?;
        } else {
            let mut lines = Lines::new(opened).map_err(|cause| self.unread(cause))?;
            while let Some(line) = lines.following().map_err(|cause| self.unread(cause))? {
                self.line(&line)?;
            }
        }
        if let Some(count) = self.item.count.filter(|count| *count != self.lines) {
            let lines = if self.lines == 1 { "line" } else { "lines" };
            return Err(self.cut(format!("has {} {lines}, its manifest says {count}", self.lines)));
        }
        self.flush()?;
        self.handed.put_refused(self.index, &self.refused)?;
        Ok(self.taken)
    }

    fn cut(&self, why: impl Into<String>) -> FhirError {
        let is_copied = matches!(self.source.kind, Kind::Files(_));
        FhirError::Cut { file: self.item.name.clone(), why: why.into(), is_copied }
    }

    /// A packed file that is cut does not unpack.
    fn unread(&self, cause: std::io::Error) -> FhirError {
        match cause.kind() {
            std::io::ErrorKind::UnexpectedEof => self.cut("does not unpack: it ends before its end"),
            std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
                self.cut("does not unpack: it is damaged, or was not packed by gzip")
            }
            _ => FhirError::Read { file: self.item.name.clone(), cause },
        }
    }

    fn line(&mut self, line: &Line) -> Result<(), FhirError> {
        if self.item.kind != ItemKind::Output
            && let Some(bundle) = bundle(&line.bytes)
        {
            self.lines += 1;
            return self.bundle(line, &bundle);
        }
        if line.number == 1 && line.bytes.starts_with(GZIP) {
            return Err(self.cut("is packed by gzip, and its name does not end with .gz"));
        }
        match judge(&mut self.heads, &line.bytes, &self.source.types) {
            Ok(judged) => {
                self.lines += 1;
                self.put(line.number, judged, None)
            }
            Err(rule) => {
                self.lines += u64::from(rule != Rule::BlankLine);
                if line.is_last
                    && let Some(why) = cut(rule, &line.bytes)
                {
                    return Err(self.cut(format!("{why} (line {})", line.number)));
                }
                self.refuse(line.number, rule, &line.bytes)
            }
        }
    }

    fn bundle(&mut self, line: &Line, bundle: &Bundle<'_>) -> Result<(), FhirError> {
        for raw in &bundle.entries {
            match entry(&mut self.heads, raw, &self.source.types) {
                Entry::Put(judged) => self.put(line.number, judged, bundle.made)?,
                Entry::Delete { resource_type, id } => {
                    *self.taken.deletes.entry(resource_type.clone()).or_default() += 1;
                    let row = Row {
                        resource_type: &resource_type,
                        id: &id,
                        version: None,
                        time: self.time,
                        resource: None,
                        line: line.number,
                    };
                    self.push(row)?;
                }
                Entry::Refused(rule, text) => self.refuse(line.number, rule, text.as_bytes())?,
            }
        }
        Ok(())
    }

    fn put(&mut self, line: u64, judged: Judged<'_>, made: Option<i64>) -> Result<(), FhirError> {
        let Judged { resource_type, id, head } = judged;
        let count = self.taken.counts.entry(resource_type.clone()).or_default();
        count.read += 1;
        count.published += 1;
        let mut counted = |name: &str| *count.counted.entry(name.to_owned()).or_default() += 1;
        if self.item.resource_type.as_ref().is_some_and(|declared| *declared != resource_type) {
            counted("type_mismatch");
        }
        if head.last_updated.is_none() {
            counted("last_updated_missing");
        }
        let version = head.version_id.as_deref();
        // Of what tells no time the same content is the same, whenever it comes.
        let identity = identity(&resource_type, &id, head.last_updated, version, &head.compact);
        let time = head.last_updated.or(made).unwrap_or(self.time);
        let resource = Some((head.text, identity));
        self.push(Row { resource_type: &resource_type, id: &id, version, time, resource, line })
    }

    fn refuse(&mut self, line: u64, rule: Rule, bytes: &[u8]) -> Result<(), FhirError> {
        let count = self.taken.counts.entry(NO_TYPE.to_owned()).or_default();
        count.read += 1;
        let by_rule = if rule.is_filter() { &mut count.filtered } else { &mut count.rejected };
        *by_rule.entry(rule.name().to_owned()).or_default() += 1;
        if !rule.is_filter() {
            let told = Refused::of(&self.item.name, line, rule, bytes);
            serde_json::to_writer(&mut self.refused, &told).map_err(|_| self.cut("has a line that cannot be kept"))?;
            self.refused.push(b'\n');
        }
        Ok(())
    }

    fn push(&mut self, row: Row<'_>) -> Result<(), FhirError> {
        self.rows.push(row)?;
        if self.rows.bytes() >= CHUNK_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), FhirError> {
        if let Some(batch) = self.rows.take()? {
            self.handed.put_rows(self.index, self.taken.chunks, &batch)?;
            self.taken.chunks += 1;
        }
        Ok(())
    }
}

/// Returns why a last line looks as one of a file that is not whole, if it does: it does not parse to its end.
fn cut(rule: Rule, bytes: &[u8]) -> Option<&'static str> {
    let is_closed = bytes.iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'}');
    match rule {
        Rule::Json => {
            let parsed = serde_json::from_slice::<IgnoredAny>(bytes);
            let ends = parsed.is_err_and(|error| error.is_eof());
            Some(if ends { "ends in the middle of a line" } else { "ends with a line that is no JSON" })
        }
        Rule::Encoding if !is_closed => {
            // A character that is cut is no error of its encoding.
            let ends = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
            Some(if ends { "ends in the middle of a line" } else { "is not UTF-8" })
        }
        _ => None,
    }
}
