//! What the tables say, for people to read: every dataset's columns, and one table as a whole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use carelake_catalog::{CatalogError, Definition, Lake};
use carelake_core::names::{Column, Publication};
use carelake_core::publish::{Entry, FileInput, Input, Manifest, PartFile, Pointer, Serves};
use carelake_core::table::Table;
use carelake_tabular::config::Config;
use jiff::Timestamp;
use jiff::civil::date;

const TABLES: [(&str, Table); 5] = [
    (carelake_clinicians::DATASET.name, carelake_clinicians::TABLE),
    (carelake_practices::DATASET.name, carelake_practices::TABLE),
    (carelake_providers::DATASET.name, carelake_providers::TABLE),
    (carelake_enrollments::DATASET.name, carelake_enrollments::TABLE),
    (carelake_hospitals::DATASET.name, carelake_hospitals::TABLE),
];

fn config() -> Config {
    let text = include_str!("../../../pipeline_config.yaml");
    let text = text.replace("s3://carelake-prod-curated", "s3://carelake-prod-curated/lake");
    Config::parse(&text, Path::new("pipeline_config.yaml")).unwrap()
}

fn lake(environment: &str) -> Result<Lake, CatalogError> {
    let config = config();
    Lake::new(&config, config.environment(environment).unwrap(), &format!("carelake_{environment}"))
}

fn published(path: &str, table: Table, files: &[&str]) -> (Publication, Pointer, Manifest) {
    let run_id: carelake_core::names::RunId = "2026-11-01.3".parse().unwrap();
    let column = |field: carelake_core::table::Field| Column {
        name: field.name.to_owned(),
        kind: field.kind.name().to_owned(),
        nullable: true,
        description: field.description.to_owned(),
    };
    let manifest = Manifest {
        version: 2,
        execution: None,
        origin: String::new(),
        made_by: path.to_owned(),
        part: None,
        joined: Vec::new(),
        details: serde_json::Value::Null,
        publication: path.to_owned(),
        run_id: run_id.clone(),
        as_of: date(2026, 11, 1),
        started_at: Timestamp::UNIX_EPOCH,
        written_at: Timestamp::UNIX_EPOCH,
        code_version: "test".to_owned(),
        previous_run_id: None,
        rows: 0,
        bytes: 0,
        schema: table.all().map(column).collect(),
        inputs: vec![Input::File(FileInput {
            source: "dac".to_owned(),
            file: "dac.csv".to_owned(),
            bytes: 1,
            sha256: String::new(),
        })],
        counts: Default::default(),
        measures: Default::default(),
        losses: Vec::new(),
        files: files
            .iter()
            .map(|path| PartFile { path: (*path).to_owned(), rows: 1, bytes: 1, sha256: String::new() })
            .collect(),
        layout: Default::default(),
    };
    let pointer = pointer(Serves::Snapshot, &[&manifest]);
    (Publication::from_path(path), pointer, manifest)
}

/// Makes the pointer that serves these runs.
fn pointer(kind: Serves, manifests: &[&Manifest]) -> Pointer {
    Pointer {
        version: 2,
        kind,
        run_id: manifests.first().filter(|_| kind == Serves::Snapshot).map(|manifest| manifest.run_id.clone()),
        manifest: None,
        sequence: 9,
        content: 7,
        runs: manifests.iter().map(|manifest| Entry::of(manifest)).collect(),
        state: serde_json::Value::Null,
        helpers: Vec::new(),
        committed_at: Timestamp::UNIX_EPOCH,
        execution: None,
        before: None,
        rolled_back: false,
    }
}

fn definition(path: &str, table: Table, files: &[&str]) -> Definition {
    let (publication, pointer, manifest) = published(path, table, files);
    Definition::of(&lake("prod").unwrap(), &publication, &pointer, &[manifest]).unwrap()
}

#[test]
fn columns_of_every_dataset() {
    let mut text = String::new();
    for (name, table) in TABLES {
        text.push_str(&format!("{name}\n"));
        for column in definition(name, table, &[]).columns {
            text.push_str(&format!("  {} {}: {}\n", column.name, column.kind, column.comment));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_table_of_a_feed() {
    let files = ["state=FL/source=mercy/part-00000.snappy.parquet", "state=GA/source=mercy/part-00000.snappy.parquet"];
    let mut table = definition("hospitals/mercy", carelake_hospitals::TABLE, &files);
    table.columns.truncate(2);
    insta::assert_snapshot!(serde_json::to_string_pretty(&table).unwrap());
}

#[test]
fn glue_takes_every_name_and_comment() {
    for (name, table) in TABLES {
        for column in definition(name, table, &[]).columns {
            // https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html; Hive keeps names in lower case.
            let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(column.name.chars().all(lower), "{name}.{}", column.name);
            assert!((1..=255).contains(&column.comment.len()), "{name}.{}", column.name);
            assert!(
                !["state", "source"].contains(&column.name.as_str()),
                "{name}.{} is a partition column",
                column.name
            );
        }
    }
}

#[test]
fn partitions_are_in_the_order_of_the_folders_and_hide_no_row() {
    let files = ["source=dac/state=FL/part-00000.snappy.parquet", "source=nppes/state=ZZ/part-00000.snappy.parquet"];
    let table = definition("clinicians", carelake_clinicians::TABLE, &files);
    let keys: Vec<&str> = table.partition_keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(keys, ["source", "state"]);
    let of = |name: &str| table.parameters[name].as_str();
    assert!(of("storage.location.template").ends_with("/_runs/2026-11-01.3/source=${source}/state=${state}/"));
    assert_eq!(of("projection.source.values"), "dac,nppes");
    let states = config().code_lists.states.join(",");
    assert_eq!(of("projection.state.values"), format!("{states},ZZ"));
}

#[test]
fn a_run_without_rows_can_be_declared() {
    let table = definition("clinicians", carelake_clinicians::TABLE, &[]);
    assert_eq!(table.parameters["projection.source.values"], "dac");
    assert!(table.parameters["storage.location.template"].ends_with("/state=${state}/source=${source}/"));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (publication, pointer, manifest) = published("clinicians", carelake_clinicians::TABLE, &[]);
    let prod = lake("prod").unwrap();
    let declare = |manifest: &Manifest| {
        Definition::of(&prod, &publication, &pointer, std::slice::from_ref(manifest)).map(|table| table.name)
    };
    assert_eq!(declare(&manifest).unwrap(), "clinicians");
    let another_run = Manifest { run_id: "2026-11-01.4".parse().unwrap(), ..manifest.clone() };
    let another_publication = Manifest { publication: "practices".to_owned(), ..manifest.clone() };
    for other in [another_run, another_publication] {
        assert!(matches!(declare(&other), Err(CatalogError::OtherRun { .. })));
    }
    let mut newer = manifest.clone();
    newer.schema[3].kind = "decimal".to_owned();
    assert_eq!(
        declare(&newer).unwrap_err().to_string(),
        "table clinicians: column enrollment_date has a type that carelake does not write; use a newer carelake"
    );
    assert_eq!(
        lake("local").unwrap_err().to_string(),
        "environment `local` publishes into a folder; the catalog needs an output at s3://bucket/prefix"
    );
}

#[test]
fn a_list_of_runs_is_one_table_that_enumerates_them() {
    let of = |run: &str, files: &[&str]| {
        let (publication, _, manifest) = published("intake/persons", carelake_hospitals::TABLE, files);
        (publication, Manifest { run_id: run.parse().unwrap(), ..manifest })
    };
    let (publication, one) = of("2026-11-01.1", &["day=2026-11-01/part-00000.snappy.parquet"]);
    let (_, mut two) = of("2026-11-02.1", &["day=2026-11-02/part-00000.snappy.parquet"]);
    two.schema.truncate(3);
    two.schema.push(Column { name: "added".into(), kind: "int64".into(), nullable: true, description: "new".into() });
    let pointer_of = pointer(Serves::Log, &[&one, &two]);
    let declare = |manifests: &[Manifest]| Definition::of(&lake("prod").unwrap(), &publication, &pointer_of, manifests);
    let table = declare(&[one.clone(), two.clone()]).unwrap();
    let of = |name: &str| table.parameters[name].as_str();
    assert_eq!(of("projection.run.type"), "enum");
    assert_eq!(of("projection.run.values"), "2026-11-01.1,2026-11-02.1");
    assert_eq!(of("projection.day.values"), "2026-11-01,2026-11-02");
    assert!(of("storage.location.template").ends_with("/intake/persons/_runs/${run}/day=${day}/"));
    assert_eq!(of("carelake.sequence"), "7", "a table changes with the list and not with every move");
    let keys: Vec<&str> = table.partition_keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(keys, ["run", "day"]);
    assert_eq!((table.columns.len(), table.columns.last().unwrap().name.as_str()), (one.schema.len() + 1, "added"));
    two.schema[0].kind = "date".to_owned();
    assert!(matches!(declare(&[one.clone(), two.clone()]), Err(CatalogError::Types { .. })));
    assert!(matches!(declare(&[two, one]), Err(CatalogError::OtherRun { .. })));
    let none = pointer(Serves::Log, &[]);
    let empty = Definition::of(&lake("prod").unwrap(), &publication, &none, &[]).unwrap();
    assert_eq!(empty.parameters["projection.run.values"], "none");
}
