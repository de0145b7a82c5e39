//! `carelake stream flush`: what is staged is published.

use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_streams::functions::{FlushRequest, StreamResult};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::{named, refuse_aws, section};
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};
use crate::registry::KINDS;
use crate::runner::unnamed;

/// The definition that is carried out.
const DEFINITION: &str = "stream_flush";

/// Publish what is staged of streams, and bring the rows that are there now to what follows
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake stream flush
  carelake stream flush visits --json

Streams of files are read first. Each change is published once, however often it was delivered. Where another process publishes a stream,
that one goes on with what is new, and this ends well.")]
pub(crate) struct Flush {
    /// Streams; all when not given
    #[arg(value_name = "NAME")]
    streams: Vec<String>,
}

/// What an execution ends with.
#[derive(Deserialize)]
struct Ended {
    results: Vec<StreamResult>,
}

impl Flush {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        refuse_aws(&lake)?;
        section(&lake)?;
        self.streams.iter().try_for_each(|name| named(&lake, name).map(drop))?;
        let local = execution::runner(lake)?;
        let request = FlushRequest { trigger: Some("manual".to_owned()), as_of: None, streams: self.streams };
        let request = serde_json::to_value(request).map_err(std::io::Error::from)?;
        let ended = local.carry_out(DEFINITION, Some(&unnamed()), request)?;
        if let Some(error) = &ended.error {
            let kind = KINDS.named(error).unwrap_or(ErrorKind::INTERNAL);
            return Err(Failure::new(kind, ended.cause.unwrap_or_default()).advise(kind.advice));
        }
        let results = ended.output.and_then(|output| serde_json::from_value::<Ended>(output).ok());
        let results = results.map(|ended| ended.results).unwrap_or_default();
        if global.json {
            output::json(&json!({ "streams": results }))?;
        } else {
            let row = |result: &StreamResult| {
                let StreamResult { stream, busy, batches, delivered, published, parked, latest, .. } = result;
                let tone = if *parked > 0 { Tone::Bad } else { Tone::Good };
                let state = busy.as_ref().map_or("published", |_| "left to another");
                let counts = [batches, delivered, published, parked, latest].map(|count| thousands(*count));
                (tone, [stream.clone(), state.to_owned()].into_iter().chain(counts).collect())
            };
            output::toned_table(
                &["STREAM", "", "BATCHES", "DELIVERED", "PUBLISHED", "PARKED", "LATEST"],
                &["BATCHES", "DELIVERED", "PUBLISHED", "PARKED", "LATEST"],
                results.iter().map(row),
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
