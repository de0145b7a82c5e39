//! Partners' files through the command: watched for, tried, checked, listed, and asked about.

use std::fs;

use crate::support::{Place, Ran};
use serde_json::Value;

const CONFIG: &str = "\
version: 2
include: [feeds/*.yaml]
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
intake:
  defaults: { settle_secs: 0, max_reject_ratio: 0.5 }
";

const ROSTER: &str = r#"
intake:
  feeds:
    bay_roster:
      partner: bay
      path: "PAT_{delivery:%Y%m%d}.csv"
      format: { type: csv, delimiter: "|" }
      delivery: full
      time_zone: UTC
      expected: { every: month, by_day: 5 }
      owner: desk@example.org
      notify: [it@bay.example]
      tables:
        persons:
          key: [patient_id]
          columns:
            patient_id: MRN
            last_name: NAME
            birth_date: { from: DOB, date: iso }
"#;

const STAYS: &str = r#"
intake:
  feeds:
    gulf_stays:
      partner: gulf
      path: "VIS_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: upsert
      time_zone: UTC
      expected: { every: month, by_day: 5 }
      tables:
        encounters:
          key: [encounter_id]
          columns:
            encounter_id: VISIT
            patient_id: MRN
            encounter_start_date: { from: ADMIT, date: iso }
"#;

const PATIENTS: &str = "MRN|NAME|DOB\n1|ABLE|1970-01-01\n2|BAKER|not a day\n|NOBODY|1971-02-03\n";

/// A folder with two feeds.
fn place() -> Place {
    let place = Place::new();
    place.write("pipeline_config.yaml", CONFIG);
    place.write("feeds/bay_roster.yaml", ROSTER);
    place.write("feeds/gulf_stays.yaml", STAYS);
    place
}

/// Reads the lines of JSON that a command printed.
#[cfg(test)]
fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns these fields of each line, sorted.
fn told(ran: &Ran, fields: [&str; 2]) -> Vec<String> {
    let mut told: Vec<String> =
        lines(ran).iter().map(|line| fields.map(|field| line[field].as_str().unwrap_or("-")).join(" ")).collect();
    told.sort();
    told
}

#[test]
fn a_watched_folder_is_taken_in_once() {
    let place = place();
    place.write("landing/bay/PAT_20260803.csv", PATIENTS);
    place.write("landing/bay/PAT_20260903.csv", PATIENTS);
    place.write("landing/bay/PAT_20261003.csv.part", PATIENTS);
    place.write("landing/gulf/VIS_20260803.csv", "VISIT,MRN,ADMIT\n7,1,2026-08-01\n");
    place.write("landing/gulf/notes.txt", "hello\n");
    let watch = || place.carelake(&["intake", "watch", "landing", "--once", "--json"]);
    let ran = watch();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let expected = [
        "bay/PAT_20260803.csv published",
        "bay/PAT_20260903.csv published",
        "gulf/VIS_20260803.csv published",
        "gulf/notes.txt unclaimed",
    ];
    assert_eq!(told(&ran, ["path", "status"]), expected);
    let again = watch();
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""), "{}", again.stderr);
}

#[test]
fn a_watch_that_ends_has_the_exit_code_of_what_failed() {
    let place = place();
    place.write("landing/bay/PAT_20260803.csv", "<html>no</html>\n");
    let ran = place.carelake(&["intake", "watch", "landing", "--once", "--json"]);
    assert_eq!((ran.code, told(&ran, ["status", "error"])), (Some(30), vec!["failed InputMalformed".to_owned()]));
    let nowhere = place.carelake(&["intake", "watch", "nowhere", "--once"]);
    assert_eq!(nowhere.code, Some(2), "{}", nowhere.stderr);
    assert!(fs::exists(place.path().join("landing/bay/PAT_20260803.csv")).unwrap(), "what is landed stays");
}

#[test]
fn a_file_is_tried_before_it_is_delivered() {
    let place = place();
    place.write("PAT_20260803.csv", PATIENTS);
    let ran = place.carelake(&["intake", "try", "bay_roster", "PAT_20260803.csv", "--json"]);
    let trial = ran.json();
    assert_eq!((ran.code, &trial["delivery_date"], &trial["refused"]), (Some(0), &"2026-08-03".into(), &Value::Null));
    let table = &trial["tables"][0];
    assert_eq!(table["account"]["published"], 2, "{table:#}");
    assert_eq!(table["account"]["counted"]["birth_date_invalid"], 1);
    let reject = serde_json::json!({"part": null, "place": "4", "rule": "required_missing", "column": "patient_id"});
    assert_eq!(table["rejects"], serde_json::json!([reject]));
    let rows = table["rows"].as_array().unwrap();
    assert_eq!((&rows[1]["before"]["DOB"], &rows[1]["after"]["last_name"]), (&"not a day".into(), &"BAKER".into()));
    assert_eq!((&rows[2]["after"], &rows[2]["why"]), (&Value::Null, &"required_missing patient_id".into()));
    let printed = place.carelake(&["intake", "try", "bay_roster", "PAT_20260803.csv", "--rows", "0"]);
    assert!(printed.stdout.contains("would be published") && !printed.stdout.contains("BAKER"), "{}", printed.stdout);
    assert!(!fs::exists(place.path().join("output/intake")).unwrap(), "nothing was published");
    let unknown = place.carelake(&["intake", "try", "bay_rooster", "PAT_20260803.csv"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("did you mean `bay_roster`?"), "{}", unknown.stderr);
}

#[test]
fn a_trial_is_compared_by_key_with_what_is_served() {
    let place = place();
    place.write("landing/bay/PAT_20260803.csv", "MRN|NAME|DOB\n1|ABLE|\n2|BAKER|\n3|CLARK|\n");
    assert_eq!(place.carelake(&["intake", "run", "landing/bay/PAT_20260803.csv"]).code, Some(0));
    place.write("PAT_20260903.csv", "MRN|NAME|DOB\n1|ABLE|\n2|BAKERS|\n4|DAVIS|\n5|EVANS|\n");
    let arguments = ["intake", "try", "bay_roster", "PAT_20260903.csv", "--against", "served", "--json"];
    let change = place.carelake(&arguments).json()["tables"][0]["change"].clone();
    assert_eq!(change, serde_json::json!({"added": 2, "removed": 1, "changed": 1, "same": 1}));
}

#[test]
fn a_file_that_would_be_refused_has_that_exit_code() {
    let place = place();
    let cases = [
        ("MRN|NAME|DOB\n|A|\n|B|\n1|C|\n", 13, "RejectThreshold"),
        ("NUMBER|NAME|DOB\n1|A|\n", 12, "SchemaDrift"),
        ("<html><body>sign in</body></html>\n", 30, "InputMalformed"),
    ];
    for (text, code, error) in cases {
        place.write("PAT_20260803.csv", text);
        let ran = place.carelake(&["intake", "try", "bay_roster", "PAT_20260803.csv", "--json"]);
        assert_eq!((ran.code, &ran.json()["refused"][0]), (Some(code), &error.into()), "{}", ran.stdout);
    }
}

#[test]
fn every_sample_is_checked_and_feeds_without_one_are_named() {
    let place = place();
    place.write("feeds/samples/bay_roster/PAT_20260803.csv", PATIENTS);
    let check = || place.carelake(&["intake", "check", "--json"]);
    let good = check();
    assert_eq!(good.code, Some(0), "{}", good.stderr);
    assert_eq!(told(&good, ["feed", "status"]), ["bay_roster good", "gulf_stays no sample"]);
    place.write("feeds/samples/bay_roster/PAT_20260903.csv", "NUMBER|NAME|DOB\n1|A|\n");
    let failed = check();
    assert_eq!(failed.code, Some(1));
    let expected = ["- no sample", "bay_roster/PAT_20260803.csv good", "bay_roster/PAT_20260903.csv failed"];
    assert_eq!(told(&failed, ["sample", "status"]), expected);
}

#[test]
fn feeds_are_listed_with_their_last_delivery() {
    let place = place();
    place.write("landing/bay/PAT_20260803.csv", PATIENTS);
    assert_eq!(place.carelake(&["intake", "run", "landing/bay/PAT_20260803.csv"]).code, Some(0));
    let feeds = place.carelake(&["feeds", "--json"]).json();
    let figures = ["delivery", "status", "rows_in", "rows_out", "rejected", "late"].map(|name| feeds[0][name].clone());
    let expected = serde_json::json!(["bay_roster/2026-08-03", "published", 3, 2, 1, false]);
    assert_eq!(Value::from(figures.to_vec()), expected);
    assert_eq!((&feeds[1]["delivery"], &feeds[1]["rows_in"]), (&Value::Null, &0.into()));
    let unknown = place.carelake(&["feeds", "bay_rooster"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("did you mean `bay_roster`?"), "{}", unknown.stderr);
    let shown = place.carelake(&["feeds", "show", "bay_roster", "--json"]).json();
    assert_eq!((&shown["owner"], &shown["notify"][0]), (&"desk@example.org".into(), &"it@bay.example".into()));
    assert_eq!(shown["tables"]["persons"]["birth_date"], serde_json::json!(["DOB"]));
    assert_eq!(shown["deliveries"][0]["tables"]["persons"]["rejected"], serde_json::json!({"required_missing": 1}));
}

#[test]
fn a_partner_is_told_what_it_needs_and_nothing_of_the_inside() {
    let place = place();
    let page = place.carelake(&["feeds", "show", "bay_roster", "--for-partner"]).stdout;
    for told in ["`PAT_20261005.csv`", "`|` between values", "all rows", "by day 5", "a correction", "it@bay.example"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for inside in ["MRN", "patient_id", "gulf", "desk@example.org", "persons"] {
        assert!(!page.contains(inside), "{inside}: {page}");
    }
}

#[test]
fn what_a_feed_serves_is_moved_by_its_deliveries_only() {
    let place = place();
    place.write("landing/bay/PAT_20260803.csv", PATIENTS);
    assert_eq!(place.carelake(&["intake", "run", "landing/bay/PAT_20260803.csv"]).code, Some(0));
    let publication = "intake/persons/bay_roster";
    for arguments in [["rollback", publication].as_slice(), &["retract", publication, "2026-08-03.1"]] {
        let ran = place.carelake(arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains("intake withdraw DELIVERY"), "{}", ran.stderr);
    }
    let kept = place.carelake(&["runs", publication, "--json"]).json();
    assert_eq!((&kept[0]["state"], &kept[0]["rows"]), (&"served".into(), &2.into()));
}

#[test]
fn doctor_names_feeds_that_are_late() {
    let place = place();
    let path = "landing/bay/PAT_20260803.csv";
    place.write(path, PATIENTS);
    let file = fs::File::options().write(true).open(place.path().join(path)).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000)).unwrap();
    assert_eq!(place.carelake(&["intake", "run", path]).code, Some(0));
    let checks = place.carelake(&["doctor", "--json"]).json()["checks"].clone();
    let of = |what: &str| checks.as_array().unwrap().iter().find(|check| check["what"] == what).cloned();
    let late = of("feed bay_roster").unwrap();
    assert_eq!(
        (&late["well"], late["found"].as_str().unwrap().contains("2023-12-05")),
        (&false.into(), true),
        "{late}"
    );
    let served = of("intake/persons/bay_roster").unwrap();
    assert_eq!(served["well"], true, "{served}");
    assert_eq!(of("last success"), None, "a lake without datasets has no monthly run");
    assert_eq!(place.carelake(&["feeds", "bay_roster", "--json"]).json()[0]["late"], true);
}

#[test]
fn all_feeds_of_a_table_are_asked_as_one() {
    let place = place();
    place.write(
        "feeds/keys.yaml",
        ROSTER
            .replace("bay_roster", "keys_roster")
            .replace("partner: bay", "partner: keys")
            .replace("            last_name: NAME\n", ""),
    );
    place.write("landing/bay/PAT_20260803.csv", PATIENTS);
    place.write("landing/keys/PAT_20260803.csv", "MRN|DOB\n9|1999-09-09\n");
    place.write("landing/gulf/VIS_20260803.csv", "VISIT,MRN,ADMIT\n7,1,2026-08-01\n");
    let files = ["landing/bay/PAT_20260803.csv", "landing/keys/PAT_20260803.csv", "landing/gulf/VIS_20260803.csv"];
    let ran = place.carelake(&[["intake", "run"].as_slice(), &files].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let rows = ["bay,bay_roster,1,ABLE,1970-01-01", "bay,bay_roster,2,BAKER,", "keys,keys_roster,9,,1999-09-09"];
    for view in ["persons", "persons_as_sent"] {
        let sql = format!("select partner, data_source, patient_id, last_name, birth_date from {view} order by 3");
        assert_eq!(place.query(&sql), rows, "{view}");
    }
    assert_eq!(place.query("select count(*) from \"intake/persons/bay_roster\""), ["2"]);
    assert_eq!(place.query("select encounter_id, diagnosis_codes from encounters"), ["7,[]"]);
    assert_eq!(place.query("select count(*) from persons__keys_roster"), ["1"]);
}
