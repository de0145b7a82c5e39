//! The least and the greatest value of pages and of all of them: what readers pass pages over by.

use arrow_buffer::{ArrowNativeType, ToByteSlice};
use parquet::basic::{BoundaryOrder, Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnIndexBuilder;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::{Statistics, ValueStatistics};

/// A value of a fixed width.
pub(super) trait Number: ArrowNativeType + PartialOrd {
    /// How the format calls it.
    const TYPE: Type;

    /// Returns its bits.
    fn bits(self) -> u64;

    /// Returns the least and the greatest; what is not a number is neither.
    fn range(values: &[Self]) -> Option<(Self, Self)>;

    /// Returns how many are not a number.
    fn nans(_values: &[Self]) -> u64 {
        0
    }

    /// Returns what a column says of its values.
    fn statistics(range: Option<(Self, Self)>, nulls: u64, nans: u64) -> Statistics;
}

macro_rules! whole {
    ($type:ty, $name:ident, $bits:ty) => {
        impl Number for $type {
            const TYPE: Type = Type::$name;

            #[inline]
            fn bits(self) -> u64 {
                u64::from(self as $bits)
            }

            fn range(values: &[Self]) -> Option<(Self, Self)> {
                let first = *values.first()?;
                Some(values.iter().fold((first, first), |(least, most), value| (least.min(*value), most.max(*value))))
            }

            fn statistics(range: Option<(Self, Self)>, nulls: u64, _: u64) -> Statistics {
                let (least, greatest) = range.unzip();
                let statistics = ValueStatistics::new(least, greatest, None, Some(nulls), false);
                statistics.with_backwards_compatible_min_max(true).into()
            }
        }
    };
}

whole!(i32, INT32, u32);
whole!(i64, INT64, u64);

impl Number for f64 {
    const TYPE: Type = Type::DOUBLE;

    #[inline]
    fn bits(self) -> u64 {
        self.to_bits()
    }

    fn range(values: &[Self]) -> Option<(Self, Self)> {
        // Comparisons with what is not a number are false.
        let least = values.iter().fold(Self::INFINITY, |least, value| if *value < least { *value } else { least });
        let greatest = values.iter().fold(Self::NEG_INFINITY, |most, value| if *value > most { *value } else { most });
        let has_some = least <= greatest;
        // Zero is told with the sign that includes the other one.
        let (least, greatest) = (if least == 0.0 { -0.0 } else { least }, if greatest == 0.0 { 0.0 } else { greatest });
        has_some.then_some((least, greatest))
    }

    fn nans(values: &[Self]) -> u64 {
        values.iter().filter(|value| value.is_nan()).count() as u64
    }

    fn statistics(range: Option<(Self, Self)>, nulls: u64, nans: u64) -> Statistics {
        let (least, greatest) = range.unzip();
        let statistics = ValueStatistics::new(least, greatest, None, Some(nulls), false).with_nan_count(Some(nans));
        statistics.with_backwards_compatible_min_max(true).into()
    }
}

/// What is known of the values of a page.
#[derive(Debug, Clone, Copy)]
struct Seen<T> {
    range: Option<(T, T)>,
    rows: u64,
    nulls: u64,
    nans: u64,
}

/// What is known of the values of each page.
#[derive(Debug)]
pub(super) struct Bounds<T> {
    page: Seen<T>,
    pages: Vec<Seen<T>>,
}

impl<T: Number> Bounds<T> {
    const NOTHING: Seen<T> = Seen { range: None, rows: 0, nulls: 0, nans: 0 };

    pub(super) const fn new() -> Self {
        Self { page: Self::NOTHING, pages: Vec::new() }
    }

    /// Looks at values of the page.
    pub(super) fn add(&mut self, values: &[T]) {
        self.page.range = wider(self.page.range, T::range(values));
        self.page.nans += T::nans(values);
    }

    /// Ends a page.
    pub(super) fn end_page(&mut self, rows: usize, nulls: usize) {
        let page = std::mem::replace(&mut self.page, Self::NOTHING);
        self.pages.push(Seen { rows: rows as u64, nulls: nulls as u64, ..page });
    }

    /// Returns what the column says of its values.
    pub(super) fn statistics(&self) -> Statistics {
        let range = self.pages.iter().fold(None, |range, page| wider(range, page.range));
        let (nulls, nans) = self.pages.iter().fold((0, 0), |sum, page| (sum.0 + page.nulls, sum.1 + page.nans));
        T::statistics(range, nulls, nans)
    }

    /// Returns what each page says; nothing where one has values, but none that is a number.
    pub(super) fn index(&self) -> Result<Option<ColumnIndexMetaData>, ParquetError> {
        let mut index = ColumnIndexBuilder::new(T::TYPE);
        for page in &self.pages {
            let is_empty = page.nulls == page.rows;
            if page.range.is_none() && !is_empty {
                return Ok(None);
            }
            let bytes = |value: Option<T>| value.map(|value| value.to_byte_slice().to_vec()).unwrap_or_default();
            let (least, greatest) = page.range.unzip();
            let nans = (T::TYPE == Type::DOUBLE).then_some(page.nans as i64);
            index.append(is_empty, bytes(least), bytes(greatest), page.nulls as i64, nans);
        }
        index.set_boundary_order(self.order());
        index.build().map(Some)
    }

    fn order(&self) -> BoundaryOrder {
        let ranges: Vec<_> = self.pages.iter().filter_map(|page| page.range).collect();
        if ranges.is_sorted_by(|one, other| one.0 <= other.0 && one.1 <= other.1) {
            BoundaryOrder::ASCENDING
        } else if ranges.is_sorted_by(|one, other| one.0 >= other.0 && one.1 >= other.1) {
            BoundaryOrder::DESCENDING
        } else {
            BoundaryOrder::UNORDERED
        }
    }
}

fn wider<T: PartialOrd>(one: Option<(T, T)>, other: Option<(T, T)>) -> Option<(T, T)> {
    match (one, other) {
        (Some(one), Some(other)) => {
            Some((if other.0 < one.0 { other.0 } else { one.0 }, if other.1 > one.1 { other.1 } else { one.1 }))
        }
        (one, other) => one.or(other),
    }
}
