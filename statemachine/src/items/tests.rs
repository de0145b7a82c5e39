//! What each reader makes of an object, and how items are put together.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::*;
use crate::objects::ObjectsInMemory;
use crate::state::distributed::{BatchLimits, Csv};

fn items(source: &ItemSource, body: &[u8]) -> Result<Vec<Value>, Failure> {
    let objects = ObjectsInMemory::default();
    objects.put("b", "k", body).unwrap();
    read(source, Place::of(&json!({"Bucket": "b", "Key": "k"})), usize::MAX, &objects)
}

fn cause(source: &ItemSource, body: &[u8]) -> String {
    let failure = items(source, body).unwrap_err();
    assert_eq!(failure.error.as_deref(), Some("States.ItemReaderFailed"));
    failure.cause.unwrap()
}

fn csv(headers: Option<&[&str]>, delimiter: u8) -> ItemSource {
    let headers = headers.map(|headers| headers.iter().map(|header| (*header).to_owned()).collect());
    ItemSource::Csv(Csv { headers, delimiter })
}

#[test]
fn a_row_of_csv_becomes_texts_by_header() {
    let body = b"\xef\xbb\xbfa,b\r\n1,\"x, \"\"y\"\"\"\n\nonly\n1,2,3\n   \n";
    assert_eq!(
        items(&csv(None, b','), body).unwrap(),
        [
            json!({"a": "1", "b": "x, \"y\""}),
            json!({"a": "only", "b": ""}),
            json!({"a": "1", "b": "2"}),
            json!({"a": "   ", "b": ""}),
        ]
    );
    assert_eq!(items(&csv(Some(&["h"]), b'|'), b"1|2\n").unwrap(), [json!({"h": "1"})]);
    assert_eq!(items(&csv(None, b','), b"").unwrap(), Vec::<Value>::new());
    assert!(cause(&csv(None, b','), b"a\n\xff\n").contains("line 2"));
}

#[test]
fn json_must_hold_an_array_where_the_pointer_says() {
    let at = |pointer: &str| ItemSource::Json { pointer: Some(pointer.to_owned()) };
    assert_eq!(items(&at("/a/0"), br#"{"a": [[1, 2]]}"#).unwrap(), [json!(1), json!(2)]);
    assert_eq!(cause(&at("/b"), br#"{"a": []}"#), "Attempting to map over non-iterable node.");
    let whole = ItemSource::Json { pointer: None };
    assert_eq!(cause(&whole, br#"{"a": []}"#), "Attempting to map over non-iterable node.");
    assert_eq!(cause(&whole, b"[1,\n2"), "the object is not JSON at line 2");
}

#[test]
fn every_line_that_is_not_blank_is_an_item() {
    assert_eq!(items(&ItemSource::JsonLines, b"{\"a\": 1}\n\n 2 \r\n").unwrap(), [json!({"a": 1}), json!(2)]);
    assert_eq!(cause(&ItemSource::JsonLines, b"1\n{\n"), "line 2 is not JSON");
}

#[test]
fn an_inventory_is_read_file_by_file_packed_or_not() {
    let objects = ObjectsInMemory::default();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(b"\"lake\",\"a.csv\",\"1\"\n").unwrap();
    let files = json!([{"key": "inventory/1.csv.gz"}, {"key": "inventory/2.csv"}]);
    let manifest = json!({"fileFormat": "CSV", "fileSchema": "Bucket, Key, Size", "files": files});
    objects.put("b", "manifest.json", manifest.to_string().as_bytes()).unwrap();
    objects.put("b", "inventory/1.csv.gz", &packed.finish().unwrap()).unwrap();
    objects.put("b", "inventory/2.csv", b"lake,b.csv,2\nlake,c.csv,3\n").unwrap();
    let parameters = json!({"Bucket": "b", "Key": "manifest.json"});
    let found = read(&ItemSource::Manifest, Place::of(&parameters), 2, &objects).unwrap();
    assert_eq!(
        found,
        [
            json!({"Bucket": "lake", "Key": "a.csv", "Size": "1"}),
            json!({"Bucket": "lake", "Key": "b.csv", "Size": "2"}),
        ]
    );
    assert_eq!(cause(&ItemSource::Manifest, b"{}"), "the manifest has no fileSchema");
    let orc = br#"{"fileFormat": "ORC", "fileSchema": "a", "files": []}"#;
    assert_eq!(cause(&ItemSource::Manifest, orc), "the files of the manifest are not CSV");
}

#[test]
fn a_prefix_gives_its_objects_in_the_order_of_their_keys() {
    let objects = ObjectsInMemory::default();
    for key in ["in/b", "in/a", "out/c"] {
        objects.put("b", key, b"xyz").unwrap();
    }
    let parameters = json!({"Bucket": "b", "Prefix": "in/"});
    let found = read(&ItemSource::List, Place::of(&parameters), usize::MAX, &objects).unwrap();
    assert_eq!(found.iter().map(|item| &item["Key"]).collect::<Vec<_>>(), ["in/a", "in/b"]);
    assert_eq!(
        found[0],
        json!({
            "Etag": "\"d16fb36f0911f878998c136191af705e\"", "Key": "in/a", "LastModified": 0, "Size": 3,
            "StorageClass": "STANDARD",
        })
    );
}

#[test]
fn an_object_that_is_not_there_fails_the_reader() {
    let parameters = json!({"Bucket": "b", "Key": "gone"});
    let failure = read(&ItemSource::JsonLines, Place::of(&parameters), 9, &ObjectsInMemory::default()).unwrap_err();
    assert_eq!(failure.cause.as_deref(), Some("the object 'gone' does not exist in bucket 'b'"));
    let failure = read(&ItemSource::List, Place::of(&parameters), 9, &crate::objects::NoObjects).unwrap_err();
    assert!(failure.cause.unwrap().contains("nothing on this machine holds objects"));
}

#[test]
fn batches_keep_within_both_limits() {
    let items = || (0..5).map(|number| json!(number)).collect::<Vec<_>>();
    let sizes = |limits, shared: Option<&Value>| {
        batches(items(), limits, shared).iter().map(|batch| batch.items).collect::<Vec<_>>()
    };
    assert_eq!(sizes(BatchLimits { items: 2, bytes: 100 }, None), [2, 2, 1]);
    // {"Items":[]} has 12 bytes, and each item adds two.
    assert_eq!(sizes(BatchLimits { items: 9, bytes: 18 }, None), [3, 2]);
    assert_eq!(sizes(BatchLimits { items: 9, bytes: 1 }, None), [1, 1, 1, 1, 1]);
    let shared = json!({"as_of": "2026-11-01"});
    let batch = &batches(items(), BatchLimits { items: 5, bytes: 1000 }, Some(&shared))[0];
    assert_eq!(batch.input, json!({"BatchInput": shared, "Items": [0, 1, 2, 3, 4]}));
}
