//! `carelake fetch`: the public files of the monthly run are brought when they are new.

use std::process::ExitCode;

use carelake_fetch::bring::{Desk, Found, Mode, Outcome};
use carelake_fetch::config::Fetch as Section;
use carelake_fetch::functions::{FetchRequest, SourceResult};
use carelake_fetch::record::Records;
use carelake_fetch::{FetchError, Site};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::coming::Coming;
use crate::deployment::Deployment;
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::{Global, date};
use crate::output::{self, Tone, size};
use crate::registry::KINDS;
use crate::runner::unnamed;
use crate::{execution, way_out};

/// The definition that is carried out.
const DEFINITION: &str = "fetch";

/// Bring the public files of the monthly run into the input, those that are new
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  carelake fetch
  carelake fetch dac 'ppef_enrollment'
  carelake fetch --check
  carelake fetch --dry-run --json
  carelake fetch dac --accept-loss
  carelake fetch --as-of 2026-10-31
  HTTPS_PROXY=http://proxy.example:3128 carelake fetch

A file is there under its name only when it is whole and is what it is to be; new content of an old release lies beside the old file,
as NAME_correction_1.csv, and is read in its place. --check asks files for their headers only; --dry-run asks no file.
--as-of takes the newest release that does not begin later, where a site offers several.

Exit codes: 0 when every source is as it is to be; that of the error when sources failed (20 Unavailable, 21 Refused, 30 InputMalformed,
12 SchemaDrift, 18 ContentLoss until --accept-loss), 1 when they failed in several ways. With --env of an environment on AWS
an execution is started there, and it is waited for its end unless --no-wait; --check and --dry-run look from here.")]
pub(crate) struct Fetch {
    /// What is fetched, as `carelake sources` names it; all when not given
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Take releases that begin on or before this date, where there is a choice
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    /// Say which releases there are and which would be brought; no file is asked for
    #[arg(long, conflicts_with = "check")]
    dry_run: bool,
    /// Compare the headers of files with what was brought; nothing is brought
    #[arg(long)]
    check: bool,
    /// Take files that are far smaller than those before them, this once; it is noted who did
    #[arg(long, visible_alias = "accept-volume", conflicts_with_all = ["check", "dry_run"])]
    accept_loss: bool,
    /// On AWS: print the ARN of the execution and do not wait for its end
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    no_wait: bool,
}

/// What an execution reported.
#[derive(Deserialize)]
struct Report {
    results: Vec<SourceResult>,
}

impl Fetch {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        if let Some(proxy) = way_out::proxy() {
            carelake_fetch::by_proxy(proxy);
        }
        let lake = Lake::open(global)?;
        let section = section(&lake)?;
        section.chosen(&self.sources).map_err(|failure| Failure::argument(failure.reason))?;
        let mode = match (self.dry_run, self.check) {
            (true, _) => Mode::DryRun,
            (_, true) => Mode::Check,
            _ => Mode::Bring,
        };
        let results = match (mode, lake.deployment()) {
            (Mode::Bring, Some(deployment)) => match self.bring_there(&lake, deployment, global.json)? {
                Some(results) => results,
                None => return Ok(ExitCode::SUCCESS),
            },
            (Mode::Bring, None) if self.no_wait => {
                return Err(Failure::argument("--no-wait: there is nothing to leave running on this machine"));
            }
            (Mode::Bring, None) => self.bring(lake, global.json)?,
            _ => self.look(&lake, &section, mode)?,
        };
        if global.json {
            output::json(&json!({ "sources": results }))?;
        } else {
            print(&results, mode);
        }
        Ok(exit_code(&results))
    }

    fn request(&self) -> Result<Value, Failure> {
        let request = FetchRequest {
            trigger: Some("manual".to_owned()),
            as_of: self.as_of.map(|date| date.to_string()),
            sources: self.sources.clone(),
            accept_loss: self.accept_loss,
            by: Some(user()),
        };
        Ok(serde_json::to_value(request).map_err(std::io::Error::from)?)
    }

    /// Carries the definition out on this machine.
    fn bring(&self, lake: Lake, is_quiet: bool) -> Result<Vec<SourceResult>, Failure> {
        let local = execution::runner(lake)?;
        let name = unnamed();
        let ended = {
            let _coming = Coming::start(local.inputs().meter(), is_quiet);
            local.carry_out(DEFINITION, Some(&name), self.request()?)?
        };
        reported(Records::new(local.ledger(), &local.lake().scope), &name, (ended.error, ended.cause))
    }

    /// Looks at the sites from here.
    fn look(&self, lake: &Lake, section: &Section, mode: Mode) -> Result<Vec<SourceResult>, Failure> {
        let (ledger, inputs) = (lake.ledger()?, lake.inputs(&std::env::temp_dir()));
        let site = Site::open(section, carelake_fetch::proxy(), None).map_err(told)?;
        let desk = Desk {
            config: &lake.config,
            site: &site,
            store: inputs.store(),
            records: Records::new(&*ledger, &lake.scope),
            meter: inputs.meter(),
            now: &Timestamp::now,
        };
        let chosen = section.chosen(&self.sources)?;
        let results = chosen.into_iter().map(|wanted| {
            let found = desk.fetch(wanted, mode, self.as_of, None);
            let (outcomes, error) = match found {
                Ok(outcomes) => (outcomes, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            SourceResult {
                name: wanted.name.clone(),
                outcomes,
                unreadable: None,
                cause: error.as_ref().map(|error| carelake_core::causes(error)),
                error: error.map(|error| error.kind().name.to_owned()),
            }
        });
        Ok(results.collect())
    }

    /// Carries the definition out where the lake is; answers nothing where it is not waited for.
    fn bring_there(
        &self,
        lake: &Lake,
        deployment: &Deployment,
        is_json: bool,
    ) -> Result<Option<Vec<SourceResult>>, Failure> {
        let runner = deployment.runner();
        let started = runner.start(DEFINITION, None, &self.request()?);
        let execution = started.map_err(|error| deployment.told(error))?;
        if self.no_wait {
            if is_json {
                output::json(&json!({ "status": "started", "execution": execution }))?;
            } else {
                output::line(&execution);
                output::aside(format_args!("a notice tells how it ends; carelake sources {} shows it", lake.options));
            }
            return Ok(None);
        }
        if !is_json {
            output::aside(format_args!("execution {execution} (it goes on if this command is stopped)"));
        }
        let ended = execution::ended(deployment, &*runner, &execution).map_err(|failure| Failure {
            message: format!("execution {execution} goes on and cannot be followed: {}", failure.message),
            ..failure
        })?;
        let (ledger, name) = (lake.existing_ledger()?, execution.rsplit(':').next().unwrap_or(&execution));
        reported(Records::new(&*ledger, &lake.scope), name, (ended.error, ended.cause)).map(Some)
    }
}

/// Returns how the sources of an execution ended, as it reported, or why it left no report.
fn reported(
    records: Records<'_>,
    execution: &str,
    (error, cause): (Option<String>, Option<String>),
) -> Result<Vec<SourceResult>, Failure> {
    let report = records.reported(execution, Timestamp::now())?;
    let report = report.and_then(|report| serde_json::from_value::<Report>(report).ok());
    report.map(|report| report.results).ok_or_else(|| {
        let kind = error.as_deref().and_then(|name| KINDS.named(name)).unwrap_or(carelake_core::ErrorKind::INTERNAL);
        Failure::new(kind, cause.unwrap_or_else(|| "fetching left no report".to_owned())).advise(kind.advice)
    })
}

/// Brings everything that is new before a run; answers the exit code, and says only what failed where `is_json`.
pub(super) fn before_run(global: &Global) -> Result<ExitCode, Failure> {
    let fetch = Fetch::default();
    let lake = Lake::open(global)?;
    if lake.deployment().is_some() {
        return Err(Failure::argument(
            "--fetch works on this machine only: what is deployed fetches two days before its run",
        )
        .advise(format!("carelake fetch {}", lake.options)));
    }
    section(&lake)?;
    if let Some(proxy) = way_out::proxy() {
        carelake_fetch::by_proxy(proxy);
    }
    let results = fetch.bring(lake, global.json)?;
    if !global.json {
        print(&results, Mode::Bring);
        output::line("");
    }
    for result in results.iter().filter(|result| result.error.is_some()) {
        let (error, cause) = (result.error.as_deref().unwrap_or_default(), result.cause.as_deref().unwrap_or_default());
        output::aside(format_args!("{}: not fetched: {error}: {cause}; the run reads what is there", result.name));
    }
    Ok(exit_code(&results))
}

/// Returns the section of the configuration.
pub(super) fn section(lake: &Lake) -> Result<Section, Failure> {
    Section::of_config(&lake.config).ok_or_else(|| {
        Failure::argument("the configuration has no section `fetch`").advise("docs/rooms/fetch.md has one")
    })
}

fn told(error: FetchError) -> Failure {
    carelake_pipeline::pipeline::Failure::from(error).into()
}

/// Returns the exit code of one kind of error, and 1 of several.
fn exit_code(results: &[SourceResult]) -> ExitCode {
    let mut codes: Vec<u8> = results
        .iter()
        .filter_map(|result| result.error.as_deref())
        .map(|name| KINDS.named(name).map_or(1, |kind| kind.exit_code))
        .collect();
    codes.dedup();
    match codes.as_slice() {
        [] => ExitCode::SUCCESS,
        [code] => ExitCode::from(*code),
        _ => ExitCode::FAILURE,
    }
}

fn print(results: &[SourceResult], mode: Mode) {
    let mut rows = Vec::new();
    for result in results {
        rows.extend(result.outcomes.iter().map(|outcome| row(&result.name, outcome, mode)));
        if let Some(error) = &result.error {
            rows.push((Tone::Bad, cells([&result.name, "-", error, "-", "-", "-"])));
        } else if result.outcomes.is_empty() {
            rows.push((Tone::Faint, cells([&result.name, "-", "none", "-", "-", "-"])));
        }
    }
    output::toned_table(&["SOURCE", "RELEASE", "", "FILE", "SIZE", "NEXT EXPECTED"], &["SIZE"], rows);
    for result in results {
        let kind = result.error.as_deref().and_then(|name| KINDS.named(name));
        if let (Some(kind), Some(cause)) = (kind, &result.cause) {
            output::aside(format_args!("{}: {kind}: {cause}\n  next: {}", result.name, kind.advice));
        }
        if let Some(why) = &result.unreadable {
            output::aside(format_args!("{}: a run cannot read it as it is: {why}", result.name));
        }
    }
}

fn row(name: &str, outcome: &Outcome, mode: Mode) -> (Tone, Vec<String>) {
    let (tone, found) = match (outcome.found, mode) {
        (Found::Unchanged, _) => (Tone::Faint, "unchanged"),
        (Found::New, Mode::Bring) => (Tone::Good, "brought"),
        (Found::Correction, Mode::Bring) => (Tone::Good, "corrected"),
        (Found::New, _) => (Tone::Plain, "new"),
        (Found::Correction, _) => (Tone::Plain, "changed"),
    };
    let next = outcome.next_expected.map_or_else(|| "-".to_owned(), |date| date.to_string());
    let bytes = outcome.bytes.map_or_else(|| "-".to_owned(), size);
    (tone, cells([name, &outcome.release.to_string(), found, &outcome.name, &bytes, &next]))
}

fn cells(row: [&str; 6]) -> Vec<String> {
    row.map(str::to_owned).to_vec()
}
