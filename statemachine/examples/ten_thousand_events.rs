//! Runs an execution of more than 10,000 events on the virtual clock and prints how long it took.

use std::io::{Write, stdout};
use std::sync::Arc;
use std::time::Instant;

use carelake_statemachine::{Abort, Execution, ExecutionContext, Machine, Mock, Silent, Status, VirtualClock, execute};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let definition = json!({"StartAt": "Each", "States": {"Each": {
        "Type": "Map", "End": true, "MaxConcurrency": 40, "ItemProcessor": {"StartAt": "Work", "States": {
            "Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Rest",
                "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2}]},
            "Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}}}});
    let machine = Machine::parse(&definition.to_string())?;
    // Each item makes 12 events: two of its own, eight of a task that fails once, and two of a wait.
    let attempts: Vec<Value> = (0..900)
        .flat_map(|item| [json!({"input": item, "error": "Storage"}), json!({"input": item, "output": {"rows": 1}})])
        .collect();
    let tasks = Arc::new(Mock::parse(&json!({"Work": attempts}), &machine)?);
    let started = "2024-06-01T00:00:00Z".parse()?;
    let began = Instant::now();
    let outcome = execute(Execution {
        machine: &machine,
        input: (0..900).collect(),
        context: ExecutionContext::new("run", "machine", started),
        tasks,
        clock: &VirtualClock::starting_at(started),
        observer: &mut Silent,
        abort: Abort::new(),
    });
    let took = began.elapsed();
    assert_eq!(outcome.status, Status::Succeeded);
    let last = outcome.history.last().ok_or("no event")?;
    let hours = last.at.duration_since(started).as_hours();
    writeln!(stdout(), "{} events, {hours} hours of waiting, in {} ms", outcome.history.len(), took.as_millis())?;
    Ok(())
}
