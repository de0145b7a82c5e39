//! Which structure a message has, and how it is found.

use carelake_hl7::Options;

use crate::given::{header, read, read_with, refused, warnings};

#[test]
fn a_structure_is_found_by_the_first_rule_that_answers() {
    for (kind, version, structure, found_by, warned) in [
        ("ADT^A01^ADT_A03", "2.5", "ADT_A03", "stated", ""),
        ("ACK^A01^ACK", "2.5", "ACK", "stated", ""),
        ("ADT^A04^ADT_A04", "2.5", "ADT_A01", "event", ""),
        ("ADT^A08", "2.7", "ADT_A01", "event", ""),
        ("ADT^A01", "2.5", "ADT_A01", "event", ""),
        ("ADT^A28", "2.3", "ADT_A01", "event", ""),
        ("ADT^A31", "2.3.1", "ADT_A01", "event", ""),
        ("ADT^A31", "2.4", "ADT_A05", "event", ""),
        ("ADT^A04", "2.2", "ADT_A04", "event", ""),
        ("ADT^A04", "2.3", "ADT_A01", "event", ""),
        ("ADT^A40", "2.3.1", "ADT_A39", "event", ""),
        (" ADT ^ A01 ", "2.5", "ADT_A01", "event", ""),
        ("ACK", "2.5", "ACK", "code", ""),
        ("ACK^A01", "2.5", "ACK", "code", ""),
        ("ORU", "2.3", "ORU_R01", "code", ""),
        ("ORM^O01", "2.7", "ORM_O01", "older", "structure_older"),
        ("XXX^Y01", "2.5", "GENERIC", "generic", "structure_unknown"),
        ("ZZZ^Z01^ZZZ_Z01", "2.5", "GENERIC", "generic", "structure_unknown"),
        ("ADT", "2.5", "GENERIC", "generic", "structure_unknown"),
        // A group is no structure.
        ("XXX^Y01^ORU_R01_PATIENT", "2.5", "GENERIC", "generic", "structure_unknown"),
    ] {
        let answer = read(&(header(kind, version, "") + "PID|1\r"));
        let found = ["structure", "found_by"].map(|key| answer[key].as_str().unwrap());
        assert_eq!(found, [structure, found_by], "{kind} {version}");
        assert!(warnings(&answer).contains(warned), "{kind} {version}: {answer}");
    }
}

#[test]
fn a_message_without_a_structure_has_no_groups_and_every_segment() {
    let answer = read(&(header("XXX^Y01", "2.5", "") + "PID|1\rPID|2\rZAA|1\rOBX|1|NM|A||1\r"));
    let expected = r#""PID":[{"PID_1":"1"},{"PID_1":"2"}],"ZAA":[{"ZAA_1":["1"]}],"OBX":[{"OBX_1":"1","OBX_2":"NM","OBX_3":{"CE_1":"A"},"OBX_5":["1"]}]}"#;
    let json = answer["json"].to_string();
    assert!(json.starts_with(r#"{"MSH":{"MSH_1":"|","#) && json.ends_with(expected), "{json}");
    assert_eq!(answer["segments"], 5);
}

#[test]
fn groups_of_an_older_structure_hold_fields_of_the_version_of_the_message() {
    let answer = read(&(header("ORM^O01", "2.7", "") + "PID|1\rORC|NW|1\rOBR|1|||A\r"));
    let json = answer["json"].to_string();
    assert!(json.contains(r#""ORM_O01_CHOICE":{"OBR":{"OBR_1":"1","OBR_4":{"CWE_1":"A"}}}"#), "{json}");
}

#[test]
fn the_original_has_structures_by_their_names_only() {
    let original = Options { is_original: true, ..Options::default() };
    let read = |kind: &str, version: &str| {
        let answer = read_with(original, (header(kind, version, "") + "PID|1\r").as_bytes(), None);
        answer.get("structure").or(answer.get("reason")).and_then(|it| it.as_str()).unwrap().to_owned()
    };
    for (kind, version, expected) in [
        ("ADT^A01", "2.3", "ADT_A01"),
        ("ADT^A01^ADT_A03", "2.5", "ADT_A03"),
        ("ADT^A31", "2.3.1", "structure_unsupported"),
        ("ADT^A04^ADT_A04", "2.5", "structure_unsupported"),
        ("ACK", "2.5", "structure_unsupported"),
        ("ORM^O01", "2.7", "structure_unsupported"),
    ] {
        assert_eq!(read(kind, version), expected, "{kind} {version}");
    }
    assert_eq!(refused(header("", "2.5", "").as_bytes()).reason.name(), "type_missing");
}
