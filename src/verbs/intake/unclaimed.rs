//! `carelake intake unclaimed` and `assign`: files that no feed claims.

use std::process::ExitCode;

use carelake_intake::course::{Arrived, Change};
use carelake_intake::deliveries::{PARTIAL, Unclaimed};
use carelake_intake::functions::shown;
use clap::Args;
use jiff::Timestamp;

use super::deliver::{Deliverer, Told};
use super::known::check_feed;
use super::run::{failed, show};
use super::there::There;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;
use crate::verbs::feeds::deliveries;

/// List the files that no feed claims; they are kept whole
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  carelake intake unclaimed\n  carelake intake unclaimed --json")]
pub(crate) struct List {}

/// Make an unclaimed file a delivery of a feed
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carelake intake assign bayview/PAT_september.csv bayview_patients\n  carelake intake assign 5f2c8a1e90b7d344 bayview_patients"
)]
pub(crate) struct Assign {
    /// The file as `carelake intake unclaimed` names it, or its id
    #[arg(value_name = "FILE")]
    file: String,
    /// The feed
    #[arg(value_name = "FEED")]
    feed: String,
}

impl List {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let files = unclaimed(&Lake::open(global)?)?;
        if global.json {
            output::json(&files)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = files.iter().map(|file| {
            vec![
                file.id.clone(),
                shown(&named(file)),
                output::size(file.arrival.size_bytes),
                format!("{:.0}", file.arrival.modified),
                file.reason.clone(),
                file.nearest.clone().unwrap_or_else(|| "-".to_owned()),
            ]
        });
        output::table(&["ID", "FILE", "SIZE", "ARRIVED", "WHY", "NEAREST FEED"], &["SIZE"], rows);
        Ok(ExitCode::SUCCESS)
    }
}

impl Assign {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        check_feed(&lake, &self.feed)?;
        let files = unclaimed(&lake)?;
        let file = files.iter().find(|file| file.id == self.file || named(file) == self.file);
        let names: Vec<String> = files.iter().map(named).collect();
        let file =
            file.ok_or_else(|| Failure::unknown("unclaimed files", &self.file, names.iter().map(String::as_str)))?;
        if file.reason == PARTIAL {
            let message = format!("{} was cut off while it was sent", shown(&named(file)));
            return Err(Failure::argument(message)
                .advise("have its partner send it again; under the same name it is then the delivery"));
        }
        let told = match There::of(&lake) {
            Some(there) => there.change(Change::Assign { file: file.id.clone(), feed: self.feed })?.1,
            None => vec![assign(&Deliverer::on(lake)?, file, self.feed)?],
        };
        told.iter().try_for_each(|told| show(told, global.json))?;
        Ok(told.iter().find_map(failed).unwrap_or(ExitCode::SUCCESS))
    }
}

/// Returns the files that no feed claims.
fn unclaimed(lake: &Lake) -> Result<Vec<Unclaimed>, Failure> {
    let ledger = lake.ledger_if_any()?;
    let Some(all) = deliveries(ledger.as_deref(), lake) else { return Ok(Vec::new()) };
    let now = Timestamp::now();
    Ok([all.all_unclaimed(now)?, all.all_partial(now)?].concat())
}

fn named(file: &Unclaimed) -> String {
    format!("{}/{}", file.arrival.partner, file.arrival.name)
}

/// Makes a file a delivery on this machine.
fn assign(deliverer: &Deliverer, file: &Unclaimed, feed: String) -> Result<Told, Failure> {
    let arrived = Arrived { feed: Some(feed), ..Arrived::of(file.arrival.clone()) };
    let told = deliverer.carry_out(named(file), &arrived)?;
    if let Some(delivery) = told.delivery.as_deref().and_then(|id| id.parse().ok()) {
        deliverer.deliveries().assign(&file.id, &delivery, Timestamp::now())?;
    }
    Ok(told)
}
