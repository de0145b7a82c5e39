//! What every ledger must do, as a program that any implementation can be run through.
//!
//! With the feature `testsuite` the crates of other ledgers call it from their tests.

mod attempts;
mod audit;
mod claims;
mod leases;
mod rows;
mod runs;
mod schemas;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Ledger, LedgerError, NewRun, RunEnd, Status, Trigger};
use crate::names::Baseline;

/// How a ledger breaks the contract.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A call answered something else than it must.
    #[error("{0}")]
    Unmet(&'static str),
    /// A call failed that must succeed.
    #[error("a call failed that must succeed")]
    Failed(#[from] LedgerError),
    /// One of these, with the clause it is about.
    #[error("clause broken: {clause}")]
    Clause {
        /// What the ledger must do.
        clause: &'static str,
        /// How it does not.
        #[source]
        how: Box<Broken>,
    },
}

/// Two handles of one ledger, as two processes have.
#[derive(Debug, Clone, Copy)]
struct Pair<'p> {
    one: &'p dyn Ledger,
    other: &'p dyn Ledger,
}

type Clause = fn(Pair<'_>) -> Result<(), Broken>;

/// Every clause, in words and as a program. Each uses a date and publications of its own.
const CLAUSES: [&[(&str, Clause)]; 7] = [
    &runs::CLAUSES,
    &attempts::CLAUSES,
    &schemas::CLAUSES,
    &leases::CLAUSES,
    &claims::CLAUSES,
    &rows::CLAUSES,
    &audit::CLAUSES,
];

/// Runs a ledger, by two handles of it, through the contract. It must be empty.
///
/// # Errors
/// [`Broken::Clause`] for the first clause that the ledger breaks.
pub fn check(one: &dyn Ledger, other: &dyn Ledger) -> Result<(), Broken> {
    for (clause, holds) in CLAUSES.concat() {
        holds(Pair { one, other }).map_err(|how| Broken::Clause { clause, how: Box::new(how) })?;
    }
    Ok(())
}

fn ensure(met: bool, unmet: &'static str) -> Result<(), Broken> {
    if met { Ok(()) } else { Err(Broken::Unmet(unmet)) }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn new_run(as_of: Date) -> NewRun {
    NewRun {
        as_of,
        trigger: Trigger::Manual,
        datasets: vec!["clinicians".into(), "hospitals".into()],
        execution: None,
        baseline: Baseline::default(),
        used: 0,
        now: at(0),
    }
}

fn end(status: Status) -> RunEnd {
    RunEnd { status, errors: Vec::new(), report_key: None, now: at(60) }
}
