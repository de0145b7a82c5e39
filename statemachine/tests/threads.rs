//! Tasks on real threads and the machine's clock: cancellation, heartbeats, timeouts, aborts and panics.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics fails, as it should"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use carelake_statemachine::{
    Abort, Binding, Clock, Execution, ExecutionContext, MAX_PAYLOAD_BYTES, Machine, Notice, Outcome, RealClock, Silent,
    Status, TaskCall, TaskError, Tasks, execute,
};
use serde_json::{Value, json};

/// Does what the task's input says.
#[derive(Default)]
struct Doer {
    cancelled: AtomicU32,
    threads_at_once: Mutex<(u32, u32)>,
}

impl Tasks for Doer {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        binding.function_name() != Some("unknown")
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        match call.input["do"].as_str() {
            Some("fail") => Err(TaskError::new("Storage", "disk full")),
            Some("settled") => Err(TaskError::new("Storage", "damaged").with_final(true)),
            Some("panic") => panic!("on purpose"),
            Some("large") => Ok(json!("x".repeat(MAX_PAYLOAD_BYTES))),
            Some("meet") => {
                {
                    let mut at_once = self.threads_at_once.lock().unwrap();
                    at_once.0 += 1;
                    at_once.1 = at_once.1.max(at_once.0);
                }
                thread::sleep(Duration::from_millis(100));
                self.threads_at_once.lock().unwrap().0 -= 1;
                Ok(json!(null))
            }
            Some("beat") => {
                for _ in 0..15 {
                    thread::sleep(Duration::from_millis(100));
                    call.heart.beat();
                }
                Ok(json!("alive"))
            }
            Some("forever") => {
                while !call.cancellation.is_cancelled() {
                    thread::sleep(Duration::from_millis(5));
                }
                self.cancelled.fetch_add(1, Ordering::SeqCst);
                Err(TaskError::new("Cancelled", ""))
            }
            _ => Ok(call.input),
        }
    }
}

fn run(definition: &Value, doer: &Arc<Doer>, abort: Abort) -> Outcome {
    let machine = Machine::parse(&definition.to_string()).unwrap();
    execute(Execution {
        machine: &machine,
        input: json!({}),
        context: ExecutionContext::new("run", "machine", RealClock.now()),
        tasks: Arc::clone(doer) as Arc<dyn Tasks>,
        clock: &RealClock,
        observer: &mut Silent,
        abort,
    })
}

fn task(what: &str, more: Value) -> Value {
    let mut fields =
        json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"do": what}, "End": true});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

fn one(state: Value) -> Value {
    json!({"StartAt": "S", "States": {"S": state}})
}

#[test]
fn siblings_of_a_failed_branch_are_told_to_stop_and_waited_for() {
    let doer = Arc::new(Doer::default());
    let branches =
        json!([one(task("forever", json!({}))), one(task("fail", json!({}))), one(task("forever", json!({})))]);
    let outcome = run(&one(json!({"Type": "Parallel", "Branches": branches, "End": true})), &doer, Abort::new());
    assert_eq!((outcome.status, outcome.error.as_deref()), (Status::Failed, Some("Storage")));
    assert_eq!((doer.cancelled.load(Ordering::SeqCst), outcome.unfinished_tasks), (2, 0));
}

#[test]
fn a_task_that_is_too_slow_or_silent_is_told_to_stop() {
    for (limits, error) in [
        (json!({"TimeoutSeconds": 1}), "States.Timeout"),
        (json!({"TimeoutSeconds": 60, "HeartbeatSeconds": 1}), "States.HeartbeatTimeout"),
    ] {
        let doer = Arc::new(Doer::default());
        let outcome = run(&one(task("forever", limits)), &doer, Abort::new());
        assert_eq!((outcome.status, outcome.error.as_deref()), (Status::Failed, Some(error)));
        assert_eq!(doer.cancelled.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn heartbeats_keep_a_slow_task_alive() {
    let beating = task("beat", json!({"HeartbeatSeconds": 1, "TimeoutSeconds": 60}));
    let outcome = run(&one(beating), &Arc::new(Doer::default()), Abort::new());
    assert_eq!((outcome.status, outcome.output), (Status::Succeeded, Some(json!("alive"))));
}

#[test]
fn an_abort_ends_the_execution_and_its_tasks() {
    let (doer, abort) = (Arc::new(Doer::default()), Abort::new());
    let handle = abort.clone();
    let stopper = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        handle.abort();
    });
    let outcome = run(&one(task("forever", json!({}))), &doer, abort);
    stopper.join().unwrap();
    assert_eq!((outcome.status, doer.cancelled.load(Ordering::SeqCst)), (Status::Aborted, 1));
    assert_eq!(outcome.history.last().unwrap().label(), "ExecutionAborted");
    let (doer, abort) = (Arc::new(Doer::default()), Abort::new());
    abort.abort();
    assert_eq!(run(&one(task("forever", json!({}))), &doer, abort).status, Status::Aborted);
}

#[test]
fn a_task_that_panics_fails_as_internal_and_one_with_a_huge_answer_by_its_size() {
    let doer = Arc::new(Doer::default());
    let outcome = run(&one(task("panic", json!({}))), &doer, Abort::new());
    assert_eq!(outcome.error.as_deref(), Some("Internal"));
    let outcome = run(&one(task("large", json!({}))), &doer, Abort::new());
    assert_eq!(outcome.error.as_deref(), Some("States.DataLimitExceeded"));
    assert!(outcome.cause.unwrap().contains("'lambda'"));
}

#[test]
fn items_of_a_map_run_at_once_up_to_its_limit() {
    let doer = Arc::new(Doer::default());
    let map = json!({"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ItemProcessor": one(task("meet", json!({}))), "End": true});
    let definition = json!({"StartAt": "Make", "States": {
        "Make": {"Type": "Pass", "Result": {"items": [1, 2, 3, 4]}, "Next": "Map"}, "Map": map}});
    assert_eq!(run(&definition, &doer, Abort::new()).status, Status::Succeeded);
    assert_eq!(doer.threads_at_once.lock().unwrap().1, 2);
}

#[test]
fn an_onlooker_sees_attempts_and_waits() {
    let definition =
        one(task("fail", json!({"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]})));
    let machine = Machine::parse(&definition.to_string()).unwrap();
    let mut seen = Vec::new();
    let began = Instant::now();
    let outcome = execute(Execution {
        machine: &machine,
        input: json!({}),
        context: ExecutionContext::new("run", "machine", RealClock.now()),
        tasks: Arc::new(Doer::default()),
        clock: &RealClock,
        observer: &mut |notice: &Notice<'_>| match notice {
            Notice::Attempt { number, of, .. } => seen.push(format!("attempt {number} of {of:?}")),
            Notice::Retrying { wait, number, of, .. } => seen.push(format!("attempt {number} of {of} in {wait:?}")),
            _ => {}
        },
        abort: Abort::new(),
    });
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(seen, ["attempt 1 of None", "attempt 2 of 2 in 1s", "attempt 2 of Some(2)"]);
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_failure_that_its_task_calls_final_is_caught_and_not_retried() {
    let handled = json!({
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 3}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
    });
    let definition =
        json!({"StartAt": "S", "States": {"S": task("settled", handled), "Caught": {"Type": "Pass", "End": true}}});
    let outcome = run(&definition, &Arc::new(Doer::default()), Abort::new());
    assert_eq!(outcome.output, Some(json!({"Error": "Storage", "Cause": "damaged"})));
    let tried = outcome.history.iter().filter(|event| event.label() == "TaskScheduled S").count();
    assert_eq!(tried, 1);
}

#[test]
fn a_task_that_nothing_can_carry_out_fails_when_it_is_reached_and_not_before() {
    let mut definition = json!({"StartAt": "Ask", "States": {
        "Ask": {"Type": "Choice", "Choices": [{"Variable": "$.skip", "IsPresent": true, "Next": "Done"}], "Default": "S"},
        "S": task("unknown", json!({"Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]})),
        "Done": {"Type": "Succeed"}}});
    definition["States"]["S"]["Parameters"] = json!({"FunctionName": "unknown"});
    definition["States"]["S"].as_object_mut().unwrap().remove("End");
    definition["States"]["S"]["Next"] = json!("Done");
    let machine = Machine::parse(&definition.to_string()).unwrap();
    let run = |input| {
        execute(Execution {
            machine: &machine,
            input,
            context: ExecutionContext::new("run", "machine", RealClock.now()),
            tasks: Arc::new(Doer::default()),
            clock: &RealClock,
            observer: &mut Silent,
            abort: Abort::new(),
        })
    };
    assert_eq!(run(json!({"skip": 1})).status, Status::Succeeded);
    let outcome = run(json!({}));
    assert_eq!((outcome.status, outcome.error.as_deref()), (Status::Failed, Some("States.Runtime")));
    let cause = outcome.cause.unwrap();
    assert!(
        cause.contains("the state 'S'") && cause.contains("'arn:aws:states:::lambda:invoke' with function 'unknown'"),
        "{cause}"
    );
    assert!(!outcome.history.iter().any(|event| event.label() == "TaskScheduled S"));
    let problems = machine.unbound(&Doer::default());
    assert_eq!((problems[0].state.as_deref(), problems[0].line), (Some("S"), Some(1)));
}
