//! What holds for every message: nothing is left out, and how it is sent makes no difference.

use carelake_hl7::Reader;
use proptest::prelude::*;
use serde_json::Value;

use crate::given::{header, places, read};

/// Fields with repetitions, components and sub-components.
fn fields() -> impl Strategy<Value = String> {
    let text = prop_oneof![4 => "[a-z0-9 ]{0,4}", 1 => Just("\"\"".to_owned()), 1 => Just("\\T\\".to_owned())];
    let sub = prop::collection::vec(text, 1..3).prop_map(|it| it.join("&"));
    let component = prop::collection::vec(sub, 1..4).prop_map(|it| it.join("^"));
    let field = prop::collection::vec(component, 1..3).prop_map(|it| it.join("~"));
    prop::collection::vec(field, 0..6).prop_map(|it| it.join("|"))
}

fn message() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        8 => prop::sample::select(vec!["PID", "PV1", "ORC", "OBR", "OBX", "NTE", "PD1", "EVN", "MRG", "AL1", "DSC"]),
        1 => prop::sample::select(vec!["ZAA", "TXA", "QQQ"]),
    ];
    let segment = (name, fields()).prop_map(|(name, fields)| format!("{name}|{fields}\r"));
    let kind = prop::sample::select(vec!["ORU^R01", "ADT^A01", "ADT^A40", "OML^O21", "XXX^Y01", "ADT^A17", "ACK"]);
    let version = prop::sample::select(vec!["2.1", "2.3", "2.3.1", "2.5", "2.7", "2.8.2", ""]);
    (kind, version, prop::collection::vec(segment, 0..12))
        .prop_map(|(kind, version, segments)| header(kind, version, "") + &segments.concat())
}

/// Returns how many texts are in a JSON value, those of simple values with separators in them as often as they have parts.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(leaves).sum(),
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::String(text) => text.split(['^', '&']).filter(|part| !part.trim().is_empty()).count(),
        _ => 0,
    }
}

/// Returns how many parts of the segments after the header hold something.
fn parts(message: &str) -> usize {
    let fields = message.split('\r').skip(1).flat_map(|segment| segment.split('|').skip(1));
    fields.flat_map(|field| field.split(['~', '^', '&'])).filter(|part| !part.trim().is_empty()).count()
}

proptest! {
    #[test]
    fn no_segment_and_no_value_is_left_out(message in message()) {
        let mut answer = read(&message);
        let segments = message.split('\r').filter(|line| !line.is_empty()).count();
        prop_assert_eq!(&answer["segments"], &segments);
        prop_assert_eq!(places(&answer).len(), segments);
        answer["json"]["MSH"].take();
        // An escaped separator is text, and counts in both as the one part that it is in.
        let text = message.replace("\\T\\", "T");
        let json: Value = serde_json::from_str(&read(&text)["json"].to_string()).unwrap();
        let mut json = json;
        json["MSH"].take();
        prop_assert_eq!(leaves(&json), parts(&text));
    }

    #[test]
    fn how_lines_end_and_what_stands_around_makes_no_difference(message in message(), end in "(\r\n|\n|\r\r| \r)") {
        let plain = read(&message);
        prop_assert_eq!(&read(&message.replace('\r', &end)), &plain);
        prop_assert_eq!(&read(&format!("\u{b}{message}\u{1c}\r")), &plain);
    }

    #[test]
    fn other_separators_make_no_difference(message in message()) {
        let other: String = message.chars().map(|c| "|^~\\&".find(c).map_or(c, |at| char::from(b"#*!@%"[at]))).collect();
        let (mut plain, mut other) = (read(&message), read(&other));
        for answer in [&mut plain, &mut other] {
            answer["json"]["MSH"].take();
        }
        let swapped = plain["json"].to_string().replace('^', "*");
        // Simple values with separators stay as sent; whatever else differs is a mistake.
        let normal = |text: String| text.replace(['&', '%'], "").replace("\\\\T\\\\", "").replace("@T@", "");
        prop_assert_eq!(normal(other["json"].to_string()), normal(swapped));
        prop_assert_eq!(&other["warnings"], &plain["warnings"]);
    }

    #[test]
    fn a_reader_forgets_the_message_before(first in message(), second in message()) {
        let mut reader = Reader::default();
        let _ = reader.read(first.as_bytes(), None);
        let again = reader.read(second.as_bytes(), None).map(|read| read.json.to_vec());
        prop_assert_eq!(again, Reader::default().read(second.as_bytes(), None).map(|read| read.json.to_vec()));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), original in any::<bool>()) {
        let mut message = b"MSH|^~\\&|||||||ADT^A01|1|P|2.5\r".to_vec();
        message.extend_from_slice(&bytes);
        let mut reader = Reader::new(carelake_hl7::Options { is_original: original, ..Default::default() });
        for message in [&bytes, &message] {
            if let Ok(read) = reader.read(message, None) {
                prop_assert!(serde_json::from_slice::<Value>(read.json).is_ok());
            }
        }
    }
}
