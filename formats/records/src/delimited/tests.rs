//! Tables of small files: what stands in them, and the rows that come out.

use std::ops::ControlFlow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use proptest::prelude::*;

use super::read_in_blocks;
use crate::batch::{Batch, Kind, State};
use crate::format::{Delimited, Footer};
use crate::limits::Limits;
use crate::malformed::{ReadError, Reason};
use crate::wanted::{Reading, Select, Source, Wanted, WantedTable};

fn csv() -> Delimited {
    Delimited {
        delimiter: ",".to_owned(),
        quote: Some(b'"'),
        has_escapes: false,
        encoding: UTF_8,
        title_lines: 0,
        has_header: true,
        footer: None,
    }
}

fn wanted(paths: &[&str]) -> Wanted {
    let source = |path: &&str| Source { path: (*path).to_owned(), up: 0, is_list: false };
    Wanted { tables: vec![WantedTable { sources: paths.iter().map(source).collect(), ..WantedTable::default() }] }
}

/// The rows of all tables as text, one a line: table if there are several, place, state if it is not data, cells.
fn shown(batch: &Batch, to: &mut Vec<String>) {
    for (table, rows) in batch.tables.iter().enumerate() {
        let width = rows.cells.len().checked_div(rows.rows.len()).unwrap_or_default();
        for (at, row) in rows.rows.iter().enumerate() {
            let cells = rows.cells[at * width..(at + 1) * width].iter().map(|cell| match cell.kind {
                Kind::Null => "-".to_owned(),
                _ => String::from_utf8(batch.text_of(*cell).to_vec()).unwrap(),
            });
            let table = if batch.tables.len() > 1 { format!("{table}: ") } else { String::new() };
            let cells = if row.state == State::Data {
                format!(" {}", cells.collect::<Vec<_>>().join("|"))
            } else {
                format!(" {:?}", row.state)
            };
            to.push(format!("{table}{}{cells}", row.place));
        }
    }
}

fn read_by(
    text: &[u8],
    format: &Delimited,
    wanted: &Wanted,
    block_bytes: usize,
) -> Result<(Vec<String>, Reading), ReadError> {
    let mut rows = Vec::new();
    let mut input = text;
    let reading = read_in_blocks(&mut input, format, wanted, &Limits::default(), block_bytes, &mut |batch| {
        shown(&batch, &mut rows);
        ControlFlow::Continue(())
    })?;
    Ok((rows, reading))
}

/// Reads in blocks of many sizes, and answers what is the same in all.
fn rows(text: &[u8], format: &Delimited, paths: &[&str]) -> Vec<String> {
    let (rows, reading) = read_by(text, format, &wanted(paths), 1 << 20).unwrap();
    for block_bytes in [1, 2, 3, 4, 5, 7, 11, 16, 61] {
        let (again, same) = read_by(text, format, &wanted(paths), block_bytes).unwrap();
        assert_eq!((again, same), (rows.clone(), reading.clone()), "blocks of {block_bytes}");
    }
    rows
}

fn refused(text: &[u8], format: &Delimited) -> (Reason, Option<String>) {
    match read_by(text, format, &wanted(&["a"]), 1 << 20) {
        Err(ReadError::Malformed(malformed)) => (malformed.reason, malformed.place.map(|place| place.to_string())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn quotes_line_ends_and_empty_lines_are_read_as_spreadsheets_write_them() {
    let cases: [(&str, &str, &[&str]); 9] = [
        ("fields", "a,b\n1,2\n3,4\n", &["2 1|2", "3 3|4"]),
        ("the last line end is missing", "a,b\n1,2", &["2 1|2"]),
        ("carriage returns and line feeds", "a,b\r\n1,2\r\n3,4\r\n", &["2 1|2", "3 3|4"]),
        ("carriage returns", "a,b\r1,2\r3,4\r", &["2 1|2", "3 3|4"]),
        ("quoted values", "a,b\n\"1,5\",\"say \"\"no\"\"\"\n", &["2 1,5|say \"no\""]),
        ("line ends in quotes count as lines", "a,b\n\"1\n2\r\n3\",x\n4,5\n", &["2 1\n2\r\n3|x", "5 4|5"]),
        ("an empty line is no row and counts as a line", "a,b\n\n1,2\n\n\n3,4\n", &["3 1|2", "6 3|4"]),
        ("empty values are null", "a,b\n,\"\"\n\"\",2\n", &["2 Blank", "3 -|2"]),
        ("a nul byte stays", "a,b\n1\u{0}2,3\n", &["2 1\u{0}2|3"]),
    ];
    for (name, text, expected) in cases {
        assert_eq!(rows(text.as_bytes(), &csv(), &["a", "b"]), expected, "{name}");
    }
}

#[test]
fn other_delimiters_quotes_and_escapes_are_read() {
    let plain = Delimited { quote: None, ..csv() };
    let by = |delimiter: &str| Delimited { delimiter: delimiter.to_owned(), ..plain.clone() };
    let cases: [(&str, &str, Delimited, &[&str]); 9] = [
        ("a control character", "a\u{1}b\n1\u{1}2\n", by("\u{1}"), &["2 1|2"]),
        ("two characters", "a||b\r\n1|x||2\r\n|||3\r\n", by("||"), &["2 1|x|2", "3 -||3"]),
        ("a character of two bytes", "a¦b\n1¦2\n", by("¦"), &["2 1|2"]),
        ("quotes are ordinary without quoting", "a,b\n\"1,2\"\n", by(","), &["2 \"1|2\""]),
        (
            "another quote, doubled",
            "a,b\n'1,''5\n',2\n'x'y,3\n",
            Delimited { quote: Some(b'\''), ..csv() },
            &["2 1,'5\n|2", "4 xy|3"],
        ),
        (
            "quotes and two characters",
            "a::b\n\"1::2\"::3\n",
            Delimited { delimiter: "::".to_owned(), ..csv() },
            &["2 1::2|3"],
        ),
        (
            "escapes; a null token stays",
            "a\tb\n1\\t2\\\\n\tx\\ny\n\\N\t\\\\N\n3\\\n4\t5\\\t6\n7\t8\n",
            Delimited { has_escapes: true, ..by("\t") },
            &["2 1\t2\\n|x\ny", "3 \\N|\\N", "4 3\n4|5\t6", "6 7|8"],
        ),
        ("escapes in quotes", "a,b\n\"1\\\"2\",3\\,4\n", Delimited { has_escapes: true, ..csv() }, &["2 1\"2|3,4"]),
        ("a sep= line", "sep=;\r\na;b\r\n1;2\r\n", Delimited { delimiter: ";".to_owned(), ..csv() }, &["3 1|2"]),
    ];
    for (name, text, format, expected) in cases {
        assert_eq!(rows(text.as_bytes(), &format, &["a", "b"]), expected, "{name}");
    }
}

#[test]
fn any_encoding_is_read_and_a_mark_says_which() {
    let encoded = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let text = "a,b\r\nJosé,€\r\n";
    let cases: [(Vec<u8>, &'static Encoding); 6] = [
        (text.as_bytes().to_vec(), UTF_8),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), WINDOWS_1252),
        (encoded(text, u16::to_le_bytes), UTF_16LE),
        (encoded(text, u16::to_be_bytes), UTF_16BE),
        (encoded(&format!("\u{feff}{text}"), u16::to_le_bytes), UTF_8),
        (b"a,b\r\nJos\xe9,\x80\r\n".to_vec(), WINDOWS_1252),
    ];
    for (bytes, encoding) in cases {
        let format = Delimited { encoding, ..csv() };
        assert_eq!(rows(&bytes, &format, &["a", "b"]), ["2 José|€"], "{}", encoding.name());
    }
}

#[test]
fn a_record_that_is_no_text_costs_itself_only() {
    let cases: [(&[u8], &'static Encoding); 2] = [
        (b"a,b\n1,2\nx\xff,y\n3,\xc3\xa9\n", UTF_8),
        (b"a\0,\0b\0\n\x001\0,\x002\0\n\0x\0\0\xd8,\0y\0\n\x003\0,\0\xe9\0\n\0", UTF_16LE),
    ];
    for (bytes, encoding) in cases {
        let format = Delimited { encoding, ..csv() };
        assert_eq!(rows(bytes, &format, &["a", "b"]), ["2 1|2", "3 Encoding", "4 3|é"], "{}", encoding.name());
    }
}

#[test]
fn what_a_record_is_goes_by_its_fields() {
    let text = b"a,b,c\n1,2\n1,2,3,4\n,,\n, ,\na,b,c\n\"a\",b,\"c\"\na,b,d\nx\xff,,\n,\n5,6,7\n";
    let expected = [
        "2 FieldCount",
        "3 FieldCount",
        "4 Blank",
        "5 Blank",
        "6 HeaderRepeat",
        "7 HeaderRepeat",
        "8 d|a",
        "9 Encoding",
        "10 Blank",
        "11 7|5",
    ];
    assert_eq!(rows(text, &csv(), &["c", "a"]), expected);
    let (_, reading) = read_by(text, &csv(), &wanted(&["a"]), 64).unwrap();
    assert_eq!(reading.records, 5, "what is blank or a header is no record");
}

#[test]
fn columns_are_found_by_name_without_case_or_by_number() {
    let text = "\u{feff}First  Name,DOB,dob,Código,日本\n1,2,3,4,5\n".as_bytes();
    let paths = ["first_name", "dob", "#3", "CÓDIGO", "日本", "#5", "#6", "gone"];
    assert_eq!(rows(text, &csv(), &paths), ["2 1|2|3|4|5|5|-|-"]);
    let (_, reading) = read_by(text, &csv(), &wanted(&paths), 1 << 20).unwrap();
    assert_eq!(reading.found, [[true, true, true, true, true, true, false, false]]);
    let names = ["First  Name", "DOB", "dob", "Código", "日本"].map(str::to_owned).to_vec();
    assert_eq!(reading.headers, [(String::new(), names)]);
}

#[test]
fn without_a_header_most_of_the_first_records_say_how_many_fields_there_are() {
    let format = Delimited { has_header: false, ..csv() };
    let expected = ["1 FieldCount", "2 2|1", "3 4|3", "5 FieldCount", "6 6|5"];
    assert_eq!(rows(b"x\n1,2\n3,4\n\n1,2,3\n5,6\n", &format, &["#2", "#1"]), expected);
    let (_, reading) = read_by(b"1,2\n", &format, &wanted(&["#2", "#3", "a"]), 1 << 20).unwrap();
    assert_eq!((reading.found, reading.headers), (vec![vec![true, false, false]], vec![]));
}

#[test]
fn titles_stand_above_the_header_whatever_is_in_them() {
    let format = Delimited { title_lines: 3, ..csv() };
    for text in
        ["My \"list\n\n,,\na,b\n1,2\n", "sep=,\nMy \"list\n\n,,\na,b\n1,2\n", "x\r\ny\r\nz\r\n\r\na,b\r\n1,2\r\n"]
    {
        let last = text.matches('\n').count();
        assert_eq!(rows(text.as_bytes(), &format, &["a", "b"]), [format!("{last} 1|2")]);
    }
}

#[test]
fn the_last_line_is_a_footer_only_where_it_is_the_last() {
    let footer = Footer { starts_with: "TOTAL".to_owned(), counts_rows: true };
    let format = Delimited { footer: Some(footer), ..csv() };
    for (text, expected) in [
        ("a,b\n1,2\nTOTAL,1\n", &["2 1|2"][..]),
        ("a,b\nTOTAL,x\n1,2\n\"TOTAL: 2\"\n\n,\n", &["2 TOTAL|x", "3 1|2"]),
        ("a,b\n1\n1,2\n,\na,b\nTOTAL 2", &["2 FieldCount", "3 1|2", "4 Blank", "5 HeaderRepeat"]),
        ("a,b\nTOTAL,x\n,\n1,2\nTOTAL 2\n,\n", &["2 TOTAL|x", "3 Blank", "4 1|2"]),
        ("a,b\nTOTAL 0\n", &[]),
        ("a,b\n", &[]),
    ] {
        assert_eq!(rows(text.as_bytes(), &format, &["a", "b"]), expected, "{text}");
        let (_, reading) = read_by(text.as_bytes(), &format, &wanted(&["a"]), 1 << 20).unwrap();
        let records = expected.iter().filter(|row| !row.ends_with("Blank") && !row.ends_with("Repeat")).count();
        assert_eq!(reading.records, records as u64, "{text}");
    }
    let without_header = Delimited { has_header: false, ..format.clone() };
    assert_eq!(rows(b"1,2\nTOTAL,1,x\n", &without_header, &["#2"]), ["1 2"], "its fields say nothing of the others");
    assert_eq!(refused(b"a,b\n1,2\nTOTAL,3\n", &format), (Reason::CountMismatch, Some("3".to_owned())));
    assert_eq!(refused(b"a,b\n1,2\nTOTAL\n", &format), (Reason::CountMismatch, Some("3".to_owned())));
    assert_eq!(refused(b"a,b\n1,2\n3,4\n", &format), (Reason::Truncated, None));
}

#[test]
fn a_file_without_records_has_none() {
    for text in ["", "\n", " \n\n \n", ",,\n", "\u{feff}", "a,b\n", "a,b", "a,b\n\n\n"] {
        assert_eq!(rows(text.as_bytes(), &csv(), &["a", "b"]), [""; 0], "{text:?}");
        let (_, reading) = read_by(text.as_bytes(), &csv(), &wanted(&["a"]), 1 << 20).unwrap();
        assert_eq!(reading.records, 0, "{text:?}");
        assert_eq!(reading.found, [[text.starts_with('a')]], "{text:?}");
    }
}

#[test]
fn one_file_feeds_several_tables_by_the_type_of_its_records() {
    let format = Delimited { has_header: false, ..csv() };
    let of_type = |value: &str, path: &str| WantedTable {
        select: Some(Select { source: "#1".to_owned(), values: vec![value.to_owned()] }),
        ..wanted(&[path]).tables.remove(0)
    };
    let wanted = Wanted { tables: vec![of_type("P", "#2"), of_type("E", "#3")] };
    let (rows, reading) =
        read_by(b"H,1\nP,Ada\nE,1,2\nP,Bo\nE,3,4\nE,5\nT,9,9,9\n", &format, &wanted, 1 << 20).unwrap();
    assert_eq!(rows, ["0: 2 Ada", "0: 4 Bo", "1: 3 2", "1: 5 4", "1: 6 FieldCount"]);
    assert_eq!(reading.records, 5);
}

#[test]
fn reading_stops_when_nobody_takes_more() {
    let text = format!("a,b\n{}", "1,2\n".repeat(10_000));
    let mut batches = 0;
    let mut input = text.as_bytes();
    let reading = read_in_blocks(&mut input, &csv(), &wanted(&["a"]), &Limits::default(), 1 << 10, &mut |batch| {
        assert_eq!(batch.tables[0].rows.len(), 4_096);
        batches += 1;
        ControlFlow::Break(())
    });
    assert!(reading.is_ok() && batches == 1 && !input.is_empty());
}

#[test]
fn what_is_wider_than_the_limits_is_refused_before_it_is_in_memory() {
    let limits = Limits { value_bytes: 1 << 10, columns: 100, ..Limits::default() };
    // Answers the reason and the place, and the bytes that were read until then.
    let refused = |text: &str, format: &Delimited| {
        let mut input = text.as_bytes();
        match read_in_blocks(&mut input, format, &wanted(&["a"]), &limits, 1 << 10, &mut |_| ControlFlow::Continue(()))
        {
            Err(ReadError::Malformed(malformed)) => {
                let place = malformed.place.map(|place| place.to_string());
                Some((malformed.reason, place.unwrap_or_default(), text.len() - input.len()))
            }
            _ => None,
        }
    };
    let is = |text: &str, format: &Delimited, reason: Reason, line: &str| {
        let (reason_there, place, read_bytes) = refused(text, format).unwrap();
        assert_eq!((reason_there, place.as_str()), (reason, line));
        assert!(read_bytes <= 16 << 10, "{read_bytes} bytes were read");
    };
    let value = |length: usize| format!("a,b\n1,{}\n2,3\n", "x".repeat(length));
    let columns = |count: usize| format!("a{}\n", ",b".repeat(count - 1));
    let titled = Delimited { title_lines: 1, ..csv() };
    assert_eq!((refused(&value(1 << 10), &csv()), refused(&columns(100), &csv())), (None, None));
    is(&value((1 << 10) + 1), &csv(), Reason::TooWide, "2");
    is(&columns(101), &csv(), Reason::TooWide, "1");
    is(&"x".repeat(1 << 20), &csv(), Reason::TooWide, "1");
    is(&"x".repeat(1 << 20), &titled, Reason::TooWide, "1");
    for quote in ["\"", "'"] {
        let format = Delimited { quote: quote.bytes().next(), ..csv() };
        let open = |rows: usize| format!("a,b\n1,2\n3,{quote}{}", "4,5\n".repeat(rows));
        is(&open(100), &format, Reason::Truncated, "3");
        is(&open(1 << 18), &format, Reason::TooWide, "3");
    }
}

proptest! {
    #[test]
    fn rows_do_not_depend_on_blocks(text in "[ab,\"'\\\\\r\né]{0,200}", block_bytes in 1usize..70) {
        let formats = [
            csv(),
            Delimited { quote: Some(b'\''), ..csv() },
            Delimited { delimiter: ",a".to_owned(), ..csv() },
            Delimited { has_escapes: true, has_header: false, ..csv() },
            Delimited { quote: None, encoding: WINDOWS_1252, title_lines: 1, ..csv() },
        ];
        for format in formats {
            let read = |block_bytes| {
                read_by(text.as_bytes(), &format, &wanted(&["#1", "#2", "b"]), block_bytes).map_err(|error| error.to_string())
            };
            prop_assert_eq!(read(block_bytes), read(1 << 20));
        }
    }
}
