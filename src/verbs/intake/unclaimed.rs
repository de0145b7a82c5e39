//! `carelake intake unclaimed` and `assign`: files that no feed claims.

use std::process::ExitCode;

use carelake_intake::course::{Accepts, Arrived};
use carelake_intake::functions::shown;
use clap::Args;
use jiff::Timestamp;

use super::deliver::Deliverer;
use super::run::{failed, show};
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

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
        let deliverer = Deliverer::open(global)?;
        let files = deliverer.deliveries().all_unclaimed(Timestamp::now())?;
        if global.json {
            output::json(&files)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = files.iter().map(|file| {
            vec![
                file.id.clone(),
                shown(&format!("{}/{}", file.arrival.partner, file.arrival.name)),
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
        let deliverer = Deliverer::open(global)?;
        let files = deliverer.deliveries().all_unclaimed(Timestamp::now())?;
        let named =
            |file: &carelake_intake::deliveries::Unclaimed| format!("{}/{}", file.arrival.partner, file.arrival.name);
        let file = files.iter().find(|file| file.id == self.file || named(file) == self.file);
        let names: Vec<String> = files.iter().map(named).collect();
        let file =
            file.ok_or_else(|| Failure::unknown("unclaimed files", &self.file, names.iter().map(String::as_str)))?;
        let arrived = Arrived {
            arrival: file.arrival.clone(),
            feed: Some(self.feed),
            accepts: Accepts::default(),
            again: false,
            by: None,
        };
        let told = deliverer.carry_out(named(file), &arrived)?;
        if let Some(delivery) = told.delivery.as_deref().and_then(|id| id.parse().ok()) {
            deliverer.deliveries().assign(&file.id, &delivery, Timestamp::now())?;
        }
        show(&told, global.json)?;
        Ok(failed(&told).unwrap_or(ExitCode::SUCCESS))
    }
}
