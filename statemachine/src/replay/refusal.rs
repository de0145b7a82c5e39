//! Replays definitions that AWS accepts or refuses.

use serde_json::{Value, json};

use super::compare::expect;
use super::execution::{definition_text, kind};
use crate::machine::Machine;
use crate::problem::Problem;

/// Replays a case of kind `validate`.
pub(super) fn replay(case: &Value) -> Result<(), String> {
    let problems = match Machine::parse_as(&definition_text(case), kind(case)) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.0,
    };
    let expected = case.get("expected").ok_or("the case expects nothing")?;
    let result = if problems.is_empty() { "OK" } else { "FAIL" };
    expect("result", expected.get("result").unwrap_or(&Value::Null), &json!(result))?;
    if let Some(diagnostics) = expected.get("diagnostics") {
        let actual: Vec<Value> = problems.iter().map(diagnostic).collect();
        expect("diagnostics", diagnostics, &json!(actual))?;
    }
    if let Some(message) = expected.get("message") {
        let reasons: Vec<String> = problems.iter().map(reason).collect();
        let actual = format!("Invalid State Machine Definition: '{}'", reasons.join(", "));
        expect("message", message, &json!(actual))?;
    }
    if let Some(code) = expected.get("error_code") {
        expect("error code", code, &json!("InvalidDefinition"))?;
    }
    Ok(())
}

fn diagnostic(problem: &Problem) -> Value {
    json!({"severity": "ERROR", "code": problem.code, "location": problem.location, "message": problem.message})
}

fn reason(problem: &Problem) -> String {
    match &problem.location {
        Some(location) => format!("{}: {} at {location}", problem.code, problem.message),
        None => format!("{}: {}", problem.code, problem.message),
    }
}
