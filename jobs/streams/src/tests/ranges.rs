//! Ranges that were given up, read again from a shard that forgets its oldest records.

use std::cell::Cell;

use super::model::{Is, Record, changes, record, visits};
use super::world::Lake;
use crate::publish::StreamError;
use crate::range::{Page, Range, Reader, Sent, replay_range};
use crate::take::Took;

const SHARD: &str = "shardId-00000001573689847184-864758bb";

/// A shard that has the records from one on, and forgets some more after its first answer.
struct Shard<'r> {
    records: &'r [Record],
    oldest: Cell<usize>,
    forgets: Cell<usize>,
    /// Whether it tells that a record is gone, as a table does; Kinesis begins with the oldest without a word.
    tells: bool,
    ends: bool,
}

impl<'r> Shard<'r> {
    fn new(records: &'r [Record], oldest: usize) -> Self {
        Self { records, oldest: Cell::new(oldest), forgets: Cell::new(0), tells: true, ends: true }
    }

    fn place(&self, at: &str) -> usize {
        let place = |record: &Record| record.sequence.to_string() == at;
        self.records.iter().position(place).unwrap_or(self.records.len())
    }
}

impl Reader for Shard<'_> {
    fn begin(&self, shard: &str, from: Option<&str>) -> Result<Option<String>, StreamError> {
        assert_eq!(shard, SHARD);
        let oldest = self.oldest.get();
        let at = from.map_or(oldest, |from| self.place(from));
        Ok((at >= oldest || !self.tells).then(|| at.max(oldest).to_string()))
    }

    /// Three records a page, and an empty page before each.
    fn page(&self, at: &str) -> Result<Option<Page>, StreamError> {
        let Some(at) = at.strip_prefix('-') else {
            return Ok(Some(Page { next: Some(format!("-{at}")), ..Page::default() }));
        };
        let at: usize = at.parse().unwrap();
        if at < self.oldest.get() {
            return Ok(None);
        }
        self.oldest.set(self.oldest.get() + self.forgets.replace(0));
        let end = self.records.len().min(at + 3);
        let sent = |record: &Record| Sent { sequence: record.sequence.to_string(), record: record.text.clone() };
        let is_over = end == self.records.len();
        Ok(Some(Page {
            records: self.records.get(at..end).unwrap_or_default().iter().map(sent).collect(),
            next: if is_over && self.ends { None } else { Some(end.to_string()) },
            is_newest: false,
        }))
    }
}

fn records() -> Vec<Record> {
    (0..20).map(|at| record(at, (at % 4) as u8, if at == 7 { Is::Poison } else { Is::Modify })).collect()
}

fn range(records: &[Record], first: usize, last: usize) -> Range {
    let name = |at: usize| records[at].sequence.to_string();
    let count = Some((last - first + 1) as u64);
    Range { shard: SHARD.to_owned(), first: name(first), last: name(last), records: count }
}

fn replay(lake: &Lake, shard: &Shard<'_>, range: &Range) -> Result<Took, StreamError> {
    let stream = visits("");
    lake.with(|world| replay_range(world, &stream, range, shard, false))
}

fn published(lake: &Lake) -> Vec<String> {
    let mut found: Vec<String> = lake.changes(&visits("")).iter().map(|row| row["sequence"].clone()).collect();
    found.sort();
    found
}

#[test]
fn a_range_that_was_given_up_is_published_as_if_it_had_been_taken_and_once() {
    let (lake, stream, all) = (Lake::new(), visits(""), records());
    let texts = |some: &[Record]| some.iter().map(|record| record.text.clone()).collect::<Vec<_>>();
    lake.deliver(&stream, &texts(&all[..4]));
    lake.deliver(&stream, &texts(&all[12..]));
    lake.flush(&stream);
    for _ in 0..2 {
        let took = replay(&lake, &Shard::new(&all, 0), &range(&all, 4, 11)).unwrap();
        assert_eq!((took.delivered, took.parked["attribute_shape"], took.lost), (8, 1, 0));
    }
    lake.flush(&stream);
    assert_eq!(published(&lake), changes(&all));
    // Also where some of it was published meanwhile.
    replay(&lake, &Shard::new(&all, 0), &range(&all, 0, 19)).unwrap();
    lake.flush(&stream);
    assert_eq!(published(&lake), changes(&all));
    assert_eq!(lake.state(&stream).records_lost, 0);
    assert_eq!(lake.state(&stream).totals.rejected["attribute_shape"], 1);
}

#[test]
fn records_that_are_gone_are_counted_and_reading_goes_on() {
    for tells in [true, false] {
        let (lake, stream, all) = (Lake::new(), visits(""), records());
        let shard = Shard { tells, ..Shard::new(&all, 6) };
        let took = replay(&lake, &shard, &range(&all, 4, 11)).unwrap();
        assert_eq!((took.delivered, took.lost), (6, 2), "{tells}");
        // Typed twice it is counted once.
        replay(&lake, &shard, &range(&all, 4, 11)).unwrap();
        assert_eq!(lake.flush(&stream).lost, 2);
        assert_eq!(published(&lake), changes(&all[6..12]));
        let of_unknown_length = Range { records: None, ..range(&all, 2, 9) };
        assert_eq!(replay(&lake, &shard, &of_unknown_length).unwrap().lost, 1, "one at least");
        lake.flush(&stream);
        assert_eq!(lake.state(&stream).records_lost, 3);
    }
}

#[test]
fn records_that_go_while_they_are_read_are_counted_too_and_so_is_a_range_of_which_nothing_is_left() {
    let (lake, all) = (Lake::new(), records());
    let shard = Shard::new(&all, 0);
    shard.forgets.set(9);
    let took = replay(&lake, &shard, &range(&all, 4, 11)).unwrap();
    assert_eq!((took.delivered, took.lost), (6, 2), "4 to 6 were read, and 9 to 11");
    let took = replay(&lake, &Shard::new(&all, 20), &range(&all, 4, 11)).unwrap();
    assert_eq!((took.delivered, took.lost), (0, 8));
    // Kinesis says nothing, and what comes after the range is told by its position.
    let took = replay(&lake, &Shard { tells: false, ..Shard::new(&all, 15) }, &range(&all, 4, 11)).unwrap();
    assert_eq!((took.delivered, took.lost), (0, 8));
}

#[test]
fn a_range_that_the_shard_does_not_have_is_refused_and_nothing_is_counted() {
    let (lake, stream, all) = (Lake::new(), visits(""), records());
    let past = Range { last: "999999999999999999999999999999".to_owned(), ..range(&all, 4, 11) };
    for ends in [true, false] {
        let shard = Shard { ends, ..Shard::new(&all, 0) };
        assert!(matches!(replay(&lake, &shard, &past), Err(StreamError::NoSuchRange { .. })), "{ends}");
    }
    lake.flush(&stream);
    assert_eq!((lake.state(&stream).records_lost, published(&lake)), (0, changes(&all[4..])));
}
