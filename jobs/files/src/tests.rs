//! Files of both kinds, good and bad, on a folder and a ledger.

use std::fs;
use std::path::Path;

use carelake_core::ErrorKind;
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Column, Publication};
use carelake_core::publish::{Desk, Published, Served, current};
use carelake_core::store::LocalStore;
use jiff::Timestamp;
use jiff::civil::date;
use tempfile::TempDir;

use crate::{FilesError, Request, publish};

struct World {
    folder: TempDir,
    store: LocalStore,
    ledger: SqliteLedger,
    name: Publication,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(folder.path().join("output"));
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        Self { folder, store, ledger, name: "files/truth".parse().unwrap() }
    }

    fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn publish(&self, path: &Path, schema: &str, append: bool) -> Result<Published, FilesError> {
        let columns: Vec<Column> = schema
            .split(';')
            .filter(|text| !text.is_empty())
            .map(|text| {
                let (name, kind) = text.split_once(':').unwrap();
                Column { name: name.into(), kind: kind.into(), nullable: true, description: "declared".into() }
            })
            .collect();
        let request = Request {
            path,
            columns: Some(columns.as_slice()).filter(|columns| !columns.is_empty()),
            append,
            as_of: date(2026, 11, 1),
            code_version: "test",
        };
        publish(
            Desk { store: &self.store, ledger: &self.ledger, publication: &self.name, now: &Timestamp::now },
            &request,
        )
    }

    fn rows(&self) -> usize {
        let served = Served::of(&self.store, &self.name).unwrap().unwrap();
        let schema = served.schema().unwrap();
        served.batches(&self.store, &schema).map(|batch| batch.unwrap().num_rows()).sum()
    }

    fn refused(&self, path: &Path, schema: &str) -> (String, &'static ErrorKind) {
        let before = current(&self.store, &self.name).unwrap();
        let error = self.publish(path, schema, false).unwrap_err();
        assert_eq!(current(&self.store, &self.name).unwrap(), before, "what is served stays");
        (error.to_string().replace(&self.folder.path().display().to_string(), ""), error.kind())
    }
}

const SCHEMA: &str = "npi:text;opened:date;beds:int16;rate:decimal(6,2);is_open:bool;seen:timestamp_micros_utc";
const HEADER: &str = "npi,beds,opened,rate,is_open,seen\n";

#[test]
fn a_csv_file_is_published_with_the_types_that_were_declared() {
    let world = World::new();
    let rows = format!("{HEADER}1,20,2020-02-29,1234.5,true,2026-01-01T00:00:00Z\n2,,,,,\n");
    let published = world.publish(&world.write("a.csv", &rows), SCHEMA, false).unwrap();
    assert_eq!((published.rows, published.files, published.sequence), (2, 1, 1));
    let served = Served::of(&world.store, &world.name).unwrap().unwrap();
    let kinds: Vec<String> =
        served.columns().unwrap().iter().map(|column| format!("{}:{}", column.name, column.kind)).collect();
    assert_eq!(kinds[..6].join(";"), SCHEMA);
    assert_eq!(kinds[6..], ["_run_id:text", "_ingested_at:timestamp_micros_utc", "_source_file:text"]);
    assert_eq!(served.manifests[0].counts["a.csv"].published, 2);
}

#[test]
fn the_same_files_are_the_same_run_and_others_replace_or_are_added() {
    let world = World::new();
    let (one, two) = (world.write("1/a.csv", "n:1\n"), world.write("2/a.csv", "n\n5\n6\n"));
    fs::write(&one, "n\n1\n").unwrap();
    let sequence = |path: &Path, append| world.publish(path, "n:int64", append).unwrap().sequence;
    assert_eq!((sequence(&one, false), sequence(&one, false), world.rows()), (1, 1, 1));
    assert_eq!((sequence(&two, true), world.rows()), (2, 3));
    assert_eq!((sequence(&two, false), world.rows()), (3, 2));
    assert_eq!((sequence(&one, false), world.rows()), (4, 1), "what was served before can be served again");
}

#[test]
fn a_folder_of_a_publication_is_published_again_with_its_folders_and_runs() {
    let world = World::new();
    world.publish(&world.write("in/state=FL/a.csv", "n\n1\n"), "n:int64", false).unwrap();
    let folder = world.write("both/state=FL/a.csv", "n\n1\n");
    world.write("both/state=N%2FY/b.csv", "n\n2\n3\n");
    let both = folder.parent().unwrap().parent().unwrap();
    world.publish(both, "n:int64", true).unwrap();
    assert_eq!(world.rows(), 4);
    let again = World { name: "files/again".parse().unwrap(), ..World::new() };
    let from = world.folder.path().join("output/files/truth/current");
    assert_eq!(again.publish(&from, "", false).unwrap().rows, 4);
    let served = Served::of(&again.store, &again.name).unwrap().unwrap();
    assert_eq!(served.partitions(), ["state"]);
    // The rows keep the run that published them first.
    let schema = served.schema().unwrap();
    let column = schema.index_of("_run_id").unwrap();
    let mut runs: Vec<String> = Vec::new();
    for batch in served.batches(&again.store, &schema).map(Result::unwrap) {
        let texts = arrow_array::cast::AsArray::as_string::<i32>(batch.column(column)).clone();
        runs.extend(texts.iter().map(|text| text.unwrap().to_owned()));
    }
    runs.sort();
    runs.dedup();
    assert_eq!(runs, ["2026-11-01.1", "2026-11-01.2"]);
}

#[test]
fn what_does_not_fit_is_refused_with_its_line_and_without_its_value() {
    let world = World::new();
    world.publish(&world.write("good.csv", "n\n1\n"), "n:int64", false).unwrap();
    for (text, schema, told) in [
        ("n\n1\nMARKER\n", "n:int64", "/x.csv: line 3: the value of `n` is not of type int64"),
        ("n\n300\n", "n:int8", "/x.csv: line 2: the value of `n` is not of type int8"),
        ("n\n1.234\n", "n:decimal(6,2)", "/x.csv: line 2: the value of `n` is not of type decimal(6,2)"),
        ("n\n99999\n", "n:decimal(6,2)", "/x.csv: line 2: the value of `n` is not of type decimal(6,2)"),
        ("n\n2026-02-30\n", "n:date", "/x.csv: line 2: the value of `n` is not of type date"),
        ("n,m\n1,2\n", "n:int64", "/x.csv: column `m` is in the file and not declared"),
        ("n\n1\n", "n:int64;m:text", "/x.csv: column `m` is declared and not in the file"),
        ("n\n1,2\n", "n:int64", "/x.csv: line 2: is no CSV record of as many fields as the header has"),
    ] {
        let (message, kind) = world.refused(&world.write("x.csv", text), schema);
        assert_eq!((message.as_str(), kind), (told, ErrorKind::SCHEMA_DRIFT));
    }
    assert_eq!(world.refused(&world.write("x.csv", "n\n1\n"), "").1, ErrorKind::INVALID_CONFIG);
    assert_eq!(world.refused(&world.write("x.csv", "n\n1\n"), "n:varchar").1, ErrorKind::INVALID_CONFIG);
    assert_eq!(world.refused(&world.write("x.parquet", "no"), "").1, ErrorKind::SCHEMA_DRIFT);
    assert_eq!(world.refused(Path::new("/nowhere"), "").1, ErrorKind::INPUT_MISSING);
    let empty = world.folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(world.refused(&empty, "").1, ErrorKind::INPUT_MISSING);
    let elsewhere = World { name: "clinicians".parse().unwrap(), ..World::new() };
    assert!(matches!(
        elsewhere.publish(&world.write("x.csv", "n\n1\n"), "n:int64", false),
        Err(FilesError::Name { .. })
    ));
}
