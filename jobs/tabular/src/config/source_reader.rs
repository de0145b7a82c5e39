//! Reads the sources.

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Preset, Spot};
use carelake_core::config::{ACCOUNT, check_own_name, read_account};

use super::column::{self, COLUMN, ColumnDraft};
use super::file_form::{
    read_archive, read_date_format, read_delimiter, read_exclude, read_increment_days, read_null_tokens, read_pattern,
};
use super::header::{check_one_column_a_name, read_required, read_unused};
use super::resolved::fixed_part;
use super::{Encoding, NpiFirstDigit, OnNewColumn, SourceSpec};

/// The keys of a source.
pub(super) const SOURCE: [Key; 17] = [
    Key::new("description", Form::Text, "What the source is, in a few words").required(),
    Key::new("file", Form::Text, "A pattern of its names below the input, such as \"DAC_*.csv\"").required(),
    Key::new("exclude", TEXTS, "Patterns of names that are not files of the source, although `file` matches them"),
    Key::new("archive", Form::Like("\\.zip$"), "A pattern of ZIP archives that hold a file of the source among others"),
    Key::new(
        "increment_days",
        Form::Whole(1, 364),
        "A name with two dates at most so many days apart is that of an increment",
    ),
    Key::new("family", Form::Text, "A name for sources that are released together"),
    Key::new("encoding", Form::Word(&["utf-8", "windows-1252"]), "How its text is encoded").required(),
    Key::new("delimiter", Form::Like("^.$"), "The character between two fields").or(Preset::Text(",")),
    Key::new("null_tokens", TEXTS, "Values that mean null, besides the empty one"),
    Key::new("date_format", Form::Text, "%Y, %m and %d; needed when a column is a date"),
    Key::new("optional", Form::Boolean, "Whether a run goes on without the file").or(Preset::Boolean(false)),
    Key::new(
        "on_new_column",
        Form::Word(&["warn", "fail"]),
        "What happens when the header has a column that is not known",
    )
    .or(Preset::Text("warn")),
    Key::new("npi_first_digit", Form::Word(&["any", "strict"]), "Whether an NPI must begin with 1 or 2")
        .or(Preset::Text("any")),
    Key::new("required", TEXTS, "Columns without which a file is refused").required(),
    Key::new(
        "columns",
        Form::Map(&Form::Either(&[TEXTS, Form::Keys(&COLUMN)])),
        "Our names, and the header names they are found under",
    )
    .required(),
    Key::new("unused", TEXTS, "Header names that are known and not used"),
    Key::new("uploader", ACCOUNT, "The AWS account of a partner that uploads its files itself"),
];
const TEXTS: Form = Form::List(&Form::Text);

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
    let fields = spot.keyed(&SOURCE, mistakes);
    let columns = fields.required("columns", "our column names and the header names they are found under", mistakes);
    let columns = columns.map(|spot| read_columns(&spot, mistakes)).unwrap_or_default();
    check_one_column_a_name(&columns, mistakes);
    let encodings = [("utf-8", Encoding::Utf8), ("windows-1252", Encoding::Windows1252)];
    let encoding = fields.required("encoding", "utf-8 or windows-1252", mistakes);
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
        on_new_column: fields.word("on_new_column", OnNewColumn::Warn, &[OnNewColumn::Fail], mistakes),
        npi_first_digit: fields.word("npi_first_digit", NpiFirstDigit::Any, &[NpiFirstDigit::Strict], mistakes),
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
