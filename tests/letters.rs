//! What failed for good, as the command shows it.

#[cfg(test)]
#[expect(dead_code, reason = "the other tests use the rest")]
mod support;

use carelake_arrivals::letters::Letters;
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Scope;
use support::Place;

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
