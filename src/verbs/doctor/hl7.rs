//! What `doctor` says of messages: senders that are silent for too long.

use carelake_core::ledger::Ledger;
use carelake_hl7::catalog::Catalog;
use carelake_hl7::config::Hl7;
use carelake_hl7::standing::watched;
use jiff::Timestamp;

use super::{Check, ill, well};
use crate::failure::Failure;
use crate::lake::Lake;

/// Looks at the senders that the configuration has watched.
pub(super) fn checks(ledger: &dyn Ledger, lake: &Lake) -> Result<Vec<Check>, Failure> {
    let (config, now) = (Hl7::of_config(&lake.config), Timestamp::now());
    let watched = watched(&Catalog::over(ledger, &lake.scope, &Timestamp::now), &config, now)?;
    let silent = watched.iter().filter(|one| one.is_silent).map(|one| {
        let found = match one.last_seen {
            Some(at) => format!("sent nothing since {at:.0}, which is longer than hl7.silence has it"),
            None => "never sent anything".to_owned(),
        };
        let next = "ask who runs the interface; it connects to `carelake serve --mllp`, or posts to /hl7v2/er7";
        ill(&format!("sender {}", one.facility), found, next)
    });
    let mut checks: Vec<Check> = silent.collect();
    if checks.is_empty() && !watched.is_empty() {
        checks.push(well("senders", format!("{} are watched, none of them silent", watched.len())));
    }
    Ok(checks)
}
