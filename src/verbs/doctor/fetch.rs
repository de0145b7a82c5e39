//! What `doctor` says of what is fetched: sources whose next release is late, and those that could not be fetched.

use carelake_core::ledger::Ledger;
use carelake_fetch::config::Fetch;
use carelake_fetch::record::Records;
use jiff::{Timestamp, Zoned};

use super::{Check, ill, well};
use crate::failure::Failure;
use crate::lake::Lake;

/// Looks at what was fetched. Who puts files there by hand is told nothing.
pub(super) fn checks(ledger: &dyn Ledger, lake: &Lake) -> Result<Vec<Check>, Failure> {
    let Some(fetch) = Fetch::of_config(&lake.config) else { return Ok(Vec::new()) };
    let (records, now, today) = (Records::new(ledger, &lake.scope), Timestamp::now(), Zoned::now().date());
    let (mut checks, mut current) = (Vec::new(), 0);
    for wanted in &fetch.wanted {
        let (what, again) =
            (format!("fetch {}", wanted.name), format!("carelake fetch {} {}", wanted.name, lake.options));
        let newest = records.of(&wanted.name, now)?.into_iter().next();
        let failed = records.last_look(&wanted.name, now)?.and_then(|look| Some((look.at, look.error?)));
        let late =
            newest.as_ref().and_then(|it| Some((it, it.stale_from(fetch.stale_days).filter(|day| *day < today)?)));
        match (failed, late) {
            (Some((at, error)), _) => checks.push(ill(&what, format!("failed {at:.0} with {error}"), &again)),
            (None, Some((record, _))) => {
                let due = record.next_expected.unwrap_or(record.release);
                let found =
                    format!("stale: release {} is the last, and the next was expected on {due}", record.release);
                checks.push(ill(&what, found, &format!("see whether its site has a newer one; {again}")));
            }
            (None, None) => current += usize::from(newest.is_some()),
        }
    }
    if checks.is_empty() && current > 0 {
        checks.push(well("fetch", format!("{current} sources, none of them stale")));
    }
    Ok(checks)
}
