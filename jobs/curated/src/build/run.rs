//! Building models in their order.

use carelake_core::names::RunId;
use carelake_core::{ErrorKind, causes};
use jiff::civil::Date;
use serde::Serialize;

use super::error::BuildError;
use super::inputs::InputSet;
use super::work::{Done, Work};
use super::world::World;
use crate::config::{Curated, Model};
use crate::engine::{Stopped, default_share, within};
use crate::standings::{Kept, Standings, TestResult, fingerprint, values};

/// What is asked of a build.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The day of the build.
    pub as_of: Date,
    /// Whether models are made again though nothing changed.
    pub is_full: bool,
}

/// What became of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its rows are served.
    Published,
    /// What is served was made of the same.
    Unchanged,
    /// Something that it is made of failed.
    Skipped,
    /// It failed.
    Failed,
}

/// What became of a model, without a value of a row.
#[derive(Debug, Clone, Serialize)]
pub struct Built {
    /// The model.
    pub model: String,
    /// What became of it.
    pub status: Status,
    /// How much of it was made, and why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub how: String,
    /// The run; the last of several.
    pub run_id: Option<RunId>,
    /// Rows that are served.
    pub rows: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Bytes by which the process grew at most while it was made; 0 where the system does not tell.
    pub peak_bytes: u64,
    /// The name of the error.
    pub error: Option<&'static str>,
    /// Why it failed or was skipped.
    pub message: Option<String>,
    /// How its tests went.
    pub tests: Vec<TestResult>,
    /// The error, for the exit code.
    #[serde(skip)]
    pub kind: Option<&'static ErrorKind>,
}

/// Builds models on one input set, in their order. A model that fails stops nothing but those that are made of it. `each` is told of
/// every model when it is done.
///
/// # Errors
/// [`BuildError`] when the input set cannot be taken, or the ledger fails.
pub fn build(
    world: &World<'_>,
    curated: &Curated,
    models: &[&Model],
    options: Options,
    mut each: impl FnMut(&Built),
) -> Result<Vec<Built>, BuildError> {
    let mut set = InputSet::take(world, curated, models)?;
    let vars = values(curated, options.as_of);
    let standings = Standings::new(world.ledger, world.scope, (world.now)());
    let mut built: Vec<Built> = Vec::new();
    for model in models {
        let below = curated.below(model).find_map(|below| {
            built.iter().find(|it| it.model == below.name && matches!(it.status, Status::Failed | Status::Skipped))
        });
        let one = match below {
            Some(below) => {
                let how = if below.status == Status::Failed { "failed" } else { "was skipped" };
                Built {
                    message: Some(format!("{}, which it is made of, {how}", below.model)),
                    ..nothing(model, Status::Skipped)
                }
            }
            None => {
                let mut work =
                    Work { world, curated, model, vars: &vars, options, set: &set, tests: Vec::new(), run_id: None };
                let share = model.memory_bytes.unwrap_or_else(default_share);
                let (done, peak_bytes) = within(share, || work.carry_out());
                let done = done.unwrap_or_else(|stopped| Err(why(model, stopped, share)));
                let (tests, run_id) = (work.tests, work.run_id);
                let one = Built { peak_bytes, ..told(model, done, tests, run_id) };
                keep(&standings, model, &one, &fingerprint(model, &vars), world)?;
                one
            }
        };
        // What is unchanged may have been made by another build since this one began.
        if matches!(one.status, Status::Published | Status::Unchanged) {
            set.built(world, model)?;
        }
        each(&one);
        built.push(one);
    }
    set.release(world)?;
    Ok(built)
}

fn nothing(model: &Model, status: Status) -> Built {
    Built {
        model: model.name.clone(),
        status,
        how: String::new(),
        run_id: None,
        rows: 0,
        bytes_read: 0,
        peak_bytes: 0,
        error: None,
        message: None,
        tests: Vec::new(),
        kind: None,
    }
}

fn why(model: &Model, stopped: Stopped, share_bytes: u64) -> BuildError {
    let model = model.name.clone();
    match stopped {
        Stopped::PastShare { peak_bytes } => {
            BuildError::Memory { model, peak_mib: peak_bytes >> 20, share_mib: share_bytes >> 20 }
        }
        Stopped::GaveUp => BuildError::GaveUp { model },
    }
}

fn told(model: &Model, done: Result<Done, BuildError>, tests: Vec<TestResult>, run_id: Option<RunId>) -> Built {
    match done {
        Ok(Done { status, how, run_id, rows, bytes_read }) => {
            Built { how, run_id, rows, bytes_read, tests, ..nothing(model, status) }
        }
        Err(error) => {
            let kind = error.kind();
            let (told, error) = (causes(&error), Some(kind.name));
            // Whoever shows it names the model.
            let message = told.strip_prefix(&format!("{}: ", model.name)).unwrap_or(&told);
            let message = Some(message.to_owned());
            Built { error, message, kind: Some(kind), tests, run_id, ..nothing(model, Status::Failed) }
        }
    }
}

fn keep(
    standings: &Standings<'_>,
    model: &Model,
    one: &Built,
    fingerprint: &str,
    world: &World<'_>,
) -> Result<(), BuildError> {
    let before = standings.of(&model.name)?;
    let has_failed = before.as_ref().is_some_and(|kept| kept.status == "failed");
    // How the tests of what is served went.
    let of_served = before.as_ref().map(|kept| if has_failed { &kept.served } else { &kept.tests });
    let of_served = of_served.cloned().unwrap_or_default();
    let (status, tests, served) = match one.status {
        Status::Published => ("published", one.tests.clone(), Vec::new()),
        // They were asked again where rows were made and came out as they are served.
        Status::Unchanged if !one.tests.is_empty() => ("unchanged", one.tests.clone(), Vec::new()),
        // They went as they did when it was made.
        Status::Unchanged if before.is_some() && !has_failed => return Ok(()),
        Status::Unchanged => ("unchanged", of_served, Vec::new()),
        Status::Skipped | Status::Failed => ("failed", one.tests.clone(), of_served),
    };
    let kept = Kept {
        status: status.to_owned(),
        error: one.error.map(str::to_owned),
        message: one.message.clone(),
        run_id: one.run_id.clone(),
        fingerprint: fingerprint.to_owned(),
        tests,
        served,
        at: (world.now)(),
    };
    Ok(standings.keep(&model.name, &kept)?)
}
