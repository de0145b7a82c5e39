//! `carelake asl`: checking a definition, and running it with tasks that answer what a file says.

use crate::support::{Place, Ran};
use serde_json::json;

const DEFINITION: &str = r#"{
  "StartAt": "Double",
  "States": {
    "Double": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName": "double", "Payload.$": "$" },
      "Retry": [{ "ErrorEquals": ["Busy"], "IntervalSeconds": 3600, "MaxAttempts": 1 }],
      "ResultSelector": { "doubled.$": "$.Payload" },
      "End": true
    }
  }
}"#;

#[test]
fn a_definition_runs_with_an_input_and_the_answers_of_a_file() {
    let place = Place::new();
    place.write("double.asl.json", DEFINITION);
    let answers = json!({"Double": [{"error": "Busy", "cause": "later"}, {"output": {"Payload": 4}}]});
    place.write("mock.json", answers.to_string());
    place.write("input.json", r#"{"n": 2}"#);
    for input in [r#"{"n": 2}"#, "@input.json"] {
        let arguments = ["asl", "run", "double.asl.json", "--input", input, "--mock", "mock.json", "--json"];
        // The variable names the folder of a run, and is nothing to a definition.
        let ran = Ran::of(place.command(&arguments).env("CARELAKE_INPUT", "elsewhere"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let answer = ran.json();
        assert_eq!(answer["status"], "SUCCEEDED", "{answer}");
        assert_eq!(answer["output"], json!({"doubled": 4}), "{answer}");
    }
}

#[test]
fn an_input_that_is_not_json_and_a_definition_with_mistakes_are_refused() {
    let place = Place::new();
    place.write("double.asl.json", DEFINITION);
    let ran = place.carelake(&["asl", "run", "double.asl.json", "--input", "{n: 2}"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("--input"), "{}", ran.stderr);
    place.write(
        "broken.asl.json",
        DEFINITION.replace("\"End\": true", "\"Next\": \"Nowhere\"").replace("Busy", "States.Bus"),
    );
    let ran = place.carelake(&["asl", "check", "broken.asl.json"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.contains("Nowhere"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_items_of_a_distributed_map_are_files_of_a_folder() {
    let place = Place::new();
    place.write(
        "map.asl.json",
        r#"{"StartAt": "Each", "States": {"Each": {
            "Type": "Map", "End": true,
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Parameters": {"Bucket": "given", "Key": "in/people.csv"}
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "results", "Prefix": "out"}
            }
        }}}"#,
    );
    place.write("buckets/given/in/people.csv", "id,name\n1,Ada\n2,Grace\n");
    std::fs::create_dir_all(place.path().join("buckets/results")).unwrap();
    let ran = place.carelake(&["asl", "run", "map.asl.json", "--objects", "buckets", "--json"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let manifest = ran.json()["output"]["ResultWriterDetails"]["Key"].as_str().unwrap().to_owned();
    let results = place.path().join("buckets/results").join(&manifest);
    assert!(results.is_file(), "{manifest}");
    let none = place.carelake(&["asl", "run", "map.asl.json", "--objects", "nowhere"]);
    assert!(none.code == Some(2) && none.stderr.contains("nowhere"), "{}", none.stderr);
    let ran = place.carelake(&["asl", "run", "map.asl.json", "--json"]);
    assert_eq!(ran.json()["status"], "FAILED");
}
