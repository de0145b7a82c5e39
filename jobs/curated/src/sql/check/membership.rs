//! Where IN (SELECT …) may stand.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Query, Select, Spanned, Visit, Visitor};
use sqlparser::tokenizer::Span;

use super::Checker;

impl Checker {
    /// Refuses IN (SELECT …) but as a condition of WHERE by itself: elsewhere one engine puts the whole list beside every row, so that a
    /// hundred thousand rows and a hundred thousand values do not fit into any memory.
    pub(super) fn membership(&mut self, select: &Select) {
        let mut found = Lists::default();
        for condition in select.selection.iter().flat_map(conjuncts) {
            if !matches!(condition, Expr::InSubquery { .. }) {
                // The visitor never stops early, here and below.
                let _ = condition.visit(&mut found);
            }
        }
        let _ = select.projection.visit(&mut found);
        let _ = select.having.visit(&mut found);
        let _ = select.qualify.visit(&mut found);
        for span in found.spans {
            let message = "IN (SELECT …) is a condition of WHERE by itself; here write LEFT JOIN (SELECT DISTINCT k FROM u) AS one ON …, and one.k IS NOT NULL";
            self.refuse(span, message);
        }
    }
}

/// Returns the conditions that AND puts together.
fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    match condition {
        Expr::Nested(inner) => conjuncts(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => [conjuncts(left), conjuncts(right)].concat(),
        single => vec![single],
    }
}

/// The places of IN (SELECT …), without those inside of another question.
#[derive(Default)]
struct Lists {
    depth: usize,
    spans: Vec<Span>,
}

impl Visitor for Lists {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth == 0 && matches!(expr, Expr::InSubquery { .. }) {
            self.spans.push(expr.span());
        }
        ControlFlow::Continue(())
    }
}
