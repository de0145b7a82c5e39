//! Columns in figures, and what changed between the last two runs: counted from rows where somebody can read them, never a value.

use carelake_core::names::Publication;
use carelake_facts::all;
use carelake_pipeline::page::{Cell, Fact, Page, Row, Table};
use carelake_pipeline::pipeline::Failure;

use super::{Asked, failed};
use crate::draw::Shown;

/// Counts rows of publications. Where these pages cannot read rows, as on AWS, there is none.
pub trait Counts: Send + Sync {
    /// Returns what the columns hold that a publication serves; `None` where it serves nothing.
    ///
    /// # Errors
    /// As reading what is published.
    fn columns(&self, publication: &Publication) -> Result<Option<Columns>, Failure>;

    /// Returns what changed with the last run, by the key of the publication; or why that cannot be told, in words.
    ///
    /// # Errors
    /// As reading what is published.
    fn changes(&self, publication: &Publication) -> Result<Result<Changes, String>, Failure>;
}

/// What columns hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Rows that were looked at.
    pub rows: u64,
    /// Each column, in their order.
    pub columns: Vec<Column>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Rows without a value.
    pub nulls: u64,
    /// Distinct values, and whether they were counted exactly.
    pub distinct: (u64, bool),
    /// Characters of the shortest and the longest text.
    pub lengths: Option<(u64, u64)>,
}

/// What changed between two runs, or two lists of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The earlier and the later.
    pub between: (String, String),
    /// The columns that tell rows apart.
    pub key: Vec<String>,
    /// Rows that came, went, and changed.
    pub rows: [u64; 3],
    /// Columns that changed, each with its rows.
    pub columns: Vec<(String, u64)>,
}

/// Returns the page of the columns of a publication.
pub(super) fn columns(asked: &Asked<'_>, name: &str) -> Result<Option<Shown>, Failure> {
    let Some(of) = found(asked, name)? else { return Ok(None) };
    let told = asked.counts.map(|counts| counts.columns(&of)).transpose()?.flatten();
    let mut page = Page::new(format!("{name}: columns in figures"));
    let empty = match asked.counts {
        None => only_typed(asked, "profile", name),
        Some(_) => "it was never published".to_owned(),
    };
    let rows = told.as_ref().map_or(0, |told| told.rows);
    page.facts.push(Fact::new("rows", told.as_ref().map_or(Cell::None, |told| Cell::Count(told.rows))));
    let share = |nulls: u64| if rows == 0 { Cell::None } else { Cell::Share(nulls as f64 / rows as f64) };
    let line = |it: Column| {
        let (distinct, is_exact) = it.distinct;
        let (shortest, longest) = it.lengths.unzip();
        let count = |count: Option<u64>| count.map_or(Cell::None, Cell::Count);
        Row::new(vec![
            Cell::Code(it.name),
            Cell::text(it.kind),
            Cell::Count(it.nulls),
            share(it.nulls),
            Cell::Count(distinct),
            Cell::text(if is_exact { "" } else { "about" }),
            count(shortest),
            count(longest),
        ])
    };
    let lines = told.into_iter().flat_map(|told| told.columns).map(line).collect();
    let header = ["column", "type", "missing", "share", "distinct", "counted", "shortest", "longest"];
    page.tables.push(Table::new("columns", &header, lines, empty));
    Ok(Some(page.into()))
}

/// Returns the page of what changed with the last run of a publication.
pub(super) fn changes(asked: &Asked<'_>, name: &str) -> Result<Option<Shown>, Failure> {
    let Some(of) = found(asked, name)? else { return Ok(None) };
    let mut page = Page::new(format!("{name}: what changed last"));
    let told = match asked.counts {
        None => Err(only_typed(asked, "diff", name)),
        Some(counts) => counts.changes(&of)?,
    };
    let (lines, empty) = match told {
        Err(why) => (Vec::new(), why),
        Ok(told) => {
            let [added, removed, changed] = told.rows;
            page.facts = vec![
                Fact::new("from", Cell::text(told.between.0)),
                Fact::new("to", Cell::text(told.between.1)),
                Fact::new("rows that came", Cell::Count(added)),
                Fact::new("rows that went", Cell::Count(removed)),
                Fact::new("rows that changed", Cell::Count(changed)),
                Fact::new("told apart by", Cell::text(told.key.join(", "))),
            ];
            let lines =
                told.columns.into_iter().map(|(column, rows)| Row::new(vec![Cell::Code(column), Cell::Count(rows)]));
            (lines.collect(), "no row that both have differs".to_owned())
        }
    };
    page.tables.push(Table::new("columns that changed", &["column", "rows"], lines, empty));
    Ok(Some(page.into()))
}

fn found(asked: &Asked<'_>, name: &str) -> Result<Option<Publication>, Failure> {
    Ok(all(&asked.lake()).map_err(failed)?.into_iter().find(|it| it.path() == name))
}

fn only_typed(asked: &Asked<'_>, verb: &str, name: &str) -> String {
    format!("these pages read no rows; type: carelake {} {verb} {name}", asked.context.options).replace("  ", " ")
}
