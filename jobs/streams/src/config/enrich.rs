//! What records are given while they are taken: columns of look-ups, and of servers that are asked.

use std::path::Path;
use std::time::Duration;

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_lookup::config::{self as lookups, LookupSpec};

use super::attribute::{Attribute, Type};
use super::http::Http;
use super::keys::ENRICH;
use super::section::SECTION;

/// What records are given while they are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrichment {
    /// Who is asked.
    pub source: Source,
    /// What becomes columns. `from` is a path in what is answered.
    pub columns: Vec<Attribute>,
    /// Whether a record is parked where nothing is found for it; else its columns are null.
    pub parks: bool,
    /// How long an answer holds.
    pub cache: Duration,
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A look-up of the configuration.
    Lookup {
        /// Its name.
        name: String,
        /// The declared columns whose values are its key, in the order of that.
        key: Vec<String>,
    },
    /// A server, by one request a batch.
    Http(Http),
}

impl Source {
    /// Returns the declared columns whose values it is asked for.
    #[must_use]
    pub fn asks(&self) -> &[String] {
        match self {
            Self::Lookup { key, .. } => key,
            Self::Http(http) => &http.send,
        }
    }

    /// Returns what it is called in the descriptions of columns.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Lookup { name, .. } => format!("look-up {name}"),
            Self::Http(http) => format!("what {} answers", http.host),
        }
    }
}

/// Reads the list. `declared` are the columns of the record; `known` the names of all columns so far.
pub(super) fn read(
    spot: Option<Spot<'_>>,
    (declared, folder): (&[&Attribute], &Path),
    known: &mut Vec<String>,
    mistakes: &mut Mistakes,
) -> Vec<Enrichment> {
    let spots = spot.map(|spot| spot.list("look-ups", mistakes)).unwrap_or_default();
    spots.iter().filter_map(|spot| one(spot, (declared, folder), known, mistakes)).collect()
}

fn one(
    spot: &Spot<'_>,
    (declared, folder): (&[&Attribute], &Path),
    known: &mut Vec<String>,
    mistakes: &mut Mistakes,
) -> Option<Enrichment> {
    let fields = spot.keyed(&ENRICH, mistakes);
    let (of_lookup, of_http) = (["key", "columns"], ["send", "take", "timeout", "credential"]);
    let (source, others, columns) = match (fields.get("lookup"), fields.get("http")) {
        (Some(_), None) => (lookup(&fields, declared, mistakes), (&of_http[..], "http"), "columns"),
        (None, Some(_)) => (http(&fields, declared, folder, mistakes), (&of_lookup[..], "lookup"), "take"),
        _ => {
            mistakes.add(spot, "needs `lookup` (a name of `lookups`) or `http` (an address), not both");
            return None;
        }
    };
    for spot in others.0.iter().filter_map(|key| fields.get(key)) {
        mistakes.add(&spot, format!("goes with `{}`", others.1));
    }
    let columns = fields.required(columns, "what becomes columns", mistakes);
    let columns = columns.map(|spot| columns_of(&spot, known, mistakes)).unwrap_or_default();
    Some(Enrichment {
        source: source?,
        columns,
        parks: fields.word("on_miss", false, &[true], mistakes),
        cache: Duration::from_secs(fields.whole("cache_secs", mistakes)),
    })
}

fn lookup(fields: &Fields<'_>, declared: &[&Attribute], mistakes: &mut Mistakes) -> Option<Source> {
    let name = fields.required("lookup", "a name of `lookups`", mistakes);
    let name = name.and_then(|spot| spot.text("a name of `lookups`", mistakes));
    let key = fields.required("key", "the declared columns whose values are its key", mistakes);
    let key = key.map(|spot| asked(&spot, declared, true, mistakes)).unwrap_or_default();
    Some(Source::Lookup { name: name?, key })
}

fn http(fields: &Fields<'_>, declared: &[&Attribute], folder: &Path, mistakes: &mut Mistakes) -> Option<Source> {
    let send = fields.required("send", "the declared columns that are sent", mistakes);
    let send = send.map(|spot| asked(&spot, declared, false, mistakes)).unwrap_or_default();
    super::http::read(fields, send, folder, mistakes).map(Source::Http)
}

/// Reads declared columns: one, or a list.
fn asked(spot: &Spot<'_>, declared: &[&Attribute], is_key: bool, mistakes: &mut Mistakes) -> Vec<String> {
    let what = "a declared column, or a list of them";
    let named = match spot.is_list() {
        true => spot.texts(what, mistakes),
        false => spot.text(what, mistakes).map(|name| (name, spot.clone())).into_iter().collect(),
    };
    if named.is_empty() && spot.is_list() {
        spot.expected("a list of at least one declared column", mistakes);
    }
    for (name, spot) in &named {
        match declared.iter().find(|column| column.name == *name) {
            Some(column) if is_key && !may_be_key(column.kind) => {
                mistakes.add(spot, "is of a type that is no key; a key is text, int64, decimal, date or binary");
            }
            Some(_) => {}
            None => {
                let message = format!("`{name}` is no declared column; declare it in `keys` or `attributes`");
                mistakes.unknown(spot, message, name, declared.iter().map(|column| column.name.as_str()));
            }
        }
    }
    named.into_iter().map(|(name, _)| name).collect()
}

const fn may_be_key(kind: Type) -> bool {
    matches!(kind, Type::Text | Type::Int64 | Type::Decimal | Type::Date | Type::Binary)
}

fn columns_of(spot: &Spot<'_>, known: &mut Vec<String>, mistakes: &mut Mistakes) -> Vec<Attribute> {
    let spots = spot.list("columns", mistakes);
    if spots.is_empty() && spot.is_list() {
        spot.expected("a list of at least one column", mistakes);
    }
    let mut columns = Vec::new();
    for spot in spots {
        let Some(column) = Attribute::read(&spot, mistakes) else { continue };
        column.check_new(known, &spot, mistakes);
        columns.push(column);
    }
    columns
}

/// Holds what streams look up against the look-ups there are; `root` is the whole configuration. What a section says by itself is not
/// looked at.
pub fn check_lookups(root: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) {
    let ignored = &mut Mistakes::default();
    let Some(streams) = root.child(SECTION.name) else { return };
    let specs = root.child(lookups::SECTION.name).map(|spot| lookups::read(&spot, folder, ignored));
    let specs = specs.unwrap_or_default();
    for (_, stream) in streams.entries("", ignored) {
        let entries = stream.child("enrich").map(|spot| spot.list("", ignored)).unwrap_or_default();
        entries.iter().for_each(|entry| check(entry, &specs, mistakes));
    }
}

fn check(entry: &Spot<'_>, specs: &[LookupSpec], mistakes: &mut Mistakes) {
    let Some((spot, name)) = entry.child("lookup").and_then(|spot| Some((spot.clone(), spot.raw_text()?))) else {
        return;
    };
    let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
        let message = format!("`{name}` is no look-up; declare it in `lookups`");
        mistakes.unknown(&spot, message, name, specs.iter().map(|spec| spec.name.as_str()));
        return;
    };
    let Some(key) = entry.child("key") else { return };
    let given = if key.is_list() { key.list("", &mut Mistakes::default()).len() } else { 1 };
    if given != spec.key.len() {
        let names: Vec<&str> = spec.key.iter().map(|column| column.name.as_str()).collect();
        let names = names.join(", ");
        mistakes
            .add(&key, format!("must be a declared column for each of `lookups.{name}.key`, in its order: {names}"));
    }
}
