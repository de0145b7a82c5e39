//! What is read of a table, and who takes it.

use arrow_array::RecordBatch;

use crate::kind::TypeChoice;
use crate::relation::Relation;

/// A value of a key as the server writes it as text; compared by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound(pub String);

/// Which rows: all conditions of a reading hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `column >= from`, or nothing in it.
    Since {
        /// The cursor.
        column: usize,
        /// Microseconds since 1970, UTC; a column without a zone is compared in the zone of the server.
        from: i64,
        /// Whether rows without a value are read, too.
        or_null: bool,
    },
    /// A key greater than this one (`append`).
    After {
        /// The columns.
        columns: Vec<usize>,
        /// Their values.
        bound: Vec<Bound>,
    },
    /// `from <= columns < to`, compared as a row of values in the server's own order.
    Between {
        /// The columns.
        columns: Vec<usize>,
        /// The first that belongs to it; none: from the beginning.
        from: Option<Vec<Bound>>,
        /// The first that does not belong to it; none: to the end.
        to: Option<Vec<Bound>>,
    },
    /// PostgreSQL: rows written by a transaction at or after this one, a number of 64 bits.
    Xmin(u64),
    /// An export of DynamoDB: items that are there.
    There,
    /// An export of DynamoDB: items that are gone, of which there is the key.
    Gone,
    /// PostgreSQL: rows in these blocks, the second excluded; none: to the end.
    Blocks(u32, Option<u32>),
}

/// What is made of values for which Arrow has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Specials {
    /// Nothing, counted.
    #[default]
    Null,
    /// The load fails.
    Error,
    /// The column is text.
    Text,
}

/// In which order rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As the server finds them.
    Any,
    /// By the key, in the server's own order.
    Key,
}

/// A column that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which of the relation's.
    pub column: usize,
    /// What the configuration makes of its type.
    pub choice: Option<TypeChoice>,
}

/// What is read.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    /// Of which table.
    pub relation: &'a Relation,
    /// Which columns, in the order of the batches. No other is in the statement.
    pub columns: &'a [Wanted],
    /// Which rows.
    pub conditions: &'a [Condition],
    /// In which order.
    pub order: Order,
    /// What is made of values for which Arrow has none.
    pub specials: Specials,
    /// The most rows of a batch.
    pub batch_rows: usize,
    /// The most bytes of a batch, about; a row that is larger is one of its own.
    pub batch_bytes: usize,
    /// The most bytes of a row; a larger one is refused as `row_too_large`.
    pub row_bytes: usize,
}

/// A row that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The rule: `<column>_overflow`, `<column>_dimensions`, `row_too_large`.
    pub rule: String,
    /// Its key as text, in the order of the relation's key; nothing where the key was not wanted.
    pub key: Vec<Option<String>>,
}

/// Who takes what is read.
pub trait Taker {
    /// Takes rows.
    ///
    /// # Errors
    ///
    /// Why they cannot be taken; reading ends with it.
    fn rows(&mut self, rows: RecordBatch) -> Result<(), String>;

    /// Takes a row that was refused.
    ///
    /// # Errors
    ///
    /// Why it cannot be taken; reading ends with it.
    fn refused(&mut self, refused: Refused) -> Result<(), String>;
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows, refused ones among them.
    pub read: u64,
    /// Rows refused.
    pub refused: u64,
    /// Bytes that came over the wire.
    pub bytes: u64,
    /// Of each wanted column: values for which Arrow has none, arrays whose lower bounds were dropped, text that could not be repaired.
    pub specials: Vec<u64>,
}
