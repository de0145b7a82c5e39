//! Character sets: by the request, a byte order mark, MSH-18, the bytes.

use carelake_hl7::{Options, Reader, Reason};

use crate::given::{header, read_with, warnings};

/// A message that says a character set, with bytes in PID-5.1.
fn message(said: &str, name: &[u8]) -> Vec<u8> {
    [header("ADT^A01", "2.5", &format!("||||||{said}")).as_bytes(), b"PID|1||7||", name, b"\r"].concat()
}

/// What PID-5.1 is, or why there is none, and the warnings.
fn name(bytes: &[u8], encoding: Option<&str>) -> (String, String) {
    if let Err(refusal) = Reader::default().read(bytes, encoding) {
        return (refusal.reason.name().to_owned(), String::new());
    }
    let answer = read_with(Options::default(), bytes, encoding);
    (answer["json"]["PID"]["PID_5"][0]["XPN_1"]["FN_1"].as_str().unwrap().to_owned(), warnings(&answer))
}

#[test]
fn what_msh_18_names_is_the_character_set() {
    let cases: [(&str, &[u8], &str, &str); 26] = [
        ("", b"A", "A", ""),
        ("", b"\xc3\xa5", "\u{e5}", "charset_guessed"),
        ("", b"\xe5", "\u{e5}", "charset_guessed"),
        ("ASCII", b"\xe5", "\u{e5}", "charset_guessed"),
        ("ASCII", b"A", "A", ""),
        ("UNICODE UTF-8", b"\xc3\xa5", "\u{e5}", ""),
        ("UNICODE", b"\xc3\xa5", "\u{e5}", ""),
        ("utf8", b"\xc3\xa5", "\u{e5}", ""),
        ("UNICODE UTF-8", b"\xe5", "charset_invalid", ""),
        ("8859/1", b"\x93\xe5", "\u{201c}\u{e5}", ""),
        ("8859/1~UNICODE UTF-8", b"\xe5", "\u{e5}", ""),
        ("ISO-8859-1", b"\xe5", "\u{e5}", ""),
        ("ISO_IR 100", b"\xe5", "\u{e5}", ""),
        ("8859/2", b"\xb1", "\u{105}", ""),
        ("8859/5", b"\xe9", "\u{449}", ""),
        ("8859/7", b"\xc1", "\u{391}", ""),
        ("8859/8", b"\xe0", "\u{5d0}", ""),
        ("8859/9", b"\xfe", "\u{15f}", ""),
        ("8859/15", b"\xa4", "\u{20ac}", ""),
        ("GB 18030-2000", b"\xc4\xe3", "\u{4f60}", ""),
        ("BIG-5", b"\xa7\x41", "\u{4f60}", ""),
        ("KS X 1001", b"\xb0\xa1", "\u{ac00}", ""),
        ("ISO IR87", b"\x1b$B\x24\x22\x1b(B", "\u{3042}", ""),
        ("CAN", b"A", "A", "charset_unknown"),
        ("CAN", b"\xc3\xa5", "\u{e5}", "charset_unknown"),
        ("CAN", b"\xe5", "charset_unknown", ""),
    ];
    for (said, bytes, expected, warned) in cases {
        let found = name(&message(said, bytes), None);
        assert_eq!(found, (expected.to_owned(), warned.to_owned()), "{said} {}", bytes.escape_ascii());
    }
}

#[test]
fn a_request_comes_before_a_byte_order_mark_and_that_before_msh_18() {
    let latin = message("UNICODE UTF-8", b"\xe5");
    for encoding in ["latin-1", "latin_1", "windows-1252", "cp1252", "ISO-8859-1", "8859/1", "L1"] {
        assert_eq!(name(&latin, Some(encoding)), ("\u{e5}".to_owned(), String::new()), "{encoding}");
    }
    assert_eq!(name(&latin, Some("no such")).0, "charset_unknown");
    assert_eq!(name(&latin, Some("")).0, "charset_invalid");
    assert_eq!(name(&latin, Some("ascii")).0, "charset_invalid");
    let marked = [b"\xef\xbb\xbf".as_slice(), &message("8859/1", b"\xc3\xa5")].concat();
    assert_eq!(name(&marked, None), ("\u{e5}".to_owned(), String::new()));
    assert_eq!(name(&marked, Some("latin-1")).0, "\u{c3}\u{a5}");
}

#[test]
fn wide_characters_are_known_by_a_mark_or_by_the_request() {
    let text = String::from_utf8(message("UNICODE UTF-16", "\u{e5}\u{1f600}\\X00E9\\".as_bytes())).unwrap();
    let of_16 = |to: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    let of_32 = |to: fn(u32) -> [u8; 4], text: &str| text.chars().flat_map(|c| to(c.into())).collect::<Vec<u8>>();
    let marked = format!("\u{feff}{text}");
    let expected = "\u{e5}\u{1f600}\u{e9}";
    for (bytes, encoding) in [
        (of_16(u16::to_le_bytes, &marked), None),
        (of_16(u16::to_be_bytes, &marked), None),
        (of_16(u16::to_le_bytes, &text), Some("utf-16")),
        (of_16(u16::to_be_bytes, &text), Some("UTF_16_BE")),
    ] {
        assert_eq!(name(&bytes, encoding), (expected.to_owned(), String::new()), "{encoding:?}");
    }
    for (bytes, encoding) in [
        (of_32(u32::to_le_bytes, &marked), None),
        (of_32(u32::to_be_bytes, &marked), None),
        (of_32(u32::to_le_bytes, &text), Some("utf-32")),
    ] {
        assert_eq!(name(&bytes, encoding).0, "\u{e5}\u{1f600}\\X00E9\\", "{encoding:?}");
    }
    let cut = &of_16(u16::to_le_bytes, &marked);
    assert_eq!(Reader::default().read(&cut[..cut.len() - 1], None).unwrap_err().reason, Reason::CharsetInvalid);
    // Whoever can read the header has decoded it.
    assert_eq!(name(text.as_bytes(), None).1, "charset_guessed escape_undecodable");
}
