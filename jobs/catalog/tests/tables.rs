//! What the tables say, for people to read: every dataset's columns, and one table as a whole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use carelake_catalog::{CatalogError, Definition, Lake};
use carelake_core::names::{Column, Publication};
use carelake_core::publish::{Manifest, PartFile, Pointer};
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
        version: 1,
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
        inputs: vec![carelake_core::publish::Input {
            source: "dac".to_owned(),
            file: "dac.csv".to_owned(),
            bytes: 1,
            sha256: String::new(),
        }],
        counts: Default::default(),
        measures: Default::default(),
        losses: Vec::new(),
        files: files
            .iter()
            .map(|path| PartFile { path: (*path).to_owned(), rows: 1, bytes: 1, sha256: String::new() })
            .collect(),
        layout: Default::default(),
    };
    let pointer = Pointer {
        version: 1,
        manifest: format!("_manifests/{run_id}.json"),
        run_id,
        sequence: 7,
        published_at: Timestamp::UNIX_EPOCH,
        previous_run_id: None,
        rolled_back: false,
    };
    (Publication::from_path(path), pointer, manifest)
}

fn definition(path: &str, table: Table, files: &[&str]) -> Definition {
    let (publication, pointer, manifest) = published(path, table, files);
    Definition::of(&lake("prod").unwrap(), &publication, &pointer, &manifest).unwrap()
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
    let declare = |manifest: &Manifest| Definition::of(&prod, &publication, &pointer, manifest).map(|table| table.name);
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
