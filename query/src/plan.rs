//! How SQLite and a table agree to read it: which columns, which comparisons, and in which order.

use rusqlite::vtab::{IndexConstraintOp, IndexInfo};

use crate::constraint::Comparison;
use crate::table::Table;

/// A way to read a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// The columns that are used.
    pub used: Vec<bool>,
    /// Comparisons whose values SQLite gives when it starts to read, in the order of its arguments.
    pub terms: Vec<Term>,
    /// The partition columns by which the files are sorted, and whether downwards.
    pub order: Vec<(usize, bool)>,
}

/// One comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Term {
    pub column: usize,
    pub comparison: Comparison,
    pub values: Values,
}

/// Where the values of a comparison come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// The text of the query.
    Constant,
    /// A list, given as a whole.
    List,
    /// A row of another table, or an expression.
    Computed,
}

impl Plan {
    /// Whether rows are looked up by values that may come again and again, as in a join.
    pub(crate) fn is_lookup(&self) -> bool {
        self.terms.iter().any(Term::is_lookup)
    }
}

impl Term {
    /// Whether rows are looked up by the values of this comparison.
    pub(crate) fn is_lookup(&self) -> bool {
        self.values == Values::Computed && self.comparison == Comparison::Equal
    }
}

/// Chooses how to read a table, and tells SQLite what that costs.
pub(crate) fn choose(table: &Table, info: &mut IndexInfo) -> rusqlite::Result<Plan> {
    let mut terms: Vec<(usize, Term)> = Vec::new();
    let offered: Vec<(usize, i32, Option<Comparison>)> = info
        .constraints()
        .enumerate()
        .filter(|(_, offered)| offered.is_usable())
        .map(|(at, offered)| (at, offered.column(), comparison(&offered.operator())))
        .collect();
    for (at, column, comparison) in offered {
        let (Ok(column), Some(comparison)) = (usize::try_from(column), comparison) else { continue };
        if column >= table.columns.len() || info.collation(at)? != "BINARY" {
            continue;
        }
        let values = if info.is_in_constraint(at)? {
            Values::List
        } else if info.rhs_value(at)?.is_some() {
            Values::Constant
        } else {
            Values::Computed
        };
        terms.push((at, Term { column, comparison, values }));
    }
    // Rows that are kept for look-ups are found by equal values; what else differs from look-up to look-up is left to SQLite.
    if terms.iter().any(|(_, term)| term.is_lookup()) {
        terms.retain(|(_, term)| term.values == Values::Constant || term.is_lookup());
    }
    for (argument, (at, term)) in terms.iter().enumerate() {
        if term.values == Values::List {
            info.set_in_constraint(*at, true)?;
        }
        info.constraint_usage(*at).set_argv_index(argument as i32 + 1);
    }
    let terms: Vec<Term> = terms.into_iter().map(|(_, term)| term).collect();
    let mut plan = Plan { used: used(table, info.col_used()), terms, order: Vec::new() };
    if !plan.is_lookup() {
        plan.order = order(table, info);
        info.set_order_by_consumed(!plan.order.is_empty());
    }
    tell_costs(table, &plan, info);
    Ok(plan)
}

fn comparison(operator: &IndexConstraintOp) -> Option<Comparison> {
    Some(match operator {
        IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_EQ => Comparison::Equal,
        IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_GT => Comparison::Greater,
        IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_GE => Comparison::GreaterOrEqual,
        IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LT => Comparison::Less,
        IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LE => Comparison::LessOrEqual,
        _ => return None,
    })
}

/// Reads SQLite's mask of columns: its last bit stands for the 64th column and all after it.
fn used(table: &Table, mask: u64) -> Vec<bool> {
    (0..table.columns.len()).map(|at| mask & (1 << at.min(63)) != 0).collect()
}

/// Returns the order that is asked for, when sorting files is enough for it.
fn order(table: &Table, info: &IndexInfo) -> Vec<(usize, bool)> {
    let terms = info.order_bys().map(|term| {
        let column = usize::try_from(term.column()).ok().filter(|column| *column < table.partitions);
        column.map(|column| (column, term.is_order_by_desc()))
    });
    terms.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Tells rows and cost. SQLite knows nothing of the data, so the shares are guesses: they only have to be in a sensible order.
fn tell_costs(table: &Table, plan: &Plan, info: &mut IndexInfo) {
    let all = (table.rows() as f64).max(1.0);
    let mut read = all;
    let mut rows = all;
    for term in &plan.terms {
        let is_partition = term.column < table.partitions;
        let share = match (term.comparison, term.values, is_partition) {
            (Comparison::Equal, Values::List, _) => 0.2,
            (Comparison::Equal, _, true) => 0.05,
            (Comparison::Equal, _, false) => 1e-4,
            _ => 0.3,
        };
        rows *= share;
        read *= if is_partition { share } else { share.max(0.1) };
    }
    let width = 1.0 + plan.used.iter().filter(|used| **used).count() as f64 / 8.0;
    let cost = if plan.is_lookup() { 10.0 + rows } else { 1_000.0 + read * width };
    info.set_estimated_rows((rows as i64).max(1));
    info.set_estimated_cost(cost);
}
