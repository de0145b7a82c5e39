//! Who did what, as the command shows it.

use crate::support::Place;
use carelake_core::ledger::{Audit, Event, Object, Partition, Rows, SqliteLedger, Write};
use carelake_core::names::Scope;
use jiff::Timestamp;
use serde_json::json;

#[test]
fn entries_are_listed_newest_last_and_one_that_was_changed_is_found() {
    let place = Place::new();
    assert_eq!(place.carelake(&["audit", "--json"]).json(), json!({ "streams": [] }));
    assert_eq!(place.carelake(&["audit", "console"]).code, Some(2));
    std::fs::create_dir_all(place.path().join("output/_carelake")).unwrap();
    let ledger = SqliteLedger::open(&place.path().join("output/_carelake/ledger.sqlite")).unwrap();
    let (scope, at) = (Scope::default(), "2026-11-01T06:00:00Z".parse::<Timestamp>().unwrap());
    let audit = Audit::new(&ledger as &dyn Rows, &scope);
    for n in 1..=30 {
        let what = json!({"action": "rollback", "of": format!("list {n}")}).as_object().unwrap().clone();
        audit.append("console", &Event { id: n.to_string(), at, actor: "ann".to_owned(), what }).unwrap();
    }
    audit
        .append("matching/bay", &Event { id: "1".to_owned(), at, actor: "bob".to_owned(), what: Object::new() })
        .unwrap();
    let of_room = place.carelake(&["audit", "--room", "matching", "--verify", "--json"]).json();
    assert_eq!(of_room["streams"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&of_room["streams"][0]["stream"], &of_room["streams"][0]["whole"]),
        (&json!("matching/bay"), &json!(true))
    );
    assert_eq!(place.carelake(&["audit", "--room", "loads", "--json"]).json(), json!({ "streams": [] }));
    let mistyped = place.carelake(&["audit", "--room", "matchin"]);
    assert!(mistyped.code == Some(2) && mistyped.stderr.contains("did you mean `matching`?"), "{}", mistyped.stderr);
    audit.append("tokens", &Event { id: "1".to_owned(), at, actor: "bob".to_owned(), what: Object::new() }).unwrap();
    let told = place.carelake(&["audit", "console", "--last", "2", "--json"]).json();
    let entries = told["streams"][0]["entries"].as_array().unwrap();
    let numbers: Vec<_> = entries.iter().map(|entry| entry["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [29, 30]);
    assert_eq!((&entries[1]["event"]["actor"], &entries[1]["event"]["at"]), (&json!("ann"), &json!(at)));
    assert_eq!(place.carelake(&["audit", "--json"]).json()["streams"].as_array().unwrap().len(), 3);
    let shown = place.carelake(&["audit"]).stdout;
    assert!(shown.contains("list 30") && shown.contains("list 11") && !shown.contains("list 10"), "{shown}");
    let mistyped = place.carelake(&["audit", "consol"]);
    assert!(mistyped.stderr.contains("did you mean `console`?"), "{}", mistyped.stderr);

    let whole = place.carelake(&["audit", "--verify"]);
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    assert!(whole.stdout.contains("console: whole, 30 entries"), "{}", whole.stdout);
    let key = Partition::new(&scope, "audit", "console").key("entry/00000000000000000017");
    let mut event = audit.read("console", 16, 1).unwrap().remove(0).event;
    event.actor = "nobody".to_owned();
    ledger.write(&Write::update(key, Object::from_iter([("event".to_owned(), json!(event))])), at).unwrap();
    let broken = place.carelake(&["audit", "--verify", "--json"]);
    assert_eq!(broken.code, Some(1));
    assert_eq!(broken.json()["streams"][0], json!({"stream": "console", "whole": false, "broken": 17}));
    assert!(broken.json()["streams"].as_array().unwrap()[1..].iter().all(|stream| stream["whole"] == json!(true)));
}
