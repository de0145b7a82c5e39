//! Rows of a table of DynamoDB by its key: BatchGetItem. Account, region and endpoint come from the environment, as for every program that
//! uses AWS.

mod item;

use std::collections::HashMap;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use carelake_aws_client::Calls;

use crate::answers::{Lookup, Reply, Wish};
use crate::config::LookupSpec;
use crate::error::LookupError;
use crate::key::{Key, KeyColumn};

/// Keys of a request (Amazon DynamoDB API reference, BatchGetItem).
const MOST_KEYS: usize = 100;
/// The longest that one request may take: what hangs is asked again while there is time.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);
/// Codes with which it says that it cannot now (API reference, "Common errors", BatchGetItem).
const PASSING: [&str; 6] = [
    "InternalServerError",
    "ItemCollectionSizeLimitExceededException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
];

/// A table of DynamoDB that is looked up.
#[derive(Debug)]
pub struct DynamoTable {
    name: String,
    table: String,
    key: Vec<KeyColumn>,
    client: Client,
    calls: Calls,
}

impl DynamoTable {
    /// Prepares a client; nothing is called yet.
    ///
    /// # Errors
    /// [`LookupError::Config`] where the threads that call AWS cannot be started.
    pub fn open(spec: &LookupSpec, table: &str, region: Option<&str>) -> Result<Self, LookupError> {
        Self::with(spec, table, region, Calls::load())
    }

    /// Prepares a client of a configuration that was made elsewhere.
    ///
    /// # Errors
    /// As [`DynamoTable::open`].
    pub fn from_config(spec: &LookupSpec, table: &str, config: &SdkConfig) -> Result<Self, LookupError> {
        Self::with(spec, table, None, Calls::from_config(config))
    }

    fn with(
        spec: &LookupSpec,
        table: &str,
        region: Option<&str>,
        calls: Result<Calls, carelake_aws_client::AwsError>,
    ) -> Result<Self, LookupError> {
        let unstarted = |error: carelake_aws_client::AwsError| LookupError::Config {
            name: spec.name.clone(),
            message: error.to_string(),
        };
        let calls = calls.map_err(unstarted)?;
        let region = region.map(|name| Region::new(name.to_owned())).or_else(|| calls.config().region().cloned());
        // Whoever asks for many keys asks again by itself, with one deadline for all.
        let config = aws_sdk_dynamodb::config::Builder::from(calls.config())
            .region(region)
            .retry_config(RetryConfig::disabled());
        let client = Client::from_conf(config.build());
        Ok(Self { name: spec.name.clone(), table: table.to_owned(), key: spec.key.clone(), client, calls })
    }

    fn request(&self, keys: &[&Key], wish: &Wish) -> Result<KeysAndAttributes, LookupError> {
        let mut request = KeysAndAttributes::builder().consistent_read(wish.is_consistent);
        for key in keys {
            let values = self.key.iter().zip(&key.0);
            let values = values.map(|(column, value)| (column.name.clone(), item::of_key(value)));
            request = request.keys(values.collect::<HashMap<_, _>>());
        }
        if let Some(columns) = &wish.columns {
            // Any name may be a word of theirs, so each goes by another.
            let mut names: Vec<&String> = columns.iter().collect();
            names.extend(self.key.iter().map(|column| &column.name).filter(|name| !columns.contains(name)));
            let places: Vec<String> = (0..names.len()).map(|at| format!("#c{at}")).collect();
            for (place, name) in places.iter().zip(names) {
                request = request.expression_attribute_names(place, name);
            }
            request = request.projection_expression(places.join(", "));
        }
        request.build().map_err(|_| self.odd("a request without keys"))
    }

    fn odd(&self, what: &str) -> LookupError {
        LookupError::Refused { name: self.name.clone(), code: what.to_owned() }
    }

    /// Takes an answer apart: what was found, and what is open.
    fn taken(&self, answer: BatchGetItemOutput, wish: &Wish) -> Result<Reply, LookupError> {
        let mut reply = Reply::default();
        for found in answer.responses.unwrap_or_default().into_values().flatten() {
            let key = item::key(&found, &self.key).ok_or_else(|| self.odd("an item without its key"))?;
            reply.found.push((key, item::row(found, wish.columns.as_deref())));
        }
        for open in answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|open| open.keys) {
            reply.open.push(item::key(&open, &self.key).ok_or_else(|| self.odd("a key without its values"))?);
        }
        Ok(reply)
    }
}

impl Lookup for DynamoTable {
    fn name(&self) -> &str {
        &self.name
    }

    fn key(&self) -> &[KeyColumn] {
        &self.key
    }

    fn most_keys(&self) -> usize {
        MOST_KEYS
    }

    fn ask(&self, keys: &[Key], wish: &Wish, left: Duration) -> Result<Reply, LookupError> {
        // What cannot be a key there is no item of, and one such key would have the whole request refused.
        let possible: Vec<&Key> = keys.iter().filter(|key| item::is_possible(key)).collect();
        if possible.is_empty() {
            return Ok(Reply::default());
        }
        let request = self.request(&possible, wish)?;
        let call = self.client.batch_get_item().request_items(&self.table, request);
        let answer = self.calls.wait(async move { tokio::time::timeout(left.min(LONGEST_REQUEST), call.send()).await });
        let open = |code: Option<&str>| Reply {
            open: possible.iter().map(|key| (*key).clone()).collect(),
            code: code.map(str::to_owned),
            ..Reply::default()
        };
        match answer {
            Ok(Ok(Ok(answer))) => self.taken(answer, wish),
            Ok(Ok(Err(error))) => match code(&error) {
                Ok(code) => Ok(open(code)),
                Err("ResourceNotFoundException") => Err(LookupError::Unknown {
                    what: format!("lookups.{}.table", self.name),
                    name: self.table.clone(),
                    near: None,
                }),
                Err("ValidationException") => Err(LookupError::Config {
                    name: self.name.clone(),
                    message: format!(
                        "table {} has another key; name its columns and their types in `key`, as `aws dynamodb describe-table` tells them",
                        self.table
                    ),
                }),
                Err(code) => Err(LookupError::Refused { name: self.name.clone(), code: code.to_owned() }),
            },
            // It hangs, or the thread could not be had.
            Ok(Err(_)) | Err(_) => Ok(open(None)),
        }
    }
}

/// Returns what may pass by itself, with its code where it has one; else the code of a refusal.
fn code(error: &SdkError<BatchGetItemError, HttpResponse>) -> Result<Option<&str>, &str> {
    match error {
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or_default();
            let is_passing = PASSING.contains(&code) || answer.raw().status().is_server_error();
            if is_passing { Ok(Some(code)) } else { Err(code) }
        }
        // Nothing was sent, and asking again would be no better: what the client says of others is of no kind.
        SdkError::ConstructionFailure(_) => Err("no request could be made"),
        SdkError::DispatchFailure(failure)
            if failure.is_user() || (failure.is_other() && failure.as_other().is_none()) =>
        {
            Err("no credentials, or no region")
        }
        _ => Ok(None),
    }
}
