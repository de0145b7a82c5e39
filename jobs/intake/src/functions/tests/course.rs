//! What goes on around judging and publishing: slots, sizes, files that are empty or cut off.

use carelake_core::hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::{bury, claim, dispatch, publish, record, slot};
use super::world::{World, step};

const PEOPLE: &str = "MRN,Last\n1,Doe\n2,Roe\n";

fn state(world: &World, execution: &str, course: &Value) -> Value {
    world.call(slot, &step(execution, course)).unwrap()["state"].clone()
}

#[test]
fn of_a_partner_no_more_are_worked_on_at_once_than_it_may_and_who_ends_gives_its_slot_back() {
    let world = World::new();
    let one = world.claimed("one", &world.arrive("PAT_20261101.csv", PEOPLE));
    let other = world.claimed("other", &world.arrive("GST_20261101.csv", PEOPLE));
    assert_eq!(state(&world, "one", &one), "taken");
    assert_eq!(state(&world, "other", &other), "busy");
    assert_eq!(state(&world, "one", &one), "taken", "an attempt whose answer was lost");
    world.call(publish, &step("one", &one)).unwrap();
    assert_eq!(state(&world, "other", &other), "busy");
    world.call(record, &step("one", &one)).unwrap();
    assert_eq!(state(&world, "other", &other), "taken");
    let mut failed = other.clone();
    failed["failure"] = json!({"Error": "Storage", "Cause": "no disk"});
    world.call(bury, &step("other", &failed)).unwrap();
    let third = world.claimed("third", &world.arrive("PAT_20261103.csv", "MRN,Last\n3,Poe\n"));
    assert_eq!(state(&world, "third", &third), "taken");
    // One that died keeps its slot for a while.
    let fourth = world.claimed("fourth", &world.arrive("GST_20261103.csv", "MRN,Last\n4,Coe\n"));
    assert_eq!(state(&world, "fourth", &fourth), "busy");
    world.wait(901);
    assert_eq!(state(&world, "fourth", &fourth), "taken");
}

#[test]
fn a_large_file_is_told_from_others_by_its_size() {
    let world = World::new();
    let mut sizes = Vec::new();
    for (name, size_bytes) in [("PAT_20261101.csv", 256 << 20), ("PAT_20261102.csv", (256 << 20) + 1)] {
        let mut arrived = world.arrive(name, &format!("{PEOPLE}{name},x\n"));
        arrived["size_bytes"] = json!(size_bytes);
        let claimed = world.call(claim, &step(name, &json!({"arrived": arrived}))).unwrap();
        sizes.push((claimed["status"].clone(), claimed["size"].clone()));
    }
    assert_eq!(sizes, [(json!("new"), json!("small")), (json!("new"), json!("large"))]);
}

/// Returns what a queue brings when an object was written.
fn told(body: &Value) -> Value {
    json!({"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": body.to_string()}]})
}

fn written(name: &str, at: &str) -> Value {
    let object = json!({"key": format!("intake/bay/{name}"), "size": 1, "sequencer": at});
    let detail = json!({"bucket": {"name": "raw"}, "object": object});
    told(&json!({
        "version": "0", "id": "e", "detail-type": "Object Created", "source": "aws.s3", "account": "1", "time": at,
        "region": "r", "resources": [], "detail": detail,
    }))
}

fn cut_off(name: &str, from: &str, to: &str) -> Value {
    told(&json!({
        "version": "0", "id": "e", "detail-type": "SFTP Server File Upload Failed", "source": "aws.transfer", "account": "1",
        "time": to, "region": "r", "resources": [],
        "detail": {
            "operation": "UPLOAD", "status-code": "FAILED", "failure-code": "INTERNAL_ERROR", "protocol": "SFTP", "bytes": 4096,
            "client-ip": "192.0.2.1", "username": "bay", "session-id": "s", "server-id": "s-1", "start-timestamp": from,
            "end-timestamp": to, "file-path": format!("/raw/intake/bay/{name}"),
        },
    }))
}

/// Hands a call to the dispatcher, which takes all of it; returns what was started since.
fn dispatched(world: &World, call: &Value) -> Vec<(String, Value)> {
    world.started.lock().unwrap().clear();
    assert_eq!(world.call(dispatch, call).unwrap(), json!({"batchItemFailures": []}));
    world.started.lock().unwrap().clone()
}

#[test]
fn an_empty_object_costs_its_message_no_try_and_its_execution_waits() {
    let world = World::new();
    world.arrive("PAT_20261101.csv", "");
    let event = written("PAT_20261101.csv", "2026-11-02T05:59:00Z");
    let started = dispatched(&world, &event);
    let [(name, input)] = started.as_slice() else { panic!("{started:?}") };
    assert_eq!(input["until"], "2026-11-02T06:14:00Z");
    assert_eq!(dispatched(&world, &event), started, "told again it is the same execution");
    // Nothing comes of it before that, so that one that is filled is the only one that is told of.
    assert_eq!(world.deliveries(|all, now| all.pending(now).unwrap().len()), 0);
    world.arrive("PAT_20261101.csv", PEOPLE);
    let filled = dispatched(&world, &written("PAT_20261101.csv", "2026-11-02T06:05:00Z"));
    let course = world.claimed("filled", &filled[0].1);
    world.call(publish, &step("filled", &course)).unwrap();
    world.wait(900);
    let late = world.call(claim, &step(name, &json!({"arrived": input}))).unwrap();
    assert_eq!((&late["status"], &late["tell"]), (&json!("replaced"), &json!([])));
}

#[test]
fn an_empty_object_that_nobody_fills_is_told_as_empty() {
    let world = World::new();
    world.arrive("PAT_20261101.csv", "");
    let started = dispatched(&world, &written("PAT_20261101.csv", "2026-11-02T05:59:00Z"));
    world.wait(900);
    let late = world.call(claim, &step(&started[0].0, &json!({"arrived": started[0].1}))).unwrap();
    assert_eq!((&late["status"], late["tell"].as_array().unwrap().len()), (&json!("empty"), 1));
}

#[test]
fn what_was_cut_off_is_told_once_and_never_read_and_what_comes_then_is() {
    let world = World::new();
    world.arrive("PAT_20261101.csv", "MRN,Last\n1,D");
    let cut = cut_off("PAT_20261101.csv", "2026-11-02T05:00:00Z", "2026-11-02T05:01:00Z");
    let started = dispatched(&world, &cut);
    assert_eq!(started.len(), 1);
    assert_eq!(dispatched(&world, &cut), []);
    let told = world.call(claim, &step("told", &json!({"arrived": started[0].1}))).unwrap();
    assert_eq!(told["status"], "partial");
    assert!(told["tell"][0]["message"].as_str().unwrap().contains("bay/PAT_20261101.csv was cut off after 4096 bytes"));
    assert_eq!(dispatched(&world, &written("PAT_20261101.csv", "2026-11-02T05:01:02Z")), []);
    let names = || world.deliveries(|all, now| all.all_partial(now).unwrap()).into_iter().map(|file| file.arrival.name);
    assert_eq!(names().collect::<Vec<_>>(), ["PAT_20261101.csv"]);
    world.arrive("PAT_20261101.csv", PEOPLE);
    let whole = dispatched(&world, &written("PAT_20261101.csv", "2026-11-02T05:30:00Z"));
    assert_eq!(whole[0].1["sha256"], hex(&Sha256::digest(PEOPLE)));
    assert_eq!(names().count(), 0);
    // The event of what was cut off, late.
    assert_eq!(dispatched(&world, &written("PAT_20261101.csv", "2026-11-02T05:01:02Z")), []);
    // Of others nothing is marked.
    world.arrive("GST_20261101.csv", PEOPLE);
    assert_eq!(dispatched(&world, &written("GST_20261101.csv", "2026-11-02T05:01:00Z")).len(), 1);
}
