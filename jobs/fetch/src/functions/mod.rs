//! The functions of the room, as its definition calls them.

mod bring;
mod course;
mod notice;
mod plan;
mod report;

use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use bring::{bring, records};
pub use course::{BringTask, Brought, FetchRequest, PlanTask, Planned, ReportTask, SourceResult, SourceTask};
pub(crate) use plan::plan;
pub(crate) use report::report;

/// Reads what a function is called with.
fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, Failure> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, format!("the payload cannot be read: {error}")))
}

/// Returns an answer as a state gets it.
pub(crate) fn answer(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))
}
