//! Partners' files through the real command: what arrives becomes what the table of arrivals says, whatever comes twice, late or
//! broken, and no value of the data leaves it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const CONFIG: &str = r#"
version: 2
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
intake:
  defaults: { time_zone: America/New_York, max_reject_ratio: 0.3, max_drop_ratio: 0.5, min_rows: 1 }
  code_lists:
    sex_mf: { F: female, M: male }
  feeds:
    bay_people:
      partner: bay
      path: "PAT_{delivery:%Y%m%d}*.csv"
      format: { type: csv }
      delivery: full
      notify: [integration@bay.example]
      tables:
        persons:
          columns:
            patient_id: MRN
            last_name: Last
            birth_date: { from: DOB, date: "%m/%d/%Y" }
            sex: { from: Sex, map: sex_mf }
    bay_visits:
      partner: bay
      path: "VIS_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: append
      tables:
        encounters:
          columns:
            encounter_id: VISIT
            patient_id: MRN
            encounter_start_date: { from: DAY, date: iso }
            encounter_class: { constant: ambulatory }
"#;
const PEOPLE: &str = "MRN,Last,DOB,Sex\n0001,Doe,01/31/1980,F\n0002,Roe,02/30/1980,M\n,Nobody,01/01/1990,F\n0003,ZZPLANTEDZZ,01/01/1990,x\n";
const MORE_PEOPLE: &str = "MRN,Last,DOB,Sex\n0001,Doe,01/31/1980,F\n0002,Roe,02/28/1980,M\n0004,Poe,01/01/1991,M\n";
const MARKER: &str = "ZZPLANTEDZZ";

/// A folder with two feeds of one partner.
struct Bay(TempDir);

/// How a command ended.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Bay {
    fn new() -> Self {
        let bay = Self(tempfile::tempdir().unwrap());
        bay.write("pipeline_config.yaml", CONFIG);
        bay
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Changes the page of a feed.
    fn configure(&self, from: &str, to: &str) {
        assert!(CONFIG.contains(from), "{from}");
        self.write("pipeline_config.yaml", &CONFIG.replace(from, to));
    }

    fn intake(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_carelake"));
        for name in ["CARELAKE_CONFIG", "CARELAKE_ENV", "CARELAKE_INPUT", "CARELAKE_OUTPUT", "CARELAKE_TENANT"] {
            command.env_remove(name);
        }
        let output = command.arg("intake").args(arguments).current_dir(self.0.path()).stdin(Stdio::null()).output();
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Has a file arrive, and answers what it became.
    fn arrive(&self, name: &str, bytes: &str) -> Value {
        let path = format!("landing/{name}");
        self.write(&path, bytes);
        let ran = self.intake(&["run", &path, "--json"]);
        assert!(!ran.stdout.contains(MARKER) && !ran.stderr.contains(MARKER), "{} {}", ran.stdout, ran.stderr);
        let told: Value = serde_json::from_str(ran.stdout.lines().next().unwrap_or(&ran.stderr)).unwrap();
        json!([told["status"], told["delivery"], told["error"], told["reason"]])
    }

    /// Returns read, published, refused and duplicate rows of each accepted delivery of a feed.
    fn accounts(&self, feed: &str) -> Vec<String> {
        let ran = self.intake(&["accounts", feed, "--json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let told = |line: &str| {
            let told: Value = serde_json::from_str(line).unwrap();
            format!(
                "{} {} {} {} {}",
                told["delivery_date"], told["read"], told["published"], told["rejected"], told["duplicate"]
            )
        };
        ran.stdout.lines().map(told).collect()
    }
}

fn told(status: &str, delivery: &str) -> Value {
    json!([status, delivery, null, null])
}

#[test]
fn each_file_becomes_what_the_table_of_arrivals_says() {
    let bay = Bay::new();
    let people = |day: &str| format!("bay_people/2026-{day}");
    assert_eq!(bay.arrive("bay/PAT_20260803.csv", PEOPLE), told("published", &people("08-03")));
    assert_eq!(bay.accounts("bay_people"), [r#""2026-08-03" 4 3 {"required_missing":1} 0"#]);
    // The same bytes under another name of the same day.
    assert_eq!(bay.arrive("bay/PAT_20260803_again.csv", PEOPLE), told("duplicate", &people("08-03")));
    // Other bytes of the same day.
    assert_eq!(bay.arrive("bay/PAT_20260803.csv", MORE_PEOPLE), told("published", &people("08-03")));
    assert_eq!(bay.accounts("bay_people"), [r#""2026-08-03" 3 3 {} 0"#]);
    // Of an earlier day.
    assert_eq!(bay.arrive("bay/PAT_20260703.csv", PEOPLE), told("superseded", &people("07-03")));
    assert_eq!(bay.arrive("bay/PAT_20260903.csv", "MRN,Last,DOB,Sex\n"), told("empty", &people("09-03")));
    let unclaimed = |reason: &str| json!(["unclaimed", null, null, reason]);
    assert_eq!(bay.arrive("bay/minutes of the meeting.docx", "PK"), unclaimed("no feed"));
    assert_eq!(bay.arrive("nobody/PAT_20260903.csv", PEOPLE), unclaimed("unknown partner"));
    assert_eq!(bay.arrive("bay/PAT_20260903.csv.part", "MRN"), json!(["ignored", null, null, "temporary name"]));
    assert_eq!(bay.accounts("bay_people"), [r#""2026-08-03" 3 3 {} 0"#]);
    // What nobody claims is kept, and becomes a delivery when somebody says so.
    let ran = bay.intake(&["assign", "nobody/PAT_20260903.csv", "bay_people", "--json"]);
    assert!(ran.stdout.contains(r#""status":"published""#), "{} {}", ran.stdout, ran.stderr);
}

#[test]
fn an_append_feed_tells_what_came_before_and_what_contradicts_it() {
    let bay = Bay::new();
    let header = "VISIT,MRN,DAY\n";
    let first = format!("{header}V1,0001,2026-08-01\nV2,0002,2026-08-02\n");
    let second = format!("{header}V2,0002,2026-08-02\nV1,0009,2026-08-01\nV3,0003,2026-09-01\n");
    // The later one comes first.
    assert_eq!(bay.arrive("bay/VIS_20260903.csv", &second)[0], "published");
    assert_eq!(bay.accounts("bay_visits"), [r#""2026-09-03" 3 3 {} 0"#]);
    assert_eq!(bay.arrive("bay/VIS_20260803.csv", &first)[0], "published");
    let in_order = [r#""2026-08-03" 2 2 {} 0"#, r#""2026-09-03" 3 1 {"key_conflict":1} 1"#];
    assert_eq!(bay.accounts("bay_visits"), in_order);
    let ran = bay.intake(&["rejected", "bay_visits", "--json"]);
    let reject: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&reject["place"], &reject["rule"]), (&json!("3"), &json!("key_conflict")));
    // Without the earlier one the later stands alone again, and with it as before.
    assert_eq!(bay.intake(&["withdraw", "bay_visits/2026-08-03"]).code, Some(0));
    assert_eq!(bay.accounts("bay_visits"), [r#""2026-09-03" 3 3 {} 0"#]);
    assert_eq!(bay.intake(&["withdraw", "bay_visits/2026-08-03", "--undo"]).code, Some(0));
    assert_eq!(bay.accounts("bay_visits"), in_order);
    assert_eq!(bay.intake(&["rebuild", "bay_visits"]).code, Some(0));
    assert_eq!(bay.accounts("bay_visits"), in_order);
}

#[test]
fn a_failure_is_one_letter_until_it_is_done_again() {
    let bay = Bay::new();
    assert_eq!(bay.arrive("bay/PAT_20260803.csv", MORE_PEOPLE)[0], "published");
    let page = "<!DOCTYPE html><html><body>Session expired</body></html>";
    assert_eq!(
        bay.arrive("bay/PAT_20260903.csv", page),
        json!(["failed", "bay_people/2026-09-03", "InputMalformed", "not_the_format"])
    );
    let few = "MRN,Last,DOB,Sex\n0001,Doe,01/31/1980,F\n";
    assert_eq!(bay.arrive("bay/PAT_20261003.csv", few)[2], "VolumeDrop");
    let drifted = MORE_PEOPLE.replace("MRN", "Medical Record");
    let drift = bay.arrive("bay/PAT_20261103.csv", &drifted);
    assert_eq!((&drift[2], &drift[3]), (&json!("SchemaDrift"), &json!("patient_id")));
    let refused = "MRN,Last,DOB,Sex\n,Doe,01/31/1980,F\n,Roe,,M\n0004,Poe,01/01/1991,M\n";
    assert_eq!(bay.arrive("bay/PAT_20261203.csv", refused)[2], "RejectThreshold");
    let accepted = |then: &[&str]| {
        let all = [&[r#""2026-08-03" 3 3 {} 0"#], then].concat();
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let dead =
        || serde_json::from_str::<Value>(&bay.intake(&["dead", "--json"]).stdout).unwrap().as_array().unwrap().len();
    assert_eq!((dead(), bay.accounts("bay_people").len()), (4, 1));
    // Nothing was mended, so it fails again; it is still one letter.
    assert_eq!(bay.intake(&["redrive", "--error", "InputMalformed"]).code, Some(30));
    assert_eq!(dead(), 4);
    // What a person accepts counts once, and closes the letter.
    assert_eq!(bay.intake(&["redrive", "--error", "VolumeDrop", "--accept-loss"]).code, Some(0));
    assert_eq!((dead(), bay.accounts("bay_people")), (3, accepted(&[r#""2026-10-03" 1 1 {} 0"#])));
    bay.configure("patient_id: MRN", "patient_id: { from: [MRN, Medical Record] }");
    assert_eq!(bay.intake(&["redrive", "--error", "SchemaDrift"]).code, Some(0));
    let accepted = accepted(&[r#""2026-10-03" 1 1 {} 0"#, r#""2026-11-03" 3 3 {} 0"#]);
    assert_eq!((dead(), bay.accounts("bay_people")), (2, accepted));
    // So does a correction that the partner sends instead.
    assert_eq!(bay.arrive("bay/PAT_20261203_again.csv", MORE_PEOPLE)[0], "published");
    let left = bay.intake(&["dead", "--json"]).stdout;
    assert!(left.contains("bay_people/2026-09-03@") && dead() == 1, "{left}");
}

#[test]
fn refused_rows_that_a_mended_page_lets_pass_are_added_to_their_delivery() {
    let bay = Bay::new();
    let header = "VISIT,MRN,DAY,OTHER\n";
    let visits =
        format!("{header}V1,0001,2026-08-01,\nV2,0002,,2026-08-02\n V3,0003,2026-08-03,\nV4,0004,2026-08-03,\n");
    assert_eq!(bay.arrive("bay/VIS_20260803.csv", &visits)[0], "published");
    assert_eq!(bay.accounts("bay_visits"), [r#""2026-08-03" 4 3 {"required_missing":1} 0"#]);
    bay.configure("{ from: DAY, date: iso }", "{ from: [DAY, OTHER], date: iso }");
    assert_eq!(bay.intake(&["replay", "bay_visits"]).code, Some(0));
    assert_eq!(bay.accounts("bay_visits"), [r#""2026-08-03" 4 4 {} 0"#]);
}

#[test]
fn what_is_typed_wrongly_is_told_with_the_next_step() {
    let bay = Bay::new();
    for (arguments, said) in [
        (&["run", "landing/bay/none.csv"][..], "No such file"),
        (&["rebuild", "bay_peple"], "did you mean `bay_people`"),
        (&["withdraw", "bay_people"], "a delivery is a feed, a slash and a date"),
        (&["withdraw", "bay_people/2026-08-03"], "is not among the deliveries"),
        (&["assign", "bay/none.csv", "bay_people"], "there is no `bay/none.csv`"),
        (&["redrive", "bay_people/2026-08-03@00"], "there is no"),
    ] {
        let ran = bay.intake(arguments);
        assert!(ran.code != Some(0) && ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
}
