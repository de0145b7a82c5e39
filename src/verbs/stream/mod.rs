//! `carelake stream`: changes of tables are taken, published, and looked at.

mod flush;
mod replay;
mod status;
mod take;

use std::process::ExitCode;
use std::time::Duration;

use carelake_core::config::Secret;
use carelake_lookup::Lookup;
use carelake_pipeline::{MachineSecrets, Secrets};
use carelake_streams::config::{Stream, Streams};
use carelake_streams::enrich::{Kept, Sources, opened};
use carelake_streams::functions::{failed, world};
use carelake_streams::publish::{StreamError, World};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;

/// Take changes of streams, publish them, and see how they stand
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake stream take visits
  carelake stream take visits deliveries/0001.json deliveries/0002.json
  carelake stream flush
  carelake stream status visits --json
  carelake stream replay visits --parked
  carelake stream replay visits --range SHARD FIRST LAST --env prod")]
pub(crate) struct StreamVerb {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Take(take::Take),
    Flush(flush::Flush),
    Status(status::Status),
    Replay(replay::Replay),
}

impl StreamVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            Verb::Take(verb) => verb.execute(global),
            Verb::Flush(verb) => verb.execute(global),
            Verb::Status(verb) => verb.execute(global),
            Verb::Replay(verb) => verb.execute(global),
        }
    }
}

/// Returns the section of the configuration.
fn section(lake: &Lake) -> Result<Streams, Failure> {
    Streams::of_config(&lake.config).ok_or_else(|| {
        Failure::argument("the configuration has no section `streams`").advise("docs/rooms/streams.md has one")
    })
}

/// Returns a stream, or the nearest name.
fn named(lake: &Lake, name: &str) -> Result<Stream, Failure> {
    let section = section(lake)?;
    let found = section.streams.iter().find(|stream| stream.name == name).cloned();
    found.ok_or_else(|| Failure::unknown("stream", name, section.streams.iter().map(|stream| stream.name.as_str())))
}

/// What a lake looks up, with the rights of whoever types.
struct OfLake<'l> {
    lake: &'l Lake,
    kept: Kept,
}

impl Sources for OfLake<'_> {
    fn lookup(&self, name: &str) -> Result<(Box<dyn Lookup + '_>, Duration), StreamError> {
        opened(&self.lake.config, &*self.lake.output, name)
    }

    fn secret(&self, secret: &Secret) -> Result<String, StreamError> {
        MachineSecrets.reveal(secret).map_err(StreamError::Secret)
    }

    fn kept(&self) -> &Kept {
        &self.kept
    }
}

/// Does something with a stream, wherever the lake is: with what lies there and no more, so that it needs no function.
fn with_world<T>(lake: Lake, work: impl FnOnce(&World<'_>) -> Result<T, StreamError>) -> Result<T, Failure> {
    let told = |error: StreamError| Failure::from(failed(&error));
    if lake.deployment().is_none() {
        let local = execution::runner(lake)?;
        return Ok(
            local.with_context(&|| false, |context| work(&world(context, None)).map_err(|error| failed(&error)))?
        );
    }
    let (ledger, scratch) = (lake.ledger()?, std::env::temp_dir());
    let there = World {
        store: &*lake.output,
        raw: &*lake.raw,
        rejects: &*lake.rejects,
        ledger: &*ledger,
        sources: &OfLake { lake: &lake, kept: Kept::default() },
        scratch: &scratch,
        scope: &lake.scope,
        execution: None,
        code_version: env!("CARGO_PKG_VERSION"),
        now: &Timestamp::now,
    };
    work(&there).map_err(told)
}

/// Refuses what the functions of an environment do themselves.
fn refuse_aws(lake: &Lake) -> Result<(), Failure> {
    if lake.deployment().is_none() {
        return Ok(());
    }
    Err(Failure::argument(
        "streams of an environment on AWS are taken and published by its functions, and not from here; status and replay work from here",
    ))
}
