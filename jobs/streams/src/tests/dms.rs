//! Files that a task of DMS writes.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, TimestampMillisecondArray,
};
use carelake_core::store::LocalStore;
use parquet::arrow::ArrowWriter;

use super::world::{Lake, stream};
use crate::config::Stream;
use crate::read::take_files;
use crate::take::Took;

fn of_dms() -> Stream {
    stream(
        "kind: dms, keys: [{ name: id, type: int64 }], attributes: [{ name: name }, { name: at, type: timestamp }], buckets: 2",
    )
}

fn file(ops: Option<&[&str]>, ids: &[i64], names: &[Option<&str>], at: ArrayRef) -> Vec<u8> {
    let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
    if let Some(ops) = ops {
        columns.push(("Op", Arc::new(StringArray::from(ops.to_vec()))));
    }
    columns.push(("id", Arc::new(Int64Array::from(ids.to_vec()))));
    columns.push(("name", Arc::new(StringArray::from(names.to_vec()))));
    columns.push(("at", at));
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
            .unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn micros(rows: usize) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![1_772_836_200_000_000; rows]).with_timezone("UTC"))
}

fn put(lake: &Lake, name: &str, bytes: &[u8]) {
    let folder = lake.folder.path().join("dms");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

fn take(lake: &Lake, stream: &Stream) -> Took {
    let store = LocalStore::new(lake.folder.path().join("dms"));
    lake.with(|world| take_files(world, stream, &store, "")).unwrap()
}

fn latest(lake: &Lake, stream: &Stream) -> Vec<(String, String, String)> {
    let text = |row: &super::world::Row, name: &str| row.get(name).cloned().unwrap_or_default();
    lake.latest(stream).iter().map(|row| (text(row, "id"), text(row, "name"), text(row, "at"))).collect()
}

#[test]
fn a_full_load_comes_first_and_changes_follow_row_by_row() {
    let (lake, stream) = (Lake::new(), of_dms());
    let names = [Some("a"), Some("b"), Some("c")];
    let load = file(None, &[1, 2, 3], &names, micros(3));
    let changed = [Some("a2"), Some("a3"), None, Some("d"), None, Some("x")];
    let millis: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![1_772_836_200_000; 6]));
    let changes = file(Some(&["U", "U", "D", "I", "D", "?"]), &[1, 1, 2, 4, 9, 5], &changed, millis);
    put(&lake, "20260306-220000000.parquet", &changes);
    put(&lake, "LOAD00000001.parquet", &load);
    put(&lake, "20260306-230000000.parquet", &load[..load.len() / 2]);
    let took = take(&lake, &stream);
    assert_eq!((took.rows, took.parked["record_shape"]), (8, 2), "an unknown Op, and a file that is cut");
    lake.flush(&stream);
    let at = "2026-03-06T22:30:00Z";
    let row = |id: &str, name: &str| (id.to_owned(), name.to_owned(), at.to_owned());
    let mut there = latest(&lake, &stream);
    there.sort();
    assert_eq!(there, [row("1", "a3"), row("3", "c"), row("4", "d")]);
    assert_eq!(take(&lake, &stream).delivered, 0, "files are taken once");
    put(&lake, "20260307-000000000.parquet", &file(Some(&["I"]), &[2], &[Some("b2")], micros(1)));
    assert_eq!(take(&lake, &stream).delivered, 1);
    lake.flush(&stream);
    assert!(latest(&lake, &stream).contains(&row("2", "b2")), "an insert after a removal lives");
    let parked = crate::take::parked_files(&lake.rejects, &stream).unwrap();
    assert!(parked.iter().any(|key| key.contains("20260306-230000000")), "{parked:?}");
}

#[test]
fn files_of_csv_are_read_as_those_of_parquet_and_what_is_cut_or_foreign_is_parked() {
    let (lake, stream) = (Lake::new(), of_dms());
    put(&lake, "LOAD00000001.csv", b"id,name,at\n1,a,2026-03-06 22:30:00.000000\n2,\"b, \"\"x\"\"\",NULL\n3,,\n");
    put(
        &lake,
        "20260306-220000000.csv",
        b"Op,id,name,at\nU,1,a2,2026-03-06 22:30:00\nD,2,NULL,NULL\n?,3,c,NULL\nU,3\nU,3,\xff,NULL\nU,,x,NULL\n",
    );
    put(&lake, "20260306-230000000.csv", b"Op,id,name,at\nU,1,cut,2026-03-06");
    put(&lake, "20260306-240000000.csv", b"U,1,nameless,NULL\n");
    let took = take(&lake, &stream);
    assert_eq!(took.rows, 5);
    let wanted = [("encoding", 1), ("key_missing", 1), ("record_shape", 4)];
    assert_eq!(took.parked, wanted.map(|(rule, count)| (rule.to_owned(), count)).into());
    lake.flush(&stream);
    let row = |id: &str, name: &str, at: &str| (id.to_owned(), name.to_owned(), at.to_owned());
    let mut there = latest(&lake, &stream);
    there.sort();
    assert_eq!(there, [row("1", "a2", "2026-03-06T22:30:00Z"), row("3", "", "")]);
    let changes = lake.changes(&stream);
    assert!(changes.iter().any(|row| row.get("name").is_some_and(|name| name == "b, \"x\"")), "{changes:?}");
    assert!(changes.iter().all(|row| !row.keys().any(|name| name == "at_invalid")));
    assert_eq!(lake.state(&stream).totals.counted.len(), 0, "no moment was unreadable");
    assert_eq!(take(&lake, &stream).delivered, 0, "files are taken once");
}

#[test]
fn packed_files_are_read_and_those_that_are_cut_or_not_packed_are_parked() {
    let packed = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let (lake, stream) = (Lake::new(), of_dms());
    let plain = file(Some(&["U"]), &[2], &[Some("b2")], micros(1));
    put(&lake, "LOAD00000001.csv.gz", &packed(b"id,name,at\n1,a,NULL\n2,b,NULL\n3,c,NULL\n"));
    put(&lake, "20260306-220000000.csv.gz", &packed(b"Op,id,name,at\nU,1,a2,NULL\n"));
    put(&lake, "20260306-230000000.parquet.gz", &packed(&plain));
    put(&lake, "20260307-000000000.parquet.gz", &file(Some(&["D"]), &[3], &[None], micros(1)));
    let cut = packed(b"Op,id,name,at\nU,1,a3,NULL\n");
    put(&lake, "20260307-010000000.csv.gz", &cut[..cut.len() - 6]);
    put(&lake, "20260307-020000000.csv.gz", b"Op,id,name,at\nU,1,a4,NULL\n");
    let took = take(&lake, &stream);
    assert_eq!((took.rows, took.parked["record_shape"]), (6, 2));
    lake.flush(&stream);
    let mut there: Vec<_> = latest(&lake, &stream).into_iter().map(|(id, name, _)| (id, name)).collect();
    there.sort();
    let row = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    assert_eq!(there, [row("1", "a2"), row("2", "b2")]);
}

#[test]
fn rows_that_are_parked_are_good_after_a_fix_and_keep_their_place() {
    let (lake, stream) = (Lake::new(), of_dms());
    let mut strict = stream.clone();
    strict.keys[0].from = carelake_conditions::Path::parse("ID").unwrap();
    put(&lake, "LOAD00000001.parquet", &file(None, &[1, 2], &[Some("a"), Some("b")], micros(2)));
    put(
        &lake,
        "20260306-220000000.parquet",
        &file(Some(&["U", "?", "D"]), &[1, 1, 2], &[Some("a2"), Some("x"), None], micros(3)),
    );
    assert_eq!(take(&lake, &strict).parked["key_missing"], 4);
    lake.flush(&strict);
    // Meanwhile a later file came, which could be used.
    put(&lake, "20260306-230000000.parquet", &file(Some(&["U"]), &[1], &[Some("a3")], micros(1)));
    take(&lake, &stream);
    lake.flush(&stream);
    for (good, bad) in [(4, 1), (0, 1)] {
        let replayed = lake.with(|world| crate::functions::replay_parked(world, &stream, false)).unwrap();
        assert_eq!((replayed.took.rows, replayed.took.parked["record_shape"]), (good, bad));
        lake.flush(&stream);
    }
    assert_eq!(latest(&lake, &stream), [("1".to_owned(), "a3".to_owned(), "2026-03-06T22:30:00Z".to_owned())]);
    let (changes, totals) = (lake.changes(&stream), lake.state(&stream).totals);
    assert_eq!((changes.len(), totals.published), (5, 5));
    let mut sequences: Vec<&str> = changes.iter().map(|row| row["sequence"].as_str()).collect();
    sequences.sort_unstable();
    assert_eq!(sequences[..2], ["20260306-220000000.parquet:1", "20260306-220000000.parquet:3"]);
}
