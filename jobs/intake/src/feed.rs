//! A feed, as its page of the configuration says it.

use std::sync::Arc;

use carelake_core::config::Secret;
use carelake_records::{Format, Wanted};
use jiff::tz::TimeZone;

use crate::common::CommonTable;
use crate::config::PathPattern;
use crate::mapping::{Moment, TableMapping};
use crate::pull::Fetch;

/// One kind of file of one partner.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Its name: `data_source` of its rows, the last part of its publications' names.
    pub name: String,
    /// Who sends it.
    pub partner: String,
    /// What its files are called, inside the partner's folder.
    pub path: PathPattern,
    /// How its files are written.
    pub format: Format,
    /// What opens its files, where they come encrypted with OpenPGP: around all else that they are packed in.
    pub pgp: Option<Pgp>,
    /// What a delivery is.
    pub mode: Mode,
    /// When the next one is expected.
    pub expected: Option<Expected>,
    /// The zone of local times in it.
    pub time_zone: TimeZone,
    /// Whom to tell, beside those who are always told.
    pub notify: Vec<String>,
    /// Who sees to it.
    pub owner: Option<String>,
    /// What in the file tells the delivery date, where its name does not.
    pub declared_in: Option<Declared>,
    /// The tables that it feeds.
    pub tables: Vec<FeedTable>,
    /// What is wanted of a file, a table each; the parts may hold formats of the delivery date, such as `{%b %Y}`.
    pub wanted: Wanted,
    /// When a delivery is refused.
    pub thresholds: Thresholds,
    /// Seconds for which size and time of a file must not have moved.
    pub settle_secs: u64,
    /// Minutes for which an empty object may still be filled.
    pub empty_grace_mins: u64,
    /// Whether an empty delivery is a state.
    pub allow_empty: bool,
    /// The file beside a file that says that it is whole.
    pub ready: Option<Ready>,
    /// Where uploads may come from; anywhere if empty.
    pub networks: Vec<String>,
    /// From where its files are fetched, if they do not come by themselves.
    pub fetch: Option<Fetch>,
    /// The hash of everything that judging depends on.
    pub mapping: String,
}

/// Where the key is kept that opens files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pgp {
    /// The armored secret key.
    pub key: Secret,
    /// What opens the key, if it is locked.
    pub passphrase: Option<Secret>,
}

/// What in a file tells the delivery date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The source: of JSON a path from the top, of HL7 such as `FHS-7`, of fixed width `H:2-9`, characters 2 to 9 of a record `H`.
    pub source: String,
    /// How the date is written.
    pub formats: Vec<Moment>,
}

/// One table of a feed.
#[derive(Debug, Clone)]
pub struct FeedTable {
    /// The table.
    pub table: Arc<CommonTable>,
    /// The columns that tell its rows apart, without `data_source`.
    pub key: Vec<String>,
    /// Which of several rows of a key wins: the first by these. Nulls are last; the delivery date, the sequence and the line
    /// decide at the end, later ones first.
    pub order: Vec<Order>,
    /// How its rows are made.
    pub mapping: TableMapping,
}

/// A column to order by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// A column of the table, or `line`.
    pub column: String,
    /// Whether the greatest is first.
    pub is_descending: bool,
}

/// What a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All rows: the newest delivery is the state.
    Full,
    /// Further rows, never changed.
    Append,
    /// New and changed rows.
    Upsert,
}

/// When a delivery is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Every day.
    Day,
    /// Every week, by this day (1 Monday to 7 Sunday).
    Week(i8),
    /// Every month, by this day.
    Month(i8),
    /// Every quarter, by this day of its first month.
    Quarter(i8),
}

/// When a delivery is refused. Shares are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// The share of rows that may be refused.
    pub max_reject_ratio: f64,
    /// The share of rows that may be gone.
    pub max_drop_ratio: f64,
    /// The rows that there must be.
    pub min_rows: u64,
    /// By how much the share of a column's values that are invalid may rise.
    pub max_invalid_rise: f64,
    /// The share of a column's cells that may be gone.
    pub max_loss: f64,
}

/// The file beside a file that says that it is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// An empty one, with this after the name: `.done`.
    Marker(String),
    /// One that tells rows, bytes or SHA-256, with this after the name.
    Control(String),
}
