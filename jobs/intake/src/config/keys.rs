//! What the maps of the section may have: the tables that the readers and the schema for editors follow.

use carelake_core::config::FILES;
use carelake_core::config::reader::{Form, Key};

use super::fetch::FETCH;
use super::pgp::PGP;

/// Whatever its reader takes: a text, a number, or a list of them.
const ANY: Form = Form::Any;
const TEXT: Form = Form::Text;
/// A text that is not empty, or several.
const TEXTS: Form = Form::Either(&[Form::Text, Form::List(&Form::Text)]);
const SHARE: Form = Form::Number(0.0, 1.0);

/// The section.
pub(super) const SECTION: [Key; 8] = [
    Key::new("defaults", Form::Keys(&DEFAULTS), "What holds for every feed that does not say otherwise"),
    Key::new("limits", Form::Keys(&LIMITS), "What a file may ask of its reader"),
    Key::new("landing", TEXT, "The folder of this machine that fetched files land in"),
    Key::new("code_lists", Form::Map(&Form::Map(&ANY)), "Code lists by name: codes of partners and what they mean"),
    Key::new("tables", Form::Map(&Form::Keys(&DECLARED)), "Further common tables by name"),
    Key::new("partners", Form::Map(&Form::Keys(&PARTNER)), "What holds for all feeds of a partner"),
    Key::new("feeds", Form::Map(&Form::Keys(&FEED)), "Feeds by name; the name is data_source of its rows"),
    Key::new(
        FILES,
        Form::Map(&TEXT),
        "The texts of the files that feeds look up in, as a deployed configuration has them",
    ),
];

/// What a file may ask of its reader.
pub(super) const LIMITS: [Key; 8] = [
    Key::new("unpacked_bytes", Form::Whole(1, 1 << 44), "Bytes after unpacking"),
    Key::new("ratio", Form::Whole(1, 1_000_000), "How many times as large as it is packed a file may be"),
    Key::new("ratio_from_bytes", Form::Whole(1, 1 << 40), "From which size on the ratio holds"),
    Key::new("members", Form::Whole(1, 1_000_000), "Members of an archive"),
    Key::new("depth", Form::Whole(1, 1_000), "Depth of nesting"),
    Key::new("value_bytes", Form::Whole(1, 1 << 30), "Bytes of a value"),
    Key::new("columns", Form::Whole(1, 1_000_000), "Columns"),
    Key::new("cells", Form::Whole(1, 10_000_000_000), "Cells of a workbook"),
];

/// The settings that a feed and the defaults have alike.
pub(super) const SHARED: [Key; 11] = [
    Key::new("settle_secs", Form::Whole(0, 86_400), "Seconds for which a file must not have moved"),
    Key::new("empty_grace_mins", Form::Whole(0, 1_440), "Minutes for which an empty object may still be filled"),
    Key::new("max_reject_ratio", SHARE, "The share of rejected rows beyond which a delivery is refused"),
    Key::new("max_drop_ratio", SHARE, "The share of rows that may be gone since the delivery before"),
    Key::new("min_rows", Form::Whole(0, u32::MAX as i64), "The fewest rows of a delivery"),
    Key::new("max_invalid_rise", SHARE, "By how much the share of invalid values of a column may rise"),
    Key::new("max_loss", SHARE, "The share of filled cells of a column that may be gone (full)"),
    Key::new("time_zone", TEXT, "The zone of local times, by its name in the IANA list"),
    Key::new("null_tokens", Form::List(&ANY), "Texts that stand for nothing; without case"),
    Key::new("expected", Form::Keys(&EXPECTED), "When the next delivery is expected"),
    Key::new("notify", TEXTS, "Whom to tell, beside those who are always told"),
];

/// The settings of all feeds.
pub(super) const DEFAULTS: [Key; 12] = joined(
    SHARED,
    [Key::new("max_concurrency", Form::Whole(1, 1_000), "Deliveries of a partner that are worked on at once")],
);

/// When the next delivery is expected.
pub(super) const EXPECTED: [Key; 2] = [
    Key::new("every", Form::Word(&["day", "week", "month", "quarter"]), "How often").required(),
    Key::new("by_day", Form::Whole(1, 28), "The day by which it is there; of a week 1 is Monday"),
];

/// A partner.
pub(super) const PARTNER: [Key; 3] = [
    Key::new("max_concurrency", Form::Whole(1, 1_000), "Deliveries that are worked on at once"),
    Key::new("networks", Form::List(&TEXT), "Where uploads may come from, such as 192.0.2.0/24"),
    Key::new("account", ANY, "The account of AWS that it uploads from"),
];

/// A common table that the configuration declares.
pub(super) const DECLARED: [Key; 3] = [
    Key::new("key", Form::List(&TEXT), "data_source, and the columns that tell the rows of a feed apart").required(),
    Key::new("required", Form::List(&TEXT), "Columns without which a row is refused"),
    Key::new("columns", Form::Map(&ANY), "The columns and their types").required(),
];

/// The keys of a feed, besides those that the defaults have too.
const OWN: [Key; 12] = [
    Key::new("partner", TEXT, "Who sends it").required(),
    Key::new(
        "path",
        TEXT,
        "What its files are called, in the folder of the partner; {delivery:FORMAT}, {sequence}, {name}, *",
    )
    .required(),
    Key::new("format", Form::Either(&FORMATS), "How its files are written").required(),
    Key::new("pgp", Form::Keys(&PGP), "What opens its files, where they come encrypted with OpenPGP"),
    Key::new("delivery", Form::Word(&["full", "append", "upsert"]), "All rows, further rows, or new and changed rows")
        .required(),
    Key::new("declared_in", Form::Keys(&DECLARED_IN), "Where in the file the delivery date is, if its name lacks it"),
    Key::new("owner", TEXT, "Who sees to the feed"),
    Key::new("allow_empty", Form::Boolean, "Whether a delivery without records is a state"),
    Key::new("ready", Form::Keys(&READY), "The file beside a file that says that it is whole"),
    Key::new("networks", Form::List(&TEXT), "Where uploads may come from, such as 192.0.2.0/24"),
    Key::new("fetch", Form::Keys(&FETCH), "From where its files are fetched"),
    Key::new("tables", Form::Map(&Form::Keys(&TABLE)), "The common tables that it feeds").required(),
];

/// A feed.
pub(super) const FEED: [Key; 23] = joined(OWN, SHARED);

/// Where in a file the delivery date is.
pub(super) const DECLARED_IN: [Key; 3] = [
    Key::new("record", TEXT, "The type of the record that has it"),
    Key::new("from", TEXT, "The source that has it").required(),
    Key::new("date", TEXTS, "How it is written").required(),
];

/// What lies beside a file that is whole.
pub(super) const READY: [Key; 2] = [
    Key::new("marker", Form::Like("^\\.[^/*{]+$"), "The ending of an empty file beside it, such as .done"),
    Key::new("control", Form::Like("^\\.[^/*{]+$"), "The ending of a file beside it that tells rows, bytes or SHA-256"),
];

/// How files are written, by type.
const FORMATS: [Form; 9] = [
    Form::Keys(&CSV),
    Form::Keys(&FIXED_WIDTH),
    Form::Keys(&WORKBOOK),
    Form::Keys(&TREE),
    Form::Keys(&JSON_COLUMNS),
    Form::Keys(&TYPED),
    Form::Keys(&FHIR_BUNDLE),
    Form::Keys(&HL7),
    Form::Keys(&PARQUET),
];
const PACKED: Form = Form::Either(&[Form::Word(&PACKINGS), Form::List(&Form::Word(&PACKINGS))]);
const PACKINGS: [&str; 4] = ["gzip", "zip", "zstd", "bzip2"];

const fn kind(types: &'static [&'static str]) -> Key {
    Key::new("type", Form::Word(types), "What the files are").required()
}
const fn packed() -> Key {
    Key::new("packed", PACKED, "What they are packed in; of two the outer one first")
}
const fn encoding() -> Key {
    Key::new("encoding", TEXT, "The encoding, such as windows-1252; UTF-8 where it is not said")
}
const fn record_type() -> Key {
    Key::new("record_type", ANY, "Where the type of a record stands")
}
const fn title_lines() -> Key {
    Key::new("title_lines", Form::Whole(0, 1_000), "Lines or rows above the header")
}
const fn header() -> Key {
    Key::new("header", Form::Boolean, "Whether there is a header; there is where it is not said")
}

/// Delimited text.
pub(super) const CSV: [Key; 10] = [
    kind(&["csv"]),
    packed(),
    Key::new("delimiter", TEXT, "What stands between fields; a comma where it is not said"),
    Key::new("quote", Form::Word(&["\"", "'", "none"]), "What quotes fields"),
    Key::new("escape", Form::Word(&["none", "backslash"]), "What escapes a sign"),
    encoding(),
    title_lines(),
    header(),
    Key::new("footer", Form::Keys(&FOOTER), "The last line, where it is no row"),
    record_type(),
];

/// The last line of a text.
pub(super) const FOOTER: [Key; 2] = [
    Key::new("starts_with", TEXT, "What it begins with").required(),
    Key::new("count", Form::Word(&["none", "rows"]), "What it counts, which is checked"),
];

/// Columns of fixed width.
pub(super) const FIXED_WIDTH: [Key; 7] = [
    kind(&["fixed_width"]),
    packed(),
    encoding(),
    Key::new("fields", Form::Map(&ANY), "Fields with their widths, or characters such as 11-18"),
    record_type(),
    Key::new("records", Form::Map(&Form::Map(&ANY)), "The fields of each type of record"),
    Key::new("trailer", Form::Keys(&TRAILER), "The record that counts the others"),
];

/// The record that counts the others.
pub(super) const TRAILER: [Key; 2] = [
    Key::new("record", TEXT, "The type of the record that has the counts").required(),
    Key::new("counts", Form::Map(&ANY), "Types of records, and where the count of each stands").required(),
];

/// Workbooks.
pub(super) const WORKBOOK: [Key; 4] = [kind(&["workbook"]), packed(), title_lines(), header()];

/// An array in JSON, or elements of XML.
pub(super) const TREE: [Key; 4] = [
    kind(&["json", "xml"]),
    packed(),
    Key::new("records", TEXT, "The path of the records, such as data.patients or Patients/Patient"),
    record_type(),
];

/// Arrays with names of columns.
pub(super) const JSON_COLUMNS: [Key; 4] = [
    kind(&["json_columns"]),
    packed(),
    Key::new("columns", TEXT, "The path of the names of the columns").required(),
    Key::new("rows", TEXT, "The path of the arrays of values").required(),
];

/// Records of JSON one after the other.
pub(super) const TYPED: [Key; 3] = [kind(&["ndjson"]), packed(), record_type()];

/// A FHIR Bundle.
pub(super) const FHIR_BUNDLE: [Key; 2] = [kind(&["fhir_bundle"]), packed()];

/// HL7 v2.
pub(super) const HL7: [Key; 4] = [kind(&["hl7"]), packed(), encoding(), record_type()];

/// Parquet.
pub(super) const PARQUET: [Key; 3] = [kind(&["parquet"]), packed(), record_type()];

/// A table of a feed.
pub(super) const TABLE: [Key; 11] = [
    Key::new("record", TEXTS, "The types of the records that are its rows"),
    Key::new("sheet", ANY, "The sheet of a workbook: a name, or a pattern with *"),
    Key::new("member", TEXT, "The file in an archive: a name, or a pattern with *"),
    Key::new("each", TEXT, "The nested list whose items are the rows; of HL7 a segment"),
    Key::new("key", Form::List(&TEXT), "The columns that tell its rows apart"),
    Key::new("order", TEXTS, "Which of several rows of a key wins, such as updated_at desc"),
    Key::new("required", Form::List(&TEXT), "Columns without which a row is refused"),
    Key::new("complete", Form::List(&TEXT), "Columns whose nulls are named in incomplete_fields"),
    Key::new("filter", Form::List(&ANY), "Rows that are left out: { column: …, equals: …, rule: … }"),
    Key::new("operation", ANY, "What says that a row takes its key out: { from: …, remove: … } (upsert)"),
    Key::new("columns", Form::Map(&COLUMN), "The columns and where they come from").required(),
];

/// A column: the name of its source, several, or a map.
pub(super) const COLUMN: Form = Form::Either(&[ANY_SCALAR, Form::List(&ANY), Form::Keys(&COLUMN_KEYS)]);
const ANY_SCALAR: Form = Form::Either(&[Form::Text, Form::Whole(0, i64::MAX)]);

/// A source of a value, its steps, and when the column has it.
const COLUMN_KEYS: [Key; 24] = joined(VALUE, WITH);
const VALUE: [Key; 20] = joined(SOURCES, STEPS);

/// The keys of which a value has one: where it comes from.
pub(super) const SOURCES: [Key; 9] = [
    Key::new("from", ANY, "A header name, a field, or a path; of a list the first that is not null"),
    Key::new("position", Form::Whole(1, 16_384), "A column by its number"),
    Key::new("slice", ANY, "Characters of a line, such as 11-18"),
    Key::new("constant", ANY, "Always this"),
    Key::new("capture", TEXT, "What the name of the file has at {name}"),
    Key::new("parent", ANY, "A source of the record around the item"),
    Key::new("all", ANY, "Every value of what is there several times"),
    Key::new("concat", Form::List(&ANY), "Those that are not null, one after the other"),
    Key::new("list", Form::List(&ANY), "A list of those that are not null, each once"),
];

/// The steps of a value.
pub(super) const STEPS: [Key; 11] = [
    Key::new("split", ANY, "Cut on a text: { on: \",\", part: 2 }, -1 the last; a text alone makes a list"),
    Key::new("extract", TEXT, "The first capture of a regular expression"),
    Key::new("replace", Form::Map(&ANY), "Texts, and what stands in their place"),
    Key::new("case", Form::Word(&["upper", "lower"]), "Upper or lower case"),
    Key::new("pad", Form::Either(&[Form::Whole(1, 100), Form::Keys(&PAD)]), "Zeros at the left of what is all digits"),
    Key::new("strip", Form::Keys(&STRIP), "A text that is taken away at the start or the end"),
    Key::new("map", ANY, "A code list by name, or codes and what they mean; else: null, reject, keep or a value"),
    Key::new("lookup", Form::Keys(&LOOKUP), "A column of a small CSV file by key"),
    Key::new("date", TEXTS, "The format of the date, or several: the first that fits"),
    Key::new("datetime", TEXTS, "The format of the date and time, or several: the first that fits"),
    Key::new("number", Form::Either(&[Form::Word(&["plain"]), Form::Keys(&NUMBER)]), "How the number is written"),
];

/// What goes with a source.
const WITH: [Key; 4] = [
    Key::new("with", ANY, "What stands between the parts of concat"),
    Key::new("up", Form::Whole(1, 8), "How many records further out the parent is"),
    Key::new("steps", Form::List(&ANY), "Steps as a list, where one is needed twice"),
    Key::new("when", ANY, "The column is filled only if another source is one of these: { from: …, is: … }"),
];

/// Padding.
pub(super) const PAD: [Key; 3] = [
    Key::new("left", ANY, "The sign that is added"),
    Key::new("width", Form::Whole(1, 100), "How many characters there must be").required(),
    Key::new("any_text", Form::Boolean, "Whether what is not all digits is padded too"),
];

/// What is taken away.
pub(super) const STRIP: [Key; 2] =
    [Key::new("start", ANY, "The text that is taken away at the start"), Key::new("end", ANY, "… at the end")];

/// A column of a small file.
pub(super) const LOOKUP: [Key; 4] = [
    Key::new("file", TEXT, "The CSV file, below the folder of the configuration").required(),
    Key::new("key", TEXT, "Its column that has the key").required(),
    Key::new("column", TEXT, "Its column that is looked up").required(),
    Key::new("else", ANY, "What stands for a key that is not there: null, reject, keep or a value"),
];

/// How numbers are written.
pub(super) const NUMBER: [Key; 5] = [
    Key::new("decimal", TEXT, "The sign before the decimals"),
    Key::new("thousands", ANY, "The sign between thousands"),
    Key::new("currency", TEXT, "The sign or name of the currency"),
    Key::new("implied_decimals", Form::Whole(0, 9), "How many digits at the end are decimals"),
    Key::new("scale", ANY, "An exact decimal that the number is multiplied by"),
];

/// Returns the keys of both.
#[expect(clippy::indexing_slicing, reason = "it is carried out by the compiler, which tells what is wrong")]
const fn joined<const A: usize, const B: usize, const C: usize>(one: [Key; A], other: [Key; B]) -> [Key; C] {
    let mut all = [Key::new("", ANY, ""); C];
    let mut at = 0;
    while at < A + B {
        all[at] = if at < A { one[at] } else { other[at - A] };
        at += 1;
    }
    all
}

/// Returns the names of keys.
#[expect(clippy::indexing_slicing, reason = "it is carried out by the compiler, which tells what is wrong")]
pub(super) const fn names<const N: usize>(keys: &[Key; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = keys[at].name;
        at += 1;
    }
    names
}
