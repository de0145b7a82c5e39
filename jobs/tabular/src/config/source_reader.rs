//! Reads the sources.

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_core::config::{check_own_name, read_account};

use super::column::{self, ColumnDraft};
use super::file_form::{
    read_archive, read_date_format, read_delimiter, read_exclude, read_increment_days, read_null_tokens, read_pattern,
};
use super::header::{check_one_column_a_name, read_required, read_unused};
use super::resolved::fixed_part;
use super::{Encoding, NpiFirstDigit, OnNewColumn, SourceSpec};

const KEYS: [&str; 17] = [
    "description",
    "file",
    "exclude",
    "archive",
    "increment_days",
    "family",
    "encoding",
    "delimiter",
    "null_tokens",
    "date_format",
    "optional",
    "on_new_column",
    "npi_first_digit",
    "required",
    "columns",
    "unused",
    "uploader",
];

/// A source as far as it could be read.
#[derive(Debug)]
pub(super) struct SourceDraft<'a> {
    /// The source.
    pub spec: SourceSpec,
    /// Where it stands.
    pub spot: Spot<'a>,
    /// The columns, in file order.
    pub columns: Vec<ColumnDraft<'a>>,
}

impl<'a> SourceDraft<'a> {
    /// Returns the column with this name.
    pub fn column(&self, name: &str) -> Option<&ColumnDraft<'a>> {
        self.columns.iter().find(|column| column.spec.name == name)
    }
}

/// Reads all sources.
pub(super) fn read_all<'a>(spot: &Spot<'a>, mistakes: &mut Mistakes) -> Vec<SourceDraft<'a>> {
    let sources = spot.entries("sources", mistakes);
    sources.iter().map(|(name, spot)| read(name, spot, mistakes)).collect()
}

fn read<'a>(name: &str, spot: &Spot<'a>, mistakes: &mut Mistakes) -> SourceDraft<'a> {
    check_own_name(spot, name, mistakes);
    let fields = spot.fields(&KEYS, mistakes);
    let columns = fields.required("columns", "our column names and the header names they are found under", mistakes);
    let columns = columns.map(|spot| read_columns(&spot, mistakes)).unwrap_or_default();
    check_one_column_a_name(&columns, mistakes);
    let encodings = [("utf-8", Encoding::Utf8), ("windows-1252", Encoding::Windows1252)];
    let encoding = fields.required("encoding", "utf-8 or windows-1252", mistakes);
    let reactions = [("warn", OnNewColumn::Warn), ("fail", OnNewColumn::Fail)];
    let digits = [("any", NpiFirstDigit::Any), ("strict", NpiFirstDigit::Strict)];
    let spec = SourceSpec {
        name: name.to_owned(),
        description: fields.text("description", "what the source is, in a few words", mistakes),
        pattern: read_pattern(&fields, mistakes),
        exclude: read_exclude(&fields, mistakes),
        archive: read_archive(&fields, mistakes),
        increment_days: read_increment_days(&fields, mistakes),
        family: fields
            .get("family")
            .and_then(|spot| spot.text("the name of what the source is released with", mistakes)),
        encoding: encoding.and_then(|spot| spot.choice(&encodings, mistakes)).unwrap_or(Encoding::Utf8),
        delimiter: read_delimiter(&fields, mistakes),
        null_tokens: read_null_tokens(&fields, mistakes),
        date_format: read_date_format(&fields, &columns, mistakes),
        optional: fields.get("optional").and_then(|spot| spot.boolean(mistakes)).unwrap_or(false),
        on_new_column: fields.choice_or("on_new_column", &reactions, OnNewColumn::Warn, mistakes),
        npi_first_digit: fields.choice_or("npi_first_digit", &digits, NpiFirstDigit::Any, mistakes),
        columns: columns.iter().map(|column| column.spec.clone()).collect(),
        required: read_required(&fields, &columns, mistakes),
        unused: read_unused(&fields, &columns, mistakes),
        uploader: read_uploader(&fields, mistakes),
    };
    SourceDraft { spec, spot: spot.clone(), columns }
}

/// Reads who uploads the files, which must then lie in a folder of their own.
fn read_uploader(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let spot = fields.get("uploader")?;
    let account = read_account(&spot, mistakes)?;
    let file = fields.get("file").and_then(|file| file.raw_text()).unwrap_or_default();
    if !fixed_part(file).contains('/') {
        mistakes.add(&spot, "needs `file` in a folder of its own, such as partners/NAME/*.csv");
    }
    Some(account)
}

fn read_columns<'a>(spot: &Spot<'a>, mistakes: &mut Mistakes) -> Vec<ColumnDraft<'a>> {
    let mut columns: Vec<ColumnDraft<'_>> = Vec::new();
    for (name, spot) in spot.entries("columns", mistakes) {
        for column in column::read(name, &spot, mistakes) {
            if columns.iter().any(|other| other.spec.name == column.spec.name) {
                mistakes.add(&spot, format!("column `{}` is already declared", column.spec.name));
            } else {
                columns.push(column);
            }
        }
    }
    columns
}
