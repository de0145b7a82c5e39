//! Starting an execution of the deployed state machine, and following it to its end.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use aws_sdk_sfn::types::ExecutionStatus;
use carelake_core::ErrorKind;
use carelake_core::ledger::{Ledger, Run, Status};
use carelake_core::run::{RunReport, RunRequest};

use super::Deployment;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output;
use crate::verbs::status::stored_report;

/// How often an execution is looked at.
const INTERVAL: Duration = Duration::from_secs(1);
/// How many of the last runs are looked through for the run of an execution.
const LAST_RUNS: usize = 50;

/// How a run on AWS went on.
pub(crate) enum Started {
    /// It ended with a report.
    Reported(Box<RunReport>),
    /// It goes on under this ARN.
    GoesOn(String),
}

/// Starts an execution; unless `no_wait`, follows it and answers its report.
pub(crate) fn execute(
    lake: &Lake,
    deployment: &Deployment,
    request: &RunRequest,
    no_wait: bool,
    is_quiet: bool,
) -> Result<Started, Failure> {
    let machine = deployment.machine()?;
    let input = serde_json::to_string(request).map_err(|error| Failure::new(ErrorKind::Internal, error.to_string()))?;
    let client = deployment.states();
    let started = deployment
        .call("start an execution", client.start_execution().state_machine_arn(machine).input(input).send())?;
    let execution = started.execution_arn().to_owned();
    if no_wait {
        return Ok(Started::GoesOn(execution));
    }
    if !is_quiet {
        output::aside(format_args!("execution {execution}"));
    }
    let ledger = deployment.ledger();
    let name = execution.rsplit(':').next().unwrap_or_default().to_owned();
    let mut teller = Teller { is_quiet, told: BTreeMap::new() };
    loop {
        let now =
            deployment.call("look at the execution", client.describe_execution().execution_arn(&execution).send())?;
        let run = run_of(&ledger, &name)?;
        if let Some(run) = &run {
            teller.tell(&ledger, run)?;
        }
        if *now.status() == ExecutionStatus::Running {
            thread::sleep(INTERVAL);
            continue;
        }
        return match run.filter(|run| run.report_key.is_some()) {
            Some(run) => Ok(Started::Reported(Box::new(stored_report(lake, &run.run_id)?))),
            None => {
                let kind = now.error().and_then(ErrorKind::from_name).unwrap_or(ErrorKind::Internal);
                let cause = now.cause().unwrap_or("it left no report").to_owned();
                Err(Failure::new(kind, format!("the execution ended as {}: {cause}", now.status()))
                    .advise(kind.advice()))
            }
        };
    }
}

fn run_of(ledger: &dyn Ledger, execution: &str) -> Result<Option<Run>, Failure> {
    Ok(ledger.runs(LAST_RUNS)?.into_iter().find(|run| run.execution.as_deref() == Some(execution)))
}

/// Tells a line for each thing that happens, once.
struct Teller {
    is_quiet: bool,
    told: BTreeMap<(String, u32), Status>,
}

impl Teller {
    fn tell(&mut self, ledger: &dyn Ledger, run: &Run) -> Result<(), Failure> {
        for entry in ledger.dataset_runs(&run.run_id)? {
            let name = entry.publication.path();
            if self.told.insert((name.clone(), entry.attempt), entry.status) == Some(entry.status) || self.is_quiet {
                continue;
            }
            let error = entry.error.map_or("", ErrorKind::name);
            match entry.status {
                Status::Running => output::aside(format_args!("{name}: attempt {}", entry.attempt)),
                Status::Succeeded => output::aside(format_args!("{name}: published")),
                Status::Failed | Status::Aborted => {
                    output::aside(format_args!("{name}: attempt {} ended with {error}", entry.attempt));
                }
            }
        }
        Ok(())
    }
}
