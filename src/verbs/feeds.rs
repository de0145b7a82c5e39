//! `carelake feeds`: how partners' feeds stand, and what came of the deliveries of one.

use std::process::ExitCode;
use std::sync::Arc;

use carelake_core::ledger::Ledger;
use carelake_intake::config::Intake;
use carelake_intake::deliveries::Deliveries;
use carelake_intake::feed::Feed;
use carelake_intake::functions::desk::of_config;
use carelake_intake::functions::{DeliveryLine, FeedLine, delivery_lines, feed_lines, mapped, partner_page, shown};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, size, thousands};

/// List partners' feeds: their last delivery, what became of it, and when the next is due
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  carelake feeds\n  carelake feeds bayview_patients bayview_visits --json\n  carelake feeds show bayview_patients\n  carelake feeds show bayview_patients --for-partner > bayview.md"
)]
pub(crate) struct Feeds {
    #[command(subcommand)]
    show: Option<What>,
    /// Feeds; all when not given
    #[arg(value_name = "FEED")]
    feeds: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(Show),
}

/// Show a feed: its deliveries, what its columns are made of, who sees to it and who is told
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carelake feeds show bayview_patients\n  carelake feeds show bayview_patients --json\n  carelake feeds show bayview_patients --for-partner > bayview.md"
)]
struct Show {
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

impl Feeds {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let intake = intake(&lake)?;
        if let Some(What::Show(show)) = self.show {
            return show.execute(&lake, &intake, global.json);
        }
        let chosen = match self.feeds.as_slice() {
            [] => intake.feeds.iter().collect(),
            names => names.iter().map(|name| named(&intake, name)).collect::<Result<Vec<_>, _>>()?,
        };
        let ledger = lake.ledger_if_any()?;
        let deliveries = deliveries(ledger.as_deref(), &lake);
        let lines = feed_lines(chosen.into_iter().map(|feed| &**feed), deliveries, Timestamp::now())?;
        if global.json {
            output::json(&lines)?;
            return Ok(ExitCode::SUCCESS);
        }
        let header =
            ["FEED", "PARTNER", "LAST DELIVERY", "STATUS", "ROWS IN", "OUT", "REJECTED", "NEXT EXPECTED", "LATE"];
        output::toned_table(&header, &["ROWS IN", "OUT", "REJECTED"], lines.into_iter().map(row));
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    fn execute(self, lake: &Lake, intake: &Intake, is_json: bool) -> Result<ExitCode, Failure> {
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
                "schema_version": state.schema_version, "mapping": feed.mapping, "state": line, "tables": columns, "deliveries": came,
            }))?;
            return Ok(ExitCode::SUCCESS);
        }
        print_feed(feed, line.as_ref(), state.schema_version);
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

/// Reads the section of the configuration.
pub(super) fn intake(lake: &Lake) -> Result<Intake, Failure> {
    of_config(&lake.config).ok_or_else(|| {
        Failure::argument("the configuration has no section `intake`").advise("docs/rooms/intake.md has a first feed")
    })
}

/// Returns the deliveries, where anything was ever written down.
pub(super) fn deliveries<'l>(ledger: Option<&'l dyn Ledger>, lake: &'l Lake) -> Option<Deliveries<'l>> {
    ledger.map(|ledger| Deliveries::new(ledger, &lake.scope))
}

fn named<'i>(intake: &'i Intake, name: &str) -> Result<&'i Arc<Feed>, Failure> {
    let names = intake.feeds.iter().map(|feed| feed.name.as_str());
    intake.feed(name).ok_or_else(|| Failure::unknown("feeds", name, names))
}

fn row(line: FeedLine) -> (Tone, Vec<String>) {
    let none = || "-".to_owned();
    let is_bad = line.late || line.status == Some("failed");
    let [rows_in, rows_out, rejected] = [line.rows_in, line.rows_out, line.rejected].map(thousands);
    let row = vec![
        line.feed,
        line.partner,
        line.delivery.unwrap_or_else(none),
        line.status.map_or_else(none, str::to_owned),
        rows_in,
        rows_out,
        rejected,
        line.next_expected.map_or_else(none, |day| day.to_string()),
        if line.late { "late".to_owned() } else { String::new() },
    ];
    (if is_bad { Tone::Bad } else { Tone::Plain }, row)
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
