//! `carelake hl7 parse`: a message of a file or of standard input, as JSON, and what cannot be read.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod endpoint;
mod kills;

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::Place;

const MESSAGE: &str = "MSH|^~\\&|LAB|HOSP|||20240102||ADT^A08|1|P|2.5\rPID|1||7||a\\Q\\\r";

/// Runs the command with an input; answers exit code, standard output and standard error.
fn piped(place: &Place, arguments: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut command = place.command(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command");
    child.stdin.take().expect("its input").write_all(input).expect("it reads");
    let ended = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

#[test]
fn a_message_is_json_and_its_warnings_are_told_aside() {
    let place = Place::new();
    place.write("message.hl7", MESSAGE);
    let ran = place.carelake(&["hl7", "parse", "message.hl7"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.json()["PID"]["PID_5"][0]["XPN_1"]["FN_1"], "a\\Q\\");
    assert!(ran.stderr.contains("escape_unknown first in segment 2, field 5"), "{}", ran.stderr);
    let (code, out, _) = piped(&place, &["hl7", "parse", "--json", "-"], MESSAGE.as_bytes());
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &answer["structure"], &answer["segments"]), (Some(0), &json!("ADT_A01"), &json!(2)));
    assert_eq!(answer["places"], json!([{"name": "escape_unknown", "segment": 2, "field": 5}]));
    let (code, out, _) =
        piped(&place, &["hl7", "parse", "--encoding", "cp1252"], &[MESSAGE.as_bytes(), b"NTE|1||\xe5"].concat());
    assert!(code == Some(0) && out.contains("\u{e5}"), "{out}");
}

#[test]
fn what_cannot_be_read_is_told_with_what_to_do_and_without_a_value() {
    let place = Place::new();
    place.write("broken.hl7", format!("{MESSAGE}secret|1\r"));
    let ran = place.carelake(&["hl7", "parse", "broken.hl7"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("segment_name") && ran.stderr.contains("(line 3)") && ran.stderr.contains("next:"));
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    let ran = place.carelake(&["hl7", "parse", "broken.hl7", "--json"]);
    assert_eq!((ran.code, ran.json()), (Some(1), json!({"outcome": "error", "reason": "segment_name", "line": 3})));
    assert_eq!(place.carelake(&["hl7", "parse", "nowhere.hl7"]).code, Some(2));
}

#[test]
fn each_line_is_answered_in_order_and_one_that_holds_no_message_is_named() {
    let place = Place::new();
    // MSH|^~\&|||||||ACK|1|P|2.5 in base64, and text that is no message.
    let er7 = "TVNIfF5+XCZ8fHx8fHx8QUNLfDF8UHwyLjU=";
    let lines = format!("{{\"id\":\"a\",\"er7\":\"{er7}\"}}\n\n{{\"id\":2,\"er7\":\"aGVsbG8=\"}}\n");
    let (code, out, _) = piped(&place, &["hl7", "parse", "--lines"], lines.as_bytes());
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((code, answers.len()), (Some(0), 2));
    assert_eq!((&answers[0]["id"], &answers[0]["structure"]), (&json!("a"), &json!("ACK")));
    assert_eq!(answers[1], json!({"id": 2, "outcome": "error", "reason": "not_er7"}));
    let (_, out, _) = piped(&place, &["hl7", "parse", "--lines", "--compat"], lines.as_bytes());
    assert!(out.starts_with(r#"{"id":"a","outcome":"error","reason":"structure_unsupported"}"#), "{out}");
    for (line, told) in [("{\"id\":1}", "line 2 is no object"), ("{\"id\":1,\"er7\":\"%\"}", "line 2 has an `er7`")] {
        let (code, _, err) = piped(&place, &["hl7", "parse", "--lines"], format!("\n{line}\n").as_bytes());
        assert!(code == Some(2) && err.contains(told), "{err}");
    }
}
