//! The queues of functions that take batches. On this machine a message is kept in the ledger until its function has taken it, or
//! it has become a letter.

use std::thread;
use std::time::Duration;

use carelake_arrivals::letters::{Letter, Letters, MOST_RECEIVES};
use carelake_core::ErrorKind;
use carelake_core::ledger::{Ask, Claimed, Condition, Leases, LedgerError, Partition, Row, Rows as _, Write};
use carelake_core::names::Scope;
use carelake_pipeline::{Function, Handler, pipeline};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::local::{Local, unnamed};

/// Messages that are looked at at once.
const PAGE: usize = 500;
/// How long nobody else takes a message, beyond the time that its function has.
const SPARE_SECS: u64 = 60;

/// A message that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Message {
    body: String,
    sent_at: Timestamp,
}

/// Keeps a message for a function, has it taken on a thread of its own, and answers as SQS does.
pub(super) fn send(local: &Local, function: &'static Function, input: &Value) -> Result<Value, pipeline::Failure> {
    let body = match input.get("MessageBody") {
        Some(Value::String(text)) => text.clone(),
        Some(body) => body.to_string(),
        None => return Err(pipeline::Failure::new(ErrorKind::INVALID_CONFIG, "the message has no MessageBody")),
    };
    let (id, now) = (unnamed(), Timestamp::now());
    let message = Message { body, sent_at: now };
    let kept = carelake_core::ledger::object(&message, local.ledger())?;
    local.ledger().write(&Write::put(queue(function).key(&id), kept).when(Condition::Absent), now)?;
    let (local, named) = (local.clone(), id.clone());
    // Where no thread can be had, it waits for the next that looks.
    let _ = thread::Builder::new().name(format!("queue of {}", function.name)).spawn(move || {
        // What cannot be told now is found again: the message stays.
        let _ = deliver(&local, function, &named, &message, pause);
    });
    Ok(json!({ "MessageId": id }))
}

/// Has everything taken that waits and that nobody is taking: what a process that is gone left.
pub(crate) fn deliver_left(local: &Local) -> Result<(), LedgerError> {
    let batches = local.rooms().functions().filter(|function| matches!(function.handler, Handler::Batch(..)));
    for function in batches {
        let mut range = queue(function).begin("", PAGE);
        loop {
            let page = local.ledger().query(&range, Timestamp::now())?;
            for row in &page.rows {
                deliver(local, function, &row.sort, &read(local, row)?, pause)?;
            }
            range.after = page.resume;
            if range.after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// Calls the function with a message until it takes it, as often as a queue does; then the message is a letter.
fn deliver(
    local: &Local,
    function: &'static Function,
    id: &str,
    message: &Message,
    pause: fn(u32) -> Duration,
) -> Result<(), LedgerError> {
    let (key, now) = (queue(function).key(id), Timestamp::now());
    let longest: u64 = (1..=MOST_RECEIVES).map(|tries| pause(tries).as_secs() + u64::from(function.timeout_secs)).sum();
    let ask = Ask { owner: &unnamed(), retake: false, now, ttl_secs: longest + SPARE_SECS };
    let Claimed::Taken(claim) = local.ledger().claim(&format!("queue/{}/{id}", function.name), &ask)? else {
        return Ok(());
    };
    // Whoever had the claim before may have had it taken meanwhile.
    if local.ledger().get(&key, now)?.is_some() {
        let mut last = None;
        for tries in 1..=MOST_RECEIVES {
            last = call(local, function, id, message, tries).err();
            if last.is_none() {
                break;
            }
            if tries < MOST_RECEIVES {
                thread::sleep(pause(tries));
            }
        }
        if let Some(failure) = last {
            Letters::new(local.ledger(), &local.lake().scope).add(&letter(local, function, id, message, &failure))?;
        }
        local.ledger().write(&Write::delete(key), Timestamp::now())?;
    }
    local.ledger().release_claim(&claim)
}

fn call(
    local: &Local,
    function: &'static Function,
    id: &str,
    message: &Message,
    tries: u32,
) -> Result<(), pipeline::Failure> {
    let event = json!({"Records": [{
        "messageId": id, "receiptHandle": id, "body": message.body, "messageAttributes": {},
        "attributes": {
            "ApproximateReceiveCount": tries.to_string(), "SentTimestamp": message.sent_at.as_millisecond().to_string(),
        },
        "eventSource": "aws:sqs", "eventSourceARN": format!("arn:aws:sqs:local:000000000000:{}", function.name),
    }]});
    let answer = local.with_context(&|| false, |context| function.task().call(context, &event))?;
    let failed = answer.get("batchItemFailures").and_then(Value::as_array).is_some_and(|failed| !failed.is_empty());
    if failed {
        Err(pipeline::Failure::new(ErrorKind::INTERNAL, "the function asked for another try each time"))
    } else {
        Ok(())
    }
}

fn letter(local: &Local, function: &Function, id: &str, message: &Message, failure: &pipeline::Failure) -> Letter {
    let room = local.rooms().0.iter().find(|room| room.functions.iter().any(|it| it.name == function.name));
    Letter {
        id: id.to_owned(),
        room: room.map_or_else(String::new, |room| room.name.to_owned()),
        subject: function.name.to_owned(),
        function: function.name.to_owned(),
        error: failure.kind.name.to_owned(),
        reason: failure.reason.clone(),
        // Done again, the function gets it as it got it now.
        message: json!({"Records": [{"messageId": id, "body": message.body, "eventSource": "aws:sqs"}]}),
        attempts: MOST_RECEIVES,
        first_failed_at: message.sent_at,
        failed_at: Timestamp::now(),
        execution: None,
        location: None,
        sha256: None,
        redrive: None,
    }
}

/// How long a message waits after so many tries.
fn pause(tries: u32) -> Duration {
    Duration::from_secs(1 << tries)
}

fn queue(function: &Function) -> Partition {
    Partition::new(&Scope::default(), "queue", function.name)
}

fn read(local: &Local, row: &Row) -> Result<Message, LedgerError> {
    row.read("a message", local.ledger())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use carelake_arrivals::letters::Filter;
    use carelake_pipeline::{
        BatchSource, Context, Definition, Described, ExecutionStatus, Form, Room, Runner as _, SMALL,
    };
    use serde_json::Map;

    use super::super::Rooms;
    use super::super::tests::runner_of;
    use super::*;

    const ROOM: Room = Room {
        name: "queued",
        functions: &[Function {
            name: "queued_take",
            description: "Is there for tests",
            handler: Handler::Batch(BatchSource::Queue, &take),
            payload: Form::of::<Map<String, Value>>(),
            answer: Form::of::<Value>(),
            needs: &[],
            size: SMALL,
            timeout_secs: 60,
            network: false,
        }],
        definitions: &[Definition {
            name: "queued_one",
            text: r#"{"StartAt": "Send", "States": {"Send": {
                "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
                "Parameters": {"QueueUrl": "${QueuedTakeQueue}", "MessageBody": {"token.$": "$$.Task.Token", "n.$": "$.n"}}
            }}}"#,
            input: Form::of::<Map<String, Value>>(),
            schedule: |_| None,
        }],
        errors: &[],
        listens: &[],
        pages: &[],
    };

    /// Answers by the token that the message brings; refuses a message that has none.
    fn take(context: &Context<'_>, event: &Value) -> Result<Value, pipeline::Failure> {
        let refused = || pipeline::Failure::new(ErrorKind::INVALID_CONFIG, "no token");
        let body = event.pointer("/Records/0/body").and_then(Value::as_str).ok_or_else(refused)?;
        let body: Value = serde_json::from_str(body).map_err(|_| refused())?;
        let token = body.get("token").and_then(Value::as_str).ok_or_else(refused)?;
        context.runner.task_success(token, &json!(body["n"].as_u64().unwrap() * 2))?;
        Ok(json!({"batchItemFailures": []}))
    }

    fn local(folder: &Path) -> Local {
        runner_of(folder, Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline_config.yaml"), Rooms(&[&ROOM]))
    }

    fn ended(local: &Local, execution: &str) -> Described {
        let began = Instant::now();
        loop {
            let told = local.describe(execution).unwrap();
            if told.status != ExecutionStatus::Running {
                return told;
            }
            assert!(began.elapsed() < Duration::from_secs(30));
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn waiting(local: &Local) -> usize {
        local.ledger().query(&queue(&ROOM.functions[0]).begin("", PAGE), Timestamp::now()).unwrap().rows.len()
    }

    #[test]
    fn a_state_waits_for_the_token_that_it_sent_with_its_message() {
        let folder = tempfile::tempdir().unwrap();
        let local = local(folder.path());
        let execution = local.start("queued_one", None, &json!({"n": 21})).unwrap();
        assert_eq!(ended(&local, &execution).output, Some(json!(42)));
        while waiting(&local) > 0 {
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_message_that_is_never_taken_becomes_a_letter_and_one_of_a_dead_process_is_taken_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let local = local(folder.path());
        let function = &ROOM.functions[0];
        let put = |id: &str, body: &str| {
            let message = Message { body: body.to_owned(), sent_at: Timestamp::now() };
            let kept = carelake_core::ledger::object(&message, local.ledger()).unwrap();
            local.ledger().write(&Write::put(queue(function).key(id), kept), Timestamp::now()).unwrap();
            message
        };
        let message = put("a", "{}");
        deliver(&local, function, "a", &message, |_| Duration::ZERO).unwrap();
        let letters =
            Letters::new(local.ledger(), &Scope::default()).list(&Filter::default(), Timestamp::now()).unwrap();
        assert_eq!((letters.len(), letters[0].attempts, letters[0].room.as_str()), (1, 4, "queued"));
        assert_eq!((letters[0].error.as_str(), waiting(&local)), ("InvalidConfig", 0));
        let execution = local.start("queued_one", None, &json!({"n": 1})).unwrap();
        ended(&local, &execution);
        // A message that somebody is taking is left to them.
        put("b", "{}");
        let ask = Ask { owner: "another", retake: false, now: Timestamp::now(), ttl_secs: 60 };
        assert!(matches!(local.ledger().claim("queue/queued_take/b", &ask).unwrap(), Claimed::Taken(_)));
        deliver_left(&local).unwrap();
        assert_eq!(waiting(&local), 1);
    }
}
