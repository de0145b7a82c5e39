//! What AWS tells of records that it gave up: where they were, and none of them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Range;
use crate::config::{Stream, Streams};

/// How long a table keeps records, and a stream of Kinesis at least.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A range that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// The ARN of the stream of AWS.
    pub arn: String,
    /// Where the records were.
    pub range: Range,
    /// Why: `RetryAttemptsExhausted`, `RecordAgeExceeded`, or another word of the service.
    pub condition: String,
    /// Until when the oldest of them can be read, as far as that can be told.
    pub readable_until: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    request_context: Context,
    #[serde(alias = "DDBStreamBatchInfo", alias = "KinesisBatchInfo")]
    batch: Batch,
}

#[derive(Default, Deserialize)]
struct Context {
    #[serde(default)]
    condition: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    shard_id: String,
    start_sequence_number: String,
    end_sequence_number: String,
    stream_arn: String,
    #[serde(default)]
    batch_size: Option<u64>,
    #[serde(default)]
    approximate_arrival_of_first_record: Option<Timestamp>,
}

impl GivenUp {
    /// Reads a message of the queue of what was given up; none of another text.
    #[must_use]
    pub fn read(message: &str) -> Option<Self> {
        let Wire { request_context, batch } = serde_json::from_str(message).ok()?;
        let Batch { shard_id: shard, start_sequence_number: first, end_sequence_number: last, .. } = batch;
        let kept = SignedDuration::try_from(KEPT).ok()?;
        Some(Self {
            arn: batch.stream_arn,
            range: Range { shard, first, last, records: batch.batch_size },
            condition: request_context.condition,
            readable_until: batch.approximate_arrival_of_first_record.and_then(|at| at.checked_add(kept).ok()),
        })
    }

    /// Returns the stream that it is of.
    #[must_use]
    pub fn of<'s>(&self, section: &'s Streams, environment: &str) -> Option<&'s Stream> {
        section.streams.iter().find(|stream| stream.is_of(environment, &self.arn))
    }

    /// Returns the arguments with which `carelake stream replay` reads it.
    #[must_use]
    pub fn asked(&self, stream: &Stream) -> String {
        let Range { shard, first, last, records } = &self.range;
        let records = records.map(|records| format!(" --records {records}")).unwrap_or_default();
        format!("{} --range {shard} {first} {last}{records}", stream.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the documentation of Lambda has it ("Retain discarded batches for a DynamoDB event source").
    fn message(info: &str) -> String {
        format!(
            r#"{{"requestContext":{{"requestId":"316aa6d0-8154-xmpl-9af7-85d5f4a6bc81","functionArn":"arn:aws:lambda:us-east-2:123456789012:function:f","condition":"RetryAttemptsExhausted","approximateInvokeCount":1}},"responseContext":{{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}},"version":"1.0","timestamp":"2019-11-14T00:13:49.717Z","{info}":{{"shardId":"shardId-00000001573689847184-864758bb","startSequenceNumber":"800000000003126276362","endSequenceNumber":"800000000003126276399","approximateArrivalOfFirstRecord":"2019-11-14T00:13:19Z","approximateArrivalOfLastRecord":"2019-11-14T00:13:19Z","batchSize":4,"streamArn":"arn:aws:dynamodb:us-east-2:123456789012:table/mytable/stream/2019-11-14T00:04:06.388"}}}}"#
        )
    }

    #[test]
    fn a_range_that_was_given_up_is_read_from_its_message() {
        for info in ["DDBStreamBatchInfo", "KinesisBatchInfo"] {
            let found = GivenUp::read(&message(info)).unwrap();
            assert_eq!(found.range.shard, "shardId-00000001573689847184-864758bb");
            assert_eq!((found.range.first.as_str(), found.range.records), ("800000000003126276362", Some(4)));
            assert_eq!(
                (found.range.last.as_str(), found.condition.as_str()),
                ("800000000003126276399", "RetryAttemptsExhausted")
            );
            assert_eq!(found.readable_until.unwrap().to_string(), "2019-11-15T00:13:19Z");
        }
        for other in ["", "{}", r#"{"requestContext":{}}"#] {
            assert_eq!(GivenUp::read(other), None, "{other}");
        }
    }
}
