//! What ON may say.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Spanned, Visit, Visitor};

use super::Checker;

impl Checker {
    /// Checks the condition of a join: one engine reads comparisons of one table with another in it, and nothing else.
    pub(super) fn on(&mut self, condition: &Expr) {
        match condition {
            Expr::Nested(inner) => self.on(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.on(left);
                self.on(right);
            }
            single => {
                let mut of = Tables::default();
                // The visitor never stops early.
                let _ = single.visit(&mut of);
                let message =
                    "ON compares one table with the other; filter before the join: JOIN (SELECT … FROM t WHERE …) AS t";
                self.refuse_if(!of.has_bare && of.names.len() < 2, single.span(), message);
            }
        }
    }
}

/// The tables of the columns of a condition.
#[derive(Default)]
struct Tables {
    names: BTreeSet<String>,
    has_bare: bool,
}

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(_) => self.has_bare = true,
            Expr::CompoundIdentifier(parts) => {
                self.names.extend(parts.first().map(|table| table.value.clone()));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
