//! What this lake is to those who tell facts of it, and what a command says where one cannot be told.

use carelake_core::causes;
use carelake_core::ledger::Ledger;
use carelake_facts::FactError;
use jiff::Timestamp;

use crate::failure::{Class, Failure};
use crate::lake::Lake;
use crate::registry::ROOMS;

impl Lake {
    /// Returns where facts of this lake are read.
    pub(crate) fn facts<'l>(&'l self, ledger: Option<&'l dyn Ledger>) -> carelake_facts::Lake<'l> {
        carelake_facts::Lake {
            config: &self.config,
            output: &*self.output,
            ledger,
            scope: &self.scope,
            now: Timestamp::now(),
            options: &self.options,
            rooms: ROOMS.0,
        }
    }
}

impl From<FactError> for Failure {
    fn from(error: FactError) -> Self {
        let asked = |advice: &str| Self::new(Class::Usage, error.to_string()).advise(advice);
        match error {
            FactError::Store(error) => error.into(),
            FactError::Ledger(error) => error.into(),
            FactError::Publish(error) => error.into(),
            FactError::Damaged { .. } => Self::new(error.kind(), causes(&error)),
            FactError::UnknownRun(_) => asked("`carelake runs` lists them"),
            FactError::NoReport(_) => asked("`carelake runs` lists the runs"),
            FactError::NoHistory { .. } => Self::argument(error.to_string()),
            FactError::NothingRan { .. } => asked("`carelake run`, or name another output with --output DIR"),
        }
    }
}
