//! Tests as questions in SQL: each asks for the rows that fail. `this` is the model.

use crate::config::{Check, Model};

/// What a test asks.
pub(super) enum Question {
    /// For the rows that fail.
    Failing(String),
    /// For one number of the model, and one of another table or of what was served before.
    Number(String),
}

/// Returns the question of a test. `keys` are the columns by which a failing row is shown.
pub(super) fn question(model: &Model, check: &Check) -> Question {
    let keys = if model.output.key.is_empty() {
        model.columns.iter().flatten().take(3).map(|column| column.name.clone()).collect()
    } else {
        model.output.key.clone()
    };
    let shown = |also: &str| {
        let mut names = keys.clone();
        if !also.is_empty() && !names.iter().any(|name| name == also) {
            names.push(also.to_owned());
        }
        if names.is_empty() {
            "1 AS row".to_owned()
        } else {
            names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
        }
    };
    let rows = |also: &str, condition: String| {
        Question::Failing(format!("SELECT {} FROM this WHERE {condition}", shown(also)))
    };
    match check {
        Check::NotNull(column) => rows("", format!("{} IS NULL", quoted(column))),
        Check::Unique(columns) => {
            let names = columns.iter().map(|name| quoted(name)).collect::<Vec<_>>();
            let filled = names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
            let names = names.join(", ");
            Question::Failing(format!(
                "SELECT {names}, count(*) AS times FROM this WHERE {filled} GROUP BY {names} HAVING count(*) > 1"
            ))
        }
        Check::AcceptedValues(column, values) => {
            let values =
                values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect::<Vec<_>>().join(", ");
            let name = quoted(column);
            rows(column, format!("{name} IS NOT NULL AND CAST({name} AS varchar) NOT IN ({values})"))
        }
        Check::Range(column, min, max) => {
            let name = quoted(column);
            let below = min.map(|min| format!("{name} < {}", number(min)));
            let above = max.map(|max| format!("{name} > {}", number(max)));
            let outside = below.into_iter().chain(above).collect::<Vec<_>>().join(" OR ");
            rows(column, if outside.is_empty() { "false".to_owned() } else { format!("({outside})") })
        }
        Check::Regex(column, pattern) => {
            let pattern = pattern.replace('\'', "''");
            rows(column, format!("{0} IS NOT NULL AND NOT regexp_like({0}, '{pattern}')", quoted(column)))
        }
        Check::Relationships { column, to, to_column } => {
            let (name, other) = (quoted(column), quoted(to_column));
            let found = format!("SELECT {other} FROM {} WHERE {other} IS NOT NULL", quoted(to));
            rows(column, format!("{name} IS NOT NULL AND {name} NOT IN ({found})"))
        }
        Check::NoFuture(column) => {
            rows(column, format!("{} >= start_of_day(:as_of + INTERVAL '1' DAY)", quoted(column)))
        }
        Check::Expression { text, null_fails: false } => rows("", format!("NOT ({text})")),
        Check::Expression { text, null_fails: true } => rows("", format!("NOT coalesce(({text}), false)")),
        Check::Empty(text) => Question::Failing(text.clone()),
        Check::Rows { .. } => Question::Number("SELECT CAST(count(*) AS double) AS n FROM this".to_owned()),
        Check::SumChange { column, .. } | Check::Reconcile { column, .. } => Question::Number(sum(column, "this")),
        Check::Freshness { column, .. } => {
            let newest = format!("SELECT max({}) AS newest FROM this", quoted(column));
            Question::Number(format!(
                "SELECT minutes_between(newest, TIMESTAMP '1970-01-01 00:00:00 UTC') AS n FROM ({newest}) AS m"
            ))
        }
        Check::Distribution { condition, .. } => {
            Question::Number(format!("SELECT ratio(count(*) FILTER (WHERE {condition}), count(*)) AS n FROM this"))
        }
    }
}

/// Returns the question for the sum of a column.
pub(super) fn sum(column: &str, table: &str) -> String {
    format!("SELECT coalesce(sum(CAST({} AS double)), 0.0) AS n FROM {}", quoted(column), quoted(table))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', ""))
}

fn number(number: f64) -> String {
    let text = number.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}
