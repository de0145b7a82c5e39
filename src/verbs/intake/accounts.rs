//! `carelake intake accounts` and `rejected`: what became of the rows of every accepted delivery.

use std::process::ExitCode;

use carelake_intake::functions::{accounts, lines_of, refused_rows, rejected};
use carelake_intake::state::RejectLine;
use clap::Args;

use super::known::{check_delivery, check_feed};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;
use crate::verbs::feeds::{deliveries, intake};
use crate::verbs::rejects::which;

/// Show what became of the rows of accepted deliveries, by table
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  carelake intake accounts\n  carelake intake accounts bayview_visits --json")]
pub(crate) struct Accounts {
    /// A feed; all when not given
    #[arg(value_name = "FEED")]
    feed: Option<String>,
}

/// List the rows of accepted deliveries that were refused: place, rule and column, without their values
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carelake intake rejected bayview_visits\n  carelake intake rejected --json\n  carelake intake rejected --delivery bayview_visits/2026-10-05\n  carelake intake rejected --letter 'bayview_visits/2026-10-05@9f3c01d2aa41b7e0'\n\nWith --delivery or --letter also the rows of a delivery that was refused because of them, such as one ends with RejectThreshold.\n`carelake rejects intake/TABLE/FEED` counts them by rule, and shows the rows themselves with --raw."
)]
pub(crate) struct Rejected {
    /// A feed; all when not given
    #[arg(value_name = "FEED")]
    feed: Option<String>,
    /// Only rows of this delivery, whether it was accepted or not
    #[arg(long, value_name = "DELIVERY", conflicts_with = "feed")]
    delivery: Option<String>,
    /// Only rows of the delivery of this letter, as `carelake intake dead` names it
    #[arg(long, value_name = "LETTER", conflicts_with_all = ["feed", "delivery"])]
    letter: Option<String>,
}

impl Accounts {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        self.feed.iter().try_for_each(|feed| check_feed(&lake, feed))?;
        let all = accounts(&intake(&lake)?, &*lake.output, self.feed.as_deref())?;
        if global.json {
            all.iter().try_for_each(output::json_line)?;
            return Ok(ExitCode::SUCCESS);
        }
        let sum = |rules: &std::collections::BTreeMap<String, u64>| output::thousands(rules.values().sum());
        let rows = all.iter().map(|one| {
            let figures = [one.read, one.published, one.duplicate].map(output::thousands);
            let [read, published, duplicate] = figures;
            let (feed, day) = (one.feed.clone(), one.delivery_date.to_string());
            vec![feed, day, one.table.clone(), read, published, sum(&one.rejected), duplicate, sum(&one.filtered)]
        });
        let header = ["FEED", "DELIVERY", "TABLE", "READ", "PUBLISHED", "REJECTED", "DUPLICATE", "FILTERED"];
        output::table(&header, &["READ", "PUBLISHED", "REJECTED", "DUPLICATE", "FILTERED"], rows);
        Ok(ExitCode::SUCCESS)
    }
}

impl Rejected {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        self.feed.iter().try_for_each(|feed| check_feed(&lake, feed))?;
        let all = match self.delivery.as_ref().or(self.letter.as_ref()) {
            Some(delivery) => of_delivery(&lake, delivery)?,
            None => rejected(&intake(&lake)?, (&*lake.output, &*lake.rejects), self.feed.as_deref())?,
        };
        if global.json {
            all.iter().try_for_each(output::json_line)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = all.iter().map(|one| {
            let column = one.column.clone().unwrap_or_else(|| "-".to_owned());
            let day = one.delivery_date.to_string();
            vec![one.feed.clone(), day, one.table.clone(), one.place.clone(), one.rule.clone(), column]
        });
        output::table(&["FEED", "DELIVERY", "TABLE", "PLACE", "RULE", "COLUMN"], &[], rows);
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the refused rows of a delivery, accepted or not.
fn of_delivery(lake: &Lake, delivery: &str) -> Result<Vec<RejectLine>, Failure> {
    let which = which(delivery)?;
    check_delivery(lake, &which.id)?;
    let intake = intake(lake)?;
    let Some(feed) = intake.feed(&which.id.feed) else { return Ok(Vec::new()) };
    let ledger = lake.ledger_if_any()?;
    let mut all = Vec::new();
    for table in &feed.tables {
        let (stores, name) = ((&*lake.output, &*lake.rejects), table.table.name.as_str());
        let found = refused_rows(stores, deliveries(ledger.as_deref(), lake), (feed, name), Some(&which))?;
        all.extend(found.into_iter().flat_map(|one| lines_of(&feed.name, name, one)));
    }
    Ok(all)
}
