//! Models by the command: the laboratory of the examples at three releases, by increments and as a whole, against answers that are kept.
//!
//! The rows are made up. The answers were held against those that another engine gave of the same rows when they were kept.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::pages::Served;
use crate::support::{Place, Ran};

/// A text that is in rows and must be in nothing that is told.
const MARKER: &str = "ZQX";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models")
}

struct Laboratory(Place);

impl Laboratory {
    /// Makes a folder with the example in it.
    fn new() -> Self {
        let place = Place::new();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lab");
        place.write("pipeline.yaml", fs::read(example.join("pipeline.yaml")).unwrap());
        for file in fs::read_dir(example.join("models")).unwrap() {
            let file = file.unwrap().path();
            place.write(&format!("models/{}", file.file_name().unwrap().to_str().unwrap()), fs::read(&file).unwrap());
        }
        Self(place)
    }

    fn ran(&self, arguments: &[&str]) -> Ran {
        let ran = self.0.carelake(&[arguments, &["--config", "pipeline.yaml", "--tenant", "acme"]].concat());
        if arguments[0] == "build" || (arguments[0] == "models" && arguments[1] != "failing") {
            assert!(!format!("{} {}", ran.stdout, ran.stderr).contains(MARKER), "{arguments:?}");
        }
        ran
    }

    fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.ran(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        ran
    }

    /// Publishes what a release brought of every table.
    fn release(&self, date: &str) {
        for table in fs::read_dir(fixtures().join("laboratory")).unwrap() {
            let table = table.unwrap().path();
            let rows = table.join(format!("{date}.csv"));
            if rows.is_file() {
                let columns = fs::read_to_string(table.join(format!("{date}.columns"))).unwrap();
                self.publish(table.file_name().unwrap().to_str().unwrap(), &rows, columns.trim(), date);
            }
        }
    }

    fn publish(&self, table: &str, rows: &Path, columns: &str, date: &str) {
        let name = format!("files/lab_{table}");
        let rows = rows.to_str().unwrap();
        self.done(&["publish", &name, rows, "--schema", columns, "--append", "--as-of", date]);
    }

    fn build(&self, arguments: &[&str]) -> Vec<Value> {
        let ran = self.done(&[&["build", "--json"], arguments].concat());
        ran.json()["models"].as_array().unwrap().clone()
    }

    /// Returns the rows of a model without where they come from, in an order that is always the same.
    fn rows(&self, model: &str, columns: &str) -> Vec<String> {
        let sql = format!("SELECT {columns} FROM \"curated/{model}\"");
        let ran = self.done(&["query", "--csv", &sql]);
        let mut rows: Vec<String> = ran.stdout.lines().skip(1).map(str::to_owned).collect();
        rows.sort();
        rows
    }

    /// Holds what is served against what is kept.
    fn holds(&self) {
        let answers = fixtures().join("answers");
        let mut seen = 0;
        for file in fs::read_dir(&answers).unwrap() {
            let file = file.unwrap().path();
            let model = file.file_stem().unwrap().to_str().unwrap();
            let text = fs::read_to_string(&file).unwrap();
            let mut kept: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
            kept.sort();
            let found = self.rows(model, text.lines().next().unwrap());
            assert_eq!(found.len(), kept.len(), "{model}");
            for (found, kept) in found.iter().zip(&kept) {
                assert!(is_same(found, kept), "{model}:\n{found}\n{kept}");
            }
            seen += 1;
        }
        assert_eq!(seen, 24);
    }
}

/// Compares cells; sums of doubles may differ in their last digit.
fn is_same(found: &str, kept: &str) -> bool {
    let cells = |row: &str| row.split(',').map(str::to_owned).collect::<Vec<_>>();
    let (found, kept) = (cells(found), cells(kept));
    found.len() == kept.len()
        && found.iter().zip(&kept).all(|(found, kept)| match (found.parse::<f64>(), kept.parse::<f64>()) {
            (Ok(found), Ok(kept)) => (found - kept).abs() <= 1e-9 * found.abs().max(kept.abs()),
            _ => found == kept,
        })
}

#[test]
fn the_laboratory_by_increments_and_as_a_whole_is_what_is_kept() {
    let lab = Laboratory::new();
    let mut made = BTreeSet::new();
    for date in ["2026-09-01", "2026-10-01", "2026-11-02"] {
        lab.release(date);
        let built = lab.build(&["--as-of", date]);
        assert_eq!(built.len(), 24);
        for one in &built {
            assert!(["published", "unchanged"].contains(&one["status"].as_str().unwrap()), "{one}");
        }
        let how = |name: &str| {
            let one = built.iter().find(|one| one["model"] == name).unwrap();
            one["how"].as_str().unwrap().split(':').next().unwrap().to_owned()
        };
        made.extend([format!("cur_orders {}", how("cur_orders")), format!("udt_long {}", how("udt_long"))]);
    }
    let expected = ["cur_orders full", "cur_orders partitions", "udt_long full", "udt_long runs"];
    assert_eq!(made.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    lab.holds();
    // Once more: the same model, the same inputs.
    let again = lab.build(&["--as-of", "2026-11-02"]);
    assert!(again.iter().all(|one| one["status"] == "unchanged"), "{again:?}");
    let whole = lab.build(&["--as-of", "2026-11-02", "--full"]);
    assert!(whole.iter().all(|one| one["status"] == "published"), "{whole:?}");
    lab.holds();
}

#[test]
fn what_is_told_of_models_and_a_test_that_fails_publishes_nothing() {
    let lab = Laboratory::new();
    let listed = lab.done(&["models", "list", "zone:report", "--json"]).json();
    assert_eq!(listed["models"].as_array().unwrap().len(), 12);
    assert!(lab.done(&["models", "list", "+kpi_unbilled", "--tree"]).stdout.contains("files/lab_charges"));
    assert!(lab.done(&["models", "compile", "kpi_tat", "--engine", "athena"]).stdout.contains("SELECT"));
    let lineage = lab.done(&["models", "lineage", "order_facts", "--json"]).json();
    assert!(lineage["above"].as_array().unwrap().contains(&json!("kpi_tat")), "{lineage}");
    assert_eq!(lab.ran(&["models", "compile", "kpi_tatt"]).code, Some(2));

    lab.release("2026-09-01");
    let planned = lab.done(&["build", "+kpi_tat", "--dry-run", "--sql", "--json"]).json();
    assert_eq!(planned["models"][0]["action"], "full");
    assert!(planned["sql"].as_array().unwrap().len() > 4, "{planned}");
    assert!(!lab.0.path().join("lake/output/_tenants/acme/curated").exists(), "a dry run writes nothing");
    lab.build(&["cur_charges+", "cur_accounts", "--as-of", "2026-09-01", "--exclude", "kpi_unbilled"]);
    let before = lab.rows("cur_charges", "charge_id, amount_cents");
    let planned = lab.done(&["build", "cur_charges", "--dry-run", "--json"]).json();
    assert_eq!(planned["models"][0]["action"], "unchanged");

    // A row without its key.
    let columns = fs::read_to_string(fixtures().join("laboratory/charges/2026-09-01.columns")).unwrap();
    let header: Vec<&str> = columns.trim().split(',').map(|it| it.split(':').next().unwrap()).collect();
    let row = "2026-09-02T00:00:00.000000Z";
    let cells = header.iter().map(|name| match *name {
        "posted_at" | "updated_at" => row,
        "void" => "false",
        "_run_id" => "2026-09-02.1",
        "charge_id" => "",
        _ => "7",
    });
    lab.0.write("bad.csv", format!("{}\n{}\n", header.join(","), cells.collect::<Vec<_>>().join(",")));
    lab.publish("charges", &lab.0.path().join("bad.csv"), columns.trim(), "2026-09-02");
    let failed = lab.ran(&["build", "cur_charges", "--as-of", "2026-09-02"]);
    assert_eq!(failed.code, Some(71), "{}", failed.stderr);
    assert!(failed.stderr.contains("not_null_charge_id: 1 rows fail"), "{}", failed.stderr);
    assert_eq!(lab.rows("cur_charges", "charge_id, amount_cents"), before);
    let shown = lab.done(&["models", "failing", "cur_charges", "not_null_charge_id"]).stdout;
    assert_eq!(shown.lines().next(), Some("charge_id"));
    let tests = lab.done(&["models", "test", "failed", "--json"]).json();
    assert!(tests["tests"].as_array().unwrap().iter().any(|one| one["result"]["outcome"] == "failed"), "{tests}");
    assert_eq!(lab.ran(&["models", "failing", "cur_charges", "not_null_charge"]).code, Some(2));
}

const BEDS: &str = "
curated:
  models:
    beds:
      zone: curated
      description: one row a hospital
      inputs: { counted: files/beds }
      sql: beds.sql
      output: { key: [ccn] }
      drives: counted
      columns: { ccn: { type: text, tests: [not_null, unique] }, beds: { type: bigint, class: public } }
      tests: [{ expression: 'beds > 10', severity: warn, name: large }]
    total:
      zone: report
      description: all beds
      sql: total.sql
      columns: { beds: { type: bigint } }
";

fn beds() -> Place {
    let place = Place::new();
    let config = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    place.write("pipeline_config.yaml", config + BEDS);
    place.write(
        "beds.sql",
        "SELECT ccn, beds FROM counted QUALIFY row_number() OVER (PARTITION BY ccn ORDER BY seq DESC) = 1",
    );
    place.write("total.sql", "SELECT coalesce(sum(beds), 0) AS beds FROM beds");
    place
}

fn publish(place: &Place, rows: &str) {
    place.write("beds.csv", format!("ccn,beds,seq\n{rows}"));
    let arguments = ["publish", "files/beds", "beds.csv", "--schema", "ccn:text,beds:int64,seq:int64", "--append"];
    let ran = place.carelake(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn a_page_of_models_says_how_the_last_build_went() {
    let place = beds();
    publish(&place, "010001,7,1\n010001,8,2\n010002,30,1\n");
    assert_eq!(place.carelake(&["build"]).code, Some(0));
    let described = place.carelake(&["describe", "curated/beds", "--json"]);
    assert_eq!(described.code, Some(0), "{}", described.stderr);
    let served = Served::start(&place);
    let page = served.page("curated/models");
    let cells = &page["tables"][0]["rows"][0]["cells"];
    assert_eq!((&cells[2], &cells[5]), (&json!({"text": "published"}), &json!({"count": 1})));
    let one = served.page("curated/models/beds");
    let tests = one["tables"][0]["rows"].as_array().unwrap();
    assert_eq!(tests.len(), 3, "{one}");
    assert!(
        tests.iter().any(|row| row["cells"][0] == json!({"text": "large"}) && row["cells"][2] == json!({"count": 1}))
    );
    assert_eq!(one["tables"][4]["rows"][0]["cells"][0]["link"]["text"], "total");
    assert_eq!(served.code("curated/models/bed"), 404);
}

#[test]
fn what_is_published_is_built_while_somebody_watches() {
    let place = beds();
    publish(&place, "010001,7,1\n");
    let mut watching =
        place.command(&["build", "--watch", "--json"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    let comes = |expected: &str| {
        let begun = Instant::now();
        loop {
            let ran = place.carelake(&["query", "--csv", "SELECT beds FROM \"curated/total\""]);
            if ran.stdout.lines().nth(1) == Some(expected) {
                return true;
            }
            if begun.elapsed() > Duration::from_secs(120) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    let first = comes("7");
    publish(&place, "010002,30,1\n");
    let second = comes("37");
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert!(first && second, "{first} {second}");
}
