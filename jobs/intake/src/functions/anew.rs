//! The state of a feed, computed anew because a person asks: without a delivery, or by the present page.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_core::ledger::Claimed;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use carelake_records::Place;

use super::desk::{Desk, accepted};
use super::judge::judge_delivery;
use super::tables::follow;
use crate::course::Anew;
use crate::deliveries::{Act, Delivery, DeliveryId, Terms};
use crate::error::IntakeError;
use crate::feed::Feed;
use crate::state::{Accepted, RejectedPlace, Settled, Settlement, settle};

/// How often it is looked whether the feed is free.
const LOOK: Duration = Duration::from_millis(200);
/// How often at most: ten minutes.
const MOST_LOOKS: u32 = 3_000;

/// Takes a delivery out of its feed.
///
/// # Errors
/// `InvalidConfig` where there is nothing to take out; as publishing.
pub fn withdraw(context: &Context<'_>, id: &DeliveryId, by: &str) -> Result<Anew, Failure> {
    changed(context, id, by, |desk, terms, act| desk.deliveries().withdraw(terms, id, act, desk.now()).map(drop))
}

/// Lets a delivery that was withdrawn count again.
///
/// # Errors
/// `InvalidConfig` where it was not withdrawn; as publishing.
pub fn undo(context: &Context<'_>, id: &DeliveryId, by: &str) -> Result<Anew, Failure> {
    changed(context, id, by, |desk, terms, _| desk.deliveries().undo_withdraw(terms, id, desk.now()).map(drop))
}

/// Judges the refused rows of a feed's accepted deliveries once more, by its present page, and adds what is valid now.
///
/// # Errors
/// `InvalidConfig` where there is no such feed; as publishing.
pub fn replay(context: &Context<'_>, feed: &str) -> Result<Anew, Failure> {
    let desk = Desk::open(context)?;
    let feed = desk.feed(feed)?;
    in_turn(&desk, feed, || settled(&desk, feed, Work::Replay))
}

/// Judges all accepted deliveries of a feed anew.
///
/// # Errors
/// `InvalidConfig` where there is no such feed; as publishing.
pub fn rebuild(context: &Context<'_>, feed: &str) -> Result<Anew, Failure> {
    let desk = Desk::open(context)?;
    let feed = desk.feed(feed)?;
    in_turn(&desk, feed, || settled(&desk, feed, Work::Rebuild))
}

fn changed(
    context: &Context<'_>,
    id: &DeliveryId,
    by: &str,
    change: impl FnOnce(&Desk<'_>, Terms<'_>, &Act) -> Result<(), crate::deliveries::DeliveriesError>,
) -> Result<Anew, Failure> {
    let desk = Desk::open(context)?;
    let feed = desk.feed(&id.feed)?;
    in_turn(&desk, feed, || {
        change(&desk, Terms::from(&**feed), &Act { by: by.to_owned(), at: desk.now() })?;
        settled(&desk, feed, Work::Settle)
    })
}

/// Does something in the turn of a feed, which is waited for.
fn in_turn<T>(desk: &Desk<'_>, feed: &Feed, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let owner = format!("verb-{}-{}", std::process::id(), desk.now().as_nanosecond());
    let mut looks = 0;
    while !matches!(desk.turn(&feed.name, &owner)?, Claimed::Taken(_)) {
        looks += 1;
        if looks > MOST_LOOKS {
            return Err(Failure::new(
                ErrorKind::PUBLISH_CONFLICT,
                format!("{} is being published by others", feed.name),
            ));
        }
        thread::sleep(LOOK);
    }
    let done = desk.in_turn(&feed.name, &owner, work);
    desk.give_back(&feed.name, &owner)?;
    done
}

/// What is done with the accepted deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// What follows from them is served.
    Settle,
    /// All are judged anew.
    Rebuild,
    /// Their refused rows are judged once more.
    Replay,
}

fn settled(desk: &Desk<'_>, feed: &Feed, work: Work) -> Result<Anew, Failure> {
    let counting = desk.deliveries().accepted(&feed.name, desk.now())?;
    let set: Vec<Accepted> = counting.iter().map(accepted).collect();
    let find = |one: &Accepted| {
        let found = counting.iter().find(|other: &&Delivery| other.id.to_string() == one.id);
        found.ok_or_else(|| IntakeError::NoTable { table: one.id.clone() })
    };
    let judge = |one: &Accepted| judge_delivery(desk, feed, find(one)?, None);
    let again = |one: &Accepted, places: &BTreeMap<String, Vec<RejectedPlace>>| {
        let places: BTreeSet<Place> = places.values().flatten().map(|rejected| rejected.place).collect();
        judge_delivery(desk, feed, find(one)?, Some(&places))
    };
    let settlement = Settlement {
        feed,
        accepted: &set,
        judge: &judge,
        rebuild: work == Work::Rebuild,
        replay: (work == Work::Replay).then_some(&again),
        admission: None,
        execution: None,
        code_version: desk.context.code_version,
    };
    let Settled { tables, warnings } = settle(desk.services(), &settlement)?;
    warnings.iter().for_each(|warning| desk.context.log.warning(warning));
    follow(desk.context.tables, &desk.intake, feed)?;
    Ok(Anew { feed: feed.name.clone(), rows: tables.into_iter().map(|table| (table.table, table.rows)).collect() })
}
