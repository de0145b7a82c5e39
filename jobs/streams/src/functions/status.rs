//! How a stream stands.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::account::Account;
use carelake_core::publish::{Manifest, current, current_runs, recent_runs};
use jiff::Timestamp;
use serde::Serialize;

use crate::config::Stream;
use crate::flush::{Pending, Position};
use crate::publish::{StreamError, World};
use crate::take::{StagedName, parked_files, read_parked};

/// Files of one folder above which it is told: that many a day mean a folder that is too fine, or runs that are not joined.
const MANY_FILES: u64 = 24;

/// How a stream stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Status {
    /// The stream.
    pub stream: String,
    /// Where its records come from, as the configuration words it.
    pub kind: &'static str,
    /// How often what is staged is published, in seconds.
    pub every_secs: u64,
    /// Up to which position each shard is published.
    pub positions: BTreeMap<String, Position>,
    /// Staged files that are not published.
    pub staged: u64,
    /// Bytes of these.
    pub staged_bytes: u64,
    /// When the oldest of them was staged.
    pub oldest_staged: Option<Timestamp>,
    /// Records that are parked now, by rule, each once.
    pub parked: BTreeMap<String, u64>,
    /// What became of everything that was published.
    pub totals: Account,
    /// Records that were gone before they were read.
    pub records_lost: u64,
    /// When the pointer was moved last.
    pub published_at: Option<Timestamp>,
    /// Runs of changes that are served.
    pub runs: u64,
    /// Files of these.
    pub files: u64,
    /// Bytes of these.
    pub size_bytes: u64,
    /// Rows of changes.
    pub changes: u64,
    /// Rows that are there now.
    pub latest: u64,
    /// The changes that AWS delivers, where it leaves out others: those are counted nowhere.
    pub prefilter: Vec<String>,
    /// Folders with more than 24 files.
    pub crowded: Vec<String>,
}

/// Looks how a stream stands.
///
/// # Errors
/// [`StreamError`].
pub fn status(world: &World<'_>, stream: &Stream) -> Result<Status, StreamError> {
    let (state, pending) = Pending::now(world, stream)?;
    let served = current_runs(world.store, &stream.changes())?;
    let mut files: BTreeMap<String, u64> = BTreeMap::new();
    let size_bytes = served.iter().flat_map(|(_, manifests)| manifests).map(|manifest| manifest.bytes).sum();
    for file in served.iter().flat_map(|(_, manifests)| manifests).flat_map(|manifest| &manifest.files) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *files.entry(folder.to_owned()).or_default() += 1;
    }
    let pointer = served.as_ref().map(|(pointer, _)| pointer);
    let latest = current(world.store, &stream.latest())?;
    Ok(Status {
        stream: stream.name.clone(),
        kind: stream.kind.word(),
        every_secs: stream.every.as_secs(),
        positions: state.positions,
        staged: pending.batches.len() as u64,
        staged_bytes: pending.batches.iter().map(|name| name.bytes).sum(),
        oldest_staged: pending.batches.iter().map(|name| name.written).min(),
        parked: parked(world, stream)?,
        totals: state.totals,
        records_lost: state.records_lost,
        published_at: pointer.map(|pointer| pointer.committed_at),
        runs: pointer.map_or(0, |pointer| pointer.runs.len() as u64),
        files: files.values().sum(),
        size_bytes,
        changes: pointer.map_or(0, |pointer| pointer.rows()),
        latest: latest.map_or(0, |pointer| pointer.rows()),
        prefilter: match stream.is_prefiltered {
            true => stream.events.iter().map(|op| op.name().to_owned()).collect(),
            false => Vec::new(),
        },
        crowded: files.into_iter().filter(|(_, count)| *count > MANY_FILES).map(|(folder, _)| folder).collect(),
    })
}

/// A publication of staged batches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlushLine {
    /// The run.
    pub run: String,
    /// When it was complete.
    pub at: Timestamp,
    /// Records that were delivered.
    pub delivered: u64,
    /// Changes of the run.
    pub rows: u64,
    /// Its files.
    pub files: u64,
    /// Bytes of these.
    pub size_bytes: u64,
    /// How long it took.
    pub seconds: f64,
}

/// Returns the last publications of a stream, the newest first: those whose runs are still there.
///
/// # Errors
/// [`StreamError`].
pub fn flushes(world: &World<'_>, stream: &Stream, last: usize) -> Result<Vec<FlushLine>, StreamError> {
    let runs = recent_runs(world.store, &stream.changes(), last)?;
    let line = |manifest: Manifest| FlushLine {
        run: manifest.run_id.to_string(),
        at: manifest.written_at,
        delivered: manifest.counts.values().map(|account| account.read).sum(),
        rows: manifest.rows,
        files: manifest.files.len() as u64,
        size_bytes: manifest.bytes,
        seconds: manifest.written_at.duration_since(manifest.started_at).as_secs_f64().max(0.0),
    };
    Ok(runs.into_iter().map(line).collect())
}

/// Returns the staged batches of a stream that are not published, the oldest first.
///
/// # Errors
/// [`StreamError`].
pub fn staged(world: &World<'_>, stream: &Stream) -> Result<Vec<StagedName>, StreamError> {
    Ok(Pending::now(world, stream)?.1.batches)
}

/// Counts the records that are parked, each once, whichever deliveries brought it.
fn parked(world: &World<'_>, stream: &Stream) -> Result<BTreeMap<String, u64>, StreamError> {
    let (mut known, mut counts) = (BTreeSet::new(), BTreeMap::new());
    for key in parked_files(world.rejects, stream)? {
        for line in read_parked(world.rejects, &key)?.lines {
            if known.insert(line.identity) {
                *counts.entry(line.rule).or_default() += 1;
            }
        }
    }
    Ok(counts)
}
