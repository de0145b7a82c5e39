//! Reading what lies in files, as a service would deliver it: each range of a file is staged once, and what is staged is where the next
//! reading begins.

mod dms;
mod files;

pub(crate) use dms::replay as replay_rows;

use carelake_core::store::Store;

use crate::config::{Kind, Stream};
use crate::flush::Pending;
use crate::publish::{StreamError, World};
use crate::take::{StagedName, Took, rest_of_shard};

/// Takes what came since the last time from a folder of a store.
///
/// # Errors
/// [`StreamError`]; what was staged before it stays.
pub fn take_files(world: &World<'_>, stream: &Stream, store: &dyn Store, folder: &str) -> Result<Took, StreamError> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{}/", folder.trim_end_matches('/')) };
    match stream.kind {
        Kind::Files => files::take(world, stream, store, &prefix),
        Kind::Dms => dms::take(world, stream, store, &prefix),
        Kind::Dynamodb | Kind::Kinesis | Kind::KinesisDynamodb => Err(StreamError::Kind {
            stream: stream.name.clone(),
            why: "its records are delivered to stream_take; name files of deliveries to take them here",
        }),
    }
}

/// How far the shards of a stream are staged.
struct Progress {
    published: std::collections::BTreeMap<String, crate::flush::Position>,
    staged: Vec<StagedName>,
}

impl Progress {
    fn of(world: &World<'_>, stream: &Stream) -> Result<Self, StreamError> {
        let (state, pending) = Pending::now(world, stream)?;
        Ok(Self { published: state.positions, staged: pending.batches })
    }

    /// Returns where the next reading of a shard begins: 0 of one that was never read.
    fn at(&self, shard: &str) -> u64 {
        let published = self.published.get(shard).and_then(|position| position.to.parse::<u64>().ok());
        published.into_iter().chain(rest_of_shard(&self.staged, shard)).max().unwrap_or_default()
    }
}
