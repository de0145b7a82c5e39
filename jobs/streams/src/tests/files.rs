//! Files that grow, one for each shard.

use std::fs;
use std::io::Write as _;

use carelake_core::store::LocalStore;

use super::model::{Is, changes, latest, record};
use super::world::{Lake, stream};
use crate::config::Stream;
use crate::publish::StreamError;
use crate::read::take_files;
use crate::take::Took;

fn of_files() -> Stream {
    stream("kind: files, keys: [{ name: id }], attributes: [{ name: n, type: int64 }]")
}

fn take(lake: &Lake, stream: &Stream) -> Result<Took, StreamError> {
    let store = LocalStore::new(lake.folder.path().join("shards"));
    lake.with(|world| take_files(world, stream, &store, ""))
}

fn append(lake: &Lake, name: &str, text: &str) {
    let folder = lake.folder.path().join("shards");
    fs::create_dir_all(&folder).unwrap();
    let mut file = fs::OpenOptions::new().create(true).append(true).open(folder.join(name)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn what_a_file_grows_by_is_taken_once_and_a_line_when_it_is_whole() {
    let (lake, stream) = (Lake::new(), of_files());
    let all: Vec<_> = (0..9).map(|at| record(at, (at % 2) as u8, Is::Modify)).collect();
    let line = |at: usize| format!("{}\n", all[at].text);
    append(&lake, "s0.ndjson", &(line(0) + "\r\n\n" + &line(1)));
    let (head, rest) = all[2].text.split_at(50);
    append(&lake, "s0.ndjson", head);
    assert_eq!(take(&lake, &stream).unwrap().delivered, 2);
    assert_eq!(take(&lake, &stream).unwrap().delivered, 0);
    lake.flush(&stream);
    assert_eq!(take(&lake, &stream).unwrap().delivered, 0, "positions are known after they were published, too");
    append(&lake, "s0.ndjson", &format!("{rest}\n{}", line(3)));
    append(&lake, "s1.ndjson", &(4..9).map(line).collect::<String>());
    assert_eq!(take(&lake, &stream).unwrap().delivered, 7);
    lake.flush(&stream);
    let published = lake.changes(&stream);
    let mut sequences: Vec<String> = published.iter().map(|row| row["sequence"].clone()).collect();
    sequences.sort();
    assert_eq!(sequences, changes(&all));
    assert_eq!(published.iter().filter(|row| row["shard"] == "s1").count(), 5);
    let there = lake.latest(&stream).iter().map(|row| (row["id"].clone(), row["sequence"].clone())).collect();
    assert_eq!(latest(&all, false), there);
    fs::write(lake.folder.path().join("shards/s0.ndjson"), "").unwrap();
    assert!(matches!(take(&lake, &stream), Err(StreamError::Shorter { .. })));
}

#[test]
fn children_are_read_when_nothing_is_left_of_their_parents() {
    let (lake, stream) = (Lake::new(), of_files());
    let line = |at: usize| format!("{}\n", record(at, 0, Is::Modify).text);
    append(&lake, "shards.json", r#"{"s0": null, "a": "s0", "b": "a"}"#);
    append(&lake, "s0.ndjson", &(line(0) + "{"));
    append(&lake, "a.ndjson", &line(1));
    append(&lake, "b.ndjson", &line(2));
    assert_eq!(take(&lake, &stream).unwrap().delivered, 1, "a line of the parent is being written");
    append(&lake, "s0.ndjson", "}\n");
    assert_eq!(take(&lake, &stream).unwrap().delivered, 3);
    for wrong in [r#"{"a": "nowhere"}"#, r#"{"a": "b", "b": "a"}"#, "3"] {
        fs::write(lake.folder.path().join("shards/shards.json"), wrong).unwrap();
        assert!(matches!(take(&lake, &stream), Err(StreamError::Shards { .. })), "{wrong}");
    }
}
