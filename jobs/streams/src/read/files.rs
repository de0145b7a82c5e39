//! Files of records as Lambda gets them, one for each shard, read as they grow. `shards.json` names the parent of each shard that has one:
//! children are read when nothing is left of their parents.

use std::collections::BTreeMap;

use carelake_core::store::Store;

use super::Progress;
use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::take::{Delivery, Took, take as take_delivery};

/// Bytes that are read at once, and one record more.
const CHUNK_BYTES: u64 = 8 << 20;
/// Where parents are named.
const SHARDS: &str = "shards.json";
const ENDING: &str = ".ndjson";

/// Takes what came since the last time.
pub(super) fn take(world: &World<'_>, stream: &Stream, store: &dyn Store, prefix: &str) -> Result<Took, StreamError> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for object in store.list(prefix)? {
        let name = object.key.strip_prefix(prefix).and_then(|name| name.strip_suffix(ENDING));
        if let Some(shard) = name.filter(|name| !name.contains('/')) {
            sizes.insert(shard.to_owned(), object.size_bytes);
        }
    }
    let progress = Progress::of(world, stream)?;
    let mut took = Took::default();
    // Whose records are not all staged: their children wait.
    let mut open: Vec<String> = Vec::new();
    for (shard, parent) in in_order(store, prefix, &sizes)? {
        if parent.is_some_and(|parent| open.contains(&parent)) {
            open.push(shard);
            continue;
        }
        let key = format!("{prefix}{shard}{ENDING}");
        let size = sizes.get(&shard).copied().unwrap_or_default();
        let from = progress.at(&shard);
        if from > size {
            return Err(StreamError::Shorter { path: key });
        }
        if take_shard(world, stream, (store, &key), &shard, from..size, &mut took)? < size {
            open.push(shard);
        }
    }
    Ok(took)
}

/// Stages the whole lines of a range, and answers where they end.
fn take_shard(
    world: &World<'_>,
    stream: &Stream,
    (store, key): (&dyn Store, &str),
    shard: &str,
    range: std::ops::Range<u64>,
    took: &mut Took,
) -> Result<u64, StreamError> {
    let mut from = range.start;
    let mut asked = CHUNK_BYTES;
    while from < range.end {
        let until = range.end.min(from.saturating_add(asked));
        let bytes = store.read_range(key, from..until)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole == 0 {
            if until == range.end {
                // The last line is still being written.
                return Ok(from);
            }
            asked *= 2;
            continue;
        }
        asked = CHUNK_BYTES;
        let lines = bytes.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let records: Vec<&[u8]> = lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace)).collect();
        let to = from + whole as u64;
        let range = Some((format!("{from:015}"), format!("{to:015}")));
        let delivery = Delivery { shard: Some(shard.to_owned()), range, records, ..Delivery::default() };
        took.add(&take_delivery(world, stream, &delivery)?);
        from = to;
    }
    Ok(from)
}

/// Returns the shards, each after its parent, with the parents that have files.
fn in_order(
    store: &dyn Store,
    prefix: &str,
    sizes: &BTreeMap<String, u64>,
) -> Result<Vec<(String, Option<String>)>, StreamError> {
    let path = format!("{prefix}{SHARDS}");
    let wrong = || StreamError::Shards { path: path.clone() };
    let parents: BTreeMap<String, Option<String>> = match store.read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| wrong())?,
        Err(error) if error.is_not_found() => BTreeMap::new(),
        Err(error) => return Err(error.into()),
    };
    let mut left: Vec<(String, Option<String>)> = Vec::new();
    for shard in sizes.keys() {
        let parent = parents.get(shard).cloned().flatten();
        if parent.as_ref().is_some_and(|parent| !sizes.contains_key(parent) && !parents.contains_key(parent)) {
            return Err(wrong());
        }
        left.push((shard.clone(), parent.filter(|parent| sizes.contains_key(parent))));
    }
    let mut ordered: Vec<(String, Option<String>)> = Vec::new();
    while !left.is_empty() {
        let is_ready = |(_, parent): &(String, Option<String>)| {
            parent.as_ref().is_none_or(|parent| ordered.iter().any(|(shard, _)| shard == parent))
        };
        let (ready, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(is_ready);
        if ready.is_empty() {
            return Err(wrong());
        }
        ordered.extend(ready);
        left = rest;
    }
    Ok(ordered)
}
