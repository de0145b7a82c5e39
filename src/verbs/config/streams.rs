//! What the streams of an environment are deployed by.

use carelake_streams::config::{Kind, OnAws, Stream, Streams};
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
    flush: Flush,
}

#[derive(Debug, Serialize)]
struct Flush {
    every_secs: u64,
}

/// Returns the streams of an environment: those that name other environments are none of it.
pub(super) fn of(config: &Config, environment: &str) -> Vec<Resolved> {
    let streams = Streams::of_config(config).map(|section| section.streams).unwrap_or_default();
    let is_here = |stream: &Stream| stream.is_in(environment);
    streams.into_iter().filter(is_here).map(|stream| one(stream, environment)).collect()
}

fn one(stream: Stream, environment: &str) -> Resolved {
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
        flush: Flush { every_secs: stream.every.as_secs() },
        name: stream.name,
    }
}
