//! Starting an execution of the deployed state machine, and following its history to its end.

use std::thread;
use std::time::Duration;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::SdkError;
use aws_sdk_sfn::operation::get_execution_history::GetExecutionHistoryError;
use aws_sdk_sfn::types::HistoryEvent;
use carelake_core::ErrorKind;
use carelake_pipeline::{RunReport, RunRequest};

use super::Deployment;
use super::history::{End, History};
use crate::failure::Failure;
use crate::lake::{Lake, run_id};
use crate::progress::Progress;
use crate::registry::KINDS;
use crate::{kept, output};

/// How often an execution is looked at.
const INTERVAL: Duration = Duration::from_secs(1);
/// Events that are asked for at a time: what a few datasets do within the interval.
const PAGE_EVENTS: i32 = 20;

/// How a run on AWS went on.
pub(crate) enum Started {
    /// It ended with a report.
    Reported(Box<RunReport>),
    /// It goes on under this ARN.
    GoesOn(String),
}

/// Starts an execution of a run of these publications; unless `no_wait`, follows it and answers its report.
pub(crate) fn execute(
    lake: &Lake,
    deployment: &Deployment,
    request: &RunRequest,
    publications: &[String],
    no_wait: bool,
    is_quiet: bool,
) -> Result<Started, Failure> {
    let machine = deployment.machine()?;
    let input = serde_json::to_string(request).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
    let client = deployment.states();
    let started = deployment
        .call("start an execution", client.start_execution().state_machine_arn(machine).input(input).send())?;
    let execution = started.execution_arn().to_owned();
    if no_wait {
        return Ok(Started::GoesOn(execution));
    }
    if !is_quiet {
        output::aside(format_args!("execution {execution} (it goes on if this command is stopped)"));
    }
    let progress = Progress::start(publications, None, is_quiet);
    let followed = follow(deployment, &client, &execution, &progress);
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

/// Tells what happens until nothing more will; returns how the execution ended and the run whose report it kept.
fn follow(
    deployment: &Deployment,
    client: &Client,
    execution: &str,
    progress: &Progress,
) -> Result<(End, Option<String>), Failure> {
    let mut history = History::default();
    loop {
        let unread = deployment.call("read the history of the execution", unread(client, execution, history.last))?;
        for news in unread.iter().filter_map(|event| history.read(event)) {
            progress.tell(&news.subject, &news.text, news.is_over);
        }
        if let Some(end) = history.end {
            return Ok((end, history.reported));
        }
        thread::sleep(INTERVAL);
    }
}

/// Returns the events after one, the oldest first. The newest are asked for first, so that a look costs one page, and more only
/// when more is new.
async fn unread(
    client: &Client,
    execution: &str,
    last: i64,
) -> Result<Vec<HistoryEvent>, SdkError<GetExecutionHistoryError>> {
    let mut events = client
        .get_execution_history()
        .execution_arn(execution)
        .reverse_order(true)
        .into_paginator()
        .page_size(PAGE_EVENTS)
        .items()
        .send();
    let mut unread = Vec::new();
    while let Some(event) = events.try_next().await? {
        if event.id() <= last {
            break;
        }
        unread.push(event);
    }
    unread.reverse();
    Ok(unread)
}
