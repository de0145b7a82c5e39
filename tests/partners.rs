//! What an operator, an analyst and a data engineer see of partners' feeds: columns that change, refused rows, figures, pages, health.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;

use crate::support::{Place, Ran};
use serde_json::{Value, json};

const CONFIG: &str = r#"
version: 2
include: [feeds/*.yaml]
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
intake:
  defaults: { time_zone: UTC, settle_secs: 0, max_reject_ratio: 0.3, max_drop_ratio: 0.9, max_loss: 1.0 }
  feeds:
    bay_people:
      partner: bay
      path: "PAT_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: full
      notify: [it@bay.example]
      tables:
        persons: { columns: { patient_id: MRN, last_name: NAME } }
    bay_visits:
      partner: bay
      path: "VIS_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: append
      tables:
        encounters:
          columns: { encounter_id: VISIT, patient_id: MRN, encounter_start_date: { from: DAY, date: iso } }
"#;
const MARKER: &str = "ZZPLANTEDZZ";

fn bay() -> Place {
    let place = Place::new();
    place.write("pipeline_config.yaml", CONFIG);
    place.write("feeds/none.yaml", "intake: {}\n");
    place
}

/// Has a file arrive, and answers how it ended: status and error.
fn arrive(place: &Place, name: &str, text: &str) -> String {
    let path = format!("input/{name}");
    place.write(&path, text);
    let ran = place.carelake(&["intake", "run", &path, "--json"]);
    assert!(!ran.stdout.contains(MARKER) && !ran.stderr.contains(MARKER), "{} {}", ran.stdout, ran.stderr);
    let told: Value = serde_json::from_str(ran.stdout.lines().next().unwrap_or(&ran.stderr)).unwrap();
    let words = ["status", "error", "reason"].map(|name| told[name].as_str().unwrap_or_default().to_owned());
    words.join(" ").trim_end().to_owned()
}

fn well(ran: Ran) -> Ran {
    assert_eq!(ran.code, Some(0), "{} {}", ran.stdout, ran.stderr);
    ran
}

/// Returns the texts of all notices whose subject has these words.
fn notices(place: &Place, about: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![place.path().join("output/_carelake")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path)
                && text.lines().take(2).any(|line| line.starts_with("Subject: ") && line.contains(about))
            {
                found.push(text);
            }
        }
    }
    found
}

#[test]
fn a_new_column_is_told_once_and_versions_say_since_when() {
    let place = bay();
    let show = || well(place.carelake(&["feeds", "show", "bay_people", "--json"])).json();
    assert_eq!(arrive(&place, "bay/PAT_20260803.csv", "MRN,NAME\n1,Doe\n"), "published");
    assert_eq!(arrive(&place, "bay/PAT_20260903.csv", "MRN,NAME,PHONE\n1,Doe,5551234\n"), "published");
    assert_eq!(arrive(&place, "bay/PAT_20261003.csv", "MRN,NAME,PHONE\n1,Doe,5551235\n"), "published");
    let told = notices(&place, "new columns");
    // One to those who are always told, one to those whom the feed names.
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("PHONE") && told[0].contains("bay_people/2026-09-03") && !told[0].contains("555"),
        "{told:?}"
    );
    let versions: Vec<Value> = show()["schemas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["version"], one["since"]["position"]["date"], one["parts"][""], one["new"]]))
        .collect();
    assert_eq!(
        versions,
        [json!([1, "2026-08-03", ["MRN", "NAME"], []]), json!([2, "2026-09-03", ["MRN", "NAME", "PHONE"], ["PHONE"]])]
    );
    assert_eq!(show()["schema_version"], 2);
    // Nothing is mailed here, which the feed says of whom it names.
    assert_eq!(show()["unconfirmed"][0]["address"], "it@bay.example");
    let text = well(place.carelake(&["feeds", "show", "bay_people"])).stdout;
    assert!(text.lines().any(|line| line.contains("bay_people/2026-09-03") && line.ends_with("PHONE")), "{text}");
    // What rows require is not there: that is another matter, and the columns of such a file are not kept.
    assert_eq!(arrive(&place, "bay/PAT_20261103.csv", "MRM,NAME\n1,Doe\n"), "failed SchemaDrift patient_id");
    assert_eq!(show()["schema_version"], 2);
}

#[test]
fn a_path_that_no_record_has_is_a_missing_column() {
    let place = bay();
    let page = |name: &str, ending: &str, format: &str, columns: &str| {
        let text = format!(
            "intake:\n  feeds:\n    {name}:\n      partner: gulf\n      path: \"{name}_{{delivery:%Y%m%d}}.{ending}\"\n      format: {format}\n      delivery: full\n      tables:\n        persons: {{ columns: {columns} }}\n"
        );
        place.write(&format!("feeds/{name}.yaml"), text);
    };
    page("jp", "json", "{ type: json, records: people }", "{ patient_id: ids.mrn, last_name: name }");
    page("np", "ndjson", "{ type: ndjson }", "{ patient_id: mrn, last_name: name }");
    page("xp", "xml", "{ type: xml, records: Person }", "{ patient_id: Ids/Mrn, last_name: Name }");
    page("hp", "hl7", "{ type: hl7 }", "{ patient_id: PID-3.1, last_name: PID-5.1 }");
    let sent = [
        (
            "jp",
            "json",
            r#"{"people": [{"ids": {"MRN": "1"}, "name": "A"}, {"ids": {}, "name": "B"}]}"#,
            r#""MRN""#,
            r#""mrn""#,
        ),
        ("np", "ndjson", "{\"mrm\": \"1\", \"name\": \"A\"}\n{\"name\": \"B\"}\n", "mrm", "mrn"),
        ("xp", "xml", "<P><Person><Ids><Mrm>1</Mrm></Ids><Name>A</Name></Person></P>", "Mrm", "Mrn"),
        ("hp", "hl7", "MSH|^~\\&|A|B|C|D|20260803||ADT^A08|1|P|2.5\rPID|1|M1|||A^B\r", "|M1|||", "||M1||"),
    ];
    for (name, ending, text, wrong, right) in sent {
        let file = |day: &str| format!("gulf/{name}_202608{day}.{ending}");
        assert_eq!(arrive(&place, &file("03"), text), "failed SchemaDrift patient_id", "{name}");
        let ended = arrive(&place, &file("04"), &text.replace(wrong, right));
        assert!(ended == "published" || ended == "failed RejectThreshold", "{name}: {ended}");
    }
    let dead = well(place.carelake(&["intake", "dead", "--feed", "np", "--json"])).json();
    assert!(dead[0]["reason"].as_str().unwrap().contains("the nearest column is `mrm`"), "{dead}");
}

#[test]
fn refused_rows_are_shown_whether_their_delivery_was_accepted_or_not() {
    let place = bay();
    let people = "MRN,NAME\n1,Doe\n2,Roe\n3,Poe\n,=ZZPLANTEDZZ\n";
    assert_eq!(arrive(&place, "bay/PAT_20260803.csv", people), "published");
    let bad = "MRN,NAME\n1,Doe\n,ZZPLANTEDZZ\n,B\n";
    assert_eq!(arrive(&place, "bay/PAT_20260903.csv", bad), "failed RejectThreshold");
    let rejects = |more: &[&str]| {
        let all = [&["rejects", "intake/persons/bay_people", "--json"], more].concat();
        well(place.carelake(&all)).json()[0].clone()
    };
    let all = rejects(&[]);
    assert_eq!((&all["publication"], &all["total"]), (&json!("intake/persons/bay_people"), &json!(3)));
    assert_eq!(all["by_rule"]["bay_people/2026-09-03"], json!({"required_missing": 2}));
    let status: Vec<&Value> = all["deliveries"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(status, ["accepted", "refused"]);
    assert_eq!((&all["rows"][1]["place"], &all["rows"][1]["column"]), (&json!("3"), &json!("patient_id")));
    assert!(!all.to_string().contains(MARKER));
    // The rows themselves are there for who asks.
    let of_one = rejects(&["--delivery", "bay_people/2026-09-03", "--raw"]);
    assert_eq!((&of_one["total"], &of_one["rows"][0]["raw"]), (&json!(2), &json!(",ZZPLANTEDZZ")));
    let table = well(place.carelake(&["rejects", "intake/persons/*", "--lines"])).stdout;
    assert!(table.contains("required_missing") && !table.contains(MARKER), "{table}");
    // Of a delivery or a letter, for on-call.
    let lines = |option: &str, value: &str| {
        well(place.carelake(&["intake", "rejected", option, value, "--json"])).stdout.lines().count()
    };
    assert_eq!(lines("--delivery", "bay_people/2026-09-03"), 2);
    let dead = well(place.carelake(&["intake", "dead", "--json"])).json();
    assert_eq!(lines("--letter", dead[0]["id"].as_str().unwrap()), 2);
    // In CSV for people no text is a formula.
    well(place.carelake(&["rejects", "intake/persons/bay_people", "--export", "to-mend"]));
    let csv = fs::read_to_string(place.path().join("to-mend/persons__bay_people.csv")).unwrap();
    assert_eq!(csv.lines().count(), 4, "{csv}");
    for wrong in [
        &["rejects", "intake/persons/bay_peple"] as &[&str],
        &["rejects", "intake/persons/bay_people", "--run", "2026-08-03.1"],
        &["rejects", "intake/persons/bay_people", "--rule", "required_mising"],
        &["rejects", "intake/persons/bay_people", "--delivery", "nonsense"],
        &["intake", "rejected", "--delivery", "bay_people/2020-01-01"],
    ] {
        let ran = place.carelake(wrong);
        assert_eq!(ran.code, Some(2), "{wrong:?}: {} {}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("next: "), "{wrong:?}: {}", ran.stderr);
    }
}

#[test]
fn csv_for_people_has_no_formulas_and_json_has_texts_as_they_are() {
    let place = bay();
    assert_eq!(arrive(&place, "bay/PAT_20260803.csv", "MRN,NAME\n1,=1+1\n-2,@x\n"), "published");
    let sql = "select patient_id, last_name, -5 as less from persons order by patient_id";
    assert_eq!(place.query(sql), ["'-2,'@x,-5", "1,'=1+1,-5"]);
    let plain = well(place.carelake(&["query", "--json", sql])).json();
    assert_eq!(plain[0], json!({"patient_id": "-2", "last_name": "@x", "less": -5}));
    assert_eq!(arrive(&place, "bay/PAT_20260903.csv", "MRN,NAME\n1,+2\n-2,@x\n"), "published");
    let csv = well(place.carelake(&["diff", "intake/persons/bay_people", "--csv"])).stdout;
    assert!(csv.lines().any(|line| line == "changed,1,last_name,'=1+1,'+2"), "{csv}");
}

#[test]
fn what_partners_sent_is_described_profiled_and_compared_like_any_publication() {
    let place = bay();
    arrive(&place, "bay/VIS_20260803.csv", "VISIT,MRN,DAY\nv1,1,2026-08-01\nv2,2,2026-08-02\n");
    arrive(&place, "bay/VIS_20260903.csv", "VISIT,MRN,DAY\nv3,1,2026-09-01\n");
    let name = "intake/encounters/bay_visits";
    let profile = well(place.carelake(&["profile", name, "--json"])).json()["publications"][0].clone();
    assert_eq!((&profile["rows"], &profile["runs"]), (&json!(3), &json!(2)));
    let column = |name: &str| {
        let columns = profile["columns"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).unwrap()["distinct"].clone()
    };
    assert_eq!((column("encounter_id"), column("patient_id")), (json!(3), json!(2)));
    well(place.carelake(&["profile", name]));
    let described = well(place.carelake(&["describe", name, "--json"])).json()["publications"][0].clone();
    assert_eq!(described["key"], json!(["encounter_id"]));
    let diff = well(place.carelake(&["diff", name, "--json"])).json();
    assert_eq!((&diff["added"], &diff["removed"], &diff["key"]), (&json!(1), &json!(0), &json!(["encounter_id"])));
    // The query that is offered is one that can be asked.
    let ready = described["queries"].as_array().unwrap()[0]["query"].as_str().unwrap();
    let sql = ready.split('\'').nth(1).unwrap();
    assert_eq!(place.query(sql).len(), 3, "{ready}");
    for verb in [&["runs", name] as &[&str], &["gc", name, "--dry-run"], &["compact", name], &["status"], &["describe"]]
    {
        let ran = place.carelake(verb);
        assert!(ran.code == Some(0) || ran.stderr.contains("next: "), "{verb:?}: {} {}", ran.stdout, ran.stderr);
    }
}

#[test]
fn doctor_names_files_that_no_feed_claims() {
    let place = bay();
    arrive(&place, "bay/PAT_20260803.csv", "MRN,NAME\n1,Doe\n");
    let found = |what: &str| {
        let ran = place.carelake(&["doctor", "--json"]);
        let checks = ran.json()["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["what"] == what)
    };
    assert_eq!(found("unclaimed files"), None);
    assert_eq!(arrive(&place, "bay/minutes.txt", "x"), "unclaimed  no feed");
    let check = found("unclaimed files").unwrap();
    assert_eq!(check["well"], false);
    assert!(check["next"].as_str().unwrap().starts_with("carelake intake unclaimed"), "{check}");
}
