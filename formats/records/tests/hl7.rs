//! HL7 v2 messages become rows: one a message, in batches or bare, broken ones told from the others.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::ops::ControlFlow;

use carelake_records::{
    Batch, Kind, Limits, Malformed, ReadError, Reading, Reason, Select, Source, State, Wanted, WantedTable, hl7,
};
use encoding_rs::{Encoding, UTF_8, UTF_16LE, WINDOWS_1252};

const MSH: &str = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.3";

fn table(each: Option<&str>, paths: &[&str]) -> WantedTable {
    let source = |path: &&str| Source { path: (*path).to_owned(), up: 0, is_list: path.contains("[*]") };
    WantedTable { each: each.map(str::to_owned), sources: paths.iter().map(source).collect(), ..WantedTable::default() }
}

/// The persons and the visits of a feed.
fn wanted() -> Wanted {
    Wanted {
        tables: vec![table(None, &["PID-3.1", "PID-5.1"]), table(Some("PV1"), &["PV1-19", "PID-3.1", "DG1[*]-3.1"])],
    }
}

/// Reads a stream, and answers each row as text: the number of its table, its place, its state unless it is data, its cells.
fn read(
    stream: &[u8],
    encoding: &'static Encoding,
    wanted: &Wanted,
    limits: &Limits,
) -> (Vec<String>, Result<Reading, ReadError>) {
    let mut rows = Vec::new();
    let mut take = |batch: Batch| {
        for (at, table) in batch.tables.iter().enumerate() {
            let sources = wanted.tables[at].sources.len();
            assert_eq!(table.cells.len(), table.rows.len() * sources);
            for (row, cells) in table.rows.iter().zip(table.cells.chunks(sources)) {
                let text = |cell| String::from_utf8_lossy(batch.text_of(cell)).into_owned();
                let cells = cells.iter().map(|cell| match cell.kind {
                    Kind::Null => "-".to_owned(),
                    Kind::List => format!("{:?}", batch.values(*cell).map(text).collect::<Vec<_>>()),
                    _ => text(*cell),
                });
                let cells = if row.state == State::Data {
                    cells.collect::<Vec<_>>().join(" ")
                } else {
                    format!("{:?}", row.state)
                };
                rows.push(format!("{at}:{} {cells}", row.place));
            }
        }
        ControlFlow::Continue(())
    };
    let mut input = stream;
    let reading = hl7::read(&mut input, encoding, wanted, limits, &mut take);
    (rows, reading)
}

fn rows(stream: &str) -> Vec<String> {
    let (rows, reading) = read(stream.as_bytes(), UTF_8, &wanted(), &Limits::default());
    reading.unwrap();
    rows
}

fn malformed(stream: &[u8], limits: &Limits) -> Malformed {
    match read(stream, UTF_8, &wanted(), limits).1 {
        Err(ReadError::Malformed(malformed)) => malformed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_is_a_row_of_persons_and_with_a_visit_one_of_visits() {
    let stream = format!(
        "FHS|^~\\&|A\rBHS|^~\\&|A\r{MSH}\rPID|1||11^^^H~22||Doe^Ada\r{MSH}\rPID|1||12||Roe\rPV1||I|||||||||||||||||V1\rDG1|1||E11.9^x\rDG1|2||I10\rBTS|2\rFTS|1\r"
    );
    assert_eq!(rows(&stream), ["0:1 11 Doe", "0:2 12 Roe", r#"1:2 V1 12 ["E11.9", "I10"]"#]);
}

#[test]
fn bare_messages_with_separators_of_their_own_are_read() {
    let stream = "MSH#*!?@#A\nPID#1##11***H##O'Brien?F?x*Ada\nPV1##\"\"\nMSH|^~\\&|A\r\nPID|1||12||\"\"\r\n";
    assert_eq!(rows(stream), ["0:1 11 O'Brien#x", "0:2 12 -", "1:1 - 11 []"]);
}

#[test]
fn null_is_nothing_but_a_source_that_is_found() {
    let stream = format!("{MSH}\rPID|1||11||\"\"\r");
    let (_, reading) = read(stream.as_bytes(), UTF_8, &wanted(), &Limits::default());
    let reading = reading.unwrap();
    assert_eq!(reading.found, [vec![true, true], vec![false, false, false]]);
    assert_eq!(reading.records, 1);
    assert_eq!(reading.unpacked_bytes, stream.len() as u64);
}

#[test]
fn a_broken_message_is_a_row_of_each_table_that_it_would_have_been_a_row_of() {
    let cases = [
        (format!("{MSH}\rEVN|A01\r"), vec!["0:1 Malformed"]),
        (format!("{MSH}\rPV1|1\r"), vec!["0:1 Malformed", "1:1 Malformed"]),
        ("MSH|\rPID|1||11\r".to_owned(), vec!["0:1 Malformed"]),
        ("MSH||||&|A\rPID|1||11\rpv1|1\r".to_owned(), vec!["0:1 Malformed", "1:1 Malformed"]),
        ("BHS|^~\\&\rPID|1||11\rPV1|1\rBTS|1\r".to_owned(), vec!["0:1 Malformed", "1:1 Malformed"]),
        (format!("{MSH}\rPID|1||11\r1?|x\r{MSH}\rPID|1||12||Roe\r"), vec!["0:1 Malformed", "0:2 12 Roe"]),
    ];
    for (stream, expected) in cases {
        assert_eq!(rows(&stream), expected, "{stream:?}");
    }
}

#[test]
fn a_table_that_wants_nothing_of_a_person_needs_none() {
    let wanted = Wanted { tables: vec![table(None, &["EVN-1"])] };
    let (rows, _) = read(format!("{MSH}\rEVN|A01\r").as_bytes(), UTF_8, &wanted, &Limits::default());
    assert_eq!(rows, ["0:1 A01"]);
}

#[test]
fn messages_are_chosen_by_one_of_their_fields() {
    let select = Select { source: "MSH-9.2".to_owned(), values: vec!["A01".to_owned(), "A03".to_owned()] };
    let wanted = Wanted { tables: vec![WantedTable { select: Some(select), ..table(None, &["PID-3.1"]) }] };
    let stream = format!("{MSH}\rPID|1||11\r{}\rPID|1||12\r", MSH.replace("A01", "A08"));
    assert_eq!(read(stream.as_bytes(), UTF_8, &wanted, &Limits::default()).0, ["0:1 11"]);
}

#[test]
fn bytes_that_are_not_text_are_one_row_of_encoding_and_msh_18_says_what_text_is() {
    let latin = [MSH.as_bytes(), b"\rPID|1||11||N\xfa\xf1ez\r"].concat();
    let said = [MSH.as_bytes(), b"||||||8859/1\rPID|1||11||N\xfa\xf1ez\r"].concat();
    let read = |stream: &[u8], encoding| read(stream, encoding, &wanted(), &Limits::default()).0;
    assert_eq!(read(&latin, UTF_8), ["0:1 Encoding"]);
    assert_eq!(read(&latin, WINDOWS_1252), ["0:1 11 N\u{fa}\u{f1}ez"]);
    assert_eq!(read(&said, UTF_8), ["0:1 11 N\u{fa}\u{f1}ez"]);
    assert_eq!(
        read(&[&latin[..], format!("{MSH}\rPID|1||12||Roe\r").as_bytes()].concat(), UTF_8),
        ["0:1 Encoding", "0:2 12 Roe"]
    );
}

#[test]
fn utf_16_is_read_by_its_mark_or_as_declared() {
    let bytes = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let text = format!("{MSH}||||||UNICODE UTF-16\rPID|1||11||N\u{fa}\u{f1}ez\u{1f600}\r");
    let read = |stream: &[u8], encoding| read(stream, encoding, &wanted(), &Limits::default()).0;
    assert_eq!(read(&bytes(&format!("\u{feff}{text}")), WINDOWS_1252), ["0:1 11 N\u{fa}\u{f1}ez\u{1f600}"]);
    assert_eq!(read(&bytes(&text), UTF_16LE), ["0:1 11 N\u{fa}\u{f1}ez\u{1f600}"]);
    let mut broken = bytes(&text);
    broken.truncate(broken.len() - 4);
    assert_eq!(read(&broken, UTF_16LE), ["0:1 Encoding"]);
}

#[test]
fn the_record_of_a_row_is_the_message_as_it_stands() {
    let stream = format!("{MSH}\r\nPID|1||11||N\\S\\x\r\n\r\n{MSH}\r\n");
    let mut records = Vec::new();
    let mut take = |batch: Batch| {
        records.extend(batch.tables[0].rows.iter().map(|row| String::from_utf8_lossy(batch.raw(row)).into_owned()));
        ControlFlow::Continue(())
    };
    hl7::read(&mut stream.as_bytes(), UTF_8, &wanted(), &Limits::default(), &mut take).unwrap();
    assert_eq!(records.concat(), stream);
    assert_eq!(records.len(), 2);
}

#[test]
fn a_file_that_is_none_does_not_add_up_or_is_cut_is_told() {
    let reason = |stream: &str| malformed(stream.as_bytes(), &Limits::default()).reason;
    assert_eq!(reason("PID|1||1||Doe^Ada\r"), Reason::NotTheFormat);
    assert_eq!(reason("<!DOCTYPE html>"), Reason::NotTheFormat);
    assert_eq!(reason(&format!("BHS|^~\\&\r{MSH}\rBTS|7\r")), Reason::CountMismatch);
    assert_eq!(reason(&format!("FHS|^~\\&\rBHS|^~\\&\r{MSH}\rBTS|1\rFTS|2\r")), Reason::CountMismatch);
    assert_eq!(reason(&format!("FHS|^~\\&\rBHS|^~\\&\r{MSH}\r")), Reason::Truncated);
    assert_eq!(reason(&format!("FHS|^~\\&\rBHS|^~\\&\r{MSH}\rBTS|1\r")), Reason::Truncated);
    assert_eq!(rows(""), [""; 0]);
}

#[test]
fn limits_hold_and_say_where() {
    let long = format!("{MSH}\rPID|1||11\r{MSH}\rPID|1||{}\r", "x".repeat(2000));
    let limits = Limits { value_bytes: 1000, ..Limits::default() };
    let told = malformed(long.as_bytes(), &limits);
    assert_eq!((told.reason, told.place.map(|place| place.number)), (Reason::TooWide, Some(2)));
    assert!(!told.to_string().contains("xx"));
    let limits = Limits { columns: 100, ..Limits::default() };
    assert_eq!(malformed(format!("{MSH}\rPID{}\r", "|".repeat(200)).as_bytes(), &limits).reason, Reason::TooWide);
    let limits = Limits { unpacked_bytes: 1000, ..Limits::default() };
    assert_eq!(malformed(long.as_bytes(), &limits).reason, Reason::TooLarge);
    let endless = format!("{MSH}\rPID|1||{}\r", "x".repeat(9 << 20));
    assert_eq!(malformed(endless.as_bytes(), &Limits::default()).reason, Reason::TooWide);
}

#[test]
fn fields_that_nobody_wants_are_told_once() {
    let stream = format!("{MSH}\rPID|1||11||x||19800101\rZPV|y\r").repeat(3);
    let (_, reading) = read(stream.as_bytes(), UTF_8, &wanted(), &Limits::default());
    let others = reading.unwrap().others;
    assert_eq!(others.iter().filter(|path| !path.starts_with("MSH")).collect::<Vec<_>>(), ["PID-1", "PID-7", "ZPV-1"]);
    assert!(others.contains(&"MSH-9".to_owned()) && !others.contains(&"MSH-2".to_owned()));
}

#[test]
fn batches_are_small_and_whoever_takes_them_may_have_enough() {
    let stream = format!("{MSH}\rPID|1||11||x\r").repeat(10_000);
    let mut sizes = Vec::new();
    let mut take = |batch: Batch| {
        sizes.push(batch.tables[0].rows.len());
        if sizes.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    hl7::read(&mut stream.as_bytes(), UTF_8, &wanted(), &Limits::default(), &mut take).unwrap();
    assert_eq!(sizes, [4096, 4096]);
}

#[test]
fn the_date_of_a_delivery_stands_in_the_header_of_the_file_or_the_batch() {
    let stream = "FHS|^~\\&|A|B|C|D|20260803\rBHS|^~\\&|A|B|C|D|20260804|\rMSH|^~\\&|A|B|C|D|20260805\r";
    let declared = |stream: &str, source: &str| hl7::declared(&mut stream.as_bytes(), source, &Limits::default());
    let cases = [
        ("FHS-7", Some("20260803")),
        ("BHS-7", Some("20260804")),
        ("BHS-8", None),
        ("MSH-7", None),
        ("nonsense", None),
    ];
    for (source, expected) in cases {
        assert_eq!(declared(stream, source).unwrap().as_deref(), expected, "{source}");
    }
    assert!(matches!(
        declared("<html>", "FHS-7"),
        Err(ReadError::Malformed(Malformed { reason: Reason::NotTheFormat, .. }))
    ));
}
