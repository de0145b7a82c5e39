//! An environment on AWS, reached from here.

use std::collections::BTreeMap;
use std::sync::Arc;

use carelake_aws::{Aws, DynamoLedger, S3Options, S3Store, StepFunctions};
use carelake_core::names::{Publication, Scope};
use carelake_core::store::Store;
use carelake_core::{ErrorKind, causes};
use carelake_pipeline::monthly::MONTHLY;
use carelake_pipeline::{Runner, RunnerError};
use carelake_tabular::config::Config;

use super::ADVICE;
use crate::failure::Failure;

/// How often a queue is asked for more: each answer has ten messages at most.
const MOST_LOOKS: usize = 20;

/// An environment on AWS.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(super) aws: Aws,
    pub(super) name: String,
    scope: Scope,
}

impl Deployment {
    /// Prepares the clients; nothing is called yet.
    pub(crate) fn connect(environment: &str, scope: &Scope) -> Result<Self, Failure> {
        let aws = Aws::load().map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
        Ok(Self { aws, name: environment.to_owned(), scope: scope.clone() })
    }

    pub(crate) fn store(&self, bucket: &str, prefix: &str) -> S3Store {
        S3Store::new(&self.aws, bucket, prefix, S3Options::default())
    }

    pub(crate) fn ledger(&self) -> DynamoLedger {
        DynamoLedger::new(&self.aws, &format!("carelake-{}-ledger", self.name)).within(&self.scope)
    }

    /// Returns the name of the catalog's database.
    pub(crate) fn database(&self) -> String {
        carelake_catalog::database_name(&self.name, &self.scope, None)
    }

    /// Returns the name of the table of a publication.
    pub(crate) fn table_name(&self, publication: &Publication) -> String {
        carelake_catalog::table_name(publication)
    }

    pub(super) fn catalog(&self, config: &Config) -> Result<carelake_catalog::Catalog, Failure> {
        let environment = config.environment(&self.name).ok_or_else(|| {
            Failure::argument(format!("there is no environment `{}` in the configuration", self.name))
        })?;
        let database = self.database();
        let lake = carelake_catalog::Lake::new(config, &environment.of(&self.scope), &database)?;
        Ok(carelake_catalog::Catalog::load(lake)?)
    }

    /// Returns what starts and follows executions.
    pub(crate) fn runner(&self) -> Box<dyn Runner> {
        Box::new(self.machines())
    }

    fn machines(&self) -> StepFunctions {
        StepFunctions::new(&self.aws, &format!("carelake-{}", self.name))
    }

    /// Waits for a call and tells a failure by what was tried.
    pub(super) fn call<T, E>(&self, action: &str, call: impl Future<Output = Result<T, E>> + Send) -> Result<T, Failure>
    where
        T: Send,
        E: std::error::Error + Send + 'static,
    {
        let storage =
            |error: String| Failure::new(ErrorKind::STORAGE, format!("cannot {action}: {error}")).advise(ADVICE);
        let done = self.aws.wait(call).map_err(|error| storage(error.to_string()))?;
        done.map_err(|error| storage(causes(&error)))
    }

    /// Returns the messages of the queue of ranges of streams that were given up. They stay there.
    pub(crate) fn given_up(&self) -> Result<Vec<String>, Failure> {
        let client = aws_sdk_sqs::Client::new(self.aws.config());
        let name = format!("carelake-{}-stream-failures", self.name);
        let found =
            self.call("find the queue of what streams gave up", client.get_queue_url().queue_name(name).send())?;
        let mut messages: BTreeMap<String, String> = BTreeMap::new();
        for _ in 0..MOST_LOOKS {
            // Hidden for a moment, so that the next look finds others.
            let call = client.receive_message().set_queue_url(found.queue_url.clone()).visibility_timeout(5);
            let answer = self.call("read the queue of what streams gave up", call.max_number_of_messages(10).send())?;
            let before = messages.len();
            for message in answer.messages.unwrap_or_default() {
                messages.extend(message.message_id.zip(message.body));
            }
            if messages.len() == before {
                break;
            }
        }
        Ok(messages.into_values().collect())
    }

    /// Returns the ARN of the state machine of the monthly run.
    pub(super) fn machine(&self) -> Result<String, Failure> {
        self.machines().machine(MONTHLY.name).map_err(|error| self.told(error))
    }

    /// Tells why an execution could not be started or followed, by what to do about it.
    pub(crate) fn told(&self, error: RunnerError) -> Failure {
        match error {
            RunnerError::UnknownDefinition { name } => {
                Failure::argument(format!("there is no state machine {name} in this account and region"))
                    .advise(format!("./bootstrap.sh deploy {} EMAIL, or set AWS_REGION and AWS_PROFILE", self.name))
            }
            other => Failure::from(other).advise(ADVICE),
        }
    }
}

/// Opens a bucket below a prefix, whoever's it is; nothing is called yet.
pub(crate) fn bucket(bucket: &str, prefix: &str) -> Result<Arc<dyn Store>, Failure> {
    let aws = Aws::load().map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
    Ok(Arc::new(S3Store::new(&aws, bucket, prefix, S3Options::default())))
}

impl From<carelake_catalog::CatalogError> for Failure {
    fn from(error: carelake_catalog::CatalogError) -> Self {
        Self::new(error.kind(), carelake_core::causes(&error)).advise(error.kind().advice)
    }
}
