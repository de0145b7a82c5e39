//! The parts that every job is made of, each alone and on one thread: records, cells, rows written.
//!
//! `cargo bench -p carelake-tabular --bench parts`

#![expect(clippy::unwrap_used, reason = "a bench, not a part of the product")]

use carelake_core::table::{Field, Kind, Label, Lineage, PartWriter, Table};
use carelake_core::value::{EnrollmentId, Npi, PacId, Phone};
use carelake_tabular::csv::{Scanner, unquote};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use jiff::Timestamp;

const RECORDS: usize = 2_000;
const ROWS: u32 = 20_000;

/// How the fields of a file are written.
#[derive(Debug, Clone, Copy)]
enum Fields {
    /// 27 without quotes, as in the clinicians file.
    Plain,
    /// 27 in quotes, some of them doubled or with delimiters.
    Quoted,
    /// 330 in quotes, most of them empty, as in NPPES.
    Empty,
}

impl Fields {
    fn text(self) -> String {
        let record = match self {
            Self::Plain => ["1234567893,LASTNAME,MAIN ST"; 9].join(","),
            Self::Quoted => [r#""1234567893","GROUP, ""THE"" LLC","MAIN ST""#; 9].join(","),
            Self::Empty => [r#""1234567893","","","","","","","","","""#; 33].join(","),
        };
        (record + "\n").repeat(RECORDS)
    }
}

fn main() {
    divan::main();
}

#[divan::bench(args = [Fields::Plain, Fields::Quoted, Fields::Empty])]
fn records(bencher: Bencher<'_, '_>, fields: Fields) {
    let text = fields.text();
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let mut scanner = Scanner::new(text.as_bytes(), b',', 0);
        let mut fields = 0;
        while let Ok(Some(_)) = scanner.next_record() {
            fields += scanner.fields().len();
        }
        fields
    });
}

#[divan::bench]
fn cells_unquoted() -> Vec<u8> {
    let mut text = Vec::new();
    unquote(black_box(br#""GROUP, ""THE"" LLC""#), &mut text);
    text
}

#[divan::bench]
fn cells_judged() -> bool {
    Npi::parse(black_box(b"1234567893"), true).is_ok()
        && PacId::parse(black_box(b"0042100000")).is_some()
        && EnrollmentId::parse(black_box(b"I20040309000221")).is_some()
        && Phone::parse(black_box(b"(928) 674-7001")).is_some()
}

/// A text of which there are this many, and an identifier.
#[divan::bench(args = [10, 1_000, 20_000])]
fn rows_written(bencher: Bencher<'_, '_>, texts: u32) {
    const TABLE: Table =
        Table { fields: &[Field::new("npi", Kind::Identifier, "key"), Field::new("name", Kind::Text, "text")] };
    let cells: Vec<(String, String)> =
        (0..ROWS).map(|row| (format!("{row:010}"), format!("PRACTICE {}", row * 7919 % texts))).collect();
    bencher.counter(ItemsCount::new(cells.len())).bench(|| {
        let (run_id, source_file) = ("2026-11-01.1".to_owned(), "file.csv".to_owned());
        let lineage = Lineage { run_id, ingested_at: Timestamp::UNIX_EPOCH, source_file };
        let mut writer = PartWriter::new(TABLE, lineage, &Label::default(), cells.len()).unwrap();
        for (npi, name) in &cells {
            writer
                .row(|row| {
                    row.text(Some(npi.as_bytes()));
                    row.text(Some(name.as_bytes()));
                })
                .unwrap();
        }
        writer.finish().unwrap()
    });
}
