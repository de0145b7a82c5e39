//! Staged batches: where they lie, what is in them, and what they are called.
//!
//! `streams/<name>/staged/<day>/<shard>.<first>-<last>.<digest>.arrow` in the raw place, by the day on which it was written. A delivery that
//! is there already is a file beside it that counts it, `….again-<n>`.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::Schema;
use carelake_core::store::Store;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::config::Stream;
use crate::publish::StreamError;
use crate::rows::IDENTITY;

/// Where the schema of a staged batch keeps what it is of.
const META: &str = "carelake.staged";
/// The end of the name of a staged batch.
const ENDING: &str = ".arrow";
/// What stands in a name for a shard that is not known.
const NOWHERE: &str = "_";
/// Days that are listed one by one.
const MOST_DAYS: usize = 14;

/// What a staged batch is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The shard, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// The first position.
    pub from: String,
    /// The last position, inclusive.
    pub to: String,
    /// Whether records that were delivered before are tried once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_replay: bool,
    /// Records of the range that were gone before they were read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost: u64,
    /// When something was looked up for the records, where anything was for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enriched_at: Option<Timestamp>,
}

pub(super) const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A staged batch.
#[derive(Debug, Clone)]
pub struct Staged {
    /// What it is of.
    pub meta: Meta,
    /// Its records.
    pub batches: Vec<RecordBatch>,
}

/// A file that is staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedName {
    /// The day on which it was written.
    pub day: Date,
    /// Its name in the folder of the day.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was written, by the clock of the store.
    pub written: Timestamp,
}

impl StagedName {
    /// Returns its name below the folder of staged batches: `<day>/<name>`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.day, self.name)
    }

    /// Returns whether it only says that a delivery came again.
    #[must_use]
    pub fn is_again(&self) -> bool {
        !self.name.ends_with(ENDING)
    }
}

/// Returns the folder of the staged batches of a stream, with a slash at its end.
pub(super) fn folder(stream: &Stream) -> String {
    format!("streams/{}/staged/", stream.name)
}

/// Returns bytes and name of a staged batch, its ending left out. The name is of the records alone where `is_of_records`, whatever was said
/// when something was looked up for them.
pub(super) fn encode(batch: &RecordBatch, meta: &Meta, is_of_records: bool) -> Result<(String, Vec<u8>), StreamError> {
    let told = serde_json::to_string(meta).map_err(|_| StreamError::NoBatch)?;
    let schema = Schema::clone(&batch.schema()).with_metadata(HashMap::from([(META.to_owned(), told)]));
    let batch = batch.clone().with_schema(Arc::new(schema))?;
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(&batch)?;
    writer.finish()?;
    let bytes = writer.into_inner()?;
    let shard = meta.shard.as_deref().map_or_else(|| NOWHERE.to_owned(), plain);
    let records = batch.column_by_name(IDENTITY).and_then(|column| column.as_fixed_size_binary_opt());
    let digest = match records.filter(|_| is_of_records) {
        Some(records) => xxh3_128(records.value_data()),
        None => xxh3_128(&bytes),
    };
    let stem = format!("{shard}.{}-{}.{digest:032x}", plain(&meta.from), plain(&meta.to));
    Ok((stem, bytes))
}

/// Returns the name of the file of a staged batch.
pub(super) fn file(stem: &str) -> String {
    format!("{stem}{ENDING}")
}

/// Leaves of a name what every store takes as it is.
fn plain(text: &str) -> String {
    let text: String = text.chars().take(80).collect();
    text.chars().map(|it| if it.is_ascii_alphanumeric() || it == '-' || it == '_' { it } else { '~' }).collect()
}

/// Lists what is staged from a day on, oldest name first.
///
/// # Errors
/// [`StreamError::Store`].
pub fn list(raw: &dyn Store, stream: &Stream, from: Date, now: Timestamp) -> Result<Vec<StagedName>, StreamError> {
    let folder = folder(stream);
    let mut found = Vec::new();
    for prefix in prefixes(&folder, from, now) {
        for object in raw.list(&prefix)? {
            let path = object.key.strip_prefix(&folder).and_then(|path| path.split_once('/'));
            let Some((day, name)) = path else { continue };
            let Ok(day) = day.parse::<Date>() else { continue };
            if day >= from && !name.contains('/') {
                found.push(StagedName {
                    day,
                    name: name.to_owned(),
                    bytes: object.size_bytes,
                    written: object.modified,
                });
            }
        }
    }
    Ok(found)
}

/// Returns the folders of the days from one on, tomorrow's with them, since clocks differ; of many days the folder of all.
fn prefixes(folder: &str, from: Date, now: Timestamp) -> Vec<String> {
    let tomorrow = TimeZone::UTC.to_datetime(now).date().tomorrow().unwrap_or(Date::MAX);
    let days: Vec<Date> = from.series(Span::new().days(1)).take_while(|day| *day <= tomorrow).take(MOST_DAYS).collect();
    if days.len() == MOST_DAYS {
        vec![folder.to_owned()]
    } else {
        days.iter().map(|day| format!("{folder}{day}/")).collect()
    }
}

/// Reads a staged batch.
///
/// # Errors
/// [`StreamError::Store`]; [`StreamError::Damaged`] where it is not what was written.
pub fn read(raw: &dyn Store, stream: &Stream, name: &StagedName) -> Result<Staged, StreamError> {
    let key = format!("{}{}", folder(stream), name.path());
    let bytes = raw.read(&key)?;
    let damaged = || StreamError::Damaged { key: key.clone() };
    let reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(|_| damaged())?;
    let meta = reader.schema().metadata().get(META).and_then(|text| serde_json::from_str(text).ok());
    let meta = meta.ok_or_else(damaged)?;
    let batches = reader.collect::<Result<_, _>>().map_err(|_| damaged())?;
    Ok(Staged { meta, batches })
}

/// Reads how many records a delivery had that was staged before.
///
/// # Errors
/// As [`read`].
pub fn read_again(raw: &dyn Store, stream: &Stream, name: &StagedName) -> Result<u64, StreamError> {
    let key = format!("{}{}", folder(stream), name.path());
    let note: Option<serde_json::Value> = serde_json::from_slice(&raw.read(&key)?).ok();
    let delivered = note.as_ref().and_then(|note| note.get("delivered")?.as_u64());
    delivered.ok_or(StreamError::Damaged { key })
}

/// Returns the day before which nothing is staged any more at this moment: clocks differ, and who writes may be slow.
#[must_use]
pub fn days_from(now: Timestamp) -> Date {
    let today = TimeZone::UTC.to_datetime(now).date();
    today.yesterday().and_then(Date::yesterday).unwrap_or(today)
}

/// Returns up to which position a shard is staged, of these files.
#[must_use]
pub fn rest_of_shard(staged: &[StagedName], shard: &str) -> Option<u64> {
    let shard = plain(shard);
    let to = |name: &StagedName| {
        let (of, rest) = name.name.split_once('.')?;
        let (range, _) = rest.split_once('.')?;
        let (_, to) = range.split_once('-')?;
        if of == shard { to.parse::<u64>().ok() } else { None }
    };
    staged.iter().filter_map(to).max()
}
