//! The steps of a job that are the same for every dataset.

use std::sync::{Arc, Mutex, PoisonError};

use carelake_core::ledger::Ledger;
use carelake_core::measure::sort_losses;
use carelake_core::names::{Baseline, Column, Publication, RunId};
use carelake_core::publish::{
    self, Desk, Details, Draft, FileInput, Input, Keep, Manifest, Opening, Publishing, Serves, Swap,
};
use carelake_core::store::Store;
use carelake_core::table::{FileColumns, Label};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::admit::Admitted;
use super::dataset::Dataset;
use super::error::JobError;
use super::losses;
use super::report::{Previous, Report};
use super::thresholds::Breach;
use crate::config::{Compute, Config, DatasetSpec, PublicationSpec};
use crate::dedup::Contest;
use crate::inputs::{Inputs, OpenSource};
use crate::placing::Placing;
use crate::source::Source;

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

/// What a dataset crate made.
#[derive(Debug)]
pub struct Extracted {
    /// What was read.
    pub admitted: Admitted,
    /// Rows written.
    pub rows: u64,
}

/// One publication of one run under way.
pub struct Job<'j> {
    pub(super) services: Services<'j>,
    pub(super) request: &'j Request,
    pub(super) declared: Dataset,
    pub(super) dataset: &'j DatasetSpec,
    publication: &'j PublicationSpec,
    columns: FileColumns,
    pub(super) previous: Option<Manifest>,
    publishing: Publishing<'j>,
    draft: Draft<'j>,
    /// Which optional sources are absent, and what follows.
    pub(super) without: Mutex<Vec<String>>,
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
    let dataset = services.config.dataset(request.publication.dataset()).ok_or_else(unknown)?;
    let publication = dataset
        .publications
        .iter()
        .find(|spec| spec.feed.as_deref() == request.publication.feed())
        .ok_or_else(unknown)?;
    declared.check(dataset, publication)?;
    let started_at = (services.now)();
    let (pointer, previous) = publish::current_run(services.output, &request.publication)?.unzip();
    let owner = request.run_id.to_string();
    request.baseline.check(&request.publication, &owner, Some(&request.run_id), pointer.as_ref())?;
    let desk =
        Desk { store: services.output, ledger: services.ledger, publication: &request.publication, now: services.now };
    let opening = Opening {
        serves: Serves::Snapshot,
        // In the monthly run one id serves execution and run.
        execution: Some(owner.clone()),
        owner,
        baseline: request.baseline.clone(),
        lease_secs: lease_secs(dataset.compute),
    };
    let publishing = Publishing::open(desk, opening)?;
    let draft = publishing.draft(request.run_id.clone())?;
    let job = Job {
        services,
        request,
        declared: *declared,
        dataset,
        publication,
        columns: declared.files(&dataset.partition_by),
        previous,
        publishing,
        draft,
        without: Mutex::default(),
    };
    match job.check_sources().and_then(|()| (declared.extract)(&job)) {
        Ok(extracted) => job.finish(extracted, started_at),
        Err(error) => {
            job.draft.discard();
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
        self.request.publication.feed()
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

    /// Stops the job when nobody wants its answer any more, and keeps its lease while somebody does.
    pub(super) fn check_cancelled(&self) -> Result<(), JobError> {
        if (self.services.is_cancelled)() { Err(JobError::Cancelled) } else { Ok(self.publishing.beat()?) }
    }

    /// Returns what the files of the run say of themselves.
    pub(super) fn label(&self) -> Label {
        let Request { publication, run_id, as_of, code_version, .. } = self.request;
        Label::of(&self.columns.described(), &publication.path(), &run_id.to_string(), *as_of, code_version)
    }

    pub(super) fn services(&self) -> Services<'j> {
        self.services
    }

    pub(super) fn dataset(&self) -> &'j DatasetSpec {
        self.dataset
    }

    pub(super) fn draft(&self) -> &Draft<'j> {
        &self.draft
    }

    /// Returns the columns of the files.
    pub(super) const fn columns(&self) -> &FileColumns {
        &self.columns
    }

    /// Returns how rows of a source are distributed over folders, by the dataset's `partition_by`; `told` is what the `source`
    /// column tells.
    ///
    /// # Errors
    /// [`JobError::Placing`] when the source does not have a column of it.
    pub fn placing(&self, source: &Source, told: &str) -> Result<Arc<Placing>, JobError> {
        let placing = Placing::new(source.spec(), source.file(), told, &self.dataset.partition_by)?;
        Ok(Arc::new(placing))
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
    /// [`JobError::Contest`] when a column of them cannot be used.
    pub fn contest(&self, source: &Source) -> Result<Contest, JobError> {
        Ok(Contest::new(source.spec(), &self.publication.key, &self.publication.order)?)
    }

    fn finish(self, extracted: Extracted, started_at: Timestamp) -> Result<Report, JobError> {
        let Extracted { mut admitted, rows } = extracted;
        if rows != admitted.rows {
            let source_name = self.request.publication.to_string();
            return Err(carelake_core::account::Unbalanced { source_name, read: admitted.rows, accounted: rows }.into());
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
            inputs.push(Input::File(FileInput {
                source: source.spec().name.clone(),
                file: source.file().to_owned(),
                bytes: source.size_bytes().unwrap_or_default(),
                sha256: source.sha256()?.to_owned(),
            }));
        }
        let schema: Vec<Column> = self
            .columns
            .fields()
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
            origin: String::new(),
            made_by: self.request.publication.dataset().to_owned(),
            part: None,
            joined: Vec::new(),
            as_of: self.request.as_of,
            started_at,
            schema,
            inputs,
            counts,
            measures: admitted.measures,
            losses: admitted.losses.clone(),
            details: serde_json::Value::Null,
            code_version: self.request.code_version.clone(),
        };
        let keep = Keep { runs: self.dataset.keep_runs, months: self.dataset.keep_months };
        self.check_cancelled()?;
        let previous_run_id = self.previous.as_ref().map(|manifest| manifest.run_id.to_string());
        let previous = self.previous.as_ref().map(Previous::from);
        let sealed = self.draft.seal(details)?;
        let published = self.publishing.commit(Swap::run(sealed), keep)?;
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
