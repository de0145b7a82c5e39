//! What only the children of a map run show: their own histories, how many run at once, who is stopped, and what is written.

#![expect(clippy::unwrap_used, reason = "a test that panics fails, as it should")]

use std::sync::Arc;

use carelake_statemachine::{
    Abort, Binding, ChildExecution, Execution, ExecutionContext, Machine, Mock, NoObjects, Notice, Objects,
    ObjectsInMemory, Outcome, Scripted, Silent, Status, TaskCall, TaskError, Tasks, VirtualClock, execute,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Scripted tasks, with objects that can still be looked at afterwards.
struct World {
    mock: Mock,
    objects: Box<dyn Objects>,
}

impl Tasks for World {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        self.mock.knows(binding)
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        self.mock.run(call)
    }

    fn script(&self, call: &TaskCall) -> Option<Scripted> {
        self.mock.script(call)
    }

    fn objects(&self) -> &dyn Objects {
        &*self.objects
    }
}

const STARTED: Timestamp = Timestamp::UNIX_EPOCH;

fn run_in(machine: &Machine, input: Value, script: &Value, objects: Box<dyn Objects>) -> (Outcome, Arc<World>) {
    let world = Arc::new(World { mock: Mock::parse(script, machine).unwrap(), objects });
    let outcome = execute(Execution {
        machine,
        input,
        context: ExecutionContext::new("run-1", "lake", STARTED),
        tasks: Arc::clone(&world) as Arc<dyn Tasks>,
        clock: &VirtualClock::starting_at(STARTED),
        observer: &mut Silent,
        abort: Abort::new(),
    });
    (outcome, world)
}

fn run(map: Value, input: Value, script: &Value) -> Outcome {
    run_in(&machine(map), input, script, Box::new(ObjectsInMemory::default())).0
}

/// Returns a machine of one Distributed Map, whose children do one task.
fn machine(more: Value) -> Machine {
    let work = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true});
    let mut map = json!({"Type": "Map", "End": true, "Label": "Feeds", "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Work", "States": {"Work": work}}});
    map.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Machine::parse(&json!({"StartAt": "Map", "States": {"Map": map}}).to_string()).unwrap()
}

fn labels(child: &ChildExecution) -> Vec<String> {
    child.history.iter().map(carelake_statemachine::Event::label).collect()
}

#[test]
fn each_child_has_a_history_and_a_context_of_its_own() {
    let show = json!({"Type": "Pass", "Parameters": {"execution.$": "$$.Execution", "machine.$": "$$.StateMachine"}, "End": true});
    let processor = json!({"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Show", "States": {"Show": show}});
    let outcome = run(json!({"ItemProcessor": processor}), json!([7]), &json!({}));
    let [child] = outcome.children.as_slice() else { unreachable!("one item has one child") };
    assert_eq!(
        labels(child),
        ["ExecutionStarted", "PassStateEntered Show", "PassStateExited Show", "ExecutionSucceeded"]
    );
    assert_eq!(
        child.history.iter().map(|event| (event.id, event.previous)).collect::<Vec<_>>(),
        [(1, 0), (2, 0), (3, 2), (4, 3)]
    );
    let shown = child.output.clone().unwrap();
    let machine_arn = "arn:aws:states:local:000000000000:stateMachine:lake/Feeds";
    assert_eq!(shown["machine"], json!({"Id": machine_arn, "Name": "lake/Feeds"}));
    assert_eq!(shown["execution"]["Input"], json!(7));
    assert_eq!(shown["execution"]["Id"], json!(child.arn));
    assert_eq!(child.arn, format!("arn:aws:states:local:000000000000:execution:lake/Feeds:{}", child.name));
    assert!(child.map_run.starts_with("arn:aws:states:local:000000000000:mapRun:lake/Feeds:"), "{}", child.map_run);
    let started = outcome.history.iter().find(|event| event.label() == "MapRunStarted Map").unwrap();
    assert_eq!(started.to_aws()["mapRunStartedEventDetails"], json!({"mapRunArn": child.map_run}));
}

#[test]
fn no_more_children_run_at_once_than_the_definition_says() {
    let attempts: Vec<Value> = (0..4).map(|_| json!({"output": 1, "after_seconds": 10})).collect();
    for (limit, secs) in [(json!({"MaxConcurrency": 2}), 20), (json!({"MaxConcurrency": 3}), 20), (json!({}), 10)] {
        let outcome = run(limit.clone(), json!([1, 2, 3, 4]), &json!({"Work": attempts}));
        assert_eq!(outcome.status, Status::Succeeded);
        assert_eq!(outcome.history.last().unwrap().at.as_second(), secs, "{limit}");
        let starts: Vec<i64> = outcome.children.iter().map(|child| child.history[0].at.as_second()).collect();
        let at_once = limit["MaxConcurrency"].as_u64().unwrap_or(4);
        let wanted: Vec<i64> = (0..4).map(|index| if index < at_once { 0 } else { 10 }).collect();
        assert_eq!(starts, wanted, "{limit}");
    }
}

#[test]
fn a_failure_too_many_stops_the_children_that_run_and_starts_no_other() {
    let script = json!({"Work": [
        {"input": 1, "output": 1},
        {"input": 2, "error": "Bad", "cause": "why", "after_seconds": 5},
        {"input": 3, "output": 3, "after_seconds": 60},
    ]});
    let outcome = run(json!({"MaxConcurrency": 2}), json!([1, 2, 3, 4]), &script);
    assert_eq!(outcome.error.as_deref(), Some("States.ExceedToleratedFailureThreshold"));
    let ends: Vec<_> = outcome.children.iter().map(|child| (child.status, child.error.as_deref())).collect();
    assert_eq!(ends, [(Status::Succeeded, None), (Status::Failed, Some("Bad")), (Status::Aborted, None)]);
    assert_eq!(labels(&outcome.children[2]).last().unwrap(), "ExecutionAborted");
    assert_eq!(outcome.history.last().unwrap().at.as_second(), 5);
}

#[test]
fn a_sibling_that_fails_aborts_the_map_run_and_its_children() {
    let map = json!({"StartAt": "Map", "States": {"Map": {"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 60, "End": true}}}}}});
    let fail = json!({"StartAt": "Soon", "States": {"Soon": {"Type": "Wait", "Seconds": 1, "Next": "Fail"}, "Fail": {"Type": "Fail", "Error": "E"}}});
    let definition =
        json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": [map, fail], "End": true}}});
    let machine = Machine::parse(&definition.to_string()).unwrap();
    let (outcome, _) = run_in(&machine, json!([1]), &json!({}), Box::new(NoObjects));
    assert_eq!(outcome.error.as_deref(), Some("E"));
    assert!(outcome.history.iter().any(|event| event.label() == "MapRunAborted Map"));
    assert_eq!(outcome.children[0].status, Status::Aborted);
}

#[test]
fn a_machine_out_of_time_aborts_its_map_run_first() {
    let rest = json!({"Type": "Wait", "Seconds": 60, "End": true});
    let map = json!({"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Rest", "States": {"Rest": rest}}});
    let definition = json!({"TimeoutSeconds": 5, "StartAt": "?", "States": {"?": map}});
    let machine = Machine::parse(&definition.to_string()).unwrap();
    let (outcome, _) = run_in(&machine, json!([1]), &json!({}), Box::new(NoObjects));
    assert_eq!(outcome.status, Status::TimedOut);
    let [.., aborted, ended] = outcome.history.as_slice() else { unreachable!("there are two events at least") };
    assert_eq!((aborted.label().as_str(), ended.label().as_str()), ("MapRunAborted ?", "ExecutionTimedOut"));
    assert_eq!(ended.previous, aborted.id);
    // A name of which nothing may stand in an ARN is replaced.
    assert!(outcome.children[0].arn.contains(":lake/Map:"), "{}", outcome.children[0].arn);
}

#[test]
fn results_are_written_by_how_the_children_ended() {
    let writer = |config: Value| {
        let parameters = json!({"Bucket": "out", "Prefix": "runs"});
        json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": parameters, "WriterConfig": config})
    };
    let script = json!({"Work": [{"input": 1, "output": {"rows": 3}}, {"input": 2, "error": "Bad", "cause": "why"}]});
    let written = |config: Value, tolerated: u64| {
        let machine =
            machine(json!({"MaxConcurrency": 1, "ToleratedFailureCount": tolerated, "ResultWriter": writer(config)}));
        let (outcome, world) = run_in(&machine, json!([1, 2, 3]), &script, Box::new(ObjectsInMemory::default()));
        let list = world.objects.list("out", "runs/").unwrap();
        let files: Vec<(String, String)> = list
            .into_iter()
            .map(|entry| {
                let body = String::from_utf8(world.objects.get("out", &entry.key).unwrap()).unwrap();
                (entry.key.rsplit('/').next().unwrap().to_owned(), body)
            })
            .collect();
        (outcome, files)
    };
    let (outcome, files) = written(json!({}), 0);
    assert_eq!(outcome.error.as_deref(), Some("States.ExceedToleratedFailureThreshold"));
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["FAILED_0.json", "PENDING_0.json", "SUCCEEDED_0.json", "manifest.json"]);
    let body = |index: usize| serde_json::from_str::<Value>(&files[index].1).unwrap();
    assert_eq!((&body(0)[0]["Error"], &body(0)[0]["Status"]), (&json!("Bad"), &json!("FAILED")));
    assert_eq!(body(1), json!([{"Input": "3", "Status": "PENDING"}]));
    assert_eq!(body(2)[0]["Output"], json!("{\"rows\":3}"));
    assert_eq!(body(2)[0]["ExecutionArn"], json!(outcome.children[0].arn));
    assert_eq!(body(3)["MapRunArn"], json!(outcome.children[0].map_run));
    assert_eq!(body(3)["ResultFiles"]["SUCCEEDED"][0]["Size"], json!(files[2].1.len()));
    let (_, files) = written(json!({"Transformation": "COMPACT", "OutputType": "JSONL"}), 9);
    assert_eq!(files[1], ("SUCCEEDED_0.jsonl".to_owned(), "{\"rows\":3}\n".to_owned()));
}

#[test]
fn results_that_cannot_be_written_fail_the_run() {
    let writer = json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out"}});
    let script = json!({"Work": [{"output": 1}]});
    let (outcome, _) = run_in(&machine(json!({"ResultWriter": writer})), json!([1]), &script, Box::new(NoObjects));
    assert_eq!(outcome.error.as_deref(), Some("States.ResultWriterFailed"));
    let labels: Vec<String> = outcome.history.iter().rev().take(3).map(carelake_statemachine::Event::label).collect();
    assert_eq!(labels, ["ExecutionFailed", "MapStateFailed Map", "MapRunFailed Map"]);
}

#[test]
fn an_onlooker_is_told_the_events_of_children_apart() {
    let machine = machine(json!({}));
    let (mut own, mut of_children) = (0, Vec::new());
    let outcome = execute(Execution {
        machine: &machine,
        input: json!([1]),
        context: ExecutionContext::new("run-1", "lake", STARTED),
        tasks: Arc::new(Mock::parse(&json!({"Work": [{"output": 1}]}), &machine).unwrap()),
        clock: &VirtualClock::starting_at(STARTED),
        observer: &mut |notice: &Notice<'_>| match notice {
            Notice::Event(_) => own += 1,
            Notice::ChildEvent { execution, event } => of_children.push(((*execution).to_owned(), event.label())),
            _ => {}
        },
        abort: Abort::new(),
    });
    assert_eq!(own, outcome.history.len());
    let child = &outcome.children[0];
    let wanted: Vec<_> = labels(child).into_iter().map(|label| (child.name.clone(), label)).collect();
    assert_eq!(of_children, wanted);
}
