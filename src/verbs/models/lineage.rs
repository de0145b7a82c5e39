//! `carelake models lineage`: what a model is made of, and what is made of it.

use std::process::ExitCode;

use carelake_curated::config::{Curated, From, Model};
use clap::Args;
use serde_json::json;

use super::{named, section};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;

/// Show what a model is made of, down to the publications, and what is made of it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake models lineage order_facts
  carelake models lineage order_facts --json")]
pub(crate) struct LineageVerb {
    /// The model
    #[arg(value_name = "NAME")]
    name: String,
}

impl LineageVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let curated = section(&lake)?;
        let model = named(&curated, &self.name)?;
        let below = reach(model, |model| curated.below(model).collect());
        let above = reach(model, |model| curated.above(model).collect());
        let publications = publications(&curated, model, &below);
        if global.json {
            output::json(
                &json!({ "model": model.name, "publications": publications, "below": below, "above": above }),
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = [("publications", &publications), ("made of", &below), ("used by", &above)];
        let row = |(what, names): &(&str, &Vec<String>)| vec![(*what).to_owned(), names.join(", ")];
        output::table(&["", &model.name], &[], rows.iter().map(row));
        Ok(ExitCode::SUCCESS)
    }
}

fn reach<'c>(from: &'c Model, next: impl Fn(&'c Model) -> Vec<&'c Model>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut edge = next(from);
    while let Some(model) = edge.pop() {
        if !found.contains(&model.name) {
            found.push(model.name.clone());
            edge.extend(next(model));
        }
    }
    found.sort();
    found
}

fn publications(curated: &Curated, model: &Model, below: &[String]) -> Vec<String> {
    let models = curated.models.iter().filter(|other| below.contains(&other.name)).chain([model]);
    let from = |input: &carelake_curated::config::Input| match &input.from {
        From::Publication(name) | From::Pattern(name) => name.clone(),
    };
    let mut found: Vec<String> = models.flat_map(|model| &model.inputs).map(from).collect();
    found.sort();
    found.dedup();
    found
}
