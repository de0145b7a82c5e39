//! What is wanted of a file, and what was found.

/// What is wanted of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The tables that its records feed.
    pub tables: Vec<WantedTable>,
}

/// What is wanted for one table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WantedTable {
    /// The member of an archive or the sheet of a workbook: a name, or a pattern with `*`; a sheet also by its number from 1. The
    /// only one, or the first, where it is not said.
    pub part: Option<String>,
    /// Which records; all of them where it is not said.
    pub select: Option<Select>,
    /// The nested list whose items are the rows: a path from the record. HL7: a segment, such as `PV1`, of which each message has
    /// at most one.
    pub each: Option<String>,
    /// What each cell of a row is.
    pub sources: Vec<Source>,
}

/// Chooses records by one of their fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// The field.
    pub source: String,
    /// What it may be.
    pub values: Vec<String>,
}

/// Where a cell comes from.
///
/// | format | path |
/// | --- | --- |
/// | delimited, workbook | a header name, compared without case and with anything but letters and digits as one `_`; or `#3`, the third column |
/// | fixed width | the name of a field; or `11-18`, characters from 1 |
/// | JSON, Parquet | `name.last`, `name[0].given`, `dx[*]`, `telecom[system=phone].value` |
/// | XML | `Name/Last`, `@id`, `Facility/@ccn`; namespace prefixes count for nothing |
/// | HL7 v2 | `PID-5.1`, `PID-3[2].1` (the second repetition), `PID-11[*].3`, `DG1[*]-3.1`, `MSH-9.2` |
///
/// In JSON and Parquet, `[0]` is one item of a list, `[*]` every item, `[system=phone]` the items whose member has that value; a name
/// that meets a list goes on in each of its items, and `.` is the record or item itself. A name with `.`, `[` or `"` is written
/// `"odd.name"`, with `\"` and `\\` for `"` and `\`. In XML, an element that is repeated is a list, and its text is its own, without
/// that of elements in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    /// The path.
    pub path: String,
    /// How many lists further out it lies: 0 in the item itself, 1 in the record around it.
    pub up: u8,
    /// Whether every value is wanted where there are several, as a list; else it is the first.
    pub is_list: bool,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// The names of the columns as they stand in the file, of each part that has a header: `(part, names)`.
    pub headers: Vec<(String, Vec<String>)>,
    /// Of each wanted table, which sources the file has: in its header, or in any of its records.
    pub found: Vec<Vec<bool>>,
    /// The paths that records had and nobody wanted, of formats without a header; at most 1,000.
    pub others: Vec<String>,
    /// Records of data, of all tables.
    pub records: u64,
    /// Bytes after unpacking.
    pub unpacked_bytes: u64,
    /// Members of an archive that no table wants.
    pub ignored_members: u64,
}
