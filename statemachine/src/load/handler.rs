//! Reads `Retry` and `Catch`.

use serde_json::Value;

use super::fields::Fields;
use crate::problem::SCHEMA;
use crate::state::handler::{Catcher, Handlers, Retrier};

pub(super) fn read(fields: &mut Fields<'_>) -> Handlers {
    let mut handlers = Handlers::default();
    let retry = fields.objects("Retry");
    let count = retry.len();
    for (index, (below, object)) in retry.into_iter().enumerate() {
        let mut fields = fields.inside(object, &below);
        let error_equals = error_equals(&mut fields, index + 1 == count);
        let retrier = Retrier {
            error_equals,
            interval_secs: fields.optional_whole("IntervalSeconds", 1).unwrap_or(1),
            max_attempts: fields
                .optional_whole("MaxAttempts", 0)
                .and_then(|number| number.try_into().ok())
                .unwrap_or(3),
            backoff_rate: fields.optional_float("BackoffRate", 1.0, f64::INFINITY).unwrap_or(2.0),
            max_delay_secs: fields.optional_whole("MaxDelaySeconds", 1),
            full_jitter: jitter(&mut fields),
        };
        fields.refuse_others();
        handlers.retry.push(retrier);
    }
    let catch = fields.objects("Catch");
    let count = catch.len();
    for (index, (below, object)) in catch.into_iter().enumerate() {
        let mut fields = fields.inside(object, &below);
        let error_equals = error_equals(&mut fields, index + 1 == count);
        fields.require(&["Next"]);
        let (result_path, assign) = (fields.result_path(), fields.object_template("Assign"));
        let next = fields.text("Next");
        fields.refuse_others();
        if let (Some(result_path), Some(next)) = (result_path, next) {
            handlers.catch.push(Catcher { error_equals, result_path, assign, next });
        }
    }
    handlers
}

fn jitter(fields: &mut Fields<'_>) -> bool {
    match fields.optional_text("JitterStrategy").as_deref() {
        None | Some("NONE") => false,
        Some("FULL") => true,
        Some(_) => {
            fields.problem_at("JitterStrategy", SCHEMA, "JitterStrategy must be 'FULL' or 'NONE'".to_owned());
            false
        }
    }
}

fn error_equals(fields: &mut Fields<'_>, is_last: bool) -> Vec<String> {
    fields.require(&["ErrorEquals"]);
    let Some(value) = fields.take("ErrorEquals") else { return Vec::new() };
    let names: Option<Vec<String>> =
        value.as_array().map(|items| items.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    let count = value.as_array().map_or(0, Vec::len);
    let names = names.filter(|names| !names.is_empty() && names.len() == count);
    let Some(names) = names else {
        let message = "ErrorEquals must be an array with at least one error name".to_owned();
        fields.problem_at("ErrorEquals", SCHEMA, message);
        return Vec::new();
    };
    if names.iter().any(|name| name == "States.ALL") && (names.len() > 1 || !is_last) {
        let message = "States.ALL must be alone in its ErrorEquals, and that entry the last one".to_owned();
        fields.problem_at("ErrorEquals", SCHEMA, message);
    }
    names
}
