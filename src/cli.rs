//! The command line: verbs and exit codes.

use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_core::config::Location;
use carelake_tabular::config::Config;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::failure::Failure;
use crate::options::Global;
use crate::output::Tone;
use crate::registry::KINDS;
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
#[command(after_help = exit_codes())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Exit codes, as `--help` shows them. `docs/operations.md` says what to do about each.
fn exit_codes() -> String {
    let kinds = KINDS.all().map(|kind| format!("  {}  {:<16} {}\n", kind.exit_code, kind.name, kind.meaning));
    format!(
        "Exit codes:\n   0  done\n   1  failures of several kinds; doctor found something; asl run or asl replay failed\n   \
         2  Usage: what was typed is not there, or does not fit together\n{} 130  aborted (Ctrl-C)",
        kinds.collect::<String>()
    )
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
    Retract(verbs::retract::Retract),
    Publish(verbs::publish::Publish),
    Compact(verbs::compact::Compact),
    Diff(verbs::diff::Diff),
    Describe(verbs::describe::Describe),
    Find(verbs::find::Find),
    Profile(verbs::profile::Profile),
    Query(verbs::query::Query),
    Read(verbs::read::Read),
    Lookup(verbs::lookup::Lookup),
    Sample(verbs::sample::SampleVerb),
    Gc(verbs::gc::Gc),
    Doctor(verbs::doctor::Doctor),
    Fetch(verbs::fetch::Fetch),
    Sources(verbs::sources::Sources),
    Build(verbs::build::Build),
    Models(verbs::models::Models),
    Load(verbs::load::Load),
    Loads(verbs::loads::Loads),
    Hl7(verbs::hl7::Hl7),
    #[command(name = "match")]
    Match(verbs::matching::Match),
    #[command(name = "stream")]
    Stream(verbs::stream::StreamVerb),
    Fhir(verbs::fhir::Fhir),
    Letters(verbs::letters::Letters),
    Alerts(verbs::alerts::Alerts),
    Audit(verbs::audit::Audit),
    Lineage(verbs::lineage::Lineage),
    Intake(verbs::intake::Intake),
    Feeds(verbs::feeds::Feeds),
    Asl(verbs::asl::Asl),
    Functions(verbs::functions::Functions),
    Serve(verbs::serve::Serve),
    Site(verbs::site::SiteVerb),
    Config(verbs::config::ConfigVerb),
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
            if failure.advice.as_deref() == Some(ErrorKind::STORAGE.advice) && is_on_aws(&global) {
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
        Verb::Retract(verb) => verb.execute(global),
        Verb::Publish(verb) => verb.execute(global),
        Verb::Compact(verb) => verb.execute(global),
        Verb::Diff(verb) => verb.execute(global),
        Verb::Describe(verb) => verb.execute(global),
        Verb::Find(verb) => verb.execute(global),
        Verb::Profile(verb) => verb.execute(global),
        Verb::Query(verb) => verb.execute(global),
        Verb::Read(verb) => verb.execute(global),
        Verb::Lookup(verb) => verb.execute(global),
        Verb::Sample(verb) => verb.execute(global),
        Verb::Gc(verb) => verb.execute(global),
        Verb::Doctor(verb) => verb.execute(global),
        Verb::Fetch(verb) => verb.execute(global),
        Verb::Sources(verb) => verb.execute(global),
        Verb::Build(verb) => verb.execute(global),
        Verb::Models(verb) => verb.execute(global),
        Verb::Load(verb) => verb.execute(global),
        Verb::Loads(verb) => verb.execute(global),
        Verb::Hl7(verb) => verb.execute(global),
        Verb::Match(verb) => verb.execute(global),
        Verb::Stream(verb) => verb.execute(global),
        Verb::Fhir(verb) => verb.execute(global),
        Verb::Letters(verb) => verb.execute(global),
        Verb::Alerts(verb) => verb.execute(global),
        Verb::Audit(verb) => verb.execute(global),
        Verb::Lineage(verb) => verb.execute(global),
        Verb::Intake(verb) => verb.execute(global),
        Verb::Feeds(verb) => verb.execute(global),
        Verb::Asl(verb) => verb.execute(global),
        Verb::Functions(verb) => verb.execute(global),
        Verb::Serve(verb) => verb.execute(global),
        Verb::Site(verb) => verb.execute(global),
        Verb::Config(verb) => verb.execute(global),
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
            for option in ["--config", "--env", "--input", "--output", "--tenant", "--json"] {
                let is_listed = |help: &str| help.lines().any(|line| line.trim_start().starts_with(option));
                assert!(is_listed(every) && !is_listed(own), "{verb} {option}: {help}");
            }
        }
    }
}
