//! `carelake feeds show`: all that is known of one feed.

use std::process::ExitCode;

use carelake_intake::config::Intake;
use carelake_intake::deliveries::SchemaVersion;
use carelake_intake::feed::Feed;
use carelake_intake::functions::{DeliveryLine, FeedLine, delivery_lines, feed_lines, mapped, partner_page, shown};
use clap::Args;
use jiff::Timestamp;

use super::{deliveries, named};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::{self, Tone, size, thousands};
use crate::untold::{Untold, untold};

/// Show a feed: its deliveries, what its columns are made of, who sees to it and who is told
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carelake feeds show bayview_patients\n  carelake feeds show bayview_patients --json\n  carelake feeds show bayview_patients --for-partner > bayview.md"
)]
pub(super) struct Show {
    /// The feed
    #[arg(value_name = "FEED")]
    feed: String,
    /// Print the page that the partner gets: names, format, and what happens to a file
    #[arg(long)]
    for_partner: bool,
    /// How many deliveries, newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
}

impl Show {
    pub(super) fn execute(self, lake: &Lake, intake: &Intake, is_json: bool) -> Result<ExitCode, Failure> {
        let feed = named(intake, &self.feed)?;
        if self.for_partner {
            let page = partner_page(feed);
            if is_json {
                output::json(&serde_json::json!({ "feed": feed.name, "page": page }))?;
            } else {
                output::text(page);
            }
            return Ok(ExitCode::SUCCESS);
        }
        let (ledger, now) = (lake.ledger_if_any()?, Timestamp::now());
        let deliveries = deliveries(ledger.as_deref(), lake);
        let state = deliveries.map(|all| all.feed(&feed.name, now)).transpose()?.unwrap_or_default();
        let came = deliveries.map(|all| delivery_lines(all, &feed.name, self.last, now)).transpose()?;
        let came = came.unwrap_or_default();
        let line = feed_lines(std::iter::once(&**feed), deliveries, now)?.pop();
        let schemas = deliveries.map(|all| all.schemas(&feed.name, now)).transpose()?.unwrap_or_default();
        let untold = untold(ledger.as_deref(), lake, &feed.notify)?;
        let tables = mapped(feed);
        if is_json {
            let columns: serde_json::Map<String, serde_json::Value> = tables
                .into_iter()
                .map(|(table, columns)| {
                    let columns = columns.into_iter().map(|(column, from)| (column, from.into()));
                    (table, serde_json::Value::Object(columns.collect()))
                })
                .collect();
            output::json(&serde_json::json!({
                "feed": feed.name, "partner": feed.partner, "path": feed.path.as_str(), "owner": feed.owner, "notify": feed.notify,
                "schema_version": state.schema_version, "schemas": schemas, "unconfirmed": untold, "mapping": feed.mapping, "state": line, "tables": columns, "deliveries": came,
            }))?;
            return Ok(ExitCode::SUCCESS);
        }
        print_feed(feed, line.as_ref(), state.schema_version);
        for Untold { address, why } in &untold {
            output::line(format_args!("{:<15} {address}: {why}", "not confirmed"));
        }
        print_schemas(&schemas);
        for (table, columns) in tables {
            output::line(format_args!("\n{table}"));
            let rows = columns.into_iter().map(|(column, from)| vec![column, from.join(", ")]);
            output::table(&["COLUMN", "FROM"], &[], rows);
        }
        output::line("\ndeliveries");
        let header = ["DELIVERY", "FILE", "SIZE", "ARRIVED", "STATUS", "ROWS IN", "OUT", "REJECTED", "WHY"];
        output::toned_table(&header, &["SIZE", "ROWS IN", "OUT", "REJECTED"], came.iter().map(delivery));
        Ok(ExitCode::SUCCESS)
    }
}

fn print_feed(feed: &Feed, line: Option<&FeedLine>, schema_version: Option<u32>) {
    let none = || "-".to_owned();
    let notify = if feed.notify.is_empty() { none() } else { feed.notify.join(", ") };
    let due = line.and_then(|line| Some((line.next_expected?, line.late)));
    let due = due.map_or_else(none, |(day, late)| if late { format!("{day}, late") } else { day.to_string() });
    let about = [
        ("feed", feed.name.clone()),
        ("partner", feed.partner.clone()),
        ("path", feed.path.as_str().to_owned()),
        ("owner", feed.owner.clone().unwrap_or_else(none)),
        ("notify", notify),
        ("schema version", schema_version.map_or_else(none, |version| version.to_string())),
        ("next expected", due),
    ];
    for (name, text) in about {
        output::line(format_args!("{name:<15} {text}"));
    }
}

fn delivery(line: &DeliveryLine) -> (Tone, Vec<String>) {
    let sum = |figure: fn(&carelake_core::account::Account) -> u64| -> String {
        thousands(line.tables.values().map(figure).sum())
    };
    let why: Vec<&str> = [line.error.as_deref(), line.reason.as_deref()].into_iter().flatten().collect();
    let tone = match line.status {
        "published" => Tone::Plain,
        "failed" => Tone::Bad,
        _ => Tone::Faint,
    };
    let row = vec![
        line.delivery.clone(),
        shown(&line.name),
        size(line.size_bytes),
        format!("{:.0}", line.arrived),
        line.status.to_owned(),
        sum(|account| account.read),
        sum(|account| account.published),
        sum(carelake_core::account::Account::rejects),
        why.join(": "),
    ];
    (tone, row)
}

/// Prints since which delivery the files of a feed have which columns.
fn print_schemas(schemas: &[SchemaVersion]) {
    if schemas.is_empty() {
        return;
    }
    output::line("\nschema versions");
    let rows = schemas.iter().map(|one| {
        let named = |names: &[String]| names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
        let columns = one.parts.values().map(Vec::len).sum::<usize>();
        let version = one.version.to_string();
        vec![version, one.since.to_string(), thousands(columns as u64), named(&one.new), named(&one.gone)]
    });
    output::table(&["VERSION", "SINCE", "COLUMNS", "NEW", "GONE"], &["VERSION", "COLUMNS"], rows);
}
