//! `carelake intake`: partners' files, from their arrival to what their feeds serve.

mod accounts;
mod anew;
mod check;
mod crew;
mod dead;
mod deliver;
mod infer;
mod known;
mod pull;
mod run;
mod there;
mod trial;
mod unclaimed;
mod watch;

use std::process::ExitCode;

use clap::{Args, Subcommand};

pub(super) use crew::Crew;

use crate::failure::Failure;
use crate::options::Global;

pub(super) use run::{failed, show};
pub(super) use there::There;

/// Take partners' files in, and see to those that need somebody
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake infer landing/bayview/PAT_20261005.csv > feeds/bayview_patients.yaml
  carelake intake run landing/bayview/PAT_20261005.csv
  carelake intake run --arrivals arrivals.jsonl --json
  carelake intake pull
  carelake intake watch landing
  carelake intake try bayview_patients PAT_20261005.csv
  carelake intake check
  carelake intake unclaimed
  carelake intake assign 'bayview/PAT_september.csv' bayview_patients
  carelake intake withdraw bayview_patients/2026-09-03
  carelake intake rebuild bayview_patients
  carelake intake dead
  carelake intake redrive --feed bayview_patients
  carelake intake withdraw bayview_patients/2026-09-03 --env prod

On AWS files arrive in the bucket, so that `run` and `watch` are for this machine; all else works there as here, done by functions.")]
pub(crate) struct Intake {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::Run),
    Infer(infer::Infer),
    Pull(pull::Pull),
    Watch(watch::WatchVerb),
    Try(trial::Try),
    Check(check::Check),
    Unclaimed(unclaimed::List),
    Assign(unclaimed::Assign),
    Withdraw(anew::Withdraw),
    Rebuild(anew::Rebuild),
    Replay(anew::Replay),
    Accounts(accounts::Accounts),
    Rejected(accounts::Rejected),
    Dead(dead::Dead),
    Redrive(dead::Redrive),
}

impl Intake {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            Verb::Run(verb) => verb.execute(global),
            Verb::Infer(verb) => verb.execute(global),
            Verb::Pull(verb) => verb.execute(global),
            Verb::Watch(verb) => verb.execute(global),
            Verb::Try(verb) => verb.execute(global),
            Verb::Check(verb) => verb.execute(global),
            Verb::Unclaimed(verb) => verb.execute(global),
            Verb::Assign(verb) => verb.execute(global),
            Verb::Withdraw(verb) => verb.execute(global),
            Verb::Rebuild(verb) => verb.execute(global),
            Verb::Replay(verb) => verb.execute(global),
            Verb::Accounts(verb) => verb.execute(global),
            Verb::Rejected(verb) => verb.execute(global),
            Verb::Dead(verb) => verb.execute(global),
            Verb::Redrive(verb) => verb.execute(global),
        }
    }
}
