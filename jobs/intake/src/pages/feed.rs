//! One feed: its deliveries, the columns that its files had, and what can be done about each delivery.

use std::collections::BTreeMap;

use carelake_core::ErrorKind;
use carelake_core::account::Account;
use carelake_pipeline::page::{Action, Cell, Fact, Page, Row, Table, Tone, View};
use carelake_pipeline::pipeline::Failure;

use super::cells::changes;
use super::letters;
use crate::course::Change;
use crate::deliveries::{DeliveryId, SchemaVersion};
use crate::feed::Feed;
use crate::functions::desk::Desk;
use crate::functions::{DeliveryLine, delivery_lines, feed_lines};

/// Deliveries that a page has first, and by how many more it grows.
const DELIVERIES: usize = 50;
/// The member of the query that says how many deliveries are wanted.
const LAST: &str = "last";

pub(super) fn page(desk: &Desk<'_>, feed: &Feed, view: &View) -> Result<Page, Failure> {
    let now = desk.now();
    let last = view.query.get(LAST).and_then(|last| last.parse().ok()).unwrap_or(DELIVERIES);
    let lines = delivery_lines(desk.deliveries(), &feed.name, last, now)?;
    let schemas = desk.deliveries().schemas(&feed.name, now)?;
    let state = feed_lines(std::iter::once(feed), Some(desk.deliveries()), now)?.pop();
    let mut actions = Vec::new();
    for line in &lines {
        actions.extend(withdrawal(desk, line)?);
    }
    for letter in letters::waiting(desk, Some(&feed.name))? {
        actions.push(letters::redrive(desk, &letter)?);
    }
    let more = BTreeMap::from([(LAST.to_owned(), (last + DELIVERIES).to_string())]);
    let ids: std::collections::BTreeSet<&String> = lines.iter().map(|line| &line.delivery).collect();
    Ok(Page {
        title: format!("Feed {}", feed.name),
        facts: vec![
            Fact::new("partner", Cell::text(&feed.partner)),
            Fact::new("files", Cell::text(feed.path.as_str())),
            Fact::new("owner", Cell::some(feed.owner.as_ref())),
            Fact::new("told", Cell::some(Some(feed.notify.join(", ")))),
            Fact::new(
                "next expected",
                Cell::some(state.and_then(|line| line.next_expected).map(|day| day.to_string())),
            ),
            Fact::new("schema version", schemas.last().map_or(Cell::None, |last| Cell::Count(last.version.into()))),
        ],
        tables: vec![
            Table::new(
                "deliveries",
                &["delivery", "file", "size", "arrived", "status", "rows in", "rows out", "rejected", "why"],
                lines.iter().map(delivery).collect(),
                format!("no file of {} came yet; its files are called {}", feed.partner, feed.path.as_str()),
            )
            .going_on((ids.len() >= last).then_some(more)),
            Table::new(
                "columns of its files",
                &["version", "since", "columns", "new", "gone"],
                schemas.iter().rev().map(version).collect(),
                "they are known from the first delivery that is judged on",
            ),
        ],
        charts: Vec::new(),
        actions,
        ..Page::default()
    })
}

fn delivery(line: &DeliveryLine) -> Row {
    let sum = |figure: fn(&Account) -> u64| Cell::Count(line.tables.values().map(figure).sum());
    let why: Vec<&str> = [line.error.as_deref(), line.reason.as_deref()].into_iter().flatten().collect();
    let cells = vec![
        Cell::text(&line.delivery),
        Cell::text(&line.name),
        Cell::Bytes(line.size_bytes),
        Cell::Moment(line.arrived),
        Cell::text(line.status),
        sum(|account| account.read),
        sum(|account| account.published),
        sum(Account::rejects),
        Cell::some(Some(why.join(": "))),
    ];
    Row::new(cells).toned(if line.status == "failed" { Tone::Bad } else { Tone::Plain })
}

fn version(version: &SchemaVersion) -> Row {
    let named = |names: &[String]| Cell::some(Some(names.join(", ")));
    let count = version.parts.values().map(Vec::len).sum::<usize>() as u64;
    let cells = vec![
        Cell::Count(version.version.into()),
        Cell::text(version.since.to_string()),
        Cell::Count(count),
        named(&version.new),
        named(&version.gone),
    ];
    Row::new(cells)
}

/// Returns how a delivery is taken out, or how it counts again.
fn withdrawal(desk: &Desk<'_>, line: &DeliveryLine) -> Result<Option<Action>, Failure> {
    let (options, id) = (desk.context.options, &line.delivery);
    let rows: u64 = line.tables.values().map(|account| account.published).sum();
    let delivery = id.parse::<DeliveryId>().map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
    let (label, effect, change) = match line.status {
        "published" => (
            format!("Withdraw {id}"),
            format!("{id} with its {rows} rows is taken out; what the feed serves is computed without it"),
            Change::Withdraw { delivery },
        ),
        "withdrawn" => (
            format!("Let {id} count again"),
            format!("{id} with its {rows} rows counts again; what the feed serves is computed with it"),
            Change::Undo { delivery },
        ),
        _ => return Ok(None),
    };
    let command = format!(
        "carelake {options} intake withdraw {id}{}",
        if matches!(change, Change::Undo { .. }) { " --undo" } else { "" }
    );
    Ok(Some(Action { label, effect, command, does: changes(change)? }))
}
