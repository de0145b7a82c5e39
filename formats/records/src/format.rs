//! What a file is declared to be.

use encoding_rs::Encoding;

/// A format, and what it is packed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// What it is packed in, outermost first; at most two. A file that is not, or is packed otherwise, is not the format.
    pub packed: Vec<Packed>,
    /// What is inside.
    pub way: Way,
}

/// What a file is packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packed {
    /// Gzip, of any number of members.
    Gzip,
    /// A zip archive.
    Zip,
    /// Zstandard.
    Zstd,
    /// Bzip2.
    Bzip2,
}

/// How records are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Delimited text.
    Delimited(Delimited),
    /// Text in columns of fixed width.
    Fixed(Fixed),
    /// A workbook: XLSX, XLSM, XLSB, XLS or ODS; which of them is told by its content.
    Workbook(Workbook),
    /// JSON.
    Json(Json),
    /// XML.
    Xml(Xml),
    /// HL7 v2 messages, in batches or bare.
    Hl7 {
        /// What holds where a message does not say it in MSH-18.
        encoding: &'static Encoding,
    },
    /// Parquet.
    Parquet,
}

/// Delimited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimited {
    /// One or more characters.
    pub delimiter: String,
    /// The character around values that hold a delimiter; doubled within. `None`: there is none.
    pub quote: Option<u8>,
    /// Whether `\t`, `\n`, `\\` and the like stand for characters.
    pub has_escapes: bool,
    /// The encoding. A byte order mark says UTF-8 or UTF-16, whatever is declared.
    pub encoding: &'static Encoding,
    /// Lines above the header, `sep=` not counted.
    pub title_lines: usize,
    /// Whether there is a header; without one, columns go by number.
    pub has_header: bool,
    /// The last line, if it is none of the records.
    pub footer: Option<Footer>,
}

/// A last line that is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// What it begins with.
    pub starts_with: String,
    /// Whether the first number in it is that of the data rows: refused ones count, blank ones and repeated headers do not.
    pub counts_rows: bool,
}

/// Text in columns of fixed width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// The fields, by name; those of a record type are only known in its records.
    pub fields: Vec<FixedField>,
    /// Where the record type stands: characters from 1, both included. `None`: all records are of one type.
    pub record_type: Option<(usize, usize)>,
    /// Counts in a trailer.
    pub trailers: Vec<Trailer>,
}

/// A field of a record of fixed width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedField {
    /// The record type that it is in; `None` where there are none.
    pub record: Option<String>,
    /// Its name.
    pub name: String,
    /// Its first character, from 1.
    pub start: usize,
    /// Its characters.
    pub width: usize,
}

/// A count in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// The type of the record that has it.
    pub record: String,
    /// The type of the records that are counted.
    pub of: String,
    /// Where it stands: characters from 1, both included.
    pub at: (usize, usize),
}

/// A workbook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workbook {
    /// Rows above the header.
    pub title_lines: usize,
    /// Whether there is a header; without one, columns go by number.
    pub has_header: bool,
}

/// JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// An array of records, at the top or at a path such as `data.patients`.
    Array {
        /// The path; empty for the top.
        path: String,
    },
    /// Records one after the other, a line each or not.
    Lines,
    /// Names of columns and arrays of values, at two paths of one object.
    Columns {
        /// Where the names are.
        columns: String,
        /// Where the arrays are.
        rows: String,
    },
    /// A FHIR Bundle: the resources of its entries.
    Bundle,
}

/// XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xml {
    /// The path of a record below the root: `Patients/Patient`.
    pub record: String,
}
