//! Where facts are read.

use carelake_core::ledger::Ledger;
use carelake_core::names::Scope;
use carelake_core::store::Store;
use carelake_pipeline::{Context, Room};
use carelake_tabular::config::Config;
use jiff::Timestamp;

use super::FactError;

/// Where facts are read.
#[derive(Clone, Copy)]
pub struct Lake<'l> {
    /// The trusted configuration.
    pub config: &'l Config,
    /// Where publications are, and what runs keep of themselves.
    pub output: &'l dyn Store,
    /// The ledger; `None` before anything ran.
    pub ledger: Option<&'l dyn Ledger>,
    /// Whose data it is: the scope of rows.
    pub scope: &'l Scope,
    /// The time of day, for ages.
    pub now: Timestamp,
    /// The options with which a command works on the same lake, such as `--env dev`.
    pub options: &'l str,
    /// Every room.
    pub rooms: &'static [&'static Room],
}

impl<'l> Lake<'l> {
    /// Takes the lake that a function works on.
    #[must_use]
    pub fn of(context: &Context<'l>, rooms: &'static [&'static Room]) -> Self {
        let services = context.services;
        Self {
            config: services.config,
            output: services.output,
            ledger: Some(services.ledger),
            scope: context.scope,
            now: (services.now)(),
            options: context.options,
            rooms,
        }
    }

    /// Returns the ledger, which must be there.
    ///
    /// # Errors
    /// [`FactError::NothingRan`].
    pub fn ledger(&self) -> Result<&'l dyn Ledger, FactError> {
        self.ledger.ok_or_else(|| FactError::NothingRan { place: self.output.describe() })
    }
}
