//! The hand-made cases through the whole room: published, loaded, looked up, decided and settled; what is published must be what they say.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::world::{Lake, Row, asked};
use crate::index::person_id;
use crate::reviews::Action;
use crate::tests::world::{laid_over, row, shared, tree};

/// Returns the person of `FEED/ID`.
fn person(key: &str) -> String {
    let (feed, id) = key.split_once('/').unwrap();
    person_id(feed, id)
}

fn rows(case: &Value, name: &str) -> Vec<Row> {
    let one = |value: &Value| {
        let mut row = row(value);
        if let Some(observed) = row.remove("observed") {
            row.insert("delivery_date".to_owned(), observed);
        }
        row
    };
    case[name].as_array().unwrap().iter().map(one).collect()
}

fn lake(case: &Value, config: &Value, weights: &Value) -> Lake {
    let apart = json!({ "input": { "publications": ["intake/persons/records"] }, "reference": { "from": ["intake/persons/reference"] } });
    let mut config = laid_over(config.clone(), &case["override"]);
    for (part, over) in apart.as_object().unwrap() {
        config[part] = laid_over(config[part].clone(), over);
    }
    let lake = Lake::with(&json!({ "matchers": { "bay": config } }).to_string());
    let mut weights = weights.clone();
    if case["model"].is_object() {
        let fields = laid_over(weights["fields"].clone(), &case["model"]["fields"]);
        weights = laid_over(weights, &case["model"]);
        weights["fields"] = fields;
    }
    fs::write(lake.folder.path().join("model.json"), weights.to_string()).unwrap();
    lake.publish("reference", &[&rows(case, "reference")]);
    lake.publish("records", &[&rows(case, "records")]);
    lake
}

/// Answers what people are said to have decided.
fn decide(lake: &Lake, decisions: &Value) {
    for decision in decisions.as_array().into_iter().flatten() {
        let reviews = lake.reviews("eve");
        let review = reviews.iter().find(|review| decision["patient_id"] == *review.key.patient_id).unwrap();
        let action = if decision["action"] == "accept" { Action::Accept } else { Action::Reject };
        let person = person(decision["person"].as_str().unwrap());
        lake.decide(("eve", true), &asked(action, Some(review), &[&person])).unwrap();
    }
}

fn differences(lake: &Lake, case: &Value) -> Vec<String> {
    let (outcomes, published) = (lake.rows("matching/bay/outcomes"), lake.rows("matching/bay/persons/records"));
    let mut wrong = Vec::new();
    for expected in case["expected"].as_array().unwrap() {
        let (feed, id) = expected["record"].as_str().unwrap().split_once('/').unwrap();
        let is_its = |row: &&Row| row["data_source"] == feed && row["patient_id"] == id;
        let mut differs = |what: &str, expected: &Value, made: &Value| {
            if expected != made {
                wrong.push(format!("{} {id} {what}: expected {expected}, made {made}", case["id"]));
            }
        };
        let Some(outcome) = outcomes.iter().find(is_its) else {
            differs("outcome", &expected["outcome"], &json!("complete"));
            continue;
        };
        differs("outcome", &expected["outcome"], &json!(outcome["outcome"]));
        differs("reason", &expected["reason"], &json!(outcome["reason"]));
        let of = expected["person"].as_str().map(person);
        differs("person", &json!(of), &json!(outcome.get("person_id")));
        if let Some(candidates) = expected["candidates"].as_array() {
            differs("candidates", &json!(candidates.len().to_string()), &json!(outcome["candidates"]));
            if let Some(weight) = candidates.first().and_then(|first| first[2].as_f64()) {
                let made: f64 = outcome["weight"].parse().unwrap();
                differs("weight", &json!(true), &json!((weight - made).abs() < 1e-4));
            }
        }
        let row = published.iter().find(is_its).unwrap();
        let repaired: BTreeSet<String> =
            serde_json::from_str::<Vec<String>>(&row["_repaired"]).unwrap().into_iter().collect();
        let repairs = expected["repairs"].as_object().cloned().unwrap_or_default();
        differs("repaired", &json!(repairs.keys().cloned().collect::<BTreeSet<_>>()), &json!(repaired));
        for (column, value) in &repairs {
            differs(column, value, &json!(row.get(column)));
        }
    }
    wrong
}

#[test]
fn every_case_is_published_as_it_says() {
    let Some(cases) = shared("cases.jsonl") else { return };
    let folder = cases.parent().unwrap();
    let config = tree(&fs::read_to_string(folder.join("configs/cases.yaml")).unwrap());
    let weights: Value = serde_json::from_str(&fs::read_to_string(folder.join("models/cases.json")).unwrap()).unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in fs::read_to_string(&cases).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let lake = lake(&case, &config, &weights);
        lake.run("one");
        if case["decisions"].is_array() {
            decide(&lake, &case["decisions"]);
            lake.run("two");
        }
        wrong.extend(differences(&lake, &case));
        count += 1;
    }
    assert_eq!(wrong, [] as [&str; 0]);
    assert!(count >= 57, "{count}");
}

#[cfg(feature = "postgres")]
#[test]
fn every_case_is_published_as_it_says_where_the_reference_is_on_a_server() {
    crate::tests::servers::on_a_server(&[&every_case_is_published_as_it_says]);
}
