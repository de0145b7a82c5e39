//! The service that delivers: it goes on at the lowest identifier that an answer names, cuts a batch in two where the call fails, gives up by
//! count and age, and notes what it gave up on.

use std::cell::Cell;
use std::collections::VecDeque;

use carelake_core::store::{FaultyStore, Moment};

use super::model::{Is, Record, changes, latest, record, visits};
use super::world::{Lake, event};
use crate::config::Stream;
use crate::take::answer;

/// What was given up: the range only, as the destination of failures holds it.
#[derive(Debug, PartialEq, Eq)]
struct FailureRecord {
    first: String,
    last: String,
}

/// A shard and how its records are delivered.
struct Shard<'r> {
    records: &'r [Record],
    most_tries: u32,
    most_age: u32,
    gave_up: Vec<FailureRecord>,
    deliveries: u32,
}

impl<'r> Shard<'r> {
    fn new(records: &'r [Record]) -> Self {
        Self { records, most_tries: 10, most_age: 1_000, gave_up: Vec::new(), deliveries: 0 }
    }

    /// Delivers everything, in order. `call` answers as the function does; it may fail.
    fn run(&mut self, batch: usize, call: &dyn Fn(&[Record]) -> Option<serde_json::Value>) {
        let mut left: VecDeque<(&[Record], u32)> = self.records.chunks(batch).map(|some| (some, 0)).collect();
        while let Some((some, tries)) = left.pop_front() {
            self.deliveries += 1;
            if tries > self.most_tries || self.deliveries > self.most_age {
                let name = |record: Option<&Record>| record.map(|it| it.sequence.to_string()).unwrap_or_default();
                self.gave_up.push(FailureRecord { first: name(some.first()), last: name(some.last()) });
                continue;
            }
            match call(some) {
                Some(answer) => {
                    let failures = answer["batchItemFailures"].as_array().expect("a list, never null");
                    let named: Vec<&str> =
                        failures.iter().map(|it| it["itemIdentifier"].as_str().expect("never null")).collect();
                    let places: Vec<usize> = named
                        .iter()
                        .map(|name| {
                            some.iter().position(|it| it.sequence.to_string() == *name).expect("a name of the batch")
                        })
                        .collect();
                    if let Some(lowest) = places.into_iter().min() {
                        left.push_front((&some[lowest..], tries + 1));
                    }
                }
                // The call failed: cut in two, if there are two.
                None if some.len() > 1 => {
                    let (one, other) = some.split_at(some.len() / 2);
                    left.push_front((other, tries + 1));
                    left.push_front((one, tries + 1));
                }
                None => left.push_front((some, tries + 1)),
            }
        }
    }
}

fn records() -> Vec<Record> {
    (0..60).map(|at| record(at, (at % 5) as u8, if at % 11 == 3 { Is::Poison } else { Is::Modify })).collect()
}

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| record.text.clone()).collect()
}

/// Takes with places of which each fails at the calls that the cue names.
fn flaky<'l>(
    lake: &'l Lake,
    stream: &'l Stream,
    fails: impl Fn(u32) -> bool + 'l,
) -> impl Fn(&[Record]) -> Option<serde_json::Value> + 'l {
    let number = Cell::new(0_u32);
    move |some| {
        number.set(number.get() + 1);
        let is_down = fails(number.get());
        let moment = if number.get().is_multiple_of(2) { Moment::After } else { Moment::Before };
        let raw = FaultyStore::failing_from(&lake.raw, if is_down { 1 } else { 99 }, moment);
        let answered = lake.on((&lake.store, &raw, &lake.rejects), |world| answer(world, stream, &event(&texts(some))));
        answered.ok().map(|answered| answered.answer)
    }
}

fn assert_whole(lake: &Lake, stream: &Stream, records: &[Record]) {
    lake.flush(stream);
    let mut published: Vec<String> = lake.changes(stream).iter().map(|row| row["sequence"].clone()).collect();
    published.sort();
    assert_eq!(published, changes(records));
    let there = lake.latest(stream).iter().map(|row| (row["id"].clone(), row["sequence"].clone())).collect();
    assert_eq!(latest(records, false), there);
}

#[test]
fn an_outage_delays_and_poison_does_not_block() {
    let (lake, stream, all) = (Lake::new(), visits(""), records());
    let mut shard = Shard::new(&all);
    shard.run(9, &flaky(&lake, &stream, |number| number % 3 != 0));
    assert_eq!(shard.gave_up, []);
    assert_whole(&lake, &stream, &all);
    let poison = all.iter().filter(|record| record.is == Is::Poison).count() as u64;
    assert_eq!(lake.state(&stream).totals.rejected["attribute_shape"], poison);
}

#[test]
fn a_call_that_fails_is_cut_in_two_and_what_it_brings_again_is_published_once() {
    let (lake, stream, all) = (Lake::new(), visits(""), records());
    let number = Cell::new(0);
    let mut shard = Shard::new(&all);
    shard.run(16, &|some| {
        number.set(number.get() + 1);
        let answered = lake.deliver(&stream, &texts(some)).answer;
        // The answer is lost now and then, though everything was done.
        (number.get() % 3 != 1).then_some(answered)
    });
    assert_eq!(shard.gave_up, []);
    assert!(shard.deliveries > 60 / 16 + 1);
    assert_whole(&lake, &stream, &all);
}

#[test]
fn an_outage_that_lasts_is_given_up_by_count_and_leaves_a_range_and_nothing_else() {
    let (lake, stream, all) = (Lake::new(), visits(""), records());
    let mut shard = Shard::new(&all[..20]);
    shard.run(10, &flaky(&lake, &stream, |number| number <= 12));
    let name = |at: usize| all[at].sequence.to_string();
    assert_eq!(shard.gave_up, [FailureRecord { first: name(0), last: name(9) }]);
    // What was given up comes again by a replay of its range.
    lake.deliver(&stream, &texts(&all[..10]));
    assert_whole(&lake, &stream, &all[..20]);
}

#[test]
fn what_is_too_old_is_given_up_and_reading_goes_on() {
    let (lake, stream, all) = (Lake::new(), visits(""), records());
    let mut shard = Shard { most_age: 3, ..Shard::new(&all) };
    shard.run(15, &flaky(&lake, &stream, |_| false));
    assert_eq!(shard.gave_up.len(), 1);
    assert_whole(&lake, &stream, &all[..45]);
}
