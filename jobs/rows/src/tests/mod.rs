//! Files as others write them, read by ranges.

mod damaged;
mod pruned;

use std::fs;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder, StringBuilder};
use arrow_array::types::{TimestampMillisecondType, TimestampNanosecondType};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array,
    PrimitiveArray, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Fields};
use carelake_conditions::Condition;
use carelake_core::store::LocalStore;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use tempfile::TempDir;

use super::*;

/// A folder with files, and a store over it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn store(&self) -> LocalStore {
        LocalStore::new(self.0.path().to_owned())
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn open(&self, name: &str) -> Result<ParquetFile, RowsError> {
        let folders = name.rsplit_once('/').map(|(folders, _)| carelake_core::table::Folder::pairs(folders).collect());
        ParquetFile::open(&self.store(), name, name, folders.unwrap_or_default(), &Fetched::default())
    }

    /// Returns the rows of a file as lines of JSON, and what was fetched for them.
    fn read(&self, name: &str, wish: &Wish) -> Result<(Vec<String>, Fetched), RowsError> {
        let (store, fetched) = (self.store(), Fetched::default());
        let file = self.open(name)?;
        let mut lines = Vec::new();
        for batch in file.rows(&store, wish, &fetched)? {
            let batch = batch?;
            let columns: Vec<Shown<'_>> = batch.columns().iter().map(|column| Shown::of(column).unwrap()).collect();
            for row in 0..batch.num_rows() {
                let mut line = Vec::new();
                for (field, column) in batch.schema().fields().iter().zip(&columns) {
                    line.extend_from_slice(format!("{}:", field.name()).as_bytes());
                    column.write_json(row, &mut line);
                    line.push(b' ');
                }
                lines.push(String::from_utf8(line).unwrap().trim_end().to_owned());
            }
        }
        Ok((lines, fetched))
    }
}

fn wish(columns: &[&str], condition: &str) -> Wish {
    let columns = columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Wish {
        columns: (!columns.is_empty()).then_some(columns),
        condition: (!condition.is_empty()).then(|| Condition::parse(condition).unwrap()),
        limit: None,
    }
}

fn parquet(batch: &RecordBatch, rows_of_group: usize, rows_of_page: usize) -> Vec<u8> {
    // Who has so many rows has no dictionary here, which every page of a column would need.
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(rows_of_group < 1_000)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(rows_of_group))
        .set_data_page_row_count_limit(rows_of_page)
        .set_write_batch_size(rows_of_page.min(64));
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

/// Columns of many types, three rows, the last of nothing but nulls.
fn types() -> RecordBatch {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("a\"b"), None]);
    tags.append_value::<[Option<&str>; 0], &str>([]);
    tags.append_null();
    let city = Arc::new(StringArray::from(vec![Some("Bangor"), None, None])) as ArrayRef;
    let zips = ListBuilder::new(Int32Builder::new());
    let mut zips = zips;
    zips.append_value([Some(4_401), Some(4_402)]);
    zips.append_null();
    zips.append_null();
    let zips = Arc::new(zips.finish()) as ArrayRef;
    let fields = Fields::from(vec![
        Field::new("city", DataType::Utf8, true),
        Field::new("zips", zips.data_type().clone(), true),
    ]);
    let address = StructArray::new(fields, vec![city, zips], Some(vec![true, true, false].into()));
    let nanos = PrimitiveArray::<TimestampNanosecondType>::from(vec![Some(1_793_520_000_000_000_001), Some(-1), None]);
    let millis = PrimitiveArray::<TimestampMillisecondType>::from(vec![Some(1_793_520_000_500), Some(0), None]);
    let micros = TimestampMicrosecondArray::from(vec![Some(1_793_520_000_000_000), Some(-1), None]);
    batch(vec![
        ("n", Arc::new(Int64Array::from(vec![Some(9_007_199_254_740_993), Some(-1), None]))),
        ("u", Arc::new(arrow_array::UInt64Array::from(vec![Some(u64::MAX), Some(0), None]))),
        ("r", Arc::new(Float64Array::from(vec![Some(0.1), Some(f64::NAN), None]))),
        ("yes", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
        (
            "price",
            Arc::new(Decimal128Array::from(vec![Some(150), Some(-5), None]).with_precision_and_scale(38, 2).unwrap()),
        ),
        ("day", Arc::new(Date32Array::from(vec![Some(20_758), Some(-1), None]))),
        ("millis", Arc::new(millis)),
        ("micros", Arc::new(micros.with_timezone("UTC"))),
        ("nanos", Arc::new(nanos)),
        ("bytes", Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), Some(b""), None]))),
        ("tags", Arc::new(tags.finish())),
        ("address", Arc::new(address)),
    ])
}

#[test]
fn every_type_is_shown_exactly() {
    let folder = Folder::new();
    folder.write("site=A%2F7/types.parquet", &parquet(&types(), 10, 10));
    let (lines, _) = folder.read("site=A%2F7/types.parquet", &Wish::default()).unwrap();
    assert_eq!(
        lines,
        [
            "n:9007199254740993 u:18446744073709551615 r:0.1 yes:true price:\"1.50\" day:\"2026-11-01\" \
             millis:\"2026-11-01T08:00:00.5\" micros:\"2026-11-01T08:00:00+00:00\" nanos:\"2026-11-01T08:00:00.000000001\" \
             bytes:\"AP8=\" tags:[\"a\\\"b\",null] address:{\"city\":\"Bangor\",\"zips\":[4401,4402]} site:\"A/7\"",
            "n:-1 u:0 r:\"NaN\" yes:false price:\"-0.05\" day:\"1969-12-31\" millis:\"1970-01-01T00:00:00\" \
             micros:\"1969-12-31T23:59:59.999999+00:00\" nanos:\"1969-12-31T23:59:59.999999999\" bytes:\"\" tags:[] \
             address:{\"city\":null,\"zips\":null} site:\"A/7\"",
            "n:null u:null r:null yes:null price:null day:null millis:null micros:null nanos:null bytes:null tags:null \
             address:null site:\"A/7\"",
        ]
    );
}

#[test]
fn conditions_ask_columns_of_every_type() {
    let folder = Folder::new();
    folder.write("site=A%2F7/types.parquet", &parquet(&types(), 10, 10));
    for (condition, rows) in [
        ("n = 9007199254740993", "1"),
        ("n = 9007199254740992.5 or n = 9007199254740992", ""),
        ("n > -1.5 and n < 0", "2"),
        ("u >= 18446744073709551615", "1"),
        ("u < 1e30", "12"),
        ("r = 0.1", "1"),
        ("r != 0.1", ""),
        ("yes = false", "2"),
        ("price = 1.5", "1"),
        ("price < -0.04 and price > -0.051", "2"),
        ("day >= '2026-11-01'", "1"),
        ("millis = '2026-11-01T08:00:00.5'", "1"),
        ("micros = '2026-11-01T09:00:00+01:00'", "1"),
        ("nanos > '2026-11-01T08:00:00Z'", "1"),
        ("bytes = 'AP8='", "1"),
        ("tags[0] = 'a\"b'", "1"),
        ("tags[1] is null", "123"),
        ("tags is null", "3"),
        ("tags is not null", "12"),
        ("address.city = 'Bangor'", "1"),
        ("address.city is null", "23"),
        ("address.zips[1] in (4402, 7)", "1"),
        ("not (n = -1)", "1"),
        ("n is null", "3"),
        ("site = 'A/7'", "123"),
        ("site != 'A/7' or n = -1", "2"),
        ("nowhere is null and n = -1", "2"),
        ("nowhere = 1", ""),
    ] {
        let (lines, _) = folder.read("site=A%2F7/types.parquet", &wish(&["n"], condition)).unwrap();
        let expected: Vec<&str> =
            rows.chars().map(|row| ["n:9007199254740993", "n:-1", "n:null"][row as usize - '1' as usize]).collect();
        assert_eq!(lines, expected, "{condition}");
    }
    for (condition, says) in [
        ("day = 1", "column day is Date32, and is compared with '2026-11-01'"),
        ("micros = 'yesterday'", "or '2026-11-01T08:30:00Z'"),
        ("n = 'x'", "is compared with a number"),
        ("yes = 1", "true or false"),
        ("address = 'x'", "a member such as address.city"),
        ("address.town = 'x'", "it has no such member"),
        ("bytes = '?'", "base64"),
    ] {
        let error = folder.read("site=A%2F7/types.parquet", &wish(&[], condition)).unwrap_err();
        assert!(error.to_string().contains(says), "{condition}: {error}");
    }
}

#[test]
fn times_of_old_writers_are_times() {
    use parquet::data_type::{Int96, Int96Type};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    let schema = Arc::new(parse_message_type("message m { required int96 at; }").unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let mut at = Int96::new();
    // Nanoseconds of the day, and the Julian day: 2026-11-01 is 2,461,346.
    let nanos = 8 * 3_600_000_000_000_u64;
    at.set_data(nanos as u32, (nanos >> 32) as u32, 2_461_346);
    column.typed::<Int96Type>().write_batch(&[at], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let folder = Folder::new();
    folder.write("old.parquet", &writer.into_inner().unwrap());
    let (lines, _) = folder.read("old.parquet", &wish(&[], "at >= '2026-11-01'")).unwrap();
    assert_eq!(lines, ["at:\"2026-11-01T08:00:00\""]);
}
