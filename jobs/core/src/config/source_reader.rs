//! Reads the sources.

use super::column::{self, ColumnDraft};
use super::deployment::read_account;
use super::file_form::{
    read_archive, read_date_format, read_delimiter, read_exclude, read_increment_days, read_null_tokens, read_pattern,
};
use super::header::{check_one_column_a_name, read_required, read_unused};
use super::name::check_own_name;
use super::report::Report;
use super::spot::{Fields, Spot};
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
pub(super) fn read_all<'a>(spot: &Spot<'a>, report: &mut Report) -> Vec<SourceDraft<'a>> {
    let sources = spot.entries("sources", report);
    sources.iter().map(|(name, spot)| read(name, spot, report)).collect()
}

fn read<'a>(name: &str, spot: &Spot<'a>, report: &mut Report) -> SourceDraft<'a> {
    check_own_name(spot, name, report);
    let fields = spot.fields(&KEYS, report);
    let columns = fields.required("columns", "our column names and the header names they are found under", report);
    let columns = columns.map(|spot| read_columns(&spot, report)).unwrap_or_default();
    check_one_column_a_name(&columns, report);
    let encodings = [("utf-8", Encoding::Utf8), ("windows-1252", Encoding::Windows1252)];
    let encoding = fields.required("encoding", "utf-8 or windows-1252", report);
    let reactions = [("warn", OnNewColumn::Warn), ("fail", OnNewColumn::Fail)];
    let digits = [("any", NpiFirstDigit::Any), ("strict", NpiFirstDigit::Strict)];
    let spec = SourceSpec {
        name: name.to_owned(),
        description: fields.text("description", "what the source is, in a few words", report),
        pattern: read_pattern(&fields, report),
        exclude: read_exclude(&fields, report),
        archive: read_archive(&fields, report),
        increment_days: read_increment_days(&fields, report),
        family: fields.get("family").and_then(|spot| spot.text("the name of what the source is released with", report)),
        encoding: encoding.and_then(|spot| spot.choice(&encodings, report)).unwrap_or(Encoding::Utf8),
        delimiter: read_delimiter(&fields, report),
        null_tokens: read_null_tokens(&fields, report),
        date_format: read_date_format(&fields, &columns, report),
        optional: fields.get("optional").and_then(|spot| spot.boolean(report)).unwrap_or(false),
        on_new_column: fields.choice_or("on_new_column", &reactions, OnNewColumn::Warn, report),
        npi_first_digit: fields.choice_or("npi_first_digit", &digits, NpiFirstDigit::Any, report),
        columns: columns.iter().map(|column| column.spec.clone()).collect(),
        required: read_required(&fields, &columns, report),
        unused: read_unused(&fields, &columns, report),
        uploader: read_uploader(&fields, report),
    };
    SourceDraft { spec, spot: spot.clone(), columns }
}

/// Reads who uploads the files, which must then lie in a folder of their own.
fn read_uploader(fields: &Fields<'_>, report: &mut Report) -> Option<String> {
    let spot = fields.get("uploader")?;
    let account = read_account(&spot, report)?;
    let file = fields.get("file").and_then(|file| file.raw_text()).unwrap_or_default();
    if !file.split(['*', '?']).next().is_some_and(|fixed| fixed.contains('/')) {
        report.add(&spot, "needs `file` in a folder of its own, such as partners/NAME/*.csv");
    }
    Some(account)
}

fn read_columns<'a>(spot: &Spot<'a>, report: &mut Report) -> Vec<ColumnDraft<'a>> {
    let mut columns: Vec<ColumnDraft<'_>> = Vec::new();
    for (name, spot) in spot.entries("columns", report) {
        for column in column::read(name, &spot, report) {
            if columns.iter().any(|other| other.spec.name == column.spec.name) {
                report.add(&spot, format!("column `{}` is already declared", column.spec.name));
            } else {
                columns.push(column);
            }
        }
    }
    columns
}
