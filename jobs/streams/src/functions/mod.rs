//! The functions of the room, as its definition and the mappings of streams call them.

mod course;
mod flush;
mod plan;
mod replay;
mod report;
mod status;
mod take;

use std::sync::LazyLock;
use std::time::Duration;

use carelake_core::config::Secret;
use carelake_core::{ErrorKind, causes};
use carelake_lookup::Lookup;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use course::{FlushRequest, FlushTask, PlanTask, Planned, ReportTask, StreamResult, StreamTask};
pub(crate) use flush::flush;
pub(crate) use plan::plan;
pub use replay::{ReplayTask, Replayed, replay_parked};
pub(crate) use report::report;
pub use status::{FlushLine, Status, flushes, staged, status};
pub(crate) use take::take;

use crate::config::{Stream, Streams};
use crate::enrich::{Kept, Sources, opened};
use crate::publish::{StreamError, World};
use crate::take::Took;

/// Reads what a function is called with.
fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, Failure> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, format!("the payload cannot be read: {error}")))
}

/// Returns an answer as a state gets it.
pub(crate) fn answer(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))
}

fn section(context: &Context<'_>) -> Result<Streams, Failure> {
    Streams::of_config(context.services.config).ok_or_else(|| {
        let why = "the configuration has no section `streams`; docs/rooms/streams.md has one";
        Failure::new(ErrorKind::INVALID_CONFIG, why)
    })
}

/// Tells figures of a stream.
fn measure(context: &Context<'_>, stream: &Stream, what: &str, figures: &[(&'static str, u64)]) {
    let figures: Vec<Figure> = figures.iter().map(|(name, count)| Figure::new(name, "Count", *count)).collect();
    context.log.measured(what, Some(&format!("streams/{}", stream.name)), &figures);
}

/// Tells figures of what was taken: each record that is parked is counted once, when it is.
fn took_measured(context: &Context<'_>, stream: &Stream, took: &Took) {
    let parked = took.parked.values().sum();
    measure(context, stream, "records were taken", &[("DeliveredRecords", took.delivered), ("ParkedRecords", parked)]);
}

/// Says why a step failed.
#[must_use]
pub fn failed(error: &StreamError) -> Failure {
    Failure::new(error.kind(), causes(error))
}

/// A function asks what its configuration names, and what was said is kept from call to call.
impl Sources for Context<'_> {
    fn lookup(&self, name: &str) -> Result<(Box<dyn Lookup + '_>, Duration), StreamError> {
        opened(self.services.config, self.services.output, name)
    }

    fn secret(&self, secret: &Secret) -> Result<String, StreamError> {
        self.secrets.reveal(secret).map_err(StreamError::Secret)
    }

    fn kept(&self) -> &Kept {
        static KEPT: LazyLock<Kept> = LazyLock::new(Kept::default);
        &KEPT
    }
}

/// Returns what steps work with.
#[must_use]
pub fn world<'c>(context: &'c Context<'c>, execution: Option<&'c str>) -> World<'c> {
    World {
        store: context.services.output,
        raw: context.raw,
        rejects: context.services.rejects,
        ledger: context.services.ledger,
        sources: context,
        scratch: context.scratch,
        scope: context.scope,
        execution,
        code_version: context.code_version,
        now: context.services.now,
    }
}
