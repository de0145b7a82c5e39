//! An event, as OpenLineage writes it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The schema of every event: that of the specification 2-0-2.
const SCHEMA_URL: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
/// Who makes the events.
pub(crate) const PRODUCER: &str = concat!("urn:carelake:", env!("CARGO_PKG_VERSION"));

/// What is told beside names, by the name of the facet.
pub(crate) type Facets = Map<String, Value>;

/// What happened to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EventType {
    /// It began.
    Start,
    /// It ended well.
    Complete,
    /// It failed.
    Fail,
    /// It was stopped, or its process died.
    Abort,
}

impl EventType {
    /// Returns whether nothing comes after it.
    #[must_use]
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::Start)
    }
}

/// Something that happened to one run of one job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What happened.
    pub event_type: EventType,
    /// When, in UTC with three digits of the second, so that their texts are in the order of the times.
    pub event_time: String,
    /// The run.
    pub run: RunOf,
    /// The job.
    pub job: Job,
    /// What was read.
    pub inputs: Vec<Dataset>,
    /// What was made.
    pub outputs: Vec<Dataset>,
    producer: String,
    #[serde(rename = "schemaURL")]
    schema_url: String,
}

/// One run of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunOf {
    /// A UUID of version 7.
    pub run_id: String,
    /// What is told of it.
    pub facets: Facets,
}

/// What runs again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The namespace of the configuration.
    pub namespace: String,
    /// The definition, with the publication after a point where it is the run of one.
    pub name: String,
    /// What is told of it.
    pub facets: Facets,
}

/// Something that is read or made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    /// Where its name counts.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub facets: Facets,
    /// What this run read of it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub input_facets: Facets,
    /// What this run wrote into it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub output_facets: Facets,
}

impl Event {
    /// Says what happened to a run, and when.
    pub(crate) fn new(event_type: EventType, at: Timestamp, run: RunOf, job: Job) -> Self {
        Self {
            event_type,
            event_time: written(at),
            run,
            job,
            inputs: Vec::new(),
            outputs: Vec::new(),
            producer: PRODUCER.to_owned(),
            schema_url: SCHEMA_URL.to_owned(),
        }
    }

    /// Returns the event as one of another run of the job: of that which was begun before.
    #[must_use]
    pub fn of_run(mut self, run_id: String) -> Self {
        self.run.run_id = run_id;
        self
    }
}

impl Dataset {
    /// Names something without telling more of it.
    pub(crate) fn named(namespace: &str, name: String) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name,
            facets: Facets::new(),
            input_facets: Facets::new(),
            output_facets: Facets::new(),
        }
    }

    /// Returns how many rows this run wrote into it, where that is told.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.output_facets.get("outputStatistics")?.get("rowCount")?.as_u64()
    }

    /// Returns its name alone.
    pub(crate) fn bare(&self) -> Self {
        Self::named(&self.namespace, self.name.clone())
    }
}

/// Writes a time.
pub(crate) fn written(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_times_are_in_the_order_of_the_times() {
        let at = |text: &str| written(text.parse().unwrap());
        let texts = [at("2026-11-01T06:00:00Z"), at("2026-11-01T06:00:00.45Z"), at("2026-11-01T06:00:00.5Z")];
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[0], "2026-11-01T06:00:00.000Z");
    }
}
