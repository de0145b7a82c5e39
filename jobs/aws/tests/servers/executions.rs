//! Executions on Step Functions.

use std::thread::sleep;
use std::time::{Duration, Instant};

use carelake_aws::{Aws, StepFunctions};
use carelake_pipeline::{Described, ExecutionStatus, Runner, RunnerError};
use serde_json::{Value, json};

use crate::rig::{Kind, Rig, config};

/// Passes its input on, or waits for somebody to stop it.
const DEFINITION: &str = r#"{
  "StartAt": "Which",
  "States": {
    "Which": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.wait", "BooleanEquals": true, "Next": "Wait" }],
      "Default": "Pass"
    },
    "Wait": { "Type": "Wait", "Seconds": 600, "End": true },
    "Pass": { "Type": "Pass", "Parameters": { "n.$": "$.n" }, "End": true }
  }
}"#;

fn runner(rig: &Rig) -> StepFunctions {
    let client = aws_sdk_sfn::Client::new(&config(rig.port));
    for name in ["carelake-dev", "carelake-dev-toy-one"] {
        let call = client.create_state_machine().name(name).definition(DEFINITION);
        rig.wait(call.role_arn("arn:aws:iam::000000000000:role/states").send()).unwrap();
    }
    StepFunctions::new(&Aws::from_config(&config(rig.port)).unwrap(), "carelake-dev")
}

fn ended(runner: &dyn Runner, execution: &str) -> Described {
    let began = Instant::now();
    loop {
        let told = runner.describe(execution).unwrap();
        if told.status != ExecutionStatus::Running {
            return told;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{told:?}");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_execution_is_started_by_the_name_of_its_definition_told_and_stopped() {
    let rig = Rig::start(Kind::MiniStack);
    let runner = runner(&rig);
    assert!(runner.machine("pipeline").unwrap().ends_with(":carelake-dev"));

    let execution = runner.start("toy_one", Some("first"), &json!({"wait": false, "n": 3})).unwrap();
    assert!(execution.ends_with(":carelake-dev-toy-one:first"), "{execution}");
    let told = ended(&runner, &execution);
    assert_eq!((told.status, told.output), (ExecutionStatus::Succeeded, Some(json!({"n": 3}))));
    assert!(told.ended_at >= Some(told.started_at));
    let events = runner.history(&execution, 0).unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], *kinds.last().unwrap()), ("ExecutionStarted", "ExecutionSucceeded"));
    let entered = events.iter().find(|event| event["type"] == "PassStateEntered").unwrap();
    assert_eq!(entered["stateEnteredEventDetails"]["name"], "Pass");
    let ids = |events: &[Value]| events.iter().map(|event| event["id"].as_u64().unwrap()).collect::<Vec<_>>();
    assert!(ids(&events).is_sorted());
    assert_eq!(ids(&runner.history(&execution, 2).unwrap()), ids(&events[2..]));

    let second = runner.start("toy_one", Some("second"), &json!({"wait": false, "n": 4})).unwrap();
    let second_told = ended(&runner, &second);
    let listed = runner.executions("toy_one", None, 10).unwrap();
    assert_eq!(listed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["second", "first"]);
    let one = listed.first().unwrap();
    assert_eq!((&one.id, one.status), (&second, ExecutionStatus::Succeeded));
    assert_eq!((one.started_at, one.ended_at), (second_told.started_at, second_told.ended_at));
    assert_eq!(runner.executions("toy_one", None, 1).unwrap(), listed[..1]);
    assert_eq!(runner.executions("toy_one", Some(one.started_at), 10).unwrap(), listed[1..]);
    assert_eq!(runner.execution("toy_one", "first").unwrap(), execution);

    let waiting = runner.start("pipeline", None, &json!({"wait": true})).unwrap();
    assert_eq!(runner.describe(&waiting).unwrap().status, ExecutionStatus::Running);
    runner.stop(&waiting).unwrap();
    assert_eq!(ended(&runner, &waiting).status, ExecutionStatus::Aborted);
}

#[test]
fn what_is_not_there_is_told_by_name() {
    let rig = Rig::start(Kind::MiniStack);
    let runner = runner(&rig);
    let unknown = RunnerError::UnknownDefinition { name: "carelake-dev-toy-two".to_owned() };
    assert_eq!(runner.start("toy_two", None, &json!({})), Err(unknown.clone()));
    assert_eq!(runner.executions("toy_two", None, 10), Err(unknown));
    let execution = "arn:aws:states:us-east-1:000000000000:execution:carelake-dev:nobody";
    let unknown = || RunnerError::UnknownExecution { execution: execution.to_owned() };
    assert_eq!(runner.describe(execution), Err(unknown()));
    assert_eq!(runner.history(execution, 0), Err(unknown()));
    assert_eq!(runner.task_success("nobody", &json!({})), Err(RunnerError::UnknownToken));
    assert_eq!(runner.task_heartbeat("nobody"), Err(RunnerError::UnknownToken));
}
