//! Where messages lie, whatever fails on the way.

use carelake_core::store::{FaultyStore, Moment, Store};
use jiff::SignedDuration;

use super::lake::{Lake, admission, arrival};
use crate::catalog::State;
use crate::config::Hl7;
use crate::receive::{Status, message_id, receive};
use crate::replay::{Wanted, replay};
use crate::sweep::sweep;

/// Every message is old enough: the clock of the lake is not that of its stores.
const ANY_AGE: SignedDuration = SignedDuration::from_hours(-24 * 365 * 100);

const BROKEN: &[u8] = b"MSH|^~\\&|SND|FAC|RCV|FAC|20240102030405||ADT^A01|9|P|2.5\r1ID|1||secret\r";

#[test]
fn a_message_lies_as_it_came_and_as_json_and_says_what_it_was_made_of() {
    let lake = Lake::new();
    let message = admission("1", "7");
    let receipt = lake.send(&message);
    let id = message_id(&message);
    assert_eq!((receipt.status, &receipt.message_id, receipt.control_id.as_str()), (Status::Stored, &id, "1"));
    let raw = format!("raw/hl7v2/received=2024-07-14/{id}.er7");
    let staging = format!("staging/hl7v2/received=2024-07-14/{id}.json");
    assert_eq!(lake.zones(), [vec![raw.clone()], vec![staging.clone()], vec![]]);
    assert_eq!(lake.raw.read(&raw).unwrap(), message);
    assert_eq!(lake.output.label(&staging).unwrap().tags["data_src"], raw);
    let metadata = lake.raw.label(&raw).unwrap().metadata;
    assert_eq!((metadata["way-in"].as_str(), metadata["by"].as_str()), ("http", "tester"));
    assert!(std::path::Path::new(&lake.folder.path().join("output").join(format!("{staging}.tags.json"))).is_file());
    let json: serde_json::Value = serde_json::from_slice(&lake.output.read(&staging).unwrap()).unwrap();
    assert_eq!(json["PID"]["PID_3"][0]["CX_1"], "7");
}

#[test]
fn the_same_again_is_a_duplicate_and_something_else_with_its_control_id_a_conflict() {
    let lake = Lake::new();
    lake.send(&admission("1", "7"));
    lake.pass(SignedDuration::from_hours(30));
    assert_eq!(lake.send(&admission("1", "7")).status, Status::Duplicate);
    assert_eq!(lake.zones()[0].len(), 1);
    let later = String::from_utf8(admission("1", "7")).unwrap().replace("030405", "040506");
    assert_eq!(lake.send(later.as_bytes()).status, Status::Duplicate, "sent again with another MSH-7");
    assert_eq!(lake.send(later.as_bytes()).status, Status::Duplicate);
    let receipt = lake.send(&admission("1", "8"));
    assert_eq!((receipt.status, receipt.reason.unwrap().name()), (Status::Conflict, "control_id_conflict"));
    let [raw, staging, errors] = lake.zones();
    assert_eq!((raw.len(), staging.len(), errors.len()), (3, 1, 1));
    lake.pass(SignedDuration::from_hours(24 * 31));
    assert_eq!(lake.send(&admission("1", "9")).status, Status::Stored, "a control id is given back after a while");
}

#[test]
fn what_cannot_be_used_is_kept_with_its_reason_and_without_a_value() {
    let lake = Lake::new();
    let receipt = lake.send(BROKEN);
    assert_eq!((receipt.status, receipt.reason.unwrap().name()), (Status::Error, "segment_name"));
    assert_eq!((receipt.control_id.as_str(), receipt.place.segment), ("9", 2));
    let [raw, staging, errors] = lake.zones();
    assert_eq!((raw.len(), staging.len(), errors.len()), (1, 0, 1));
    let account = lake.rejects.read(&crate::zones::account_key(&errors[0])).unwrap();
    let account = String::from_utf8(account).unwrap();
    assert!(account.contains("segment_name") && !account.contains("secret"), "{account}");
    let rows = lake.catalog(|catalog| catalog.errors(Some("segment_name"), None).unwrap());
    assert_eq!((rows.len(), rows[0].kind.as_str(), rows[0].attempts), (1, "HL7_ADT^A01_2.5", 1));
    assert_eq!(lake.send(BROKEN).status, Status::Error, "it is tried again");
    assert_eq!(lake.catalog(|catalog| catalog.errors(None, None).unwrap()[0].attempts), 2);
}

#[test]
fn a_message_that_can_be_used_by_now_is_replayed_once_and_keeps_its_time() {
    let mut lake = Lake::with(Hl7 { processing_ids: vec!["T".to_owned()], ..Hl7::default() });
    let message = admission("1", "7");
    assert_eq!(lake.send(&message).reason.unwrap().name(), "processing_id");
    lake.pass(SignedDuration::from_hours(48));
    let wanted = Wanted { reason: Some("processing_id".to_owned()), ..Wanted::default() };
    let again = lake.act(|world| replay(world, &wanted)).unwrap();
    assert_eq!((again.tried, again.stored), (1, 0));
    lake.config.processing_ids.clear();
    let again = lake.act(|world| replay(world, &wanted)).unwrap();
    assert_eq!((again.tried, again.stored), (1, 1));
    let before = (lake.zones(), lake.catalog(|catalog| catalog.errors(None, None).unwrap()));
    assert_eq!(before.0[1].len(), 1);
    assert!(before.0[1][0].contains("2024-07-14") && before.0[2].is_empty(), "{:?}", before.0);
    assert_eq!(serde_json::to_value(before.1[0].state).unwrap(), "replayed");
    let again = lake.act(|world| replay(world, &Wanted::default())).unwrap();
    assert_eq!((again.tried, (lake.zones(), lake.catalog(|catalog| catalog.errors(None, None).unwrap()))), (0, before));
}

#[test]
fn the_original_s_keys_are_kept_and_one_that_is_taken_is_left_alone() {
    let lake = Lake::with(Hl7 { is_original: true, ..Hl7::default() });
    let message = |facility: &str| format!("MSH|^~\\&|S|{facility}|R|F|2016||ADT^A01|7|P|2.3\rPID|1||7\r").into_bytes();
    lake.send(&message("A"));
    assert_eq!(lake.zones()[1], ["staging/hl7v2/ADT_A01_2016_7.json"]);
    assert_eq!(lake.send(&message("B")).status, Status::Stored);
    let short: String = message_id(&message("B")).chars().take(8).collect();
    assert!(lake.zones()[0].contains(&format!("raw/hl7v2/ADT_A01_2016_7_{short}.txt")), "{:?}", lake.zones());
    assert_eq!(lake.send(b"MSH|^~\\&|S|A|R|F|2016||ADT^A31|8|P|2.3\r").reason.unwrap().name(), "structure_unsupported");
    assert_eq!(lake.zones()[2], ["error/hl7v2/2.3_ADT^A31_8.txt"]);
}

/// Sends messages over stores of which one fails at a call; answers whether it failed.
fn send_over(lake: &Lake, call: u64, moment: Moment, which: usize, message: &[u8]) -> (bool, u64) {
    let stores: [&dyn Store; 3] = [&lake.raw, &lake.output, &lake.rejects];
    let faulty = FaultyStore::failing_once(stores[which], call, moment);
    let mut with = stores;
    with[which] = &faulty;
    let sent = lake.on((with[0], with[1], with[2]), &lake.ledger, |world| receive(world, &arrival(message)));
    (sent.is_err(), faulty.calls())
}

#[test]
fn a_store_that_fails_at_any_call_loses_nothing_that_was_acknowledged() {
    for message in [&admission("1", "7")[..], BROKEN] {
        for which in 0..3 {
            for moment in [Moment::Before, Moment::After] {
                for call in 1.. {
                    let lake = Lake::new();
                    let (failed, calls) = send_over(&lake, call, moment, which, message);
                    if call > calls {
                        assert!(!failed);
                        break;
                    }
                    assert!(failed, "call {call}");
                    // The sender sends again, or the sweep makes up for it.
                    if call % 2 == 0 {
                        lake.send(message);
                    }
                    lake.act(|world| sweep(world, ANY_AGE, true)).unwrap();
                    let [raw, staging, errors] = lake.zones();
                    assert_eq!(staging.len() + errors.len(), raw.len(), "{call} {which}");
                    if call % 2 == 0 {
                        assert_eq!(raw.len(), 1);
                    }
                    for key in &raw {
                        let id = key.rsplit('/').next().unwrap().strip_suffix(".er7").unwrap();
                        let known = lake.catalog(|catalog| catalog.message(id).unwrap().unwrap());
                        assert_eq!(known.state == State::Stored, staging.len() == 1);
                    }
                }
            }
        }
    }
}

#[test]
fn a_sweep_makes_up_for_what_was_kept_and_mends_what_is_torn() {
    let lake = Lake::new();
    let (one, two) = (admission("1", "7"), admission("2", "8"));
    lake.send(&one);
    let id = message_id(&two);
    // A process was killed behind the first write; another one left half a file.
    lake.raw.create(&format!("raw/hl7v2/received=2024-07-14/{id}.er7"), &two).unwrap();
    let staging = lake.zones()[1][0].clone();
    std::fs::write(lake.folder.path().join("output").join(&staging), b"{").unwrap();
    let young = lake.act(|world| sweep(world, SignedDuration::from_hours(24 * 365 * 100), true)).unwrap();
    assert_eq!((young.young, young.looked_at), (2, 0));
    let swept = lake.act(|world| sweep(world, ANY_AGE, false)).unwrap();
    assert_eq!((swept.stored, swept.mended), (1, 1), "{swept:?}");
    assert_eq!(lake.zones()[1].len(), 2);
    assert!(lake.output.read(&staging).unwrap().len() > 100);
    let swept = lake.act(|world| sweep(world, ANY_AGE, true)).unwrap();
    assert_eq!((swept.stored, swept.mended, swept.looked_at), (0, 0, 2), "a second time there is nothing to do");
}
