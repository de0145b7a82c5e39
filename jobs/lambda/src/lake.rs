//! The lake that a function works on: stores, ledger and catalog of its environment.

use std::path::Path;
use std::sync::Arc;

use carelake_aws::{Aws, DynamoLedger, S3Options, S3Store};
use carelake_catalog::{Catalog, CatalogError};
use carelake_core::config::Location;
use carelake_core::names::Publication;
use carelake_core::publish;
use carelake_core::store::Store;
use carelake_core::{ErrorKind, ErrorKinds};
use carelake_pipeline::pipeline::{Failure, Pipeline, code_version};
use carelake_pipeline::{Expense, Steps};
use carelake_tabular::config::Config;
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::{Dataset, JobError, Services};
use jiff::Timestamp;

use crate::environment::Environment;
use crate::watch::Watch;

/// Where files are copied to that are read: the only place of a Lambda function that can be written.
const SCRATCH: &str = "/tmp";

/// The kinds of errors of the functions.
const KINDS: ErrorKinds = ErrorKinds(&[carelake_core::error::ERRORS]);

/// Tags that tell where an object comes from: names and values.
pub(crate) type Lineage = Vec<(String, String)>;

/// The clients, made once for each process. The configuration is read anew for every task, so that an upload counts at once.
#[derive(Debug)]
pub(crate) struct Lake {
    aws: Aws,
    environment: Environment,
    ledger: DynamoLedger,
    version: &'static str,
    /// What the configuration is held against: the dataset of the function, if it has one.
    declared: &'static [Dataset],
}

impl Lake {
    pub(crate) fn connect(
        environment: Environment,
        version: &'static str,
        declared: &'static [Dataset],
    ) -> Result<Self, Failure> {
        let aws = Aws::load().map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
        let ledger = DynamoLedger::new(&aws, &environment.ledger_table);
        Ok(Self { aws, environment, ledger, version, declared })
    }

    pub(crate) fn environment(&self) -> &str {
        &self.environment.name
    }

    /// Returns when the ledger was made.
    pub(crate) fn created_at(&self) -> Result<Timestamp, Failure> {
        Ok(self.ledger.created_at()?)
    }

    /// Does something with the pipeline of this environment; the job is told to stop when its time is over. Every object
    /// that is written gets the tags of `lineage`. `steps` is what the execution did so far, where it was counted.
    pub(crate) fn pipeline<T>(
        &self,
        watch: &Watch,
        lineage: &Lineage,
        steps: Option<Steps>,
        run: impl FnOnce(Pipeline<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (config, text) = self.config()?;
        let config = Arc::new(config);
        let [input, output, rejects] = self.stores(&config, lineage)?;
        let input: Arc<dyn Store> = Arc::new(input);
        run(Pipeline {
            services: Services {
                config: &config,
                inputs: &Inputs::new(Arc::clone(&config), input, Path::new(SCRATCH)),
                output: &output,
                rejects: &rejects,
                ledger: &self.ledger,
                now: &Timestamp::now,
                is_cancelled: &|| watch.is_over(),
            },
            environment: &self.environment.name,
            options: &format!("--env {}", self.environment.name),
            host: None,
            zone: &jiff::tz::TimeZone::UTC,
            kinds: KINDS,
            code_version: &code_version(self.version, &text),
            expense: Expense { is_paid: true, steps },
        })
    }

    /// Counts what an execution did so far; `None` when its history cannot be read, which leaves the cost untold.
    pub(crate) fn steps(&self, execution: &str) -> Option<Steps> {
        let client = aws_sdk_sfn::Client::new(self.aws.config());
        let counted = self.aws.wait(async {
            let mut steps = Steps::default();
            let mut events = client.get_execution_history().execution_arn(execution).into_paginator().items().send();
            while let Some(event) = events.try_next().await.ok()? {
                let task = event.task_scheduled_event_details();
                steps.count(event.r#type().as_str(), task.map(|task| task.resource_type()));
            }
            Some(steps)
        });
        counted.ok().flatten()
    }

    /// Makes the table of a publication say what its pointer says.
    pub(crate) fn flip(&self, publication: &Publication) -> Result<(), Failure> {
        let Some(database) = &self.environment.glue_database else { return Ok(()) };
        let (config, _) = self.config()?;
        let environment = self.declared(&config)?;
        let [_, output, _] = self.stores(&config, &Lineage::new())?;
        let Some((pointer, manifests)) = publish::current_runs(&output, publication)? else { return Ok(()) };
        let failed = |error: CatalogError| Failure::new(ErrorKind::STORAGE, error.to_string());
        let lake = carelake_catalog::Lake::new(&config, environment, database).map_err(failed)?;
        let catalog = Catalog::load(lake).map_err(failed)?;
        catalog.flip(publication, &pointer, &manifests).map(drop).map_err(failed)
    }

    fn config(&self) -> Result<(Config, Vec<u8>), Failure> {
        let (bucket, key) = &self.environment.config;
        let text = S3Store::new(&self.aws, bucket, "", S3Options::default()).read(key).map_err(JobError::from)?;
        let file = format!("s3://{bucket}/{key}");
        let invalid = |error: String| Failure::new(ErrorKind::INVALID_CONFIG, error);
        let utf8 = std::str::from_utf8(&text).map_err(|_| invalid(format!("{file} is not UTF-8 text")))?;
        let config =
            Config::parse_for(self.declared, utf8, Path::new(&file)).map_err(|error| invalid(error.to_string()))?;
        Ok((config, text))
    }

    fn declared<'c>(&self, config: &'c Config) -> Result<&'c carelake_core::config::Environment, Failure> {
        let name = &self.environment.name;
        config.environment(name).ok_or_else(|| {
            Failure::new(ErrorKind::INVALID_CONFIG, format!("the configuration has no environment `{name}`"))
        })
    }

    /// Returns the stores of input, output and rejects.
    fn stores(&self, config: &Config, lineage: &Lineage) -> Result<[S3Store; 3], Failure> {
        let environment = self.declared(config)?;
        let store = |location: &Location| match location {
            Location::S3 { bucket, prefix } => {
                let options = S3Options { kms_key: self.environment.kms_key.clone(), tags: lineage.clone() };
                Ok(S3Store::new(&self.aws, bucket, prefix, options))
            }
            Location::Local(_) => Err(Failure::new(
                ErrorKind::INVALID_CONFIG,
                format!("environment `{}` is at {location}, and functions work on buckets only", self.environment.name),
            )),
        };
        Ok([store(&environment.input)?, store(&environment.output)?, store(&environment.rejects)?])
    }
}
