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
