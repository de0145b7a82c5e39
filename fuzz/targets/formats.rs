//! Any bytes are read as any format, or are refused with a reason; reading them again says the same.

#![no_main]

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::LazyLock;

use carelake_records::{
    Delimited, Fixed, FixedField, Format, Json, Limits, Packed, ReadError, Source, Wanted, WantedTable, Way, Workbook,
    Xml, read,
};
use libfuzzer_sys::fuzz_target;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| tempfile::NamedTempFile::new().expect("a file").into_temp_path().keep().expect("a file"));

/// Limits that a text of the fuzzer can go beyond.
const LIMITS: Limits = Limits {
    unpacked_bytes: 1 << 20,
    ratio: 20,
    ratio_from_bytes: 1 << 16,
    members: 8,
    depth: 8,
    value_bytes: 256,
    columns: 16,
    cells: 1000,
};

/// Returns the format that a number stands for, and the paths of two sources in it.
fn format(number: u8) -> (Format, [&'static str; 2]) {
    let field = |name: &str, start, width| FixedField { record: None, name: name.to_owned(), start, width };
    let delimited = Delimited {
        delimiter: ",".to_owned(),
        quote: Some(b'"'),
        has_escapes: number & 16 != 0,
        encoding: encoding_rs::UTF_8,
        title_lines: 0,
        has_header: true,
        footer: None,
    };
    let fixed = Fixed {
        encoding: encoding_rs::WINDOWS_1252,
        fields: vec![field("id", 1, 3), field("name", 4, 5)],
        record_type: None,
        trailers: Vec::new(),
    };
    let (way, paths) = match number % 9 {
        0 => (Way::Delimited(delimited), ["id", "name"]),
        1 => (Way::Fixed(fixed), ["id", "name"]),
        2 => (Way::Json(Json::Array { path: String::new() }), ["id", "name.last"]),
        3 => (Way::Json(Json::Lines), ["id", "name[*]"]),
        4 => (Way::Json(Json::Bundle), ["id", "name[0].family"]),
        5 => (Way::Xml(Xml { record: "Row".to_owned() }), ["@id", "Name/Last"]),
        6 => (Way::Hl7 { encoding: encoding_rs::UTF_8 }, ["PID-3.1", "PID-5[*].1"]),
        7 => (Way::Workbook(Workbook { title_lines: 0, has_header: true }), ["id", "name"]),
        _ => (Way::Parquet, ["id", "name"]),
    };
    let packed = [Vec::new(), vec![Packed::Gzip], vec![Packed::Zip], vec![Packed::Zstd], vec![Packed::Bzip2]];
    (Format { packed: packed[usize::from(number / 9) % 5].clone(), way }, paths)
}

/// Reads the file, and says what came of it.
fn outcome(format: &Format, paths: [&str; 2]) -> (Vec<u64>, Option<String>) {
    let source = |path: &str| Source { path: path.to_owned(), up: 0, is_list: path.contains('*') };
    let table = WantedTable { sources: paths.map(source).to_vec(), ..WantedTable::default() };
    let mut places = Vec::new();
    let end = read(&FILE, format, &Wanted { tables: vec![table] }, &LIMITS, &mut |batch| {
        for rows in &batch.tables {
            assert_eq!(rows.cells.len(), rows.rows.len() * 2, "each row has its cells");
            for cell in &rows.cells {
                assert!(std::str::from_utf8(batch.text_of(*cell)).is_ok(), "cells are text");
            }
            places.extend(rows.rows.iter().map(|row| row.place.number));
        }
        ControlFlow::Continue(())
    });
    assert!(places.is_sorted(), "rows come in the order of the file");
    match end {
        Ok(_) => (places, None),
        Err(ReadError::Malformed(malformed)) => (places, Some(malformed.to_string())),
        Err(ReadError::Io(error)) => panic!("this machine could read it: {error}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((number, content)) = bytes.split_first() else { return };
    std::fs::write(&*FILE, content).expect("the file can be written");
    let (format, paths) = format(*number);
    assert_eq!(outcome(&format, paths), outcome(&format, paths), "the same bytes are the same");
});
