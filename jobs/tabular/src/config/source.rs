//! One source: a published file family, how its files are written, and its columns.

use super::ColumnSpec;

/// One source: a published file family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSpec {
    /// Our name, as used in code, configuration and output.
    pub name: String,
    /// What the source is, for people.
    pub description: String,
    /// The files, relative to the input: `*` and `?` stand for any text and any character of one name; may hold folders.
    pub pattern: String,
    /// Patterns of file names, without folders, that are not files of the source although they match.
    pub exclude: Vec<String>,
    /// ZIP archives that hold a file of the source among others, relative to the input; a pattern like the one of the files.
    pub archive: Option<String>,
    /// The most days that the two dates in the name of an increment are apart; `None` when the source has no increments.
    pub increment_days: Option<u32>,
    /// The family of sources that are released together.
    pub family: Option<String>,
    /// How characters are written as bytes.
    pub encoding: Encoding,
    /// The byte between two fields.
    pub delimiter: u8,
    /// Values that mean null, besides the empty one.
    pub null_tokens: Vec<String>,
    /// How dates are written: `%Y`, `%m`, `%d` and the characters between them.
    pub date_format: String,
    /// Whether a run goes on without the file.
    pub optional: bool,
    /// What becomes of a run when the header has a column that is not known.
    pub on_new_column: OnNewColumn,
    /// Which first digits an NPI may have.
    pub npi_first_digit: NpiFirstDigit,
    /// The columns, in file order.
    pub columns: Vec<ColumnSpec>,
    /// Our names of the columns that every file must have.
    pub required: Vec<String>,
    /// Normalised header names that are known and not used; a trailing `*` stands for any ending.
    pub unused: Vec<String>,
    /// The AWS account that uploads the files itself, into a folder of its own.
    pub uploader: Option<String>,
}

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8; a byte order mark is dropped.
    Utf8,
    /// Windows-1252, as data.cms.gov writes its files.
    Windows1252,
}

/// What becomes of a run when the header has a column that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnNewColumn {
    /// The run reports it and goes on.
    Warn,
    /// The dataset fails.
    Fail,
}

/// Which first digits an NPI may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NpiFirstDigit {
    /// Any digit.
    Any,
    /// 1 or 2, as CMS issues them.
    Strict,
}
