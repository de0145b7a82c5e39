//! Reads the states that hold flows.

use super::distributed::{self, Mode};
use super::fields::Fields;
use super::{flow, handler};
use crate::path::Path;
use crate::problem::SCHEMA;
use crate::state::Flow;
use crate::state::container::{Amount, Map, Parallel};

pub(super) fn parallel(fields: &mut Fields<'_>) -> Option<Parallel> {
    fields.require(&["Branches"]);
    let objects = fields.objects("Branches");
    if objects.is_empty() && fields.has("Branches") {
        fields.problem_at("Branches", SCHEMA, "Branches must have at least one branch".to_owned());
    }
    let mut branches = Vec::new();
    for (below, object) in objects {
        let mut fields = fields.inside(object, &below);
        fields.require(&["States", "StartAt"]);
        branches.push(flow::read(&mut fields));
        fields.refuse_others();
    }
    let branches: Option<Vec<Flow>> = branches.into_iter().collect();
    let parallel = Parallel {
        parameters: fields.template("Parameters"),
        result_selector: fields.object_template("ResultSelector"),
        result_path: fields.result_path()?,
        handlers: handler::read(fields),
        branches: branches?,
    };
    Some(parallel)
}

pub(super) fn map(fields: &mut Fields<'_>) -> Option<Map> {
    fields.exclude(&["ItemProcessor", "Iterator"]);
    fields.exclude(&["ItemSelector", "Parameters"]);
    let name = if fields.has("ItemProcessor") { "ItemProcessor" } else { "Iterator" };
    if !fields.has(name) {
        fields.problem(SCHEMA, "These fields are required: [ItemProcessor]".to_owned());
    }
    let object = fields.object(name);
    let mut mode = Mode::Inline;
    let processor = object.and_then(|object| {
        let mut fields = fields.inside(object, &format!("/{name}"));
        mode = distributed::mode(&mut fields);
        fields.require(&["States", "StartAt"]);
        let flow = match mode {
            Mode::Inline => flow::read(&mut fields),
            Mode::Distributed(kind) => fields.as_machine(kind, flow::read),
        };
        fields.refuse_others();
        flow
    });
    fields.know("ItemProcessor");
    let distributed = distributed::read(fields, mode);
    let items_path = if fields.has("ItemsPath") { fields.optional_path("ItemsPath") } else { Path::parse("$").ok() };
    let selector = if fields.has("ItemSelector") { "ItemSelector" } else { "Parameters" };
    let map = Map {
        item_selector: fields.template(selector),
        max_concurrency: amount(fields, "MaxConcurrency", "MaxConcurrencyPath", f64::INFINITY)
            .unwrap_or(Amount::Fixed(0.0)),
        tolerated_count: amount(fields, "ToleratedFailureCount", "ToleratedFailureCountPath", f64::INFINITY),
        tolerated_percentage: amount(fields, "ToleratedFailurePercentage", "ToleratedFailurePercentagePath", 100.0),
        result_selector: fields.object_template("ResultSelector"),
        result_path: fields.result_path()?,
        handlers: handler::read(fields),
        items_path: items_path?,
        processor: processor?,
        distributed,
    };
    Some(map)
}

pub(super) fn amount(fields: &mut Fields<'_>, name: &'static str, path: &'static str, most: f64) -> Option<Amount> {
    fields.exclude(&[name, path]);
    let fixed = fields.optional_float(name, 0.0, most).map(Amount::Fixed);
    let found = fields.optional_path(path).map(Amount::Path);
    fixed.or(found)
}
