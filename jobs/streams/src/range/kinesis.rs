//! A stream of Kinesis.

use aws_config::Region;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::ShardIteratorType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::aws::Asking;
use super::{Page, Reader, Sent};
use crate::publish::StreamError;

/// A stream of Kinesis, by its ARN or by its name.
pub(super) struct Kinesis {
    asking: Asking,
    client: Client,
    arn: Option<String>,
    name: String,
}

impl Kinesis {
    pub(super) fn new(asking: Asking, region: Option<Region>, arn: Option<String>, name: String) -> Self {
        let mut config = aws_sdk_kinesis::config::Builder::from(asking.config());
        config.set_region(region);
        Self { client: Client::from_conf(config.build()), asking, arn, name }
    }

    fn shard(at: &str) -> &str {
        at.split_once(' ').map_or("", |(shard, _)| shard)
    }
}

/// Positions are the shard and what the service calls the place in it: names of records begin with their shard.
impl Reader for Kinesis {
    fn begin(&self, shard: &str, from: Option<&str>) -> Result<Option<String>, StreamError> {
        let kind = if from.is_some() { ShardIteratorType::AtSequenceNumber } else { ShardIteratorType::TrimHorizon };
        let call = self.client.get_shard_iterator().set_stream_arn(self.arn.clone());
        let call = if self.arn.is_none() { call.stream_name(&self.name) } else { call };
        let call = call.shard_id(shard).shard_iterator_type(kind).set_starting_sequence_number(from.map(str::to_owned));
        let at = self.asking.ask(call.send())?.and_then(|answer| answer.shard_iterator);
        Ok(at.map(|at| format!("{shard} {at}")))
    }

    fn page(&self, at: &str) -> Result<Option<Page>, StreamError> {
        let shard = Self::shard(at);
        let iterator = at.get(shard.len() + 1..).unwrap_or_default();
        let call = self.client.get_records().shard_iterator(iterator).set_stream_arn(self.arn.clone());
        let Some(answer) = self.asking.ask(call.send())? else { return Ok(None) };
        let records = answer.records.into_iter().map(|record| {
            let sequence = record.sequence_number;
            let at = record.approximate_arrival_timestamp.map_or_else(|| "null".to_owned(), |at| {
                format!("{}.{:09}", at.secs(), at.subsec_nanos())
            });
            let (data, key) = (STANDARD.encode(record.data.into_inner()), serde_json::Value::from(record.partition_key));
            let told = format!(
                r#"{{"eventID":"{shard}:{sequence}","eventSource":"aws:kinesis","kinesis":{{"data":"{data}","partitionKey":{key},"sequenceNumber":"{sequence}","approximateArrivalTimestamp":{at}}}}}"#
            );
            Sent { sequence, record: told }
        });
        Ok(Some(Page {
            records: records.collect(),
            next: answer.next_shard_iterator.map(|next| format!("{shard} {next}")),
            is_newest: answer.millis_behind_latest == Some(0),
        }))
    }
}
