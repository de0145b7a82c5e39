//! Trying records once more that could not be used.

use serde::{Deserialize, Serialize};

use crate::config::{Kind, Stream};
use crate::publish::{StreamError, World};
use crate::read::replay_rows;
use crate::take::{Before, Delivery, ParkedFile, Took, parked_files, read_parked, take};

/// What `stream_take` is asked where it takes nothing new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayTask {
    /// The stream whose parked records are tried once more.
    pub replay: String,
    /// Whether what records are given is looked up anew.
    #[serde(default)]
    pub re_enrich: bool,
}

/// What came of a replay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Files of parked records that were tried.
    pub files: u64,
    /// What became of the records.
    pub took: Took,
}

/// Takes every record that is parked once more. What is good now is staged, and is published as if it had been good at once; what is not
/// stays parked. Nothing is published twice, whoever is killed. What was looked up for a record when it was taken holds, unless it is to be
/// asked anew.
///
/// # Errors
/// [`StreamError`]; what was tried before it stays done.
pub fn replay_parked(world: &World<'_>, stream: &Stream, asks_anew: bool) -> Result<Replayed, StreamError> {
    let mut replayed = Replayed::default();
    for key in parked_files(world.rejects, stream)? {
        let file = read_parked(world.rejects, &key)?;
        let before = if asks_anew { Before::anew() } else { Before::of(&file.lines) };
        let took = match stream.kind {
            Kind::Dms => replay_rows(world, stream, &file.lines, &before)?,
            _ => replay_records(world, stream, &file, before)?,
        };
        replayed.files += 1;
        replayed.took.add(&took);
        // What is bad still is parked anew by now; maybe as the very same file.
        if took.parked_file.as_ref() != Some(&key) {
            world.rejects.delete(&key)?;
        }
    }
    Ok(replayed)
}

fn replay_records(world: &World<'_>, stream: &Stream, file: &ParkedFile, before: Before) -> Result<Took, StreamError> {
    let shard = file.lines.first().and_then(|line| line.shard.clone());
    let records: Option<Vec<Vec<u8>>> = file.lines.iter().map(|line| line.raw()).collect();
    let records = records.ok_or_else(|| StreamError::Damaged { key: file.key.clone() })?;
    let records = records.iter().map(Vec::as_slice).collect();
    take(world, stream, &Delivery { shard, records, is_replay: true, before, ..Delivery::default() })
}
