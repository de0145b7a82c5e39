//! One delivery, from its records to a staged batch.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use carelake_core::store::Creation;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::parked::{Line, park};
use super::stage::{Meta, days_from, encode, file, folder};
use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::record::{Read, parse};
use crate::rows::{RowBuilder, Taken};

/// What is delivered at once.
#[derive(Debug, Clone, Default)]
pub struct Delivery<'d> {
    /// The shard, where that is known.
    pub shard: Option<String>,
    /// The first and the last position, where they are not sequence numbers.
    pub range: Option<(String, String)>,
    /// The records, as they came.
    pub records: Vec<&'d [u8]>,
    /// Whether they were delivered before, and are tried once more.
    pub is_replay: bool,
    /// Records that were gone before they were read.
    pub lost: u64,
}

/// What became of a delivery, or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// Records.
    pub delivered: u64,
    /// Records that are rows of the staged batch; whether they are new is found out when they are published.
    pub rows: u64,
    /// Records that the filter left out.
    pub filtered: u64,
    /// Records that cannot be used, by rule.
    pub parked: BTreeMap<String, u64>,
    /// Records that were gone before they were read.
    #[serde(default, skip_serializing_if = "super::stage::is_zero")]
    pub lost: u64,
    /// Whether the same was delivered before.
    pub is_again: bool,
    /// The file of the records that cannot be used, in the place of rejects, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked_file: Option<String>,
}

/// Stages a delivery. When this returns it may be acknowledged.
///
/// # Errors
/// [`StreamError`]: the outside failed, and the delivery is to come again, whole. Records that cannot be used are no error.
pub fn take(world: &World<'_>, stream: &Stream, delivery: &Delivery<'_>) -> Result<Took, StreamError> {
    let (mut staging, mut opened) = (Staging::new(stream, delivery.shard.clone()), Vec::new());
    for raw in &delivery.records {
        let read = parse(stream.kind, raw, delivery.shard.as_deref(), &mut opened);
        staging.push(&read, raw)?;
    }
    staging.took.lost = delivery.lost;
    staging.finish(world, delivery.range.clone(), delivery.is_replay)
}

/// A staged batch that is being filled.
pub(crate) struct Staging<'s> {
    stream: &'s Stream,
    shard: Option<String>,
    builder: RowBuilder<'s>,
    lines: Vec<Line>,
    took: Took,
    range: Option<(String, String)>,
}

impl Took {
    /// Adds what became of another delivery.
    pub fn add(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.rows += other.rows;
        self.filtered += other.filtered;
        self.lost += other.lost;
        other.parked.iter().for_each(|(rule, count)| *self.parked.entry(rule.clone()).or_default() += count);
    }
}

impl<'s> Staging<'s> {
    pub(crate) fn new(stream: &'s Stream, shard: Option<String>) -> Self {
        let (builder, lines, took) = (RowBuilder::new(stream), Vec::new(), Took::default());
        Self { stream, shard, builder, lines, took, range: None }
    }

    /// Adds a record; `raw` is what is kept of one that cannot be used.
    pub(crate) fn push(&mut self, read: &Read<'_>, raw: &[u8]) -> Result<(), StreamError> {
        self.push_kept(read, || Cow::Borrowed(raw))
    }

    /// Adds a record; what is kept of one that cannot be used is made for such a one only.
    pub(crate) fn push_kept<'k>(
        &mut self,
        read: &Read<'_>,
        kept: impl FnOnce() -> Cow<'k, [u8]>,
    ) -> Result<(), StreamError> {
        self.took.delivered += 1;
        if let Some(sequence) = read.sequence.as_deref() {
            let (_, last) = self.range.get_or_insert_with(|| (sequence.to_owned(), String::new()));
            last.clear();
            last.push_str(sequence);
        }
        let taken = match &read.change {
            Ok(change) => self.builder.change(&read.identity, self.shard.as_deref(), change)?,
            Err(rule) => Taken::Parked(*rule),
        };
        match taken {
            Taken::Row => self.took.rows += 1,
            Taken::Filtered => self.took.filtered += 1,
            Taken::Parked(rule) => {
                self.builder.other(&read.identity, &format!("parked.{}", rule.rule()))?;
                *self.took.parked.entry(rule.rule().to_owned()).or_default() += 1;
                let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
                let (sequence, event_id) = (owned(&read.sequence), owned(&read.event_id));
                let line = Line { shard: self.shard.clone(), sequence, event_id, ..Line::of(rule, &read.identity) };
                self.lines.push(line.holding(&kept()));
            }
        }
        Ok(())
    }

    /// Stages it. When this returns it may be acknowledged.
    pub(crate) fn finish(
        self,
        world: &World<'_>,
        range: Option<(String, String)>,
        is_replay: bool,
    ) -> Result<Took, StreamError> {
        let Self { stream, shard, builder, lines, mut took, range: of_records } = self;
        if took.delivered == 0 && took.lost == 0 {
            return Ok(took);
        }
        let (from, to) = range.or(of_records).unwrap_or_default();
        let (stem, bytes) = encode(&builder.finish()?, &Meta { shard, from, to, is_replay, lost: took.lost })?;
        let day = TimeZone::UTC.to_datetime((world.now)()).date();
        // What cannot be used is safe before anybody may hear that it came.
        took.parked_file = park(world, stream, day, &stem, &lines)?;
        let key = format!("{}{day}/{}", folder(stream), file(&stem));
        took.is_again = world.raw.create(&key, &bytes)? == Creation::AlreadyIdentical;
        if took.is_again && !is_replay {
            count_again(world, &key, took.delivered)?;
        }
        // Whoever was asleep meanwhile may have written where nobody looks any more.
        if day < days_from((world.now)()) {
            return Err(StreamError::Late { day: day.to_string() });
        }
        Ok(took)
    }
}

/// Notes that a staged batch was delivered once more.
fn count_again(world: &World<'_>, key: &str, delivered: u64) -> Result<(), StreamError> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    // No two notes say the same, so that each delivery has one of its own.
    let own = format!("{} {} {}", std::process::id(), (world.now)(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let note = serde_json::json!({ "delivered": delivered, "by": own }).to_string();
    for number in 1_u64.. {
        match world.raw.create(&format!("{key}.again-{number}"), note.as_bytes()) {
            Err(error) if error.is_conflict() => {}
            created => return Ok(created.map(drop)?),
        }
    }
    Ok(())
}
