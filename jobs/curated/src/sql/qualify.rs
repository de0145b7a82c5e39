//! What Athena has no words for: QUALIFY and DISTINCT ON become a numbered subquery. Polars knows them, but only over columns that are selected.

use sqlparser::ast::{Distinct, Ident, OrderByKind, Query, SelectItem, SetExpr};

use super::compile::Engine;
use super::nulls;
use super::parse::{column, parse_expr, parse_query};
use super::place::Wrong;

/// The column that says whether a row stays.
const STAYS: &str = "stays_";

/// Returns whether a question asks for rows by columns that it need not select.
pub(super) fn is_narrow(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let has_star = select.projection.iter().any(|item| column(item).is_none());
    !has_star && (select.qualify.is_some() || matches!(select.distinct, Some(Distinct::On(_))))
}

/// Rewrites the question of one SELECT, if it has to be.
pub(super) fn rewrite(query: &mut Query, engine: Engine) -> Result<(), Wrong> {
    let order = query.order_by.as_ref().map(|order| match &order.kind {
        OrderByKind::Expressions(order) => order.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        OrderByKind::All(_) => String::new(),
    });
    let SetExpr::Select(select) = query.body.as_mut() else { return Ok(()) };
    let mut inner = select.clone();
    let condition = match (inner.qualify.take(), inner.distinct.take()) {
        (Some(condition), distinct) => {
            inner.distinct = distinct;
            condition.to_string()
        }
        (None, Some(Distinct::On(keys))) => {
            let keys = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let order = order.unwrap_or_default();
            let mut number = parse_expr(&format!("row_number() OVER (PARTITION BY {keys} ORDER BY {order})"))?;
            nulls::of_function(&mut number, engine)?;
            format!("{number} = 1")
        }
        (None, _) => return Ok(()),
    };
    let names: Option<Vec<String>> = inner.projection.iter().map(column).collect();
    let outer = names
        .map_or_else(|| "*".to_owned(), |names| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "));
    inner.projection.push(SelectItem::ExprWithAlias { expr: parse_expr(&condition)?, alias: Ident::new(STAYS) });
    let rewritten = parse_query(&format!("SELECT {outer} FROM ({inner}) AS kept_ WHERE {STAYS}"))?;
    query.body = rewritten.body;
    // The order told which row is first; its columns need not be selected.
    if query.limit_clause.is_none() && query.fetch.is_none() {
        query.order_by = None;
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{name}\"") }
}
