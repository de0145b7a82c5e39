//! Segments in the groups of their structure.

use crate::given::{header, places, read, warnings};

/// Reads a message whose segments are named, and answers where they stand, without the header, and the warnings.
fn placed(kind: &str, version: &str, names: &str) -> (String, String) {
    let lines: String = names.split(' ').map(|name| format!("{name}|1\r")).collect();
    let answer = read(&(header(kind, version, "") + &lines));
    let found = places(&answer);
    assert_eq!(answer["segments"], found.len(), "none is left out");
    let warned: Vec<&str> = ["beyond_maximum", "segment_order", "segment_unexpected", "segment_z"]
        .into_iter()
        .filter(|name| warnings(&answer).contains(name))
        .collect();
    (found[1..].join(" "), warned.join(" "))
}

fn check(kind: &str, version: &str, names: &str, expected: &str, warned: &str) {
    assert_eq!(placed(kind, version, names), (expected.to_owned(), warned.to_owned()), "{kind} {names}");
}

#[test]
fn segments_in_order_stand_where_the_structure_has_them() {
    // (a) the same again, (c) a later one, in a group that it can start.
    check("ADT^A01", "2.5", "EVN PID ROL ROL PV1", "EVN PID ROL0 ROL1 PV1", "");
    check(
        "ORU^R01",
        "2.5",
        "PID NTE OBR NTE OBX NTE NTE",
        "PATIENT_RESULT0/PATIENT/PID PATIENT_RESULT0/PATIENT/NTE0 PATIENT_RESULT0/ORDER_OBSERVATION0/OBR \
         PATIENT_RESULT0/ORDER_OBSERVATION0/NTE0 PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/OBX \
         PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/NTE0 PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/NTE1",
        "",
    );
    // (b) a group again: an order, a patient.
    check(
        "ORU^R01",
        "2.5",
        "PID OBR OBX ORC OBR PID",
        "PATIENT_RESULT0/PATIENT/PID PATIENT_RESULT0/ORDER_OBSERVATION0/OBR PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/OBX \
         PATIENT_RESULT0/ORDER_OBSERVATION1/ORC PATIENT_RESULT0/ORDER_OBSERVATION1/OBR PATIENT_RESULT1/PATIENT/PID",
        "",
    );
    // Required ones may be left out.
    check("ADT^A01", "2.5", "PV1", "PV1", "");
}

#[test]
fn a_required_segment_that_comes_late_is_filled_in_and_the_place_stays() {
    check("ADT^A01", "2.5", "PID PV1 EVN PV2", "PID PV1 EVN PV2", "segment_order");
}

#[test]
fn a_group_begins_anew_before_another_is_opened_in_its_middle() {
    check(
        "OML^O21^OML_O21",
        "2.5.1",
        "PID ORC OBR ORC OBR",
        "PATIENT/PID ORDER0/ORC ORDER0/OBSERVATION_REQUEST/OBR ORDER1/ORC ORDER1/OBSERVATION_REQUEST/OBR",
        "",
    );
}

#[test]
fn segments_out_of_order_stand_where_there_is_room() {
    // A part of an open group, at any place.
    check("ADT^A01", "2.5", "PID PV1 PD1 PV2", "PID PV1 PD1 PV2", "segment_order");
    // The first group below that has it, opened with what leads to it.
    check(
        "ORU^R01",
        "2.5",
        "PID OBX NTE",
        "PATIENT_RESULT0/PATIENT/PID PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/OBX \
         PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/NTE0",
        "segment_order",
    );
    // That group is there and is one only: its last instance.
    check(
        "ORU^R01",
        "2.5",
        "PID OBR PD1 OBX",
        "PATIENT_RESULT0/PATIENT/PID PATIENT_RESULT0/PATIENT/PD1 PATIENT_RESULT0/ORDER_OBSERVATION0/OBR \
         PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/OBX",
        "segment_order",
    );
}

#[test]
fn what_has_no_place_stands_in_the_innermost_open_group() {
    check(
        "ORU^R01",
        "2.5",
        "PID ZPI PV1 OBR OBX ZRX NTE TXA",
        "PATIENT_RESULT0/PATIENT/PID PATIENT_RESULT0/PATIENT/ZPI0 PATIENT_RESULT0/PATIENT/VISIT/PV1 \
         PATIENT_RESULT0/ORDER_OBSERVATION0/OBR PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/OBX \
         PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/ZRX0 PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/NTE0 \
         PATIENT_RESULT0/ORDER_OBSERVATION0/OBSERVATION0/TXA0",
        "segment_unexpected segment_z",
    );
    check("ADT^A01", "2.5", "PID PID PV1 PV1 PID", "PID _more/PID0 _more/PID1 _more/PV10 PV1", "beyond_maximum");
}

#[test]
fn what_is_declared_at_several_places_repeats() {
    check("ADT^A17", "2.5", "EVN PID PV1 PID PV1", "EVN PID0 PID1 PV10 PV11", "");
    check("ADT^A17", "2.5", "EVN PID PV1 PID PV1 PID", "EVN PID0 PID1 PID2 PV10 PV11", "segment_order");
}

#[test]
fn of_a_choice_one_is_taken_at_a_time() {
    check(
        "ORM^O01",
        "2.4",
        "PID ORC OBR RQD ORC RXO",
        "PATIENT/PID ORDER0/ORC ORDER0/ORDER_DETAIL/CHOICE/OBR ORDER0/ORDER_DETAIL/CHOICE/RQD ORDER1/ORC \
         ORDER1/ORDER_DETAIL/CHOICE/RXO",
        "segment_order",
    );
}
