//! What `doctor` says of partners' feeds: those that are late, and deliveries that failed more than a day ago.

use carelake_arrivals::letters::{Filter, Letters};
use carelake_core::ledger::Ledger;
use carelake_intake::deliveries::Deliveries;
use carelake_intake::functions::desk::of_config;
use carelake_intake::functions::late;
use jiff::{SignedDuration, Timestamp};

use super::{Check, ill, well};
use crate::failure::Failure;
use crate::lake::Lake;

/// How long a letter may wait for somebody.
const WAITS: SignedDuration = SignedDuration::from_hours(24);

/// Looks at the feeds, if the configuration has any.
pub(super) fn checks(ledger: &dyn Ledger, lake: &Lake) -> Result<Vec<Check>, Failure> {
    let Some(intake) = of_config(&lake.config) else { return Ok(Vec::new()) };
    let now = Timestamp::now();
    let mut checks = Vec::new();
    for (feed, due) in late(&intake, Deliveries::new(ledger, &lake.scope), now)? {
        let next = format!("ask its partner; carelake feeds show {feed} {}", lake.options);
        checks.push(ill(&format!("feed {feed}"), format!("a delivery was due by {due} and is not there"), &next));
    }
    let filter = Filter { room: Some(carelake_intake::publish::ROOM.to_owned()), error: None };
    for letter in Letters::new(ledger, &lake.scope).list(&filter, now)? {
        if letter.redrive.is_none() && now.duration_since(letter.failed_at) > WAITS {
            let found = format!("{} failed {:.0} with {} and waits", letter.id, letter.failed_at, letter.error);
            let next = format!("mend it, then carelake intake redrive '{}' {}", letter.id, lake.options);
            checks.push(ill(&format!("feed {}", letter.subject), found, &next));
        }
    }
    if checks.is_empty() && !intake.feeds.is_empty() {
        checks.push(well("feeds", format!("{} feeds, none of them late", intake.feeds.len())));
    }
    Ok(checks)
}
