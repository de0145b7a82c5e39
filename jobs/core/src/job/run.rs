//! The steps of a job that are the same for every dataset.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::dataset::Dataset;
use super::error::JobError;
use super::losses;
use super::notes;
use super::report::{Previous, Report, SourceReport};
use super::thresholds::{Breach, check_volume};
use crate::account::Account;
use crate::config::{Compute, Config, DatasetSpec, PublicationSpec};
use crate::dedup::Plan;
use crate::inputs::{Inputs, OpenSource};
use crate::ledger::Ledger;
use crate::measure::{Loss, Measure, sort_losses};
use crate::publish::{self, Baseline, Column, Details, Draft, Input, Keep, Manifest, Publication, RunId};
use crate::rejects;
use crate::source::{Source, Tally};
use crate::store::Store;
use crate::table::{Label, Table};
use crate::value::StateCode;

/// What jobs work with. The same for every job of a run.
#[derive(Clone, Copy)]
pub struct Services<'s> {
    /// The trusted configuration.
    pub config: &'s Config,
    /// The sources.
    pub inputs: &'s Inputs,
    /// Where publications are.
    pub output: &'s dyn Store,
    /// Where refused rows are.
    pub rejects: &'s dyn Store,
    /// Runs, leases and schemas.
    pub ledger: &'s dyn Ledger,
    /// The time of day, for leases and manifests; never for the rows.
    pub now: &'s (dyn Fn() -> Timestamp + Sync),
    /// Whether the run was aborted, or nobody wants the answer any more: a job looks between its steps and stops.
    pub is_cancelled: &'s (dyn Fn() -> bool + Sync),
}

impl<'s> Services<'s> {
    /// Takes configuration, sources and stores; with the clock of this machine, and nobody who aborts.
    #[must_use]
    pub fn new(
        config: &'s Config,
        inputs: &'s Inputs,
        output: &'s dyn Store,
        rejects: &'s dyn Store,
        ledger: &'s dyn Ledger,
    ) -> Self {
        Self { config, inputs, output, rejects, ledger, now: &Timestamp::now, is_cancelled: &|| false }
    }
}

/// What a job is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The dataset, or the feed of a dataset.
    pub publication: Publication,
    /// The run.
    pub run_id: RunId,
    /// The date that ages are computed against.
    pub as_of: Date,
    /// Publish even if there are far fewer rows than before.
    pub accept_loss: bool,
    /// What the run may replace.
    pub baseline: Baseline,
    /// The version of carelake, for the manifest.
    pub code_version: String,
}

impl Request {
    /// Asks for a publication as of the date of its run.
    #[must_use]
    pub fn new(publication: Publication, run_id: RunId) -> Self {
        let code_version = env!("CARGO_PKG_VERSION").to_owned();
        Self {
            publication,
            as_of: run_id.as_of(),
            run_id,
            accept_loss: false,
            baseline: Baseline::default(),
            code_version,
        }
    }
}

/// A dataset crate's part: reads its sources, admits what it read, and writes the rows.
pub type Extract = fn(&Job<'_>) -> Result<Extracted, JobError>;

/// One source as a dataset read it.
#[derive(Debug)]
pub struct Reading {
    /// The source.
    pub source: Arc<OpenSource>,
    /// The figures of the pass.
    pub tally: Tally,
    /// Kept rows that became a row of the output.
    pub accepted: u64,
    /// Kept rows that lost to another row, or were merged into one.
    pub deduplicated: u64,
}

/// Readings that passed every threshold.
#[derive(Debug)]
pub struct Admitted {
    rows: u64,
    sources: BTreeMap<String, SourceReport>,
    inputs: Vec<Arc<OpenSource>>,
    measures: BTreeMap<String, Measure>,
    losses: Vec<Loss>,
    notices: Vec<String>,
}

/// What a dataset crate made.
#[derive(Debug)]
pub struct Extracted {
    /// The table that was written.
    pub table: Table,
    /// What was read.
    pub admitted: Admitted,
    /// Rows written.
    pub rows: u64,
}

/// One publication of one run under way.
pub struct Job<'j> {
    services: Services<'j>,
    request: &'j Request,
    declared: Dataset,
    dataset: &'j DatasetSpec,
    publication: &'j PublicationSpec,
    previous: Option<Manifest>,
    draft: Draft<'j>,
    /// Which optional sources are absent, and what follows.
    without: Mutex<Vec<String>>,
}

/// Losses that a report tells: what the state machine carries is limited.
const TOLD_LOSSES: usize = 10;

/// Returns the seconds after which the lease of a job that died is free again: as many as the job may take where it runs on
/// AWS. Where it takes longer and another takes the lease, it ends as a conflict.
const fn lease_secs(compute: Compute) -> u64 {
    match compute {
        Compute::Lambda => 15 * 60,
        Compute::Fargate => 60 * 60,
    }
}

/// Runs a job: takes the lease, extracts, verifies and publishes. On failure nothing that was published changes.
///
/// # Errors
/// [`JobError`]; its kind says whether trying again can help.
pub fn run(services: Services<'_>, request: &Request, declared: &Dataset) -> Result<Report, JobError> {
    let unknown = || JobError::UnknownPublication { publication: request.publication.to_string() };
    let dataset = services.config.dataset(&request.publication.dataset).ok_or_else(unknown)?;
    let publication =
        dataset.publications.iter().find(|spec| spec.feed == request.publication.feed).ok_or_else(unknown)?;
    declared.check(&request.publication, publication)?;
    let started_at = (services.now)();
    let pointer = publish::current(services.output, &request.publication)?;
    request.baseline.check(&request.publication, &request.run_id, pointer.as_ref())?;
    let previous = match &pointer {
        Some(pointer) => Some(publish::manifest(services.output, &request.publication, &pointer.run_id)?),
        None => None,
    };
    let draft = Draft::open(
        services.output,
        services.ledger,
        request.publication.clone(),
        request.run_id.clone(),
        started_at,
        lease_secs(dataset.compute),
    )?;
    let job = Job {
        services,
        request,
        declared: *declared,
        dataset,
        publication,
        previous,
        draft,
        without: Mutex::default(),
    };
    match (declared.extract)(&job) {
        Ok(extracted) => job.finish(extracted, started_at),
        Err(error) => {
            job.draft.discard((services.now)());
            Err(error)
        }
    }
}

impl<'j> Job<'j> {
    /// Returns the dataset as its crate declares it.
    #[must_use]
    pub fn declared(&self) -> &Dataset {
        &self.declared
    }

    /// Returns the trusted configuration.
    #[must_use]
    pub fn config(&self) -> &'j Config {
        self.services.config
    }

    /// Returns the date that ages are computed against.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.request.as_of
    }

    /// Returns the feed that is published, for a dataset of feeds.
    #[must_use]
    pub fn feed(&self) -> Option<&str> {
        self.request.publication.feed.as_deref()
    }

    /// Returns the run.
    #[must_use]
    pub fn run_id(&self) -> &RunId {
        &self.request.run_id
    }

    /// Returns midnight UTC of the as-of date: a run's time as its rows tell it, the same for equal arguments.
    #[must_use]
    pub fn ingested_at(&self) -> Timestamp {
        self.request.as_of.to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Stops the job when nobody wants its answer any more.
    pub(super) fn check_cancelled(&self) -> Result<(), JobError> {
        if (self.services.is_cancelled)() { Err(JobError::Cancelled) } else { Ok(()) }
    }

    /// Returns what the files of the run say of themselves.
    pub(super) fn label(&self, table: &Table) -> Label {
        let Request { publication, run_id, as_of, code_version, .. } = self.request;
        Label::new(table, &publication.path(), &run_id.to_string(), *as_of, code_version)
    }

    pub(super) fn draft(&self) -> &Draft<'j> {
        &self.draft
    }

    /// Returns the folder of a partition, by the dataset's `partition_by`.
    pub(super) fn folder(&self, state: StateCode, source: &str) -> String {
        let names: Vec<String> = self
            .dataset
            .partition_by
            .iter()
            .map(|column| if column == "state" { format!("state={state}") } else { format!("source={source}") })
            .collect();
        names.join("/")
    }

    /// Opens a source of the dataset.
    ///
    /// # Errors
    /// [`JobError::Source`].
    pub fn open(&self, source: &str) -> Result<Arc<OpenSource>, JobError> {
        Ok(self.services.inputs.open(source)?)
    }

    /// Opens a source that the dataset can do without; `then` says what of it is null or a default without it.
    ///
    /// # Errors
    /// [`JobError::Source`] when there is a file and it cannot be read.
    pub fn open_if_any(&self, source: &str, then: &str) -> Result<Option<Arc<OpenSource>>, JobError> {
        let open = self.services.inputs.open_if_any(source)?;
        if open.is_none() {
            let note = format!("source {source}: absent (optional); {then}");
            self.without.lock().unwrap_or_else(PoisonError::into_inner).push(note);
        }
        Ok(open)
    }

    /// Returns how the rows of a source are compared, by the key and order of the configuration.
    ///
    /// # Errors
    /// [`JobError::Plan`] when a column of them cannot be used.
    pub fn plan(&self, source: &Source) -> Result<Plan, JobError> {
        Ok(Plan::new(source.spec(), &self.publication.key, &self.publication.order)?)
    }

    /// Keeps the refused rows, checks the accounting identity and every threshold. Called before rows are written.
    ///
    /// # Errors
    /// [`JobError::Unbalanced`] or [`JobError::Breach`]; the refused rows are kept in either case.
    pub fn admit(&self, readings: Vec<Reading>, output_rows: u64) -> Result<Admitted, JobError> {
        let mut admitted = Admitted {
            rows: output_rows,
            sources: BTreeMap::new(),
            inputs: Vec::new(),
            measures: BTreeMap::new(),
            losses: Vec::new(),
            notices: self.without.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        for reading in readings {
            let source = &reading.source.source;
            let name = &source.spec().name;
            let account = Account::new(source, &reading.tally, reading.accepted, reading.deduplicated)?;
            let rejects = self.keep_rejects(source, &reading.tally)?;
            let patterns = reading.tally.patterns(source);
            let report = SourceReport { file: source.file().to_owned(), rejects, account, patterns };
            let is_used = |column: &str| self.declared.uses(name, column);
            admitted.measures.insert(name.clone(), Measure::of(source.spec(), &reading.tally, is_used));
            admitted.notices.extend(notes::of_file(&reading.source));
            admitted.notices.extend(notes::of_values(source, &reading.tally.survey, is_used));
            admitted.sources.insert(name.clone(), report);
            admitted.inputs.push(reading.source);
        }
        self.services.rejects.settle()?;
        self.check_cancelled()?;
        // The lease is held, so that nobody else writes refused rows of this publication.
        let Services { rejects, output, .. } = self.services;
        if let Err(error) =
            rejects::prune(rejects, output, &self.request.publication, Some(&self.request.run_id), false)
        {
            let reason = JobError::from(error).reason();
            admitted.notices.push(format!("rejected rows of runs that are gone could not be removed: {reason}"));
        }
        self.check_rejects(&admitted.sources)?;
        let previous = self.previous.as_ref();
        admitted.losses = losses::of_sources(previous, &admitted.sources, &admitted.measures, &self.dataset.thresholds);
        sort_losses(&mut admitted.losses);
        if !self.request.accept_loss {
            self.check_volumes(&admitted)?;
            Breach::content(&admitted.losses)?;
            check_volume(&self.dataset.thresholds, "output", admitted.rows, previous.map(|manifest| manifest.rows))?;
        }
        Ok(admitted)
    }

    fn keep_rejects(&self, source: &Source, tally: &Tally) -> Result<Option<String>, JobError> {
        if tally.rejects.is_empty() {
            return Ok(None);
        }
        let key = rejects_key(&self.request.publication, &self.request.run_id, &source.spec().name);
        self.services.rejects.stage(&key, &rejects::encode(source, &tally.rejects)?)?;
        Ok(Some(key))
    }

    fn check_rejects(&self, sources: &BTreeMap<String, SourceReport>) -> Result<(), Breach> {
        let rows_read: u64 = sources.values().map(|source| source.account.rows_read).sum();
        let rejects: u64 = sources.values().map(|source| source.account.rejects()).sum();
        let max_reject_ratio = self.dataset.thresholds.max_reject_ratio;
        if rejects as f64 <= rows_read as f64 * max_reject_ratio {
            return Ok(());
        }
        let rules = sources
            .iter()
            .flat_map(|(name, source)| source.account.rejected.iter().map(move |(rule, rows)| (rows, rule, name)));
        let rule = rules.max().map(|(_, rule, name)| format!("{rule} in {name}")).unwrap_or_default();
        Err(Breach::Rejects { rejects, rows_read, max_reject_ratio, rule })
    }

    fn check_volumes(&self, admitted: &Admitted) -> Result<(), Breach> {
        let thresholds = &self.dataset.thresholds;
        let previous = self.previous.as_ref();
        for (name, report) in &admitted.sources {
            if self.config().source(name).is_some_and(|spec| !spec.optional) {
                let before = previous.and_then(|manifest| manifest.counts.get(name)).map(|account| account.rows_read);
                check_volume(thresholds, &format!("source {name}"), report.account.rows_read, before)?;
            }
        }
        Ok(())
    }

    fn finish(self, extracted: Extracted, started_at: Timestamp) -> Result<Report, JobError> {
        let Extracted { table, mut admitted, rows } = extracted;
        if rows != admitted.rows {
            let source_name = self.request.publication.to_string();
            return Err(crate::account::Unbalanced { source_name, rows_read: admitted.rows, accounted: rows }.into());
        }
        if let Some(previous) = &self.previous {
            let gone = losses::of_partitions(previous, &self.draft.files(), &self.dataset.thresholds);
            if !self.request.accept_loss {
                Breach::content(&gone)?;
            }
            admitted.losses.extend(gone);
            sort_losses(&mut admitted.losses);
        }
        let mut inputs = Vec::with_capacity(admitted.inputs.len());
        for open in &admitted.inputs {
            let source = &open.source;
            inputs.push(Input {
                source: source.spec().name.clone(),
                file: source.file().to_owned(),
                bytes: source.size_bytes().unwrap_or_default(),
                sha256: source.sha256()?.to_owned(),
            });
        }
        let schema: Vec<Column> = table
            .all()
            .map(|field| Column {
                name: field.name.to_owned(),
                kind: field.kind.name().to_owned(),
                nullable: true,
                description: field.description.to_owned(),
            })
            .collect();
        self.services.ledger.record_schema(
            &self.request.publication,
            &schema,
            &self.request.run_id,
            (self.services.now)(),
        )?;
        let counts = admitted.sources.iter().map(|(name, report)| (name.clone(), report.account.clone())).collect();
        let details = Details {
            as_of: self.request.as_of,
            started_at,
            schema,
            inputs,
            counts,
            measures: admitted.measures,
            losses: admitted.losses.clone(),
            code_version: self.request.code_version.clone(),
            baseline: self.request.baseline.clone(),
            keep: Keep { runs: self.dataset.keep_runs, months: self.dataset.keep_months },
        };
        self.check_cancelled()?;
        let previous_run_id = self.previous.as_ref().map(|manifest| manifest.run_id.to_string());
        let previous = self.previous.as_ref().map(Previous::from);
        let published = self.draft.publish(details, (self.services.now)())?;
        let mut notices = admitted.notices;
        notices.extend(published.warnings.iter().map(ToString::to_string));
        Ok(Report {
            publication: self.request.publication.to_string(),
            run_id: self.request.run_id.to_string(),
            previous_run_id,
            previous,
            sequence: published.sequence,
            rows: published.rows,
            files: published.files,
            bytes: published.bytes,
            sources: admitted.sources,
            memory_mib: None,
            losses: admitted.losses.into_iter().take(TOLD_LOSSES).collect(),
            notices,
        })
    }
}

/// Returns the key under which the refused rows of a source are kept.
#[must_use]
pub fn rejects_key(publication: &Publication, run_id: &RunId, source: &str) -> String {
    format!("{}/{run_id}/{source}.snappy.parquet", publication.path())
}
