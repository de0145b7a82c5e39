//! The steps of a model that SQL would say badly.

use std::path::Path;

use carelake_core::config::reader::{Fields, Key, Mistakes, Spot};

use super::keys::{DEDUPE, JOIN, LATEST, PIVOT, RESOLVE, SCD2, SPINE, STEP, UNPIVOT};
use super::script::Script;

/// A step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it works on: an input, a model or a named step; nothing: the step before.
    pub from: Option<String>,
    /// The name of its result.
    pub named: Option<String>,
    /// What it does.
    pub action: Action,
}

/// A column to order by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    /// The column.
    pub column: String,
    /// Whether the greatest comes first.
    pub is_descending: bool,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Asks in SQL; the step before is `previous`.
    Sql(Script),
    /// Keeps the first row of each key. The order must be total: two first rows that differ fail.
    Latest {
        /// The columns that tell rows apart.
        key: Vec<String>,
        /// What comes first.
        order: Vec<OrderBy>,
    },
    /// Keeps one of rows that are the same in these columns; in all of them when none are named.
    Dedupe {
        /// The columns in which they are the same.
        on: Vec<String>,
    },
    /// Makes rows of columns.
    Unpivot {
        /// The columns that stay.
        keep: Vec<String>,
        /// The columns that become rows; all others where there are none.
        columns: Vec<String>,
        /// The columns that do not become rows.
        except: Vec<String>,
        /// The column of names.
        name: String,
        /// The column of values.
        value: String,
        /// Whether null gives no row.
        drop_nulls: bool,
    },
    /// Makes columns of rows, named by their values in lower case.
    Pivot {
        /// The columns that make a row.
        rows: Vec<String>,
        /// The column of names.
        name: String,
        /// The column of values.
        value: String,
        /// What two values of one cell become.
        aggregate: Aggregate,
        /// The values that become columns, in order.
        values: Vec<String>,
        /// Whether a value that is not listed is left out; else it fails.
        drops_new: bool,
    },
    /// Adds the columns of another table.
    Join {
        /// The other table.
        with: String,
        /// The columns in which they are the same.
        on: Vec<String>,
        /// Whether rows without a match go.
        is_inner: bool,
        /// Whether a second match fails.
        is_one: bool,
    },
    /// Adds a row for each period of a group that has none.
    Spine {
        /// How long a period is.
        unit: Unit,
        /// The column.
        column: String,
        /// The columns of which each group has its periods.
        by: Vec<String>,
        /// Whether periods go to the day of the build.
        to_as_of: bool,
    },
    /// Follows merges to the end.
    Resolve {
        /// The column of the id.
        id: String,
        /// The column of the id that it was merged into.
        into: String,
        /// The column of the last one.
        named: String,
        /// The longest chain.
        depth: u32,
    },
    /// Makes the history of each key of full copies.
    Scd2 {
        /// The columns that tell rows apart.
        key: Vec<String>,
        /// The column that tells copies apart.
        copy: String,
        /// The columns whose change begins a version.
        compare: Vec<String>,
    },
}

/// What two values of one cell become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// They fail.
    Fail,
    /// The greatest.
    Max,
    /// The least.
    Min,
    /// Their sum.
    Sum,
    /// How many they are.
    Count,
}

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A month.
    Month,
    /// Seven days.
    Week,
    /// A day.
    Day,
}

impl Step {
    /// Reads a step.
    pub(super) fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Self> {
        let fields = spot.keyed(&STEP, mistakes);
        let text = |key: &str, mistakes: &mut Mistakes| fields.get(key).and_then(|spot| spot.text("a name", mistakes));
        let (from, named) = (text("from", mistakes), text("as", mistakes));
        let kinds: Vec<&str> = STEP.iter().map(|key| key.name).filter(|name| !["from", "as"].contains(name)).collect();
        let found: Vec<(&str, Spot<'_>)> = kinds.iter().filter_map(|kind| Some((*kind, fields.get(kind)?))).collect();
        let [(kind, spot)] = found.as_slice() else {
            spot.expected(format_args!("one step: {}", kinds.join(", ")), mistakes);
            return None;
        };
        Some(Self { from, named, action: Action::read(kind, spot, folder, mistakes)? })
    }

    /// Returns the tables that it names, beside what it is told to begin with.
    #[must_use]
    pub fn tables(&self) -> Vec<&str> {
        let mut named: Vec<&str> = self.from.iter().map(String::as_str).collect();
        match &self.action {
            Action::Sql(script) => named.extend(script.tables().into_iter().filter(|name| *name != PREVIOUS)),
            Action::Join { with, .. } => named.push(with),
            _ => {}
        }
        named
    }
}

/// The name in SQL of the step before.
pub const PREVIOUS: &str = "previous";

impl Action {
    fn read(kind: &str, spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Self> {
        let read = |keys: &[Key], mistakes: &mut Mistakes| spot.keyed(keys, mistakes);
        Some(match kind {
            "sql" => Self::Sql(Script::read(spot, folder, mistakes)?),
            "latest" => {
                let fields = read(&LATEST, mistakes);
                let order = list(&fields, "order", mistakes);
                Self::Latest {
                    key: required(&fields, "key", mistakes),
                    order: order.iter().map(|it| order_by(it)).collect(),
                }
            }
            "dedupe" => Self::Dedupe { on: list(&read(&DEDUPE, mistakes), "on", mistakes) },
            "unpivot" => {
                let fields = read(&UNPIVOT, mistakes);
                let (columns, except) = (list(&fields, "columns", mistakes), list(&fields, "except", mistakes));
                Self::Unpivot {
                    keep: required(&fields, "keep", mistakes),
                    columns,
                    except,
                    name: or(&fields, "name", "name", mistakes),
                    value: or(&fields, "value", "value", mistakes),
                    drop_nulls: fields.get("drop_nulls").and_then(|spot| spot.boolean(mistakes)).unwrap_or(true),
                }
            }
            "pivot" => {
                let fields = read(&PIVOT, mistakes);
                let others = [Aggregate::Max, Aggregate::Min, Aggregate::Sum, Aggregate::Count];
                Self::Pivot {
                    rows: required(&fields, "rows", mistakes),
                    name: fields.text("name", "a column", mistakes),
                    value: fields.text("value", "a column", mistakes),
                    aggregate: fields.word("aggregate", Aggregate::Fail, &others, mistakes),
                    values: required(&fields, "values", mistakes),
                    drops_new: fields.word("on_new_value", false, &[true], mistakes),
                }
            }
            "join" => {
                let fields = read(&JOIN, mistakes);
                Self::Join {
                    with: fields.text("with", "a table", mistakes),
                    on: required(&fields, "on", mistakes),
                    is_inner: fields.word("kind", false, &[true], mistakes),
                    is_one: fields.word("cardinality", true, &[false], mistakes),
                }
            }
            "spine" => {
                let fields = read(&SPINE, mistakes);
                Self::Spine {
                    unit: fields.word("unit", Unit::Month, &[Unit::Week, Unit::Day], mistakes),
                    column: fields.text("column", "a column of dates", mistakes),
                    by: required(&fields, "by", mistakes),
                    to_as_of: fields.word("to", false, &[true], mistakes),
                }
            }
            "resolve" => {
                let fields = read(&RESOLVE, mistakes);
                Self::Resolve {
                    id: fields.text("id", "a column", mistakes),
                    into: fields.text("into", "a column", mistakes),
                    named: or(&fields, "as", "survivor_id", mistakes),
                    depth: fields.whole("depth", mistakes),
                }
            }
            _ => {
                let fields = read(&SCD2, mistakes);
                Self::Scd2 {
                    key: required(&fields, "key", mistakes),
                    copy: or(&fields, "copy", "_run_id", mistakes),
                    compare: required(&fields, "compare", mistakes),
                }
            }
        })
    }

    /// Returns the name by which the configuration knows it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sql(_) => "sql",
            Self::Latest { .. } => "latest",
            Self::Dedupe { .. } => "dedupe",
            Self::Unpivot { .. } => "unpivot",
            Self::Pivot { .. } => "pivot",
            Self::Join { .. } => "join",
            Self::Spine { .. } => "spine",
            Self::Resolve { .. } => "resolve",
            Self::Scd2 { .. } => "scd2",
        }
    }
}

fn order_by(text: &str) -> OrderBy {
    let (column, direction) = text.split_once(' ').unwrap_or((text, ""));
    OrderBy { column: column.to_owned(), is_descending: direction.trim().eq_ignore_ascii_case("desc") }
}

fn or(fields: &Fields<'_>, key: &str, usual: &str, mistakes: &mut Mistakes) -> String {
    fields.get(key).and_then(|spot| spot.text("a column", mistakes)).unwrap_or_else(|| usual.to_owned())
}

fn list(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let texts = fields.get(key).map(|spot| spot.texts("names", mistakes)).unwrap_or_default();
    texts.into_iter().map(|(text, _)| text).collect()
}

fn required(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let spot = fields.required(key, "a list of names", mistakes);
    let texts = spot.map(|spot| spot.texts("names", mistakes)).unwrap_or_default();
    texts.into_iter().map(|(text, _)| text).collect()
}
