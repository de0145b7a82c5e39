//! The lake that a function works on: stores, ledger and catalog of its environment.

use std::path::Path;
use std::sync::Arc;

use carelake_aws::{Aws, AwsSecrets, DynamoLedger, S3Options, S3Store, StepFunctions};
use carelake_catalog::{Catalog, CatalogError};
use carelake_core::config::Location;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish;
use carelake_core::store::Store;
use carelake_core::{ErrorKind, ErrorKinds};
use carelake_pipeline::pipeline::{Failure, code_version};
use carelake_pipeline::{Context, Question, Room, Tables};
use carelake_tabular::config::{Config, Known};
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::{Dataset, JobError, Services};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::about::About;
use crate::environment::Environment;
use crate::metrics::Log;
use crate::watch::Watch;

/// Where files are copied to that are read: the only place of a Lambda function that can be written.
const SCRATCH: &str = "/tmp";

/// Tags that tell where an object comes from: names and values.
pub(crate) type Lineage = Vec<(String, String)>;

/// The clients, made once for each process. The configuration is read anew for every task, so that an upload counts at once.
#[derive(Debug)]
pub(crate) struct Lake {
    aws: Aws,
    environment: Environment,
    ledger: DynamoLedger,
    runner: StepFunctions,
    secrets: AwsSecrets,
    version: &'static str,
    /// The kinds of errors of the room.
    kinds: ErrorKinds,
    /// What the configuration is held against: the dataset of the function, if it has one.
    declared: Vec<Dataset>,
}

impl Lake {
    pub(crate) fn connect(
        environment: Environment,
        version: &'static str,
        room: &'static Room,
        declared: Vec<Dataset>,
    ) -> Result<Self, Failure> {
        let aws = Aws::load().map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
        let ledger = DynamoLedger::new(&aws, &environment.ledger_table);
        let runner = StepFunctions::new(&aws, &format!("carelake-{}", environment.name));
        let secrets = AwsSecrets::new(&aws);
        // A process has one lake, and it stays.
        let kinds = ErrorKinds(Box::leak(Box::new([carelake_core::error::ERRORS, room.errors])));
        Ok(Self { aws, environment, ledger, runner, secrets, version, kinds, declared })
    }

    pub(crate) fn environment(&self) -> &str {
        &self.environment.name
    }

    pub(crate) fn runner(&self) -> &StepFunctions {
        &self.runner
    }

    /// Does something in this environment; it is told to stop when its time is over. Every object that is written gets the
    /// tags of what it is about.
    pub(crate) fn with_context<T>(
        &self,
        about: &About,
        watch: &Watch,
        log: &Log,
        call: impl FnOnce(&Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (config, text) = self.config()?;
        let config = Arc::new(config);
        let [input, output, rejects, raw] = self.stores(&config, &about.lineage())?;
        let input: Arc<dyn Store> = Arc::new(input);
        let tables =
            self.environment.glue_database.as_ref().map(|database| Glue { lake: self, config: &config, database });
        call(&Context {
            services: Services {
                config: &config,
                inputs: &Inputs::new(Arc::clone(&config), input, Path::new(SCRATCH)),
                output: &output,
                rejects: &rejects,
                ledger: &self.ledger,
                now: &Timestamp::now,
                is_cancelled: &|| watch.is_over(),
            },
            raw: &raw,
            scratch: Path::new(SCRATCH),
            state: None,
            environment: &self.environment.name,
            // No execution on AWS is a tenant's.
            scope: &Scope::default(),
            options: &format!("--env {}", self.environment.name),
            host: None,
            zone: &TimeZone::UTC,
            kinds: self.kinds,
            code_version: &code_version(self.version, &text),
            is_paid: true,
            since: &|| Ok(self.ledger.created_at()?),
            runner: &self.runner,
            secrets: &self.secrets,
            tables: tables.as_ref().map(|tables| tables as &dyn Tables),
            log,
        })
    }

    fn config(&self) -> Result<(Config, Vec<u8>), Failure> {
        let (bucket, key) = &self.environment.config;
        let text = S3Store::new(&self.aws, bucket, "", S3Options::default()).read(key).map_err(JobError::from)?;
        let file = format!("s3://{bucket}/{key}");
        let invalid = |error: String| Failure::new(ErrorKind::INVALID_CONFIG, error);
        // The command checks the file as a whole before it is uploaded; here other datasets and rooms are not known.
        let known = Known { datasets: &self.declared, ..Known::default() };
        let utf8 = std::str::from_utf8(&text).map_err(|_| invalid(format!("{file} is not UTF-8 text")))?;
        let config = Config::parse_for(known, utf8, Path::new(&file)).map_err(|error| invalid(error.to_string()))?;
        Ok((config, text))
    }

    fn declared<'c>(&self, config: &'c Config) -> Result<&'c carelake_core::config::Environment, Failure> {
        let name = &self.environment.name;
        config.environment(name).ok_or_else(|| {
            Failure::new(ErrorKind::INVALID_CONFIG, format!("the configuration has no environment `{name}`"))
        })
    }

    /// Returns the stores of input, output, rejects and what was received.
    fn stores(&self, config: &Config, lineage: &Lineage) -> Result<[S3Store; 4], Failure> {
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
        let raw = config.head.places(&environment.name).map_or(&environment.input, |places| &places.raw);
        Ok([store(&environment.input)?, store(&environment.output)?, store(&environment.rejects)?, store(raw)?])
    }
}

/// The tables of the lake in the Glue Data Catalog.
struct Glue<'l> {
    lake: &'l Lake,
    config: &'l Config,
    database: &'l str,
}

impl Glue<'_> {
    fn catalog(&self) -> Result<Catalog, Failure> {
        let environment = self.lake.declared(self.config)?;
        let lake = carelake_catalog::Lake::new(self.config, environment, self.database).map_err(failed)?;
        Catalog::load(lake).map_err(failed)
    }
}

impl Tables for Glue<'_> {
    fn flip(&self, publication: &Publication) -> Result<(), Failure> {
        let [_, output, ..] = self.lake.stores(self.config, &Lineage::new())?;
        let Some((pointer, manifests)) = publish::current_runs(&output, publication)? else { return Ok(()) };
        self.catalog()?.flip(publication, &pointer, &manifests).map(drop).map_err(failed)
    }

    fn unite(&self, view: &str, publications: &[Publication]) -> Result<(), Failure> {
        self.catalog()?.unite(view, publications).map(drop).map_err(failed)
    }

    fn declare_view(&self, view: &Publication, over: &Publication, question: Question<'_>) -> Result<(), Failure> {
        self.catalog()?.declare_view(view, over, question).map(drop).map_err(failed)
    }
}

fn failed(error: CatalogError) -> Failure {
    Failure::new(ErrorKind::STORAGE, error.to_string())
}
