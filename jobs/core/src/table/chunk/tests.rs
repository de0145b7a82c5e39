//! Files are read back by the library.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array,
    Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::concat::concat_batches;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, Encoding as Stored};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;

use super::*;
use crate::table::{Encoder, Encoding};

/// More than a group of rows.
const ROWS: i64 = 140_000;

/// Numbers that look as if they were drawn.
fn drawn(row: i64) -> i64 {
    row.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed()).rotate_left(29).wrapping_mul(0x2545_f491_4f6c_dd1d)
}

/// Every kind of column; `every` rows of each have no value.
fn rows(every: i64) -> RecordBatch {
    let some = |row: i64| (drawn(row ^ 77).rem_euclid(every) > 0).then_some(row);
    let decimals = |precision| {
        let values = Decimal128Array::from_iter((0..ROWS).map(|row| some(row).map(|row| i128::from(row % 999) - 500)));
        values.with_precision_and_scale(precision, 2).unwrap()
    };
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..ROWS {
        (0..row % 3).for_each(|item| lists.values().append_value(format!("{item}")));
        lists.append(some(row).is_some());
    }
    let text = |of: &dyn Fn(i64) -> String| StringArray::from_iter((0..ROWS).map(|row| some(row).map(of)));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(0..ROWS)),
        Arc::new(Int64Array::from_iter((0..ROWS).map(|row| some(row).map(drawn)))),
        Arc::new(Int32Array::from_iter((0..ROWS).map(|row| some(row).map(|row| -(row as i32) / 1000)))),
        Arc::new(Date32Array::from_iter((0..ROWS).map(|row| some(row).map(|row| drawn(row) as i32)))),
        Arc::new(TimestampMicrosecondArray::from_iter((0..ROWS).map(|row| some(row).map(|row| row % 50_000)))),
        Arc::new(decimals(18)),
        Arc::new(decimals(38)),
        Arc::new(Float64Array::from_iter((0..ROWS).map(|row| some(row).map(|row| drawn(row) as f64 / 7.0)))),
        Arc::new(Float32Array::from_iter((0..ROWS).map(|row| some(row).map(|row| row as f32)))),
        Arc::new(BooleanArray::from_iter((0..ROWS).map(|row| some(row).map(|row| row % 3 == 0)))),
        Arc::new(text(&|_| "always the same".to_owned())),
        Arc::new(text(&|row| format!("{:x}", drawn(row)))),
        Arc::new(text(&|row| "ü".repeat((drawn(row) as usize) % 40))),
        Arc::new(BinaryArray::from_iter((0..ROWS).map(|row| some(row).map(|row| (row % 9).to_be_bytes())))),
        Arc::new(lists.finish()),
        Arc::new(StringArray::new_null(ROWS as usize)),
        Arc::new(Int64Array::new_null(ROWS as usize)),
    ];
    let field = |(at, column): (usize, &ArrayRef)| Field::new(format!("c{at}"), column.data_type().clone(), at > 0);
    let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn one(column: impl Array + 'static) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("x", column.data_type().clone(), true)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(column)]).unwrap()
}

fn encoded(batch: &RecordBatch, cut: usize) -> Bytes {
    let mut encoder = Encoder::new(Vec::new(), batch.schema(), Encoding::default());
    for from in (0..batch.num_rows()).step_by(cut) {
        encoder.write(&batch.slice(from, cut.min(batch.num_rows() - from))).unwrap();
    }
    Bytes::from(encoder.finish().unwrap())
}

fn read(file: &Bytes) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file.clone()).unwrap().with_batch_size(10_000);
    let schema = Arc::clone(reader.schema());
    concat_batches(&schema, &reader.build().unwrap().map(Result::unwrap).collect::<Vec<_>>()).unwrap()
}

fn metadata(file: &Bytes) -> Arc<ParquetMetaData> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    Arc::clone(ArrowReaderMetadata::load(file, options).unwrap().metadata())
}

#[test]
fn what_is_written_is_read_and_a_file_is_the_same_however_its_rows_are_cut() {
    for (every, cut) in [(2, 1000), (100, 70_001), (i64::MAX, 1000)] {
        let rows = rows(every);
        let file = encoded(&rows, ROWS as usize);
        assert_eq!(read(&file).columns(), rows.columns(), "1 of {every} rows is null");
        assert!(encoded(&rows, cut) == file, "batches of {cut} rows, 1 of {every} null");
    }
}

#[test]
fn bounds_are_those_of_the_values() {
    let rows = rows(3);
    let file = metadata(&encoded(&rows, 10_000));
    let (group, column) = (file.row_group(1), rows.column(1).slice(128 * 1024, ROWS as usize - 128 * 1024));
    let values = column.as_primitive::<arrow_array::types::Int64Type>();
    let Some(Statistics::Int64(found)) = group.column(1).statistics() else { panic!("no statistics") };
    let expected = (values.iter().flatten().min(), values.iter().flatten().max(), values.null_count() as u64);
    assert_eq!((found.min_opt().copied(), found.max_opt().copied(), found.null_count_opt().unwrap()), expected);
    let Some(ColumnIndexMetaData::INT64(index)) = file.page_index_for_row_group(1).column_index(1).cloned() else {
        panic!("no index")
    };
    let pages = values.iter().collect::<Vec<_>>();
    for (at, page) in pages.chunks(PAGE_ROWS).enumerate() {
        let expected = (page.iter().flatten().min(), page.iter().flatten().max());
        assert_eq!((index.min_value(at), index.max_value(at)), expected);
        assert_eq!(index.null_count(at), Some(page.iter().filter(|value| value.is_none()).count() as i64));
    }
    assert!(group.column(11).statistics().is_none(), "a text that nothing is sorted by");
}

#[test]
fn zeros_and_what_is_no_number_are_within_bounds() {
    let file = |values: &[f64]| metadata(&encoded(&one(Float64Array::from(values.to_vec())), 10));
    let told = |file: &ParquetMetaData| match file.row_group(0).column(0).statistics() {
        Some(Statistics::Double(found)) => (found.min_opt().copied(), found.max_opt().copied()),
        _ => panic!("no statistics"),
    };
    let (least, greatest) = told(&file(&[0.0, f64::NAN, -0.0]));
    assert!(least.unwrap().is_sign_negative() && greatest.unwrap().is_sign_positive());
    assert_eq!(told(&file(&[f64::NAN, 2.0, f64::INFINITY])), (Some(2.0), Some(f64::INFINITY)));
    let nothing = file(&[f64::NAN]);
    assert_eq!(told(&nothing), (None, None));
    assert!(nothing.page_index_for_row_group(0).column_index(0).is_none());
}

#[test]
fn a_dictionary_that_grows_too_large_takes_no_more_and_what_came_before_is_read_by_it() {
    let text = |row: i64| format!("{:0>100}", if row < 9_000 { row % 900 } else { row });
    let rows = one(StringArray::from_iter_values((0..60_000).map(text)));
    let file = encoded(&rows, 10_000);
    assert_eq!(read(&file).columns(), rows.columns());
    let encodings: Vec<Stored> = metadata(&file).row_group(0).column(0).encodings().collect();
    assert!(encodings.contains(&Stored::PLAIN) && encodings.contains(&Stored::PLAIN_DICTIONARY), "{encodings:?}");
}

#[test]
fn long_texts_make_short_pages() {
    let text = |row: i64| (row % 7 > 0).then(|| format!("{row}").repeat(20_000));
    let rows = one(StringArray::from_iter((0..300).map(text)));
    let file = encoded(&rows, 10);
    assert_eq!(read(&file).columns(), rows.columns());
    let file = metadata(&file);
    let index = file.page_index_for_row_group(0);
    let pages = &index.offset_index(0).unwrap().page_locations;
    assert!(pages.len() > 10 && pages.is_sorted_by(|one, other| one.first_row_index < other.first_row_index));
}

#[test]
fn every_column_is_of_snappy_and_what_does_not_become_less_is_copied_into_it() {
    let rows = rows(i64::MAX);
    let file = encoded(&rows, 10_000);
    assert_eq!(read(&file).columns(), rows.columns());
    let metadata = metadata(&file);
    let columns = metadata.row_group(0).columns();
    assert!(columns.iter().all(|column| column.compression() == Compression::SNAPPY));
    let is_less = |at: usize| columns[at].compressed_size() * 8 <= columns[at].uncompressed_size() * 7;
    assert!(is_less(0) && is_less(10), "numbers in their order, and one text");
    assert!(!is_less(1) && !is_less(7), "drawn numbers");
}

#[test]
fn a_literal_is_what_snappy_reads() {
    for length in [0, 1, 59, 60, 127, 128, 16_383, 16_384, 2_097_152] {
        let bytes: Vec<u8> = (0..length).map(|at: usize| (at * 31 % 251) as u8).collect();
        let stored = super::snappy::Snappy::stored(&bytes);
        assert!(stored.len() <= length + 10);
        assert_eq!(snap::raw::Decoder::new().decompress_vec(&stored).unwrap(), bytes, "{length}");
    }
}

#[test]
fn a_file_without_rows_is_read() {
    assert_eq!(read(&encoded(&rows(9).slice(0, 0), 1)).num_rows(), 0);
    assert_eq!(DataType::Int64, *read(&encoded(&rows(9).slice(0, 1), 1)).column(0).data_type());
}
