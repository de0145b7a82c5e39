//! `show tables` and its like: what tables and columns there are, asked as other engines are asked.
//!
//! A listing is answered as a query is: it becomes one that has its rows as values.

use carelake_query::{Column, Kind, Table};

use crate::tables::{NOW, Tables, meaning, purpose};

/// What is to be listed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    Tables,
    /// The columns of a table, or of every table.
    Columns(Option<String>),
}

impl Listing {
    /// Reads a text that asks for a listing; `None` for every other.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches(';').trim_end();
        let words: Vec<&str> = text.split_whitespace().collect();
        let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let table = || words.last().map(|word| unquoted(word));
        Some(match lower.as_slice() {
            ["show", "tables"] | [".tables"] | ["describe"] => Self::Tables,
            [".schema"] => Self::Columns(None),
            ["show", "columns", "from" | "in", _] | ["describe" | "desc" | ".schema", _] | ["describe", "table", _] => {
                Self::Columns(table())
            }
            _ => return None,
        })
    }

    /// Returns the query that has the listing as its answer.
    pub(crate) fn sql(&self, tables: &Tables) -> String {
        match self {
            Self::Tables => {
                let row = |table: &Table| {
                    format!("({}, {}, {})", literal(table.name()), table.rows(), literal(purpose(table)))
                };
                let view = |(name, _): (&str, &Table)| format!("({}, null, {})", literal(name), literal(NOW));
                let rows = tables.known.iter().map(|table| row(table)).chain(tables.listed_views().map(view));
                select(&["table", "rows", "holds"], &rows.collect::<Vec<_>>())
            }
            Self::Columns(None) => {
                let row = |name: &str, column: String| format!("({}, {column})", literal(name));
                let named = tables.known.iter().map(|table| (table.name(), &**table)).chain(tables.listed_views());
                let rows: Vec<String> = named
                    .flat_map(|(name, table)| columns(table).into_iter().map(move |column| row(name, column)))
                    .collect();
                select(&["table", "column", "type", "holds"], &rows)
            }
            Self::Columns(Some(name)) => match tables.of_columns(name) {
                Some(table) => {
                    let rows: Vec<String> = columns(table).into_iter().map(|column| format!("({column})")).collect();
                    select(&["column", "type", "holds"], &rows)
                }
                // Asking for it fails and says what there is.
                None => format!("select * from \"{}\"", name.replace('"', "\"\"")),
            },
        }
    }
}

/// Returns the columns of a table as values: name, type and meaning.
fn columns(table: &Table) -> Vec<String> {
    let value = |column: &Column| {
        format!("{}, '{}', {}", literal(&column.name), word(column.kind), literal(&meaning(table, &column.name)))
    };
    table.columns().iter().map(value).collect()
}

/// Returns a query for these values.
fn select(names: &[&str], rows: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let names = names.join(", ");
    format!("with listing({names}) as (values {}) select * from listing", rows.join(", "))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns a name without the quotes that SQL may write around it.
fn unquoted(name: &str) -> String {
    for quote in ['"', '`', '\''] {
        if let Some(inner) = name.strip_prefix(quote).and_then(|name| name.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    name.to_owned()
}

/// Returns what SQL calls the values of a kind.
const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Real => "real",
        Kind::Date => "date",
        Kind::Timestamp => "timestamp",
        Kind::Decimal => "decimal",
        Kind::List => "list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_engines_words_are_understood_and_queries_are_left_alone() {
        let columns = |name: &str| Some(Listing::Columns(Some(name.to_owned())));
        for (text, expected) in [
            ("show tables", Some(Listing::Tables)),
            (" SHOW  TABLES ; ", Some(Listing::Tables)),
            (".tables", Some(Listing::Tables)),
            (".schema", Some(Listing::Columns(None))),
            ("describe clinicians;", columns("clinicians")),
            ("desc \"hospitals/mercy\"", columns("hospitals/mercy")),
            ("Describe Table Clinicians", columns("Clinicians")),
            ("show columns from `providers`", columns("providers")),
            (".schema rejects", columns("rejects")),
            ("select * from tables", None),
            ("show", None),
            ("", None),
        ] {
            assert_eq!(Listing::of(text), expected, "{text}");
        }
    }
}
