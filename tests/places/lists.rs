//! Publications that serve a list of runs: published by hand, read, changed and given back.

use std::process::Command;

use serde_json::Value;

use crate::readers::python;
use crate::support::Place;

/// Reads a folder in each way that people do, and answers rows by state.
const SCRIPT: &str = r#"
import json, sys
import duckdb, pandas, polars, pyarrow.dataset

def count(pairs):
    return {state: rows for state, rows in sorted(pairs)}

at = sys.argv[1]
scanned = polars.scan_parquet(at, hive_partitioning=True).collect()
dataset = pyarrow.dataset.dataset(at, format="parquet", partitioning="hive").to_table()
print(json.dumps({
    "duckdb": count(duckdb.sql(f"select state, count(*) from read_parquet('{at}/**/*.parquet', hive_partitioning = true) group by 1").fetchall()),
    "polars": count(scanned.group_by("state").len().rows()),
    "pandas": count(pandas.read_parquet(at).groupby("state", observed=True).size().items()),
    "pyarrow": count(polars.from_arrow(dataset).group_by("state").len().rows()),
}))
"#;

/// A place in which two runs of files were published: three rows of Florida, one of New York.
fn published() -> Place {
    let place = Place::new();
    place.write("given/state=FL/a.csv", "n,day\n1,2026-01-01\n2,\n");
    place.write("more/state=FL/b.csv", "n,day\n3,2026-01-02\n");
    place.write("more/state=NY/c.csv", "n,day\n4,2026-01-03\n");
    for (folder, append) in [("given", &[][..]), ("more", &["--append"][..])] {
        let path = place.path().join(folder);
        let mut typed = vec!["publish", "files/truth", path.to_str().unwrap(), "--schema", "n:int64,day:date"];
        typed.extend(append);
        typed.extend(["--as-of", "2026-11-01"]);
        let ran = place.carelake(&typed);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    place
}

#[test]
fn a_list_with_partitions_is_read_by_every_reader_each_row_once() {
    let place = published();
    let current = place.path().join("output/files/truth/current");
    let told = Command::new(python()).args(["-c", SCRIPT]).arg(&current).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let found: Value = serde_json::from_slice(&told.stdout).unwrap();
    for (reader, rows) in found.as_object().unwrap() {
        assert_eq!(rows, &serde_json::json!({"FL": 3, "NY": 1}), "{reader}");
    }
}

#[test]
fn a_list_is_asked_described_taken_apart_joined_and_given_back() {
    let place = published();
    let count = |table: &str| place.query(&format!("select count(*) from {table}"));
    assert_eq!(count("\"files/truth\""), ["4"]);
    assert_eq!(place.query("select state, sum(n) from files__truth group by 1 order by 1"), ["FL,6", "NY,4"]);
    let described = place.carelake(&["describe", "files/truth", "--json"]).json();
    let served = &described["publications"][0]["served"];
    assert_eq!((&served["runs"], &served["rows"], &served["is_stale"]), (&2.into(), &4.into(), &false.into()));
    let runs = place.carelake(&["runs", "files/truth", "--json"]).json();
    let last = runs.as_array().unwrap().iter().find(|run| run["rows"] == 2 && run["state"] == "served").unwrap();
    let last = last["run_id"].as_str().unwrap().to_owned();
    assert_eq!(place.carelake(&["retract", "files/truth", &last]).code, Some(0));
    assert_eq!(count("files__truth"), ["2"]);
    assert_eq!(place.carelake(&["rollback", "files/truth"]).code, Some(0));
    assert_eq!(count("files__truth"), ["4"]);
    let joined = place.carelake(&["compact", "files/truth", "--json"]).json();
    assert_eq!((&joined["runs"], &joined["files"]), (&1.into(), &2.into()));
    assert_eq!(count("files__truth"), ["4"]);
    assert_eq!(place.query("select count(distinct _run_id) from files__truth"), ["2"]);
    assert_eq!(place.carelake(&["rollback", "files/truth", "--to", "1"]).code, Some(0));
    assert_eq!(count("files__truth"), ["2"]);
    let doctor = place.carelake(&["doctor", "--json"]).json();
    let check = doctor["checks"].as_array().unwrap().iter().find(|check| check["what"] == "files/truth").unwrap();
    assert_eq!(check["well"], true, "{check}");
    assert!(!doctor.to_string().contains("no longer in the configuration"));
    assert_eq!(place.carelake(&["gc"]).code, Some(0));
    assert_eq!(count("files__truth"), ["2"]);
}

#[test]
fn a_run_or_publication_that_is_not_there_is_told_with_what_is() {
    let place = published();
    let unknown = place.carelake(&["describe", "files/trut"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("did you mean `files/truth`?"), "{}", unknown.stderr);
    let not_served = place.carelake(&["retract", "files/truth", "2026-11-01.9"]);
    assert!(not_served.stderr.contains("run 2026-11-01.9 is not served"), "{}", not_served.stderr);
    let of_list = place.carelake(&["rollback", "files/truth", "--to", "2026-11-01.1"]);
    assert!(of_list.stderr.contains("it serves a list of runs"), "{}", of_list.stderr);
    let gone = place.carelake(&["rollback", "files/truth", "--to", "99"]);
    assert!(gone.stderr.contains("sequence 99 is not kept"), "{}", gone.stderr);
    place.write("bad.csv", "n,day\nMARKER,\n");
    let bad = place.path().join("bad.csv");
    let refused = place.carelake(&["publish", "files/truth", bad.to_str().unwrap(), "--schema", "n:int64,day:date"]);
    assert_eq!(refused.code, Some(12));
    assert!(
        refused.stderr.contains("line 2: the value of `n` is not of type int64") && !refused.stderr.contains("MARKER")
    );
    let elsewhere = place.carelake(&["publish", "clinicians", bad.to_str().unwrap(), "--schema", "n:int64,day:date"]);
    assert!(elsewhere.stderr.contains("is not a name for files"), "{}", elsewhere.stderr);
}

#[test]
fn two_lists_are_compared_by_their_runs_and_with_a_key_by_their_rows() {
    let place = Place::new();
    let publish = |name: &str, rows: &str| {
        place.write(name, format!("npi,beds\n{rows}"));
        let ran = place.carelake(&["publish", "files/beds", name, "--schema", "npi:text,beds:int64", "--append"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    };
    publish("one.csv", "1,10\n2,20\n");
    let ran = place.carelake(&["diff", "files/beds"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("one list only"), "{}", ran.stderr);
    publish("two.csv", "3,30\n");
    publish("three.csv", "4,40\n");
    let lists = place.carelake(&["diff", "files/beds", "--json"]).json();
    assert_eq!((&lists["earlier"], &lists["later"]), (&2.into(), &3.into()));
    assert_eq!((lists["runs_added"].as_array().unwrap().len(), &lists["runs_added"][0]["rows"]), (1, &1.into()));
    let whole = place.carelake(&["diff", "files/beds", "--sequences", "1", "3", "--key", "npi", "--json"]).json();
    assert_eq!((&whole["added"], &whole["removed"]), (&2.into(), &0.into()));
    assert_eq!(whole["first_added"], serde_json::json!([{"npi": "3"}, {"npi": "4"}]));
    let run = lists["runs_added"][0]["run_id"].as_str().unwrap().to_owned();
    assert_eq!(place.carelake(&["retract", "files/beds", &run]).code, Some(0));
    let shown = place.carelake(&["diff", "files/beds"]).stdout;
    assert!(shown.contains("removed") && shown.contains(&run), "{shown}");
    let unknown = place.carelake(&["diff", "files/beds", "--key", "npo"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("did you mean `npi`?"), "{}", unknown.stderr);
    let gone = place.carelake(&["diff", "files/beds", "--sequences", "1", "9"]);
    assert!(gone.code == Some(2) && gone.stderr.contains("kept are 1, 2, 3"), "{}", gone.stderr);
}
