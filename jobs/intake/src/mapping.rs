//! How the cells of a record become the columns of a common table: the abilities, as the configuration says them.
//!
//! This is all there is: no expressions, no embedded language. Steps apply in the order written; to a list, value by value.

use std::collections::BTreeMap;
use std::sync::Arc;

/// How one table of a feed is made.
#[derive(Debug, Clone)]
pub struct TableMapping {
    /// The columns that are mapped, in the order of the page.
    pub columns: Vec<ColumnMapping>,
    /// What leaves rows out, in order; the first that holds counts.
    pub filters: Vec<Filter>,
    /// The columns without which a row is refused, in the order of the table.
    pub required: Vec<String>,
    /// The columns whose nulls are named in `incomplete_fields`, in the order of the table.
    pub complete: Vec<String>,
    /// What says that a row takes its key out.
    pub operation: Option<Operation>,
    /// The texts that stand for nothing, compared without case.
    pub null_tokens: Vec<String>,
}

/// How one column is made.
#[derive(Debug, Clone)]
pub struct ColumnMapping {
    /// The column of the common table.
    pub column: String,
    /// Its value.
    pub value: Value,
    /// When it has one: only if another value is one of these, compared without case.
    pub when: Option<(Value, Vec<String>)>,
}

/// A value: where it comes from, and what is done to it.
#[derive(Debug, Clone)]
pub struct Value {
    /// Where it comes from.
    pub from: From,
    /// What is done to it, in order.
    pub steps: Vec<Step>,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub enum From {
    /// A cell: its index in the sources that are wanted for the table.
    Cell(usize),
    /// What the name of the file has at `{name}`.
    Capture(String),
    /// Always this.
    Constant(String),
    /// The first that is not null.
    First(Vec<Value>),
    /// Those that are not null, with this between.
    Joined(Vec<Value>, String),
    /// A list of those that are not null, each once; lists among them are taken apart.
    List(Vec<Value>),
}

/// Something that is done to a value.
#[derive(Debug, Clone)]
pub enum Step {
    /// Cuts at each of a literal, and takes one part, trimmed; null where there is none.
    Split(String, Part),
    /// Cuts at each of a literal into a list.
    SplitList(String),
    /// Takes the first capture of the first match, the whole match where there is no capture; null where nothing matches.
    Extract(regex_lite::Regex),
    /// Puts one literal in the place of another.
    Replace(String, String),
    /// Upper case.
    Upper,
    /// Lower case.
    Lower,
    /// Fills up on the left.
    Pad {
        /// With this.
        with: char,
        /// To so many characters.
        width: usize,
        /// Whether texts that are not all digits are filled up too.
        any_text: bool,
    },
    /// Takes away a literal at the start.
    StripStart(String),
    /// Takes away a literal at the end.
    StripEnd(String),
    /// Looks up in a code list, without case and outer blanks.
    Map(Arc<BTreeMap<String, String>>, Otherwise),
    /// Looks up in a small reference table: the same keys.
    Lookup(Arc<BTreeMap<String, String>>, Otherwise),
    /// Reads a date: the first format that fits the whole text.
    Date(Vec<Moment>),
    /// Reads a date and a time.
    DateTime(Vec<Moment>),
    /// Reads a number.
    Number(Number),
}

/// Which part of a text that was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From the start, from 1.
    Start(usize),
    /// From the end, from 1.
    End(usize),
    /// This one, from 1, and all after it as they stand.
    From(usize),
}

/// What stands for a value that is in no list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Otherwise {
    /// The value itself, for the type of the column to judge.
    Keep,
    /// Nothing.
    Null,
    /// This.
    Value(String),
    /// The row is refused: `code_unknown`.
    Reject,
}

/// How a date or a time is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// `strptime` directives: `%m/%d/%Y %H:%M`; `%-m` too.
    Format(String),
    /// ISO 8601, with or without time and offset.
    Iso,
    /// HL7: `YYYYMMDD[HHMM[SS[.S]]][+ZZZZ]`.
    Hl7,
    /// Days since 1899-12-30, as workbooks count; `Excel1904` since 1904-01-01.
    Excel,
    /// Days since 1904-01-01.
    Excel1904,
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMillis,
}

/// How a number is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The decimal sign.
    pub decimal: char,
    /// The sign between thousands.
    pub thousands: Option<char>,
    /// The sign or name of the currency, on either side.
    pub currency: Option<String>,
    /// Digits after a point that is not written.
    pub implied_decimals: u32,
    /// What it is multiplied by: an exact decimal, such as `0.45359237`.
    pub scale: Option<String>,
}

/// What leaves a row out.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The name that the rows are counted by.
    pub rule: String,
    /// What is looked at.
    pub of: Subject,
    /// When it holds.
    pub test: Test,
}

/// What a filter looks at.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A column after mapping.
    Column(String),
    /// A value of the file.
    Value(Value),
}

/// When a filter holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these, compared without case.
    OneOf(Vec<String>),
    /// It is something, and none of these.
    NoneOf(Vec<String>),
    /// It is nothing.
    Null,
}

/// What says that a row takes its key out.
#[derive(Debug, Clone)]
pub struct Operation {
    /// What is looked at.
    pub value: Value,
    /// What it says then, compared without case.
    pub remove: Vec<String>,
}
