//! A store that fails at each of its calls, before or after it did what was asked.

use std::collections::BTreeSet;

use carelake_core::publish::current;
use carelake_core::store::{FaultyStore, Moment};

use super::model::{Is, Record, changes, latest, record, visits};
use super::world::{Lake, event};
use crate::config::Stream;
use crate::flush::flush;
use crate::take::answer;

fn records() -> Vec<Record> {
    let is = |at: usize| match at % 7 {
        4 => Is::Remove,
        5 => Is::Poison,
        6 => Is::Probe,
        _ => Is::Modify,
    };
    (0..28).map(|at| record(at, (at % 4) as u8, is(at))).collect()
}

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| record.text.clone()).collect()
}

fn assert_whole(lake: &Lake, stream: &Stream, records: &[Record], what: &str) {
    let mut published: Vec<String> = lake.changes(stream).iter().map(|row| row["sequence"].clone()).collect();
    published.sort();
    assert_eq!(published, changes(records), "{what}");
    let there = lake.latest(stream).iter().map(|row| (row["id"].clone(), row["sequence"].clone())).collect();
    assert_eq!(latest(records, false), there, "{what}");
    // Readers of a path see the runs that are served.
    for publication in [stream.changes(), stream.latest()] {
        let pointer = current(&lake.store, &publication).unwrap().unwrap();
        let served: BTreeSet<String> = pointer.runs.iter().map(|run| format!("run={}", run.run_id)).collect();
        let names = std::fs::read_dir(lake.store.root().join(publication.link_key())).unwrap();
        let shown: BTreeSet<String> = names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(shown, served, "{publication}, {what}");
    }
}

#[test]
fn whatever_call_of_a_publication_fails_the_next_one_makes_up_for_it() {
    let (stream, all) = (visits(", buckets: 2"), records());
    for moment in [Moment::Before, Moment::After] {
        let mut failed = 0;
        for call in 1..300 {
            let lake = Lake::new();
            lake.deliver(&stream, &texts(&all[..12]));
            lake.flush(&stream);
            lake.deliver(&stream, &texts(&all[8..]));
            let store = FaultyStore::failing_from(&lake.store, call, moment);
            if lake.try_flush(&stream, &store).is_ok() {
                break;
            }
            failed += 1;
            // In the very same moment: nothing that the attempt left is in the way.
            lake.with(|world| flush(world, &stream)).unwrap();
            assert_whole(&lake, &stream, &all, &format!("call {call} {moment:?}"));
        }
        assert!(failed > 20, "only {failed} calls");
    }
}

#[test]
fn a_batch_is_acknowledged_when_it_is_staged_and_no_sooner() {
    let (stream, all) = (visits(""), records());
    let first = all[0].sequence.to_string();
    let mut returned = 0;
    for moment in [Moment::Before, Moment::After] {
        for call in 1..4 {
            for is_of_raw in [true, false] {
                let lake = Lake::new();
                let (raw, rejects) = match is_of_raw {
                    true => (
                        FaultyStore::failing_from(&lake.raw, call, moment),
                        FaultyStore::failing_from(&lake.rejects, 99, moment),
                    ),
                    false => (
                        FaultyStore::failing_from(&lake.raw, 99, moment),
                        FaultyStore::failing_from(&lake.rejects, call, moment),
                    ),
                };
                let answered = lake
                    .on((&lake.store, &raw, &rejects), |world| answer(world, &stream, &event(&texts(&all))))
                    .unwrap();
                let failures = answered.answer["batchItemFailures"].as_array().unwrap().clone();
                match answered.failed {
                    Some(_) => {
                        returned += 1;
                        assert_eq!(failures, [serde_json::json!({ "itemIdentifier": first })]);
                        lake.deliver(&stream, &texts(&all));
                    }
                    None => assert_eq!(failures, [] as [serde_json::Value; 0]),
                }
                lake.flush(&stream);
                assert_whole(&lake, &stream, &all, &format!("call {call} {moment:?} {is_of_raw}"));
            }
        }
    }
    assert!(returned >= 4, "{returned}");
}

#[test]
fn a_batch_whose_first_record_has_no_name_fails_as_a_whole_and_never_by_null() {
    let (lake, stream) = (Lake::new(), visits(""));
    let raw = FaultyStore::failing_from(&lake.raw, 1, Moment::Before);
    let records = vec!["{}".to_owned(), records()[0].text.clone()];
    let answered = lake.on((&lake.store, &raw, &lake.rejects), |world| answer(world, &stream, &event(&records)));
    assert!(answered.is_err());
}
