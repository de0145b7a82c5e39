//! What is read of Parquet files.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::types::Int32Type;
use arrow_array::*;
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use tempfile::NamedTempFile;

use crate::limits::Limits;
use crate::malformed::Reason;
use crate::nested::shown::{Shown, each, select, show, table};
use crate::wanted::WantedTable;

fn written(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    written_in(3, columns, compression)
}

/// Writes groups of so many rows.
fn written_in(rows: usize, columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)))
            .unwrap();
    let properties =
        WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(rows)).build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

fn read(file: &[u8], wanted: &[WantedTable]) -> Result<Shown, Reason> {
    read_within(file, wanted, &Limits::default())
}

fn read_within(file: &[u8], wanted: &[WantedTable], limits: &Limits) -> Result<Shown, Reason> {
    let mut on_disk = NamedTempFile::new().unwrap();
    on_disk.write_all(file).unwrap();
    show(wanted, |wanted, take| super::read(on_disk.path(), wanted, limits, take))
}

fn flat(compression: Compression) -> Vec<u8> {
    let ids: ArrayRef = Arc::new(StringArray::from(vec![Some("007"), None, Some("9"), Some("é")]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(-2), None, Some(i64::MAX)]));
    let others: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true, false]));
    written(vec![("id", ids), ("n", numbers), ("odd.name", others)], compression)
}

fn nested() -> Vec<u8> {
    let item = Fields::from(vec![
        Field::new("csn", DataType::Utf8, true),
        Field::new("dx", DataType::new_list(DataType::Utf8, true), true),
    ]);
    let mut visits = ListBuilder::new(StructBuilder::from_fields(item, 4));
    for (visits_of, is_there) in [
        (vec![("a", vec!["I10", "E11"]), ("b", vec![])], true),
        (vec![], true),
        (vec![], false),
        (vec![("c", vec!["Z00"])], true),
    ] {
        for (csn, dx) in visits_of {
            let visit = visits.values();
            visit.field_builder::<StringBuilder>(0).unwrap().append_value(csn);
            let codes = visit.field_builder::<ListBuilder<Box<dyn builder::ArrayBuilder>>>(1).unwrap();
            for code in dx {
                codes.values().as_any_mut().downcast_mut::<StringBuilder>().unwrap().append_value(code);
            }
            codes.append(true);
            visit.append(true);
        }
        visits.append(is_there);
    }
    let fields = Fields::from(vec![Field::new("last", DataType::Utf8, true), Field::new("age", DataType::Int32, true)]);
    let mut names = StructBuilder::from_fields(fields, 4);
    for last in [Some("Doe"), None, Some("Roe"), Some("Poe")] {
        names.field_builder::<StringBuilder>(0).unwrap().append_option(last);
        names.field_builder::<Int32Builder>(1).unwrap().append_value(5);
        names.append(last.is_some());
    }
    let ids: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
    written(
        vec![("id", ids), ("name", Arc::new(names.finish())), ("visits", Arc::new(visits.finish()))],
        Compression::SNAPPY,
    )
}

#[test]
fn flat_columns_are_read_whatever_they_are_packed_with() {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ];
    for codec in codecs {
        let file = flat(codec);
        let shown = read(&file, &[table(&["id", "n", "nothing", "*id"])]).unwrap();
        let rows = [
            "1: '007' | 1 | - | ['007']",
            "2: - | -2 | - | []",
            "3: '9' | - | - | ['9']",
            "4: 'é' | 9223372036854775807 | - | ['é']",
        ];
        assert_eq!(shown.rows[0], rows, "{codec}");
        assert_eq!(shown.reading.found, [[true, true, false, true]]);
        assert_eq!(shown.reading.headers, [(String::new(), ["id", "n", "odd.name"].map(str::to_owned).to_vec())]);
        assert_eq!(shown.reading.others, ["\"odd.name\""]);
        assert_eq!((shown.reading.records, shown.reading.unpacked_bytes), (4, file.len() as u64));
    }
}

#[test]
fn every_type_is_read_exactly() {
    let cases: Vec<(ArrayRef, &str)> = vec![
        (Arc::new(Decimal128Array::from(vec![1250]).with_precision_and_scale(12, 2).unwrap()), "12.50"),
        (Arc::new(Decimal128Array::from(vec![-1]).with_precision_and_scale(38, 10).unwrap()), "-0.0000000001"),
        (
            Arc::new(
                Decimal128Array::from(vec![12_345_678_901_234_567_890_123]).with_precision_and_scale(38, 0).unwrap(),
            ),
            "12345678901234567890123",
        ),
        (Arc::new(Date32Array::from(vec![20_696])), "Date 2026-08-31"),
        (Arc::new(TimestampSecondArray::from(vec![1_788_185_100])), "DateTime 2026-08-31T14:05:00"),
        (Arc::new(TimestampMillisecondArray::from(vec![1_788_185_100_500])), "DateTime 2026-08-31T14:05:00.5"),
        (Arc::new(TimestampMicrosecondArray::from(vec![1_788_185_100_000_001])), "DateTime 2026-08-31T14:05:00.000001"),
        (
            Arc::new(TimestampNanosecondArray::from(vec![1_788_185_100_000_000_001])),
            "DateTime 2026-08-31T14:05:00.000000001",
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![1_788_185_100_000_000]).with_timezone("UTC")),
            "Instant 2026-08-31T14:05:00Z",
        ),
        (
            Arc::new(TimestampMillisecondArray::from(vec![0]).with_timezone("America/New_York")),
            "Instant 1970-01-01T00:00:00Z",
        ),
        (Arc::new(UInt8Array::from(vec![255])), "255"),
        (Arc::new(UInt64Array::from(vec![u64::MAX])), "18446744073709551615"),
        (Arc::new(Float64Array::from(vec![12345.0])), "12345"),
        (Arc::new(Float32Array::from(vec![0.1])), "0.1"),
        (Arc::new(BooleanArray::from(vec![true])), "true"),
        (Arc::new(LargeStringArray::from(vec!["x"])), "'x'"),
        (Arc::new(BinaryArray::from(vec!["x".as_bytes()])), "'x'"),
        (Arc::new(DictionaryArray::<Int32Type>::from_iter(["x"])), "'x'"),
        (Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), None])])), "1"),
        (Arc::new(NullArray::new(1)), "-"),
    ];
    for (values, cell) in cases {
        let kind = values.data_type().clone();
        let shown = read(&written(vec![("x", values)], Compression::SNAPPY), &[table(&["x"])]).unwrap();
        assert_eq!(shown.rows[0], [format!("1: {cell}")], "{kind}");
    }
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![b"a" as &[u8], b"\xff"]));
    let shown = read(&written(vec![("x", bytes)], Compression::SNAPPY), &[table(&["x"])]).unwrap();
    assert_eq!(shown.rows[0], ["1: 'a'", "2 Encoding: -"]);
}

#[test]
fn nested_columns_are_read_and_their_items_are_rows() {
    let tables = [
        table(&["id", "name.last", "name", "*visits.csn", "*visits.dx"]),
        each("visits", &["csn", "*dx", "^id", "^name.last"]),
    ];
    let shown = read(&nested(), &tables).unwrap();
    let records = [
        "1: 1 | 'Doe' | - | ['a', 'b'] | ['I10', 'E11']",
        "2: 2 | - | - | - | -",
        "3: 3 | 'Roe' | - | - | -",
        "4: 4 | 'Poe' | - | ['c'] | ['Z00']",
    ];
    assert_eq!(shown.rows[0], records);
    assert_eq!(
        shown.rows[1],
        ["1.1: 'a' | ['I10', 'E11'] | 1 | 'Doe'", "1.2: 'b' | [] | 1 | 'Doe'", "4.1: 'c' | ['Z00'] | 4 | 'Poe'"]
    );
    assert_eq!(shown.reading.found, [vec![true; 5], vec![true; 4]]);
    assert_eq!(shown.reading.others, ["name.age"]);
}

#[test]
fn tables_choose_their_records() {
    let shown =
        read(&flat(Compression::SNAPPY), &[select("n", &["1", "-2"], &["id"]), select("id", &["9"], &["id"])]).unwrap();
    assert_eq!(shown.rows, [vec!["1: '007'", "2: -"], vec!["3: '9'"]]);
    assert_eq!(shown.reading.records, 3);
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let whole = flat(Compression::SNAPPY);
    let lying = [b"PAR1".as_slice(), &[0; 100], &(u32::MAX >> 1).to_le_bytes(), b"PAR1"].concat();
    let footerless = [b"PAR1".as_slice(), &[0; 100], &0_u32.to_le_bytes(), b"PAR1"].concat();
    let encrypted = [b"PARE".as_slice(), &[0; 100], b"PARE"].concat();
    let cases: [(&[u8], Reason); 8] = [
        (b"id,name\n1,Ada\n", Reason::NotTheFormat),
        (b"PA", Reason::NotTheFormat),
        (b"PAR1", Reason::Truncated),
        (&whole[..whole.len() - 1], Reason::Truncated),
        (&whole[..whole.len() / 2], Reason::Truncated),
        (&lying, Reason::Truncated),
        (&footerless, Reason::Truncated),
        (&encrypted, Reason::Encrypted),
    ];
    for (index, (file, reason)) in cases.iter().enumerate() {
        assert_eq!(read(file, &[table(&["id"])]).err(), Some(*reason), "case {index}");
    }
    assert_eq!(read(b"", &[table(&["id"])]).unwrap().reading.records, 0);
}

#[test]
fn a_value_that_is_long_or_comes_too_many_times_is_refused() {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(50); 1_000]));
    let file = written_in(1_000, vec![("x", values)], Compression::SNAPPY);
    assert_eq!(read_within(&file, &[table(&["x"])], &Limits::default()).unwrap().reading.records, 1_000);
    let few = Limits { ratio_from_bytes: 1_000, ratio: 20, ..Limits::default() };
    assert_eq!(read_within(&file, &[table(&["x"])], &few).err(), Some(Reason::CompressedTooMuch));
    let short = Limits { value_bytes: 49, ..Limits::default() };
    assert_eq!(read_within(&file, &[table(&["x"])], &short).err(), Some(Reason::TooWide));
}

proptest! {
    /// Whatever is broken in a file, there is an answer.
    #[test]
    fn a_broken_file_has_an_answer(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), is_nested: bool) {
        let mut file = if is_nested { nested() } else { flat(Compression::SNAPPY) };
        for (index, byte) in changes {
            let at = 4 + index.index(file.len() - 12);
            file[at] = byte;
        }
        let _ = read(&file, &[table(&["id", "n", "*visits.dx"]), each("visits", &["csn", "^id"])]);
    }
}

#[test]
fn a_page_that_claims_to_unpack_to_far_more_than_it_is_packed_in_is_not_unpacked() {
    let file = flat(Compression::SNAPPY);
    // The first page follows the magic number; its second field is what it unpacks to, here in one byte.
    assert_eq!((file[4], file[6], file[7] & 0x80), (0x15, 0x15, 0));
    let claims = [&file[..7], &[0xfc, 0xff, 0xff, 0xff, 0x0f], &file[8..]].concat();
    assert_eq!(read(&claims, &[table(&["id"])]).err(), Some(Reason::CompressedTooMuch));
    assert!(read(&file, &[table(&["id"])]).is_ok());
}
