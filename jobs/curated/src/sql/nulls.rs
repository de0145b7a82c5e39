//! Where nulls go: last, wherever nothing is said. One engine would put them first where the greatest comes first, and in its windows it
//! passes over what is said: there the order becomes one key.

use sqlparser::ast::{
    Expr, FunctionArgumentClause, FunctionArguments, NamedWindowExpr, OrderBy, OrderByExpr, OrderByKind,
    OrderByOptions, Query, Select, WindowSpec, WindowType,
};

use super::compile::Engine;
use super::parse::parse_expr;
use super::place::Wrong;

fn last(order: &mut [OrderByExpr]) {
    for by in order {
        by.options.nulls_first.get_or_insert(false);
    }
}

fn of_window(window: &mut WindowSpec, engine: Engine) -> Result<(), Wrong> {
    last(&mut window.order_by);
    if engine == Engine::Polars && !window.order_by.is_empty() {
        let ways: String = window.order_by.iter().map(way).collect();
        let keys = window.order_by.iter().map(|by| by.expr.to_string()).collect::<Vec<_>>().join(", ");
        let expr = parse_expr(&format!("cl_order('{ways}', {keys})"))?;
        let options = OrderByOptions { asc: None, nulls_first: None };
        window.order_by = vec![OrderByExpr { expr, options, with_fill: None }];
    }
    Ok(())
}

/// Returns the direction of a key in a letter: `a` or `d`, a capital where nulls come first.
fn way(by: &OrderByExpr) -> char {
    match (by.options.asc.unwrap_or(true), by.options.nulls_first.unwrap_or(false)) {
        (true, false) => 'a',
        (true, true) => 'A',
        (false, false) => 'd',
        (false, true) => 'D',
    }
}

/// Says of the order of a question where its nulls go.
pub(super) fn of_query(query: &mut Query) {
    if let Some(OrderBy { kind: OrderByKind::Expressions(order), .. }) = &mut query.order_by {
        last(order);
    }
}

/// Says of the named windows of a SELECT where their nulls go.
pub(super) fn of_select(select: &mut Select, engine: Engine) -> Result<(), Wrong> {
    for named in &mut select.named_window {
        if let NamedWindowExpr::WindowSpec(window) = &mut named.1 {
            of_window(window, engine)?;
        }
    }
    Ok(())
}

/// Says of the order inside a function and of its window where their nulls go.
pub(super) fn of_function(expr: &mut Expr, engine: Engine) -> Result<(), Wrong> {
    let Expr::Function(function) = expr else { return Ok(()) };
    if let Some(WindowType::WindowSpec(window)) = &mut function.over {
        of_window(window, engine)?;
    }
    if let FunctionArguments::List(list) = &mut function.args {
        for clause in &mut list.clauses {
            if let FunctionArgumentClause::OrderBy(order) = clause {
                last(order);
            }
        }
    }
    Ok(())
}
