//! What is known of the records of the last days, so that each is published once however often it comes.
//!
//! One file an hour: entries in their order, each an identity and a byte that says what became of the record. A stream of DynamoDB keeps
//! records for 24 hours; they are known for three days after they were published.

use std::collections::{BTreeMap, HashMap, HashSet};

use carelake_core::publish::Draft;
use carelake_core::store::Store;
use jiff::Timestamp;

use super::state::{Segment, State};
use crate::config::Stream;
use crate::publish::StreamError;
use crate::record::{IDENTITY_BYTES, Identity};

/// Hours for which records are known.
pub const WINDOW_HOURS: i64 = 72;
/// Bytes of an entry.
const ENTRY: usize = IDENTITY_BYTES + 1;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It could not be used.
    Parked,
    /// It was published or left out: that is how it stays.
    Settled,
}

/// Looks for records among what is known. `wanted` are those that are asked for.
pub(super) fn known(
    store: &dyn Store,
    stream: &Stream,
    state: &State,
    wanted: &HashSet<Identity>,
) -> Result<HashMap<Identity, Fate>, StreamError> {
    let mut found: HashMap<Identity, Fate> = HashMap::new();
    for segment in &state.doubles {
        for (identity, fate) in entries(store, stream, segment)? {
            if wanted.contains(&identity) {
                let kept = found.entry(identity).or_insert(fate);
                *kept = (*kept).max(fate);
            }
        }
    }
    Ok(found)
}

/// Writes what is known after this publication, and answers the files that are in force.
pub(super) fn remember(
    store: &dyn Store,
    stream: &Stream,
    state: &State,
    draft: &Draft<'_>,
    new: &HashMap<Identity, Fate>,
    now: Timestamp,
) -> Result<Vec<Segment>, StreamError> {
    let hour = now.as_second().div_euclid(3_600);
    let mut all: BTreeMap<Identity, Fate> = new.iter().map(|(identity, fate)| (*identity, *fate)).collect();
    for segment in state.doubles.iter().filter(|segment| segment.hour == hour) {
        for (identity, fate) in entries(store, stream, segment)? {
            let kept = all.entry(identity).or_insert(fate);
            *kept = (*kept).max(fate);
        }
    }
    let stays = |segment: &&Segment| segment.hour != hour && segment.hour > hour - WINDOW_HOURS;
    let mut segments: Vec<Segment> = state.doubles.iter().filter(stays).cloned().collect();
    if !all.is_empty() {
        let bytes = all.iter().flat_map(|(identity, fate)| identity.iter().copied().chain([*fate as u8]));
        let path = draft.add_helper(&format!("doubles-{hour}"), &bytes.collect::<Vec<u8>>())?;
        segments.push(Segment { hour, path });
    }
    Ok(segments)
}

fn entries(store: &dyn Store, stream: &Stream, segment: &Segment) -> Result<Vec<(Identity, Fate)>, StreamError> {
    let key = format!("{}/{}", stream.changes(), segment.path);
    let bytes = store.read(&key)?;
    let entry = |entry: &[u8]| {
        let (identity, fate) = entry.split_first_chunk::<IDENTITY_BYTES>()?;
        let fate = if *fate.first()? == Fate::Parked as u8 { Fate::Parked } else { Fate::Settled };
        Some((*identity, fate))
    };
    let read: Option<Vec<_>> = bytes.chunks(ENTRY).map(entry).collect();
    read.ok_or(StreamError::Damaged { key })
}
