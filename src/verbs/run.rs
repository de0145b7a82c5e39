//! `carelake run`: the monthly run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_core::ledger::Trigger;
use carelake_core::names::Publication;
use carelake_pipeline::monthly::MONTHLY;
use carelake_pipeline::{RunRequest, plan};
use carelake_statemachine::Inject;
use clap::Args;
use jiff::civil::Date;

use crate::deployment::Deployment;
use crate::execution::{self, Ended, Options};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::{Global, date, typed};
use crate::registry::{KINDS, ROOMS};
use crate::runner::Subjects;
use crate::{as_of, output, registry, report};

/// Read the inputs and publish every dataset
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake run
  carelake run --as-of 2026-11-01 --input ./input --output ./output
  carelake run clinicians 'hospitals/*'
  carelake run --fetch
  carelake run --inject clinicians:Storage:2
  carelake run --dataset clinicians --source dac=./DAC_NationalDownloadableFile.csv")]
pub(crate) struct Run {
    /// Only these datasets, or feeds as hospitals/FEED; patterns such as 'clin*' too
    #[arg(value_name = "DATASET")]
    datasets: Vec<String>,
    /// The date that ages are computed against; today when not given
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    /// The same, as an option
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    dataset: Vec<String>,
    /// Why the run is started
    #[arg(long, value_name = "WHY", default_value = "manual", value_parser = ["manual", "schedule"])]
    trigger: String,
    /// Fetch what is new first; a source that cannot be fetched is told, and what is there of it is read
    #[arg(long)]
    fetch: bool,
    #[command(flatten)]
    how: How,
}

/// Options of every verb that runs the pipeline.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct How {
    /// Read this file for a source, whatever its pattern says
    #[arg(long, value_name = "SOURCE=FILE", value_parser = source_file)]
    pub(super) source: Vec<(String, PathBuf)>,
    /// Publish even if far fewer rows or values are there than before
    #[arg(long, alias = "accept-volume")]
    accept_loss: bool,
    /// Take an as-of date that lies in the future, or more than a year before the newest input
    #[arg(long)]
    accept_as_of: bool,
    /// Leave out what was published from the same inputs, configuration and code, or was rolled back and has no new input
    #[arg(long)]
    if_changed: bool,
    /// On AWS: print the ARN of the execution and do not wait for its end
    #[arg(long)]
    no_wait: bool,
    /// Make the first N attempts of a task fail, to watch retries, isolation and the alert
    #[arg(long, value_name = "DATASET:ERROR:N", value_parser = injection)]
    inject: Vec<Inject>,
}

impl How {
    /// Takes the as-of date as it is, whatever it is.
    pub(super) fn accepting_the_date() -> Self {
        Self { accept_as_of: true, ..Self::default() }
    }

    /// Refuses what is named and is not there.
    fn check(&self, lake: &Lake) -> Result<(), Failure> {
        for (source, file) in &self.source {
            if lake.config.source(source).is_none() {
                let known = lake.config.sources.iter().map(|source| source.name.as_str());
                return Err(Failure::unknown("--source", source, known));
            }
            if file.is_dir() {
                return Err(Failure::argument(format!("--source {source}: {} is a folder", file.display()))
                    .advise("name a file in it"));
            }
            if !file.is_file() {
                return Err(Failure::argument(format!("--source {source}: there is no file {}", file.display())));
            }
        }
        let tasks = Subjects::of_tasks(&ROOMS.text(&MONTHLY)?);
        let is_dataset_task =
            |state: &str| tasks.of(state, None).is_some_and(|name| registry::dataset(&name).is_some());
        for Inject { task, error, .. } in &self.inject {
            if !is_dataset_task(task) && lake.named(task).is_err() {
                let known: Vec<String> = lake.all_or_named(&[])?.iter().map(Publication::path).collect();
                return Err(Failure::unknown("--inject", task, known.iter().map(String::as_str)));
            }
            if KINDS.named(error).is_none() {
                return Err(Failure::unknown(
                    format_args!("--inject {task}"),
                    error,
                    KINDS.all().map(|kind| kind.name),
                ));
            }
        }
        Ok(())
    }
}

impl Run {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let trigger = if self.trigger == "schedule" { Trigger::Schedule } else { Trigger::Manual };
        let datasets: Vec<String> = self.datasets.into_iter().chain(self.dataset).collect();
        let datasets = if datasets.is_empty() { None } else { Some(datasets) };
        let fetched = if self.fetch { super::fetch::before_run(global)? } else { ExitCode::SUCCESS };
        let ran = execute(global, trigger, self.as_of, datasets, self.how)?;
        Ok(if ran == ExitCode::SUCCESS { fetched } else { ran })
    }
}

/// Runs the pipeline and prints the report; the exit code says how it ended.
pub(crate) fn execute(
    global: &Global,
    trigger: Trigger,
    as_of: Option<Date>,
    datasets: Option<Vec<String>>,
    how: How,
) -> Result<ExitCode, Failure> {
    let mut lake = Lake::open(global)?;
    how.check(&lake)?;
    let given = as_of;
    let as_of = given.unwrap_or_else(|| jiff::Zoned::now().date());
    // As they are spelt in the configuration: what carries the run out knows neither patterns nor a slash at the end.
    let datasets = match datasets {
        Some(names) => Some(lake.all_or_named(&names)?.iter().map(Publication::path).collect()),
        None => None,
    };
    let request = RunRequest { trigger, as_of, datasets, accept_loss: how.accept_loss };
    let files: BTreeMap<String, PathBuf> = how.source.iter().cloned().collect();
    if given.is_some() && !how.accept_as_of {
        as_of::check(&lake, as_of, &plan(&lake.config, &request, "")?.publications(&lake.config), &files)?;
    }
    if let Some(deployment) = lake.deployment() {
        if !lake.scope.is_empty() {
            return Err(Failure::argument("--tenant: what is deployed carries out no run of a tenant yet")
                .advise("run it on a machine, into folders, or give the tenant an environment of its own"));
        }
        return on_aws(global, &lake, deployment, &request, &how);
    }
    if how.no_wait {
        return Err(Failure::argument("--no-wait: there is nothing to leave running on this machine"));
    }
    for (source, file) in &how.source {
        lake.options.push_str(&format!(" --source {source}={}", typed(file)));
    }
    if how.accept_as_of {
        lake.options.push_str(" --accept-as-of");
    }
    let again = lake.options.clone();
    let options = Options { files, is_quiet: global.json, if_changed: how.if_changed, inject: how.inject };
    let root = lake.folder()?.to_owned();
    let report = match execution::execute(lake, request, options)? {
        Ended::Reported(report) => report,
        Ended::Unchanged(rolled_back) => return unchanged(global, &root, &rolled_back),
    };
    if global.json {
        output::json(&report)?;
    } else {
        report::print(&report, &again);
        output::line(format_args!("\noutput: {}", root.display()));
    }
    Ok(ExitCode::from(report::exit_code(&report)))
}

/// Runs the deployed state machine; what only a run on this machine can do is refused.
fn on_aws(
    global: &Global,
    lake: &Lake,
    deployment: &Deployment,
    request: &RunRequest,
    how: &How,
) -> Result<ExitCode, Failure> {
    let local =
        [("--source", !how.source.is_empty()), ("--if-changed", how.if_changed), ("--inject", !how.inject.is_empty())];
    if let Some((option, _)) = local.iter().find(|(_, is_given)| *is_given) {
        return Err(Failure::argument(format!(
            "{option} works on this machine only; leave it out, or use --env local"
        )));
    }
    let planned = plan(&lake.config, request, "")?;
    let names: Vec<String> = planned.publications(&lake.config).iter().map(Publication::path).collect();
    match execution::execute_there(lake, deployment, request, &names, how.no_wait, global.json)? {
        execution::Started::GoesOn(execution) if global.json => {
            output::json(&serde_json::json!({"status": "started", "execution": execution}))?;
            Ok(ExitCode::SUCCESS)
        }
        execution::Started::GoesOn(execution) => {
            output::line(execution);
            Ok(ExitCode::SUCCESS)
        }
        execution::Started::Reported(report) => {
            if global.json {
                output::json(&report)?;
            } else {
                report::print(&report, &lake.options);
                output::line(format_args!("\noutput: {}", lake.output.describe()));
            }
            Ok(ExitCode::from(report::exit_code(&report)))
        }
    }
}

fn unchanged(global: &Global, root: &Path, rolled_back: &[String]) -> Result<ExitCode, Failure> {
    if global.json {
        output::json(&serde_json::json!({"status": "unchanged", "rolled_back": rolled_back}))?;
    } else {
        let but = if rolled_back.is_empty() { "" } else { ", or was rolled back and has no new input" };
        output::line(format_args!(
            "nothing to do: everything is published from these inputs, this configuration and this version{but}"
        ));
        output::line(format_args!("output: {}", root.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn injection(text: &str) -> Result<Inject, String> {
    text.parse().map_err(|error: carelake_statemachine::InjectSyntax| error.to_string())
}

fn source_file(text: &str) -> Result<(String, PathBuf), String> {
    let (source, file) = text.split_once('=').ok_or("expected SOURCE=FILE, as in dac=./file.csv")?;
    Ok((source.to_owned(), PathBuf::from(file)))
}
