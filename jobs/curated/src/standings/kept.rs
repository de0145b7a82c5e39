//! How the last build of each model went.

use carelake_core::ledger::{Ledger, LedgerError, Partition, Write, object};
use carelake_core::names::{RunId, Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fingerprint::{fingerprint, values};
use super::result::TestResult;
use crate::config::{Curated, Model};
use crate::select::Standing;

/// What is kept of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// How its last build ended: `published`, `unchanged`, `failed`.
    pub status: String,
    /// The name of the error.
    pub error: Option<String>,
    /// Why, without a value of a row.
    pub message: Option<String>,
    /// The run that was made, served or not.
    pub run_id: Option<RunId>,
    /// The fingerprint of the model that was built.
    pub fingerprint: String,
    /// How its tests went.
    pub tests: Vec<TestResult>,
    /// How the tests of what is served went, where the last build failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served: Vec<TestResult>,
    /// When.
    pub at: Timestamp,
}

/// How the last builds of all models went.
pub struct Standings<'s> {
    ledger: &'s dyn Ledger,
    partition: Partition,
    now: Timestamp,
    fingerprints: Vec<(String, String)>,
}

impl std::fmt::Debug for Standings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standings").finish_non_exhaustive()
    }
}

impl<'s> Standings<'s> {
    /// Opens what is kept of models.
    #[must_use]
    pub fn new(ledger: &'s dyn Ledger, scope: &Scope, now: Timestamp) -> Self {
        let partition = Partition::new(scope, "curated_models", "models");
        Self { ledger, partition, now, fingerprints: Vec::new() }
    }

    /// Learns the fingerprints of models, to tell which changed.
    #[must_use]
    pub fn with_fingerprints(self, curated: &Curated) -> Self {
        // The day of the build is in no fingerprint.
        let vars = values(curated, jiff::civil::date(1970, 1, 1));
        let fingerprint = |model: &Model| (model.name.clone(), fingerprint(model, &vars));
        Self { fingerprints: curated.models.iter().map(fingerprint).collect(), ..self }
    }

    /// Returns what is kept of a model.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn of(&self, model: &str) -> Result<Option<Kept>, LedgerError> {
        let row = self.ledger.get(&self.partition.key(model), self.now)?;
        row.map(|row| row.read("a model", self.ledger)).transpose()
    }

    /// Keeps how a build went.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn keep(&self, model: &str, kept: &Kept) -> Result<(), LedgerError> {
        let value = object(kept, self.ledger)?;
        self.ledger.write(&Write::put(self.partition.key(model), value), self.now).map(drop)
    }
}

impl Standing for Standings<'_> {
    fn is_changed(&self, model: &Model) -> bool {
        let now = self.fingerprints.iter().find(|(name, _)| *name == model.name).map(|(_, now)| now);
        match self.of(&model.name) {
            Ok(Some(kept)) => kept.status == "failed" || Some(&kept.fingerprint) != now,
            _ => true,
        }
    }

    fn has_failed(&self, model: &Model) -> bool {
        matches!(self.of(&model.name), Ok(Some(kept)) if kept.status == "failed")
    }
}

/// Returns where the failing rows of a test of a run are, in the place of rejected rows.
#[must_use]
pub fn failing_key(model: &str, run_id: &RunId, test: &str) -> String {
    format!("curated/{model}/{run_id}/{test}.csv")
}
