//! What the columns of a table hold: nulls, distinct values, the least and the most, and lengths of texts.
//!
//! Every row is looked at once, a few columns at a time, so that memory is bounded by [`EXACT`] and not by the table.

use std::sync::Arc;

use arrow_array::{Array, StringArray};
use arrow_schema::TimeUnit;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::ReadError;
use crate::scan::Scan;
use crate::table::{Kind, Table};
use crate::value::{Cells, Value, date, time};

/// Distinct values of a column up to which they are counted exactly. Each takes eight bytes, and twice as much for moments.
const EXACT: usize = 4 << 20;
/// Columns that are looked at together.
const COLUMNS_AT_ONCE: usize = 4;
/// Hashes that are gathered before equal ones are removed.
const GATHERED: usize = 64 << 10;

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnProfile {
    /// The column.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Rows without a value.
    pub nulls: u64,
    /// Values that differ.
    pub distinct: Distinct,
    /// The smallest value; null when there is none. Texts are compared byte by byte.
    pub least: Value<'static>,
    /// The greatest value; null when there is none.
    pub most: Value<'static>,
    /// Characters of the shortest and of the longest text; none for other kinds, and when every row is null.
    pub lengths: Option<(u64, u64)>,
}

/// How many values differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distinct {
    /// So many.
    Exactly(u64),
    /// About so many: more than memory is given to; off by less than 0.2 % as a rule.
    About(u64),
}

/// Tells what the columns of a table hold, in their order.
///
/// # Errors
/// [`ReadError`] when a file cannot be read.
pub fn profile(table: &Arc<Table>) -> Result<Vec<ColumnProfile>, ReadError> {
    profile_within(table, EXACT)
}

pub(crate) fn profile_within(table: &Arc<Table>, exact: usize) -> Result<Vec<ColumnProfile>, ReadError> {
    let places: Vec<usize> = (0..table.columns.len()).collect();
    let mut profiles = Vec::with_capacity(places.len());
    for places in places.chunks(COLUMNS_AT_ONCE) {
        let used = (0..table.columns.len()).map(|at| places.contains(&at)).collect();
        let mut scan = Scan::new(table, &used, Vec::new(), 0..table.files.len());
        let mut gathered: Vec<Gathered> = places.iter().map(|_| Gathered::new(exact)).collect();
        while let Some(batch) = scan.next()? {
            for (gathered, cells) in gathered.iter_mut().zip(places.iter().filter_map(|at| batch.cells.get(*at))) {
                gathered.add(cells, batch.rows);
            }
        }
        let columns = places.iter().filter_map(|at| table.columns.get(*at));
        profiles.extend(columns.zip(gathered).map(|(column, gathered)| gathered.profile(&column.name, column.kind)));
    }
    Ok(profiles)
}

/// What is known of a column so far.
struct Gathered {
    nulls: u64,
    hashes: Hashes,
    bounds: Bounds,
    lengths: Option<(u64, u64)>,
}

/// The least and the most so far.
enum Bounds {
    None,
    /// Numbers, days or ticks, and how they are told.
    Whole(i64, i64, Whole),
    Real(f64, f64),
    Text(String, String),
}

/// What a whole number stands for.
#[derive(Clone, Copy)]
enum Whole {
    Number,
    Day,
    Ticks(TimeUnit),
}

impl Gathered {
    fn new(exact: usize) -> Self {
        Self { nulls: 0, hashes: Hashes::new(exact), bounds: Bounds::None, lengths: None }
    }

    fn add(&mut self, cells: &Cells, rows: usize) {
        match cells {
            Cells::Unread | Cells::Absent | Cells::Constant(None) => self.nulls += rows as u64,
            Cells::Constant(Some(text)) => self.text(text),
            Cells::Text(cells) => self.texts(cells),
            Cells::Boolean(cells) => self.whole(cells.iter().map(|cell| cell.map(i64::from)), Whole::Number),
            Cells::Integer(cells) => self.whole(cells.iter(), Whole::Number),
            Cells::Date(cells) => self.whole(cells.iter().map(|cell| cell.map(i64::from)), Whole::Day),
            Cells::Timestamp(unit, cells) => self.whole(cells.iter(), Whole::Ticks(*unit)),
            Cells::Real(cells) => cells.iter().for_each(|cell| self.real(cell.filter(|number| !number.is_nan()))),
            Cells::Decimal(_) | Cells::List(_, _) => (0..rows).for_each(|row| match cells.value(row) {
                Value::Text(text) => self.text(&text),
                _ => self.nulls += 1,
            }),
        }
    }

    fn whole(&mut self, cells: impl Iterator<Item = Option<i64>>, of: Whole) {
        for cell in cells {
            let Some(number) = cell else {
                self.nulls += 1;
                continue;
            };
            self.hashes.add(xxh3_64(&number.to_le_bytes()));
            self.bounds = match self.bounds {
                Bounds::Whole(least, most, of) => Bounds::Whole(least.min(number), most.max(number), of),
                _ => Bounds::Whole(number, number, of),
            };
        }
    }

    fn real(&mut self, cell: Option<f64>) {
        let Some(number) = cell else {
            self.nulls += 1;
            return;
        };
        // Adding zero makes one zero of the two.
        self.hashes.add(xxh3_64(&(number + 0.0).to_bits().to_le_bytes()));
        self.bounds = match self.bounds {
            Bounds::Real(least, most) => Bounds::Real(least.min(number), most.max(number)),
            _ => Bounds::Real(number, number),
        };
    }

    fn texts(&mut self, cells: &StringArray) {
        self.nulls += cells.null_count() as u64;
        cells.iter().flatten().for_each(|text| self.text(text));
    }

    fn text(&mut self, text: &str) {
        // In files that are sorted, as ours are, many values are those of the row before.
        if !self.hashes.add(xxh3_64(text.as_bytes())) {
            return;
        }
        let length = text.chars().count() as u64;
        let (shortest, longest) = self.lengths.unwrap_or((length, length));
        self.lengths = Some((shortest.min(length), longest.max(length)));
        match &mut self.bounds {
            Bounds::Text(least, most) => {
                if text < least.as_str() {
                    text.clone_into(least);
                }
                if text > most.as_str() {
                    text.clone_into(most);
                }
            }
            bounds => *bounds = Bounds::Text(text.to_owned(), text.to_owned()),
        }
    }

    fn profile(self, name: &str, kind: Kind) -> ColumnProfile {
        let (least, most) = match self.bounds {
            Bounds::None => (Value::Null, Value::Null),
            Bounds::Whole(least, most, of) => (of.value(least), of.value(most)),
            Bounds::Real(least, most) => (Value::Real(least), Value::Real(most)),
            Bounds::Text(least, most) => (Value::Text(least.into()), Value::Text(most.into())),
        };
        let lengths = self.lengths.filter(|_| kind == Kind::Text);
        ColumnProfile {
            name: name.to_owned(),
            kind,
            nulls: self.nulls,
            distinct: self.hashes.count(),
            least,
            most,
            lengths,
        }
    }
}

impl Whole {
    fn value(self, number: i64) -> Value<'static> {
        match self {
            Self::Number => Value::Integer(number),
            Self::Day => Value::Text(i32::try_from(number).map(date).unwrap_or_default().into()),
            Self::Ticks(unit) => Value::Text(time(unit, number).into()),
        }
    }
}

/// The hashes of distinct values. Beyond `exact` of them only those that begin with some zeros are kept, one more zero each time
/// they are too many again, and those that are kept stand for the others.
struct Hashes {
    exact: usize,
    zeros: u32,
    /// Without equal ones up to `distinct`, with some after it.
    hashes: Vec<u64>,
    distinct: usize,
    last: Option<u64>,
}

impl Hashes {
    fn new(exact: usize) -> Self {
        Self { exact, zeros: 0, hashes: Vec::new(), distinct: 0, last: None }
    }

    /// Adds a hash; answers whether it differs from the one that was added before it.
    fn add(&mut self, hash: u64) -> bool {
        if self.last.replace(hash) == Some(hash) {
            return false;
        }
        if hash.leading_zeros() >= self.zeros {
            self.hashes.push(hash);
            if self.hashes.len() >= 2 * self.distinct.max(GATHERED) {
                self.settle();
            }
        }
        true
    }

    /// Removes equal hashes, and as many of the others as there are too many.
    fn settle(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        while self.hashes.len() > self.exact {
            self.zeros += 1;
            self.hashes.retain(|hash| hash.leading_zeros() >= self.zeros);
        }
        self.distinct = self.hashes.len();
    }

    fn count(mut self) -> Distinct {
        self.settle();
        let kept = self.distinct as u64;
        if self.zeros == 0 { Distinct::Exactly(kept) } else { Distinct::About(kept << self.zeros) }
    }
}
