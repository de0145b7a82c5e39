//! Tests that are declared on a model: what is asked of its rows before they are published.

use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::duration;
use super::keys::{
    COLUMN_TEST, DISTRIBUTION, FRESHNESS, MODEL_TEST, PLAIN_TESTS, RANGE, RECONCILE, RELATIONSHIPS, ROWS, SUM_CHANGE,
};

/// A test.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// Its name, unlike that of every other test of the model.
    pub name: String,
    /// What is asked.
    pub check: Check,
    /// What happens when it fails.
    pub severity: Severity,
    /// Failing rows up to which it does not fail.
    pub error_above: Option<Allowed>,
    /// Failing rows up to which nothing is said.
    pub warn_above: Option<Allowed>,
}

/// What happens when a test fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is published.
    Error,
    /// It is published, and said.
    Warn,
}

/// How many rows may fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allowed {
    /// So many.
    Count(u64),
    /// A share of all rows, below 1.
    Share(f64),
}

impl Allowed {
    /// Returns whether so many failing rows of all are more than may be.
    #[must_use]
    pub fn is_passed(self, failing: u64, rows: u64) -> bool {
        match self {
            Self::Count(count) => failing > count,
            #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
            Self::Share(share) => failing as f64 > share * rows as f64,
        }
    }
}

/// What is asked of the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// A column has a value in every row.
    NotNull(String),
    /// No two rows have the same values in these columns; rows with a null are left out.
    Unique(Vec<String>),
    /// A column has one of these values, or null.
    AcceptedValues(String, Vec<String>),
    /// A column is between two numbers, inclusive, or null.
    Range(String, Option<f64>, Option<f64>),
    /// A column of text has a form, or null.
    Regex(String, String),
    /// Each value of a column is one of a column of a model or input, or null.
    Relationships {
        /// The column.
        column: String,
        /// The other model or input.
        to: String,
        /// Its column.
        to_column: String,
    },
    /// There are so many rows, and not far more or fewer than in what is served.
    Rows {
        /// The least.
        min: Option<u64>,
        /// The most.
        max: Option<u64>,
        /// How far it may move, as a share.
        max_change: Option<f64>,
    },
    /// The sum of a column is not far from that of what is served.
    SumChange {
        /// The column.
        column: String,
        /// How far it may move, as a share.
        max_change: f64,
    },
    /// The newest time of a column is not older, seconds.
    Freshness {
        /// The column.
        column: String,
        /// Seconds after which it is said.
        warn_after: Option<i64>,
        /// Seconds after which it fails.
        error_after: Option<i64>,
    },
    /// No time of a column is after the day of the build.
    NoFuture(String),
    /// A condition holds of every row; where it is null it passes, unless null fails.
    Expression {
        /// The condition.
        text: String,
        /// Whether null fails.
        null_fails: bool,
    },
    /// The sum of a column is the sum of a column of another model or input, within a relative tolerance.
    Reconcile {
        /// The column.
        column: String,
        /// The other model or input.
        to: String,
        /// Its column.
        to_column: String,
        /// How far apart they may be, as a share.
        tolerance: f64,
    },
    /// The share of rows of which a condition holds is between two numbers, 0 to 1.
    Distribution {
        /// The condition.
        condition: String,
        /// The least.
        min: f64,
        /// The most.
        max: f64,
    },
    /// A query gives no row; `this` is the model.
    Empty(String),
}

impl Check {
    /// Returns what kind of test it is, as the configuration names it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotNull(_) => "not_null",
            Self::Unique(_) => "unique",
            Self::AcceptedValues(..) => "accepted_values",
            Self::Range(..) => "range",
            Self::Regex(..) => "regex",
            Self::Relationships { .. } => "relationships",
            Self::Rows { .. } => "rows",
            Self::SumChange { .. } => "sum_change",
            Self::Freshness { .. } => "freshness",
            Self::NoFuture(_) => "no_future",
            Self::Expression { .. } => "expression",
            Self::Reconcile { .. } => "reconcile",
            Self::Distribution { .. } => "distribution",
            Self::Empty(_) => "empty",
        }
    }

    /// Returns the columns of the model that it names.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Unique(columns) => columns.iter().map(String::as_str).collect(),
            Self::NotNull(column)
            | Self::NoFuture(column)
            | Self::AcceptedValues(column, _)
            | Self::Range(column, ..)
            | Self::Regex(column, _)
            | Self::Relationships { column, .. }
            | Self::SumChange { column, .. }
            | Self::Freshness { column, .. }
            | Self::Reconcile { column, .. } => vec![column],
            Self::Rows { .. } | Self::Expression { .. } | Self::Distribution { .. } | Self::Empty(_) => Vec::new(),
        }
    }

    /// Returns the model or input that it asks beside the model itself.
    #[must_use]
    pub fn asks(&self) -> Option<&str> {
        match self {
            Self::Relationships { to, .. } | Self::Reconcile { to, .. } => Some(to),
            _ => None,
        }
    }
}

/// Reads the tests of a column.
pub(super) fn column_tests(column: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Declared> {
    let mut found = Vec::new();
    for spot in spot.list("tests, such as not_null", mistakes) {
        if let Some(text) = spot.raw_text() {
            let check = match text {
                "not_null" => Some(Check::NotNull(column.to_owned())),
                "unique" => Some(Check::Unique(vec![column.to_owned()])),
                "no_future" => Some(Check::NoFuture(column.to_owned())),
                _ => {
                    let message = format!("must be one of {}, or a test with settings", PLAIN_TESTS.join(", "));
                    mistakes.unknown(&spot, message, text, PLAIN_TESTS);
                    None
                }
            };
            found.extend(check.map(|check| plain(check, column)));
            continue;
        }
        let fields = spot.keyed(&COLUMN_TEST, mistakes);
        let check = one_of(&fields, &COLUMN_TEST, mistakes).and_then(|(kind, spot)| match kind {
            "not_null" => Some(Check::NotNull(column.to_owned())),
            "unique" => Some(Check::Unique(vec![column.to_owned()])),
            "accepted_values" => {
                let values = spot.texts("values", mistakes).into_iter().map(|(value, _)| value).collect();
                Some(Check::AcceptedValues(column.to_owned(), values))
            }
            "range" => {
                let fields = spot.keyed(&RANGE, mistakes);
                let (min, max) = (number(&fields, "min", mistakes), number(&fields, "max", mistakes));
                Some(Check::Range(column.to_owned(), min, max))
            }
            _ => Some(Check::Regex(column.to_owned(), spot.text("a regular expression", mistakes)?)),
        });
        found.extend(check.map(|check| with_settings(check, Some(column), &fields, mistakes)));
    }
    found
}

/// Reads the tests of a model.
pub(super) fn model_tests(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Declared> {
    let mut found = Vec::new();
    for spot in spot.list("tests", mistakes) {
        let fields = spot.keyed(&MODEL_TEST, mistakes);
        let check =
            one_of(&fields, &MODEL_TEST, mistakes).and_then(|(kind, spot)| model_check(kind, &fields, &spot, mistakes));
        found.extend(check.map(|check| with_settings(check, None, &fields, mistakes)));
    }
    found
}

fn model_check(kind: &str, fields: &Fields<'_>, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Check> {
    let list = |spot: &Spot<'_>, mistakes: &mut Mistakes| -> Vec<String> {
        spot.texts("columns", mistakes).into_iter().map(|(name, _)| name).collect()
    };
    Some(match kind {
        "unique" => Check::Unique(list(spot, mistakes)),
        "relationships" => {
            let fields = spot.keyed(&RELATIONSHIPS, mistakes);
            let column = fields.text("column", "a column", mistakes);
            let (to, to_column) = target(&fields, mistakes)?;
            Check::Relationships { column, to, to_column }
        }
        "reconcile" => {
            let fields = spot.keyed(&RECONCILE, mistakes);
            let column = fields.text("column", "a column", mistakes);
            let (to, to_column) = target(&fields, mistakes)?;
            Check::Reconcile { column, to, to_column, tolerance: fields.fraction_or("tolerance", 0.0, mistakes) }
        }
        "rows" => {
            let fields = spot.keyed(&ROWS, mistakes);
            let count = |key: &str, mistakes: &mut Mistakes| {
                fields.get(key).and_then(|spot| spot.number("a whole number", 0..=u64::MAX, mistakes))
            };
            let (min, max) = (count("min", mistakes), count("max", mistakes));
            Check::Rows { min, max, max_change: number(&fields, "max_change", mistakes) }
        }
        "sum_change" => {
            let fields = spot.keyed(&SUM_CHANGE, mistakes);
            let column = fields.text("column", "a column of numbers", mistakes);
            Check::SumChange { column, max_change: fields.fraction_or("max_change", 0.5, mistakes) }
        }
        "freshness" => {
            let fields = spot.keyed(&FRESHNESS, mistakes);
            let column = fields.text("column", "a column of times", mistakes);
            let after =
                |key: &str, mistakes: &mut Mistakes| fields.get(key).and_then(|spot| duration::read(&spot, mistakes));
            let (warn_after, error_after) = (after("warn_after", mistakes), after("error_after", mistakes));
            Check::Freshness { column, warn_after, error_after }
        }
        "expression" => {
            let null_fails = fields.get("null_fails").and_then(|spot| spot.boolean(mistakes)).unwrap_or(false);
            Check::Expression { text: spot.text("a condition in SQL", mistakes)?, null_fails }
        }
        "distribution" => {
            let fields = spot.keyed(&DISTRIBUTION, mistakes);
            let condition = fields.text("where", "a condition in SQL", mistakes);
            let (min, max) = (fields.fraction_or("min", 0.0, mistakes), fields.fraction_or("max", 1.0, mistakes));
            Check::Distribution { condition, min, max }
        }
        _ => Check::Empty(spot.text("a query that must give no row", mistakes)?),
    })
}

/// Reads `to: model.column`.
fn target(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<(String, String)> {
    let spot = fields.required("to", "a column of a model, such as cur_orders.order_id", mistakes)?;
    let text = spot.text("a column of a model, such as cur_orders.order_id", mistakes)?;
    let found = text.split_once('.').map(|(model, column)| (model.to_owned(), column.to_owned()));
    if found.is_none() {
        spot.expected("a column of a model, such as cur_orders.order_id", mistakes);
    }
    found
}

fn number(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> Option<f64> {
    fields.get(key).and_then(|spot| spot.number("a number", f64::MIN..=f64::MAX, mistakes))
}

/// Returns the one key of a test that says what is asked.
fn one_of<'a>(
    fields: &Fields<'a>,
    keys: &[carelake_core::config::reader::Key],
    mistakes: &mut Mistakes,
) -> Option<(&'static str, Spot<'a>)> {
    const SETTINGS: [&str; 5] = ["name", "severity", "error_above", "warn_above", "null_fails"];
    let asked = keys.iter().map(|key| key.name).filter(|name| !SETTINGS.contains(name));
    let mut found = asked.filter_map(|name| Some((name, fields.get(name)?)));
    let first = found.next();
    if first.is_none() || found.next().is_some() {
        let kinds: Vec<&str> = keys.iter().map(|key| key.name).filter(|name| !SETTINGS.contains(name)).collect();
        fields.owner.expected(format_args!("one test: {}", kinds.join(", ")), mistakes);
        return None;
    }
    first
}

fn plain(check: Check, column: &str) -> Declared {
    let name = format!("{}_{column}", check.kind());
    Declared { name, check, severity: Severity::Error, error_above: None, warn_above: None }
}

fn with_settings(check: Check, column: Option<&str>, fields: &Fields<'_>, mistakes: &mut Mistakes) -> Declared {
    let own = check.columns().join("_");
    let own = column.map_or(own, str::to_owned);
    let usual = if own.is_empty() { check.kind().to_owned() } else { format!("{}_{own}", check.kind()) };
    let name = fields.get("name").and_then(|spot| spot.text("a name", mistakes)).unwrap_or(usual);
    let severity = fields.choice_or(
        "severity",
        &[("error", Severity::Error), ("warn", Severity::Warn)],
        Severity::Error,
        mistakes,
    );
    let mut allowed = |key: &str| {
        let spot = fields.get(key)?;
        let number = spot.number("a count, or a share below 1,", 0.0..=f64::MAX, mistakes)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in the range")]
        Some(if number > 0.0 && number < 1.0 { Allowed::Share(number) } else { Allowed::Count(number as u64) })
    };
    let (error_above, warn_above) = (allowed("error_above"), allowed("warn_above"));
    Declared { name, check, severity, error_above, warn_above }
}
