//! Events of the executions of every other definition: when they begin, how they end, and which publications they changed.

use carelake_core::publish::Manifest;
use carelake_tabular::config::Config;
use jiff::Timestamp;

use crate::dataset::{self, Paths};
use crate::event::{Dataset, Event, EventType};
use crate::facets;
use crate::naming::Naming;

/// An execution, as events of it are made.
#[derive(Debug, Clone, Copy)]
pub struct Course<'e> {
    /// How things are called.
    pub naming: &'e Naming,
    /// The definition.
    pub definition: &'e str,
    /// The name of the execution.
    pub name: &'e str,
    /// When it began.
    pub started_at: Timestamp,
}

/// How an execution ended.
#[derive(Debug, Clone)]
pub struct End<'e> {
    /// How; not [`EventType::Start`].
    pub event_type: EventType,
    /// When.
    pub at: Timestamp,
    /// The name of the error, of one that did not end well.
    pub error: Option<&'e str>,
    /// What it said, without a value from the data.
    pub reason: Option<&'e str>,
}

/// Tells that an execution began.
#[must_use]
pub fn begun(course: &Course<'_>) -> Event {
    told(course, EventType::Start, course.started_at)
}

/// Tells how an execution ended, and of the runs that it published.
#[must_use]
pub fn over(course: &Course<'_>, end: &End<'_>, config: &Config, published: &[Manifest]) -> Event {
    let mut event = told(course, end.event_type, end.at);
    if end.event_type != EventType::Complete {
        let told = facets::error(end.error, end.reason);
        facets::add(&mut event.run.facets, &facets::ERROR_MESSAGE, told);
    }
    let paths = Paths::new();
    for manifest in published {
        for input in dataset::read(course.naming, config, manifest, &paths) {
            let is_it = |other: &Dataset| (&other.namespace, &other.name) == (&input.namespace, &input.name);
            if !event.inputs.iter().any(is_it) {
                event.inputs.push(input);
            }
        }
        event.outputs.push(dataset::made(course.naming, config, manifest, &paths));
    }
    event
}

fn told(course: &Course<'_>, event_type: EventType, at: Timestamp) -> Event {
    let Course { naming, definition, name, started_at } = course;
    let run = naming.run(*started_at, &format!("{definition}/{name}"), crate::event::Facets::new());
    Event::new(event_type, at, run, naming.job(definition, None))
}
