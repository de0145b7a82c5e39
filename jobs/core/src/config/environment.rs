//! Environments: where a run finds its inputs and where it publishes.

use std::path::Path;

use serde::Serialize;

use super::name::check_own_name;
use super::reader::{Fields, Form, Key, Mistakes, Spot};
use super::{Deployment, Location, deployment};
use crate::names::Scope;

/// The keys of an environment.
pub const ENVIRONMENT: [Key; 4] = [
    Key::new("input", Form::Text, "Where the input files are: a folder or s3://bucket/prefix").required(),
    Key::new("output", Form::Text, "Where datasets are published").required(),
    Key::new("rejects", Form::Text, "Where rejected rows go: a place apart from the output").required(),
    Key::new("deployment", Form::Keys(&deployment::DEPLOYMENT), "How it is deployed on AWS"),
];
const A_LOCATION: &str = "a folder or s3://bucket/prefix";

/// One place the pipeline runs in, such as `local` or `prod`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Environment {
    /// The name given to `--env`.
    pub name: String,
    /// Where the input files are.
    pub input: Location,
    /// Where datasets are published.
    pub output: Location,
    /// Where rejected rows go: apart from the output, since they may hold what the output must not.
    pub rejects: Location,
    /// How it is deployed on AWS, if it is.
    pub deployment: Deployment,
}

impl Environment {
    /// Returns the environment with the part of each place that a tenant has.
    #[must_use]
    pub fn of(&self, scope: &Scope) -> Self {
        Self {
            input: self.input.of(scope),
            output: self.output.of(scope),
            rejects: self.rejects.of(scope),
            ..self.clone()
        }
    }
}

/// Reads all environments. Relative folders are relative to the folder of the configuration file.
pub fn read_environments(spot: &Spot<'_>, base_dir: &Path, mistakes: &mut Mistakes) -> Vec<Environment> {
    let entries = spot.entries("environments", mistakes);
    if spot.is_map() && entries.is_empty() {
        mistakes.add(spot, "must have at least one environment, such as local");
    }
    entries.iter().map(|(name, spot)| read(name, spot, base_dir, mistakes)).collect()
}

fn read(name: &str, spot: &Spot<'_>, base_dir: &Path, mistakes: &mut Mistakes) -> Environment {
    check_own_name(spot, name, mistakes);
    let fields = spot.keyed(&ENVIRONMENT, mistakes);
    let input = read_location(&fields, "input", base_dir, mistakes);
    let output = read_location(&fields, "output", base_dir, mistakes);
    let rejects = read_location(&fields, "rejects", base_dir, mistakes);
    check_apart(&fields, &[("input", &input), ("output", &output), ("rejects", &rejects)], mistakes);
    let or_here = |place: Option<Location>| place.unwrap_or_else(|| Location::Local(base_dir.to_path_buf()));
    Environment {
        name: name.to_owned(),
        input: or_here(input),
        output: or_here(output),
        rejects: or_here(rejects),
        deployment: fields.get("deployment").map(|spot| deployment::read(&spot, mistakes)).unwrap_or_default(),
    }
}

/// Refuses a place that is another one, or has one in it: what is read must not be what is written, and whoever is given the
/// output must not be given rejected rows with it.
fn check_apart(fields: &Fields<'_>, places: &[(&str, &Option<Location>)], mistakes: &mut Mistakes) {
    for (at, (key, place)) in places.iter().enumerate() {
        for (other, before) in places.iter().take(at) {
            let (Some(place), Some(before), Some(spot)) = (place, before, fields.get(key)) else { continue };
            match (place.is_within(before), before.is_within(place)) {
                (true, true) => mistakes.add(&spot, format!("must be another place than {other}")),
                (true, false) => {
                    mistakes.add(&spot, format!("must not lie inside {other}; give it a place of its own"))
                }
                (false, true) => {
                    mistakes.add(&spot, format!("must not have {other} inside; give it a place of its own"))
                }
                (false, false) => {}
            }
        }
    }
}

fn read_location(fields: &Fields<'_>, key: &str, base_dir: &Path, mistakes: &mut Mistakes) -> Option<Location> {
    let spot = fields.required(key, A_LOCATION, mistakes)?;
    location(&spot, base_dir, mistakes)
}

/// Reads a folder or a bucket.
pub(super) fn location(spot: &Spot<'_>, base_dir: &Path, mistakes: &mut Mistakes) -> Option<Location> {
    let text = spot.text(A_LOCATION, mistakes)?;
    Location::parse(&text, base_dir).map_err(|error| mistakes.add(spot, error.to_string())).ok()
}
