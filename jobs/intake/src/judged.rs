//! A delivery that was judged: rows of the common tables, and what became of the others.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::account::Account;
use carelake_records::{Place, Reading};

use crate::common::{CommonTable, arrow_type};
use crate::kept::KeptRows;

/// The columns of a judged part that are not published: the number of the record, the item in it, and whether the row takes its
/// key out.
pub const HIDDEN: [&str; 3] = ["_number", "_item", "_removal"];

/// A delivery that was judged.
#[derive(Debug)]
pub struct Judged {
    /// The tables of the feed, in its order.
    pub tables: Vec<JudgedTable>,
    /// What was read.
    pub reading: Reading,
}

/// The rows of one table of a delivery.
#[derive(Debug)]
pub struct JudgedTable {
    /// The name of the table.
    pub name: String,
    /// The rows that are valid and win their key in this delivery, removals too, in file order; of [`part_schema`].
    pub rows: KeptRows,
    /// What became of all rows. Removals are `published` here: whether they win is for the state to say.
    pub account: Account,
    /// The refused rows, in file order.
    pub rejects: Vec<Rejected>,
    /// Of each column that is mapped, its values.
    pub columns: BTreeMap<String, Values>,
    /// The required columns that no source of the file feeds.
    pub missing: Vec<String>,
}

/// What the cells of a column held, in rows that are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Values {
    /// Cells with a value.
    pub filled: u64,
    /// Cells that held something that broke the type.
    pub invalid: u64,
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The member or sheet, where there are several.
    pub part: Option<Arc<str>>,
    /// Where it begins.
    pub place: Place,
    /// The rule that it broke.
    pub rule: Cow<'static, str>,
    /// The column that broke it, if one did.
    pub column: Option<String>,
    /// The record as it stands in the file.
    pub raw: Vec<u8>,
}

/// Returns the schema of judged parts of a table: its columns, then those of [`HIDDEN`].
#[must_use]
pub fn part_schema(table: &CommonTable) -> SchemaRef {
    let columns = table.columns.iter().map(|column| Field::new(&column.name, arrow_type(column), true));
    let [number, item, removal] = HIDDEN;
    let hidden = [
        Field::new(number, DataType::UInt64, false),
        Field::new(item, DataType::UInt32, false),
        Field::new(removal, DataType::Boolean, false),
    ];
    Arc::new(Schema::new(columns.chain(hidden).collect::<Vec<_>>()))
}
