//! What failed for good, as the command shows it.

use crate::support::Place;
use carelake_arrivals::letters::Letters;
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Scope;

#[test]
fn letters_are_listed_by_room_and_error() {
    let place = Place::new();
    std::fs::create_dir_all(place.path().join("output/_carelake")).unwrap();
    let ledger = SqliteLedger::open(&place.path().join("output/_carelake/ledger.sqlite")).unwrap();
    let scope = Scope::default();
    let letters = Letters::new(&ledger, &scope);
    for (room, id, error) in [("intake", "a", "Storage"), ("intake", "b", "SchemaDrift"), ("hl7", "c", "Storage")] {
        let letter = serde_json::json!({
            "id": id, "room": room, "subject": "labs/north", "function": "take", "error": error, "reason": "no header",
            "message": {"key": "a.csv"}, "attempts": 4, "first_failed_at": "2026-11-01T06:00:00Z",
            "failed_at": "2026-11-01T06:14:00Z", "execution": null, "location": "raw/a.csv", "sha256": null, "redrive": null,
        });
        letters.add(&serde_json::from_value(letter).unwrap()).unwrap();
    }
    letters.redrive("hl7", "c", "ann", "2026-11-02T06:00:00Z".parse().unwrap()).unwrap();
    let listed = |options: &[&str]| {
        let json = place.carelake(&[&["letters", "--json"], options].concat()).json();
        let ids = json.as_array().unwrap().iter().map(|letter| letter["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["c", "a", "b"]);
    assert_eq!(listed(&["--room", "intake"]), ["a", "b"]);
    assert_eq!(listed(&["--room", "intake", "--error", "Storage"]), ["a"]);
    let shown = place.carelake(&["letters"]).stdout;
    for text in ["hl7", "done again by ann", "SchemaDrift", "waits", "no header", "2026-11-01T06:14:00Z"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
}

#[test]
fn letters_are_done_again_once_and_what_fails_again_waits_again() {
    let place = Place::new();
    std::fs::create_dir_all(place.path().join("output/_carelake")).unwrap();
    let ledger = SqliteLedger::open(&place.path().join("output/_carelake/ledger.sqlite")).unwrap();
    let scope = Scope::default();
    let letters = Letters::new(&ledger, &scope);
    for (id, function, message) in
        [("good", "freshness", serde_json::json!({})), ("bad", "plan", serde_json::json!({"as_of": 7}))]
    {
        let letter = serde_json::json!({
            "id": id, "room": "monthly", "subject": id, "function": function, "error": "Storage", "reason": "no answer",
            "message": message, "attempts": 4, "first_failed_at": "2026-11-01T06:00:00Z",
            "failed_at": "2026-11-01T06:14:00Z", "execution": null, "location": null, "sha256": null, "redrive": null,
        });
        letters.add(&serde_json::from_value(letter).unwrap()).unwrap();
    }
    let unknown = place.carelake(&["letters", "redrive", "god"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("did you mean `good`?"), "{}", unknown.stderr);
    let done = place.carelake(&["letters", "redrive", "--all", "--json"]);
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    let became =
        done.json()["letters"].as_array().unwrap().iter().map(|it| it["became"].to_string()).collect::<Vec<_>>();
    assert_eq!(became, ["\"failed\"", "\"done\""]);
    let kept = letters.list(&Default::default(), "2026-12-01T00:00:00Z".parse().unwrap()).unwrap();
    let [bad, good] = kept.as_slice() else { panic!("{kept:?}") };
    assert!(bad.redrive.is_none() && bad.attempts == 5 && bad.error != "Storage", "{bad:?}");
    assert!(good.redrive.is_some(), "{good:?}");
    let before = place.carelake(&["letters", "redrive", "good"]);
    assert!(before.code == Some(0) && before.stdout.contains("had it done before"), "{}", before.stdout);
}
