//! Workbooks of every kind become rows, and files that are none, or ask for too much, are told.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod books;
mod cut;

use std::ops::ControlFlow;
use std::path::Path;

use books::{Beside, ods, texts, xlsb, xlsx, zipped};
use carelake_records::{
    Batch, Kind, Limits, Malformed, ReadError, Reading, Reason, Select, Source, State, Wanted, WantedTable, Workbook,
    workbook,
};

const VISITS: &[u8] = include_bytes!("../fixtures/visits.xls");
const VISITS_1904: &[u8] = include_bytes!("../fixtures/visits_1904.xls");

fn wanted(tables: &[(&str, &[&str])]) -> Wanted {
    let source = |path: &&str| Source { path: (*path).to_owned(), up: 0, is_list: false };
    let table = |(part, paths): &(&str, &[&str])| WantedTable {
        part: (!part.is_empty()).then(|| (*part).to_owned()),
        sources: paths.iter().map(source).collect(),
        ..WantedTable::default()
    };
    Wanted { tables: tables.iter().map(table).collect() }
}

/// Reads a workbook, and answers its rows as text: the table, the place, the state unless it is data, the cells with their kind.
fn read(bytes: &[u8], book: &Workbook, wanted: &Wanted, limits: &Limits) -> (Vec<String>, Result<Reading, ReadError>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("any name.dat");
    std::fs::write(&file, bytes).unwrap();
    read_file(&file, book, wanted, limits)
}

fn read_file(
    file: &Path,
    book: &Workbook,
    wanted: &Wanted,
    limits: &Limits,
) -> (Vec<String>, Result<Reading, ReadError>) {
    let mut rows = Vec::new();
    let mut take = |batch: Batch| {
        for (at, table) in batch.tables.iter().enumerate() {
            let sources = wanted.tables[at].sources.len();
            assert_eq!(table.cells.len(), table.rows.len() * sources);
            for (row, cells) in table.rows.iter().zip(table.cells.chunks(sources)) {
                let shown = cells.iter().map(|cell| match cell.kind {
                    Kind::Null => "-".to_owned(),
                    Kind::Text => String::from_utf8_lossy(batch.text_of(*cell)).into_owned(),
                    kind => format!("{kind:?}:{}", String::from_utf8_lossy(batch.text_of(*cell))),
                });
                let shown = if row.state == State::Data {
                    shown.collect::<Vec<_>>().join("|")
                } else {
                    format!("{:?}", row.state)
                };
                rows.push(format!("{at}:{} {shown}", row.place));
            }
        }
        ControlFlow::Continue(())
    };
    let reading = workbook::read(file, book, wanted, limits, &mut take);
    (rows, reading)
}

const BOOK: Workbook = Workbook { title_lines: 0, has_header: true };

fn rows(bytes: &[u8], book: &Workbook, tables: &[(&str, &[&str])]) -> Vec<String> {
    let (rows, reading) = read(bytes, book, &wanted(tables), &Limits::default());
    reading.unwrap();
    rows
}

fn malformed(bytes: &[u8], limits: &Limits) -> Malformed {
    match read(bytes, &BOOK, &wanted(&[("", &["id", "name"])]), limits).1 {
        Err(ReadError::Malformed(malformed)) => malformed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cells_of_xlsx_are_what_the_sheet_shows() {
    let cells = [
        ("<c r=\"A2\"><v>12345.0</v></c>", "Number:12345"),
        ("<c r=\"A2\"><v>1E3</v></c>", "Number:1000"),
        ("<c r=\"A2\"><v>0.1</v></c>", "Number:0.1"),
        ("<c r=\"A2\" s=\"1\"><v>46265</v></c>", "Date:2026-08-31"),
        ("<c r=\"A2\" s=\"2\"><v>46265.586805555555</v></c>", "DateTime:2026-08-31T14:05:00"),
        ("<c r=\"A2\" s=\"0\"><v>46265</v></c>", "Number:46265"),
        ("<c r=\"A2\" t=\"d\"><v>2026-08-31T14:05:00</v></c>", "DateTime:2026-08-31T14:05:00"),
        ("<c r=\"A2\" t=\"s\"><v>1</v></c>", "N\u{fa}\u{f1}ez & S\u{f6}hne"),
        ("<c r=\"A2\" t=\"inlineStr\"><is><r><t>A</t></r><r><t xml:space=\"preserve\"> b </t></r></is></c>", "A b "),
        ("<c r=\"A2\" t=\"b\"><v>1</v></c>", "Boolean:true"),
        ("<c r=\"A2\" t=\"e\"><v>#N/A</v></c>", "-"),
        ("<c r=\"A2\" t=\"e\"><v>#SPILL!</v></c>", "-"),
        ("<c r=\"A2\" t=\"str\"><f>UPPER(\"x\")</f><v>ADA</v></c>", "ADA"),
        ("<c r=\"A2\"><f>1+1</f><v>2</v></c>", "Number:2"),
        ("<c r=\"A2\" s=\"1\"/>", "-"),
    ];
    for (cell, expected) in cells {
        let sheet = format!(
            "{}<row r=\"2\">{cell}<c r=\"B2\" t=\"inlineStr\"><is><t>x</t></is></c></row>",
            texts(1, &["id", "name"])
        );
        let shared = ["", "N\u{fa}\u{f1}ez &amp; S\u{f6}hne"];
        let book = xlsx(&[("Sheet1", &sheet)], &Beside { shared: &shared, ..Beside::default() });
        assert_eq!(rows(&book, &BOOK, &[("", &["id", "name"])]), [format!("0:2 {expected}|x")], "{cell}");
    }
}

#[test]
fn dates_count_from_1904_where_the_workbook_says_so_and_numbers_stay_numbers() {
    let sheet = format!(
        "{}<row r=\"2\"><c r=\"A2\" s=\"1\"><v>44803</v></c><c r=\"B2\"><v>44803</v></c></row>",
        texts(1, &["id", "name"])
    );
    let book = xlsx(&[("Sheet1", &sheet)], &Beside { is_1904: true, ..Beside::default() });
    assert_eq!(rows(&book, &BOOK, &[("", &["id", "name"])]), ["0:2 Date:2026-08-31|Number:44803"]);
}

#[test]
fn blank_rows_are_no_rows_and_places_are_those_of_the_sheet() {
    let empty = "<row r=\"3\"/><row r=\"4\"><c r=\"A4\" s=\"1\"/></row>";
    let sheet =
        [&texts(1, &["id", "name"]), &texts(2, &["1", "Ada"]), empty, &texts(5, &["", " "]), &texts(6, &["", "Bo"])]
            .concat();
    let book = xlsx(&[("Sheet1", &sheet)], &Beside::default());
    assert_eq!(rows(&book, &BOOK, &[("", &["id", "name"])]), ["0:2 1|Ada", "0:6 |Bo"]);
}

#[test]
fn titles_stand_above_the_header_and_a_header_may_stand_again() {
    let sheet = [
        texts(1, &["Daily census"]),
        texts(2, &["id"]),
        texts(4, &["ID", "Last Name"]),
        texts(5, &["1", "Doe"]),
        texts(6, &["ID", "Last Name"]),
        texts(7, &["ID", "Doe"]),
    ];
    let book = xlsx(&[("Sheet1", &sheet.concat())], &Beside::default());
    let format = Workbook { title_lines: 3, ..BOOK };
    assert_eq!(rows(&book, &format, &[("", &["id", "last_name"])]), ["0:5 1|Doe", "0:6 HeaderRepeat", "0:7 ID|Doe"]);
}

#[test]
fn columns_go_by_their_header_or_their_number() {
    let sheet = [texts(1, &["Medical Record #", "", "Zip"]), texts(2, &["1", "x", "2"])].concat();
    let book = xlsx(&[("Sheet1", &sheet)], &Beside::default());
    let paths = wanted(&[("", &["medical_record", "ZIP", "#2", "#9", "county"])]);
    let (named, reading) = read(&book, &BOOK, &paths, &Limits::default());
    assert_eq!(named, ["0:2 1|2|x|-|-"]);
    let reading = reading.unwrap();
    assert_eq!(reading.found, [[true, true, true, false, false]]);
    assert_eq!(
        reading.headers,
        [("Sheet1".to_owned(), vec!["Medical Record #".to_owned(), String::new(), "Zip".to_owned()])]
    );
    assert_eq!(reading.records, 1);
    let bare = Workbook { has_header: false, ..BOOK };
    let (numbered, reading) = read(&book, &bare, &wanted(&[("", &["#1", "#4"])]), &Limits::default());
    assert_eq!(numbered, ["0:1 Medical Record #|-", "0:2 1|-"]);
    assert_eq!(reading.unwrap().found, [[true, false]]);
}

#[test]
fn several_sheets_feed_several_tables_and_say_which_they_are() {
    let sheet = |id: &str| [texts(1, &["id"]), texts(2, &[id])].concat();
    let sheets =
        [("About", sheet("a")), ("Hidden Visits", sheet("v")), ("Aug 2026", sheet("8")), ("Sep 2026", sheet("9"))];
    let sheets = sheets.each_ref().map(|(name, rows)| (*name, rows.as_str()));
    let book = xlsx(&sheets, &Beside::default());
    let tables: [(&str, &[&str]); 3] = [("* 2026", &["id"]), ("hidden visits", &["id"]), ("4", &["id", "#1"])];
    assert_eq!(rows(&book, &BOOK, &tables), ["1:2 v", "0:2 8", "0:2 9", "2:2 9|9"]);
    let (folder, mut parts) = (tempfile::tempdir().unwrap(), Vec::new());
    let file = folder.path().join("book");
    std::fs::write(&file, &book).unwrap();
    let mut take = |batch: Batch| {
        parts.push(batch.part.unwrap().to_string());
        ControlFlow::Continue(())
    };
    workbook::read(&file, &BOOK, &wanted(&tables), &Limits::default(), &mut take).unwrap();
    assert_eq!(parts, ["Hidden Visits", "Aug 2026", "Sep 2026"]);
}

#[test]
fn rows_are_chosen_by_a_column() {
    let sheet =
        [texts(1, &["id", "kind"]), texts(2, &["1", "P"]), texts(3, &["2", "V"]), texts(4, &["3", ""])].concat();
    let select = Select { source: "Kind".to_owned(), values: vec!["V".to_owned()] };
    let mut wanted = wanted(&[("", &["id"])]);
    wanted.tables[0].select = Some(select);
    let book = xlsx(&[("Sheet1", &sheet)], &Beside::default());
    assert_eq!(read(&book, &BOOK, &wanted, &Limits::default()).0, ["0:3 2"]);
}

#[test]
fn a_sheet_that_is_not_there_has_no_columns_and_none_of_all_is_no_records() {
    let book = xlsx(&[("Patients", &texts(1, &["id"]))], &Beside::default());
    let reading =
        read(&book, &BOOK, &wanted(&[("Patients", &["id"]), ("Visits", &["id"])]), &Limits::default()).1.unwrap();
    assert_eq!(reading.found, [[true], [false]]);
    match read(&book, &BOOK, &wanted(&[("Visits", &["id"])]), &Limits::default()).1 {
        Err(ReadError::Malformed(malformed)) => assert_eq!(malformed.reason, Reason::NoRecords),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_record_of_a_row_is_its_cells_with_tabs_between() {
    let sheet =
        [texts(1, &["id", "name"]), "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"D2\"><v>2.5</v></c></row>".to_owned()]
            .concat();
    let (folder, mut records) = (tempfile::tempdir().unwrap(), Vec::new());
    let file = folder.path().join("book");
    std::fs::write(&file, xlsx(&[("Sheet1", &sheet)], &Beside::default())).unwrap();
    let mut take = |batch: Batch| {
        records.extend(batch.tables[0].rows.iter().map(|row| String::from_utf8_lossy(batch.raw(row)).into_owned()));
        ControlFlow::Continue(())
    };
    workbook::read(&file, &BOOK, &wanted(&[("", &["id"])]), &Limits::default(), &mut take).unwrap();
    assert_eq!(records, ["1\t\t\t2.5"]);
}

#[test]
fn xls_is_read_with_its_dates_hidden_sheets_and_merged_titles() {
    let format = Workbook { title_lines: 2, ..BOOK };
    let tables: [(&str, &[&str]); 1] = [("Visits", &["Id", "Day", "Seen At", "Weight", "Is Open"])];
    for (bytes, serial) in [(VISITS, "46265"), (VISITS_1904, "46265")] {
        let expected = [
            "0:4 007|Date:2026-08-31|DateTime:2026-08-31T14:05:00|Number:72.5|Boolean:true".to_owned(),
            format!("0:6 Number:12345|Number:{serial}|-|-|-"),
        ];
        assert_eq!(rows(bytes, &format, &tables), expected);
    }
}

#[test]
fn xlsb_is_read_whatever_size_it_claims() {
    let expected = ["0:5 007|DateTime:2026-08-31T14:05:00|Number:72.5", "0:6 -|-|Boolean:true"];
    assert_eq!(rows(&xlsb(), &BOOK, &[("", &["Id", "Seen At", "Weight"])]), expected);
}

#[test]
fn ods_is_read_and_what_is_repeated_is_not_laid_out() {
    let text = |value: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{value}</text:p></table:table-cell>")
    };
    let header = format!(
        "<table:table-header-rows><table:table-row>{}{}</table:table-row></table:table-header-rows>",
        text("Id"),
        text("Note")
    );
    let cells = [
        (text("a &amp; <text:span>b<text:s text:c=\"2\"/>c</text:span></text:p><text:p>d<text:tab/>e&#233;"), "a & b  c\nd\te\u{e9}"),
        ("<table:table-cell office:value-type=\"float\" office:value=\"104.40\"><text:p>104.4</text:p></table:table-cell>".into(), "Number:104.4"),
        ("<table:table-cell office:value-type=\"date\" office:date-value=\"2026-08-31\"/>".into(), "Date:2026-08-31"),
        ("<table:table-cell office:value-type=\"date\" office:date-value=\"2026-08-31T14:05:00\"/>".into(), "DateTime:2026-08-31T14:05:00"),
        ("<table:table-cell office:value-type=\"time\" office:time-value=\"PT14H05M00S\"/>".into(), "14:05:00"),
        ("<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"true\"/>".into(), "Boolean:true"),
        ("<table:table-cell office:value-type=\"string\" office:string-value=\"told\"><text:p>shown</text:p></table:table-cell>".into(), "told"),
        ("<table:table-cell office:value-type=\"string\" x:value-type=\"error\" xmlns:x=\"y\"><text:p>#N/A</text:p></table:table-cell>".into(), "-"),
        ("<table:table-cell office:value-type=\"string\"><office:annotation><text:p>note</text:p></office:annotation><text:p>x</text:p></table:table-cell>".into(), "x"),
    ];
    for (cell, expected) in cells {
        let far = "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
        let blank = "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell/></table:table-row>";
        let row = format!("<table:table-row>{cell}{}</table:table-row>", text("n"));
        let twice = format!(
            "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell/>{}</table:table-row>",
            text("m")
        );
        let sheet = format!("<table:table-column/>{header}{blank}\n{row}{twice}{far}");
        let book = ods(&[("About", ""), ("Visits", &sheet)]);
        let expected = [format!("0:5 {expected}|n"), "0:6 -|m".to_owned(), "0:7 -|m".to_owned()];
        assert_eq!(rows(&book, &BOOK, &[("Visits", &["id", "note"])]), expected);
    }
}

#[test]
fn a_file_that_is_no_workbook_is_told_from_one_that_is_cut() {
    let book = xlsx(&[("Sheet1", &texts(1, &["id", "name"]))], &Beside::default());
    let reason = |bytes: &[u8]| malformed(bytes, &Limits::default()).reason;
    let cases: [(&[u8], Reason); 8] = [
        (b"id,name\n1,Ada\n", Reason::NotTheFormat),
        (b"<!DOCTYPE html><html/>", Reason::NotTheFormat),
        (b"%PDF-1.7", Reason::NotTheFormat),
        (&zipped(&[("a.csv", b"id,name\n")]), Reason::NotTheFormat),
        (&zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<x/>")]), Reason::NotTheFormat),
        (&book[..book.len() - 300], Reason::Truncated),
        (&book[..100], Reason::Truncated),
        (&VISITS[..1000], Reason::NotTheFormat),
    ];
    for (at, (bytes, expected)) in cases.into_iter().enumerate() {
        assert_eq!(reason(bytes), expected, "case {at}");
    }
    assert_eq!(rows(b"", &BOOK, &[("", &["id"])]), [""; 0]);
}

/// Puts some bytes in the place of others, once.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn a_workbook_with_a_password_is_encrypted() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let renamed = replaced(VISITS, &wide("Workbook\0\0\0\0\0\0\0\0"), &wide("EncryptedPackage"));
    assert_eq!(malformed(&renamed, &Limits::default()).reason, Reason::Encrypted);
    // The record of the code page becomes one of a password.
    let locked = replaced(VISITS, b"\x42\0\x02\0", b"\x2f\0\x02\0");
    assert_eq!(malformed(&locked, &Limits::default()).reason, Reason::Encrypted);
    let manifest = b"<manifest><file-entry><encryption-data/></file-entry></manifest>";
    let ods = zipped(&[("META-INF/manifest.xml", manifest), ("content.xml", b"\x01\x02")]);
    assert_eq!(malformed(&ods, &Limits::default()).reason, Reason::Encrypted);
    assert_eq!(malformed(&zipped(&[("encrypted-package", b"x")]), &Limits::default()).reason, Reason::Encrypted);
}

#[test]
fn entities_and_document_types_are_refused_in_any_part() {
    let parts = ["xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet0.xml", "_rels/.rels"];
    for part in parts {
        let bytes = b"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]><x>&y;</x>";
        let book = xlsx(&[("Sheet1", &texts(1, &["id"]))], &Beside { further: &[(part, bytes)], ..Beside::default() });
        assert_eq!(malformed(&book, &Limits::default()).reason, Reason::Entity, "{part}");
    }
    let cell = "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>&y;</text:p></table:table-cell></table:table-row>";
    assert_eq!(malformed(&ods(&[("Sheet1", cell)]), &Limits::default()).reason, Reason::Entity);
}

#[test]
fn limits_hold_and_no_value_is_told() {
    let sheet = [texts(1, &["id", "name"]), texts(2, &["1", "PLANTED-7f3a"])].concat();
    let book = xlsx(&[("Sheet1", &sheet)], &Beside::default());
    let zeros = vec![b' '; 1 << 20];
    let padded =
        xlsx(&[("Sheet1", &sheet)], &Beside { further: &[("xl/media/image1.png", &zeros)], ..Beside::default() });
    let long = format!("<row r=\"1\">{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(100));
    let long = xlsx(&[("Sheet1", &long)], &Beside { shared: &["x".repeat(100_000).as_str()], ..Beside::default() });
    let deep = ods(&[("Sheet1", &["<a>".repeat(100), "</a>".repeat(100)].concat())]);
    let default = Limits::default();
    let cases: [(&[u8], Limits, Reason); 9] = [
        (&book, Limits { cells: 3, ..default }, Reason::TooWide),
        (&book, Limits { columns: 1, ..default }, Reason::TooWide),
        (&book, Limits { value_bytes: 5, ..default }, Reason::TooWide),
        (&book, Limits { members: 5, ..default }, Reason::TooManyMembers),
        (&book, Limits { unpacked_bytes: book.len() as u64 - 1, ..default }, Reason::TooLarge),
        (&padded, Limits { unpacked_bytes: 1 << 20, ..default }, Reason::TooLarge),
        (&padded, Limits { ratio_from_bytes: 1 << 19, ratio: 10, ..default }, Reason::CompressedTooMuch),
        (&long, default, Reason::TooWide),
        (&deep, default, Reason::TooDeep),
    ];
    for (at, (bytes, limits, expected)) in cases.into_iter().enumerate() {
        let told = malformed(bytes, &limits);
        assert_eq!(told.reason, expected, "case {at}");
        assert!(!told.to_string().contains("PLANTED"));
    }
}

#[test]
fn a_workbook_that_contradicts_itself_is_told_and_ends_nothing() {
    let index = format!("{}<row><c t=\"s\"><v>7</v></c></row>", texts(1, &["id"]));
    assert_eq!(
        malformed(&xlsx(&[("Sheet1", &index)], &Beside::default()), &Limits::default()).reason,
        Reason::NotTheFormat
    );
    // A directory whose sector follows itself.
    let sector = u32::from_le_bytes(VISITS[48..52].try_into().unwrap()) as usize;
    let table = (u32::from_le_bytes(VISITS[76..80].try_into().unwrap()) as usize + 1) * 512 + sector * 4;
    let mut endless = VISITS.to_vec();
    endless[table..table + 4].copy_from_slice(&(sector as u32).to_le_bytes());
    assert_eq!(malformed(&endless, &Limits::default()).reason, Reason::NotTheFormat);
    for at in (0..VISITS.len()).step_by(7) {
        let mut broken = VISITS.to_vec();
        broken[at] ^= 0x55;
        let _ = read(&broken, &BOOK, &wanted(&[("2", &["id"])]), &Limits::default());
        let _ = read(&VISITS[..at], &BOOK, &wanted(&[("2", &["id"])]), &Limits::default());
    }
}

#[test]
fn batches_are_small_and_whoever_takes_them_may_have_enough() {
    let sheet: String = (1..=10_000).map(|number| texts(number, &["1"])).collect();
    let (folder, mut sizes) = (tempfile::tempdir().unwrap(), Vec::new());
    let file = folder.path().join("book");
    std::fs::write(&file, xlsx(&[("Sheet1", &sheet)], &Beside::default())).unwrap();
    let mut take = |batch: Batch| {
        sizes.push(batch.tables[0].rows.len());
        if sizes.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bare = Workbook { has_header: false, ..BOOK };
    workbook::read(&file, &bare, &wanted(&[("", &["#1"])]), &Limits::default(), &mut take).unwrap();
    assert_eq!(sizes, [4096, 4096]);
}
