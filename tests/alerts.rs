//! What people were told, as the command shows it.

use crate::support::Place;
use serde_json::{Value, json};

#[test]
fn what_a_run_tells_is_listed_until_somebody_acknowledges_it() {
    let place = Place::new();
    assert_eq!(place.carelake(&["alerts", "--json"]).json(), json!({ "alerts": [] }));
    // There is no input, so that the run fails and tells.
    assert_ne!(place.run_clinicians(&[]).code, Some(0));
    let listed = |options: &[&str]| -> Vec<Value> {
        let told = place.carelake(&[&["alerts", "--json"], options].concat()).json();
        told["alerts"].as_array().unwrap().clone()
    };
    let alerts = listed(&[]);
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    let alert = &alerts[0];
    assert_eq!((&alert["recipient"], &alert["delivered_at"]), (&json!("notify"), &Value::Null), "nothing is mailed");
    let (id, subject) = (alert["id"].as_str().unwrap(), alert["subject"].as_str().unwrap());
    let notice = place.path().join("output/_carelake/runs/2026-11-01.1/notice.txt");
    assert!(id.starts_with("2026-11-01.1/"), "{id}");
    assert!(std::fs::read_to_string(notice).unwrap().starts_with(&format!("Subject: {subject}\n")), "{subject}");
    assert!(place.carelake(&["alerts"]).stdout.contains(id));

    let unknown = place.carelake(&["alerts", "acknowledge", "2026-11-01.1/x"]);
    assert_eq!(unknown.code, Some(2));
    let elsewhere = place.carelake(&["alerts", "acknowledge", id, "--recipient", "nobody"]);
    assert_eq!(elsewhere.code, Some(2));
    assert_eq!(listed(&["--unacknowledged"]).len(), 1);
    let done = place.carelake(&["alerts", "acknowledge", id, "--json"]);
    assert_eq!((done.code, &done.json()["recipients"]), (Some(0), &json!(["notify"])), "{}", done.stderr);
    assert_eq!(listed(&["--unacknowledged"]), [] as [Value; 0]);
    let first = listed(&[])[0].clone();
    assert_eq!(first["acknowledged_by"], done.json()["acknowledged_by"]);
    assert_eq!(place.carelake(&["alerts", "acknowledge", id]).code, Some(0));
    assert_eq!(listed(&[])[0]["acknowledged_at"], first["acknowledged_at"], "the first one stands");
}
