//! `carelake stream take`: what was delivered is staged.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_core::store::LocalStore;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure as FunctionFailure;
use carelake_streams::config::Stream;
use carelake_streams::functions::{failed, world};
use carelake_streams::publish::StreamError;
use carelake_streams::read::take_files;
use carelake_streams::take::{Took, answer};
use clap::Args;
use serde_json::json;

use super::{named, refuse_aws};
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, thousands};

/// How often files are looked at that grow.
const EVERY: Duration = Duration::from_secs(2);

/// Stage what a stream delivered since the last time: records of files that grow, or deliveries as files
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake stream take visits
  carelake stream take visits shards/ --follow
  carelake stream take visits deliveries/0001.json deliveries/0002.json

Without a path, streams of `kind: files` and `kind: dms` are read from their `place` among the inputs. A folder is read in the same way;
a file is one delivery, as Lambda or a pipe hands it over. Records that cannot be used are parked, and told. Nothing is published:
`carelake stream flush` does that. Taking the same again stages nothing twice.")]
pub(crate) struct Take {
    /// The stream
    #[arg(value_name = "NAME")]
    stream: String,
    /// A folder of files that grow, or files of deliveries
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Go on as files grow, until Ctrl-C
    #[arg(long)]
    follow: bool,
}

impl Take {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        refuse_aws(&lake)?;
        let stream = named(&lake, &self.stream)?;
        let local = execution::runner(lake)?;
        let is_over = Arc::new(AtomicBool::new(false));
        if self.follow {
            let (is_over, waiting) = (Arc::clone(&is_over), thread::current());
            ctrlc::set_handler(move || {
                is_over.store(true, Ordering::Relaxed);
                waiting.unpark();
            })
            .map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("cannot listen for Ctrl-C: {error}")))?;
        }
        let mut all = Took::default();
        loop {
            let took = local.with_context(&|| false, |context| self.once(context, &stream))?;
            all.add(&took);
            if !self.follow || is_over.load(Ordering::Relaxed) {
                break;
            }
            thread::park_timeout(EVERY);
        }
        if global.json {
            output::json(&json!({ "stream": stream.name, "took": all }))?;
        } else {
            let parked: u64 = all.parked.values().sum();
            let Took { delivered, rows, filtered, .. } = all;
            output::line(format_args!(
                "{}: {} records staged: {} changes, {} filtered, {} parked",
                stream.name,
                thousands(delivered),
                thousands(rows),
                thousands(filtered),
                thousands(parked)
            ));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn once(&self, context: &Context<'_>, stream: &Stream) -> Result<Took, FunctionFailure> {
        let world = world(context, None);
        let mut all = Took::default();
        if self.paths.is_empty() {
            let inputs = context.services.inputs.store();
            return take_files(&world, stream, inputs, &stream.place).map_err(|error| failed(&error));
        }
        for path in &self.paths {
            let took = if path.is_dir() {
                take_files(&world, stream, &LocalStore::new(path), "")
            } else {
                read(path).and_then(|event| {
                    let answered = answer(&world, stream, &event)?;
                    answered.failed.map_or(Ok(answered.took), Err)
                })
            };
            all.add(&took.map_err(|error| failed(&error))?);
        }
        Ok(all)
    }
}

fn read(path: &Path) -> Result<String, StreamError> {
    std::fs::read_to_string(path).map_err(|cause| StreamError::File { path: path.display().to_string(), cause })
}
