//! Reads the section as a whole, and the order in which models are built.

use std::collections::BTreeMap;
use std::path::Path;

use carelake_core::ErrorKind;
use carelake_core::config::Section;
use carelake_core::config::reader::{Form, Mistakes, Spot, schema_of};
use carelake_core::nearest;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::config::Config;

use super::column::Class;
use super::keys::{CURATED, VAR};
use super::kind::{KINDS, Kind};
use super::model::Model;
use crate::sql::{AS_OF, VarError, literal};

/// The section of the configuration that this room reads.
pub const SECTION: Section = Section {
    name: "curated",
    check: |spot, folder, mistakes| {
        read(spot, folder, mistakes);
    },
    schema: || schema_of(&Form::Keys(&CURATED)),
};

/// A value that SQL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Var {
    /// Its type.
    pub kind: Kind,
    /// The value, as it was written.
    pub value: String,
}

/// Everything that the section says, checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curated {
    /// The values that SQL names, by name.
    pub vars: BTreeMap<String, Var>,
    /// Files with values of the models, by the name of the input: paths from the folder of the configuration.
    pub seeds: BTreeMap<String, String>,
    /// The models, each after all that it is made of.
    pub models: Vec<Model>,
}

/// Reads the section; `folder` is that of the configuration, for the files that it names.
///
/// All that is wrong is told at once. What is answered can be trusted if nothing is.
pub fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Curated {
    let fields = spot.keyed(&CURATED, mistakes);
    let vars = fields.get("vars").map(|spot| read_vars(&spot, mistakes)).unwrap_or_default();
    let seeds = fields.get("seeds").map(|spot| read_seeds(&spot, folder, mistakes)).unwrap_or_default();
    let entries = fields.required("models", "the models, by name", mistakes);
    let entries = entries.map(|spot| spot.entries("models, by name", mistakes)).unwrap_or_default();
    let mut found: Vec<(Model, Spot<'_>)> = Vec::new();
    for (name, spot) in entries {
        found.extend(Model::read(name, &spot, folder, mistakes).map(|model| (model, spot)));
    }
    let names: Vec<String> = found.iter().map(|(model, _)| model.name.clone()).collect();
    for (model, spot) in &found {
        check_names(model, spot, &names, &seeds, mistakes);
        check_vars(model, spot, &vars, mistakes);
        check_phi(model, spot, mistakes);
    }
    let models = in_order(found, mistakes);
    Curated { vars, seeds, models }
}

fn read_vars(spot: &Spot<'_>, mistakes: &mut Mistakes) -> BTreeMap<String, Var> {
    let mut vars = BTreeMap::new();
    for (name, spot) in spot.entries("values, by name", mistakes) {
        if name == AS_OF {
            mistakes.add(&spot, "is the day of the build, and always there; choose another name");
        }
        let fields = spot.keyed(&VAR, mistakes);
        let kind = fields.text("type", "a type, such as integer", mistakes);
        let value = fields.get("value").and_then(|spot| spot.raw_text()).unwrap_or_default().to_owned();
        let Some(kind) = Kind::parse(&kind) else {
            if let Some(spot) = fields.get("type") {
                mistakes.unknown(&spot, format!("must be one of {}", KINDS.join(", ")), &kind, KINDS);
            }
            continue;
        };
        let var = Var { kind, value };
        match literal(&var.kind, &var.value) {
            Ok(_) => {
                vars.insert(name.to_owned(), var);
            }
            Err(VarError) => {
                fields.get("value").unwrap_or(spot).expected(format_args!("a value of type {}", var.kind), mistakes)
            }
        }
    }
    vars
}

fn read_seeds(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let mut seeds = BTreeMap::new();
    for (name, spot) in spot.entries("files, by name", mistakes) {
        let Some(path) = spot.text("a file, such as seeds/units.csv", mistakes) else { continue };
        if !folder.join(&path).is_file() {
            mistakes.add(&spot, format!("{path} is not there"));
        }
        seeds.insert(name.to_owned(), path);
    }
    seeds
}

/// Says so where what SQL, steps or tests name is neither an input nor a model.
fn check_names(
    model: &Model,
    spot: &Spot<'_>,
    models: &[String],
    seeds: &BTreeMap<String, String>,
    mistakes: &mut Mistakes,
) {
    let inputs: Vec<&str> = model.inputs.iter().map(|input| input.name.as_str()).collect();
    let is_known =
        |name: &str| inputs.contains(&name) || models.iter().any(|other| other == name) || seeds.contains_key(name);
    let known =
        || inputs.iter().copied().chain(models.iter().map(String::as_str)).chain(seeds.keys().map(String::as_str));
    for name in model.tables().into_iter().filter(|name| !is_known(name)) {
        let place = model.scripts().find_map(|script| {
            let named = script.checked.tables.iter().find(|named| named.name == name)?;
            Some(format!("{}:{}:{}: ", script.path, named.line, named.column))
        });
        let message = format!("{}`{name}` is neither an input of the model nor a model", place.unwrap_or_default());
        mistakes.unknown(spot, message, name, known());
    }
    for name in model.asked().filter(|name| !is_known(name)) {
        let spot = spot.named("tests");
        mistakes.unknown(&spot, format!("`{name}` is neither an input of the model nor a model"), name, known());
    }
    for input in &model.inputs {
        if models.contains(&input.name) {
            let spot = spot.named("inputs");
            mistakes.add(&spot, format!("`{}` is a model too; give the input another name", input.name));
        }
    }
    for name in model.drives.iter().chain(model.dimensions.iter().map(|dimension| &dimension.input)) {
        if !model.tables().contains(&name.as_str()) {
            let tables = model.tables();
            mistakes.unknown(spot, format!("`{name}` is nothing that the model reads"), name, tables);
        }
    }
}

fn check_vars(model: &Model, spot: &Spot<'_>, vars: &BTreeMap<String, Var>, mistakes: &mut Mistakes) {
    for script in model.scripts() {
        for var in script.checked.vars.iter().filter(|var| var.name != AS_OF && !vars.contains_key(&var.name)) {
            let message = format!("{}:{}:{}: there is no value `:{}`", script.path, var.line, var.column, var.name);
            mistakes.unknown(spot, message, &var.name, vars.keys().map(String::as_str).chain([AS_OF]));
        }
        if model.columns.is_some() && script.checked.has_outer_star && matches!(model.body, super::Body::Sql(_)) {
            let message = "the outermost SELECT has `*`; name the columns of the contract, so that a new column of an input is none of the model";
            mistakes.add(spot, format!("{}: {message}", script.path));
        }
    }
}

fn check_phi(model: &Model, spot: &Spot<'_>, mistakes: &mut Mistakes) {
    let is_phi = |columns: &Vec<super::Column>| columns.iter().any(|column| column.class == Some(Class::Phi));
    if model.zone == super::Zone::Report && !model.allow_phi && model.columns.as_ref().is_some_and(is_phi) {
        mistakes.add(spot, "is a report with a column of class phi; take it out, or say `allow_phi: true`");
    }
}

/// Puts each model after those that it is made of; a circle is told with its path, and left out.
fn in_order(found: Vec<(Model, Spot<'_>)>, mistakes: &mut Mistakes) -> Vec<Model> {
    let uses: BTreeMap<&str, Vec<&str>> = found
        .iter()
        .map(|(model, _)| {
            let asked = model.tables().into_iter().chain(model.asked().filter(|asked| *asked != model.name));
            let others = asked.filter(|name| model.input(name).is_none());
            (model.name.as_str(), others.filter(|name| found.iter().any(|(other, _)| other.name == *name)).collect())
        })
        .collect();
    let mut order: Vec<String> = Vec::new();
    let mut circles: Vec<Vec<String>> = Vec::new();
    for (model, _) in &found {
        let mut path = Vec::new();
        visit(&model.name, &uses, &mut path, &mut order, &mut circles);
    }
    for circle in circles {
        let spot = found.iter().find(|(model, _)| circle.first() == Some(&model.name)).map(|(_, spot)| spot);
        if let Some(spot) = spot {
            mistakes.add(spot, format!("models use each other in a circle: {}", circle.join(" → ")));
        }
    }
    let mut models: BTreeMap<String, Model> = found.into_iter().map(|(model, _)| (model.name.clone(), model)).collect();
    order.iter().filter_map(|name| models.remove(name)).collect()
}

fn visit(
    name: &str,
    uses: &BTreeMap<&str, Vec<&str>>,
    path: &mut Vec<String>,
    order: &mut Vec<String>,
    circles: &mut Vec<Vec<String>>,
) {
    if order.iter().any(|done| done == name) {
        return;
    }
    if let Some(at) = path.iter().position(|above| above == name) {
        let mut circle: Vec<String> = path.iter().skip(at).cloned().collect();
        circle.push(name.to_owned());
        circles.push(circle);
        return;
    }
    path.push(name.to_owned());
    for used in uses.get(name).into_iter().flatten() {
        visit(used, uses, path, order, circles);
    }
    path.pop();
    if !order.iter().any(|done| done == name) {
        order.push(name.to_owned());
    }
}

impl Curated {
    /// Returns the section of a configuration, if it has one.
    #[must_use]
    pub fn of_config(config: &Config) -> Option<Self> {
        let file = std::path::absolute(&config.file).unwrap_or_else(|_| config.file.clone());
        let folder = file.parent().unwrap_or(Path::new(""));
        config.section(SECTION.name, |spot, mistakes| read(spot, folder, mistakes))
    }

    /// Returns a model.
    ///
    /// # Errors
    /// `InvalidConfig` with the nearest name, when there is none of this name.
    pub fn model(&self, name: &str) -> Result<&Model, Failure> {
        self.models.iter().find(|model| model.name == name).ok_or_else(|| {
            let near = nearest(name, self.models.iter().map(|model| model.name.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Failure::new(ErrorKind::INVALID_CONFIG, format!("curated.models: there is no `{name}`{near}"))
        })
    }

    /// Returns the models that a model is made of, directly.
    pub fn below<'c>(&'c self, model: &'c Model) -> impl Iterator<Item = &'c Model> {
        let tables = model.tables();
        self.models
            .iter()
            .filter(move |other| tables.contains(&other.name.as_str()) && model.input(&other.name).is_none())
    }

    /// Returns the models that are made of a model, directly.
    pub fn above<'c>(&'c self, model: &'c Model) -> impl Iterator<Item = &'c Model> {
        self.models
            .iter()
            .filter(|other| other.input(&model.name).is_none() && other.tables().contains(&model.name.as_str()))
    }
}
