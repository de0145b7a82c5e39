//! Tables of small files: what stands in them, and the rows that come out.

use std::ops::ControlFlow;

use encoding_rs::{Encoding, UTF_8, UTF_16LE, WINDOWS_1252};
use proptest::prelude::*;

use super::{declared, read_in_blocks};
use crate::batch::{Batch, Kind, State};
use crate::format::{Fixed, FixedField, Trailer};
use crate::limits::Limits;
use crate::malformed::{ReadError, Reason};
use crate::wanted::{Reading, Select, Source, Wanted, WantedTable};

/// Fields as `name start width`, of one record type.
fn fields<'a>(record: Option<&'a str>, fields: &'a [(&str, usize, usize)]) -> impl Iterator<Item = FixedField> + 'a {
    fields.iter().map(move |(name, start, width)| FixedField {
        record: record.map(str::to_owned),
        name: (*name).to_owned(),
        start: *start,
        width: *width,
    })
}

fn plain() -> Fixed {
    let fields = fields(None, &[("id", 1, 4), ("name", 5, 6), ("sex", 11, 1)]).collect();
    Fixed { encoding: UTF_8, fields, record_type: None, trailers: Vec::new() }
}

/// Persons `P`, encounters `E`, and a trailer `T` that counts both.
fn typed() -> Fixed {
    let persons = fields(Some("P"), &[("id", 2, 3), ("name", 5, 4)]);
    let encounters = fields(Some("E"), &[("visit", 2, 3), ("id", 5, 3)]);
    let trailer = |of: &str, at| Trailer { record: "T".to_owned(), of: of.to_owned(), at };
    Fixed {
        encoding: UTF_8,
        fields: persons.chain(encounters).collect(),
        record_type: Some((1, 1)),
        trailers: vec![trailer("P", (2, 4)), trailer("E", (5, 7))],
    }
}

fn table(paths: &[&str], select: Option<(&str, &[&str])>) -> WantedTable {
    let source = |path: &&str| Source { path: (*path).to_owned(), up: 0, is_list: false };
    let select = select.map(|(source, values)| Select {
        source: source.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    });
    WantedTable { sources: paths.iter().map(source).collect(), select, ..WantedTable::default() }
}

/// The rows of all tables as text, one a line: place, state if it is not data, cells.
fn shown(batch: &Batch, to: &mut [Vec<String>]) {
    for (rows, to) in batch.tables.iter().zip(to) {
        let width = rows.cells.len().checked_div(rows.rows.len()).unwrap_or_default();
        for (at, row) in rows.rows.iter().enumerate() {
            let cells = rows.cells[at * width..(at + 1) * width].iter().map(|cell| match cell.kind {
                Kind::Null => "-".to_owned(),
                _ => String::from_utf8(batch.text_of(*cell).to_vec()).unwrap(),
            });
            let cells: Vec<String> = cells.collect();
            let is_data = row.state == State::Data;
            to.push(if is_data {
                format!("{} {}", row.place, cells.join("|"))
            } else {
                format!("{} {:?}", row.place, row.state)
            });
        }
    }
}

fn read_by(
    text: &[u8],
    format: &Fixed,
    tables: &[WantedTable],
    block_bytes: usize,
) -> Result<(Vec<Vec<String>>, Reading), ReadError> {
    let wanted = Wanted { tables: tables.to_vec() };
    let mut rows = vec![Vec::new(); tables.len()];
    let mut input = text;
    let reading = read_in_blocks(&mut input, format, &wanted, &Limits::default(), block_bytes, &mut |batch| {
        shown(&batch, &mut rows);
        ControlFlow::Continue(())
    })?;
    Ok((rows, reading))
}

/// Reads in blocks of many sizes, and answers what is the same in all.
fn rows(text: &[u8], format: &Fixed, tables: &[WantedTable]) -> Vec<Vec<String>> {
    let (rows, reading) = read_by(text, format, tables, 1 << 20).unwrap();
    for block_bytes in [1, 2, 3, 4, 5, 7, 11, 16, 61] {
        let again = read_by(text, format, tables, block_bytes).unwrap();
        assert_eq!(again, (rows.clone(), reading.clone()), "blocks of {block_bytes}");
    }
    rows
}

fn refused(text: &[u8], format: &Fixed) -> (Reason, Option<String>) {
    match read_by(text, format, &[table(&["id"], None)], 1 << 20) {
        Err(ReadError::Malformed(malformed)) => (malformed.reason, malformed.place.map(|place| place.to_string())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fields_are_slices_without_the_blanks_around_them() {
    let cases: [(&str, &str, &[&str]); 6] = [
        ("whole lines", "0001Ada   F\n0002Bo    M\n", &["1 0001|Ada|F", "2 0002|Bo|M"]),
        ("lines cut at the right", "0001Ada\r\n0002\r\n3\r\n", &["1 0001|Ada|-", "2 0002|-|-", "3 3|-|-"]),
        ("blanks within stay", "  1 A B   F\n", &["1 1|A B|F"]),
        ("blank lines are no rows and count", "\n0001\n   \n\n0002", &["2 0001|-|-", "5 0002|-|-"]),
        ("carriage returns", "0001Ada\r0002Bo\r", &["1 0001|Ada|-", "2 0002|Bo|-"]),
        ("what lies behind the last field is nobody's", "0001Ada   Fxyz\n", &["1 0001|Ada|F"]),
    ];
    for (name, text, expected) in cases {
        assert_eq!(rows(text.as_bytes(), &plain(), &[table(&["id", "name", "sex"], None)]), [expected], "{name}");
    }
}

#[test]
fn widths_are_characters_in_any_encoding() {
    let text = "0001ÉmileöF\n0002日本    M\n";
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(Vec<u8>, &'static Encoding, &[&str]); 3] = [
        (text.as_bytes().to_vec(), UTF_8, &["1 0001|Émileö|F", "2 0002|日本|M"]),
        (utf16, UTF_16LE, &["1 0001|Émileö|F", "2 0002|日本|M"]),
        (b"0001\xc9mile\xf6F\n".to_vec(), WINDOWS_1252, &["1 0001|Émileö|F"]),
    ];
    for (bytes, encoding, expected) in cases {
        let format = Fixed { encoding, ..plain() };
        assert_eq!(rows(&bytes, &format, &[table(&["id", "name", "sex"], None)]), [expected], "{}", encoding.name());
    }
}

#[test]
fn a_record_that_is_no_text_costs_itself_only() {
    let text = b"0001Ada   F\n0002B\xff    M\n0003\xc3\x89va   F\n";
    let expected = ["1 0001|Ada", "2 Encoding", "3 0003|Éva"];
    assert_eq!(rows(text, &plain(), &[table(&["id", "name"], None)]), [expected]);
}

#[test]
fn sources_are_names_or_characters() {
    let paths = ["name", "5-7", "11", "4-99", "200-201", "gone", "7-5"];
    assert_eq!(rows(b"0001Ada   F\n", &plain(), &[table(&paths, None)]), [["1 Ada|Ada|F|1Ada   F|-|-|-"]]);
    let (_, reading) = read_by(b"", &plain(), &[table(&paths, None)], 64).unwrap();
    assert_eq!(reading.found, [[true, true, true, true, true, false, false]]);
}

#[test]
fn tables_take_records_of_their_types() {
    let text = b"H20260803\nP001Ada\nE100001\nP002Bo\nE200002\nE300001\n\nT002003\n";
    let tables = [
        table(&["id", "name", "visit"], Some(("type", &["P"]))),
        table(&["visit", "id"], Some(("type", &["E", "X"]))),
        table(&["id"], None),
        table(&["2-4"], Some(("5-7", &["001", "Ada"]))),
    ];
    let expected = [
        &["2 001|Ada|-", "4 002|Bo|-"][..],
        &["3 100|001", "5 200|002", "6 300|001"],
        &["1 -", "2 001", "3 001", "4 002", "5 002", "6 001", "8 -"],
        &["2 001", "3 100", "6 300"],
    ];
    assert_eq!(rows(text, &typed(), &tables), expected);
    let (_, reading) = read_by(text, &typed(), &tables[..2], 64).unwrap();
    assert_eq!(reading.records, 5, "headers and trailers are no records of these tables");
    assert_eq!(reading.found, [vec![true, true, false], vec![true, true]]);
}

#[test]
fn counts_of_a_trailer_are_checked() {
    for (text, expected) in [
        (&b"P001\nE100\nT001002\n"[..], Reason::CountMismatch),
        (b"P001\nE100\nT002001\n", Reason::CountMismatch),
        (b"P001\nE100\nT001\n", Reason::CountMismatch),
        (b"P001\nE100\nTxxx001\n", Reason::CountMismatch),
        (b"P001\nE100\n", Reason::Truncated),
        (b"H20260803\n", Reason::Truncated),
    ] {
        assert_eq!(refused(text, &typed()), (expected, None));
    }
    for text in [&b"P001\nE100\nT001001\n"[..], b"T000000\n", b"", b" \n"] {
        assert!(read_by(text, &typed(), &[table(&["id"], None)], 64).is_ok());
    }
}

#[test]
fn a_line_longer_than_a_value_is_refused() {
    let long = |length: usize| format!("0001\n{}\n0002\n", "x".repeat(length)).into_bytes();
    assert!(read_by(&long(1 << 20), &plain(), &[table(&["id"], None)], 1 << 20).is_ok());
    for length in [(1 << 20) + 1, 5 << 20] {
        assert_eq!(refused(&long(length), &plain()), (Reason::TooWide, Some("2".to_owned())));
    }
}

#[test]
fn a_file_says_of_itself_what_stands_in_a_record() {
    let text = b"\nH20260803X\nP001Ada\nT001000\n";
    for (source, expected) in [
        ("H:2-9", Some("20260803")),
        ("T:2-4", Some("001")),
        ("2-9", Some("20260803")),
        ("X:2-9", None),
        ("H:40-41", None),
        ("H:date", None),
    ] {
        let mut input = &text[..];
        let value = declared(&mut input, &typed(), &Limits::default(), source).unwrap();
        assert_eq!(value.as_deref(), expected, "{source}");
    }
}

#[test]
fn reading_stops_when_nobody_takes_more() {
    let text = "0001\n".repeat(10_000);
    let wanted = Wanted { tables: vec![table(&["id"], None)] };
    let mut batches = 0;
    let mut input = text.as_bytes();
    let reading = read_in_blocks(&mut input, &typed(), &wanted, &Limits::default(), 1 << 10, &mut |_| {
        batches += 1;
        ControlFlow::Break(())
    });
    assert!(reading.is_ok(), "the trailer is not missed in what was not read");
    assert!(batches == 1 && !input.is_empty());
}

proptest! {
    #[test]
    fn rows_do_not_depend_on_blocks(text in "[PET0 é\r\n]{0,200}", block_bytes in 1usize..70) {
        let format = Fixed { trailers: Vec::new(), ..typed() };
        let tables = [table(&["id", "2-3"], Some(("type", &["P"]))), table(&["id", "1-4"], None)];
        for encoding in [UTF_8, WINDOWS_1252] {
            let format = Fixed { encoding, ..format.clone() };
            let read = |block_bytes| read_by(text.as_bytes(), &format, &tables, block_bytes).unwrap();
            prop_assert_eq!(read(block_bytes), read(1 << 20));
        }
    }
}
