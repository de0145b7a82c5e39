//! The command line: verbs, options that every verb takes, and exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use jiff::civil::Date;

use crate::failure::Failure;
use crate::output;
use crate::verbs;

/// Batch ETL for healthcare data: published CMS files and hospital feeds to Parquet, atomically.
#[derive(Debug, Parser)]
#[command(
    name = "carelake",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Exit codes, as `--help` shows them. `docs/operations.md` says what to do about each.
const EXIT_CODES: &str = "\
Exit codes:
   0  done
   1  the run ended with failures of several kinds
   2  wrong usage
  10  InvalidConfig      11  InputMissing      12  SchemaDrift       13  RejectThreshold
  14  VolumeDrop         15  PublishConflict   16  Storage           17  Internal
 130  aborted (Ctrl-C)";

/// Options that every verb takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", default_value = "pipeline_config.yaml", env = "CARELAKE_CONFIG")]
    pub config: PathBuf,
    /// The environment of the configuration
    #[arg(long, global = true, value_name = "NAME", default_value = "local", env = "CARELAKE_ENV")]
    pub env: String,
    /// Read inputs from this folder instead of the environment's [env: CARELAKE_INPUT]
    // Read from the environment where inputs are looked for, because `asl run` has another --input.
    #[arg(long, global = true, value_name = "DIR")]
    pub input: Option<PathBuf>,
    /// Publish to this folder instead of the environment's; rejected rows go to the folder `DIR-rejects` beside it
    #[arg(long, global = true, value_name = "DIR", env = "CARELAKE_OUTPUT")]
    pub output: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(verbs::run::Run),
    Rerun(verbs::rerun::Rerun),
    Status(verbs::status::Status),
    Runs(verbs::runs::Runs),
    Validate(verbs::validate::Validate),
    Rejects(verbs::rejects::Rejects),
    Replay(verbs::replay::Replay),
    Rollback(verbs::rollback::Rollback),
    Diff(verbs::diff::Diff),
    Query(verbs::query::Query),
    Sample(verbs::sample::SampleVerb),
    Gc(verbs::gc::Gc),
    Doctor(verbs::doctor::Doctor),
    Asl(verbs::asl::Asl),
    Completions(Completions),
}

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  carelake completions bash > ~/.local/share/bash-completion/completions/carelake")]
struct Completions {
    shell: clap_complete::Shell,
}

/// Parses the arguments, runs the verb, and turns a failure into its message and exit code.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let global = cli.global.clone();
    match execute(cli) {
        Ok(code) => code,
        Err(failure) => {
            report(&failure, global.json);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn execute(cli: Cli) -> Result<ExitCode, Failure> {
    let global = &cli.global;
    match cli.verb {
        Verb::Run(verb) => verb.execute(global),
        Verb::Rerun(verb) => verb.execute(global),
        Verb::Status(verb) => verb.execute(global),
        Verb::Runs(verb) => verb.execute(global),
        Verb::Validate(verb) => verb.execute(global),
        Verb::Rejects(verb) => verb.execute(global),
        Verb::Replay(verb) => verb.execute(global),
        Verb::Rollback(verb) => verb.execute(global),
        Verb::Diff(verb) => verb.execute(global),
        Verb::Query(verb) => verb.execute(global),
        Verb::Sample(verb) => verb.execute(global),
        Verb::Gc(verb) => verb.execute(global),
        Verb::Doctor(verb) => verb.execute(global),
        Verb::Asl(verb) => verb.execute(global),
        Verb::Completions(verb) => {
            clap_complete::generate(verb.shell, &mut Cli::command(), "carelake", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn report(failure: &Failure, json: bool) {
    if json {
        let error = serde_json::json!({
            "error": failure.kind.name(), "message": failure.message, "advice": failure.advice,
            "exit_code": failure.kind.exit_code(),
        });
        output::aside(error);
    } else {
        output::aside(format_args!("carelake: {failure}"));
    }
}

/// Reads a date such as 2026-11-01.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "not a date such as 2026-11-01".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Two options of one name and different types would stop the command when it reads them.
    #[test]
    fn a_verb_that_takes_the_name_of_an_option_that_every_verb_has_takes_its_type() {
        fn check(command: &clap::Command, path: &str, global: &clap::Command) {
            for verb in command.get_subcommands() {
                let path = format!("{path} {}", verb.get_name());
                for own in verb.get_arguments() {
                    let same = global.get_arguments().find(|option| option.get_id() == own.get_id());
                    let is_one_type =
                        same.is_none_or(|same| same.get_value_parser().type_id() == own.get_value_parser().type_id());
                    assert!(is_one_type, "{path} --{}", own.get_id());
                }
                check(verb, &path, global);
            }
        }
        let command = Cli::command();
        check(&command, "carelake", &command);
    }

    #[test]
    fn help_names_every_exit_code() {
        for kind in carelake_core::ErrorKind::ALL {
            let listed = format!("{}  {}", kind.exit_code(), kind.name());
            assert!(EXIT_CODES.contains(&listed), "{listed}");
        }
    }
}
