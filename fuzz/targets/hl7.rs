//! Any bytes are a message of HL7 v2 or are refused; of a message every segment is in the JSON, and the reader of it forgets it.

#![no_main]

use carelake_hl7::{Options, Reader};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Counts the objects that are segments: their names have three characters, those of groups more, of types an underscore.
fn segments(value: &Value) -> usize {
    let Value::Object(members) = value else { return 0 };
    let of = |key: &str, value: &Value| {
        let items = value.as_array().map_or_else(|| vec![value], |items| items.iter().collect());
        if key.len() == 3 { items.len() } else { items.into_iter().map(segments).sum() }
    };
    members.iter().map(|(key, value)| of(key, value)).sum()
}

fuzz_target!(|bytes: &[u8]| {
    for is_original in [false, true] {
        let mut reader = Reader::new(Options { is_original, ..Options::default() });
        let Ok(read) = reader.read(bytes, None) else { continue };
        let (count, json) = (read.segments, read.json.to_vec());
        let value: Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(segments(&value), count, "no segment is left out");
        assert_eq!(
            reader.read(bytes, None).expect("it was read before").json,
            json,
            "nothing is left of the one before"
        );
    }
});
