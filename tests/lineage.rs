//! Events of OpenLineage through the command: one beginning and one end of each run, whatever becomes of it, and a receiver that was down
//! misses nothing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{DAC, Place, dac};

/// The file that events go to, below the folder of the test.
const TOLD: &str = "told.jsonl";
/// Somebody who can be in no event: the last name of the second clinician.
const PERSON: &str = "LAST1";

/// Makes a folder with a clinician file and a configuration that tells of runs.
fn place(to: &str) -> Place {
    let place = Place::new();
    place.write(DAC, dac(20));
    place.configure("notify: {}\n", &format!("notify: {{}}\nlineage: {{ to: '{to}', namespace: lake }}\n"));
    place
}

fn events(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Checks what every event must have, and that each run begins once, then ends once; answers the events by job.
fn checked(events: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut runs: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let mut jobs: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for event in events {
        assert_eq!(event["schemaURL"], "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent");
        assert!(event["producer"].as_str().unwrap().starts_with("urn:carelake:"));
        let id = event["run"]["runId"].as_str().unwrap();
        assert!(id.len() == 36 && id.as_bytes()[14] == b'7', "{id}");
        assert_eq!(event["job"]["namespace"], "lake");
        assert_eq!(event["run"]["facets"]["processing_engine"]["name"], "carelake");
        check_facets(event);
        runs.entry(id).or_default().push(event);
        jobs.entry(event["job"]["name"].as_str().unwrap().to_owned()).or_default().push(event);
    }
    for (run, events) in runs {
        let kinds: Vec<&str> = events.iter().map(|event| event["eventType"].as_str().unwrap()).collect();
        assert!(kinds.len() == 2 && kinds[0] == "START" && kinds[1] != "START", "{run}: {kinds:?}");
        assert!(events.is_sorted_by_key(|event| event["eventTime"].as_str()), "{run}");
    }
    jobs
}

/// Checks that every facet says who tells it and which schema it follows.
fn check_facets(value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "facets" || name.ends_with("Facets") {
                    for (facet, told) in member.as_object().unwrap() {
                        let url = told["_schemaURL"].as_str().unwrap_or_default();
                        assert!(url.starts_with("https://openlineage.io/spec/facets/"), "{facet}: {told}");
                        assert!(told["_producer"].is_string(), "{facet}");
                    }
                }
                check_facets(member);
            }
        }
        Value::Array(items) => items.iter().for_each(check_facets),
        _ => {}
    }
}

#[test]
fn a_month_tells_of_itself_and_of_each_publication_without_a_value() {
    let place = place("file:told.jsonl");
    place.run_clinicians(&[]).published();
    let text = fs::read_to_string(place.path().join(TOLD)).unwrap();
    assert!(!text.contains(PERSON), "a name was told");
    let all = events(&place.path().join(TOLD));
    let jobs = checked(&all);
    assert_eq!(jobs.keys().collect::<Vec<_>>(), ["pipeline", "pipeline.clinicians"]);
    let [whole, of_dataset] = [jobs["pipeline"][1], jobs["pipeline.clinicians"][1]];
    assert_eq!((&whole["eventType"], &of_dataset["eventType"]), (&"COMPLETE".into(), &"COMPLETE".into()));
    assert_eq!(of_dataset["run"]["facets"]["parent"]["run"]["runId"], whole["run"]["runId"]);
    assert_eq!(of_dataset["run"]["facets"]["nominalTime"]["nominalStartTime"], "2026-11-01T00:00:00.000Z");
    let output = &of_dataset["outputs"][0];
    assert_eq!((&output["namespace"], &output["name"]), (&"lake".into(), &"clinicians".into()));
    assert_eq!(output["outputFacets"]["outputStatistics"]["rowCount"], 20);
    assert_eq!(output["facets"]["dataQualityMetrics"]["rowCount"], 20);
    let columns = output["facets"]["schema"]["fields"].as_array().unwrap();
    assert!(["npi", "state"].iter().all(|name| columns.iter().any(|column| column["name"] == *name)), "{columns:?}");
    let input = &of_dataset["inputs"][0];
    let file = place.path().join(DAC);
    assert_eq!(input["name"].as_str().map(Path::new), Some(file.as_path()));
    assert_eq!(input["inputFacets"]["inputStatistics"]["rowCount"], 20);
    assert_eq!(input["inputFacets"]["dataQualityMetrics"]["columnMetrics"]["suffix"]["nullCount"], 20);
    let made_of = &output["facets"]["columnLineage"]["fields"];
    assert_eq!(made_of["last_name"]["inputFields"][0]["field"], "last_name");
    assert_eq!(made_of["last_name"]["inputFields"][0]["name"], input["name"]);
    assert_eq!(made_of["dq_has_specialty"], Value::Null);
    // What was told at the beginning is what was read in the end.
    assert_eq!(jobs["pipeline.clinicians"][0]["inputs"][0]["name"], input["name"]);
    let shown = place.carelake(&["lineage", "show", "2026-11-01.1", "--json"]);
    assert_eq!(shown.json(), Value::Array(all));
}

#[test]
fn a_dataset_that_fails_says_which_error_and_a_rerun_is_a_run_of_its_own() {
    let place = place("file:told.jsonl");
    let failing = ["--inject", "clinicians:SchemaDrift:1"];
    place.run_clinicians(&failing).refused("SchemaDrift", 12);
    let all = events(&place.path().join(TOLD));
    let jobs = checked(&all);
    for job in ["pipeline", "pipeline.clinicians"] {
        assert_eq!(jobs[job][1]["eventType"], "FAIL", "{job}");
        let error = jobs[job][1]["run"]["facets"]["errorMessage"]["message"].as_str().unwrap();
        assert!(error.starts_with("SchemaDrift: "), "{error}");
    }
    let reran = place.carelake(&["rerun", "--failed", "--json"]);
    assert_eq!(reran.code, Some(0), "{}", reran.stderr);
    let all = events(&place.path().join(TOLD));
    assert_eq!(checked(&all)["pipeline.clinicians"].len(), 4);
}

#[test]
fn attempts_of_a_publication_are_one_run() {
    let place = place("file:told.jsonl");
    let failing = ["--inject", "clinicians:Storage:1"];
    place.run_clinicians(&failing).published();
    let all = events(&place.path().join(TOLD));
    assert_eq!(checked(&all)["pipeline.clinicians"].len(), 2);
}

#[test]
fn a_run_that_was_killed_is_told_as_aborted_by_the_next_command() {
    let place = place("file:told.jsonl");
    place.write(DAC, dac(200_000));
    let run = ["run", "--as-of", "2026-11-01", "--dataset", "clinicians"];
    let mut killed = place.command(&run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let told = place.path().join("output/_carelake/runs/2026-11-01.1/lineage.jsonl");
    let deadline = Instant::now() + Duration::from_secs(60);
    while fs::read_to_string(&told).map_or(0, |text| text.lines().count()) < 2 {
        assert!(Instant::now() < deadline && killed.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    place.carelake(&["status"]);
    let all = events(&place.path().join(TOLD));
    let jobs = checked(&all);
    assert_eq!(jobs["pipeline"][1]["eventType"], "ABORT");
    assert_eq!(jobs["pipeline.clinicians"][1]["eventType"], "ABORT");
    place.carelake(&["status"]);
    assert_eq!(events(&place.path().join(TOLD)), all);
}

#[test]
fn a_receiver_that_is_down_delays_nothing_and_is_sent_what_it_missed() {
    // Nobody answers at the port of a server that is gone.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("https://127.0.0.1:{port}/api/v1/lineage");
    let place = place(&url);
    let ran = place.run_clinicians(&[]);
    ran.published();
    assert!(ran.stderr.contains("carelake lineage send"), "{}", ran.stderr);
    let sent = place.carelake(&["lineage", "send", "--json"]);
    assert_eq!((sent.code, &sent.json()["waiting"]), (Some(20), &4.into()), "{}", sent.stderr);
    assert!(sent.json()["standing"]["failures"].as_u64() >= Some(2));
    place.configure(&url, "file:told.jsonl");
    let sent = place.carelake(&["lineage", "send", "--json"]);
    assert_eq!((sent.code, &sent.json()["sent"]), (Some(0), &4.into()), "{}", sent.stderr);
    checked(&events(&place.path().join(TOLD)));
    assert_eq!(place.carelake(&["lineage", "send", "--json"]).json()["sent"], 0);
    assert_eq!(events(&place.path().join(TOLD)).len(), 4);
}

#[test]
fn a_receiver_that_does_not_answer_is_waited_for_two_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = place(&format!("https://{}/api/v1/lineage", silent.local_addr().unwrap()));
    let began = Instant::now();
    place.run_clinicians(&[]).published();
    // The run itself takes less than one.
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

/// The page of a feed of patients.
const PAGE: &str = "intake:
  feeds:
    lakeside_patients:
      partner: lakeside
      path: 'patients_{delivery:%Y-%m-%d}*.csv'
      format: { type: csv, delimiter: ';' }
      delivery: full
      expected: { every: week, by_day: 2 }
      time_zone: America/Chicago
      tables:
        persons:
          complete: [last_name, birth_date, sex]
          columns:
            patient_id: { from: MRN, pad: 8 }
            last_name: { from: NAME, split: { on: ',', part: 1 } }
            first_name: { from: NAME, split: { on: ',', part: 2 } }
            birth_date: { from: DOB, date: '%m/%d/%Y' }
            sex: { from: SEX, map: { F: female, M: male } }
";

#[test]
fn a_delivery_tells_what_it_changed_or_why_it_did_not() {
    let place = Place::new();
    let config = "version: 2\ninclude: [feeds/*.yaml]\nlineage: { to: file:told.jsonl, namespace: lake }\nenvironments:\n  \
                  local: { input: ./landing, output: ./output, rejects: ./rejects }\n";
    place.write("pipeline_config.yaml", config);
    place.write("feeds/lakeside_patients.yaml", PAGE);
    let send = |day: &str, rows: &str| {
        let file = format!("landing/lakeside/patients_{day}.csv");
        place.write(&file, format!("MRN;NAME;DOB;SEX\n{rows}"));
        place.carelake(&["intake", "run", &file])
    };
    let ran = send("2026-11-02", "1;LAST1, Ann;03/14/1961;F\n2;Vik, Per;12/05/1958;M\n3;Marsh, Dana;07/22/1990;F\n");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(send("2026-11-09", "1;LAST1, Ann;03/14/1961;F\n").code, Some(14));
    let text = fs::read_to_string(place.path().join(TOLD)).unwrap();
    assert!(!text.contains(PERSON), "a name was told");
    let all = events(&place.path().join(TOLD));
    let jobs = checked(&all);
    let [good, bad] = [jobs["intake"][1], jobs["intake"][3]];
    assert_eq!((&good["eventType"], &bad["eventType"]), (&"COMPLETE".into(), &"FAIL".into()));
    assert_eq!(good["inputs"][0]["name"], "feed/lakeside_patients");
    assert_eq!(good["outputs"][0]["name"], "intake/persons/lakeside_patients");
    assert_eq!(good["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"], 3);
    let error = bad["run"]["facets"]["errorMessage"]["message"].as_str().unwrap();
    assert!(error.starts_with("VolumeDrop: ") && bad["outputs"] == Value::Array(Vec::new()), "{error}");
}

#[test]
fn without_a_receiver_nothing_is_told() {
    let place = Place::new();
    place.write(DAC, dac(20));
    place.run_clinicians(&[]).published();
    assert!(!place.path().join("output/_carelake/lineage").exists());
    let shown = place.carelake(&["lineage", "show"]);
    assert!(shown.code == Some(2) && shown.stderr.contains("no section `lineage`"), "{}", shown.stderr);
    assert_eq!(place.carelake(&["lineage", "send"]).code, Some(10));
}
