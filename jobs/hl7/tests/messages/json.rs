//! Fields as JSON, by their types.

use crate::given::{field, header, read, warnings};

fn check(fields: &str, expected: &str, warned: &str) {
    assert_eq!(field(fields), (expected.to_owned(), warned.to_owned()), "{fields}");
}

#[test]
fn what_may_repeat_is_a_list_with_a_place_for_each_repetition() {
    check("1||7", r#"{"PID_1":"1","PID_3":[{"CX_1":"7"}]}"#, "");
    check("1||7~~8", r#"{"PID_1":"1","PID_3":[{"CX_1":"7"},{},{"CX_1":"8"}]}"#, "");
    check("1||~", r#"{"PID_1":"1","PID_3":[{},{}]}"#, "");
    check("1|||||||||||||||||||||||||A~ ~B", r#"{"PID_1":"1","PID_26":[{"CE_1":"A"},{},{"CE_1":"B"}]}"#, "");
    let answer = read(&(header("ADT^A01", "2.5", "||||||8859/1~~") + "PID\r"));
    assert_eq!(answer["json"]["MSH"]["MSH_18"].to_string(), r#"["8859/1","",""]"#);
}

#[test]
fn what_may_not_repeat_keeps_its_first_and_the_rest_is_more() {
    check(
        "1~2~3|A~B||||||M~F",
        r#"{"PID_1":"1","PID_2":{"CX_1":"A"},"PID_8":"M","_more":{"PID_1":["2","3"],"PID_2":[{"CX_1":"B"}],"PID_8":["F"]}}"#,
        "beyond_maximum",
    );
    check("~2|~B", r#"{"PID_1":"","PID_2":{},"_more":{"PID_1":["2"],"PID_2":[{"CX_1":"B"}]}}"#, "beyond_maximum");
}

#[test]
fn a_composite_is_an_object_of_what_is_in_it() {
    check(
        "||7^^^H&1.2&ISO^MR",
        r#"{"PID_3":[{"CX_1":"7","CX_4":{"HD_1":"H","HD_2":"1.2","HD_3":"ISO"},"CX_5":"MR"}]}"#,
        "",
    );
    check("||^^^", r#"{"PID_3":[{}]}"#, "");
    check("||^^^&&^", r#"{"PID_3":[{"CX_4":{}}]}"#, "");
    // A composite type at the level of sub-components is text.
    let answer = read(&(header("ORM^O01", "2.5", "") + "ORC|NW||||||1&ml&x^Q1H\r"));
    let json = answer["json"]["ORM_O01_ORDER"][0]["ORC"]["ORC_7"].to_string();
    assert_eq!(
        (&*json, &*warnings(&answer)),
        (r#"[{"TQ_1":{"CQ_SIMPLE_1":"1","CQ_SIMPLE_2":"ml","CQ_SIMPLE_3":"x"},"TQ_2":{"RI_1":"Q1H"}}]"#, "beyond_type")
    );
}

#[test]
fn a_simple_value_with_separators_stays_as_sent() {
    check("a^b\\T\\&c|||||||M&F", r#"{"PID_1":"a^b\\T\\&c","PID_8":"M&F"}"#, "extra_components");
    check("||7^a&b", r#"{"PID_3":[{"CX_1":"7","CX_2":"a&b"}]}"#, "extra_components");
}

#[test]
fn what_is_beyond_a_type_or_a_segment_is_kept() {
    let answer = read(&(header("ADT^A01", "2.3", "") + "EVN|A01|2|a|b|c|d|e^f&g|h~i|&j\rPID|1||7^^^H^MR^F^g^h&i\r"));
    let json = answer["json"].to_string();
    let evn = r#""EVN":{"EVN_1":"A01","EVN_2":{"TS_1":"2"},"EVN_3":{"TS_1":"a"},"EVN_4":"b","EVN_5":{"CN_1":"c"},"EVN_6":{"TS_1":"d"},"EVN_7":[{"VARIES_1":"e","VARIES_2":{"VARIES_1":"f","VARIES_2":"g"}}],"EVN_8":["h","i"],"EVN_9":[{"VARIES_1":{"VARIES_2":"j"}}]}"#;
    let pid = r#""PID_3":[{"CX_1":"7","CX_4":{"HD_1":"H"},"CX_5":"MR","CX_6":{"HD_1":"F"},"CX_7":"g","CX_8":{"VARIES_1":"h","VARIES_2":"i"}}]"#;
    assert!(json.contains(evn) && json.contains(pid), "{json}");
    assert_eq!(warnings(&answer), "beyond_segment beyond_type");
    // In a number that the version has nothing for.
    let answer = read(&(header("ADT^A01", "2.8", "") + "EVN|A01\r"));
    assert_eq!(
        (answer["json"]["EVN"].to_string().as_str(), &*warnings(&answer)),
        (r#"{"EVN_1":["A01"]}"#, "beyond_segment")
    );
    // What varies at the end of a segment stands for all that follows.
    let answer = read(&(header("QBP^Q11", "2.5", "") + "QPD|A|1|x|y^z\r"));
    let json = answer["json"]["QPD"].to_string();
    assert_eq!(
        (&*json, &*warnings(&answer)),
        (r#"{"QPD_1":{"CE_1":"A"},"QPD_2":"1","QPD_3":["x"],"QPD_4":[{"VARIES_1":"y","VARIES_2":"z"}]}"#, "")
    );
}

#[test]
fn an_observation_has_the_type_that_it_says() {
    let value = |version: &str, fields: &str| {
        let answer = read(&(header("ORU^R01", version, "") + "OBR|1\rOBX|1|" + fields + "\r"));
        let json = answer["json"].to_string();
        let (_, value) = json.split_once(r#""OBX_5":"#).unwrap();
        (value.trim_end_matches(['}', ']']).to_owned(), warnings(&answer))
    };
    for (fields, expected, warned) in [
        ("CE|B||x^y~z", r#"[{"CE_1":"x","CE_2":"y"},{"CE_1":"z""#, ""),
        ("NM|B||0012~13", r#"["0012","13""#, ""),
        ("NM|B||1^2", r#"["1^2""#, "extra_components"),
        ("SN|B||>^5", r#"[{"SN_1":">","SN_2":"5""#, ""),
        ("|B||a^b", r#"[{"VARIES_1":"a","VARIES_2":"b""#, ""),
        ("QQ|B||a^b&c", r#"[{"VARIES_1":"a","VARIES_2":{"VARIES_1":"b","VARIES_2":"c""#, ""),
        ("QQ|B||a&b", r#"[{"VARIES_1":{"VARIES_1":"a","VARIES_2":"b""#, ""),
        ("ED|B||^TEXT^^Base64^AAA=", r#"[{"ED_2":"TEXT","ED_4":"Base64","ED_5":"AAA=""#, ""),
        ("FT|B||a\\.br\\b", r#"["a\nb""#, ""),
        (r#"TX|B||"""#, r#"["\"\"""#, ""),
    ] {
        assert_eq!(value("2.5", fields), (expected.to_owned(), warned.to_owned()), "{fields}");
    }
    assert_eq!(value("2.1", "ST|B||x").0, r#"["x""#, "in 2.1 it may be there once, and varies all the same");
    // The type of another version is none of this one.
    assert_eq!(value("2.3", "CWE|B||x^y").0, r#"[{"VARIES_1":"x","VARIES_2":"y""#);
    let answer = read(&(header("MFN^M02", "2.5", "") + "MFI|A\rMFE|MAD|1||7^x|CE\r"));
    let json = answer["json"].to_string();
    assert!(json.contains(r#""MFE_4":[{"CE_1":"7","CE_2":"x"}],"MFE_5":["CE"]"#), "{json}");
    let answer = read(&(header("MFN^M03", "2.2", "") + "MFI|A\rMFE|MAD|1||7^x\r"));
    assert!(answer["json"].to_string().contains(r#""MFE_4":[{"CE_1":"7","CE_2":"x"}]"#), "{answer}");
}

#[test]
fn names_are_those_of_the_version() {
    let header_of = |version: &str| {
        let answer = read(&header("ADT^A01", version, ""));
        [9, 12].map(|field| answer["json"]["MSH"][format!("MSH_{field}")].to_string())
    };
    assert_eq!(header_of("2.3"), [r#"{"CM_MSG_1":"ADT","CM_MSG_2":"A01"}"#, r#""2.3""#]);
    assert_eq!(header_of("2.5"), [r#"{"MSG_1":"ADT","MSG_2":"A01"}"#, r#"{"VID_1":"2.5"}"#]);
    let answer = read(&(header("OML^O21", "2.5.1", "") + "ORC|NW\rTQ1|1\r"));
    assert!(
        answer["json"].to_string().contains("OML_O21_TIMING") || answer["json"].to_string().contains("OML_O21_TIIMING")
    );
}

#[test]
fn a_segment_without_fields_is_empty() {
    let answer = read(&(header("ADT^A01", "2.5", "") + "EVN\rPID| |\r"));
    assert!(answer["json"].to_string().ends_with(r#""EVN":{},"PID":{}}"#), "{answer}");
}
