//! `carelake asl`: the state machine interpreter on any definition.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_core::{ErrorKind, causes};
use carelake_statemachine::{Machine, Mock, Silent, Status, check, replay, run_scripted};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::options::Global;
use crate::output;
use crate::runner::Buckets;

/// Check, run and replay state machine definitions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake asl check statemachine/pipeline.asl.json
  carelake asl run machine.asl.json --input '{\"n\": 1}' --mock mock.json
  carelake asl run map.asl.json --objects ./buckets
  carelake asl replay ./cases --json

mock.json has, for each state, what its attempts answer: {\"Load\": [{\"error\": \"Storage\"}, {\"output\": {\"rows\": 3}}]}.
A case is a line of JSON with a definition, its input, what its tasks answered and the history that AWS recorded; see
statemachine/README.md.")]
pub(crate) struct Asl {
    #[command(subcommand)]
    verb: AslVerb,
}

#[derive(Debug, Subcommand)]
enum AslVerb {
    /// Show every mistake of a definition
    Check {
        /// The definition
        file: PathBuf,
    },
    /// Run a definition whose tasks answer what a file says
    Run {
        /// The definition
        file: PathBuf,
        /// The input, as JSON, or @FILE
        // Every verb has an --input, a folder; this one stands before it, and so must have its type.
        #[arg(long, value_name = "JSON", default_value = "{}")]
        input: PathBuf,
        /// What tasks answer: state name to a list of attempts, each an `output`, or an `error` and `cause`
        #[arg(long, value_name = "FILE")]
        mock: Option<PathBuf>,
        /// What a Distributed Map reads and writes: a folder with a folder for each bucket
        #[arg(long, value_name = "DIR")]
        objects: Option<PathBuf>,
        /// Show the history too
        #[arg(long)]
        events: bool,
    },
    /// Replay recorded executions, and show where the interpreter differs
    Replay {
        /// A folder of `*.jsonl` files of cases
        folder: PathBuf,
    },
}

impl Asl {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            AslVerb::Check { file } => check_file(&file, global.json),
            AslVerb::Run { file, input, mock, objects, events } => {
                run(&file, &input, (mock.as_deref(), objects.as_deref()), events, global.json)
            }
            AslVerb::Replay { folder } => replay_folder(&folder, global.json),
        }
    }
}

fn check_file(file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let problems = check(&read(file)?);
    if json {
        let problems: Vec<_> = problems
            .iter()
            .map(|problem| json!({"state": problem.state, "line": problem.line, "code": problem.code, "message": problem.message}))
            .collect();
        output::json(&json!({"problems": problems}))?;
    } else if problems.is_empty() {
        output::line(format_args!("{}: no mistakes", file.display()));
    } else {
        problems.iter().for_each(|problem| output::line(format_args!("{}: {problem}", file.display())));
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(ErrorKind::INVALID_CONFIG.exit_code) })
}

fn run(
    file: &Path,
    input: &Path,
    (mock, objects): (Option<&Path>, Option<&Path>),
    events: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let machine = Machine::parse(&read(file)?)
        .map_err(|problems| Failure::new(ErrorKind::INVALID_CONFIG, format!("{}: {problems}", file.display())))?;
    let input = input.to_string_lossy();
    let input = match input.strip_prefix('@') {
        Some(path) => read(Path::new(path))?,
        None => input.into_owned(),
    };
    let input = parse("--input", &input)?;
    let script = match mock {
        Some(path) => parse("--mock", &read(path)?)?,
        None => json!({}),
    };
    let mut mock =
        Mock::parse(&script, &machine).map_err(|error| Failure::argument(format!("--mock: {}", causes(&error))))?;
    if let Some(folder) = objects {
        let buckets = Buckets::below(folder);
        let buckets = buckets.map_err(|error| Failure::argument(format!("{}: {error}", folder.display())))?;
        mock = mock.with_objects(buckets);
    }
    let outcome = run_scripted(&machine, input, mock, Timestamp::now(), &mut Silent);
    let history: Vec<Value> =
        if events { outcome.history.iter().map(|event| event.to_aws()).collect() } else { Vec::new() };
    if json {
        output::json(&json!({
            "status": outcome.status.name(), "output": outcome.output, "error": outcome.error, "cause": outcome.cause,
            "events": history,
        }))?;
    } else {
        outcome
            .history
            .iter()
            .filter(|_| events)
            .for_each(|event| output::line(format_args!("{:>4} {}", event.id, event.label())));
        output::line(outcome.status.name());
        outcome.output.iter().for_each(output::line);
        if let Some(error) = &outcome.error {
            output::line(format_args!("{error}: {}", outcome.cause.as_deref().unwrap_or_default()));
        }
    }
    Ok(if outcome.status == Status::Succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn replay_folder(folder: &Path, json: bool) -> Result<ExitCode, Failure> {
    let report = replay::replay(folder).map_err(|error| Failure::argument(causes(&error)))?;
    if json {
        output::json(&report.to_json())?;
    } else {
        report
            .failed
            .iter()
            .for_each(|failed| output::line(format_args!("failed  {}\n        {}", failed.name, failed.difference)));
        let mut reasons: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        report.skipped.iter().for_each(|skipped| *reasons.entry(skipped.reason.as_str()).or_default() += 1);
        reasons.iter().for_each(|(reason, cases)| output::line(format_args!("skipped {cases}: {reason}")));
        output::line(format_args!(
            "{} passed, {} failed, {} skipped",
            report.passed,
            report.failed.len(),
            report.skipped.len()
        ));
    }
    Ok(if report.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| Failure::argument(format!("{}: {error}", file.display())))
}

fn parse(what: &str, text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::argument(format!("{what}: not JSON: {error}")))
}
