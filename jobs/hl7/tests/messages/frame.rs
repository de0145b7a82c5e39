//! What stands around a message, its lines, separators, type and version.

use carelake_hl7::{Options, Reason};
use serde_json::json;

use crate::given::{field, header, read, read_with, refused, warnings};

const BODY: &str = "EVN||20240102\rPID|1||7\rPV1|1|I\r";

fn message() -> String {
    header("ADT^A01^ADT_A01", "2.5", "") + BODY
}

#[test]
fn what_stands_around_a_message_changes_nothing() {
    let plain = read(&message());
    assert_eq!(plain["segments"], 4);
    let around = [
        ("\u{feff}", ""),
        ("\r\n \t", "  \r\n\r"),
        ("\u{b}", "\u{1c}\r"),
        ("\u{b}\u{feff}", "\u{1c}"),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r", "BTS|1\rFTS|1\r"),
        ("BHS|^~\\&\n\n", "BTS\n"),
    ];
    for (before, after) in around {
        assert_eq!(read(&format!("{before}{}{after}", message())), plain, "{before:?} {after:?}");
    }
}

#[test]
fn the_end_of_a_segment_is_cr_lf_or_both_and_blanks_before_it_count_for_nothing() {
    let plain = read(&message());
    for end in ["\n", "\r\n", "\r\r", "  \r", "\t\n\n \r"] {
        assert_eq!(read(&message().replace('\r', end)), plain, "{end:?}");
    }
    assert_eq!(read(message().trim_end()), plain);
}

#[test]
fn what_does_not_begin_with_a_header_is_no_message() {
    let cases: [(&[u8], Reason); 12] = [
        (b"", Reason::Empty),
        (b" \r\n\t\x0b\x1c", Reason::Empty),
        (b"\xef\xbb\xbf", Reason::Empty),
        (b"hello", Reason::NotEr7),
        (b"PID|1\rMSH|^~\\&|A\r", Reason::NotEr7),
        (b"msh|^~\\&|A\r", Reason::NotEr7),
        (b"\0MSH|^~\\&|A\r", Reason::NotEr7),
        (b"<ADT_A01/>", Reason::NotEr7),
        (b"FHS|^~\\&|A\rBHS|^~\\&|A\rBTS|0\r", Reason::NotEr7),
        (b"BHS|^~\\&|A", Reason::NotEr7),
        (b"MSH", Reason::Separators),
        (b"MSH|\r", Reason::Separators),
    ];
    for (message, reason) in cases {
        assert_eq!(refused(message).reason, reason, "{}", message.escape_ascii());
    }
}

#[test]
fn a_second_header_is_a_second_message() {
    for second in [message(), "MSH\r".to_owned(), "msh|^~\\&|A\r".to_owned()] {
        assert_eq!(refused((message() + &second).as_bytes()).reason, Reason::SeveralMessages, "{second}");
    }
    // Within a line it is text.
    assert_eq!(read(&(message() + "NTE|1||an MSH here, MSH|x\r"))["segments"], 5);
}

#[test]
fn lines_are_segments_or_go_on_with_the_one_before_or_are_refused() {
    for line in ["PV|1", "1PD|1", "|1", "P D|1", "PIDX|1", "third|F", "\u{e9}AB|1"] {
        let refusal = refused(format!("\n{}{line}\r", message()).as_bytes());
        assert_eq!((refusal.reason, refusal.line), (Reason::SegmentName, Some(6)), "{line}");
    }
    // The line of another separator is no text either.
    let other = message().replace("MSH|^~\\&|", "MSH#^~\\&#");
    assert_eq!(refused(other.as_bytes()).reason, Reason::SegmentName);

    let answer = read(&(message() + "NTE|1||first \n\nsum: 12\n  end\nnte\rZZZ\r"));
    assert_eq!(answer["json"]["NTE"][0]["NTE_3"], json!(["first\nsum: 12\n  end\nnte"]));
    assert_eq!(answer["json"]["ZZZ"], json!([{}]));
    assert_eq!(warnings(&answer), "line_continued segment_unexpected segment_z");
    let lower = read(&message().replace("PID", "pid").replace("PV1", "pV1"));
    assert_eq!(lower, read(&message()));
}

#[test]
fn separators_are_those_of_the_header() {
    for (separators, reason) in [
        ("MSHA^~\\&A", Reason::Separators),
        ("MSH ^~\\& ", Reason::Separators),
        ("MSH||A|", Reason::Separators),
        ("MSH|^^\\&|", Reason::Separators),
        ("MSH|^~\\&#@|", Reason::Separators),
        ("MSH|^~X&|", Reason::Separators),
        ("MSH|^~\\& |", Reason::Separators),
        ("MSH|^~\\\u{e9}|", Reason::Separators),
    ] {
        let message = message().replacen("MSH|^~\\&|", separators, 1);
        assert_eq!(refused(message.as_bytes()).reason, reason, "{separators}");
    }
    let short = |two: &str| read(&format!("MSH|{two}|||||||ADT^A01|1|P|2.5\rPID|1||7~8\\T\\&9^x\r"));
    let ids = |two: &str| short(two)["json"]["PID"]["PID_3"].to_string();
    assert_eq!(ids("^~\\"), r#"[{"CX_1":"7"},{"CX_1":"8\\T\\&9","CX_2":"x"}]"#);
    assert_eq!(ids("^~"), r#"[{"CX_1":"7"},{"CX_1":"8\\T\\&9","CX_2":"x"}]"#);
    assert_eq!(ids("^"), r#"[{"CX_1":"7~8\\T\\&9","CX_2":"x"}]"#);
    assert_eq!(ids("^~\\&"), r#"[{"CX_1":"7"},{"CX_1":"8\\T\\&9","CX_2":"x"}]"#);
    assert_eq!(
        ["^", "^~", "^~\\", "^~\\&", "^~\\&#"].map(|two| warnings(&short(two))),
        [
            "separators_short",
            "separators_short",
            "escape_unknown separators_short",
            "extra_components",
            "extra_components"
        ]
    );
}

#[test]
fn any_separators_give_the_same_json_but_for_their_own() {
    let text = header("ADT^A01^ADT_A01", "2.5", "") + "PID|1||7^^^H&1&ISO~8||A\\T\\B\r";
    let mut plain = read(&text);
    for others in ["#*!@%", "$%+=:", "\u{1}\u{2}\u{3}\u{4}\u{5}", "|^\u{fffd}\\&", "\u{2021}\u{2020}~\\&"] {
        let to: Vec<char> = others.chars().collect();
        let swap = |c: char| "|^~\\&".chars().position(|it| it == c).map_or(c, |at| to[at]);
        let mut other =
            read_with(Options::default(), text.chars().map(swap).collect::<String>().as_bytes(), Some("utf-8"));
        assert_eq!(other["json"]["MSH"]["MSH_1"], json!(to[0].to_string()));
        assert_eq!(other["json"]["MSH"]["MSH_2"], json!(to[1..].iter().collect::<String>()));
        assert_eq!(other["json"]["PID"]["PID_5"][0]["XPN_1"]["FN_1"], json!(format!("A{}B", to[4])));
        for answer in [&mut plain, &mut other] {
            answer["json"]["MSH"]["MSH_1"].take();
            answer["json"]["MSH"]["MSH_2"].take();
            answer["json"]["PID"]["PID_5"].take();
        }
        assert_eq!(other, plain, "{others}");
    }
}

#[test]
fn the_tables_are_those_of_the_version_or_of_the_nearest_lower_one() {
    for (version, tables, expected) in [
        ("2.1", "2.1", ""),
        ("2.3.1", "2.3.1", ""),
        ("2.5.1^USA", "2.5.1", ""),
        ("2.8.2", "2.8.2", ""),
        ("", "2.5.1", "version_missing"),
        ("  ", "2.5.1", "version_missing"),
        ("2", "2.1", "version_unknown"),
        ("2.0", "2.1", "version_unknown"),
        ("2.3.2", "2.3.1", "version_unknown"),
        ("2.7.1", "2.7", "version_unknown"),
        ("2.9", "2.8.2", "version_unknown"),
        ("2.10", "2.8.2", "version_unknown"),
    ] {
        let answer = read(&(header("ADT^A01", version, "") + "PID|1\r"));
        assert_eq!((answer["tables"].as_str().unwrap(), &*warnings(&answer)), (tables, expected), "{version}");
    }
    for version in ["3.0", "D", "2.x", "2.5.1.0", "V2.5", "2.", "2,5", "1.9", "2.+5"] {
        assert_eq!(refused(header("ADT^A01", version, "").as_bytes()).reason, Reason::VersionUnsupported, "{version}");
    }
    let options =
        Options { default_version: carelake_hl7::tables::Version::nearest("2.3").unwrap().0, ..Options::default() };
    assert_eq!(read_with(options, header("ADT^A01", "", "").as_bytes(), None)["tables"], "2.3");
}

#[test]
fn a_message_says_its_type() {
    for kind in ["", "^A01", " ^A01", "~ADT^A01"] {
        assert_eq!(refused(header(kind, "2.5", "").as_bytes()).reason, Reason::TypeMissing, "{kind}");
    }
    assert_eq!(refused(b"MSH|^~\\&|A\rPID|1\r").reason, Reason::TypeMissing);
}

#[test]
fn values_stay_as_sent_and_blanks_are_absent() {
    for (sent, expected) in [
        ("0001||007", r#"{"PID_1":"0001","PID_3":[{"CX_1":"007"}]}"#),
        (
            "  || ^ ^ ^ & ^ H |   | A ^\tB",
            r#"{"PID_3":[{"CX_4":{},"CX_5":" H "}],"PID_5":[{"XPN_1":{"FN_1":" A "},"XPN_2":"\tB"}]}"#,
        ),
        (r#"1||"""#, r#"{"PID_1":"1","PID_3":[{"CX_1":"\"\""}]}"#),
        ("1||+1.50^-0", r#"{"PID_1":"1","PID_3":[{"CX_1":"+1.50","CX_2":"-0"}]}"#),
    ] {
        assert_eq!(field(sent).0, expected, "{sent}");
    }
}
