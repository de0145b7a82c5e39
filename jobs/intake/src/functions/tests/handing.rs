//! What judging hands over to publishing.

use std::fs;

use carelake_core::ErrorKind;
use serde_json::{Value, json};

use super::super::{bury, change, due, judge, publish};
use super::world::{World, step};

const PEOPLE: &str = "MRN,Last\n1,Doe\n2,Roe\n,Nobody\n";
const HANDED: &str = "intake/_handed/";

/// Has a file arrive and be judged; answers the course so far.
fn judged(world: &World, execution: &str) -> Value {
    let course = world.claimed(execution, &world.arrive("PAT_20261101.csv", PEOPLE));
    let judged = world.call(judge, &step(execution, &course)).unwrap();
    assert_eq!(judged, json!({"rows": 3}));
    course
}

/// Takes the file away: whoever reads it again fails.
fn lose(world: &World) {
    fs::remove_file(world.path("input/intake/bay/PAT_20261101.csv")).unwrap();
}

#[test]
fn publishing_takes_what_was_judged_and_reads_the_file_no_more() {
    let world = World::new();
    let course = judged(&world, "one");
    assert_eq!(world.files(HANDED).len(), 3, "{:?}", world.files(HANDED));
    lose(&world);
    let published = world.call(publish, &step("one", &course)).unwrap();
    assert_eq!(published, json!({"status": "published", "rows": 2}));
    assert_eq!(world.files(HANDED), [""; 0]);
    let rejected = world.with(|context| {
        let desk = super::super::desk::Desk::open(context).unwrap();
        let stores = (context.services.output, context.services.rejects);
        super::super::rejected(&desk.intake, stores, None).unwrap()
    });
    let told: Vec<_> = rejected.iter().map(|one| (one.place.as_str(), one.rule.as_str())).collect();
    assert_eq!(told, [("4", "required_missing")]);
}

#[test]
fn a_page_that_changed_meanwhile_has_the_delivery_judged_anew() {
    let mut world = World::new();
    let course = judged(&world, "one");
    world.configure("last_name: Last", "first_name: Last");
    let published = world.call(publish, &step("one", &course)).unwrap();
    assert_eq!(published, json!({"status": "published", "rows": 2}));
    let mut world = World::new();
    let course = judged(&world, "one");
    world.configure("last_name: Last", "first_name: Last");
    lose(&world);
    world.call(publish, &step("one", &course)).unwrap_err();
}

#[test]
fn what_is_not_whole_counts_for_nothing() {
    for lost in ["manifest.json", "0.rows", "0.rejects"] {
        let world = World::new();
        let course = judged(&world, "one");
        fs::remove_file(world.path("rejects").join(HANDED).join("one").join(lost)).unwrap();
        let published = world.call(publish, &step("one", &course)).unwrap();
        assert_eq!(published, json!({"status": "published", "rows": 2}), "{lost}");
    }
    let world = World::new();
    let course = judged(&world, "one");
    let rows = world.path("rejects").join(HANDED).join("one/0.rows");
    let bytes = fs::read(&rows).unwrap();
    fs::write(&rows, &bytes[..bytes.len() - 5]).unwrap();
    let published = world.call(publish, &step("one", &course)).unwrap();
    assert_eq!(published, json!({"status": "published", "rows": 2}));
}

#[test]
fn an_attempt_at_judging_replaces_what_the_one_before_kept() {
    let world = World::new();
    let course = judged(&world, "one");
    assert_eq!(world.call(judge, &step("one", &course)).unwrap(), json!({"rows": 3}));
    lose(&world);
    world.call(publish, &step("one", &course)).unwrap();
}

#[test]
fn what_an_execution_leaves_that_fails_or_dies_goes() {
    let world = World::new();
    let mut course = judged(&world, "one");
    course["failure"] = json!({"Error": ErrorKind::STORAGE.name, "Cause": "no disk"});
    world.call(bury, &step("one", &course)).unwrap();
    assert_eq!(world.files(HANDED), [""; 0]);
    let world = World::new();
    judged(&world, "one");
    let age = jiff::Timestamp::now().duration_since("2026-11-02T06:00:00Z".parse().unwrap());
    world.wait(age.as_secs());
    world.call(due, &json!({"execution": "today"})).unwrap();
    assert_eq!(world.files(HANDED).len(), 3);
    world.wait(73 * 3_600);
    world.call(due, &json!({"execution": "later"})).unwrap();
    assert_eq!(world.files(HANDED), [""; 0]);
}

#[test]
fn a_person_has_a_delivery_withdrawn_and_what_is_due_then_is_started() {
    let world = World::new();
    for (execution, name) in [("two", "PAT_20261102.csv"), ("one", "PAT_20261101.csv")] {
        let course = world.claimed(execution, &world.arrive(name, PEOPLE));
        if course["claimed"]["answer"]["status"] == "new" {
            world.call(publish, &step(execution, &course)).unwrap();
        }
    }
    let of = |day: &str| json!({"feed": "bay_people", "position": {"date": day, "sequence": 0}});
    let asked = |change: Value| json!({"by": "ana", "change": change});
    let withdrawn = world.call(change, &asked(json!({"verb": "withdraw", "delivery": of("2026-11-02")}))).unwrap();
    let sent = &withdrawn["sent"][0];
    assert_eq!((&sent["path"], &sent["delivery"]), (&json!("bay/PAT_20261101.csv"), &of("2026-11-01")));
    let started = world.started.lock().unwrap().clone();
    assert_eq!(started.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), [sent["execution"].as_str().unwrap()]);
    let rebuilt = world.call(change, &asked(json!({"verb": "rebuild", "feed": "bay_peopel"}))).unwrap_err();
    assert_eq!((rebuilt.kind, rebuilt.reason.contains("did you mean bay_people?")), (ErrorKind::INVALID_CONFIG, true));
}

#[test]
fn a_person_has_a_failure_done_again_once_and_a_stray_file_assigned() {
    let world = World::new();
    let mut course = world.claimed("one", &world.arrive("PAT_20261101.csv", "%PDF-1.7 "));
    let failure = world.call(judge, &step("one", &course)).unwrap_err();
    course["failure"] = json!({"Error": failure.kind.name, "Cause": failure.reason});
    world.call(bury, &step("one", &course)).unwrap();
    let letter = world.with(|context| {
        let letters = carelake_arrivals::letters::Letters::new(context.services.ledger, context.scope);
        letters.list(&Default::default(), (context.services.now)()).unwrap()[0].id.clone()
    });
    let again = json!({"by": "ana", "change": {"verb": "redrive", "letter": letter}});
    let sent = world.call(change, &again).unwrap();
    assert_eq!(sent["sent"][0]["status"], "waiting", "{sent}");
    assert_eq!(world.call(change, &again).unwrap()["sent"], json!([]));
    assert_eq!(world.started.lock().unwrap().len(), 1);

    let stray = world.claimed("stray", &world.arrive("patients.csv", PEOPLE));
    assert_eq!(stray["claimed"]["answer"]["status"], "unclaimed");
    let file = world.deliveries(|all, now| all.all_unclaimed(now).unwrap()[0].id.clone());
    let assign = json!({"by": "ana", "change": {"verb": "assign", "file": file, "feed": "bay_people"}});
    let sent = world.call(change, &assign).unwrap();
    assert_eq!(sent["sent"][0]["delivery"]["feed"], "bay_people", "{sent}");
    assert!(world.deliveries(|all, now| all.all_unclaimed(now).unwrap().is_empty()));
    let waiting = world.deliveries(|all, now| all.pending(now).unwrap().len());
    assert_eq!(waiting, 2);
}

#[test]
fn mistakes_in_the_section_are_told_with_their_place_and_no_feed_is_silently_away() {
    let mut world = World::new();
    world.configure("last_name: Last", "last_nam: Last");
    let arrived = world.arrive("PAT_20261101.csv", PEOPLE);
    let payloads = [step("one", &json!({"arrived": arrived})), json!({"execution": "due"})];
    let [claimed, looked] = payloads;
    for failure in [world.call(super::super::claim, &claimed), world.call(due, &looked)].map(Result::unwrap_err) {
        assert_eq!(failure.kind, ErrorKind::INVALID_CONFIG);
        assert!(failure.reason.contains("intake.feeds.bay_people.tables.persons.columns.last_nam"), "{failure}");
        assert!(failure.reason.contains("pipeline_config.yaml:13:"), "{failure}");
    }
    assert_eq!(world.deliveries(|all, now| all.pending(now).unwrap().len()), 0);
}
