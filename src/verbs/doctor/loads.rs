//! What `doctor` says of sources of tables: those that do not answer, rights that their logins lack or should not have, and tables whose last
//! good load is older than it may be.

use carelake_core::ledger::Ledger;
use carelake_loads::config::{Loads, Source};
use carelake_loads::functions::reach;
use carelake_loads::kept::{Entry, Kept, State};
use carelake_pipeline::MachineSecrets;
use jiff::{SignedDuration, Timestamp};

use super::{Check, ill, well};
use crate::failure::Failure;
use crate::lake::Lake;

/// Asks each source what its login may do. Those of an environment on AWS are reached by its functions, and not from here.
pub(super) fn logins(lake: &Lake) -> Vec<Check> {
    if lake.deployment().is_some() {
        return Vec::new();
    }
    let sources = Loads::of_config(&lake.config).map(|loads| loads.sources).unwrap_or_default();
    sources.iter().flat_map(login).collect()
}

fn login(source: &Source) -> Vec<Check> {
    let what = format!("source {}", source.name);
    let reached = reach(&MachineSecrets, source, "carelake/doctor");
    let asked = reached.and_then(|mut reached| {
        let told = reached.session.grants();
        told.map_err(|error| carelake_pipeline::pipeline::Failure::new(error.kind(), error.to_string()))
    });
    let (missing, needless) = match asked {
        Ok(told) => told,
        Err(failure) => return vec![ill(&what, failure.reason, failure.kind.advice)],
    };
    let is_dynamodb = source.is_dynamodb();
    let place = if is_dynamodb { "in a policy of IAM" } else { "on the server" };
    let lacks = missing.iter().map(|grant| {
        let found = format!("the login has no {}: {}", grant.name, grant.weakens);
        ill(&what, found, &format!("{place}: {}", grant.statement))
    });
    let mut checks: Vec<Check> = lacks.collect();
    if !needless.is_empty() {
        let found = format!("the login may do more than read: {}", needless.join(", "));
        checks.push(ill(
            &what,
            found,
            "give carelake a login of its own that can only read; docs/rooms/loads.md says which rights it needs",
        ));
    }
    if checks.is_empty() {
        let found = if is_dynamodb {
            "answers; its tables may be read. What else its credentials may do is not told by AWS"
        } else {
            "answers; its login may read, and nothing else"
        };
        checks.push(well(&what, found.to_owned()));
    }
    checks
}

/// Finds tables whose last good load is older than `max_staleness`, and those whose cursor is trusted no more.
pub(super) fn tables(ledger: &dyn Ledger, lake: &Lake) -> Result<Vec<Check>, Failure> {
    let (kept, now, mut checks) = (Kept::new(ledger, &lake.scope), Timestamp::now(), Vec::new());
    for source in Loads::of_config(&lake.config).map(|loads| loads.sources).unwrap_or_default() {
        let entries = kept.entries(&source.name, now)?;
        let name = &source.name;
        let most = SignedDuration::try_from(source.max_staleness).unwrap_or(SignedDuration::MAX);
        let is_stale = |entry: &&Entry| {
            let is_loaded = entry.mode.is_some() && !matches!(entry.state, State::Gone | State::NeedsMode);
            is_loaded && now.duration_since(entry.last_ok.unwrap_or(entry.first_seen)) > most
        };
        let stale: Vec<&Entry> = entries.iter().filter(is_stale).collect();
        if let Some(first) = stale.first() {
            let found = format!("{} tables are older than max_staleness, such as {}", stale.len(), first.shown());
            let next = format!("carelake loads status {name} {}", lake.options);
            checks.push(ill(&format!("loads of {name}"), found, &next));
        } else if !entries.is_empty() {
            checks.push(well(&format!("loads of {name}"), format!("{} tables, none too old", entries.len())));
        }
        let distrusted: Vec<&Entry> = entries.iter().filter(|entry| entry.is_distrusted()).collect();
        if let Some(first) = distrusted.first() {
            let found =
                format!("cursors of {} tables missed rows, such as that of {}", distrusted.len(), first.shown());
            let next = format!("carelake loads tables {name} --why {}", lake.options);
            checks.push(ill(&format!("cursors of {name}"), found, &next));
        }
    }
    Ok(checks)
}
