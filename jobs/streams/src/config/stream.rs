//! One stream: where its records come from, and what becomes of them.

use std::collections::BTreeMap;
use std::path::Path as Folder;
use std::time::Duration;

use carelake_conditions::{Condition, Path};
use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_core::names::Publication;

use super::attribute::{Attribute, Unit};
use super::aws::{self, OnAws};
use super::enrich::{self, Enrichment};
use super::keys::{EVENT_TIME, FILTER, FLUSH, STREAM};
use super::parts::{self, TimePart};
use crate::record::Op;

/// A stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// Where its records come from.
    pub kind: Kind,
    /// The table of DynamoDB, or the stream of Kinesis, whose records are delivered.
    pub source: String,
    /// Where it is, by the environment on AWS; empty where its name says that.
    pub aws: BTreeMap<String, OnAws>,
    /// Whether AWS itself leaves out what `events` does not have.
    pub is_prefiltered: bool,
    /// The folder of its files among the inputs.
    pub place: String,
    /// What tells its rows apart.
    pub keys: Vec<Attribute>,
    /// What becomes columns.
    pub attributes: Vec<Attribute>,
    /// What records are given while they are taken.
    pub enrich: Vec<Enrichment>,
    /// When a change happened.
    pub event_time: EventTime,
    /// The declared columns whose values are folders.
    pub partition_by: Vec<String>,
    /// The parts of the event time whose values are folders, inside of those.
    pub time_parts: Vec<TimePart>,
    /// Which changes are taken; all where there are none.
    pub events: Vec<Op>,
    /// What a record must be.
    pub condition: Option<Condition>,
    /// Whether what was there before is kept, too.
    pub keeps_old: bool,
    /// Whether latest keeps rows whose time to live ended.
    pub keeps_expired: bool,
    /// How often staged batches are published.
    pub every: Duration,
    /// Bytes of staged batches that are published at once.
    pub flush_bytes: u64,
    /// Whether the runs of closed days are joined.
    pub compact: Compact,
    /// Parts of latest.
    pub buckets: u8,
}

/// Where the records of a stream come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Files of records as Lambda gets them, one for each shard.
    Files,
    /// A stream of DynamoDB.
    Dynamodb,
    /// A stream of Kinesis, of plain objects.
    Kinesis,
    /// A stream of Kinesis, of changes of a table of DynamoDB.
    KinesisDynamodb,
    /// Files that a task of DMS writes.
    Dms,
}

impl Kind {
    /// Returns its word in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Dynamodb => "dynamodb",
            Self::Kinesis | Self::KinesisDynamodb => "kinesis",
            Self::Dms => "dms",
        }
    }

    /// Returns the service that delivers it, as ARNs name it; empty of files.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::Dynamodb => "dynamodb",
            Self::Kinesis | Self::KinesisDynamodb => "kinesis",
            Self::Files | Self::Dms => "",
        }
    }
}

/// When a change happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventTime {
    /// When it arrived.
    Arrival,
    /// What the record says.
    From(Path, Unit),
}

/// Whether the runs of closed days are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compact {
    /// Once they are closed.
    Daily,
    /// Never.
    Never,
}

/// The shortest time between two publications.
const LEAST_EVERY: Duration = Duration::from_secs(60);
const A_SPAN: &str = "a span of at least 60s, such as 300s, 5m or 1h";

impl Stream {
    /// Returns the publication of every change.
    #[must_use]
    pub fn changes(&self) -> Publication {
        Publication::from_path(&format!("streams/{}/changes", self.name))
    }

    /// Returns the publication of the rows that are there now.
    #[must_use]
    pub fn latest(&self) -> Publication {
        Publication::from_path(&format!("streams/{}/latest", self.name))
    }

    /// Returns the names of the columns of the key.
    #[must_use]
    pub fn key_names(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.name.clone()).collect()
    }

    /// Returns the names of all columns whose values are folders, outermost first.
    #[must_use]
    pub fn folders(&self) -> Vec<String> {
        let times = self.time_parts.iter().map(|part| part.name().to_owned());
        self.partition_by.iter().cloned().chain(times).collect()
    }

    /// Returns whether AWS delivers its records, and they are not read from files.
    #[must_use]
    pub const fn is_delivered(&self) -> bool {
        matches!(self.kind, Kind::Dynamodb | Kind::Kinesis | Kind::KinesisDynamodb)
    }

    /// Returns whether it is of an environment: one that says where it is on AWS is of those that it names.
    #[must_use]
    pub fn is_in(&self, environment: &str) -> bool {
        self.aws.is_empty() || self.aws.contains_key(environment)
    }

    /// Returns whether records that are delivered in an environment with this ARN are of it.
    #[must_use]
    pub fn is_of(&self, environment: &str, arn: &str) -> bool {
        if !self.is_delivered() {
            return false;
        }
        match self.aws.get(environment) {
            Some(there) => there.is_of(arn),
            None if self.aws.is_empty() => aws::source(arn) == Some((self.kind.service(), &self.source)),
            None => false,
        }
    }

    /// Reads an entry of the section.
    pub(super) fn read(name: &str, spot: &Spot<'_>, folder: &Folder, mistakes: &mut Mistakes) -> Option<Self> {
        check_own_name(spot, name, mistakes);
        let fields = spot.keyed(&STREAM, mistakes);
        let kind = kind(&fields, mistakes);
        let keys = fields.required("keys", "the columns that tell its rows apart", mistakes);
        let keys: Vec<(Option<Attribute>, Spot<'_>)> = list(keys, Attribute::read_key, mistakes);
        if let (Some(spot), true) = (fields.get("keys"), keys.is_empty()) {
            spot.expected("a list of at least one column", mistakes);
        }
        let others = list(fields.get("attributes"), Attribute::read, mistakes);
        let mut known: Vec<String> = Vec::new();
        for (attribute, spot) in keys.iter().chain(&others) {
            let Some(attribute) = attribute else { continue };
            attribute.check_new(&mut known, spot, mistakes);
        }
        let of =
            |read: Vec<(Option<Attribute>, Spot<'_>)>| read.into_iter().filter_map(|(it, _)| it).collect::<Vec<_>>();
        let (keys, attributes) = (of(keys), of(others));
        let declared: Vec<&Attribute> = keys.iter().chain(&attributes).collect();
        let (partition_by, time_parts) = parts::read(fields.get("partition_by"), &declared, mistakes);
        let enrich = enrich::read(fields.get("enrich"), (&declared, folder), &mut known, mistakes);
        let filter = fields.get("filter").unwrap_or_else(Spot::empty).keyed(&FILTER, mistakes);
        let flush = fields.get("flush").unwrap_or_else(Spot::empty).keyed(&FLUSH, mistakes);
        let place = fields.get("place").and_then(|spot| spot.text("a folder among the inputs", mistakes));
        let source = fields.get("source").and_then(|spot| spot.text("a table or a stream", mistakes));
        let aws = aws::read(fields.get("aws"), kind, mistakes);
        let events = events(&filter, mistakes);
        let is_prefiltered = fields.get("prefilter").is_some_and(|spot| {
            let is_set = spot.boolean(mistakes).unwrap_or_default();
            if is_set && (kind != Some(Kind::Dynamodb) || events.is_empty()) {
                mistakes
                    .add(&spot, "is for `kind: dynamodb` with `filter.events`; AWS would not park what it cannot read");
            }
            is_set
        });
        let every = flush.get("every").and_then(|spot| every(&spot, mistakes));
        Some(Self {
            name: name.to_owned(),
            kind: kind?,
            source: source.unwrap_or_else(|| name.to_owned()),
            aws,
            is_prefiltered,
            place: place.unwrap_or_else(|| format!("streams/{name}")),
            event_time: event_time(&fields, mistakes)?,
            partition_by,
            time_parts,
            events,
            condition: filter.get("where").and_then(|spot| condition(&spot, mistakes)),
            keeps_old: fields.word("images", false, &[true], mistakes),
            keeps_expired: fields.word("ttl_deletes", false, &[true], mistakes),
            every: every.unwrap_or(Duration::from_secs(300)),
            flush_bytes: flush.whole::<i64>("mib", mistakes).unsigned_abs() << 20,
            compact: fields.word("compact", Compact::Daily, &[Compact::Never], mistakes),
            buckets: fields.whole("buckets", mistakes),
            keys,
            attributes,
            enrich,
        })
    }
}

fn kind(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<Kind> {
    let choices =
        [("files", Kind::Files), ("dynamodb", Kind::Dynamodb), ("kinesis", Kind::Kinesis), ("dms", Kind::Dms)];
    let kind = fields.required("kind", "files, dynamodb, kinesis or dms", mistakes)?.choice(&choices, mistakes)?;
    let format = fields.get("format");
    let is_of_table = fields.word("format", false, &[true], mistakes);
    match (kind, format) {
        (Kind::Kinesis, _) if is_of_table => Some(Kind::KinesisDynamodb),
        (Kind::Kinesis, _) | (_, None) => Some(kind),
        (_, Some(spot)) => {
            mistakes.add(&spot, "is for `kind: kinesis`");
            Some(kind)
        }
    }
}

fn list<'s>(
    spot: Option<Spot<'s>>,
    read: fn(&Spot<'_>, &mut Mistakes) -> Option<Attribute>,
    mistakes: &mut Mistakes,
) -> Vec<(Option<Attribute>, Spot<'s>)> {
    let spots = spot.map(|spot| spot.list("columns", mistakes)).unwrap_or_default();
    spots.into_iter().map(|spot| (read(&spot, mistakes), spot)).collect()
}

fn event_time(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<EventTime> {
    let Some(spot) = fields.get("event_time") else { return Some(EventTime::Arrival) };
    if !spot.is_map() {
        return spot.choice(&[("arrival", ())], mistakes).map(|()| EventTime::Arrival);
    }
    let fields = spot.keyed(&EVENT_TIME, mistakes);
    let from = fields.required("from", "where the time is in the record", mistakes);
    let unit = fields.required("unit", "s, ms, us or iso", mistakes).and_then(|spot| Unit::read(&spot, mistakes));
    let from = from.and_then(|spot| {
        let path = Path::parse(&spot.text("a path", mistakes)?);
        if path.is_none() {
            spot.expected("a path such as address.city", mistakes);
        }
        path
    });
    Some(EventTime::From(from?, unit?))
}

fn events(filter: &Fields<'_>, mistakes: &mut Mistakes) -> Vec<Op> {
    let choices = [("INSERT", Op::Insert), ("MODIFY", Op::Modify), ("REMOVE", Op::Remove)];
    let spots = filter.get("events").map(|spot| spot.list("INSERT, MODIFY, REMOVE", mistakes));
    spots.unwrap_or_default().iter().filter_map(|spot| spot.choice(&choices, mistakes)).collect()
}

fn condition(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Condition> {
    let text = spot.text("a condition such as: kind is null or kind != 'probe'", mistakes)?;
    match Condition::parse(&text) {
        Ok(condition) => Some(condition),
        Err(error) => {
            mistakes.add(spot, error.to_string());
            None
        }
    }
}

fn every(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Duration> {
    let text = spot.text(A_SPAN, mistakes)?;
    let span = span(&text).filter(|span| *span >= LEAST_EVERY);
    if span.is_none() {
        spot.expected(A_SPAN, mistakes);
    }
    span
}

fn span(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return None,
    };
    let number: u64 = text.get(..text.len() - 1)?.parse().ok()?;
    number.checked_mul(unit).filter(|secs| *secs <= 86_400).map(Duration::from_secs)
}
