//! The steps from what changed to what is served.

use carelake_core::ledger::{Subjects, Turn};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Reported};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::silence::Silence;
use super::{answer, read};
use crate::catalog::Catalog;
use crate::config::Hl7;
use crate::day::{Made, Part, make, plan as planned, settle as settled};
use crate::standing::watched;
use crate::world::World;

/// What an execution is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourlyRequest {
    /// Why it starts: `schedule` or `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// When it was due, of a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// The days that are published; those that changed when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Date>,
}

/// What is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTask {
    /// What the execution was given.
    pub request: HourlyRequest,
}

/// The parts of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The parts.
    pub parts: Vec<Part>,
    /// The time through which they have everything; nothing where days were asked for.
    pub through: Option<Timestamp>,
}

/// A part that is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayTask {
    /// The execution.
    pub execution: String,
    /// The part.
    pub part: Part,
}

/// What is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleTask {
    /// The execution.
    pub execution: String,
    /// What was made.
    pub made: Vec<Made>,
    /// The time through which it has everything.
    pub through: Option<Timestamp>,
}

/// What is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTask {
    /// The execution.
    pub execution: String,
    /// The kind of error, of one that failed; empty of one that did not.
    pub error: String,
    /// What it said.
    pub cause: String,
}

/// How the days stand after an execution, for whoever asked for it.
pub type DayResult = Made;

/// What failures are told of: the days are published together.
const SUBJECT: &str = "days";

pub(crate) fn plan(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let PlanTask { request } = read(payload)?;
    let config = Hl7::of_config(context.services.config);
    let (parts, through) = planned(&World::of(context, &config), &request.days)?;
    answer(&Planned { parts, through: request.days.is_empty().then_some(through) })
}

pub(crate) fn day(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let DayTask { execution, part } = read(payload)?;
    let config = Hl7::of_config(context.services.config);
    answer(&make(&World::of(context, &config), &part, Some(&execution))?)
}

pub(crate) fn settle(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let SettleTask { execution, made, through } = read(payload)?;
    let config = Hl7::of_config(context.services.config);
    answer(&settled(&World::of(context, &config), &made, through, Some(&execution))?)
}

/// Words the notice of days that cannot be published, or can again, and of senders that fell silent, or are heard of again.
pub(crate) fn report(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let ReportTask { execution, error, cause } = read(payload)?;
    let now = (context.services.now)();
    let subjects = Subjects::new(context.services.ledger, context.scope, "hl7");
    let turn = match error.as_str() {
        "" => subjects.succeeded(SUBJECT, now)?,
        error => subjects.failed(SUBJECT, &execution, error, now)?,
    };
    let config = Hl7::of_config(context.services.config);
    let catalog = Catalog::of(&World::of(context, &config));
    let silence = Silence::note(&subjects, &watched(&catalog, &config, now)?, &execution, now)?;
    let is_failed = !error.is_empty();
    let words = match turn {
        Turn::Recovered { .. } => "messages are published again",
        _ if is_failed => "publishing messages FAILED",
        _ => silence.words().unwrap_or("messages are published"),
    };
    let advice = context.kinds.named(&error).map(|kind| kind.advice).unwrap_or_default();
    let cause = Failure::line_of(&cause);
    let mut message = format!("{words}\n");
    if is_failed {
        message.push_str(&format!("  {error}: {cause}\n    next: {advice}\n"));
    }
    silence.lines.iter().for_each(|line| message.push_str(&format!("  {line}\n")));
    message.push_str(&format!(
        "\nNo message is lost: each is kept as it was received. `carelake hl7 day {}` publishes by hand.\n",
        context.options
    ));
    answer(&Reported {
        notify: turn.is_news() || !silence.lines.is_empty(),
        subject: format!("carelake {}: {words}", context.environment),
        message,
        failed: u64::from(is_failed),
        error,
        cause,
    })
}
