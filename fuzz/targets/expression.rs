//! Any JSONPath or intrinsic function in a Pass state gives a value or an error name.

#![no_main]

use carelake_statemachine::{Machine, Silent, Status, run_mocked};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    let definition = json!({
        "StartAt": "Pass",
        "States": {"Pass": {"Type": "Pass", "Parameters": {"value.$": text}, "End": true}}
    });
    let Ok(machine) = Machine::parse(&definition.to_string()) else { return };
    let input =
        json!({"a": [1, -2.5, "x", null, {"b": [true, {"a": "é"}]}], "n": 3, "t": "2026-11-01T00:00:00Z", "s": "a,b"});
    let outcome = run_mocked(&machine, input, &json!({}), jiff::Timestamp::UNIX_EPOCH, &mut Silent)
        .expect("an empty script is sound");
    assert!(outcome.status == Status::Succeeded || outcome.error.is_some(), "a failure has a name");
});
