//! An event of a history as `GetExecutionHistory` writes it: what is followed and counted, and nothing else of it.

use aws_sdk_sfn::types::HistoryEvent;
use serde_json::{Map, Value, json};

/// Returns the event as JSON, with the details that somebody reads: names, inputs, outputs, resources, errors and causes.
pub(super) fn json(event: &HistoryEvent) -> Value {
    let mut object = Map::new();
    if let Ok(at) = jiff::Timestamp::new(event.timestamp().secs(), 0) {
        object.insert("timestamp".to_owned(), json!(at));
    }
    object.insert("type".to_owned(), json!(event.r#type().as_str()));
    object.insert("id".to_owned(), json!(event.id()));
    object.insert("previousEventId".to_owned(), json!(event.previous_event_id()));
    if let Some((field, details)) = states(event).or_else(|| tasks(event)).or_else(|| ends(event)) {
        let details = details.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?))));
        object.insert(field.to_owned(), Value::Object(details.collect()));
    }
    Value::Object(object)
}

type Details<'e> = (&'static str, Vec<(&'static str, Option<&'e str>)>);

fn states(event: &HistoryEvent) -> Option<Details<'_>> {
    let entered = event
        .state_entered_event_details()
        .map(|it| ("stateEnteredEventDetails", vec![("name", Some(it.name())), ("input", it.input())]));
    entered.or_else(|| {
        let it = event.state_exited_event_details()?;
        Some(("stateExitedEventDetails", vec![("name", Some(it.name())), ("output", it.output())]))
    })
}

fn tasks(event: &HistoryEvent) -> Option<Details<'_>> {
    let called = |resource_type, resource| vec![("resourceType", Some(resource_type)), ("resource", Some(resource))];
    let failed = |resource_type, resource, error, cause| {
        [called(resource_type, resource), vec![("error", error), ("cause", cause)]].concat()
    };
    if let Some(it) = event.task_scheduled_event_details() {
        return Some(("taskScheduledEventDetails", called(it.resource_type(), it.resource())));
    }
    if let Some(it) = event.task_succeeded_event_details() {
        let details = [called(it.resource_type(), it.resource()), vec![("output", it.output())]].concat();
        return Some(("taskSucceededEventDetails", details));
    }
    if let Some(it) = event.task_failed_event_details() {
        return Some(("taskFailedEventDetails", failed(it.resource_type(), it.resource(), it.error(), it.cause())));
    }
    if let Some(it) = event.task_timed_out_event_details() {
        return Some(("taskTimedOutEventDetails", failed(it.resource_type(), it.resource(), it.error(), it.cause())));
    }
    if let Some(it) = event.task_start_failed_event_details() {
        return Some((
            "taskStartFailedEventDetails",
            failed(it.resource_type(), it.resource(), it.error(), it.cause()),
        ));
    }
    let it = event.task_submit_failed_event_details()?;
    Some(("taskSubmitFailedEventDetails", failed(it.resource_type(), it.resource(), it.error(), it.cause())))
}

fn ends(event: &HistoryEvent) -> Option<Details<'_>> {
    let failed = |error, cause| vec![("error", error), ("cause", cause)];
    if let Some(it) = event.execution_started_event_details() {
        return Some(("executionStartedEventDetails", vec![("input", it.input())]));
    }
    if let Some(it) = event.execution_succeeded_event_details() {
        return Some(("executionSucceededEventDetails", vec![("output", it.output())]));
    }
    if let Some(it) = event.execution_failed_event_details() {
        return Some(("executionFailedEventDetails", failed(it.error(), it.cause())));
    }
    if let Some(it) = event.execution_aborted_event_details() {
        return Some(("executionAbortedEventDetails", failed(it.error(), it.cause())));
    }
    let it = event.execution_timed_out_event_details()?;
    Some(("executionTimedOutEventDetails", failed(it.error(), it.cause())))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sfn::primitives::DateTime;
    use aws_sdk_sfn::types::{
        ExecutionFailedEventDetails, HistoryEventType, StateEnteredEventDetails, TaskScheduledEventDetails,
        TaskTimedOutEventDetails,
    };

    use super::*;

    fn event(kind: HistoryEventType) -> aws_sdk_sfn::types::builders::HistoryEventBuilder {
        HistoryEvent::builder().id(3).previous_event_id(2).timestamp(DateTime::from_secs(1_717_200_000)).r#type(kind)
    }

    #[test]
    fn an_event_is_written_as_the_service_writes_it() {
        let entered = StateEnteredEventDetails::builder().name("Load").input("{\"a\":1}").build().unwrap();
        let entered = event(HistoryEventType::TaskStateEntered).state_entered_event_details(entered).build().unwrap();
        assert_eq!(
            json(&entered),
            json!({
                "timestamp": "2024-06-01T00:00:00Z", "type": "TaskStateEntered", "id": 3, "previousEventId": 2,
                "stateEnteredEventDetails": {"name": "Load", "input": "{\"a\":1}"},
            })
        );
    }

    #[test]
    fn what_a_task_calls_and_how_it_and_its_execution_fail_is_kept() {
        let called = TaskScheduledEventDetails::builder().resource_type("lambda").resource("invoke").region("r");
        let called = called.parameters("{}").build().unwrap();
        let called = event(HistoryEventType::TaskScheduled).task_scheduled_event_details(called).build().unwrap();
        assert_eq!(json(&called)["taskScheduledEventDetails"], json!({"resourceType": "lambda", "resource": "invoke"}));
        let late = TaskTimedOutEventDetails::builder().resource_type("lambda").resource("invoke");
        let late = late.error("States.Timeout").build().unwrap();
        let late = event(HistoryEventType::TaskTimedOut).task_timed_out_event_details(late).build().unwrap();
        assert_eq!(json(&late)["taskTimedOutEventDetails"]["error"], "States.Timeout");
        let failed = ExecutionFailedEventDetails::builder().error("Storage").cause("busy").build();
        let failed = event(HistoryEventType::ExecutionFailed).execution_failed_event_details(failed).build().unwrap();
        assert_eq!(json(&failed)["executionFailedEventDetails"], json!({"error": "Storage", "cause": "busy"}));
    }
}
