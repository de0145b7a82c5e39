//! The functions of the room, as definitions, calendars and pages call them.

mod batch;
mod day;
mod silence;

use carelake_core::ErrorKind;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(test)]
pub(crate) use batch::take_messages;
pub(crate) use batch::{drop_in, stream};
pub use day::{DayResult, DayTask, HourlyRequest, PlanTask, Planned, ReportTask, SettleTask};
pub(crate) use day::{day, plan, report, settle};

use crate::config::Hl7;
use crate::replay::{Wanted, replay as replayed};
use crate::sweep::sweep as swept;
use crate::world::World;

/// Reads what a function is called with.
fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, Failure> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, format!("the payload cannot be read: {error}")))
}

/// Returns an answer as a state gets it.
pub(crate) fn answer(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))
}

/// What a sweep is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepTask {
    /// Seconds that a message must be old; what the configuration says unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_secs: Option<i64>,
    /// Whether every message is looked at that there ever was.
    #[serde(default)]
    pub all: bool,
}

/// Makes up for what was cut off.
pub(crate) fn sweep(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let task: SweepTask = if payload.is_null() { SweepTask::default() } else { read(payload)? };
    let config = Hl7::of_config(context.services.config);
    let after = task.after_secs.map_or(config.sweep_after, SignedDuration::from_secs);
    let found = swept(&World::of(context, &config), after, task.all)?;
    if found.stored + found.errors + found.duplicates > 0 {
        let count = found.stored + found.errors + found.duplicates;
        context.log.warning(&format_args!("hl7: {count} messages were kept and not entered; they are now"));
    }
    answer(&found)
}

/// Tries messages again that could not be used.
pub(crate) fn replay(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let wanted: Wanted = read(payload)?;
    let config = Hl7::of_config(context.services.config);
    answer(&replayed(&World::of(context, &config), &wanted)?)
}
