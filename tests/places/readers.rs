//! What is published, read by the programs that people read it with: DuckDB, Polars, pandas and pyarrow.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::{DAC, Place, dac};

/// Reads a folder, and the one above, in each way that people do; answers rows, or what the reader said.
const SCRIPT: &str = r#"
import json, sys
import duckdb, pandas, polars, pyarrow.dataset

def ask(sql):
    return duckdb.connect().execute(sql).fetchone()[0]

READERS = {
    "duckdb": lambda at: ask(f"select count(*) from read_parquet('{at}/**/*.parquet', hive_partitioning = true)"),
    "duckdb, one state": lambda at: ask(f"select count(*) from read_parquet('{at}/**/*.parquet', hive_partitioning = true) where state = 'ME'"),
    "duckdb, one row": lambda at: ask(f"select count(*) from (select * from read_parquet('{at}/**/*.parquet') limit 1)"),
    "polars": lambda at: polars.scan_parquet(at, hive_partitioning=True).collect().height,
    "polars, glob": lambda at: polars.scan_parquet(f"{at}/**/*.parquet", hive_partitioning=True).collect().height,
    "pandas": lambda at: len(pandas.read_parquet(at)),
    "pyarrow": lambda at: pyarrow.dataset.dataset(at, format="parquet", partitioning="hive").count_rows(),
}

def rows(reader, at):
    try:
        return reader(at)
    except Exception as error:
        return f"{type(error).__name__}: {error}"

print(json.dumps([{name: rows(reader, at) for name, reader in READERS.items()} for at in sys.argv[1:]]))
"#;

/// Where `./bootstrap.sh test` installs what the tests need from Python.
pub(super) fn python() -> PathBuf {
    std::env::var_os("CARELAKE_TEST_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from)
}

#[test]
fn every_reader_finds_what_is_served_once_and_none_finds_rows_twice_one_folder_higher() {
    let place = Place::new();
    for rows in [300, 301, 302] {
        place.write(DAC, dac(rows));
        place.run_clinicians(&[]).published();
    }
    let output = place.path().join("output");
    let mut command = Command::new(python());
    command.args(["-c", SCRIPT]).arg(output.join("clinicians/current")).arg(output.join("clinicians")).arg(&output);
    let told = command.output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "these tests need tests/requirements.txt, see ./bootstrap.sh test: {said}");
    let found: Vec<Value> = serde_json::from_slice(&told.stdout).unwrap();
    let [current, higher, whole] = found.as_slice() else { panic!("{found:?}") };
    for (reader, rows) in current.as_object().unwrap() {
        let expected = if reader == "duckdb, one row" { 1 } else { 302 };
        assert_eq!(rows, expected, "{reader}");
    }
    for above in [higher, whole] {
        for (reader, rows) in above.as_object().unwrap() {
            // A reader that passes over names with `_` finds the rows; the others come upon the signpost.
            match reader.as_str() {
                "pandas" | "pyarrow" => assert_eq!(rows, 302, "{reader}"),
                _ => assert!(rows.is_string(), "{reader} read {rows} rows"),
            }
        }
        let duckdb = above["duckdb"].as_str().unwrap();
        assert!(duckdb.contains("_READ_current_INSTEAD.parquet"), "{duckdb}");
    }
}
