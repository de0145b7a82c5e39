//! The keys of the section: what each may be, what holds without it, and what it means.

use carelake_core::config::reader::{Form, Key, Preset};

const NAMES: Form = Form::List(&Form::Text);
const SHARE: Form = Form::Number(0.0, 1.0);
const AMOUNT: Form = Form::Number(0.0, f64::MAX);
const SPAN: Form = Form::Like("^[0-9]+[smhd]$");

/// The tests that need no settings.
pub(super) const PLAIN_TESTS: [&str; 3] = ["not_null", "unique", "no_future"];
/// The classes of columns.
pub(super) const CLASSES: [&str; 4] = ["public", "internal", "pii", "phi"];

/// The section.
pub(super) const CURATED: [Key; 3] = [
    Key::new("vars", Form::Map(&Form::Keys(&VAR)), "Values that SQL names as :name"),
    Key::new(
        "seeds",
        Form::Map(&Form::Text),
        "Files with values that belong to the models, by name; inputs of this name",
    ),
    Key::new("models", Form::Map(&Form::Keys(&MODEL)), "The models, by name").required(),
];

/// A value.
pub(super) const VAR: [Key; 2] = [
    Key::new("type", Form::Text, "Its type, such as integer").required(),
    Key::new("value", Form::Text, "The value").required(),
];

/// A model.
pub(super) const MODEL: [Key; 16] = [
    Key::new(
        "zone",
        Form::Word(&["curated", "transformed", "report"]),
        "What its rows are: normalised, joined, counted",
    )
    .required(),
    Key::new("description", Form::Text, "What a row is").required(),
    Key::new("owner", Form::Text, "Who is told of it"),
    Key::new("tags", NAMES, "Words by which it is selected"),
    Key::new(
        "inputs",
        Form::Map(&Form::Either(&[Form::Text, Form::Keys(&PATTERN)])),
        "Publications, by their name in SQL",
    ),
    Key::new("sql", Form::Text, "The file of its SQL"),
    Key::new("steps", Form::List(&Form::Any), "Its steps, instead of SQL"),
    Key::new("output", Form::Keys(&OUTPUT), "How it is published"),
    Key::new("columns", Form::Map(&Form::Keys(&COLUMN)), "The contract: these columns, in this order, of these types"),
    Key::new("contract", Form::Word(&["enforced", "none"]), "Whether columns are declared")
        .or(Preset::Text("enforced")),
    Key::new("tests", Form::List(&Form::Keys(&MODEL_TEST)), "What is asked of the rows before they are published"),
    Key::new("incremental", Form::Either(&[Form::Word(&["full"]), Form::Keys(&INCREMENTAL)]), "How much is made again"),
    Key::new("drives", Form::Text, "The input whose rows become the rows of the model, for the account"),
    Key::new("engine", Form::Word(&["polars"]), "What runs it").or(Preset::Text("polars")),
    Key::new("memory", Form::Like("^[0-9]+(MiB|GiB)$"), "Its share of the memory of the machine"),
    Key::new("allow_phi", Form::Boolean, "Whether a report may tell of somebody's health").or(Preset::Boolean(false)),
];

/// How much of a model is made again.
pub(super) const INCREMENTAL: [Key; 3] = [
    Key::new("by", Form::Word(&["full", "run", "partition"]), "What is made again when inputs change").required(),
    Key::new(
        "group",
        NAMES,
        "The columns by which rows belong together, in the model and in every table that it follows; output.key unless set",
    ),
    Key::new(
        "dimensions",
        Form::Map(&Form::Word(&["rebuild", "as_published"])),
        "What a change of an input does, by input",
    ),
];

/// Publications of a pattern, read as one by name.
pub(super) const PATTERN: [Key; 1] = [Key::new("pattern", Form::Text, "The pattern, such as loads/lab/*").required()];

/// How a model is published.
pub(super) const OUTPUT: [Key; 3] = [
    Key::new("kind", Form::Word(&["snapshot", "log"]), "Whether one run is served, or a list")
        .or(Preset::Text("snapshot")),
    Key::new("key", NAMES, "The columns that tell rows apart; rows are sorted by them"),
    Key::new("partition_by", NAMES, "The columns whose values are folders, outermost first"),
];

/// A column.
pub(super) const COLUMN: [Key; 4] = [
    Key::new(
        "type",
        Form::Text,
        "Its type: text, boolean, smallint, integer, bigint, double, decimal(p,s), date, timestamp, list<…>",
    )
    .required(),
    Key::new("class", Form::Word(&CLASSES), "How far what it holds may go"),
    Key::new("description", Form::Text, "What it holds"),
    Key::new(
        "tests",
        Form::List(&Form::Either(&[Form::Word(&PLAIN_TESTS), Form::Keys(&COLUMN_TEST)])),
        "What is asked of it",
    ),
];

const NAME: Key = Key::new("name", Form::Text, "The name of the test; from what it asks unless set");
const SEVERITY: Key =
    Key::new("severity", Form::Word(&["error", "warn"]), "Whether nothing is published when it fails")
        .or(Preset::Text("error"));
const ERROR_ABOVE: Key = Key::new("error_above", AMOUNT, "Rows, or a share below 1, that may fail");
const WARN_ABOVE: Key = Key::new("warn_above", AMOUNT, "Rows, or a share below 1, of which nothing is said");

/// A test of a column.
pub(super) const COLUMN_TEST: [Key; 9] = [
    Key::new("not_null", Form::Any, "It has a value in every row"),
    Key::new("unique", Form::Any, "No value is there twice"),
    Key::new("accepted_values", NAMES, "It has one of these values"),
    Key::new("range", Form::Keys(&RANGE), "It is between two numbers"),
    Key::new("regex", Form::Text, "It has this form"),
    NAME,
    SEVERITY,
    ERROR_ABOVE,
    WARN_ABOVE,
];

/// Two numbers.
pub(super) const RANGE: [Key; 2] = [
    Key::new("min", Form::Number(f64::MIN, f64::MAX), "The least"),
    Key::new("max", Form::Number(f64::MIN, f64::MAX), "The most"),
];

/// A test of a model.
pub(super) const MODEL_TEST: [Key; 14] = [
    Key::new("unique", NAMES, "No two rows have the same values in these columns"),
    Key::new("relationships", Form::Keys(&RELATIONSHIPS), "Each value of a column is one of another model"),
    Key::new("reconcile", Form::Keys(&RECONCILE), "The sum of a column is that of another model"),
    Key::new("rows", Form::Keys(&ROWS), "How many rows there are"),
    Key::new("sum_change", Form::Keys(&SUM_CHANGE), "How far a sum may move from what is served"),
    Key::new("freshness", Form::Keys(&FRESHNESS), "How old the newest row may be"),
    Key::new("expression", Form::Text, "A condition that holds of every row"),
    Key::new("distribution", Form::Keys(&DISTRIBUTION), "Of which share of rows a condition holds"),
    Key::new("empty", Form::Text, "A query that gives no row; this is the model"),
    Key::new("null_fails", Form::Boolean, "Whether a condition that is null fails").or(Preset::Boolean(false)),
    NAME,
    SEVERITY,
    ERROR_ABOVE,
    WARN_ABOVE,
];

const TO: Key = Key::new("to", Form::Text, "A column of a model or an input, such as cur_orders.order_id").required();
const OF: Key = Key::new("column", Form::Text, "A column of the model").required();

/// Values that are another model's.
pub(super) const RELATIONSHIPS: [Key; 2] = [OF, TO];

/// Sums that are equal.
pub(super) const RECONCILE: [Key; 3] =
    [OF, TO, Key::new("tolerance", SHARE, "How far they may be apart, as a share").or(Preset::Number(0.0))];

/// How many rows there are.
pub(super) const ROWS: [Key; 3] = [
    Key::new("min", Form::Whole(0, i64::MAX), "The fewest"),
    Key::new("max", Form::Whole(0, i64::MAX), "The most"),
    Key::new("max_change", AMOUNT, "How far from what is served, as a share"),
];

/// How far a sum may move.
pub(super) const SUM_CHANGE: [Key; 2] = [OF, Key::new("max_change", AMOUNT, "How far, as a share").required()];

/// How old the newest row may be.
pub(super) const FRESHNESS: [Key; 3] = [
    OF,
    Key::new("warn_after", SPAN, "From when on it is said"),
    Key::new("error_after", SPAN, "From when on nothing is published"),
];

/// A share of rows.
pub(super) const DISTRIBUTION: [Key; 3] = [
    Key::new("where", Form::Text, "The condition").required(),
    Key::new("min", SHARE, "The least share").or(Preset::Number(0.0)),
    Key::new("max", SHARE, "The greatest share").or(Preset::Number(1.0)),
];

const FROM: Key =
    Key::new("from", Form::Text, "What it works on: an input, a model or a step; the step before unless set");
const AS: Key = Key::new("as", Form::Text, "The name of the result, for later steps");
const KEY: Key = Key::new("key", NAMES, "The columns that tell rows apart").required();
const ORDER: Key = Key::new("order", NAMES, "Columns, each with desc where the greatest comes first").required();

/// One step: what it does, and on what.
pub(super) const STEP: [Key; 11] = [
    FROM,
    AS,
    Key::new("sql", Form::Text, "A file of SQL; the step before is previous"),
    Key::new("latest", Form::Keys(&LATEST), "The newest row of each key"),
    Key::new("dedupe", Form::Keys(&DEDUPE), "One of rows that are the same"),
    Key::new("unpivot", Form::Keys(&UNPIVOT), "Columns become rows"),
    Key::new("pivot", Form::Keys(&PIVOT), "Rows become columns"),
    Key::new("join", Form::Keys(&JOIN), "Columns of another table"),
    Key::new("spine", Form::Keys(&SPINE), "Periods without rows get one"),
    Key::new("resolve", Form::Keys(&RESOLVE), "What was merged into another leads to the last"),
    Key::new("scd2", Form::Keys(&SCD2), "The history of each key, from full copies"),
];

/// The newest row of each key.
pub(super) const LATEST: [Key; 2] = [KEY, ORDER];

/// One of rows that are the same.
pub(super) const DEDUPE: [Key; 1] = [Key::new("on", NAMES, "The columns in which they are the same; all unless set")];

/// Columns become rows.
pub(super) const UNPIVOT: [Key; 6] = [
    Key::new("keep", NAMES, "The columns that stay").required(),
    Key::new("columns", NAMES, "The columns that become rows"),
    Key::new("except", NAMES, "The columns that do not, beside those that stay and those of the lake itself"),
    Key::new("name", Form::Text, "The column of their names").or(Preset::Text("name")),
    Key::new("value", Form::Text, "The column of their values").or(Preset::Text("value")),
    Key::new("drop_nulls", Form::Boolean, "Whether null gives no row").or(Preset::Boolean(true)),
];

/// Rows become columns.
pub(super) const PIVOT: [Key; 6] = [
    Key::new("rows", NAMES, "The columns that make a row").required(),
    Key::new("name", Form::Text, "The column whose values are the new columns").required(),
    Key::new("value", Form::Text, "The column of their values").required(),
    Key::new("aggregate", Form::Word(&["fail", "max", "min", "sum", "count"]), "What two values of one cell become")
        .or(Preset::Text("fail")),
    Key::new("values", NAMES, "The values that become columns, in this order").required(),
    Key::new("on_new_value", Form::Word(&["fail", "drop"]), "What a value does that is not listed")
        .or(Preset::Text("fail")),
];

/// Columns of another table.
pub(super) const JOIN: [Key; 4] = [
    Key::new("with", Form::Text, "The other table: an input, a model or a step").required(),
    Key::new("on", NAMES, "The columns that are the same in both").required(),
    Key::new("kind", Form::Word(&["left", "inner"]), "Whether rows without a match stay").or(Preset::Text("left")),
    Key::new("cardinality", Form::Word(&["one", "many"]), "Whether a second match fails").or(Preset::Text("one")),
];

/// Periods without rows.
pub(super) const SPINE: [Key; 4] = [
    Key::new("unit", Form::Word(&["month", "week", "day"]), "How long a period is").or(Preset::Text("month")),
    Key::new("column", Form::Text, "The date on which a period begins").required(),
    Key::new("by", NAMES, "The columns of which each group has its periods").required(),
    Key::new("to", Form::Word(&["last", "as_of"]), "The last period: of the group, or of the day of the build")
        .or(Preset::Text("last")),
];

/// What was merged.
pub(super) const RESOLVE: [Key; 4] = [
    Key::new("id", Form::Text, "The column of the id").required(),
    Key::new("into", Form::Text, "The column of the id that it was merged into").required(),
    Key::new("as", Form::Text, "The column of the last one").or(Preset::Text("survivor_id")),
    Key::new("depth", Form::Whole(1, 100), "The longest chain").or(Preset::Whole(10)),
];

/// The history of each key.
pub(super) const SCD2: [Key; 3] = [
    KEY,
    Key::new("copy", Form::Text, "The column that tells full copies apart and begins with their date")
        .or(Preset::Text("_run_id")),
    Key::new("compare", NAMES, "The columns whose change begins a new version").required(),
];
