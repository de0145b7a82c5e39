//! One delivery, from its records to a staged batch.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use carelake_core::hex;
use carelake_core::store::Creation;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::parked::{KeptFile, Line, SaidBefore, park};
use super::stage::{Meta, days_from, encode, file, folder};
use crate::config::{Enrichment, Stream};
use crate::enrich::{Said, enrich};
use crate::publish::{StreamError, World};
use crate::record::{Op, Parked, Read, parse};
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
    /// What was looked up for the records when they were delivered before.
    pub before: Before,
}

/// What was looked up for records when they were delivered before: it holds, as long as nobody asks anew.
#[derive(Debug, Clone, Default)]
pub struct Before {
    said: HashMap<String, SaidBefore>,
    asks_anew: bool,
}

impl Before {
    /// Takes it from what is kept of records that could not be used.
    #[must_use]
    pub fn of<'l>(lines: impl IntoIterator<Item = &'l Line>) -> Self {
        let lines = lines.into_iter().filter(|line| !line.said.is_empty());
        Self { said: lines.map(|line| (line.identity.clone(), line.said.clone())).collect(), asks_anew: false }
    }

    /// Returns what has everything looked up as it is now.
    #[must_use]
    pub fn anew() -> Self {
        Self { asks_anew: true, ..Self::default() }
    }

    /// Returns what a source said of a record; nothing in it where it had nothing.
    fn of_record(&self, identity: &str, enrichment: &Enrichment) -> Option<Option<Said>> {
        let said = self.said.get(identity)?;
        let values: Option<Vec<_>> = enrichment.columns.iter().map(|column| said.get(&column.name)).collect();
        Some(values?.into_iter().map(|value| value.first().cloned()).collect())
    }
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
    let mut staging = Staging::new(stream, delivery.shard.clone()).knowing(&delivery.before);
    let mut opened = Vec::new();
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
    before: Option<&'s Before>,
    /// Records that cannot be used, by their place.
    lines: BTreeMap<usize, Line>,
    /// Those that cannot be if nothing is found for them.
    needing: BTreeMap<usize, Line>,
    took: Took,
    range: Option<(String, String)>,
}

impl Took {
    fn park(&mut self, rule: Parked) {
        *self.parked.entry(rule.rule().to_owned()).or_default() += 1;
    }

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
        let (builder, took) = (RowBuilder::new(stream), Took::default());
        let (lines, needing) = (BTreeMap::new(), BTreeMap::new());
        Self { stream, shard, builder, before: None, lines, needing, took, range: None }
    }

    /// Tells it what was looked up before.
    pub(crate) fn knowing(self, before: &'s Before) -> Self {
        Self { before: Some(before), ..self }
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
        let place = usize::try_from(self.took.delivered).unwrap_or(usize::MAX);
        self.took.delivered += 1;
        if let Some(sequence) = read.sequence.as_deref() {
            let (_, last) = self.range.get_or_insert_with(|| (sequence.to_owned(), String::new()));
            last.clear();
            last.push_str(sequence);
        }
        let taken = match &read.change {
            Ok(change) => {
                let before = self.before.filter(|before| !before.said.is_empty());
                let known = before.map(|before| (before, hex(&read.identity)));
                let said = |source: usize| {
                    let (before, identity) = known.as_ref()?;
                    before.of_record(identity, self.stream.enrich.get(source)?)
                };
                self.builder.change(&read.identity, self.shard.as_deref(), change, said)?
            }
            Err(rule) => Taken::Parked(*rule),
        };
        match taken {
            Taken::Row => {
                self.took.rows += 1;
                // A row that is gone is gone, whatever is found for it.
                let is_gone = read.change.as_ref().is_ok_and(|change| change.op == Op::Remove);
                if !is_gone && self.stream.enrich.iter().any(|it| it.parks) {
                    self.needing.insert(place, self.line(Parked::LookupMiss, read).holding(&kept()));
                }
            }
            Taken::Filtered => self.took.filtered += 1,
            Taken::Parked(rule) => {
                self.builder.other(&read.identity, &rule.outcome())?;
                self.took.park(rule);
                self.lines.insert(place, self.line(rule, read).holding(&kept()));
            }
        }
        Ok(())
    }

    fn line(&self, rule: Parked, read: &Read<'_>) -> Line {
        let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let (sequence, event_id) = (owned(&read.sequence), owned(&read.event_id));
        Line { shard: self.shard.clone(), sequence, event_id, ..Line::of(rule, &read.identity) }
    }

    /// Looks up what the records need, and parks those for which there is nothing. Answers their places.
    fn enrich(&mut self, world: &World<'_>) -> Result<Vec<usize>, StreamError> {
        let stream = self.stream;
        enrich(world, stream, self.builder.asked(), self.before.is_some_and(|before| before.asks_anew))?;
        let asked = &*self.builder.asked();
        let mut missed = Vec::new();
        for (place, mut line) in std::mem::take(&mut self.needing) {
            let mut is_missed = false;
            for (enrichment, asked) in stream.enrich.iter().zip(asked) {
                let Some(said) = asked.of(place) else { continue };
                is_missed |= enrichment.parks && said.is_none();
                let value = |at: usize| said.and_then(|said| said.get(at)).cloned().into_iter().collect();
                let columns = enrichment.columns.iter().enumerate();
                line.said.extend(columns.map(|(at, column)| (column.name.clone(), value(at))));
            }
            if is_missed {
                self.took.rows -= 1;
                self.took.park(Parked::LookupMiss);
                self.lines.insert(place, line);
                missed.push(place);
            }
        }
        Ok(missed)
    }

    /// Stages it. When this returns it may be acknowledged.
    pub(crate) fn finish(
        mut self,
        world: &World<'_>,
        range: Option<(String, String)>,
        is_replay: bool,
    ) -> Result<Took, StreamError> {
        if self.took.delivered == 0 && self.took.lost == 0 {
            return Ok(self.took);
        }
        let missed = self.enrich(world)?;
        let Self { stream, shard, builder, lines, mut took, range: of_records, .. } = self;
        let (from, to) = range.or(of_records).unwrap_or_default();
        // What was said when a delivery was staged holds when it comes again, and not when it is tried once more.
        let is_of_records = !stream.enrich.is_empty() && !is_replay;
        let enriched_at = is_of_records.then(|| (world.now)());
        let meta = Meta { shard, from, to, is_replay, lost: took.lost, enriched_at };
        let (stem, bytes) = encode(&builder.finish(&missed)?, &meta, is_of_records)?;
        let day = TimeZone::UTC.to_datetime((world.now)()).date();
        // What cannot be used is safe before anybody may hear that it came.
        let parked = park(world, stream, day, &stem, &lines.into_values().collect::<Vec<_>>())?;
        let key = format!("{}{day}/{}", folder(stream), file(&stem));
        took.is_again = match world.raw.create(&key, &bytes) {
            Err(error) if is_of_records && error.is_conflict() => true,
            created => created? == Creation::AlreadyIdentical,
        };
        took.parked_file = match parked {
            // Of the same records others were parked then.
            Some(KeptFile { key, is_new: true }) if took.is_again && is_of_records => {
                world.rejects.delete(&key)?;
                None
            }
            parked => parked.map(|parked| parked.key),
        };
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
