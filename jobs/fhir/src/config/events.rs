//! Who is told of changes.

use std::collections::BTreeSet;

use carelake_core::config::reader::{Mistakes, Spot};

use super::keys::EVENTS;
use super::source::check_type;

/// Who is told of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// Where they go.
    pub to: Sink,
    /// Of which types; of all where there are none.
    pub types: BTreeSet<String>,
    /// Events above which one tells of the run.
    pub max_per_run: u64,
    /// Whether the resource is in them.
    pub has_resource: bool,
}

/// Where events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// To an event bus on AWS.
    Bus(String),
    /// To files beside the publications.
    File,
}

/// Reads who is told.
pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Events> {
    let fields = spot.keyed(&EVENTS, mistakes);
    let bus = fields.get("bus").and_then(|spot| spot.text("the name of an event bus", mistakes));
    let is_file = fields.get("file").and_then(|spot| spot.boolean(mistakes)).unwrap_or_default();
    let mut types = BTreeSet::new();
    for (name, spot) in fields.get("types").map(|spot| spot.texts("types", mistakes)).unwrap_or_default() {
        check_type(&name, &spot, mistakes);
        types.insert(name);
    }
    let to = match (bus, is_file) {
        (Some(bus), false) => Sink::Bus(bus),
        (None, true) => Sink::File,
        _ => {
            mistakes.add(spot, "needs `bus: NAME` or `file: true`, and not both");
            return None;
        }
    };
    Some(Events {
        to,
        types,
        max_per_run: fields.whole::<i64>("max_per_run", mistakes).unsigned_abs(),
        has_resource: fields.word("include", false, &[true], mistakes),
    })
}
