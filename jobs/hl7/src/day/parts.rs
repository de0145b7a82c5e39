//! What is published anew: days of receipt, and months that are over as one.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::publish::current;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::tables::{TABLES, publication};
use crate::catalog::Catalog;
use crate::world::{Hl7Error, World, day_of};
use crate::zones::RAW;

/// Days after its end for which a month is kept as days, since messages are still tried again.
const SETTLED_DAYS: i64 = 35;
/// How much is looked at again: a message that is under way when a plan is made has the day of its receipt.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// A part of each publication.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    /// `YYYY-MM-DD` or `YYYY-MM`.
    pub name: String,
    /// The days of receipt that it has.
    pub days: Vec<Date>,
}

/// What the pointers of the publications keep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// The time through which changes are in.
    pub(super) through: Option<Timestamp>,
}

impl Part {
    fn of(day: Date) -> Self {
        Self { name: day.to_string(), days: vec![day] }
    }
}

/// Returns the parts that are to be made, and the time through which they have everything: those of days that are asked for, or of what
/// has changed.
///
/// # Errors
/// [`Hl7Error`] when a store or the ledger fails.
pub fn plan(world: &World<'_>, asked: &[Date]) -> Result<(Vec<Part>, Timestamp), Hl7Error> {
    let now = world.time();
    let through = now.checked_sub(AGAIN).unwrap_or(now);
    world.raw.settle()?;
    let days: BTreeSet<Date> = if asked.is_empty() { changed(world)? } else { asked.iter().copied().collect() };
    let today = day_of(now);
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    for day in days.iter().chain(&old_days(world, today)?) {
        let part = if is_over(*day, today) {
            let name = day.strftime("%Y-%m").to_string();
            let mut all = Vec::new();
            let mut next = day.first_of_month();
            while next.month() == day.month() {
                all.push(next);
                let Ok(after) = next.tomorrow() else { break };
                next = after;
            }
            Part { name, days: all }
        } else {
            Part::of(*day)
        };
        parts.entry(part.name.clone()).or_insert(part);
    }
    Ok((parts.into_values().collect(), through))
}

/// Returns whether the month of a day is over for so long that it is one part.
fn is_over(day: Date, today: Date) -> bool {
    let end = day.last_of_month();
    let since = today.since((jiff::Unit::Day, end)).map_or(0, |span| i64::from(span.get_days()));
    since > SETTLED_DAYS
}

/// Returns the days that are served as parts of their own though their month is over.
fn old_days(world: &World<'_>, today: Date) -> Result<BTreeSet<Date>, Hl7Error> {
    let Some(messages) = TABLES.last() else { return Ok(BTreeSet::new()) };
    let pointer = current(world.output, &publication(messages))?;
    let parts = pointer.into_iter().flat_map(|pointer| pointer.runs).filter_map(|run| run.part);
    Ok(parts.filter_map(|part| part.parse::<Date>().ok()).filter(|day| is_over(*day, today)).collect())
}

/// Returns the days that changed since the publications were made, at the least of them.
fn changed(world: &World<'_>) -> Result<BTreeSet<Date>, Hl7Error> {
    let mut through: Option<Timestamp> = Some(Timestamp::MAX);
    for table in &TABLES {
        let pointer = current(world.output, &publication(table))?;
        let state = pointer.and_then(|pointer| State::deserialize(&pointer.state).ok()).and_then(|state| state.through);
        through = through.zip(state).map(|(one, other)| one.min(other));
    }
    let all = || -> Result<BTreeSet<Date>, Hl7Error> {
        let keys = world.raw.list(RAW)?;
        let named = |key: &str| key.split('/').find_map(|part| part.strip_prefix("received=")?.parse().ok());
        Ok(keys.iter().map(|object| named(&object.key).unwrap_or_else(|| day_of(object.modified))).collect())
    };
    let Some(through) = through else { return all() };
    let is_there = |day: &Date| -> Result<bool, Hl7Error> {
        Ok(world.config.is_original || !world.raw.list(&format!("{RAW}received={day}/"))?.is_empty())
    };
    let (mut day, today) = (day_of(through), day_of(world.time()));
    let mut days = BTreeSet::new();
    while day <= today {
        if is_there(&day)? {
            days.insert(day);
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    let changed = Catalog::of(world).changed_days()?.into_iter().filter(|(_, at)| *at >= through);
    days.extend(changed.map(|(day, _)| day));
    Ok(days)
}
