//! Starting an execution of the deployed state machine, and following its history to its end.

use std::thread;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_pipeline::monthly::MONTHLY;
use carelake_pipeline::{Described, ExecutionStatus, RunReport, RunRequest, Runner};

use crate::deployment::Deployment;
use crate::failure::Failure;
use crate::lake::{Lake, run_id};
use crate::progress::Progress;
use crate::registry::{KINDS, ROOMS};
use crate::runner::{End, Follow, News, Subjects};
use crate::{kept, output};

/// How often an execution is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// How a run on AWS went on.
pub(crate) enum Started {
    /// It ended with a report.
    Reported(Box<RunReport>),
    /// It goes on under this ARN.
    GoesOn(String),
}

/// Starts an execution of a run of these publications; unless `no_wait`, follows it and answers its report.
pub(crate) fn execute_there(
    lake: &Lake,
    deployment: &Deployment,
    request: &RunRequest,
    publications: &[String],
    no_wait: bool,
    is_quiet: bool,
) -> Result<Started, Failure> {
    let input = serde_json::to_value(request).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
    let runner = deployment.runner();
    let execution = runner.start(MONTHLY.name, None, &input).map_err(|error| deployment.told(error))?;
    if no_wait {
        return Ok(Started::GoesOn(execution));
    }
    if !is_quiet {
        output::aside(format_args!("execution {execution} (it goes on if this command is stopped)"));
    }
    let progress = Progress::start(publications, None, is_quiet);
    let followed = follow(deployment, &*runner, &execution, &progress);
    progress.end();
    let (end, reported) = followed.map_err(|failure| Failure {
        message: format!("execution {execution} goes on and cannot be followed: {}", failure.message),
        ..failure
    })?;
    match reported {
        Some(run) => {
            let run = run_id(&run).map_err(|error| Failure::new(ErrorKind::INTERNAL, error))?;
            Ok(Started::Reported(Box::new(kept::report(lake, &run)?)))
        }
        None => {
            let kind = end.error.as_deref().and_then(|name| KINDS.named(name)).unwrap_or(ErrorKind::INTERNAL);
            let cause = end.cause.unwrap_or_else(|| "it left no report".to_owned());
            Err(Failure::new(kind, format!("the execution ended with {}: {cause}", end.kind)).advise(kind.advice))
        }
    }
}

/// Waits for the end of an execution, which goes on if this command is stopped.
pub(crate) fn ended(deployment: &Deployment, runner: &dyn Runner, execution: &str) -> Result<Described, Failure> {
    loop {
        let described = runner.describe(execution).map_err(|error| deployment.told(error))?;
        if described.status != ExecutionStatus::Running {
            return Ok(described);
        }
        thread::sleep(INTERVAL);
    }
}

/// Tells what happens until nothing more will; returns how the execution ended and the run whose report it kept.
fn follow(
    deployment: &Deployment,
    runner: &dyn Runner,
    execution: &str,
    progress: &Progress,
) -> Result<(End, Option<String>), Failure> {
    let mut follow = Follow::new(Subjects::of_definition(&ROOMS.text(&MONTHLY)?));
    loop {
        let unread = runner.history(execution, follow.last).map_err(|error| deployment.told(error))?;
        for News { subject, what } in unread.iter().filter_map(|event| follow.read(event)) {
            progress.tell(&subject, &what.to_string(), what.is_over());
        }
        if let Some(end) = follow.end {
            return Ok((end, follow.reported));
        }
        thread::sleep(INTERVAL);
    }
}
