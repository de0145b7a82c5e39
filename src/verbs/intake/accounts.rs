//! `carelake intake accounts` and `rejected`: what became of the rows of every accepted delivery.

use std::process::ExitCode;

use carelake_intake::functions::{accounts, rejected};
use clap::Args;

use super::deliver::Deliverer;
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

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
    after_help = "Examples:\n  carelake intake rejected bayview_visits\n  carelake intake rejected --json\n\nThe rows themselves are Parquet files in the place of rejects, below intake/TABLE/FEED; they may be protected health information."
)]
pub(crate) struct Rejected {
    /// A feed; all when not given
    #[arg(value_name = "FEED")]
    feed: Option<String>,
}

impl Accounts {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let deliverer = Deliverer::open(global)?;
        let all = deliverer.local.with_context(&|| false, |context| accounts(context, self.feed.as_deref()))?;
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
        let deliverer = Deliverer::open(global)?;
        let all = deliverer.local.with_context(&|| false, |context| rejected(context, self.feed.as_deref()))?;
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
