//! Ranges of a shard, read again from where they came: those that were delivered so often, or were so old, that they were given up.
//!
//! What is known of such a range is where it begins and ends; the records are read from the stream, which keeps them for a day. Whatever
//! was published meanwhile is published once.

#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "aws")]
mod dynamodb;
mod given_up;
#[cfg(feature = "aws")]
mod kinesis;

use crate::config::Stream;
use crate::flush::is_greater;
use crate::publish::{StreamError, World};
use crate::take::{Before, Delivery, Took, parked_files, read_parked, take};

#[cfg(feature = "aws")]
pub use aws::reader;
pub use given_up::GivenUp;

/// Empty answers in a row after which a shard has nothing more, where it does not tell. A shard in which little happens answers some.
const MOST_EMPTY: u32 = 20;

/// A part of a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The shard.
    pub shard: String,
    /// The position of its first record.
    pub first: String,
    /// That of its last one.
    pub last: String,
    /// How many it has, where that is known.
    pub records: Option<u64>,
}

/// A record of a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its position.
    pub sequence: String,
    /// It, as Lambda hands it over.
    pub record: String,
}

/// What is read of a shard at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// In their order.
    pub records: Vec<Sent>,
    /// Where reading goes on; none where the shard has ended.
    pub next: Option<String>,
    /// Whether there is nothing newer at this moment.
    pub is_newest: bool,
}

/// Reads shards.
pub trait Reader {
    /// Returns where reading begins: at a record, or at the oldest one there is. None where that is gone.
    ///
    /// # Errors
    /// [`StreamError`], where the stream does not answer.
    fn begin(&self, shard: &str, from: Option<&str>) -> Result<Option<String>, StreamError>;

    /// Reads on. None where the records there are gone meanwhile.
    ///
    /// # Errors
    /// As [`Reader::begin`].
    fn page(&self, at: &str) -> Result<Option<Page>, StreamError>;
}

/// Reads a range once more and stages it. Records that are gone are counted, and those after them are read: their number, where it is known
/// how many there were, and otherwise that there was one. What was looked up for a record when it was taken holds, unless it is to be asked
/// anew; what is published stays as it is.
///
/// # Errors
/// [`StreamError`]; what was staged before it stays, and is published once.
/// [`StreamError::NoSuchRange`] where the shard was read to its end and has no such record.
pub fn replay_range(
    world: &World<'_>,
    stream: &Stream,
    range: &Range,
    reader: &dyn Reader,
    asks_anew: bool,
) -> Result<Took, StreamError> {
    let mut reading = Reading { range, found: 0, is_first_there: false, is_last_there: false, is_trimmed: false };
    let before = if asks_anew { Before::anew() } else { before(world, stream)? };
    let mut took = Took::default();
    let mut at = match reader.begin(&range.shard, Some(&range.first))? {
        Some(at) => Some(at),
        None => {
            reading.is_trimmed = true;
            reader.begin(&range.shard, None)?
        }
    };
    let mut empty = 0;
    while let Some(from) = at.take() {
        let Some(page) = reader.page(&from)? else {
            // Trimmed once more is to have nothing left: whoever is slower than the stream forgets never ends.
            at = if std::mem::replace(&mut reading.is_trimmed, true) {
                None
            } else {
                reader.begin(&range.shard, None)?
            };
            continue;
        };
        let records = reading.wanted(&page);
        if !records.is_empty() {
            let (shard, before) = (Some(range.shard.clone()), before.clone());
            let delivery = Delivery { shard, records, is_replay: true, before, ..Delivery::default() };
            took.add(&take(world, stream, &delivery)?);
        }
        empty = if page.records.is_empty() { empty + 1 } else { 0 };
        if reading.is_last_there || page.is_newest || empty >= MOST_EMPTY {
            break;
        }
        at = page.next;
    }
    let lost = reading.lost()?;
    if lost > 0 {
        let Range { shard, first, last, .. } = range;
        let range = Some((first.clone(), last.clone()));
        let delivery = Delivery { shard: Some(shard.clone()), range, lost, is_replay: true, ..Delivery::default() };
        took.add(&take(world, stream, &delivery)?);
    }
    Ok(took)
}

/// Returns what was looked up for the records that are parked: those of a range may be among them.
fn before(world: &World<'_>, stream: &Stream) -> Result<Before, StreamError> {
    let mut lines = Vec::new();
    if !stream.enrich.is_empty() {
        for key in parked_files(world.rejects, stream)? {
            lines.extend(read_parked(world.rejects, &key)?.lines);
        }
    }
    Ok(Before::of(&lines))
}

struct Reading<'r> {
    range: &'r Range,
    found: u64,
    is_first_there: bool,
    /// Whether the last record was met, or one that is after it.
    is_last_there: bool,
    is_trimmed: bool,
}

impl Reading<'_> {
    /// Returns the records of a page that are in the range.
    fn wanted<'p>(&mut self, page: &'p Page) -> Vec<&'p [u8]> {
        let mut wanted = Vec::new();
        for Sent { sequence, record } in &page.records {
            let (is_before, is_after) =
                (is_greater(&self.range.first, sequence), is_greater(sequence, &self.range.last));
            self.is_last_there |= is_after || *sequence == self.range.last;
            if is_before || is_after {
                continue;
            }
            self.is_first_there |= *sequence == self.range.first;
            self.found += 1;
            wanted.push(record.as_bytes());
        }
        wanted
    }

    /// Returns how many records were gone.
    fn lost(&self) -> Result<u64, StreamError> {
        // Kinesis begins at the oldest record there is without a word. Of what is left of a shard the end need not be known.
        if self.is_trimmed || !self.is_first_there && (self.found > 0 || self.is_last_there) {
            return Ok(self.range.records.map_or(1, |records| records.saturating_sub(self.found)));
        }
        if self.is_first_there && self.is_last_there {
            return Ok(0);
        }
        Err(StreamError::NoSuchRange { shard: self.range.shard.clone() })
    }
}
