//! The trace of a notice that could not be delivered, shown by `status` and `doctor` until one is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::lake::Lake;

/// Where the trace is, in the output.
const KEY: &str = "_carelake/undelivered.json";

/// Notices that were not delivered, none after them either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Undelivered {
    /// The run of the first of them.
    pub run: Option<String>,
    /// When that was.
    pub since: Timestamp,
    /// Why the last of them was not.
    pub reason: String,
}

impl Undelivered {
    /// Says it in one line.
    pub(crate) fn told(&self) -> String {
        let of_run = self.run.as_ref().map_or_else(String::new, |run| format!(" of run {run}"));
        format!("no notice was delivered since that{of_run}, {:.0}: {}", self.since, self.reason)
    }
}

/// Notes that a notice was delivered, or why it was not. Where that cannot be noted, the command still says it.
pub(crate) fn note(lake: &Lake, run: Option<&str>, failure: Option<&Failure>) {
    let Ok(kept) = lake.output.read_versioned(KEY) else { return };
    let Some(failure) = failure else {
        if kept.is_some() {
            let _ = lake.output.delete(KEY);
        }
        return;
    };
    let before = kept.as_ref().and_then(|(bytes, _)| serde_json::from_slice::<Undelivered>(bytes).ok());
    let (run, since) = before.map_or_else(|| (run.map(str::to_owned), Timestamp::now()), |it| (it.run, it.since));
    if let Ok(text) = serde_json::to_vec(&Undelivered { run, since, reason: failure.message.clone() }) {
        let _ = lake.output.replace(KEY, kept.as_ref().map(|(_, version)| version), &text);
    }
}

/// Returns what was not delivered; nothing where notices are not mailed.
pub(crate) fn read(lake: &Lake) -> Option<Undelivered> {
    lake.config.notify.smtp.as_ref()?;
    serde_json::from_slice(&lake.output.read(KEY).ok()?).ok()
}
