//! Reads the rules of a Choice.

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::path::Path;
use crate::problem::SCHEMA;
use crate::state::choice::{Choice, Operand, Operator, Rule, Test};

pub(super) fn read(fields: &mut Fields<'_>) -> Option<Choice> {
    fields.require(&["Choices"]);
    let objects = fields.objects("Choices");
    if objects.is_empty() && fields.has("Choices") {
        fields.problem_at("Choices", SCHEMA, "Choices must have at least one rule".to_owned());
    }
    let count = objects.len();
    let mut rules = Vec::new();
    for (below, object) in objects {
        let mut fields = fields.inside(object, &below);
        fields.require(&["Next"]);
        let (next, assign) = (fields.text("Next"), fields.object_template("Assign"));
        let test = test(fields);
        if let (Some(test), Some(next)) = (test, next) {
            rules.push(Rule { test, next, assign });
        }
    }
    let default = fields.text("Default");
    (rules.len() == count && count > 0).then_some(Choice { rules, default })
}

/// Reads a test; takes the fields, because everything in them belongs to it by now.
fn test(mut fields: Fields<'_>) -> Option<Test> {
    let test = if fields.has("And") {
        several(&mut fields, "And").map(Test::And)
    } else if fields.has("Or") {
        several(&mut fields, "Or").map(Test::Or)
    } else if fields.has("Not") {
        let object = fields.object("Not");
        object.and_then(|object| nested(&mut fields, "/Not", object)).map(|test| Test::Not(Box::new(test)))
    } else {
        comparison(&mut fields)
    };
    fields.refuse_others();
    test
}

fn several(fields: &mut Fields<'_>, name: &'static str) -> Option<Vec<Test>> {
    let objects = fields.objects(name);
    if objects.is_empty() {
        fields.problem_at(name, SCHEMA, format!("{name} must have at least one rule"));
        return None;
    }
    let tests: Vec<Option<Test>> = objects.into_iter().map(|(below, object)| nested(fields, &below, object)).collect();
    tests.into_iter().collect()
}

fn nested(fields: &mut Fields<'_>, below: &str, object: &Map<String, Value>) -> Option<Test> {
    test(fields.inside(object, below))
}

fn comparison(fields: &mut Fields<'_>) -> Option<Test> {
    fields.require(&["Variable"]);
    let variable = fields.optional_path("Variable");
    let operators: Vec<(String, Operator, bool)> = fields
        .keys()
        .filter_map(|name| Operator::named(name).map(|(operator, is_path)| (name.clone(), operator, is_path)))
        .collect();
    let [(name, operator, is_path)] = operators.as_slice() else {
        let names: Vec<&str> = operators.iter().map(|(name, ..)| name.as_str()).collect();
        fields.problem(SCHEMA, format!("a rule needs exactly one comparison operator, found [{}]", names.join(", ")));
        for (name, ..) in &operators {
            fields.know_operator(name);
        }
        return None;
    };
    let value = fields.know_operator(name)?;
    let operand = if *is_path {
        match value.as_str().map(Path::parse) {
            Some(Ok(path)) => Some(Operand::Path(path)),
            _ => None,
        }
    } else {
        operator.takes(value).then(|| Operand::Literal(value.clone()))
    };
    if operand.is_none() {
        fields.problem_at(name, SCHEMA, format!("the value of {name} has the wrong type"));
    }
    Some(Test::Compare { variable: variable?, operator: *operator, operand: operand? })
}
