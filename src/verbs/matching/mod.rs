//! `carelake match`: incomplete records are looked up, repaired, and asked about.

mod audit;
mod decide;
mod explain;
mod health;
mod labels;
mod load;
mod people;
mod quality;
mod reference;
mod reviews;
mod run;
mod train;
mod trial;
mod undo;

use std::process::ExitCode;

use carelake_console::Role;
use carelake_matching::config::{Matcher, Matching};
use carelake_matching::functions::failed;
use carelake_matching::reviews::{ReviewError, Reviewer};
use carelake_matching::run::{Engine, MatchError, World, engine};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure as FunctionFailure;
use clap::{Args, Subcommand};

pub(crate) use health::look;

use crate::execution;
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;
use crate::registry::KINDS;

/// Find which person an incomplete record is about, repair what is certain, and ask about what is likely
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match train pinellas
  carelake match run pinellas --dry-run
  carelake match run pinellas
  carelake match explain bayview_roster X100
  carelake match reviews
  carelake match decide 3f0c… accept p_67lkmdv4aun6uh7cbeku4nihai
  carelake match undo match-2026-11-01.3
  carelake match reference --digest")]
pub(crate) struct Match {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Load(load::Load),
    Run(run::Run),
    Train(train::Train),
    Explain(explain::Explain),
    #[command(name = "try")]
    Try(trial::Trial),
    Reference(reference::ReferenceVerb),
    Undo(undo::Undo),
    People(people::People),
    Reviews(reviews::Reviews),
    Decide(decide::Decide),
    Labels(labels::Labels),
    Quality(quality::Quality),
    Audit(audit::AuditVerb),
}

impl Match {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            Verb::Load(verb) => verb.execute(global),
            Verb::Run(verb) => verb.execute(global),
            Verb::Train(verb) => verb.execute(global),
            Verb::Explain(verb) => verb.execute(global),
            Verb::Try(verb) => verb.execute(global),
            Verb::Reference(verb) => verb.execute(global),
            Verb::Undo(verb) => verb.execute(global),
            Verb::People(verb) => verb.execute(global),
            Verb::Reviews(verb) => verb.execute(global),
            Verb::Decide(verb) => verb.execute(global),
            Verb::Labels(verb) => verb.execute(global),
            Verb::Quality(verb) => verb.execute(global),
            Verb::Audit(verb) => verb.execute(global),
        }
    }
}

/// Returns the section of the configuration.
fn section(lake: &Lake) -> Result<Matching, Failure> {
    Matching::of_config(&lake.config).ok_or_else(|| {
        Failure::argument("the configuration has no section `matching`").advise("docs/rooms/matching.md has one")
    })
}

/// Returns a matcher; the only one where none is named.
fn named(lake: &Lake, name: Option<&str>) -> Result<Matcher, Failure> {
    let section = section(lake)?;
    let names = || section.matchers.iter().map(|matcher| matcher.name.as_str());
    match (name, section.matchers.as_slice()) {
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Failure::argument(format!("name a matcher: {}", names().collect::<Vec<_>>().join(", ")))),
        (Some(name), matchers) => {
            let found = matchers.iter().find(|matcher| matcher.name == name).cloned();
            found.ok_or_else(|| Failure::unknown("matcher", name, names()))
        }
    }
}

/// What may go wrong: in the room, or in what was typed.
enum Trouble {
    Room(MatchError),
    Typed(Failure),
}

impl<E: Into<MatchError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        match error.into() {
            MatchError::Review(error) if error.is_usage() => Self::Typed(Failure::argument(error.to_string())),
            MatchError::Undo { matcher, why } => Self::Typed(Failure::argument(format!("matching {matcher}: {why}"))),
            other => Self::Room(other),
        }
    }
}

/// Does something with a matcher on this machine.
fn with_matcher<T>(
    global: &Global,
    name: Option<&str>,
    work: impl FnOnce(&Context<'_>, &World<'_>, &'static Engine) -> Result<T, Trouble>,
) -> Result<T, Failure> {
    let lake = Lake::open(global)?;
    refuse_aws(&lake)?;
    let matcher = named(&lake, name)?;
    let local = execution::runner(lake)?;
    let mut typed = None;
    let done = local.with_context(&|| false, |context| {
        let world = World::of(context, None)?;
        match work(context, &world, engine(&matcher)) {
            Ok(done) => Ok(Some(done)),
            Err(Trouble::Room(error)) => Err(failed(&error)),
            Err(Trouble::Typed(failure)) => {
                typed = Some(failure);
                Ok(None)
            }
        }
    });
    match (done, typed) {
        (_, Some(failure)) => Err(failure),
        (Ok(Some(done)), None) => Ok(done),
        (Ok(None), None) => Err(Failure::argument("nothing was done")),
        (Err(failure), None) => Err(told(failure)),
    }
}

fn told(failure: FunctionFailure) -> Failure {
    let advice = KINDS.named(failure.kind.name).map(|kind| kind.advice).unwrap_or_default();
    let failure = Failure::from(failure);
    if failure.advice.is_some() || advice.is_empty() { failure } else { failure.advise(advice) }
}

/// Refuses what a reference of an environment on AWS would be needed for.
fn refuse_aws(lake: &Lake) -> Result<(), Failure> {
    if lake.deployment().is_none() {
        return Ok(());
    }
    Err(Failure::argument(
        "a reference is a file of one machine; matching of an environment on AWS is not carried out yet",
    ))
}

/// Who types.
struct Who {
    name: String,
    is_lead: bool,
}

/// Returns who types, with the roles of the configuration. Somebody without the role of a reviewer is refused.
fn who(context: &Context<'_>) -> Result<Who, Trouble> {
    let name = user();
    let roles = carelake_console::config::roles(context.services.config).of(&name);
    if !roles.contains(&Role::Reviewer) && !roles.contains(&Role::Lead) {
        let why = format!("{name} has not the role of a reviewer; `console.roles` of the configuration names who has");
        return Err(Trouble::Typed(Failure::argument(why)));
    }
    Ok(Who { is_lead: roles.contains(&Role::Lead), name })
}

impl Who {
    fn reviewer(&self) -> Reviewer<'_> {
        Reviewer { name: &self.name, is_lead: self.is_lead }
    }
}

/// Turns what a decision ends with into what the command does.
fn review_trouble(error: ReviewError) -> Trouble {
    Trouble::from(MatchError::from(error))
}
