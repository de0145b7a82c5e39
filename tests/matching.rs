//! Matching by the command: what is certain is given, what is likely is asked and answered, and all of it can be taken back.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::Duration;

use crate::pages::Served;
use crate::support::{Place, Ran};
use serde_json::{Value, json};

/// A text that is in the record of a person and must be in nothing that is told.
const MARKER: &str = "Zoemarker";

const SECTION: &str = r#"
matching:
  matchers:
    bay:
      input: { publications: [files/people], required: [first_name, last_name, birth_date, sex, ssn] }
      reference: { from: [files/reference] }
      fields:
        first_name: { compare: first_name, frequencies: false }
        last_name: { compare: last_name, frequencies: false }
        birth_date: { compare: date }
        sex: { compare: exact }
        ssn: { compare: ssn }
      block: [[ssn], [last_name.metaphone, birth_date]]
      rules:
        - { name: ssn_birth, all: ["ssn =", "birth_date ?~ year", "last_name ~ part"], is: exact, links_reference: true }
      model: model.json
      thresholds: { exact: 30, propose: 2, margin: 8 }
      repair: [birth_date, sex, { together: [social_security_number, ssn_last4] }]
      accepts_ssn: ["*"]
      review: { sample_exact: 0, sample_none: 0 }
"#;

const MODEL: &str = r#"{"odds_bits": -10, "fields": {
  "first_name": {"equal": 8, "swapped": 6, "nickname": 6, "close": 4, "initial": 2, "near": 1, "else": -4},
  "last_name": {"equal": 8, "part": 6, "close": 4, "sounds": 3, "near": 1, "else": -4},
  "birth_date": {"equal": 11, "transposed": 7, "edit1": 6, "year": 4, "else": -5},
  "sex": {"equal": 1, "else": -5},
  "ssn": {"equal": 20, "last4": 10, "edit1": 12, "else": -6}}}"#;

const COLUMNS: &str = "data_source:text,patient_id:text,first_name:text,last_name:text,birth_date:date,sex:text,social_security_number:text,\
                       ssn_last4:text,delivery_date:date";
const HEADER: &str =
    "data_source,patient_id,first_name,last_name,birth_date,sex,social_security_number,ssn_last4,delivery_date\n";

fn place() -> Place {
    let place = Place::new();
    let file = place.path().join("pipeline_config.yaml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, config + SECTION).unwrap();
    place.write("model.json", MODEL);
    place
}

/// Publishes rows as `files/NAME`.
fn publish(place: &Place, name: &str, rows: &str) {
    place.write(&format!("{name}.csv"), format!("{HEADER}{rows}"));
    let publication = format!("files/{name}");
    let file = format!("{name}.csv");
    let ran = place.carelake(&["publish", &publication, &file, "--schema", COLUMNS, "--as-of", "2026-11-01"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

fn number(n: u32) -> String {
    format!("{}11{n:04}", 400 + n % 90)
}

fn reference(count: u32) -> String {
    let mut rows = format!("county,R0,{MARKER},Miller,1984-03-07,female,261534871,4871,2026-10-01\n");
    // Two persons of one name and birth date.
    for (id, number) in [("T1", "361534872"), ("T2", "361534893")] {
        writeln!(rows, "county,{id},Bea,Stone,1990-12-24,female,{number},{},2026-10-01", number.get(5..).unwrap())
            .unwrap();
    }
    for n in 1..=count {
        let number = number(n);
        writeln!(
            rows,
            "county,R{n},First{n},Last{n},19{:02}-05-05,male,{number},{},2026-10-01",
            n % 90 + 10,
            number.get(5..).unwrap()
        )
        .unwrap();
    }
    rows
}

const RECORDS: &str = "roster,X1,,Miller,1984-03-07,,261534871,4871,2026-10-02\n\
                       roster,X2,Bea,Stone,1990-12-24,,,,2026-10-02\n\
                       roster,X3,Nobody,Known,,,,,2026-10-02\n";

fn small() -> Place {
    let place = place();
    publish(&place, "reference", &reference(20));
    publish(&place, "people", RECORDS);
    place
}

fn well(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.json()
}

fn run(place: &Place) -> Value {
    well(&place.carelake(&["match", "run", "bay", "--json"]))
}

fn outcomes(place: &Place) -> Vec<String> {
    place.query("SELECT patient_id, outcome, reason FROM \"matching/bay/outcomes\" ORDER BY 1")
}

fn person(place: &Place, id: &str) -> String {
    let sql = format!(
        "SELECT sex, social_security_number, _match FROM \"matching/bay/persons/people\" WHERE patient_id = '{id}'"
    );
    place.query(&sql).remove(0)
}

#[test]
fn what_is_certain_is_given_what_is_likely_is_asked_and_the_next_run_uses_the_answer() {
    let place = small();
    let dry = well(&place.carelake(&["match", "run", "--dry-run", "--json"]));
    let shares = &dry["matchers"][0]["shares"];
    assert_eq!((&shares["exact"], &shares["proposed"], &shares["none"]), (&json!(1), &json!(1), &json!(1)));
    assert!(!place.path().join("output/matching/bay").exists(), "nothing is published");

    let ran = run(&place);
    assert_eq!(ran["matchers"][0]["settled"]["is_changed"], json!(true));
    assert_eq!(outcomes(&place), ["X1,exact,rule:ssn_birth", "X2,proposed,weight", "X3,none,no_candidates"]);
    assert_eq!(
        (person(&place, "X1").as_str(), person(&place, "X2").as_str()),
        ("female,261534871,exact", ",,proposed")
    );
    let sql = "SELECT patient_id, \"column\", was, \"by\" FROM \"matching/bay/repairs\"";
    assert_eq!(place.query(sql), ["X1,sex,null,auto"]);
    assert_eq!(run(&place)["matchers"][0]["settled"]["is_changed"], json!(false), "the same is not published twice");

    let reviews = well(&place.carelake(&["match", "reviews", "--json"]));
    let review = reviews["reviews"][0].clone();
    assert_eq!((reviews["reviews"].as_array().unwrap().len(), review["candidates"].as_array().unwrap().len()), (1, 2));
    let (id, candidate) = (review["id"].as_str().unwrap(), review["candidates"][1]["person"].as_str().unwrap());
    let shown = well(&place.carelake(&["match", "reviews", id, "--with-values", "--json"]));
    assert_eq!(shown["record"]["last_name"], json!("Stone"));
    let made = well(&place.carelake(&["match", "decide", id, "accept", candidate, "--seen", "1", "--json"]));
    assert_eq!(made["state"], json!("accepted"));
    let late = place.carelake(&["match", "decide", id, "reject", "all", "--seen", "1"]);
    assert_eq!(late.code, Some(19), "{}", late.stderr);
    run(&place);
    assert_eq!(outcomes(&place)[1], "X2,exact,decision");
    assert!(person(&place, "X2").starts_with("female,36153489") || person(&place, "X2").starts_with("female,36153487"));
    well(&place.carelake(&["match", "audit", "--json"]));
    well(&place.carelake(&["audit", "matching/bay", "--verify", "--json"]));
    let labels = well(&place.carelake(&["match", "labels", "--out", "labels.csv", "--json"]));
    assert_eq!(labels["labels"], json!(1));
    assert!(fs::read_to_string(place.path().join("labels.csv")).unwrap().contains("roster,X2,county,T"));
    assert_eq!(well(&place.carelake(&["match", "quality", "--json"]))["decisions"], json!(1));

    // Taken back: the run, then the answer.
    let undone = well(&place.carelake(&["match", "undo", "--json"]));
    assert_eq!(outcomes(&place)[1], "X2,proposed,weight", "{undone}");
    let decision = made["decision"].as_str().unwrap();
    well(&place.carelake(&["match", "decide", decision, "undo", "--json"]));
    run(&place);
    assert_eq!(outcomes(&place)[1], "X2,proposed,weight");

    // And all of it.
    let undone = (0..5).take_while(|_| place.carelake(&["match", "undo"]).code == Some(0)).count();
    assert!((1..5).contains(&undone), "{undone}");
    let gone = place.carelake(&["query", "SELECT * FROM \"matching/bay/outcomes\""]);
    assert!(gone.code == Some(2) && gone.stderr.contains("was never published"), "{}", gone.stderr);
    run(&place);

    let explained = well(&place.carelake(&["match", "explain", "roster", "X2", "--json"]));
    assert_eq!((&explained["outcome"], explained["pairs"].as_array().unwrap().len()), (&json!("proposed"), 2));
    place.write("record.json", r#"{"data_source": "roster", "patient_id": "Y1", "last_name": "Miller", "social_security_number": "261534871", "birth_date": "1984-03-07"}"#);
    let tried = well(&place.carelake(&["match", "try", "record.json", "--as-of", "2026-11-01", "--json"]));
    assert_eq!((&tried["outcome"], &tried["reason"]), (&json!("exact"), &json!("rule:ssn_birth")));
    let found = tried["person"].as_str().unwrap();
    let people = well(&place.carelake(&["match", "people", found, "--json"]));
    assert_eq!(people["records"][0]["record"]["patient_id"], json!("R0"));

    let told: [&[&str]; 12] = [
        &["match", "run", "bay"],
        &["match", "run", "--dry-run"],
        &["match", "load"],
        &["match", "reference"],
        &["match", "reference", "--digest", "--json"],
        &["match", "explain", "roster", "X1"],
        &["match", "try", "record.json"],
        &["match", "people", found],
        &["match", "reviews"],
        &["match", "quality"],
        &["match", "audit"],
        &["audit", "matching/bay"],
    ];
    for arguments in told {
        let ran = place.carelake(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?} {}", ran.stderr);
        assert!(!format!("{ran:?}").contains(MARKER), "{arguments:?}");
    }
}

#[test]
fn what_is_misspelt_is_told_with_the_nearest_name() {
    let place = small();
    let refused = place.carelake(&["match", "run", "bey"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("bay"), "{}", refused.stderr);
    for (arguments, told) in [
        (&["match", "explain", "roster", "X9"][..], "there is no record roster X9"),
        (&["match", "people", "p_nobody"], "there is no person p_nobody"),
        (&["match", "decide", "r", "accept"], "there is no review r"),
        (&["match", "undo"], "no run is left"),
    ] {
        let refused = place.carelake(arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?} {}", refused.stderr);
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    place.configure("thresholds: { exact: 30,", "thresholds: { exact: 1,");
    let refused = place.carelake(&["match", "run"]);
    assert_eq!(refused.code, Some(10));
    place.configure("thresholds: { exact: 1,", "thresholds: { exact: 30,");
    fs::remove_file(place.path().join("model.json")).unwrap();
    assert_eq!(place.carelake(&["match", "run"]).code, Some(10));
}

#[test]
fn shares_that_move_far_are_refused_with_a_code_of_their_own() {
    let place = place();
    publish(&place, "reference", &reference(300));
    let strangers: String = (0..250).map(|n| format!("roster,S{n},Zed,Nobody,,,,,2026-10-02\n")).collect();
    publish(&place, "people", &strangers);
    run(&place);
    let known: String = (1..=250)
        .map(|n| format!("roster,K{n},,Last{n},19{:02}-05-05,,{},,2026-10-02\n", n % 90 + 10, number(n)))
        .collect();
    publish(&place, "people", &known);
    let refused = place.carelake(&["match", "run", "--json"]);
    assert_eq!(refused.code, Some(40), "{}", refused.stderr);
    assert!(refused.stderr.contains("MatchSpike"), "{}", refused.stderr);
    assert!(outcomes(&place)[0].starts_with("S0,none"));
    assert_eq!(place.carelake(&["match", "run", "--accept-shift"]).code, Some(0));
    assert!(outcomes(&place)[0].starts_with("K1,exact"));
}

/// What a run leaves, to be compared.
fn left(place: &Place) -> (Vec<String>, Vec<String>, String, usize) {
    let rows = place.query("SELECT * FROM \"matching/bay/outcomes\" ORDER BY patient_id");
    let persons = "SELECT patient_id, sex, person_id, _match FROM \"matching/bay/persons/people\" ORDER BY patient_id";
    let digest = well(&place.carelake(&["match", "reference", "--digest", "--json"]))["digest"]["all"].to_string();
    let reviews = well(&place.carelake(&["match", "reviews", "--limit", "0", "--json"]))["reviews"].clone();
    (rows, place.query(persons), digest, reviews.as_array().unwrap().len())
}

#[test]
fn who_is_killed_anywhere_is_made_up_for_by_the_next_run() {
    let expected = {
        let place = small();
        run(&place);
        left(&place)
    };
    let place = small();
    for millis in [30, 60, 90, 120, 160, 200, 260, 320, 400, 500] {
        let mut child = place
            .command(&["match", "run", "bay"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(millis));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // A claim ends with its process.
    let ran = place.carelake(&["match", "run", "bay", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(left(&place), expected);
}

#[test]
fn two_runs_at_once_do_the_work_once() {
    let expected = {
        let place = small();
        run(&place);
        left(&place)
    };
    let place = small();
    let mut both: Vec<_> = (0..2)
        .map(|_| {
            place
                .command(&["match", "run", "bay", "--json"])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in both.drain(..) {
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    assert_eq!(left(&place), expected);
}

#[test]
fn the_page_of_a_matcher_tells_what_its_run_came_to_and_takes_it_back() {
    let place = small();
    let ran = run(&place);
    let served = Served::start(&place);
    let page = served.page("matching/matchers/bay");
    let facts = page["facts"].as_array().unwrap();
    let fact = |label: &str| facts.iter().find(|fact| fact["label"] == label).unwrap()["cell"].clone();
    assert_eq!(fact("records"), json!({ "count": 3 }));
    assert_eq!(fact("rows of the reference"), json!({ "count": 23 }));
    let undo = page["actions"].as_array().unwrap().iter().find(|action| action["label"] == "Undo last run").unwrap();
    assert!(undo["effect"].as_str().unwrap().contains(ran["execution"].as_str().unwrap()));
    assert!(!page.to_string().contains(MARKER));
}

const FEEDS: &str = r#"
intake:
  defaults: { time_zone: America/New_York, max_reject_ratio: 0.3, max_drop_ratio: 0.5, min_rows: 1 }
  feeds:
    county:
      partner: county
      path: "COUNTY_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: full
      tables:
        persons:
          complete: [sex]
          columns:
            patient_id: MRN
            last_name: Last
            first_name: First
            birth_date: { from: DOB, date: iso }
            sex: { from: Sex, map: { F: female, M: male } }
            social_security_number: SSN
    roster:
      partner: roster
      path: "ROSTER_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: full
      tables:
        persons:
          complete: [sex]
          columns:
            patient_id: MRN
            last_name: Last
            first_name: First
            birth_date: { from: DOB, date: iso }
            sex: { from: Sex, map: { F: female, M: male } }
            social_security_number: SSN
"#;

#[test]
fn feeds_are_looked_up_in_each_other_and_the_view_of_persons_takes_what_was_given() {
    let place = place();
    let config = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let config =
        config.replace("[files/people]", "[intake/persons/*]").replace("[files/reference]", "[intake/persons/*]");
    let config = config.replace("      model: model.json", "      model: model.json\n      serve: true");
    place.write("pipeline_config.yaml", config + FEEDS);
    let header = "MRN,Last,First,DOB,Sex,SSN\n";
    place.write("landing/COUNTY_20261101.csv", format!("{header}R0,Miller,{MARKER},1984-03-07,F,261534871\n"));
    place.write(
        "landing/ROSTER_20261101.csv",
        format!("{header}X1,Miller,{MARKER},1984-03-07,,261534871\nX2,Whole,Carl,1950-01-01,M,361534872\n"),
    );
    for (file, partner) in [("landing/COUNTY_20261101.csv", "county"), ("landing/ROSTER_20261101.csv", "roster")] {
        let ran = place.carelake(&["intake", "run", file, "--partner", partner]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let persons = "SELECT data_source, patient_id, sex FROM persons ORDER BY 1, 2";
    assert_eq!(place.query(persons), ["county,R0,female", "roster,X1,", "roster,X2,male"], "nothing was run yet");
    run(&place);
    assert_eq!(place.query(persons), ["county,R0,female", "roster,X1,female", "roster,X2,male"]);
    assert_eq!(
        place.query(&persons.replace("FROM persons", "FROM persons_as_sent")),
        ["county,R0,female", "roster,X1,", "roster,X2,male"]
    );
    let sql = "SELECT patient_id, partner, incomplete_fields FROM \"matching/bay/persons/roster\" ORDER BY 1";
    assert_eq!(place.query(sql), ["X1,roster,[]", "X2,roster,[]"]);
}
