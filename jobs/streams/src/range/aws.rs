//! Where ranges are read from on AWS, by the kind of the stream.

use std::future::Future;

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodbstreams::config::http::HttpResponse;
use aws_sdk_dynamodbstreams::error::{ProvideErrorMetadata, SdkError};
use carelake_aws_client::Calls;

use super::Reader;
use super::dynamodb::Table;
use super::kinesis::Kinesis;
use crate::config::{Kind, Stream};
use crate::publish::StreamError;

/// Codes with which a stream says that what is asked for is gone: a record, or the shard with all of its records.
const GONE: [&str; 2] = ["TrimmedDataAccessException", "ResourceNotFoundException"];

/// Returns what reads the shards of a stream in an environment.
///
/// # Errors
/// [`StreamError::Kind`] of a stream that AWS does not deliver, or whose ARN is not told; [`StreamError::Unavailable`] where the client cannot
/// be started.
pub fn reader(stream: &Stream, environment: &str) -> Result<Box<dyn Reader>, StreamError> {
    let wrong = |why| StreamError::Kind { stream: stream.name.clone(), why };
    let arn = stream.aws.get(environment).map(|there| there.arn.clone());
    let calls = Calls::load().map_err(|_| StreamError::Unavailable { stream: stream.name.clone(), code: None })?;
    let region = arn.as_deref().and_then(|arn| arn.split(':').nth(3)).map(|region| Region::new(region.to_owned()));
    let region = region.or_else(|| calls.config().region().cloned());
    let asking = Asking { stream: stream.name.clone(), calls };
    match (stream.kind, arn) {
        (Kind::Dynamodb, Some(arn)) => Ok(Box::new(Table::new(asking, region, arn))),
        (Kind::Dynamodb, None) => Err(wrong(
            "say which stream it is in this environment: aws: {ENV: {arn: …}}; `aws dynamodb describe-table --query Table.LatestStreamArn` prints it",
        )),
        (Kind::Kinesis | Kind::KinesisDynamodb, arn) => {
            Ok(Box::new(Kinesis::new(asking, region, arn, stream.source.clone())))
        }
        (Kind::Files | Kind::Dms, _) => Err(wrong("its records lie in files; `carelake stream take` reads them")),
    }
}

/// Asks AWS about a stream.
pub(super) struct Asking {
    stream: String,
    calls: Calls,
}

impl Asking {
    pub(super) fn config(&self) -> &SdkConfig {
        self.calls.config()
    }

    /// Waits for an answer; none where what is asked for is gone. Of a refusal the code is told, and no word of the server.
    pub(super) fn ask<T: Send, E: ProvideErrorMetadata + Send>(
        &self,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    ) -> Result<Option<T>, StreamError> {
        let unavailable = |code: Option<&str>| StreamError::Unavailable {
            stream: self.stream.clone(),
            code: code.map(str::to_owned),
        };
        let error = match self.calls.wait(call).map_err(|_| unavailable(None))? {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) => error,
        };
        let SdkError::ServiceError(answer) = &error else { return Err(unavailable(None)) };
        let code = answer.err().code().unwrap_or_default();
        if GONE.contains(&code) {
            return Ok(None);
        }
        let is_passing = answer.raw().status().is_server_error()
            || matches!(
                code,
                "ProvisionedThroughputExceededException" | "LimitExceededException" | "ThrottlingException"
            );
        Err(if is_passing {
            unavailable(Some(code))
        } else {
            StreamError::Refused { stream: self.stream.clone(), code: code.to_owned() }
        })
    }
}
