//! How the room stands: what came when, who is silent, what could not be used.

use std::collections::BTreeMap;

use carelake_core::ledger::LedgerError;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::catalog::{Catalog, Open, Sender};
use crate::config::Hl7;
use crate::world::{Hl7Error, World, day_of};
use crate::zones::RAW;

/// How far back messages are counted by hour.
const HOURS: i64 = 24;

/// How the room stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Standing {
    /// Messages that were kept in each of the last 24 hours, by its begin.
    pub hours: BTreeMap<Timestamp, u64>,
    /// Messages that could not be used in each of them.
    pub errors_by_hour: BTreeMap<Timestamp, u64>,
    /// Messages that are in the error zone, by reason.
    pub errors: BTreeMap<String, u64>,
    /// The senders.
    pub senders: Vec<Heard>,
    /// Patients that were taken for one, and nobody has decided.
    pub conflicts: u64,
    /// When everything that was received before had been made up for.
    pub swept_at: Option<Timestamp>,
}

/// When a sender was heard of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// Who.
    #[serde(flatten)]
    pub sender: Sender,
    /// For how many seconds nothing came.
    pub silent_secs: i64,
    /// For how many seconds nothing may come, if somebody said so.
    pub most_secs: Option<i64>,
}

impl Heard {
    /// Returns whether it is silent for too long.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.most_secs.is_some_and(|most| self.silent_secs > most)
    }
}

/// Looks how the room stands.
///
/// # Errors
/// [`Hl7Error`] when a store or the ledger fails.
pub fn standing(world: &World<'_>) -> Result<Standing, Hl7Error> {
    let (catalog, now) = (Catalog::of(world), world.time());
    let since = now.checked_sub(SignedDuration::from_hours(HOURS)).unwrap_or(now);
    let mut standing = Standing { swept_at: catalog.swept()?, ..Standing::default() };
    let prefixes = match world.config.is_original {
        true => vec![RAW.to_owned()],
        false => [since, now].map(|at| format!("{RAW}received={}/", day_of(at))).to_vec(),
    };
    let mut prefixes = prefixes;
    prefixes.dedup();
    for prefix in prefixes {
        for object in world.raw.list(&prefix)?.into_iter().filter(|object| object.modified >= since) {
            *standing.hours.entry(hour(object.modified)).or_default() += 1;
        }
    }
    for day in catalog.error_days()? {
        for (_, row) in catalog.errors_of(day)? {
            if row.state == Open::Open {
                *standing.errors.entry(row.reason.clone()).or_default() += 1;
            }
            if row.received_at >= since {
                *standing.errors_by_hour.entry(hour(row.received_at)).or_default() += 1;
            }
        }
    }
    standing.conflicts = catalog.conflicts(false)?.len() as u64;
    let silence = &world.config.silence;
    standing.senders = heard(catalog.senders()?, now, silence);
    Ok(standing)
}

/// A facility that may not be silent for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// MSH-4.1.
    pub facility: String,
    /// When something of it came last; nothing where nothing ever did.
    pub last_seen: Option<Timestamp>,
    /// Whether that is too long ago.
    pub is_silent: bool,
}

/// Returns the facilities that the configuration has watched, whichever of their applications sends.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn watched(catalog: &Catalog<'_>, config: &Hl7, now: Timestamp) -> Result<Vec<Watched>, LedgerError> {
    if config.silence.is_empty() {
        return Ok(Vec::new());
    }
    let senders = catalog.senders()?;
    let one = |(facility, most): (&String, &SignedDuration)| {
        let of = senders.iter().filter(|sender| sender.facility == *facility);
        let last_seen = of.map(|sender| sender.last_seen).max();
        let is_silent = last_seen.is_none_or(|at| now.duration_since(at) > *most);
        Watched { facility: facility.clone(), last_seen, is_silent }
    };
    Ok(config.silence.iter().map(one).collect())
}

/// Returns the senders, and those that are named and were never heard of.
fn heard(senders: Vec<Sender>, now: Timestamp, silence: &BTreeMap<String, SignedDuration>) -> Vec<Heard> {
    let one = |sender: Sender| {
        let silent_secs = now.duration_since(sender.last_seen).as_secs().max(0);
        let most_secs = silence.get(&sender.facility).map(SignedDuration::as_secs);
        Heard { sender, silent_secs, most_secs }
    };
    let never = silence.keys().filter(|name| !senders.iter().any(|sender| sender.facility == **name));
    let never: Vec<Sender> = never
        .map(|name| Sender { facility: name.clone(), application: String::new(), last_seen: Timestamp::UNIX_EPOCH })
        .collect();
    senders.into_iter().chain(never).map(one).collect()
}

/// Returns the begin of an hour.
fn hour(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(3_600) * 3_600).unwrap_or(at)
}
