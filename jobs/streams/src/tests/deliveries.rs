//! What comes again is published once, and the sums say so.

use carelake_core::publish::{compact, current_runs};
use jiff::SignedDuration;

use super::model::{Is, record, visits};
use super::world::{Lake, Row};
use crate::flush::{compact as compact_days, prune};

fn texts(records: std::ops::Range<usize>) -> Vec<String> {
    records.map(|at| record(at, (at % 3) as u8, if at < 3 { Is::Insert } else { Is::Modify }).text).collect()
}

fn column(rows: &[Row], name: &str) -> Vec<String> {
    let mut found: Vec<String> = rows.iter().map(|row| row.get(name).cloned().unwrap_or_default()).collect();
    found.sort();
    found
}

#[test]
fn a_batch_that_comes_again_whole_cut_in_two_overlapping_or_much_later_is_published_once() {
    let (lake, stream) = (Lake::new(), visits(""));
    let all = texts(0..40);
    assert_eq!(lake.deliver(&stream, &all).answer.to_string(), r#"{"batchItemFailures":[]}"#);
    lake.deliver(&stream, &all);
    lake.deliver(&stream, &all[..20]);
    lake.deliver(&stream, &all[20..]);
    let first = lake.flush(&stream);
    assert_eq!((first.account.read, first.account.published, first.account.duplicates()), (120, 40, 80));
    lake.deliver(&stream, &all[35..]);
    lake.pass(SignedDuration::from_hours(48));
    lake.deliver(&stream, &all);
    let second = lake.flush(&stream);
    assert_eq!((second.run, second.account.read, second.account.duplicates()), (None, 45, 45));
    assert_eq!(lake.changes(&stream).len(), 40);
    assert_eq!(lake.latest(&stream).len(), 3);
    let totals = lake.state(&stream).totals;
    assert_eq!((totals.read, totals.published, totals.duplicates()), (165, 40, 125));
    assert_eq!(lake.flush(&stream).batches, 0, "nothing is left");
}

#[test]
fn a_bare_list_of_a_pipe_is_a_batch_and_anything_else_is_refused() {
    let (lake, stream) = (Lake::new(), visits(""));
    let list = format!("[{}]", texts(0..4).join(","));
    lake.with(|world| {
        let answered = crate::take::answer(world, &stream, &list).unwrap();
        assert_eq!(answered.took.rows, 4);
        for event in ["{}", "null", "3", r#"{"Records":3}"#, "[1,"] {
            assert!(crate::take::answer(world, &stream, event).is_err(), "{event}");
        }
        let nothing = crate::take::answer(world, &stream, "[]").unwrap();
        assert_eq!(nothing.answer.to_string(), r#"{"batchItemFailures":[]}"#);
    });
}

#[test]
fn a_flush_has_one_file_a_folder_and_its_rows_are_in_the_order_of_key_and_sequence() {
    let (lake, stream) = (Lake::new(), visits(""));
    (0..4).for_each(|part| drop(lake.deliver(&stream, &texts(part * 30..part * 30 + 30))));
    let flushed = lake.flush(&stream);
    let (_, manifests) = current_runs(&lake.store, &stream.changes()).unwrap().unwrap();
    let files = &manifests[0].files;
    let mut folders: Vec<&str> = files.iter().map(|file| file.path.rsplit_once('/').unwrap().0).collect();
    folders.dedup();
    assert_eq!((folders.len(), files.len() as u64), (files.len(), flushed.files));
    assert!(folders.contains(&"site_id=site 0%2Fx/year=2026/month=03/day=06/hour=22"), "{folders:?}");
    let served = carelake_core::publish::Served::of(&lake.store, &stream.changes()).unwrap().unwrap();
    let schema = served.schema().unwrap();
    let mut last: Vec<(String, u128)> = Vec::new();
    for batch in served.batches(&lake.store, &schema) {
        let batch = batch.unwrap();
        use arrow_array::cast::AsArray;
        let text = |name: &str, row| batch.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned();
        let rows: Vec<_> =
            (0..batch.num_rows()).map(|row| (text("id", row), text("sequence", row).parse().unwrap())).collect();
        assert!(rows.is_sorted(), "each file is in its order");
        last = rows;
    }
    assert!(!last.is_empty());
}

#[test]
fn a_flush_takes_no_more_than_is_published_at_once_and_the_next_goes_on() {
    let (lake, mut stream) = (Lake::new(), visits(""));
    stream.flush_bytes = 1;
    (0..3).for_each(|part| drop(lake.deliver(&stream, &texts(part * 10..part * 10 + 10))));
    let flushed: Vec<bool> = (0..3).map(|_| lake.flush(&stream).is_more).collect();
    assert_eq!(flushed, [true, true, false]);
    assert_eq!(lake.changes(&stream).len(), 30);
}

#[test]
fn a_rollback_takes_rows_and_positions_back_and_the_next_flush_reads_the_batches_again() {
    let (lake, stream) = (Lake::new(), visits(", buckets: 2"));
    lake.deliver(&stream, &texts(0..10));
    lake.flush(&stream);
    lake.deliver(&stream, &texts(10..20));
    lake.flush(&stream);
    let (changes, latest, totals) = (lake.changes(&stream), lake.latest(&stream), lake.state(&stream).totals);
    assert!(lake.roll_back(&stream.changes()));
    assert_eq!(lake.changes(&stream).len(), 10);
    lake.flush(&stream);
    assert_eq!((lake.changes(&stream), lake.latest(&stream), lake.state(&stream).totals), (changes, latest, totals));
}

#[test]
fn latest_follows_a_rollback_of_changes_before_anything_new_is_published() {
    let (lake, stream) = (Lake::new(), visits(""));
    lake.deliver(&stream, &texts(0..6));
    lake.flush(&stream);
    let before = lake.latest(&stream);
    lake.deliver(&stream, &texts(6..12));
    lake.flush(&stream);
    assert!(lake.roll_back(&stream.changes()));
    lake.with(|world| crate::latest::settle(world, &stream)).unwrap();
    assert_eq!(lake.latest(&stream), before);
}

#[test]
fn closed_days_are_joined_and_rows_positions_and_latest_stay_what_they_are() {
    let (lake, stream) = (Lake::new(), visits(""));
    for part in 0..6 {
        lake.deliver(&stream, &texts(part * 10..part * 10 + 10));
        lake.flush(&stream);
        lake.pass(SignedDuration::from_hours(10));
    }
    let (rows, latest, state) = (lake.changes(&stream), lake.latest(&stream), lake.state(&stream));
    let runs = lake.with(|world| compact_days(world, &stream)).unwrap();
    // 06:00 and 16:00 of the 7th, 02:00, 12:00 and 22:00 of the 8th, 08:00 of the 9th, which is not over.
    assert_eq!(runs, Some(3));
    assert_eq!((lake.changes(&stream), lake.state(&stream)), (rows, state));
    lake.flush(&stream);
    assert_eq!(lake.latest(&stream), latest);
    assert_eq!(lake.with(|world| compact_days(world, &stream)).unwrap(), None, "there is nothing more to join");
    lake.with(|world| compact(world.desk(&stream.changes()))).unwrap();
    lake.deliver(&stream, &texts(58..63));
    let flushed = lake.flush(&stream);
    assert_eq!((flushed.account.published, flushed.account.duplicates()), (3, 2));
    assert_eq!(column(&lake.latest(&stream), "n"), ["60", "61", "62"]);
}

#[test]
fn batches_are_removed_when_no_rollback_can_need_them_and_what_they_held_is_still_known() {
    let (lake, stream) = (Lake::new(), visits(""));
    lake.deliver(&stream, &texts(0..10));
    lake.flush(&stream);
    assert_eq!(prune(&lake.store, &lake.raw, &stream, false).unwrap(), [], "a former pointer has not passed them");
    for day in 0..12 {
        lake.pass(SignedDuration::from_hours(24));
        lake.deliver(&stream, &texts(10 + day..11 + day));
        lake.flush(&stream);
        let now = lake.with(|world| {
            carelake_core::publish::gc(
                world.desk(&stream.changes()),
                world.rejects,
                carelake_core::publish::Keep::ALL,
                false,
            )
        });
        now.unwrap();
    }
    let removed = prune(&lake.store, &lake.raw, &stream, false).unwrap();
    assert!(!removed.is_empty());
    assert!(lake.roll_back(&stream.changes()));
    lake.flush(&stream);
    assert_eq!(lake.changes(&stream).len(), 22);
}
