//! What the rows of a model follow from beside its inputs.

use std::collections::BTreeMap;

use carelake_core::hex;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::config::{Action, Body, Curated, Kind, Model, Step};
use crate::sql::{AS_OF, literal};

/// The engine and its version: part of what a model's rows follow from.
pub const ENGINE: &str = "polars 0.55.2";

/// Returns the hash of all of a model that its rows follow from: the question without its white space and comments, or the steps, the
/// values that it names, its contract with the classes of columns, how it is published, and the engine; and its tests, so that what is served
/// was asked them. A new description changes nothing of it.
#[must_use]
pub fn fingerprint(model: &Model, vars: &BTreeMap<String, String>) -> String {
    let mut all = Sha256::new();
    let mut add = |text: String| {
        all.update((text.len() as u64).to_be_bytes());
        all.update(text.as_bytes());
    };
    add(ENGINE.to_owned());
    match &model.body {
        Body::Sql(script) => add(script.checked.text()),
        Body::Steps(steps) => steps.iter().for_each(|step| add(step_text(step))),
    }
    for script in model.scripts() {
        for var in script.checked.vars.iter().filter(|var| var.name != AS_OF) {
            add(format!("{}={}", var.name, vars.get(&var.name).map(String::as_str).unwrap_or_default()));
        }
    }
    for column in model.columns.iter().flatten() {
        add(format!("{} {} {:?}", column.name, column.kind, column.class));
    }
    for test in &model.tests {
        let text = format!("{test:?}");
        for (name, value) in vars.iter().filter(|(name, _)| *name != AS_OF && text.contains(&format!(":{name}"))) {
            add(format!("{name}={value}"));
        }
        add(text);
    }
    add(format!("{:?} {:?} {:?} {:?}", model.output, model.increment, model.group(), model.dimensions));
    hex(&all.finalize())
}

fn step_text(step: &Step) -> String {
    let action = match &step.action {
        Action::Sql(script) => script.checked.text(),
        other => format!("{other:?}"),
    };
    format!("{:?} {:?} {action}", step.from, step.named)
}

/// Returns the values that SQL names, as SQL writes them.
#[must_use]
pub fn values(curated: &Curated, as_of: Date) -> BTreeMap<String, String> {
    // What cannot be written was refused when the configuration was read.
    let vars = curated.vars.iter().filter_map(|(name, var)| Some((name.clone(), literal(&var.kind, &var.value).ok()?)));
    let day = literal(&Kind::Date, &as_of.to_string()).ok().map(|text| (AS_OF.to_owned(), text));
    vars.chain(day).collect()
}
