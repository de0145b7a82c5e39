//! Records that could not be used are tried once more, and are then as if they had been good at once.

use jiff::SignedDuration;

use super::model::visits;
use super::world::{Lake, stream};
use crate::functions::replay_parked;
use crate::take::{parked_files, read_parked};

/// A record whose key is a text; whether that is a number decides whether it can be used as one.
fn record(at: usize, key: &str, op: &str) -> String {
    format!(
        r#"{{"eventID":"e{at}","eventName":"{op}","dynamodb":{{"ApproximateCreationDateTime":1772836200,"Keys":{{"id":{{"S":"{key}"}}}},"NewImage":{{"id":{{"S":"{key}"}},"n":{{"N":"{at}"}}}},"SequenceNumber":"{}"}}}}"#,
        100 + at
    )
}

#[test]
fn what_is_good_after_a_fix_is_published_once_and_never_moves_a_row_back() {
    let numbers = stream("kind: dynamodb, keys: [{ name: id, type: int64 }], attributes: [{ name: n, type: int64 }]");
    let lake = Lake::new();
    // "x" is no number: parked, among good ones.
    let all = [record(0, "1", "INSERT"), record(1, "x", "INSERT"), record(2, "y", "INSERT"), record(3, "2", "INSERT")];
    lake.deliver(&numbers, &all);
    lake.deliver(&numbers, &all);
    let flushed = lake.flush(&numbers);
    assert_eq!((flushed.account.published, flushed.account.rejected["key_missing"]), (2, 2));
    // Nothing is good yet: it stays parked.
    for _ in 0..2 {
        let replayed = lake.with(|world| replay_parked(world, &numbers, false)).unwrap();
        assert_eq!((replayed.took.rows, replayed.took.parked["key_missing"]), (0, 2));
        assert_eq!(lake.flush(&numbers).account.published, 0);
        let files = parked_files(&lake.rejects, &numbers).unwrap();
        assert_eq!((files.len(), read_parked(&lake.rejects, &files[0]).unwrap().lines.len()), (1, 2));
    }
}

#[test]
fn a_replay_of_older_changes_joins_the_log_and_leaves_latest_as_it_is() {
    let (lake, loose) = (
        Lake::new(),
        stream("kind: dynamodb, keys: [{ name: id }], attributes: [{ name: n, type: int64 }], buckets: 3"),
    );
    let strict = {
        // The same stream before it was mended: its key is looked for under a wrong name.
        let mut strict = loose.clone();
        strict.keys[0].from = carelake_conditions::Path::parse("ID").unwrap();
        strict
    };
    lake.deliver(&strict, &[record(0, "a", "INSERT"), record(1, "b", "INSERT"), record(2, "c", "INSERT")]);
    assert_eq!(lake.flush(&strict).account.rejected["key_missing"], 3);
    let gone = record(5, "b", "REMOVE").replace("NewImage", "OldImage");
    lake.deliver(&loose, &[record(4, "a", "MODIFY"), gone]);
    lake.flush(&loose);
    lake.pass(SignedDuration::from_hours(24 * 30));
    // Killed after it was staged and before the parked file was removed: it is tried twice.
    let files = parked_files(&lake.rejects, &loose).unwrap();
    let kept = carelake_core::store::Store::read(&lake.rejects, &files[0]).unwrap();
    lake.with(|world| replay_parked(world, &loose, false)).unwrap();
    assert_eq!(parked_files(&lake.rejects, &loose).unwrap(), [] as [String; 0]);
    carelake_core::store::Store::create(&lake.rejects, &files[0], &kept).unwrap();
    let replayed = lake.with(|world| replay_parked(world, &loose, false)).unwrap();
    assert_eq!((replayed.files, replayed.took.rows), (1, 3));
    lake.flush(&loose);
    let sequences: Vec<String> = lake.changes(&loose).iter().map(|row| row["sequence"].clone()).collect();
    assert_eq!(sequences.len(), 5);
    let mut latest: Vec<(String, String)> =
        lake.latest(&loose).iter().map(|row| (row["id"].clone(), row["n"].clone())).collect();
    latest.sort();
    // `a` was changed since, and `b` removed: neither goes back. `c` is there.
    assert_eq!(latest, [("a".to_owned(), "4".to_owned()), ("c".to_owned(), "2".to_owned())]);
}

#[test]
fn a_record_that_is_parked_and_delivered_again_stays_parked_once() {
    let (lake, stream) = (Lake::new(), visits(""));
    let bad = record(0, "a", "INSERT").replace("NewImage", "Nothing");
    lake.deliver(&stream, std::slice::from_ref(&bad));
    lake.flush(&stream);
    lake.deliver(&stream, &[bad, record(1, "b", "INSERT")]);
    let flushed = lake.flush(&stream);
    assert_eq!((flushed.account.rejects(), flushed.account.duplicates(), flushed.account.published), (0, 1, 1));
}
