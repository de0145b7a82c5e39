//! `carelake models`: what is declared, what it is made of, and how its last build went.

mod compile;
mod failing;
mod lineage;
mod list;
mod test;

use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_curated::config::Curated;
use carelake_curated::select::SelectError;
use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;

/// Look at models: which there are, what they ask, how their tests go, which rows fail
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake models list --tree
  carelake models compile kpi_tat --engine athena
  carelake models test --unit
  carelake models failing cur_orders relationships_account_id
  carelake models lineage order_facts")]
pub(crate) struct Models {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::List),
    Compile(compile::Compile),
    Test(test::TestVerb),
    Failing(failing::Failing),
    Lineage(lineage::LineageVerb),
}

impl Models {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            Verb::List(verb) => verb.execute(global),
            Verb::Compile(verb) => verb.execute(global),
            Verb::Test(verb) => verb.execute(global),
            Verb::Failing(verb) => verb.execute(global),
            Verb::Lineage(verb) => verb.execute(global),
        }
    }
}

/// Returns the section of the configuration.
pub(super) fn section(lake: &Lake) -> Result<Curated, Failure> {
    Curated::of_config(&lake.config).ok_or_else(|| {
        Failure::argument("the configuration has no section `curated`").advise("docs/rooms/curated.md has one")
    })
}

/// Says that words select nothing that there is.
pub(super) fn usage(error: &SelectError) -> Failure {
    Failure::argument(error.to_string()).advise("`carelake models list` has every model")
}

/// Says that this command cannot run models.
#[cfg_attr(feature = "curated", expect(dead_code, reason = "this command can"))]
pub(super) fn without_engine() -> Failure {
    Failure::argument("this carelake was built without what runs models").advise("build it with `--features curated`")
}

/// Returns a model.
fn named<'c>(curated: &'c Curated, name: &str) -> Result<&'c carelake_curated::config::Model, Failure> {
    curated
        .models
        .iter()
        .find(|model| model.name == name)
        .ok_or_else(|| Failure::unknown("model", name, curated.models.iter().map(|model| model.name.as_str())))
}

/// Says why a model cannot be worked with.
pub(super) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new(ErrorKind::INVALID_CONFIG, message)
}
