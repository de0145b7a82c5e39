//! `carelake serve --work` and `carelake functions`: what starts by itself, and what there is to start.

#[cfg(test)]
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{DAC, Place, dac};

#[test]
fn what_was_due_is_carried_out_once_and_the_process_ends_when_it_is_told_to() {
    let place = Place::new();
    place.write(DAC, dac(30));
    let rejects = "    rejects: ./rejects\n";
    place.configure(rejects, &format!("{rejects}    deployment: {{ schedule: {{ day: 1, hour: 6 }} }}\n"));
    let long_ago = r#"{"pipeline": "2020-01-01T06:00:00Z", "freshness": "2020-01-01T07:30:00Z"}"#;
    place.write("output/_carelake/schedules.json", long_ago);
    let mut serve = place.as_typed(&["serve", "--work"]).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(serve.stderr.take().unwrap()).lines();
    let mut awaited = vec!["freshness of ", "pipeline of "];
    let mut told = Vec::new();
    for line in lines {
        let line = line.unwrap();
        awaited.retain(|what| !line.starts_with(what));
        told.push(line);
        if awaited.is_empty() {
            break;
        }
    }
    assert_eq!(awaited, [] as [&str; 0], "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("freshness") && line.ends_with("SUCCEEDED")), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("pipeline") && line.ends_with("FAILED")), "{told:?}");
    Command::new("kill").args(["-s", "INT", &serve.id().to_string()]).status().unwrap();
    assert_eq!(serve.wait().unwrap().code(), Some(0));
    // What has no file failed, and was told of; what has one is published.
    let run = place.carelake(&["status", "--json"]);
    assert_eq!((run.json()["trigger"].as_str(), &run.clinicians()["status"]), (Some("schedule"), &"published".into()));
    let run_id = run.json()["run_id"].as_str().unwrap().to_owned();
    for kept in ["history.jsonl", "notice.txt", "report.json"] {
        assert!(place.path().join(format!("output/_carelake/runs/{run_id}/{kept}")).is_file(), "{kept}");
    }
    let marks = std::fs::read_to_string(place.path().join("output/_carelake/schedules.json")).unwrap();
    assert!(!marks.contains("2020-01-01"), "{marks}");
}

#[test]
fn what_is_on_aws_is_not_served_from_here() {
    let place = Place::new();
    let ran = place.carelake(&["serve", "--work", "--env", "dev"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_eq!(place.carelake(&["serve"]).code, Some(2));
}

#[test]
fn functions_are_told_with_what_a_deployment_is_made_from() {
    let place = Place::new();
    let answer = place.carelake(&["functions", "--json"]).json();
    let functions = answer["functions"].as_array().unwrap();
    let named = |name: &str| functions.iter().find(|function| function["name"] == name).unwrap();
    let plan = named("plan");
    assert_eq!((&plan["placeholder"], &plan["lambda"]), (&"PlanFunction".into(), &"plan".into()));
    assert_eq!((&plan["called_by"], &plan["memory_mib"]), (&"definition".into(), &512.into()));
    assert_eq!(named("freshness")["schedule"], "30 7 * * ? *");
    let needs = named("clinicians")["needs"].as_array().unwrap();
    assert!(needs.contains(&serde_json::json!({"place": "output", "part": "own", "access": "write"})), "{needs:?}");
    assert_eq!(answer["definitions"][0]["file"], "statemachine/pipeline.asl.json");
    assert_eq!(answer["definitions"][0]["schedule"], Value::Null);
    let table = place.carelake(&["functions"]).stdout;
    assert!(table.lines().any(|line| line.contains("HospitalsFunction")), "{table}");
}
