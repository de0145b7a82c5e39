//! Text in UTF-16 is read where a feed says so, and told where it does not: partners leave the byte order mark out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::ops::ControlFlow;

use carelake_records::{
    Batch, Delimited, Fixed, FixedField, Format, Limits, ReadError, Reason, Source, Wanted, WantedTable, Way, read,
};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Reads the ids and names of a file: its rows, or why there are none.
fn people(bytes: &[u8], way: Way, paths: [&str; 2]) -> Result<Vec<String>, (Reason, String)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.txt");
    fs::write(&file, bytes).unwrap();
    let source = |path: &str| Source { path: path.to_owned(), up: 0, is_list: false };
    let table = WantedTable { sources: paths.map(source).into(), ..WantedTable::default() };
    let mut rows = Vec::new();
    let mut take = |batch: Batch| {
        let cells = batch.tables.iter().flat_map(|table| table.cells.chunks(2));
        let text = |cell: &_| String::from_utf8_lossy(batch.text_of(*cell)).into_owned();
        rows.extend(cells.map(|cells| cells.iter().map(text).collect::<Vec<_>>().join(" ")));
        ControlFlow::Continue(())
    };
    let format = Format { packed: Vec::new(), way };
    match read(&file, &format, &Wanted { tables: vec![table] }, &Limits::default(), &mut take) {
        Ok(_) => Ok(rows),
        Err(ReadError::Malformed(malformed)) => Err((malformed.reason, malformed.message)),
        Err(ReadError::Io(error)) => panic!("{error}"),
    }
}

fn csv(encoding: &'static Encoding) -> Way {
    delimited(",", encoding)
}

fn delimited(delimiter: &str, encoding: &'static Encoding) -> Way {
    Way::Delimited(Delimited {
        delimiter: delimiter.to_owned(),
        quote: Some(b'"'),
        has_escapes: false,
        encoding,
        title_lines: 0,
        has_header: true,
        footer: None,
    })
}

fn fixed(encoding: &'static Encoding) -> Way {
    let field = |name: &str, start, width| FixedField { record: None, name: name.to_owned(), start, width };
    let fields = vec![field("id", 1, 2), field("name", 3, 5)];
    Way::Fixed(Fixed { encoding, fields, record_type: None, trailers: Vec::new() })
}

fn wide(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let bytes = |unit: u16| if encoding == UTF_16LE { unit.to_le_bytes() } else { unit.to_be_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

const CSV: &str = "id,name\r\n1,Ren\u{e9}e\r\n2,\u{17b}aneta\r\n";
const FIXED: &str = "01Ren\u{e9}e\r\n02\u{17b}anet\r\n";
const MESSAGE: &str = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.3\rPID|1||01||Ren\u{e9}e\r";

#[test]
fn text_without_a_mark_is_read_where_its_encoding_is_said() {
    for encoding in [UTF_16LE, UTF_16BE] {
        let rows = people(&wide(CSV, encoding), csv(encoding), ["id", "name"]);
        assert_eq!(rows.unwrap(), ["1 Ren\u{e9}e", "2 \u{17b}aneta"], "{}", encoding.name());
        let rows = people(&wide(FIXED, encoding), fixed(encoding), ["id", "name"]);
        assert_eq!(rows.unwrap(), ["01 Ren\u{e9}e", "02 \u{17b}anet"], "{}", encoding.name());
        let rows = people(&wide(MESSAGE, encoding), Way::Hl7 { encoding }, ["PID-3", "PID-5"]);
        assert_eq!(rows.unwrap(), ["01 Ren\u{e9}e"], "{}", encoding.name());
    }
}

#[test]
fn text_without_a_mark_is_told_with_the_line_to_write() {
    for (encoding, line) in [(UTF_16LE, "`encoding: utf-16le`"), (UTF_16BE, "`encoding: utf-16be`")] {
        let other = if encoding == UTF_16LE { UTF_16BE } else { UTF_16LE };
        for (text, way, paths) in [
            (CSV, csv(UTF_8), ["id", "name"]),
            (CSV, csv(other), ["id", "name"]),
            (FIXED, fixed(WINDOWS_1252), ["id", "name"]),
            (MESSAGE, Way::Hl7 { encoding: WINDOWS_1252 }, ["PID-3", "PID-5"]),
        ] {
            let (reason, message) = people(&wide(text, encoding), way, paths).unwrap_err();
            assert_eq!(reason, Reason::NotTheFormat, "{message}");
            assert!(message.contains(line) && !message.contains("Ren"), "{message}");
        }
    }
}

#[test]
fn a_mark_counts_more_than_what_is_said_and_zeros_alone_are_no_utf16() {
    let marked = [b"\xff\xfe".to_vec(), wide(CSV, UTF_16LE)].concat();
    assert_eq!(people(&marked, csv(UTF_8), ["id", "name"]).unwrap().len(), 2);
    assert_eq!(people(b"i\0n\0x\0y\n1\0A\0b\0c\n", delimited("\0", UTF_8), ["i", "n"]).unwrap(), ["1 A"]);
    assert_eq!(people(b"id,name\n1,A\0\0\0\0\0\0\0\0\n", csv(UTF_8), ["id", "name"]).unwrap().len(), 1);
}
