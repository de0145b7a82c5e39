//! `carelake intake withdraw`, `rebuild` and `replay`: the state of a feed, computed anew.

use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_intake::course::{Anew, Change};
use carelake_intake::deliveries::DeliveryId;
use carelake_intake::functions::{rebuild, replay, undo, withdraw};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline;
use clap::Args;

use super::deliver::Deliverer;
use super::known::{check_delivery, check_feed};
use super::run::show;
use super::there::{There, show_anew};
use crate::failure::{Class, Failure};
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;

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
        let (id, by, delivery) = (&self.delivery, user(), self.delivery.clone());
        let lake = Lake::open(global)?;
        check_delivery(&lake, id)?;
        let change = if self.undo { Change::Undo { delivery } } else { Change::Withdraw { delivery } };
        let here = |context: &Context<'_>| if self.undo { undo(context, id, &by) } else { withdraw(context, id, &by) };
        // That it is not in, or was not taken out, is no fault of the configuration.
        settle(lake, global.json, change, here).map_err(|failure| match failure.kind {
            Class::Of(kind) if kind == ErrorKind::INVALID_CONFIG => Failure::argument(failure.message)
                .advise(format!("`carelake feeds show {}` says how its deliveries stand", id.feed)),
            _ => failure,
        })
    }
}

impl Rebuild {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        check_feed(&lake, &self.feed)?;
        settle(lake, global.json, Change::Rebuild { feed: self.feed.clone() }, |context| rebuild(context, &self.feed))
    }
}

impl Replay {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        check_feed(&lake, &self.feed)?;
        settle(lake, global.json, Change::Replay { feed: self.feed.clone() }, |context| replay(context, &self.feed))
    }
}

/// Computes a state anew, here or where the feed is, then whatever is due because of that.
fn settle(
    lake: Lake,
    is_json: bool,
    change: Change,
    here: impl FnOnce(&Context<'_>) -> Result<Anew, pipeline::Failure>,
) -> Result<ExitCode, Failure> {
    let (anew, told) = if let Some(there) = There::of(&lake) {
        let (changed, told) = there.change(change)?;
        (changed.anew, told)
    } else {
        let deliverer = Deliverer::on(lake)?;
        let anew = deliverer.local.with_context(&|| false, here)?;
        (Some(anew), deliverer.carry_out_pending()?)
    };
    anew.iter().try_for_each(|anew| show_anew(anew, is_json))?;
    told.iter().try_for_each(|told| show(told, is_json))?;
    Ok(ExitCode::SUCCESS)
}
