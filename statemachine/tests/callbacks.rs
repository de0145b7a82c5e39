//! Tasks that wait for their token: answered by whoever has it, kept alive by it, or out of time.

#![expect(clippy::unwrap_used, reason = "a test that panics fails, as it should")]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use carelake_statemachine::{
    Abort, Binding, Callbacks, Clock, Event, Execution, ExecutionContext, Machine, Outcome, RealClock, Silent, Status,
    TaskCall, TaskError, Tasks, UnknownToken, VirtualClock, execute,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A queue: hands each message on, with the token in it, and answers as the service does.
struct Queue {
    callbacks: Callbacks,
    messages: Sender<Value>,
    /// Answers the task before the service has, as a fast worker may.
    is_overtaken: bool,
    is_down: bool,
    /// The token of the attempt before.
    before: Mutex<Option<String>>,
}

impl Tasks for Queue {
    fn knows(&self, _binding: &Binding<'_>) -> bool {
        true
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        if self.is_overtaken {
            self.callbacks.task_success(call.token.as_deref().unwrap(), json!("early")).unwrap();
        }
        if self.is_down {
            return Err(TaskError::new("Unavailable", "down"));
        }
        let before = self.before.lock().unwrap().replace(call.token.unwrap());
        let message = match before {
            None => call.input,
            Some(token) => json!({"is_unknown": self.callbacks.task_heartbeat(&token) == Err(UnknownToken)}),
        };
        drop(self.messages.send(message));
        Ok(json!({"MessageId": "1"}))
    }

    fn callbacks(&self) -> Option<&Callbacks> {
        Some(&self.callbacks)
    }
}

fn queue() -> (Queue, Callbacks, Receiver<Value>) {
    let (messages, inbox) = channel();
    let callbacks = Callbacks::new();
    (
        Queue { callbacks: callbacks.clone(), messages, is_overtaken: false, is_down: false, before: Mutex::default() },
        callbacks,
        inbox,
    )
}

fn run(more: Value, queue: Queue, clock: &dyn Clock) -> Outcome {
    let mut ask = json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Next": "Done",
        "Parameters": {"token.$": "$$.Task.Token"}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
    });
    ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let definition = json!({"StartAt": "Ask", "States": {"Ask": ask, "Done": {"Type": "Succeed"}}});
    execute(Execution {
        machine: &Machine::parse(&definition.to_string()).unwrap(),
        input: json!({}),
        context: ExecutionContext::new("run-1", "machine", clock.now()),
        tasks: Arc::new(queue),
        clock,
        observer: &mut Silent,
        abort: Abort::new(),
    })
}

/// Runs while a worker, who has got the token, does something.
fn run_with(more: Value, work: impl FnOnce(&Callbacks, &str) + Send + 'static) -> Outcome {
    let (queue, callbacks, inbox) = queue();
    let worker = thread::spawn(move || {
        let message: Value = inbox.recv().unwrap();
        work(&callbacks, message.pointer("/token").and_then(Value::as_str).unwrap());
    });
    let outcome = run(more, queue, &RealClock);
    worker.join().unwrap();
    outcome
}

fn labels(outcome: &Outcome) -> Vec<String> {
    outcome
        .history
        .iter()
        .map(Event::label)
        .filter(|label| label.starts_with("Task") && label.ends_with("d Ask"))
        .collect()
}

#[test]
fn a_task_waits_until_its_token_comes_back_and_no_longer() {
    let outcome = run_with(json!({}), |callbacks, token| {
        callbacks.task_success(token, json!({"done": true})).unwrap();
        assert_eq!(callbacks.task_success(token, json!(2)), Err(UnknownToken));
        assert_eq!(callbacks.task_failure("another", None, None), Err(UnknownToken));
    });
    assert_eq!((outcome.status, &outcome.output), (Status::Succeeded, &Some(json!({"done": true}))));
    let wanted = [
        "TaskStateEntered Ask",
        "TaskScheduled Ask",
        "TaskStarted Ask",
        "TaskSubmitted Ask",
        "TaskSucceeded Ask",
        "TaskStateExited Ask",
    ];
    assert_eq!(labels(&outcome), wanted);
}

#[test]
fn a_failure_by_token_is_caught_with_what_it_says() {
    let outcome = run_with(json!({}), |callbacks, token| {
        callbacks.task_failure(token, Some("Refused".to_owned()), None).unwrap();
    });
    assert_eq!(outcome.output, Some(json!({"Error": "Refused", "Cause": null})));
}

#[test]
fn heartbeats_by_token_keep_a_waiting_task_alive() {
    let outcome = run_with(json!({"HeartbeatSeconds": 1}), |callbacks, token| {
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(500));
            callbacks.task_heartbeat(token).unwrap();
        }
        callbacks.task_success(token, json!("alive")).unwrap();
    });
    assert_eq!(outcome.output, Some(json!("alive")));
}

#[test]
fn a_waiting_task_that_nobody_answers_runs_out_of_silence_or_time() {
    for (limits, error, secs) in [
        (json!({"HeartbeatSeconds": 40, "TimeoutSeconds": 3600}), "States.HeartbeatTimeout", 40),
        (json!({"TimeoutSeconds": 3600}), "States.Timeout", 3600),
    ] {
        let (queue, _, _inbox) = queue();
        let outcome = run(limits, queue, &VirtualClock::starting_at(Timestamp::UNIX_EPOCH));
        assert_eq!(outcome.output, Some(json!({"Error": error, "Cause": ""})));
        assert_eq!(outcome.history.last().unwrap().at.as_second(), secs);
    }
}

#[test]
fn the_token_of_an_attempt_that_is_over_is_unknown() {
    let (queue, _, inbox) = queue();
    let limits = json!({"TimeoutSeconds": 60, "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}]});
    let outcome = run(limits, queue, &VirtualClock::starting_at(Timestamp::UNIX_EPOCH));
    assert_eq!(outcome.history.last().unwrap().at.as_second(), 121);
    assert_eq!(inbox.iter().nth(1), Some(json!({"is_unknown": true})));
}

#[test]
fn an_answer_that_overtakes_the_service_is_heard_after_it() {
    let (queue, _, _) = queue();
    let outcome =
        run(json!({}), Queue { is_overtaken: true, ..queue }, &VirtualClock::starting_at(Timestamp::UNIX_EPOCH));
    assert_eq!(outcome.output, Some(json!("early")));
    assert!(labels(&outcome).contains(&"TaskSubmitted Ask".to_owned()));
}

#[test]
fn a_service_that_does_not_take_the_token_fails_the_task() {
    let (queue, _, _) = queue();
    let outcome = run(json!({}), Queue { is_down: true, is_overtaken: true, ..queue }, &RealClock);
    assert_eq!(outcome.output, Some(json!({"Error": "Unavailable", "Cause": "down"})));
    assert!(!labels(&outcome).contains(&"TaskSubmitted Ask".to_owned()));
}
