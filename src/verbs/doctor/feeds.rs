//! What `doctor` says of partners' feeds: those that are late, deliveries that failed more than a day ago, files that no feed claims, and who
//! does not get the notices of a feed.

use carelake_arrivals::letters::{Filter, Letters};
use carelake_core::ledger::Ledger;
use carelake_intake::deliveries::Deliveries;
use carelake_intake::functions::desk::of_config;
use carelake_intake::functions::{MOST_WAITING, late};
use jiff::Timestamp;

use super::{Check, ill, well};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::untold::{Untold, untold};

/// What to do about somebody who gets no notices.
const UNTOLD: &str = "ask them to open the link in the mail of AWS, or mend notify.smtp or the address; `carelake feeds show FEED` says who else";

/// Looks at the feeds, if the configuration has any.
pub(super) fn checks(ledger: &dyn Ledger, lake: &Lake) -> Result<Vec<Check>, Failure> {
    let Some(intake) = of_config(&lake.config)? else { return Ok(Vec::new()) };
    let now = Timestamp::now();
    let mut checks = Vec::new();
    for (feed, due) in late(&intake, Deliveries::new(ledger, &lake.scope), now)? {
        let next = format!("ask its partner; carelake feeds show {feed} {}", lake.options);
        checks.push(ill(&format!("feed {feed}"), format!("a delivery was due by {due} and is not there"), &next));
    }
    let filter = Filter { room: Some(carelake_intake::publish::ROOM.to_owned()), error: None };
    for letter in Letters::new(ledger, &lake.scope).list(&filter, now)? {
        if letter.redrive.is_none() && now.duration_since(letter.failed_at) > MOST_WAITING {
            let found = format!("{} failed {:.0} with {} and waits", letter.id, letter.failed_at, letter.error);
            let next = format!("mend it, then carelake intake redrive '{}' {}", letter.id, lake.options);
            checks.push(ill(&format!("feed {}", letter.subject), found, &next));
        }
    }
    checks.extend(unclaimed(ledger, lake, now)?);
    let mut addresses: Vec<String> = intake.feeds.iter().flat_map(|feed| feed.notify.iter().cloned()).collect();
    addresses.sort();
    addresses.dedup();
    // Where no mail server is configured, nobody expects a mail.
    if lake.deployment().is_some() || lake.config.notify.smtp.is_some() {
        for Untold { address, why } in untold(Some(ledger), lake, &addresses)? {
            checks.push(ill(&format!("notices to {address}"), why, UNTOLD));
        }
    }
    if checks.is_empty() && !intake.feeds.is_empty() {
        checks.push(well("feeds", format!("{} feeds, none of them late", intake.feeds.len())));
    }
    Ok(checks)
}

/// Tells how many files wait because no feed claims them.
fn unclaimed(ledger: &dyn Ledger, lake: &Lake, now: Timestamp) -> Result<Option<Check>, Failure> {
    let files = Deliveries::new(ledger, &lake.scope).all_unclaimed(now)?;
    let Some(first) = files.first() else { return Ok(None) };
    let found = format!("{} files of no feed wait, the first since {:.0}", files.len(), first.received);
    let next = format!("carelake intake unclaimed {}", lake.options);
    Ok(Some(ill("unclaimed files", found, &next)))
}
