//! Which runs of the log the rows that are there now follow from.

use std::collections::BTreeMap;

use carelake_core::names::RunId;
use carelake_core::publish::{Manifest, Pointer};
use serde::{Deserialize, Serialize};

use crate::config::Stream;
use crate::publish::StreamError;

/// What the pointer of the rows that are there now keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// How often the list of the log had changed.
    pub(super) content: u64,
    /// The last run of the log that is in it.
    pub(super) run: Option<RunId>,
    /// What the parts follow from besides the log.
    pub(super) settings: String,
    /// The files with the keys that were removed, by part.
    #[serde(default)]
    pub(super) gone: BTreeMap<String, String>,
}

impl Held {
    /// Reads what a pointer keeps.
    pub(super) fn of(stream: &Stream, pointer: Option<&Pointer>) -> Result<Option<Self>, StreamError> {
        let state = pointer.map(|pointer| &pointer.state).filter(|state| !state.is_null());
        let damaged = |_| StreamError::State { publication: stream.latest().path() };
        state.map(|state| Self::deserialize(state).map_err(damaged)).transpose()
    }

    /// Returns the runs of the log that came after those that are held; none where it has lost one of them.
    pub(super) fn beyond<'m>(&self, manifests: &'m [Manifest]) -> Option<&'m [Manifest]> {
        let last = self.run.as_ref()?;
        let at = manifests.iter().position(|manifest| manifest.holds(last))?;
        let holder = manifests.get(at)?;
        // One that was joined with later runs is merged once more, whole.
        let is_last = holder.run_id == *last || holder.joined.last().is_some_and(|joined| joined.run_id == *last);
        manifests.get(at + usize::from(is_last)..)
    }
}

/// Returns what the parts follow from besides the log: other settings make all of them anew.
pub(super) fn settings(stream: &Stream) -> String {
    let keys: Vec<String> = stream.keys.iter().map(|key| format!("{} {:?}", key.name, key.kind)).collect();
    format!(
        "{} buckets, expired kept: {}, {:?}, {}",
        stream.buckets,
        stream.keeps_expired,
        stream.kind,
        keys.join(", ")
    )
}
