//! One source: where its resources come from, and what becomes of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Fields, Key, Mistakes, Preset, Spot};
use carelake_core::names::Publication;

use super::events::{self, Events};
use super::keys::SOURCE;
use super::kind::{self, Api, Kind};
use super::views::{self, Definition};
use carelake_fhirpath::nearest_resource;

use crate::line::is_resource_type;

/// A source.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Where its resources come from.
    pub kind: Kind,
    /// The types that are asked for.
    pub types: Types,
    /// The tables that are made.
    pub views: Vec<Definition>,
    /// How often it runs by itself; none: never.
    pub every: Option<Duration>,
    /// Seconds before the bookmark that are asked for again.
    pub overlap_secs: u32,
    /// Files at once.
    pub max_files: u32,
    /// Files that may fail.
    pub tolerated_files: u64,
    /// The most lines that may be rejected, from 0 to 1 of those read.
    pub max_reject_ratio: f64,
    /// The most resources of a type that a full export may lack, from 0 to 1 of those that are there.
    pub max_drop_ratio: f64,
    /// Parts of resources.
    pub buckets: u8,
    /// Base URLs that mean this server, its own first.
    pub bases: Vec<String>,
    /// Whether a run is complete that the server reports errors of.
    pub accepts_export_errors: bool,
    /// How often the bookmark moves when nothing comes.
    pub bookmark_every: Duration,
    /// Who is told of changes.
    pub events: Option<Events>,
}

/// The types that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Types {
    /// Every type that comes.
    All,
    /// These.
    Some(BTreeSet<String>),
}

impl Types {
    /// Returns whether a type is asked for.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(types) => types.contains(name),
        }
    }

    /// Returns the types that are asked for by name.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::All => None,
            Self::Some(types) => Some(types.iter().map(String::as_str)),
        }
        .into_iter()
        .flatten()
    }
}

const A_RATE: &str = "rate(N minutes), rate(N hours), rate(N days) or never";
const DAY: Duration = Duration::from_secs(86_400);

impl Source {
    /// Returns the publication of every version and every delete.
    #[must_use]
    pub fn changes(&self) -> Publication {
        self.publication("changes")
    }

    /// Returns the publication of the resources that are there now.
    #[must_use]
    pub fn resources(&self) -> Publication {
        self.publication("resources")
    }

    /// Returns one of its publications: of a view.
    #[must_use]
    pub fn publication(&self, name: &str) -> Publication {
        Publication::from_path(&format!("fhir/{}/{name}", self.name))
    }

    /// Reads an entry of the section.
    pub(super) fn read(name: &str, spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Self> {
        check_own_name(spot, name, mistakes);
        let fields = spot.keyed(&SOURCE, mistakes);
        let kind = kind::read(name, &fields, folder, mistakes);
        let types = types(&fields, mistakes);
        let views = views::read(fields.get("views"), &types, folder, mistakes);
        let every = every(&fields, mistakes);
        if let (Some(Kind::HealthLake(lake)), Some(every), Some(spot)) = (&kind, every, fields.get("schedule"))
            && lake.api == Api::Sdk
            && every < DAY
        {
            mistakes.add(&spot, "`api: sdk` exports the whole data store, so it runs once a day at most: rate(1 day)");
        }
        let mut bases: Vec<String> = Vec::new();
        if let Some(Kind::Bulk(bulk)) = &kind {
            bases.push(bulk.base.clone());
        }
        for (base, _) in fields.get("bases").map(|spot| spot.texts("base URLs", mistakes)).unwrap_or_default() {
            bases.push(base.trim_end_matches('/').to_owned());
        }
        let ratio =
            |name: &str, mistakes: &mut Mistakes| fields.fraction_or(name, fields.preset_number(name), mistakes);
        Some(Self {
            name: name.to_owned(),
            types,
            views,
            every,
            overlap_secs: fields.whole("overlap_secs", mistakes),
            max_files: fields.whole("max_files", mistakes),
            tolerated_files: fields.whole::<i64>("tolerated_files", mistakes).unsigned_abs(),
            max_reject_ratio: ratio("max_reject_ratio", mistakes),
            max_drop_ratio: ratio("max_drop_ratio", mistakes),
            buckets: fields.whole("buckets", mistakes),
            bases,
            accepts_export_errors: fields
                .get("accept_export_errors")
                .and_then(|spot| spot.boolean(mistakes))
                .unwrap_or_default(),
            bookmark_every: span(&fields, "bookmark_every", mistakes),
            events: fields.get("events").and_then(|spot| events::read(&spot, mistakes)),
            kind: kind?,
        })
    }
}

fn types(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Types {
    let Some(spot) = fields.get("types") else { return Types::All };
    if !spot.is_list() {
        spot.choice(&[("all", ())], mistakes);
        return Types::All;
    }
    let mut read = BTreeSet::new();
    for (name, spot) in spot.texts("types, such as Patient", mistakes) {
        check_type(&name, &spot, mistakes);
        read.insert(name);
    }
    if read.is_empty() {
        spot.expected("a list of at least one type, or all", mistakes);
    }
    Types::Some(read)
}

/// Checks the name of a type.
pub(super) fn check_type(name: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) {
    if !is_resource_type(name) {
        mistakes.unknown(spot, format!("`{name}` is no type of FHIR"), name, nearest_resource(name));
    }
}

fn every(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<Duration> {
    let spot = fields.get("schedule")?;
    let text = spot.text(A_RATE, mistakes)?;
    if text == "never" {
        return None;
    }
    let every = rate(&text);
    if every.is_none() {
        spot.expected(A_RATE, mistakes);
    }
    every
}

fn rate(text: &str) -> Option<Duration> {
    let (number, unit) = text.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let unit = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    secs(number, unit).filter(|every| !every.is_zero())
}

fn secs(number: &str, unit: u64) -> Option<Duration> {
    let number: u64 = number.parse().ok()?;
    number.checked_mul(unit).filter(|secs| *secs <= 366 * 86_400).map(Duration::from_secs)
}

/// Reads a span, or answers what is declared to hold.
fn span(fields: &Fields<'_>, name: &str, mistakes: &mut Mistakes) -> Duration {
    const A_SPAN: &str = "a span such as 90s, 10m, 1h or 30d";
    let parse = |text: &str| {
        let unit = match text.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        secs(text.get(..text.len() - 1)?, unit)
    };
    let given = fields.get(name).and_then(|spot| {
        let span = spot.text(A_SPAN, mistakes).and_then(|text| parse(&text));
        if span.is_none() {
            spot.expected(A_SPAN, mistakes);
        }
        span
    });
    let preset = SOURCE.iter().find(|key: &&Key| key.name == name).and_then(|key| key.preset);
    let preset = if let Some(Preset::Text(text)) = preset { parse(text) } else { None };
    given.or(preset).unwrap_or_default()
}
