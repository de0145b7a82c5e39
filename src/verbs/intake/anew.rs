//! `carelake intake withdraw`, `rebuild` and `replay`: the state of a feed, computed anew.

use std::process::ExitCode;

use carelake_intake::deliveries::DeliveryId;
use carelake_intake::functions::{Anew, rebuild, replay, undo, withdraw};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline;
use clap::Args;

use super::deliver::Deliverer;
use super::run::show;
use crate::failure::Failure;
use crate::host::user;
use crate::options::Global;
use crate::output;

/// Take a delivery out of its feed; the state is computed without it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake withdraw bayview_patients/2026-09-03
  carelake intake withdraw bayview_patients/2026-09-03 --undo

The delivery is kept, and so is that it was withdrawn. The same bytes stay out when they are sent again, until it is undone.")]
pub(crate) struct Withdraw {
    /// The delivery, as `carelake feeds show FEED` names it
    #[arg(value_name = "DELIVERY", value_parser = delivery)]
    delivery: DeliveryId,
    /// Let it count again
    #[arg(long)]
    undo: bool,
}

/// Judge all deliveries of a feed anew by its present page, and publish once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  carelake intake rebuild bayview_patients")]
pub(crate) struct Rebuild {
    /// The feed
    #[arg(value_name = "FEED")]
    feed: String,
}

/// Judge the refused rows of a feed once more, by its present page, and add what is valid to their own deliveries
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  carelake intake replay bayview_patients")]
pub(crate) struct Replay {
    /// The feed
    #[arg(value_name = "FEED")]
    feed: String,
}

fn delivery(text: &str) -> Result<DeliveryId, String> {
    text.parse().map_err(|error: carelake_intake::deliveries::NoDelivery| error.to_string())
}

impl Withdraw {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let (id, by) = (&self.delivery, user());
        settle(global, |context| if self.undo { undo(context, id, &by) } else { withdraw(context, id, &by) })
    }
}

impl Rebuild {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        settle(global, |context| rebuild(context, &self.feed))
    }
}

impl Replay {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        settle(global, |context| replay(context, &self.feed))
    }
}

/// Computes a state anew, then whatever is due because of that.
fn settle(
    global: &Global,
    work: impl FnOnce(&Context<'_>) -> Result<Anew, pipeline::Failure>,
) -> Result<ExitCode, Failure> {
    let deliverer = Deliverer::open(global)?;
    let anew = deliverer.local.with_context(&|| false, work)?;
    if global.json {
        output::json_line(&anew)?;
    } else {
        for (table, rows) in &anew.rows {
            output::line(format_args!("{}: {table} serves {} rows", anew.feed, output::thousands(*rows)));
        }
    }
    for told in deliverer.carry_out_pending()? {
        show(&told, global.json)?;
    }
    Ok(ExitCode::SUCCESS)
}
