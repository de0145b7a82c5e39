//! What a reader of the catalog sees is what was published: every file through the projection, and every row through SQL.

use std::collections::{BTreeMap, BTreeSet};

use carelake_tabular::job::Dataset;
use serde_json::json;

use crate::lake::{Published, Served, catalog};
use crate::rig::{BUCKET, Rig, duckdb};

const PUBLICATIONS: [(&str, &Dataset); 6] = [
    ("clinicians", &carelake_clinicians::DATASET),
    ("practices", &carelake_practices::DATASET),
    ("providers", &carelake_providers::DATASET),
    ("enrollments", &carelake_enrollments::DATASET),
    ("hospitals/hospital_general_information", &carelake_hospitals::DATASET),
    ("hospitals/hospital_enrollments", &carelake_hospitals::DATASET),
];

/// Publishes every publication and flips its table.
fn serve_all(rig: &Rig) -> (Published, Vec<Served>) {
    let (published, catalog) = (Published::new(), catalog(rig));
    let served = PUBLICATIONS.map(|(path, dataset)| {
        let served = published.publish(path, "2026-11-01.1", dataset);
        catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap();
        served
    });
    (published, served.into())
}

/// Returns what DuckDB calls the values of a Hive type in a Parquet file.
fn in_duckdb(hive: &str) -> &str {
    match hive {
        "string" => "VARCHAR",
        "boolean" => "BOOLEAN",
        "tinyint" => "TINYINT",
        "smallint" => "SMALLINT",
        "int" => "INTEGER",
        "double" => "DOUBLE",
        "date" => "DATE",
        "timestamp" => "TIMESTAMP WITH TIME ZONE",
        other => panic!("{other} is not a type that carelake declares"),
    }
}

/// Returns the folders that Athena looks into: the template with every combination of the values.
fn projected(parameters: &BTreeMap<String, String>, keys: &[String]) -> BTreeSet<String> {
    let mut folders = BTreeSet::from([parameters["storage.location.template"].clone()]);
    for key in keys {
        assert_eq!(parameters[&format!("projection.{key}.type")], "enum");
        let values: Vec<&str> = parameters[&format!("projection.{key}.values")].split(',').collect();
        let variable = format!("${{{key}}}");
        folders =
            folders.iter().flat_map(|folder| values.iter().map(|value| folder.replace(&variable, value))).collect();
    }
    folders
}

#[test]
fn every_published_file_is_in_a_folder_that_the_projection_finds() {
    let rig = Rig::start();
    let (published, served) = serve_all(&rig);
    for Served { publication, pointer, manifest } in served {
        let table = rig.table(&carelake_catalog::table_name(&publication)).unwrap();
        let keys: Vec<String> = table.partition_keys.unwrap().into_iter().map(|key| key.name).collect();
        let parameters: BTreeMap<String, String> = table.parameters.unwrap().into_iter().collect();
        let folders = projected(&parameters, &keys);
        assert!(!manifest.files.is_empty(), "{publication}");
        for file in &manifest.files {
            let key = format!("{}/{}", publication.run_folder(pointer.run_id.as_ref().unwrap()), file.path);
            assert!(published.output().join(&key).is_file(), "{key}");
            let (folder, _) = key.rsplit_once('/').unwrap();
            assert!(folders.contains(&format!("s3://{BUCKET}/{folder}/")), "{key} is not among {folders:?}");
        }
        let found = folders
            .iter()
            .map(|folder| published.output().join(folder.strip_prefix(&format!("s3://{BUCKET}/")).unwrap()))
            .filter(|folder| folder.is_dir())
            .count();
        let folders: BTreeSet<&str> =
            manifest.files.iter().filter_map(|file| file.path.rsplit_once('/')).map(|(folder, _)| folder).collect();
        assert_eq!(found, folders.len(), "{publication}");
    }
}

#[test]
fn athena_of_the_emulator_counts_every_row_of_every_table_by_state_and_source() {
    let rig = Rig::start();
    let (published, served) = serve_all(&rig);
    let queries: Vec<String> = served
        .iter()
        .map(|served| {
            let table = carelake_catalog::table_name(&served.publication);
            format!("SELECT state, source, count(*), count(DISTINCT _run_id) FROM {table} GROUP BY 1, 2 ORDER BY 1, 2")
        })
        .collect();
    let answers = rig.ask(&published.output(), &queries.iter().map(String::as_str).collect::<Vec<_>>());
    for (served, answer) in served.iter().zip(answers) {
        let mut rows: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for file in &served.manifest.files {
            let value = |key: &str| file.path.split('/').find_map(|part| part.strip_prefix(key)).unwrap();
            *rows.entry((value("state="), value("source="))).or_default() += file.rows;
        }
        let expected: Vec<_> =
            rows.iter().map(|((state, source), rows)| json!([state, source, rows.to_string(), "1"])).collect();
        assert_eq!(answer, json!(expected), "{}", served.publication);
    }
}

#[test]
fn the_files_hold_the_types_that_the_tables_declare() {
    let rig = Rig::start();
    let (published, served) = serve_all(&rig);
    for served in served {
        let name = carelake_catalog::table_name(&served.publication);
        let table = rig.table(&name).unwrap();
        let columns = table.storage_descriptor.unwrap().columns.unwrap();
        let types: Vec<String> = columns.iter().map(|column| format!("typeof({})", column.name)).collect();
        let sql = format!("SELECT {} FROM {name} LIMIT 1", types.join(", "));
        let declared: Vec<&str> = columns.iter().map(|column| in_duckdb(column.r#type.as_deref().unwrap())).collect();
        assert_eq!(rig.ask(&published.output(), &[&sql]), [json!([declared])], "{name}");
    }
}

#[test]
fn the_query_of_the_view_answers_every_row_of_both_feeds() {
    let rig = Rig::start();
    let (published, served) = serve_all(&rig);
    let described = crate::view::described(&rig, "hospitals");
    let sql = described["originalSql"].as_str().unwrap();
    let sql = format!("SELECT source, count(*), count(facility_id) FROM ({sql}) GROUP BY 1 ORDER BY 1");
    let mut expected: Vec<_> = served.iter().filter(|served| served.publication.feed().is_some()).collect();
    expected.sort_by_key(|served| served.publication.feed().map(str::to_owned));
    let expected: Vec<_> = expected
        .iter()
        .map(|served| {
            let rows = served.manifest.rows.to_string();
            json!([served.publication.feed(), rows, rows])
        })
        .collect();
    assert_eq!(rig.ask(&published.output(), &[&sql]), [json!(expected)]);
}

#[test]
fn a_reader_without_the_catalog_finds_every_row_below_the_location_of_the_table() {
    let rig = Rig::start();
    let (published, served) = serve_all(&rig);
    for served in served {
        let table = rig.table(&carelake_catalog::table_name(&served.publication)).unwrap();
        let location = table.storage_descriptor.unwrap().location.unwrap();
        let folder = location.replace(&format!("s3://{BUCKET}"), published.output().to_str().unwrap());
        let read = format!("read_parquet('{folder}*/*/*.parquet', hive_partitioning = true)");
        let sql = format!("SELECT count(*) FROM {read} WHERE state IS NOT NULL AND source IS NOT NULL");
        assert_eq!(duckdb(&sql), served.manifest.rows, "{}", served.publication);
    }
}
