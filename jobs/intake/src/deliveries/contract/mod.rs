//! What the deliveries must do over any ledger, as a program that any of them can be run through.
//!
//! With the feature `testsuite` the crates of other ledgers call it from their tests.

mod arrivals;
mod courses;
mod races;
pub(super) mod sent;

use carelake_core::ledger::{LedgerError, Rows};
use carelake_core::names::Scope;

use super::{Deliveries, DeliveriesError};

/// How a ledger breaks the contract.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A call answered something else than it must.
    #[error("{0}")]
    Unmet(&'static str),
    /// A call failed that must succeed.
    #[error("a call failed that must succeed")]
    Failed(#[from] DeliveriesError),
    /// One of these, with the clause it is about.
    #[error("clause broken: {clause}")]
    Clause {
        /// What the deliveries must do.
        clause: &'static str,
        /// How they do not.
        #[source]
        how: Box<Broken>,
    },
}

impl From<LedgerError> for Broken {
    fn from(error: LedgerError) -> Self {
        Self::Failed(error.into())
    }
}

/// Two handles of one ledger, as two processes have.
#[derive(Debug, Clone, Copy)]
struct Pair<'p> {
    one: Deliveries<'p>,
    other: Deliveries<'p>,
}

type Clause = fn(Pair<'_>) -> Result<(), Broken>;

/// Every clause, in words and as a program. Each uses feeds of its own.
const CLAUSES: [&[(&str, Clause)]; 3] = [&arrivals::CLAUSES, &courses::CLAUSES, &races::CLAUSES];

/// Runs a ledger, by two handles of it, through the contract. It must be empty.
///
/// # Errors
/// [`Broken::Clause`] for the first clause that it breaks.
pub fn check(one: &dyn Rows, other: &dyn Rows, scope: &Scope) -> Result<(), Broken> {
    let pair = Pair { one: Deliveries::new(one, scope), other: Deliveries::new(other, scope) };
    for (clause, holds) in CLAUSES.concat() {
        holds(pair).map_err(|how| Broken::Clause { clause, how: Box::new(how) })?;
    }
    Ok(())
}

fn ensure(met: bool, unmet: &'static str) -> Result<(), Broken> {
    if met { Ok(()) } else { Err(Broken::Unmet(unmet)) }
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::SqliteLedger;

    use super::*;

    #[test]
    fn sqlite_keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = [(), ()].map(|()| SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap());
        for scope in [Scope::default(), "acme".parse().unwrap()] {
            check(&one, &other, &scope).unwrap();
        }
    }
}
