use proptest::prelude::*;
use serde_json::json;

use crate::machine::{Kind, Machine};
use crate::problem::{MISSING_TARGET, Problem, SCHEMA, UNSUPPORTED};

fn problems(text: &str) -> Vec<Problem> {
    Machine::parse(text).unwrap_err().0
}

fn messages(definition: &serde_json::Value) -> Vec<String> {
    problems(&definition.to_string()).into_iter().map(|problem| problem.message).collect()
}

/// A machine of one state with these fields, beside a state `Next` to go to.
fn with_state(fields: serde_json::Value) -> serde_json::Value {
    json!({"StartAt": "S", "States": {"S": fields, "Next": {"Type": "Succeed"}}})
}

#[test]
fn every_mistake_is_reported_at_once_with_state_line_and_place() {
    let text = r#"{
  "StartAt": "Gone",
  "States": {
    "Load": {
      "Type": "Task",
      "Retry": [{"ErrorEquals": []}],
      "Catch": [{"ErrorEquals": ["A"], "Next": "Nowhere"}],
      "Next": "Load",
      "Speed": 3
    },
    "Pick": {"Type": "Choice", "Choices": [{"Variable": "x", "StringEquals": 1, "Next": "Load"}]}
  }
}"#;
    let found: Vec<(Option<usize>, Option<String>, &str)> =
        problems(text).into_iter().map(|problem| (problem.line, problem.location, problem.code)).collect();
    let at = |line, place: &str, code| (Some(line), Some(place.to_owned()), code);
    assert_eq!(
        found,
        [
            at(2, "/StartAt", MISSING_TARGET),
            at(4, "/States/Load", SCHEMA),
            at(6, "/States/Load/Retry[0]/ErrorEquals", SCHEMA),
            at(9, "/States/Load/Speed", SCHEMA),
            at(11, "/States/Pick/Choices[0]/Variable", SCHEMA),
            at(11, "/States/Pick/Choices[0]/StringEquals", SCHEMA),
        ]
    );
    assert_eq!(problems(text)[1].state.as_deref(), Some("Load"));
}

#[test]
fn what_is_not_supported_is_refused_by_state_and_line() {
    let text = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Pass", "QueryLanguage": "JSONata", "Next": "B"},
        "B": {"Type": "Map", "End": true,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "PARQUET"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "C", "States": {"C": {"Type": "Succeed"}}}}}}"#;
    let found: Vec<_> = problems(text)
        .into_iter()
        .map(|problem| (problem.state.unwrap(), problem.line.unwrap(), problem.code))
        .collect();
    assert_eq!(found, [("A".to_owned(), 2, UNSUPPORTED), ("B".to_owned(), 4, UNSUPPORTED)]);
    let whole = problems(r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#);
    assert_eq!(whole[0].code, UNSUPPORTED);
}

#[test]
fn transitions_must_lead_somewhere_and_every_state_must_be_reachable() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "X"}], "Default": "B"},
        "B": {"Type": "Pass", "Next": "Y"},
        "Lost": {"Type": "Succeed"},
    }});
    assert_eq!(
        messages(&definition),
        ["Missing 'Next' target: X", "Missing 'Next' target: Y", "State \"Lost\" is not reachable."]
    );
}

#[test]
fn fields_that_exclude_each_other_or_are_missing_are_told() {
    for (fields, wanted) in [
        (json!({"Type": "Pass", "Next": "Next", "End": true}), "Only one of these fields may be there: [Next, End]"),
        (json!({"Type": "Pass"}), "These fields are required: [Next] or [End]"),
        (json!({"Type": "Pass", "End": false}), "End must be true; leave it out otherwise"),
        (json!({"Next": "Next"}), "These fields are required: [Type]"),
        (json!({"Type": "Sleep"}), "there is no state type 'Sleep'"),
        (
            json!({"Type": "Wait", "Next": "Next"}),
            "One of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]",
        ),
        (
            json!({"Type": "Wait", "Seconds": 1, "Timestamp": "2024-06-01T00:00:00Z", "Next": "Next"}),
            "Only one of these fields may be there: [Seconds, Timestamp]",
        ),
        (
            json!({"Type": "Fail", "Error": "A", "ErrorPath": "$.a"}),
            "Only one of these fields may be there: [Error, ErrorPath]",
        ),
        (
            json!({"Type": "Pass", "Next": "Next", "ResultPath": "$..a"}),
            "ResultPath must be a valid reference path: a reference path below $ was expected at character 1 of '$..a'",
        ),
        (json!({"Type": "Parallel", "Branches": [], "Next": "Next"}), "Branches must have at least one branch"),
        (json!({"Type": "Map", "Next": "Next"}), "These fields are required: [ItemProcessor]"),
    ] {
        let found = messages(&with_state(fields));
        assert!(found.iter().any(|message| message == wanted), "{found:?}");
    }
}

#[test]
fn retriers_and_timeouts_are_checked() {
    let task = |more: serde_json::Value| {
        let mut fields = json!({"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "Next"});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        messages(&with_state(fields))
    };
    assert!(task(json!({"TimeoutSeconds": 5, "HeartbeatSeconds": 5}))[0].contains("smaller than TimeoutSeconds"));
    assert!(task(json!({"TimeoutSeconds": 0}))[0].contains("from 1 to 99999999"));
    assert!(task(json!({"Resource": "arn:aws:s3:::b"}))[0].contains("neither a Lambda function"));
    let all_first = json!({"Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}]});
    assert!(task(all_first)[0].contains("that entry the last one"));
    assert!(task(json!({"Retry": [{"ErrorEquals": ["A"], "BackoffRate": 0.5}]}))[0].contains("BackoffRate"));
    assert!(task(json!({"Retry": [{"ErrorEquals": ["A"], "JitterStrategy": "HALF"}]}))[0].contains("'FULL' or 'NONE'"));
}

#[test]
fn a_key_that_occurs_twice_is_refused() {
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "A": {"Type": "Succeed"}}}"#;
    assert_eq!(problems(text)[0].location.as_deref(), Some("/States/A"));
}

#[test]
fn a_text_that_is_no_json_is_refused_in_the_words_of_aws() {
    let [problem] = problems("\n  nonsense here").try_into().unwrap();
    assert_eq!((problem.code, problem.line), ("INVALID_JSON_DESCRIPTION", Some(2)));
    assert!(problem.message.starts_with("Unrecognized token 'nonsense': was expecting"), "{}", problem.message);
    assert!(problem.message.ends_with("line: 2, column: 11]"), "{}", problem.message);
    for empty in ["", " ", "[]", "null"] {
        assert_eq!(problems(empty)[0].message, "Definition must be a valid JSON object");
    }
}

#[test]
fn express_machines_cannot_wait_for_others() {
    for (resource, wanted) in [
        ("arn:aws:states:::states:startExecution.sync", "'.sync' service integration"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "'.waitForTaskToken' service integration"),
        ("arn:aws:states:eu-west-1:1:activity:a", "Activity ARN"),
    ] {
        let definition = with_state(json!({"Type": "Task", "Resource": resource, "Next": "Next"})).to_string();
        assert!(Machine::parse(&definition).is_ok());
        let problems = Machine::parse_as(&definition, Kind::Express).unwrap_err().0;
        assert_eq!(problems[0].message, format!("Express state machine does not support {wanted}"));
    }
}

/// JSON that looks like a definition: the language's own words with values of every kind.
fn definitions() -> impl Strategy<Value = serde_json::Value> {
    let word = prop::sample::select(vec![
        "StartAt",
        "States",
        "Type",
        "Next",
        "End",
        "Choices",
        "Variable",
        "And",
        "Not",
        "Retry",
        "Catch",
        "ErrorEquals",
        "Branches",
        "ItemProcessor",
        "Parameters",
        "x.$",
        "ResultPath",
        "Task",
        "Pass",
        "Choice",
        "Map",
        "Parallel",
        "Wait",
        "Seconds",
        "Resource",
        "arn:aws:states:::sns:publish",
        "$.a",
        "States.UUID()",
        "$$.Execution",
        "S",
        "StringEquals",
        "ProcessorConfig",
        "Mode",
        "DISTRIBUTED",
        "ItemReader",
        "ReaderConfig",
        "InputType",
        "CSV",
        "ItemBatcher",
        "ResultWriter",
        "WriterConfig",
    ]);
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        word.clone().prop_map(|value| json!(value)),
        "\\PC{0,6}".prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|value| json!(value)),
            prop::collection::btree_map(word.clone(), inner, 0..6).prop_map(|value| json!(value)),
        ]
    })
}

proptest! {
    #[test]
    fn reading_any_bytes_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(Machine::parse(&String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn reading_any_json_never_panics(value in definitions()) {
        drop(Machine::parse(&value.to_string()));
        drop(Machine::parse(&json!({"StartAt": "S", "States": {"S": value}}).to_string()));
    }
}
