//! `carelake serve` and `carelake functions`: what starts by itself, what answers, and what there is to start.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::support::{DAC, Place, dac};
use serde_json::Value;

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
    assert_eq!(place.carelake(&["serve", "--env", "dev"]).code, Some(2));
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

/// A command that serves, with the address that it told.
pub(super) fn listening(place: &Place, options: &[&str]) -> (Child, String) {
    let arguments = [&["serve", "--listen", "127.0.0.1:0"], options].concat();
    let mut serve = place.as_typed(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let line = BufReader::new(serve.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    // As JSON the line has the address that signs in, too.
    let (_, rest) = line.split_once("http://").unwrap();
    let is_address = |letter: char| letter.is_ascii_digit() || ".:".contains(letter);
    (serve, rest.chars().take_while(|letter| is_address(*letter)).collect())
}

pub(super) fn get(address: &str, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn requests_are_answered_at_the_address_that_is_told_until_the_process_is_to_end() {
    let place = Place::new();
    for (options, signal) in [(&["--work"][..], "TERM"), (&["--json"], "INT")] {
        let (mut serve, address) = listening(&place, options);
        let health = get(&address, "/healthz", "");
        assert!(health.starts_with("HTTP/1.1 200") && health.contains(env!("CARGO_PKG_VERSION")), "{health}");
        assert!(get(&address, "/api/pages", "").starts_with("HTTP/1.1 401"));
        let key = std::fs::read_to_string(place.path().join("output/_carelake/serve.key")).unwrap();
        let pages = get(&address, "/api/pages", &format!("Authorization: Bearer {key}\r\n"));
        assert!(pages.contains(r#""path":"/api/pages/intake/feeds""#), "{pages}");
        let taken = place.carelake(&["serve", "--listen", &address]);
        assert_eq!(taken.code, Some(2), "{}", taken.stderr);
        assert!(
            taken.stderr.contains("something listens there already") && taken.stderr.contains("next: "),
            "{}",
            taken.stderr
        );
        Command::new("kill").args(["-s", signal, &serve.id().to_string()]).status().unwrap();
        assert_eq!(serve.wait().unwrap().code(), Some(0));
        assert!(TcpStream::connect(&address).is_err());
    }
    let open = place.carelake(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(open.code == Some(2) && open.stderr.contains("--tls-cert FILE --tls-key FILE"), "{}", open.stderr);
    assert_eq!(place.carelake(&["serve", "--work", "--tls-cert", "cert.pem"]).code, Some(2));
    let unknown = place.carelake(&["serve", "--listen", "127.0.0.1:0", "--behind-proxy"]);
    let told = &unknown.stderr;
    assert!(unknown.code == Some(2) && told.contains("console.oidc") && told.contains("--no-pages"), "{told}");
}

const FEEDS: &str = r#"
version: 2
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
intake:
  defaults: { time_zone: UTC, settle_secs: 0, max_reject_ratio: 0.3 }
  feeds:
    bay_people:
      partner: bay
      path: "PAT_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: full
      tables:
        persons: { columns: { patient_id: MRN, last_name: NAME } }
"#;

#[test]
fn files_of_partners_are_taken_in_beside_everything_else_and_pages_show_what_became_of_them() {
    let place = Place::new();
    place.write("pipeline_config.yaml", FEEDS);
    place.write("input/bay/PAT_20260803.csv", "MRN,NAME\n1,Doe\n");
    place.write("input/bay/PAT_20260903.csv", "MRN,NAME\n,Doe\n");
    place.write("input/bay/minutes.txt", "x");
    let (mut serve, address) = listening(&place, &["--work"]);
    let key = std::fs::read_to_string(place.path().join("output/_carelake/serve.key")).unwrap();
    let page = |path: &str| -> Value {
        let answer = get(&address, &format!("/api/pages/intake/{path}"), &format!("Authorization: Bearer {key}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let cells = |page: &Value| page["tables"][0]["rows"].as_array().unwrap().clone();
    // A file of no feed settles for ten seconds.
    let began = std::time::Instant::now();
    while cells(&page("unclaimed")).is_empty() || cells(&page("letters")).is_empty() {
        assert!(began.elapsed().as_secs() < 300, "{} {}", page("unclaimed"), page("letters"));
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let feeds = page("feeds");
    assert_eq!(cells(&feeds)[0]["cells"][0]["link"]["text"], "bay_people");
    let feed = page("feeds/bay_people");
    let delivery = |at: usize| cells(&feed)[at]["cells"].clone();
    assert_eq!((&delivery(0)[4]["text"], &delivery(1)[4]["text"]), (&"failed".into(), &"published".into()));
    let action = |page: &Value, label: &str| {
        let actions = page["actions"].as_array().unwrap().clone();
        actions.into_iter().find(|action| action["label"].as_str().unwrap().starts_with(label)).unwrap()
    };
    let (withdraw, redrive) =
        (action(&feed, "Withdraw bay_people/2026-08-03"), action(&feed, "Do bay_people/2026-09-03"));
    assert_eq!(withdraw["does"]["start"]["input"]["change"]["verb"], "withdraw");
    assert!(withdraw["effect"].as_str().unwrap().contains("its 1 rows"), "{withdraw}");
    let assign = action(&page("unclaimed"), "Assign");
    let verb = |action: &Value| action["does"]["start"]["input"]["change"]["verb"].clone();
    assert_eq!((verb(&redrive), verb(&assign)), ("redrive".into(), "assign".into()));
    assert!(
        get(&address, "/api/pages/intake/feeds/none", &format!("Authorization: Bearer {key}\r\n"))
            .starts_with("HTTP/1.1 404")
    );
    Command::new("kill").args(["-s", "TERM", &serve.id().to_string()]).status().unwrap();
    assert_eq!(serve.wait().unwrap().code(), Some(0));
    // The command of an action does what the action says.
    let command = withdraw["command"].as_str().unwrap().strip_prefix("carelake ").unwrap().to_owned();
    let ran = place.carelake(&command.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("serves 0 rows"), "{}", ran.stdout);
}
