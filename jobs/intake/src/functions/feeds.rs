//! The feeds as one looks at them: how each stands, and what came of its deliveries.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_core::ledger::LedgerError;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::config::Intake;
use crate::deliveries::{Deliveries, Delivery, due_now};
use crate::feed::Feed;
use crate::mapping::{From, Value};

/// How a feed stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedLine {
    /// The feed.
    pub feed: String,
    /// Who sends it.
    pub partner: String,
    /// The delivery that something happened to last.
    pub delivery: Option<String>,
    /// When it arrived.
    pub arrived: Option<Timestamp>,
    /// How it stands.
    pub status: Option<&'static str>,
    /// Rows that were read of it, of all tables.
    pub rows_in: u64,
    /// Rows of it that were published.
    pub rows_out: u64,
    /// Rows of it that were refused.
    pub rejected: u64,
    /// The day by which the next one is due.
    pub next_expected: Option<Date>,
    /// Whether it is late.
    pub late: bool,
}

/// What one content of a delivery came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeliveryLine {
    /// The delivery.
    pub delivery: String,
    /// The name as sent.
    pub name: String,
    /// SHA-256 of the bytes.
    pub sha256: String,
    /// The size in bytes.
    pub size_bytes: u64,
    /// When it arrived.
    pub arrived: Timestamp,
    /// When it was first published.
    pub published: Option<Timestamp>,
    /// How it stands.
    pub status: &'static str,
    /// The error that it failed with.
    pub error: Option<String>,
    /// Its reason; never a value.
    pub reason: Option<String>,
    /// What became of its rows, by table.
    pub tables: BTreeMap<String, Account>,
}

/// Says how feeds stand, in the order of the configuration.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn feed_lines<'f>(
    feeds: impl Iterator<Item = &'f Feed>,
    deliveries: Option<Deliveries<'_>>,
    now: Timestamp,
) -> Result<Vec<FeedLine>, LedgerError> {
    feeds.map(|feed| line(feed, deliveries, now)).collect()
}

fn line(feed: &Feed, deliveries: Option<Deliveries<'_>>, now: Timestamp) -> Result<FeedLine, LedgerError> {
    let mut line = FeedLine {
        feed: feed.name.clone(),
        partner: feed.partner.clone(),
        delivery: None,
        arrived: None,
        status: None,
        rows_in: 0,
        rows_out: 0,
        rejected: 0,
        next_expected: None,
        late: false,
    };
    let state = deliveries.map(|deliveries| deliveries.feed(&feed.name, now)).transpose()?.unwrap_or_default();
    if let Some(expected) = &feed.expected {
        let (due, late) = due_now(&state, expected, &feed.time_zone, now);
        (line.next_expected, line.late) = (Some(due), late);
    }
    let (Some(deliveries), Some(last)) = (deliveries, state.last) else { return Ok(line) };
    line.delivery = Some(last.id.to_string());
    line.arrived = Some(last.arrived);
    line.status = Some(last.status.name());
    let contents = deliveries.contents(&last.id, now)?;
    if let Some(content) = contents.iter().rev().find(|content| content.arrived == last.arrived) {
        let sum = |figure: fn(&Account) -> u64| content.tables.values().map(|end| figure(&end.account)).sum();
        line.rows_in = sum(|account| account.read);
        line.rows_out = sum(|account| account.published);
        line.rejected = sum(Account::rejects);
    }
    Ok(line)
}

/// Says what came of the deliveries of a feed, newest first, at most so many.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn delivery_lines(
    deliveries: Deliveries<'_>,
    feed: &str,
    most: usize,
    now: Timestamp,
) -> Result<Vec<DeliveryLine>, LedgerError> {
    Ok(deliveries
        .latest(feed, most, now)?
        .into_iter()
        .flat_map(|contents| contents.into_iter().rev())
        .map(told)
        .collect())
}

fn told(delivery: Delivery) -> DeliveryLine {
    DeliveryLine {
        delivery: delivery.id.to_string(),
        name: delivery.name,
        sha256: delivery.sha256,
        size_bytes: delivery.size_bytes,
        arrived: delivery.arrived,
        published: delivery.published,
        status: delivery.status.name(),
        error: delivery.error,
        reason: delivery.reason,
        tables: delivery.tables.into_iter().map(|(name, end)| (name, end.account)).collect(),
    }
}

/// Says what the columns of a feed are made of, by table: each column with its sources.
#[must_use]
pub fn mapped(feed: &Feed) -> BTreeMap<String, Vec<(String, Vec<String>)>> {
    let mut tables = BTreeMap::new();
    for (table, wanted) in feed.tables.iter().zip(&feed.wanted.tables) {
        let cell = |at: usize| wanted.sources.get(at).map_or_else(String::new, |source| source.path.clone());
        let column = |mapped: &crate::mapping::ColumnMapping| {
            let mut from = Vec::new();
            sources(&mapped.value, &cell, &mut from);
            (mapped.column.clone(), from)
        };
        tables.insert(table.table.name.clone(), table.mapping.columns.iter().map(column).collect());
    }
    tables
}

fn sources(value: &Value, cell: &dyn Fn(usize) -> String, to: &mut Vec<String>) {
    match &value.from {
        From::Cell(at) => to.push(cell(*at)),
        From::Capture(name) => to.push(format!("{{{name}}} of the file's name")),
        From::Constant(text) => to.push(format!("always `{text}`")),
        From::First(values) | From::Joined(values, _) | From::List(values) => {
            values.iter().for_each(|value| sources(value, cell, to));
        }
    }
}

/// Returns the feeds that are late, with the day by which they were due.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn late(intake: &Intake, deliveries: Deliveries<'_>, now: Timestamp) -> Result<Vec<(String, Date)>, LedgerError> {
    let lines = feed_lines(intake.feeds.iter().map(|feed| &**feed), Some(deliveries), now)?;
    let late = lines.into_iter().filter(|line| line.late);
    Ok(late.filter_map(|line| Some((line.feed, line.next_expected?))).collect())
}
