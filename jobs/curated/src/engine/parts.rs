//! A question in parts: Polars' SQL forgets functions of ours inside of WITH, subqueries and set operations, so that each of these is asked
//! for itself, and stands in the whole under a name. May go when the contexts of subqueries get the functions of theirs.
//!
//! The list of IN (SELECT …) gets a column name that no table has: Polars makes a join of it only where it can tell the two sides apart by
//! name, and else puts the whole list beside every row, which is rows × rows of memory.

use polars::prelude::{LazyFrame, col};
use sqlparser::ast::{Expr, Query, Select, SetExpr, TableFactor, VisitMut, VisitorMut};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::ops::ControlFlow;

use super::ask::{Tables, execute};
use super::error::EngineError;

/// Asks a question that was compiled, part by part.
pub(super) fn ask_in_parts(tables: &Tables, sql: &str) -> Result<LazyFrame, EngineError> {
    run(tables, *parse(sql)?)
}

fn parse(sql: &str) -> Result<Box<Query>, EngineError> {
    let failed = |error: sqlparser::parser::ParserError| EngineError::Question { what: error.to_string() };
    Parser::new(&GenericDialect).try_with_sql(sql).and_then(|mut parser| parser.parse_query()).map_err(failed)
}

fn run(tables: &Tables, mut query: Query) -> Result<LazyFrame, EngineError> {
    let mut parts = Parts { tables: tables.clone() };
    if let Some(with) = query.with.take() {
        for cte in with.cte_tables {
            let frame = run(&parts.tables, *cte.query)?;
            parts.tables.insert(cte.alias.name.value, frame);
        }
    }
    match query.body.as_mut() {
        SetExpr::Select(select) => parts.of_select(select)?,
        SetExpr::SetOperation { left, right, .. } => {
            parts.of_operand(left)?;
            parts.of_operand(right)?;
        }
        _ => {}
    }
    execute(&parts.tables, &query.to_string())
}

struct Parts {
    tables: Tables,
}

impl Parts {
    /// Asks a part, and answers the name under which it stands in the whole.
    fn named(&mut self, query: Query) -> Result<String, EngineError> {
        let frame = run(&self.tables, query)?;
        let name = format!("part_{}_", self.tables.len());
        self.tables.insert(name.clone(), frame);
        Ok(name)
    }

    fn of_select(&mut self, select: &mut Select) -> Result<(), EngineError> {
        for from in &mut select.from {
            self.of_factor(&mut from.relation)?;
            for join in &mut from.joins {
                self.of_factor(&mut join.relation)?;
            }
        }
        let mut failed = Ok(());
        let mut visitor = InExpressions { parts: self, failed: &mut failed };
        // The visitor notes why it stopped.
        let _ = select.visit(&mut visitor);
        failed
    }

    /// Asks the list of IN, and answers the question for it under a name of its own; `None` of one that looks at the rows around it.
    fn listed(&mut self, query: &Query) -> Result<Option<Query>, EngineError> {
        let asked = run(&self.tables, query.clone());
        let mut frame = match asked {
            Ok(frame) => frame,
            // Functions of ours are known in parts only: what is wrong here is wrong.
            Err(error) if query.to_string().contains("cl_") => return Err(error),
            Err(_) => return Ok(None),
        };
        let schema = frame.collect_schema().map_err(|error| EngineError::of_question(&error))?;
        let Some(own) = schema.iter_names().next().filter(|_| schema.len() == 1) else { return Ok(None) };
        let name = format!("part_{}_", self.tables.len());
        let column = format!("of_{name}");
        self.tables.insert(name.clone(), frame.clone().select([col(own.clone()).alias(column.as_str())]));
        Ok(Some(*parse(&format!("SELECT {column} FROM {name}"))?))
    }

    fn of_factor(&mut self, factor: &mut TableFactor) -> Result<(), EngineError> {
        let TableFactor::Derived { subquery, alias: Some(alias), .. } = factor else { return Ok(()) };
        if !alias.columns.is_empty() {
            return Ok(());
        }
        let alias = alias.name.to_string();
        let name = self.named((**subquery).clone())?;
        let whole = parse(&format!("SELECT * FROM {name} AS {alias}"))?;
        if let SetExpr::Select(select) = *whole.body
            && let Some(from) = select.from.into_iter().next()
        {
            *factor = from.relation;
        }
        Ok(())
    }

    fn of_operand(&mut self, operand: &mut Box<SetExpr>) -> Result<(), EngineError> {
        let mut query = *parse("SELECT 1 AS one")?;
        query.body = operand.clone();
        let name = self.named(query)?;
        *operand = parse(&format!("SELECT * FROM {name}"))?.body;
        Ok(())
    }
}

/// Lists of IN, wherever they stand.
struct InExpressions<'p> {
    parts: &'p mut Parts,
    failed: &'p mut Result<(), EngineError>,
}

impl VisitorMut for InExpressions<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::InSubquery { subquery, .. } = expr else { return ControlFlow::Continue(()) };
        match self.parts.listed(subquery) {
            Ok(Some(query)) => {
                **subquery = query;
                ControlFlow::Continue(())
            }
            Ok(None) => ControlFlow::Continue(()),
            Err(error) => {
                *self.failed = Err(error);
                ControlFlow::Break(())
            }
        }
    }
}
