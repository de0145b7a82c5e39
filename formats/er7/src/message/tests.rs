//! What is found in messages.

use super::*;

const ADT: &str = "MSH|^~\\&|A|B^X&Y\rEVN|A04|20260101\r\nPID|1||11^^^H^MR~22^^^S^PI||Doe&van^Ada|\"\"|||\r\n\nDG1|1||E11.9^^I10\nDG1|2||I25\\S\\10^^I10\nZPV||x  ";

fn values(text: &str, path: &str) -> Vec<String> {
    let message = Message::parse(text, encoding_rs::UTF_8).unwrap();
    message.values(&path.parse().unwrap()).map(|value| value.text().into_owned()).collect()
}

#[test]
fn values_are_found_by_their_path() {
    let cases: [(&str, &[&str]); 22] = [
        ("MSH-1", &["|"]),
        ("MSH-2", &["^~\\&"]),
        ("MSH-2.1", &["^~\\&"]),
        ("MSH-2.2", &[]),
        ("MSH-3", &["A"]),
        ("MSH-4.2.2", &["Y"]),
        ("EVN-2", &["20260101"]),
        ("PID-3", &["11^^^H^MR"]),
        ("PID-3.1", &["11"]),
        ("PID-3[2].1", &["22"]),
        ("PID-3[3].1", &[]),
        ("PID-3[*].5", &["MR", "PI"]),
        ("PID-5.1", &["Doe&van"]),
        ("PID-5.1.2", &["van"]),
        ("PID-6", &["\"\""]),
        ("PID-7", &[""]),
        ("PID-99", &[]),
        ("DG1-3.1", &["E11.9"]),
        ("DG1[2]-3.1", &["I25^10"]),
        ("DG1[*]-3.1", &["E11.9", "I25^10"]),
        ("ZPV-2", &["x"]),
        ("PV1-2", &[]),
    ];
    for (path, expected) in cases {
        assert_eq!(values(ADT, path), expected, "{path}");
        let message = Message::parse(ADT, encoding_rs::UTF_8).unwrap();
        let first = message.value(&path.parse().unwrap()).map(|value| value.text().into_owned());
        assert_eq!(first.as_deref(), expected.first().copied(), "{path}");
    }
}

#[test]
fn the_fields_of_a_segment_in_which_something_stands_are_known() {
    let message = Message::parse(ADT, encoding_rs::UTF_8).unwrap();
    let filled: Vec<Vec<usize>> = message.segments().map(|segment| segment.filled().collect()).collect();
    assert_eq!(filled, [vec![1, 2, 3, 4], vec![1, 2], vec![1, 3, 5, 6], vec![1, 3], vec![1, 3], vec![2]]);
}

#[test]
fn bits_tell_of_the_first_63_fields_what_their_numbers_do() {
    let long = format!("MSH|^~\\&|A\rZAA{}x|y|z\rNTE\rgoes on", "|".repeat(62));
    let broken = "MSH|^~\\&|A|\rgoes on\rOBX|1||\r\rgoes on\rNTE|\rgoes on";
    let mut room = Room::default();
    for text in [ADT, &long, broken] {
        let message = Message::parse_in(room, text, encoding_rs::UTF_8).unwrap();
        for segment in message.segments() {
            let bits: Vec<usize> = (0..64).filter(|number| segment.filled_bits() >> number & 1 == 1).collect();
            assert_eq!(bits, segment.filled().filter(|number| *number < 64).collect::<Vec<_>>(), "{text}");
        }
        room = message.into_room();
    }
}

#[test]
fn the_room_of_one_message_holds_nothing_of_it_for_the_next() {
    let room = Message::parse(ADT, encoding_rs::UTF_8).unwrap().into_room();
    let message = Message::parse_in(room, "MSH|^~\\&|B\rPID|2", encoding_rs::UTF_8).unwrap();
    let told = |path: &str| message.value(&path.parse().unwrap()).map(|value| value.raw());
    assert_eq!([told("MSH-3"), told("PID-1"), told("PID-3"), told("DG1-1")], [Some("B"), Some("2"), None, None]);
}

#[test]
fn a_value_tells_where_it_stands_in_the_text() {
    let message = Message::parse(ADT, encoding_rs::UTF_8).unwrap();
    for path in ["MSH-1", "MSH-2", "MSH-4.2.2", "PID-3[2].1", "PID-3[*].4", "PID-5.1.2", "PID-8", "DG1[*]-3.3", "ZPV-2"]
    {
        let values: Vec<_> =
            message.values(&path.parse().unwrap()).chain(message.value(&path.parse().unwrap())).collect();
        assert!(!values.is_empty(), "{path}");
        for value in values {
            let rest = ADT.get(value.start()..).unwrap();
            assert!(rest.starts_with(value.raw()), "{path}");
            assert_eq!(rest.as_ptr(), value.raw().as_ptr(), "{path}");
        }
    }
}

#[test]
fn absent_and_null_are_not_the_same() {
    let message = Message::parse(ADT, encoding_rs::UTF_8).unwrap();
    let told =
        |path: &str| message.values(&path.parse().unwrap()).next().map(|value| (value.is_absent(), value.is_null()));
    assert_eq!(told("PID-6"), Some((false, true)));
    assert_eq!(told("PID-7"), Some((true, false)));
    assert_eq!(told("PID-5"), Some((false, false)));
}

#[test]
fn a_message_may_use_any_separators_and_any_line_ends() {
    let text = "msh#*!?@#A\nPid#1##11***H!22##Doe?F?x*Ada\n";
    assert_eq!(values(text, "PID-3[2]"), ["22"]);
    assert_eq!(values(text, "PID-5.1"), ["Doe#x"]);
    assert_eq!(values(text, "MSH-2"), ["*!?@"]);
}

#[test]
fn a_broken_line_goes_on_with_the_segment_before_it() {
    let text = "MSH|^~\\&|A\rOBX|1|TX|||first\r\nsecond line\rand third\rNTE \rOBX|2";
    assert_eq!(values(text, "OBX-5"), ["first\nsecond line\nand third"]);
    let message = Message::parse(text, encoding_rs::UTF_8).unwrap();
    assert_eq!(
        message.segments().map(|segment| segment.name()).collect::<Vec<_>>(),
        [*b"MSH", *b"OBX", *b"NTE", *b"OBX"]
    );
    assert_eq!(message.segments().map(|segment| segment.field_count()).collect::<Vec<_>>(), [3, 5, 0, 1]);
}

#[test]
fn what_is_no_message_is_told() {
    let cases = [
        ("", MessageError::Separators(SeparatorsError::NoHeader)),
        ("PID|1", MessageError::Separators(SeparatorsError::NoHeader)),
        ("MSH|", MessageError::Separators(SeparatorsError::Missing)),
        ("MSH|^~\\&\r\r12|x", MessageError::SegmentName { line: 3 }),
        ("MSH|^~\\&\rPIDX|x", MessageError::SegmentName { line: 2 }),
        ("MSH#^~\\&\rPID|x", MessageError::SegmentName { line: 2 }),
    ];
    for (text, expected) in cases {
        assert_eq!(Message::parse(text, encoding_rs::UTF_8).err(), Some(expected), "{text:?}");
    }
}
