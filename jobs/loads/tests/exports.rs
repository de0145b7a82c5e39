//! Exports of a table of DynamoDB, laid out as AWS does, through the code that reads them on S3.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::Served;
use carelake_core::store::LocalStore;
use carelake_database::{ATTRIBUTE, DATABASE, DatabaseError, ITEM, Identity, Relation, RelationKind, Session, column};
use carelake_loads::config::{Source, read};
use carelake_loads::exports::{ExportSession, Folder};
use carelake_loads::latest::settle;
use carelake_loads::plan::{Asking, Prepared, Subject, prepare, with_attributes};
use carelake_loads::publish::{LoadError, Mode, Position, Table, World};
use carelake_loads::window::{Outcome, View, give_back, load, take};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use md5::{Digest, Md5};
use serde_json::{Value, json};

const EXPORT: &str = "loads/_handed/shop/AWSDynamoDB/0123-ab/";

struct Lake {
    folder: tempfile::TempDir,
    store: LocalStore,
    ledger: SqliteLedger,
    source: Source,
    loads: std::cell::Cell<i64>,
}

fn relation() -> Relation {
    Relation {
        database: DATABASE.to_owned(),
        name: "orders".to_owned(),
        kind: RelationKind::Items { recoverable: Some((0, 1_000_000_000_000)) },
        identity: Identity("1".to_owned()),
        rows: Some(4),
        bytes: None,
        columns: vec![column("pk", 1, ATTRIBUTE, true), column("n", 2, ATTRIBUTE, true), column(ITEM, 3, ITEM, false)],
        key: vec![0, 1],
        indexes: Vec::new(),
        file: None,
        churn: None,
    }
}

impl Lake {
    fn new(columns: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scratch")).unwrap();
        let text = format!(
            "sources: {{ shop: {{ engine: dynamodb, overrides: {{ dynamodb.orders: {{ columns: {columns} }} }} }} }}"
        );
        let mut mistakes = Mistakes::default();
        let root = parse(&text, &mut mistakes).unwrap();
        let source = read(&Spot::root(&root), Path::new(""), &mut mistakes).sources.remove(0);
        Self {
            store: LocalStore::new(folder.path().join("output")),
            ledger: SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap(),
            source,
            folder,
            loads: std::cell::Cell::new(0),
        }
    }

    /// Writes an export: of items, or of what changed.
    fn export(&self, lines: &[Value], kind: &str) -> std::path::PathBuf {
        let root = self.folder.path().join("output").join(EXPORT);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("data")).unwrap();
        let mut listed = String::new();
        for (at, part) in lines.chunks(lines.len().div_ceil(2).max(1)).enumerate() {
            let bytes = packed(part);
            fs::write(root.join(format!("data/{at}.json.gz")), &bytes).unwrap();
            let line = json!({
                "itemCount": part.len(), "md5Checksum": STANDARD.encode(Md5::digest(&bytes)),
                "dataFileS3Key": format!("prefix/of/bucket/{EXPORT}data/{at}.json.gz"),
            });
            listed.push_str(&format!("{line}\n"));
        }
        let unlisted = [json!({"Item": {"pk": {"S": "NEVER"}, "n": {"N": "0"}}})];
        fs::write(root.join("data/unlisted.json.gz"), packed(&unlisted)).unwrap();
        fs::write(root.join("manifest-files.json"), listed).unwrap();
        let view = (kind == "INCREMENTAL_EXPORT").then_some("NEW_AND_OLD_IMAGES");
        let summary = json!({
            "itemCount": lines.len(), "outputFormat": "DYNAMODB_JSON", "exportType": kind, "outputView": view,
        });
        fs::write(root.join("manifest-summary.json"), summary.to_string()).unwrap();
        root
    }

    /// Loads the export that lies there, of a span.
    fn load(&self, from: Option<i64>, to: i64) -> Result<Outcome, LoadError> {
        let scope = Scope::default();
        self.loads.set(self.loads.get() + 1);
        let second = self.loads.get();
        let now = move || Timestamp::from_second(1_900_000_000 + second).unwrap();
        let scratch = self.folder.path().join("scratch");
        let world = World {
            store: &self.store,
            ledger: &self.ledger,
            scratch: &scratch,
            scope: &scope,
            execution: Some("loads-1"),
            code_version: "0.1.0",
            now: &now,
            log: None,
        };
        let mut session = ExportSession::new(Folder::open(&self.store, EXPORT, "dynamodb.orders")?, to);
        let seen = session.attributes(&relation())?;
        let table = Table { mode: Mode::Exported { from, to, goes_on: true }, ..self.table(seen) };
        let turn = take(&world, &table)?.unwrap();
        let mut view = View::open(&mut session)?;
        let outcome = load(&world, &mut view, &turn, &table);
        view.close()?;
        give_back(&world, turn, &table)?;
        if outcome.is_ok() {
            settle(&world, &table)?;
        }
        outcome
    }

    fn table(&self, seen: BTreeSet<String>) -> Table {
        let settings = self.source.settings(DATABASE, "orders");
        let relation = with_attributes(&relation(), &settings, None, seen);
        let publication = Publication::from_path("loads/shop/dynamodb/orders");
        let subject = Subject {
            source: &self.source,
            relation: &relation,
            settings: &settings,
            publication: &publication,
            kept: None,
            is_distrusted: false,
            can_export: true,
            asking: Asking::default(),
            mask_key: Some(b"key"),
        };
        match prepare(subject, |_| Ok::<u64, ()>(0)).unwrap() {
            Prepared::Ready(ready) => ready.table,
            other => panic!("{other:?}"),
        }
    }

    /// Rows of a publication: key, and the values of columns.
    fn rows(&self, publication: &str, columns: &[&str]) -> Vec<Vec<Option<String>>> {
        let publication = Publication::from_path(publication);
        let Some(served) = Served::of(&self.store, &publication).unwrap() else { return Vec::new() };
        let schema = served.schema().unwrap();
        let mut rows = Vec::new();
        for batch in served.batches(&self.store, &schema) {
            let batch = batch.unwrap();
            let value = |name: &&str, row: usize| {
                let column = batch.column_by_name(name).unwrap().as_string::<i32>();
                column.is_valid(row).then(|| column.value(row).to_owned())
            };
            rows.extend(
                (0..batch.num_rows()).map(|row| columns.iter().map(|name| value(name, row)).collect::<Vec<_>>()),
            );
        }
        rows.sort();
        rows
    }

    fn latest(&self) -> BTreeMap<String, String> {
        let rows = self.rows("loads/shop/dynamodb/orders__latest", &["pk", "_item"]);
        rows.into_iter().map(|row| (row[0].clone().unwrap(), row[1].clone().unwrap())).collect()
    }
}

fn packed(lines: &[Value]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    lines.iter().for_each(|line| writeln!(packed, "{line}").unwrap());
    packed.finish().unwrap()
}

fn item(pk: &str, value: &str) -> Value {
    json!({"pk": {"S": pk}, "n": {"N": "1.0"}, "x": {"S": value}})
}

fn whole(items: &[(&str, &str)]) -> Vec<Value> {
    items.iter().map(|(pk, value)| json!({"Item": item(pk, value)})).collect()
}

fn changed(pk: &str, value: Option<&str>) -> Value {
    let mut line = json!({
        "Metadata": {"WriteTimestampMicros": {"N": "1"}},
        "Keys": {"pk": {"S": pk}, "n": {"N": "1.0"}},
        "OldImage": item(pk, "old"),
    });
    if let Some(value) = value {
        line["NewImage"] = item(pk, value);
    }
    line
}

fn damaged(outcome: Result<Outcome, LoadError>) -> &'static str {
    match outcome {
        Err(LoadError::Database(DatabaseError::Damaged { what, .. })) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_changed_follows_the_whole_table_and_what_is_not_listed_is_never_read() {
    let lake = Lake::new("{}");
    lake.export(&whole(&[("a", "1"), ("b", "1"), ("c", "1")]), "FULL_EXPORT");
    let first = lake.load(None, 1_000).unwrap();
    assert_eq!(
        (first.made_by, first.account.published, first.position),
        ("loads.full", 3, Some(Position::Time(1_000)))
    );
    lake.export(&[changed("b", Some("2")), changed("c", None), changed("d", Some("1"))], "INCREMENTAL_EXPORT");
    let second = lake.load(Some(1_000), 2_000).unwrap();
    assert_eq!((second.made_by, second.account.published, second.account.read), ("loads.window", 3, 3));
    assert_eq!(second.account.counted["tombstones"], 1);
    let latest = lake.latest();
    assert_eq!(latest.keys().collect::<Vec<_>>(), ["a", "b", "d"]);
    assert_eq!(latest["b"], r#"{"n":{"N":"1"},"pk":{"S":"b"},"x":{"S":"2"}}"#, "keys in order, numbers canonical");
    let log = lake.rows("loads/shop/dynamodb/orders", &["pk", "_op", "_item"]);
    let of_c: Vec<_> = log.iter().filter(|row| row[0].as_deref() == Some("c")).collect();
    assert_eq!(of_c[0], &[Some("c".to_owned()), Some("d".to_owned()), None], "a key and nothing else");
    assert_eq!((log.len(), of_c.len()), (6, 2));
    lake.export(&[], "INCREMENTAL_EXPORT");
    let third = lake.load(Some(2_000), 3_000).unwrap();
    assert_eq!((third.run, third.position), (None, Some(Position::Time(3_000))), "the bookmark moves without rows");
    assert!(matches!(lake.load(Some(2_000), 3_000), Err(LoadError::Superseded { .. })), "nothing is taken twice");
    assert!(matches!(lake.load(Some(4_000), 5_000), Err(LoadError::Superseded { .. })), "no gap is left");
}

#[test]
fn an_export_that_is_not_as_its_manifests_say_is_not_taken() {
    let lake = Lake::new("{}");
    let items = whole(&[("a", "1"), ("b", "1"), ("c", "1")]);
    let root = lake.export(&items, "FULL_EXPORT");
    let other = packed(&items[..2].iter().map(|_| json!({"Item": item("z", "9")})).collect::<Vec<_>>());
    fs::write(root.join("data/0.json.gz"), other).unwrap();
    assert_eq!(damaged(lake.load(None, 1_000)), "a file is not as the manifest says");
    let root = lake.export(&items, "FULL_EXPORT");
    let listed = fs::read_to_string(root.join("manifest-files.json")).unwrap();
    fs::write(root.join("manifest-files.json"), listed.replace("\"itemCount\":1", "\"itemCount\":2")).unwrap();
    assert_eq!(damaged(lake.load(None, 1_000)), "the manifests do not agree about the number of items");
    let root = lake.export(&items, "FULL_EXPORT");
    fs::remove_file(root.join("data/1.json.gz")).unwrap();
    assert_eq!(damaged(lake.load(None, 1_000)), "a file cannot be read");
    let root = lake.export(&[json!({"Item": {"pk": {"S": "a"}, "n": {"N": "one"}}})], "FULL_EXPORT");
    assert_eq!(damaged(lake.load(None, 1_000)), "a line is none");
    // As emulators write them.
    fs::remove_file(root.join("manifest-summary.json")).unwrap();
    assert_eq!(damaged(lake.load(None, 1_000)), "there is no manifest");
    assert_eq!(lake.rows("loads/shop/dynamodb/orders", &["pk"]), Vec::<Vec<Option<String>>>::new());
}

#[test]
fn every_attribute_is_a_column_where_that_is_wanted() {
    let lake = Lake::new("auto");
    let odd = json!({"pk": {"S": "a"}, "n": {"N": "1"}, "Odd N\u{e4}me": {"SS": ["b", "a"]}, "flag": {"BOOL": true}, "nil": {"NULL": true}});
    lake.export(&[json!({"Item": odd}), json!({"Item": item("b", "1")})], "FULL_EXPORT");
    lake.load(None, 1_000).unwrap();
    let name = carelake_loads::names::give(&BTreeMap::new(), ["Odd N\u{e4}me"], carelake_loads::names::Named::Column);
    let odd = name["Odd N\u{e4}me"].as_str();
    let rows = lake.rows("loads/shop/dynamodb/orders", &["pk", odd, "flag", "nil", "x"]);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(rows[0], [text("a"), text(r#"["a","b"]"#), text("true"), None, None]);
    assert_eq!(rows[1], [text("b"), None, None, None, text("1")]);
}

#[test]
fn what_a_mask_hides_is_not_in_the_item_either() {
    let lake = Lake::new("{ x: hash, y: drop }");
    let mut secret = item("a", "MARKER");
    secret["y"] = json!({"M": {"z": {"S": "MARKER"}}});
    lake.export(&[json!({"Item": secret})], "FULL_EXPORT");
    lake.load(None, 1_000).unwrap();
    let rows = lake.rows("loads/shop/dynamodb/orders", &["_item", "x"]);
    assert_eq!(rows[0][0].as_deref(), Some(r#"{"n":{"N":"1"},"pk":{"S":"a"}}"#));
    assert_eq!(rows[0][1].as_ref().unwrap().len(), 64);
}

#[test]
fn attributes_become_columns_by_a_whole_load_and_not_by_what_changed_since() {
    let generation = |columns: &str| Lake::new(columns).table(BTreeSet::new()).generation;
    assert_ne!(generation("{}"), generation("auto"));
    assert_ne!(generation("{}"), generation("{ x: string }"));
}
