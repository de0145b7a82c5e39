//! Cases of SQL on FHIR, through the engine that fills columns: those of this folder, and the public suite where it is at hand.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use carelake_fhirpath::{Filler, Reader, References, Settings, Source, Views};
use jiff::Timestamp;
use serde_json::{Map, Value};

mod shown;

/// How many cases the public suite has.
const PUBLIC: usize = 134;

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

/// What a view gives for resources: its columns, its rows as JSON, and as columns.
struct Given {
    columns: Vec<String>,
    rows: Vec<Value>,
    batch: RecordBatch,
}

fn run(view: &Value, resources: &[Value]) -> Result<Given, String> {
    let source = Source { file: "view.json", text: &serde_json::to_vec(view).unwrap() };
    let views = Views::compile(&[source], Settings { as_of: Timestamp::UNIX_EPOCH });
    let views =
        Arc::new(views.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?);
    let references = Arc::new(References::default());
    let mut filler = Filler::new(&views, &references);
    let mut reader = Reader::new(views.names());
    let mut lines = String::new();
    for resource in resources {
        let line = serde_json::to_vec(resource).unwrap();
        let read = reader.read(&line).unwrap();
        views.json_rows(0, &read, &references, None, &mut lines).map_err(|error| error.to_string())?;
        filler.push(&read, None);
    }
    let rows = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let columns = views.get(0).unwrap().columns().iter().map(|column| column.name().to_owned()).collect();
    Ok(Given { columns, rows, batch: filler.finish(0).unwrap() })
}

/// Returns rows as texts in an order of their own; a member that is missing is null, and `1.0` is 1.
fn sorted(rows: &[Value], columns: &[String]) -> Vec<String> {
    let plain = |row: &Value| {
        let members: Map<String, Value> =
            columns.iter().map(|name| (name.clone(), shown::numbers(row.get(name).unwrap_or(&Value::Null)))).collect();
        Value::Object(members).to_string()
    };
    let mut rows: Vec<String> = rows.iter().map(plain).collect();
    rows.sort();
    rows
}

/// Says what is wrong with a case.
fn check(case: &Value, resources: &[Value]) -> Result<(), String> {
    let given = run(&case["view"], resources);
    if case["expectError"] == true {
        return given.err().map(|_| ()).ok_or_else(|| "should have failed".to_owned());
    }
    let given = given?;
    if let Some(columns) = case["expectColumns"].as_array()
        && !columns.iter().eq(given.columns.iter())
    {
        return Err(format!("its columns are {:?}", given.columns));
    }
    let wanted = case["expect"].as_array().unwrap();
    for name in wanted.iter().flat_map(|row| row.as_object().unwrap().keys()) {
        if !given.columns.contains(name) {
            return Err(format!("has no column {name}"));
        }
    }
    let (wanted_rows, rows) = (sorted(wanted, &given.columns), sorted(&given.rows, &given.columns));
    if wanted_rows != rows {
        return Err(format!("gives {rows:#?}, not {wanted_rows:#?}"));
    }
    let (mut wanted_cells, mut cells) = (shown::wanted(wanted, &given.batch), shown::given(&given.batch));
    wanted_cells.sort();
    cells.sort();
    if wanted_cells == cells { Ok(()) } else { Err(format!("fills {cells:#?}, not {wanted_cells:#?}")) }
}

/// Runs the cases of a folder; answers how many there are, and what is wrong.
fn cases(folder: &Path) -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files(folder) {
        let suite: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let (Some(resources), Some(tests)) = (suite["resources"].as_array(), suite["tests"].as_array()) else {
            continue;
        };
        for case in tests {
            count += 1;
            if let Err(problem) = check(case, resources) {
                wrong.push(format!("{}: {}: {problem}", file.display(), case["title"]));
            }
        }
    }
    (count, wrong)
}

#[test]
fn the_cases_of_this_folder_are_met() {
    let (count, wrong) = cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"));
    assert!(count > 0, "there are no cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_public_suite_is_met_where_it_is_at_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/sof-cases");
    if !folder.is_dir() {
        println!("the public suite is not beside this repository: {}", folder.display());
        return;
    }
    let (count, wrong) = cases(&folder);
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, PUBLIC);
}

#[test]
fn shipped_views_are_sound_and_give_what_they_are_listed_with() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jobs/fhir/views");
    let texts: Vec<(String, Vec<u8>)> = files(&folder)
        .into_iter()
        .map(|file| (file.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&file).unwrap()))
        .collect();
    let sources: Vec<Source<'_>> = texts.iter().map(|(file, text)| Source { file, text }).collect();
    let views = Views::compile(&sources, Settings { as_of: Timestamp::UNIX_EPOCH }).unwrap();
    assert_eq!(views.iter().len(), 32);
    assert_eq!(views.iter().map(|view| view.columns().len()).sum::<usize>(), 486);
    let listed = fs::read_to_string(folder.join("README.md")).unwrap();
    for view in views.iter() {
        let start = format!("**{}** ({}, ", view.name(), view.resource_type());
        let line = listed.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{start}"));
        let (_, named) = line.split_once("): ").unwrap();
        let letters: BTreeMap<&str, &str> = [
            ("b", "Boolean"),
            ("i", "Int32"),
            ("d", "Decimal128(38, 9)"),
            ("D", "Date32"),
            ("T", "Timestamp(µs, \"UTC\")"),
        ]
        .into();
        let mut wanted = Vec::new();
        for column in named.split(", ") {
            let (name, letter) = column.split_once(' ').unwrap_or((column, ""));
            let kind = letters.get(letter.trim_end_matches('~')).copied().unwrap_or("Utf8");
            wanted.push((name.trim_end_matches('~').to_owned(), kind.to_owned()));
            if column.ends_with('~') {
                wanted.push((format!("{name}_precision"), "Int32".to_owned()));
            }
        }
        let columns: Vec<(String, String)> =
            view.columns().iter().map(|column| (column.name().to_owned(), column.data_type().to_string())).collect();
        assert_eq!(columns, wanted, "{}", view.name());
    }
}
