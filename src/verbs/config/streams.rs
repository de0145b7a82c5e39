//! What the streams of an environment are deployed by.

use std::path::Path;

use carelake_lookup::config::{self as lookups, LookupSpec, Place};
use carelake_streams::config::{Enrichment, Kind, OnAws, Source, Stream, Streams};
use carelake_tabular::config::Config;
use serde::Serialize;

/// What a stream is deployed by.
#[derive(Debug, Serialize)]
pub(super) struct Resolved {
    name: String,
    kind: &'static str,
    /// The table or stream whose records are delivered, of the account and region of the deployment where no ARN is given.
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    /// The key of a customer that records are encrypted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The changes that AWS is to deliver; all where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prefilter: Vec<&'static str>,
    /// What is looked up while its records are taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lookups: Vec<LookedUp>,
    flush: Flush,
}

/// What its function must be allowed to read. Files of SQLite are on this machine only.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum LookedUp {
    Table {
        table: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
    Publication {
        publication: String,
    },
}

#[derive(Debug, Serialize)]
struct Flush {
    every_secs: u64,
}

/// Returns the streams of an environment: those that name other environments are none of it.
pub(super) fn of(config: &Config, environment: &str) -> Vec<Resolved> {
    let streams = Streams::of_config(config).map(|section| section.streams).unwrap_or_default();
    let is_here = |stream: &Stream| stream.is_in(environment);
    let specs = config.section(lookups::SECTION.name, |spot, mistakes| lookups::read(spot, Path::new(""), mistakes));
    let specs = specs.unwrap_or_default();
    streams.into_iter().filter(is_here).map(|stream| one(stream, environment, &specs)).collect()
}

fn looked_up(enrichment: &Enrichment, specs: &[LookupSpec]) -> Option<LookedUp> {
    let Source::Lookup { name, .. } = &enrichment.source else { return None };
    match specs.iter().find(|spec| spec.name == *name)?.place.clone() {
        Place::DynamoDb { table, region } => Some(LookedUp::Table { table, region }),
        Place::Publication(publication) => Some(LookedUp::Publication { publication }),
        Place::Sqlite { .. } => None,
    }
}

fn one(stream: Stream, environment: &str, specs: &[LookupSpec]) -> Resolved {
    let kind = match stream.kind {
        Kind::Files => "files",
        Kind::Dynamodb => "dynamodb",
        Kind::Kinesis | Kind::KinesisDynamodb => "kinesis",
        Kind::Dms => "dms",
    };
    let events = if stream.is_prefiltered { stream.events.as_slice() } else { &[] };
    let prefilter = events.iter().map(|op| op.name()).collect();
    let (arn, key) = stream.aws.get(environment).cloned().map(|OnAws { arn, key }| (arn, key)).unzip();
    Resolved {
        kind,
        source: stream.source,
        arn,
        key: key.flatten(),
        prefilter,
        lookups: stream.enrich.iter().filter_map(|it| looked_up(it, specs)).collect(),
        flush: Flush { every_secs: stream.every.as_secs() },
        name: stream.name,
    }
}
