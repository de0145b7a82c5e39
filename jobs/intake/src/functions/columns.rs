//! Which columns a file has, as they are kept and told: names, and nothing that may be a value.

use std::collections::BTreeSet;

use carelake_records::{Reading, Wanted};
use carelake_tabular::source::normalise;

use crate::deliveries::{Parts, Seen};
use crate::feed::Feed;

/// Characters of a name that is kept.
const NAME_CHARS: usize = 100;
/// Digits from which on a name may be a number of somebody: JSON may have such as a key.
const DIGITS: usize = 5;

/// Returns the columns of a file; nothing where its header is none, so that what stands there may be data.
pub(super) fn seen(feed: &Feed, reading: &Reading) -> Option<Seen> {
    if reading.headers.is_empty() { without_header(feed, reading) } else { of_headers(feed, reading) }
}

fn of_headers(feed: &Feed, reading: &Reading) -> Option<Seen> {
    let wanted: BTreeSet<String> = named(&feed.wanted).map(normalise).collect();
    let mut parts = Parts::new();
    for (part, names) in &reading.headers {
        let own = parts.entry(label(feed, part)).or_default();
        for name in names.iter().filter(|name| may_be_kept(name)) {
            if !own.contains(name) {
                own.push(name.clone());
            }
        }
    }
    let is_header = parts.values().flatten().any(|name| {
        let outer = name.split(['.', '[']).next().unwrap_or_default();
        wanted.contains(&normalise(name))
            || named(&feed.wanted).any(|path| path.split(['.', '[']).next() == Some(outer))
    });
    let notable = parts.values().flatten().cloned().collect();
    is_header.then_some(Seen { parts, notable, is_whole: true })
}

fn without_header(feed: &Feed, reading: &Reading) -> Option<Seen> {
    let found = feed.wanted.tables.iter().zip(&reading.found);
    let sources = found.flat_map(|(table, found)| table.sources.iter().zip(found).filter(|(_, found)| **found));
    let mapped: BTreeSet<&str> = sources.map(|(source, _)| source.path.as_str()).collect();
    let others = reading.others.iter().filter(|name| may_be_kept(name));
    let notable: BTreeSet<String> = others.filter(|name| !mapped.contains(name.as_str())).cloned().collect();
    let names: Vec<String> = mapped.into_iter().map(str::to_owned).chain(notable.iter().cloned()).collect();
    let parts = Parts::from([(String::new(), names)]);
    (reading.records > 0).then_some(Seen { parts, notable, is_whole: false })
}

/// Returns the sources that go by name.
fn named(wanted: &Wanted) -> impl Iterator<Item = &str> {
    let sources = wanted.tables.iter().flat_map(|table| &table.sources);
    sources.map(|source| source.path.as_str()).filter(|path| !path.starts_with('#'))
}

/// Returns the part that a header is of, where the page names it: names of others may change with each delivery.
fn label(feed: &Feed, part: &str) -> String {
    let is_named = feed.wanted.tables.iter().any(|table| table.part.as_deref() == Some(part));
    if is_named { part.to_owned() } else { String::new() }
}

fn may_be_kept(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    !name.trim().is_empty() && digits < DIGITS && name.chars().count() <= NAME_CHARS && !name.contains(char::is_control)
}
