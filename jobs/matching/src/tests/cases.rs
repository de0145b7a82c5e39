//! The hand-made cases, each with what must come out; weights are whole bits.

use std::fs;

use serde_json::{Value, json};

use super::world::{Ran, laid_over, matcher, row, run, shared, tree};
use crate::decide::{Answer, Class, Outcome};
use crate::model::Model;
use crate::record::Layout;

#[test]
fn every_case_is_answered_as_it_says() {
    let Some(cases) = shared("cases.jsonl") else { return };
    let folder = cases.parent().unwrap();
    let config = tree(&fs::read_to_string(folder.join("configs/cases.yaml")).unwrap());
    let weights: Value = serde_json::from_str(&fs::read_to_string(folder.join("models/cases.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in fs::read_to_string(&cases).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let config = laid_over(config.clone(), &case["override"]);
        let mut weights = weights.clone();
        if case["model"].is_object() {
            let fields = laid_over(weights["fields"].clone(), &case["model"]["fields"]);
            weights = laid_over(weights, &case["model"]);
            weights["fields"] = fields;
        }
        count += 1;
        for (mut expected, made) in answers(&case, &config, &weights) {
            expected.as_object_mut().unwrap().remove("record");
            for (key, value) in expected.as_object().unwrap() {
                if !is_like(value, &made[key]) {
                    wrong.push(format!("{} {key}: expected {value}, made {}", case["id"], made[key]));
                }
            }
        }
    }
    assert_eq!(wrong, [] as [&str; 0]);
    assert!(count >= 57, "{count}");
}

fn is_like(expected: &Value, made: &Value) -> bool {
    match (expected, made) {
        (Value::Number(one), Value::Number(other)) => (one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 1e-4,
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_like(one, other))
        }
        _ => expected == made,
    }
}

fn answers(case: &Value, config: &Value, weights: &Value) -> Vec<(Value, Value)> {
    let matcher = matcher(config);
    let layout = Layout::new(&matcher, super::world::as_of());
    let model = Model::read(&weights.to_string(), &matcher).unwrap();
    let rows = |name: &str| case[name].as_array().unwrap().iter().map(row).collect::<Vec<_>>();
    let decisions = case["decisions"].as_array().cloned().unwrap_or_default();
    let ran = run((&matcher, &layout), &model, (&rows("reference"), &rows("records")), &decisions);
    assert_eq!(ran.apart, [] as [Vec<u32>; 0]);
    let expected = case["expected"].as_array().unwrap().iter().cloned();
    expected.zip(ran.answers.iter().map(|answer| shown(&ran, answer))).collect()
}

fn shown(ran: &Ran<'_>, answer: &Answer) -> Value {
    let Some(outcome) = answer.outcome.word() else { return json!({ "outcome": "complete" }) };
    let matcher = ran.index.matcher;
    let mut shown = json!({ "outcome": outcome, "reason": answer.reason.text(matcher) });
    if answer.outcome == Outcome::Exact {
        shown["person"] = json!(ran.name(answer.person.unwrap()));
        shown["repairs"] = ran.repairs(answer).into();
        shown["group_disagrees"] = json!(answer.repaired.is_disagreeing);
    }
    let class = |class: Class| if class == Class::Exact { "exact" } else { "proposed" };
    let candidates = answer.candidates.iter().map(|it| json!([ran.name(it.person), class(it.class), it.weight]));
    shown["candidates"] = candidates.collect();
    if let Some(first) = answer.candidates.first() {
        let named = matcher.fields.iter().zip(&first.levels);
        let named = named.filter(|(_, level)| !level.is_null());
        let named = named.map(|(field, level)| (field.name.clone(), json!(field.kind.name(*level))));
        shown["levels"] = named.collect::<serde_json::Map<_, _>>().into();
    }
    shown
}
