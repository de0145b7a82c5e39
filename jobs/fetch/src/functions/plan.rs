//! Plans an execution: which sources are looked at.

use carelake_core::ErrorKind;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::civil::Date;
use serde_json::Value;

use super::course::{PlanTask, Planned, SourceTask};
use super::{answer, read};
use crate::config::Fetch;

/// Returns the sources that are asked for. A configuration without the section has none.
pub(crate) fn plan(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let PlanTask { request, .. } = read(payload)?;
    let Some(fetch) = Fetch::of_config(context.services.config) else {
        return answer(&Planned { sources: Vec::new() });
    };
    let is_of_schedule = request.trigger.as_deref() == Some("schedule");
    let until = request.as_of.as_deref().filter(|_| !is_of_schedule).map(|text| {
        let date = text.parse::<Date>();
        date.map_err(|_| Failure::new(ErrorKind::INVALID_CONFIG, "as_of is not a date such as 2026-11-01"))
    });
    let until = until.transpose()?;
    let by = request.by.unwrap_or_else(|| "somebody".to_owned());
    let accepted_by = request.accept_loss.then_some(by);
    // What processes that were killed left on this machine takes space. On AWS the bucket throws parts away by itself.
    let store = context.services.inputs.store();
    if context.host.is_some() {
        store.sweep("", false).map_err(crate::FetchError::from)?;
    }
    let chosen = fetch.chosen(&request.sources)?;
    let task = |name: &str| SourceTask { name: name.to_owned(), until, accepted_by: accepted_by.clone() };
    answer(&Planned { sources: chosen.into_iter().map(|wanted| task(&wanted.name)).collect() })
}
