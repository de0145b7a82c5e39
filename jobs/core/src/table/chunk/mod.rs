//! One column of a group of rows, encoded page by page.
//!
//! The library's writer collects the places of values, copies the values by their places, and copies each page twice. Here values go from
//! an array into the page, and the page into what is compressed; where pages end depends on the rows alone, not on how they were cut into
//! batches. Columns of types that are rare, lists, and texts with statistics are left to the library: see `Encoder`.

mod bounds;
mod dictionary;
mod hybrid;
mod snappy;
mod values;

use std::fmt;

use arrow_array::{Array, ArrayRef};
use arrow_buffer::BooleanBufferBuilder;
use arrow_schema::DataType;
use bytes::{Buf, Bytes};
use parquet::basic::{Compression, Encoding, EncodingMask};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

pub(super) use dictionary::Fixed;
pub(super) use snappy::Snappy;

use super::part::ROW_GROUP_ROWS;
use values::{Values, long};

/// Rows of a page.
const PAGE_ROWS: usize = 16 * 1024;
/// Bytes of values, as they are, after which a page ends before it has all its rows, and bytes after which a dictionary takes no more.
const PAGE_BYTES: usize = 1 << 20;
/// Room before the values of a page for what tells which rows have one.
const ROOM: usize = PAGE_ROWS / 8 + 64;

/// A column of a group of rows under construction.
#[derive(Debug)]
pub(super) struct Chunk {
    column: ColumnDescPtr,
    values: Values,
    codec: Compression,
    /// Whether compressing the first page made its values less by an eighth; others are as the first.
    is_less: Option<bool>,
    /// The page: room, then the values.
    page: Vec<u8>,
    rows: usize,
    nulls: usize,
    /// Bytes of the values of the page, as they are.
    bytes: usize,
    valid: BooleanBufferBuilder,
    written: Written,
}

/// The pages that are complete.
struct Written {
    sink: TrackedWrite<Vec<u8>>,
    index: OffsetIndexBuilder,
    pages: Vec<PageEncodingStats>,
    rows: u64,
    uncompressed: usize,
    compressed: usize,
}

impl Chunk {
    /// Returns what takes a column; nothing where it is left to the library.
    pub(super) fn of(column: &ColumnDescPtr, kind: &DataType, properties: &WriterProperties) -> Option<Self> {
        let path = column.path();
        let has_statistics = properties.statistics_enabled(path) != EnabledStatistics::None;
        let values = Values::of(kind, properties.dictionary_enabled(path), has_statistics)?;
        let compression = properties.compression(path);
        if !matches!(compression, Compression::SNAPPY | Compression::UNCOMPRESSED) {
            return None;
        }
        Some(Self {
            column: ColumnDescPtr::clone(column),
            values,
            codec: compression,
            is_less: None,
            page: vec![0; ROOM],
            rows: 0,
            nulls: 0,
            bytes: 0,
            valid: BooleanBufferBuilder::new(0),
            written: Written::new(),
        })
    }

    /// Takes rows.
    pub(super) fn write(&mut self, array: &ArrayRef, snappy: &mut Snappy) -> Result<(), ParquetError> {
        let mut from = 0;
        while from < array.len() {
            let rest = array.slice(from, (array.len() - from).min(PAGE_ROWS - self.rows));
            let (rows, bytes) = self.fitting(&rest);
            let some = if rows < rest.len() { rest.slice(0, rows) } else { rest };
            match some.nulls().filter(|nulls| nulls.null_count() > 0) {
                Some(nulls) => self.valid.append_buffer(nulls.inner()),
                None => self.valid.append_n(rows, true),
            }
            self.values.add(&some, &mut self.page);
            self.rows += rows;
            self.nulls += some.null_count();
            self.bytes += bytes;
            if self.rows == PAGE_ROWS || self.bytes >= PAGE_BYTES {
                self.end_page(snappy)?;
            }
            from += rows;
        }
        Ok(())
    }

    /// Returns how many of these rows belong to the page, and their bytes: it ends with the value by which it is full.
    fn fitting(&self, array: &ArrayRef) -> (usize, usize) {
        if !matches!(array.data_type(), DataType::Utf8 | DataType::Binary) {
            return (array.len(), 0);
        }
        let ends = long(array).map(|(ends, _)| ends).unwrap_or_default();
        let all = ends.last().zip(ends.first()).map_or(0, |(last, first)| last.abs_diff(*first) as usize);
        // What is null may have bytes, too, and they are not to show.
        if self.bytes + all < PAGE_BYTES && array.null_count() == 0 {
            return (array.len(), all);
        }
        let mut bytes = 0;
        for (row, place) in ends.windows(2).enumerate() {
            if let ([begin, end], true) = (place, array.is_valid(row)) {
                bytes += end.abs_diff(*begin) as usize;
            }
            if self.bytes + bytes >= PAGE_BYTES {
                return (row + 1, bytes);
            }
        }
        (array.len(), bytes)
    }

    fn end_page(&mut self, snappy: &mut Snappy) -> Result<(), ParquetError> {
        let (rows, nulls) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.nulls));
        let mut encoding = Encoding::PLAIN;
        if let Some((numbers, count)) = self.values.end_page(rows, nulls) {
            if count > 0 {
                encoding = Encoding::PLAIN_DICTIONARY;
                let bits = hybrid::bits(count);
                self.page.push(bits as u8);
                hybrid::packed(numbers, bits, &mut self.page);
            }
            numbers.clear();
        }
        let mut presence = Vec::with_capacity(ROOM);
        if self.column.max_def_level() > 0 {
            hybrid::presence(rows, nulls, self.valid.as_slice(), &mut presence);
        }
        self.valid.truncate(0);
        let begin = ROOM.saturating_sub(presence.len());
        if let Some(room) = self.page.get_mut(begin..ROOM) {
            room.copy_from_slice(&presence);
        }
        let page = self.page.get(begin..).unwrap_or_default();
        let uncompressed = page.len();
        let data = match (self.codec, self.is_less) {
            (Compression::SNAPPY, Some(false)) => Bytes::from(Snappy::stored(page)),
            (Compression::SNAPPY, _) => {
                let data = snappy.compressed(page)?;
                // The page of a dictionary is worth it, even where the numbers are not.
                self.is_less.get_or_insert(encoding != Encoding::PLAIN || data.len() * 8 <= page.len() * 7);
                Bytes::copy_from_slice(data)
            }
            _ => {
                let room = Vec::with_capacity(self.page.len());
                Bytes::from(std::mem::replace(&mut self.page, room)).slice(begin..)
            }
        };
        let data = Page::DataPage {
            buf: data,
            num_values: rows as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        self.written.add(CompressedPage::new(data, uncompressed), rows)?;
        self.page.resize(ROOM, 0);
        self.page.shrink_to(2 * PAGE_BYTES);
        self.bytes = 0;
        if self.values.dictionary().0.len() >= PAGE_BYTES {
            self.values.end_dictionary();
        }
        Ok(())
    }

    /// Ends the column: its bytes, and what the file tells of it.
    pub(super) fn close(mut self, snappy: &mut Snappy) -> Result<(Encoded, ColumnCloseResult), ParquetError> {
        if self.rows > 0 {
            self.end_page(snappy)?;
        }
        let codec = self.codec;
        let (distinct, count) = self.values.dictionary();
        let mut first = Written::new();
        if count > 0 {
            let data = if codec == Compression::SNAPPY { snappy.compressed(distinct)? } else { distinct };
            let page = Page::DictionaryPage {
                buf: Bytes::copy_from_slice(data),
                num_values: count as u32,
                encoding: Encoding::PLAIN_DICTIONARY,
                is_sorted: false,
            };
            first.add(CompressedPage::new(page, distinct.len()), 0)?;
        }
        let bounds = self.values.bounds()?;
        let rows = self.written.rows;
        let (begin, compressed) = (first.compressed as i64, first.compressed + self.written.compressed);
        let mut index = self.written.index.build();
        index.page_locations.iter_mut().for_each(|page| page.offset += begin);
        let pages: Vec<_> = first.pages.into_iter().chain(self.written.pages).collect();
        let encodings = pages.iter().map(|pages| &pages.encoding).chain([&Encoding::RLE]);
        let mut metadata = ColumnChunkMetaData::builder(ColumnDescPtr::clone(&self.column))
            .set_compression(codec)
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings))
            .set_total_compressed_size(compressed as i64)
            .set_total_uncompressed_size((first.uncompressed + self.written.uncompressed) as i64)
            .set_num_values(rows as i64)
            .set_data_page_offset(begin)
            .set_dictionary_page_offset((count > 0).then_some(0))
            .set_page_encoding_stats(pages);
        let mut column_index = None;
        if let Some((statistics, index)) = bounds {
            metadata = metadata.set_statistics(statistics);
            column_index = index;
        }
        let close = ColumnCloseResult {
            bytes_written: compressed as u64,
            rows_written: rows,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index,
            offset_index: Some(index),
        };
        let encoded = Encoded(first.sink.into_inner()?.into(), self.written.sink.into_inner()?.into());
        Ok((encoded, close))
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Written {
    fn new() -> Self {
        let (sink, index) = (TrackedWrite::new(Vec::new()), OffsetIndexBuilder::new());
        Self { sink, index, pages: Vec::new(), rows: 0, uncompressed: 0, compressed: 0 }
    }

    fn add(&mut self, page: CompressedPage, rows: usize) -> Result<(), ParquetError> {
        let (page_type, encoding) = (page.page_type(), page.encoding());
        if self.rows == 0 {
            // The others of a group of rows are about as large.
            self.sink.inner_mut().reserve(page.compressed_size() * (ROW_GROUP_ROWS / PAGE_ROWS + 1));
        }
        let PageWriteSpec { offset, compressed_size, uncompressed_size, .. } =
            SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.index.append_row_count(rows as i64);
        self.index.append_offset_and_size(offset as i64, compressed_size as i32);
        match self.pages.last_mut().filter(|pages| pages.encoding == encoding) {
            Some(pages) => pages.count += 1,
            None => self.pages.push(PageEncodingStats { page_type, encoding, count: 1 }),
        }
        self.rows += rows as u64;
        self.compressed += compressed_size;
        self.uncompressed += uncompressed_size;
        Ok(())
    }
}

/// The bytes of a column: the page of its dictionary, and the others.
pub(super) struct Encoded(Bytes, Bytes);

impl Length for Encoded {
    fn len(&self) -> u64 {
        (self.0.len() + self.1.len()) as u64
    }
}

impl ChunkReader for Encoded {
    type T = bytes::buf::Reader<bytes::buf::Chain<Bytes, Bytes>>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let mut all = self.0.clone().chain(self.1.clone());
        all.advance((start as usize).min(all.remaining()));
        Ok(all.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut all = self.0.clone().chain(self.1.clone());
        all.advance((start as usize).min(all.remaining()));
        Ok(all.copy_to_bytes(length.min(all.remaining())))
    }
}

#[cfg(test)]
mod tests;
