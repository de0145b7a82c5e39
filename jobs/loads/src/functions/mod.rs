//! The functions of the room, as its definition calls them.

mod after;
mod catalog;
mod changes;
mod course;
mod export;
mod exported;
mod infer;
mod loading;
mod lookout;
mod mend;
mod notice;
mod plan;
mod prepared;
mod reconcile;
mod report;
mod schemas;
mod settle;
mod source;
mod tables;

use carelake_core::ErrorKind;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[cfg(test)]
pub(crate) use changes::append;
pub use course::{
    BatchResult, BatchTask, Batches, ExportTask, Exported, LoadRequest, Loaded, PlanTask, Planned, ReportTask,
    SchemasTask, SettleTask, Settled, SourceResult, SourceTask, TableFailure, TablesTask,
};
pub(crate) use export::export;
pub use infer::{Proposal, infer};
pub use mend::{Mended, mend};
pub(crate) use plan::plan;
pub(crate) use reconcile::reconcile;
pub(crate) use report::report;
pub(crate) use schemas::schemas;
pub(crate) use settle::settle;
pub use source::{Reached, reach};
pub(crate) use tables::tables;

use crate::config::Loads;
use crate::kept::Kept;
use crate::publish::World;

/// Reads what a function is called with.
fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, Failure> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, format!("the payload cannot be read: {error}")))
}

/// Returns an answer as a state gets it.
pub(crate) fn answer(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))
}

pub(crate) fn kept<'c>(context: &Context<'c>) -> Kept<'c> {
    Kept::new(context.services.ledger, context.scope)
}

/// Returns where an execution publishes.
fn world<'c>(context: &Context<'c>, execution: &'c str) -> World<'c> {
    let Context { services, scratch, scope, code_version, log, .. } = *context;
    World {
        store: services.output,
        ledger: services.ledger,
        scratch,
        scope,
        execution: Some(execution),
        code_version,
        now: services.now,
        log: Some(log),
    }
}

fn section(context: &Context<'_>) -> Result<Loads, Failure> {
    Loads::of_config(context.services.config).ok_or_else(|| {
        let why = "the configuration has no section `loads`; docs/rooms/loads.md has one";
        Failure::new(ErrorKind::INVALID_CONFIG, why)
    })
}
