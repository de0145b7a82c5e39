//! `carelake feeds`: how partners' feeds stand, and what came of the deliveries of one.

mod show;

use std::process::ExitCode;
use std::sync::Arc;

use carelake_core::ledger::Ledger;
use carelake_intake::config::Intake;
use carelake_intake::deliveries::Deliveries;
use carelake_intake::feed::Feed;
use carelake_intake::functions::desk::of_config;
use carelake_intake::functions::{FeedLine, feed_lines};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

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
    Show(show::Show),
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

/// Reads the section of the configuration.
pub(super) fn intake(lake: &Lake) -> Result<Intake, Failure> {
    of_config(&lake.config)?.ok_or_else(|| {
        Failure::argument("the configuration has no section `intake`").advise("docs/rooms/intake.md has a first feed")
    })
}

/// Returns the deliveries, where anything was ever written down.
pub(super) fn deliveries<'l>(ledger: Option<&'l dyn Ledger>, lake: &'l Lake) -> Option<Deliveries<'l>> {
    ledger.map(|ledger| Deliveries::new(ledger, &lake.scope))
}

/// Returns a feed by its name.
pub(super) fn named<'i>(intake: &'i Intake, name: &str) -> Result<&'i Arc<Feed>, Failure> {
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
