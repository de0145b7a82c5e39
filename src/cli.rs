//! The command line: verbs, options that every verb takes, and exit codes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_core::config::Location;
use carelake_tabular::config::Config;
use clap::{Args, CommandFactory, Parser, Subcommand};
use jiff::civil::Date;

use crate::failure::Failure;
use crate::output::Tone;
use crate::{deployment, output, verbs};

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
   1  failures of several kinds; doctor found something; asl run or asl replay failed
   2  Usage: what was typed is not there, or does not fit together
  10  InvalidConfig      11  InputMissing      12  SchemaDrift       13  RejectThreshold
  14  VolumeDrop         15  PublishConflict   16  Storage           17  Internal
  18  ContentLoss
 130  aborted (Ctrl-C)";

/// The configuration, when none is named.
const CONFIG: &str = "pipeline_config.yaml";

/// Options that every verb takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every verb")]
pub(crate) struct Global {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", default_value = CONFIG, env = "CARELAKE_CONFIG")]
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

impl Global {
    /// Returns the folder of the inputs, when one is named.
    pub(crate) fn input(&self) -> Option<PathBuf> {
        self.input.clone().or_else(|| std::env::var_os("CARELAKE_INPUT").map(PathBuf::from))
    }

    /// Returns these options as one types them, wherever one stands then.
    pub(crate) fn as_typed(&self) -> String {
        let mut options = format!("--env {}", self.env);
        let config = Some(self.config.clone());
        for (name, path) in [("config", config), ("input", self.input()), ("output", self.output.clone())] {
            if let Some(path) = path {
                options.push_str(&format!(" --{name} {}", typed(&path)));
            }
        }
        options
    }
}

/// Returns a path as a shell reads it as one word.
pub(crate) fn typed(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@=".contains(c);
    if path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
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
    Describe(verbs::describe::Describe),
    Profile(verbs::profile::Profile),
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
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refused) if refused.use_stderr() => return refuse(&refused),
        // Help and the version are answers like any other.
        Err(answer) => {
            output::text(answer.render().ansi());
            return output::end().map_or_else(|failure| ended(&failure, false), |()| ExitCode::SUCCESS);
        }
    };
    let global = cli.global.clone();
    match execute(cli).and_then(|code| output::end().map(|()| code)) {
        Ok(code) => code,
        Err(mut failure) => {
            if failure.advice.as_deref() == Some(ErrorKind::Storage.advice()) && is_on_aws(&global) {
                failure = failure.advise(deployment::ADVICE);
            }
            ended(&failure, global.json)
        }
    }
}

/// Answers a command line that cannot be read: by clap's text, or as every other failure where JSON is asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    let is_json = std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    if !is_json {
        error.exit();
    }
    // The first paragraph says what is wrong; a tip, if there is one, what could have been meant.
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    let message = paragraphs.next().unwrap_or_default();
    let tip = paragraphs.find_map(|paragraph| paragraph.strip_prefix("tip: ").map(str::to_owned));
    let failure = Failure::argument(message.strip_prefix("error: ").unwrap_or(&message));
    ended(&failure.advise(tip.unwrap_or_else(|| "`carelake help VERB` has every option".to_owned())), true)
}

/// Tells of a failure and answers its exit code.
fn ended(failure: &Failure, json: bool) -> ExitCode {
    report(failure, json);
    ExitCode::from(failure.kind.exit_code())
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
        Verb::Describe(verb) => verb.execute(global),
        Verb::Profile(verb) => verb.execute(global),
        Verb::Query(verb) => verb.execute(global),
        Verb::Sample(verb) => verb.execute(global),
        Verb::Gc(verb) => verb.execute(global),
        Verb::Doctor(verb) => verb.execute(global),
        Verb::Asl(verb) => verb.execute(global),
        Verb::Completions(verb) => {
            let mut script = Vec::new();
            clap_complete::generate(verb.shell, &mut Cli::command(), "carelake", &mut script);
            output::text(String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Returns whether the lake that is named is on AWS; not when that cannot be told.
fn is_on_aws(global: &Global) -> bool {
    let is_in_folders = global.input().is_some() && global.output.is_some();
    !is_in_folders
        && Config::load(&global.config).is_ok_and(|config| {
            config.environment(&global.env).is_some_and(|it| matches!(it.output, Location::S3 { .. }))
        })
}

fn report(failure: &Failure, json: bool) {
    if json {
        let error = serde_json::json!({
            "error": failure.kind.name(), "message": failure.message, "advice": failure.advice,
            "exit_code": failure.kind.exit_code(),
        });
        output::aside(error);
    } else {
        output::aside(format_args!("{} {failure}", Tone::Bad.paint("carelake:")));
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
    fn help_shows_the_options_of_every_verb_after_its_own() {
        let mut command = Cli::command();
        command.build();
        for verb in ["run", "describe", "query"] {
            let help = command.find_subcommand_mut(verb).unwrap().render_long_help().to_string();
            let (own, every) = help.split_once("Options of every verb:").unwrap();
            for option in ["--config", "--env", "--input", "--output", "--json"] {
                let is_listed = |help: &str| help.lines().any(|line| line.trim_start().starts_with(option));
                assert!(is_listed(every) && !is_listed(own), "{verb} {option}: {help}");
            }
        }
    }

    #[test]
    fn options_are_typed_so_that_a_shell_reads_them() {
        let global = |config: &str, output: Option<&str>| Global {
            config: config.into(),
            env: "local".to_owned(),
            input: None,
            output: output.map(PathBuf::from),
            json: true,
        };
        assert_eq!(global("/a/b.yaml", None).as_typed(), "--env local --config /a/b.yaml");
        let typed = global("/a/c.yaml", Some("/b/it's here")).as_typed();
        assert_eq!(typed, r"--env local --config /a/c.yaml --output '/b/it'\''s here'");
    }

    #[test]
    fn help_names_every_exit_code() {
        for kind in carelake_core::ErrorKind::ALL {
            let listed = format!("{}  {}", kind.exit_code(), kind.name());
            assert!(EXIT_CODES.contains(&listed), "{listed}");
        }
    }
}
