//! Where nulls go: last, wherever nothing is said. One engine would put them first where the greatest comes first.

use sqlparser::ast::{
    Expr, FunctionArgumentClause, FunctionArguments, NamedWindowExpr, OrderBy, OrderByExpr, OrderByKind, Query, Select,
    WindowSpec, WindowType,
};

fn last(order: &mut [OrderByExpr]) {
    for by in order {
        by.options.nulls_first.get_or_insert(false);
    }
}

fn of_window(window: &mut WindowSpec) {
    last(&mut window.order_by);
}

/// Says where nulls go by a key of its own: windows of the pinned Polars pass over NULLS LAST, and take one direction for all keys.
fn spell_out(window: &mut WindowSpec) {
    let keys = std::mem::take(&mut window.order_by);
    for by in keys {
        if by.options.nulls_first == Some(false) {
            let own = Box::new(Expr::Nested(Box::new(by.expr.clone())));
            let is_descending = by.options.asc == Some(false);
            let expr = if is_descending { Expr::IsNotNull(own) } else { Expr::IsNull(own) };
            window.order_by.push(OrderByExpr { expr, ..by.clone() });
        }
        window.order_by.push(by);
    }
}

/// Spells out the window of a function.
pub(super) fn spell_out_function(expr: &mut Expr) {
    if let Expr::Function(function) = expr
        && let Some(WindowType::WindowSpec(window)) = &mut function.over
    {
        spell_out(window);
    }
}

/// Spells out the named windows of a SELECT.
pub(super) fn spell_out_select(select: &mut Select) {
    for named in &mut select.named_window {
        if let NamedWindowExpr::WindowSpec(window) = &mut named.1 {
            spell_out(window);
        }
    }
}

/// Says of the order of a question where its nulls go.
pub(super) fn of_query(query: &mut Query) {
    if let Some(OrderBy { kind: OrderByKind::Expressions(order), .. }) = &mut query.order_by {
        last(order);
    }
}

/// Says of the named windows of a SELECT where their nulls go.
pub(super) fn of_select(select: &mut Select) {
    for named in &mut select.named_window {
        if let NamedWindowExpr::WindowSpec(window) = &mut named.1 {
            of_window(window);
        }
    }
}

/// Says of the order inside a function and of its window where their nulls go.
pub(super) fn of_function(expr: &mut Expr) {
    let Expr::Function(function) = expr else { return };
    if let Some(WindowType::WindowSpec(window)) = &mut function.over {
        of_window(window);
    }
    if let FunctionArguments::List(list) = &mut function.args {
        for clause in &mut list.clauses {
            if let FunctionArgumentClause::OrderBy(order) = clause {
                last(order);
            }
        }
    }
}
