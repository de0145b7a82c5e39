//! Properties of histories, over random machines of Pass, Wait, Task, Parallel and Map states with random failures.

#![expect(clippy::unwrap_used, reason = "a test that panics fails, as it should")]

use carelake_statemachine::{EventKind, Machine, Outcome, Silent, Status, run_mocked};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A state without its name; `fails` is how often its task fails before it answers.
#[derive(Debug, Clone)]
enum Shape {
    Pass,
    Wait(u8),
    Task { fails: usize, caught: bool },
    Parallel(Vec<Vec<Self>>),
    Map { items: u8, concurrency: u8, body: Vec<Self> },
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let leaf = prop_oneof![
        Just(Shape::Pass),
        any::<u8>().prop_map(Shape::Wait),
        (0_usize..6, any::<bool>()).prop_map(|(fails, caught)| Shape::Task { fails, caught }),
    ];
    let shape = leaf.prop_recursive(3, 24, 3, |inner| {
        let flow = prop::collection::vec(inner, 1..3);
        prop_oneof![
            prop::collection::vec(flow.clone(), 1..4).prop_map(Shape::Parallel),
            (0_u8..5, 0_u8..4, flow).prop_map(|(items, concurrency, body)| Shape::Map { items, concurrency, body }),
        ]
    });
    prop::collection::vec(shape, 1..4)
}

/// Writes a flow out, naming its states in order and noting what its tasks answer.
fn flow(shapes: &[Shape], count: &mut usize, script: &mut Map<String, Value>) -> Value {
    let names: Vec<String> = shapes
        .iter()
        .map(|_| {
            *count += 1;
            format!("S{count}")
        })
        .collect();
    let mut states = Map::new();
    for (index, shape) in shapes.iter().enumerate() {
        let name = names.get(index).unwrap();
        let mut state = match shape {
            Shape::Pass => json!({"Type": "Pass"}),
            Shape::Wait(secs) => json!({"Type": "Wait", "Seconds": secs}),
            Shape::Task { fails, caught } => {
                // Items share the script, so it must be long enough for all of them; what is left over does not matter.
                let attempts: Vec<Value> = (0..*fails)
                    .map(|_| json!({"error": "Storage", "after_seconds": 1}))
                    .chain((0..120).map(|_| json!({"output": {}, "after_seconds": 1})))
                    .collect();
                script.insert(name.clone(), json!(attempts));
                let catch = if *caught {
                    json!([{"ErrorEquals": ["States.ALL"], "Next": format!("{name}Caught")}])
                } else {
                    json!([])
                };
                if *caught {
                    states.insert(format!("{name}Caught"), json!({"Type": "Succeed"}));
                }
                json!({
                    "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Catch": catch,
                    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 3}]
                })
            }
            Shape::Parallel(branches) => {
                let branches: Vec<Value> = branches.iter().map(|branch| flow(branch, count, script)).collect();
                json!({"Type": "Parallel", "Branches": branches, "ResultPath": null})
            }
            Shape::Map { items, concurrency, body } => json!({
                "Type": "Map", "ItemsPath": format!("$$.Execution.Input.lists[{items}]"), "MaxConcurrency": concurrency,
                "ItemProcessor": flow(body, count, script), "ResultPath": null
            }),
        };
        let members = state.as_object_mut().unwrap();
        match names.get(index + 1) {
            Some(next) => members.insert("Next".to_owned(), json!(next)),
            None => members.insert("End".to_owned(), json!(true)),
        };
        states.insert(name.clone(), state);
    }
    json!({"StartAt": names.first().unwrap(), "States": states})
}

fn run(shapes: &[Shape]) -> Outcome {
    let (mut count, mut script) = (0, Map::new());
    let definition = flow(shapes, &mut count, &mut script);
    let machine = Machine::parse(&definition.to_string()).unwrap();
    let lists: Vec<Vec<usize>> = (0..5).map(|length| (0..length).collect()).collect();
    let started = "2024-06-01T00:00:00Z".parse().unwrap();
    run_mocked(&machine, json!({"lists": lists}), &Value::Object(script), started, &mut Silent).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn histories_are_whole_trees_in_order_of_time(shapes in shapes()) {
        let outcome = run(&shapes);
        let mut last = outcome.history.first().unwrap().at;
        for (index, event) in outcome.history.iter().enumerate() {
            prop_assert_eq!(event.id, index as u64 + 1);
            prop_assert!(event.previous < event.id);
            prop_assert!(event.at >= last);
            last = event.at;
        }
        let count = |wanted: fn(EventKind) -> bool| outcome.history.iter().filter(|event| wanted(event.kind)).count();
        let entered = count(|kind| matches!(kind, EventKind::StateEntered(_)));
        let exited = count(|kind| matches!(kind, EventKind::StateExited(_)));
        match outcome.status {
            Status::Succeeded => prop_assert_eq!(entered, exited),
            Status::Failed => prop_assert!(entered > exited),
            other => prop_assert!(false, "{:?}", other),
        }
        let started = count(|kind| kind == EventKind::MapIterationStarted);
        let ended = count(|kind| matches!(
            kind,
            EventKind::MapIterationSucceeded | EventKind::MapIterationFailed | EventKind::MapIterationAborted
        ));
        // Items inside an item or branch that was itself stopped have no end of their own.
        prop_assert!(ended <= started && (outcome.status == Status::Failed || ended == started));
    }

    #[test]
    fn the_same_machine_leaves_the_same_history(shapes in shapes()) {
        prop_assert_eq!(run(&shapes), run(&shapes));
    }
}
