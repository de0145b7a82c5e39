//! Escapes of a value.

use carelake_hl7::Options;

use crate::given::{field, header, read, read_with, warnings};

/// What PID-5.1.1 stands for, and the warnings.
fn meant(raw: &str) -> (String, String) {
    let answer = read(&format!("{}PID|1||7||{raw}\r", header("ADT^A01", "2.5", "")));
    (answer["json"]["PID"]["PID_5"][0]["XPN_1"]["FN_1"].as_str().unwrap().to_owned(), warnings(&answer))
}

#[test]
fn escapes_stand_for_what_they_say_and_once_only() {
    for (raw, expected) in [
        (r"a\F\\S\\T\\R\\E\b", r"a|^&~\b"),
        (r"\P\", "#"),
        (r"\E\T\E\", r"\T\"),
        (r"\E\X0D\E\", r"\X0D\"),
        (r"\X41c3a5\", "A\u{e5}"),
        (r"a\X0D0A\b\X0D\c\X0a\", "a\nb\nc\n"),
        (r"a\.br\b\.ce\c", "a\nb\nc"),
        (r"a\.sp\b\.sp3\c", "a\nb\n\n\nc"),
        (r"a\.sk2\b", "a  b"),
        (r"\.fi\a\.nf\b\.in4\c\.in-2\d\.ti2\", "abcd"),
        (r"\H\a\N\", "a"),
    ] {
        assert_eq!(meant(raw), (expected.to_owned(), String::new()), "{raw}");
    }
}

#[test]
fn what_cannot_be_read_stays_as_sent() {
    for (raw, warned) in [
        (r"\Zabc\", "escape_unknown"),
        (r"\Q9\", "escape_unknown"),
        (r"a\b", "escape_unknown"),
        (r"\\", "escape_unknown"),
        (r"\X\", "escape_unknown"),
        (r"\XABC\", "escape_unknown"),
        (r"\XFF\", "escape_undecodable"),
        (r"\.spx\", "escape_unknown"),
        (r"\C2949\a", "escape_unknown"),
        (r"\M242844\a", "escape_unknown"),
    ] {
        assert_eq!(meant(raw), (raw.to_owned(), warned.to_owned()), "{raw}");
    }
    // Unknown ones end where they are closed.
    assert_eq!(meant(r"\Zabc\T\T\x").0, r"\Zabc\T&x");
}

#[test]
fn a_switch_of_the_character_set_holds_to_the_end_of_the_field() {
    let sent = format!("{}PID|1||7||\\C2D46\\\u{c1}&\u{c2}^\u{c3}|\u{c1}\r", header("ADT^A01", "2.5", "||||||8859/1"));
    let bytes: Vec<u8> = sent.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let answer = read_with(Options::default(), &bytes, None);
    let expected = "[{\"XPN_1\":{\"FN_1\":\"\u{391}\",\"FN_2\":\"\u{392}\"},\"XPN_2\":\"\u{393}\"}]";
    assert_eq!(answer["json"]["PID"]["PID_5"].to_string(), expected);
    assert_eq!(answer["json"]["PID"]["PID_6"][0]["XPN_1"]["FN_1"], "\u{c1}");
    assert_eq!(warnings(&answer), "");
}

#[test]
fn truncation_is_the_character_of_the_message() {
    let answer = read("MSH|^~\\&%|||||||ADT^A01|1|P|2.7\rPID|1||7||A\\P\\\r");
    assert_eq!(answer["json"]["PID"]["PID_5"][0]["XPN_1"]["FN_1"], "A%");
}

#[test]
fn a_text_is_escaped_for_json() {
    assert_eq!(
        field("1||a\"b\tc\u{1}\u{7f}d\\E\\\u{2028}").0,
        "{\"PID_1\":\"1\",\"PID_3\":[{\"CX_1\":\"a\\\"b\\tc\\u0001\u{7f}d\\\\\u{2028}\"}]}"
    );
}
