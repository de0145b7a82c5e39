//! Compiles the selections of a view into plans.

use std::collections::HashMap;

use super::error::Problems;
use super::kind::Kind;
use super::select::{Declared, Select, Through};
use crate::code::{BodyId, Compiler, Context, LiteralId, Op, OpId, Scope, ScopeBuilder};
use crate::json::{NO_NAME, Name};
use crate::path::parse;
use crate::types::Type;

/// What is found for a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnPlan {
    pub(crate) op: OpId,
    /// If its path ends with `getReferenceKey`: what that is of, the name of the member, and the type that is asked for.
    pub(crate) reference: Option<(OpId, Name, Type)>,
}

/// What a selection goes through.
#[derive(Debug, Clone)]
pub(crate) enum Iterate {
    Here,
    Each { of: OpId, or_null: bool },
    Repeat(Vec<BodyId>),
}

/// A selection, compiled. Its rows are the product of its columns, its selections and the rows of its union.
#[derive(Debug, Clone)]
pub(crate) struct SelectPlan {
    pub(crate) iterate: Iterate,
    /// The operations on what it goes through; if it goes through nothing, those that it is in are used.
    pub(crate) scope: Option<Scope>,
    pub(crate) columns: Vec<ColumnPlan>,
    pub(crate) selects: Vec<SelectPlan>,
    pub(crate) union: Vec<SelectPlan>,
    /// How many columns it gives.
    pub(crate) width: usize,
}

/// What a plan is made with.
pub(super) struct Planner<'p, 'f> {
    pub(super) compiler: &'p mut Compiler,
    pub(super) constants: &'p HashMap<String, LiteralId>,
    pub(super) problems: &'p mut Problems<'f>,
}

impl Planner<'_, '_> {
    /// Compiles an expression; what is wrong with it is noted.
    pub(super) fn expression(&mut self, scope: &mut ScopeBuilder, path: &str, place: &str, is_date: bool) -> OpId {
        let context = Context { constants: self.constants, is_date };
        let compiled = parse(path).and_then(|expression| self.compiler.expression(scope, context, &expression));
        compiled.unwrap_or_else(|error| {
            self.problems.push(place, error.to_string());
            OpId(0)
        })
    }

    fn repeated(&mut self, path: &str, place: &str) -> BodyId {
        let context = Context { constants: self.constants, is_date: false };
        let compiled = parse(path).and_then(|expression| self.compiler.body(context, &expression));
        compiled.unwrap_or_else(|error| {
            self.problems.push(place, error.to_string());
            BodyId(0)
        })
    }

    /// Compiles a selection within a scope; answers its columns in their order too.
    pub(super) fn select<'s>(
        &mut self,
        outer: &mut ScopeBuilder,
        select: &'s Select,
    ) -> (SelectPlan, Vec<&'s Declared>) {
        let iterate = match &select.through {
            Through::Here => Iterate::Here,
            Through::Each { path, place, or_null } => {
                Iterate::Each { of: self.expression(outer, path, place, false), or_null: *or_null }
            }
            Through::Repeat(paths) => {
                Iterate::Repeat(paths.iter().map(|(path, place)| self.repeated(path, place)).collect())
            }
        };
        let mut own = ScopeBuilder::default();
        let is_here = matches!(iterate, Iterate::Here);
        let scope = if is_here { outer } else { &mut own };
        let mut declared: Vec<&Declared> = select.columns.iter().collect();
        let columns = select.columns.iter().map(|column| self.column(scope, column)).collect();
        let mut selects = Vec::new();
        for inner in &select.selects {
            let (plan, columns) = self.select(scope, inner);
            declared.extend(columns);
            selects.push(plan);
        }
        let mut union = Vec::new();
        let mut first: Option<Vec<&Declared>> = None;
        for branch in &select.union {
            let (plan, columns) = self.select(scope, branch);
            union.push(plan);
            match &first {
                None => first = Some(columns),
                Some(first) => {
                    if let Some(problem) = difference(first, &columns) {
                        self.problems.push(&branch.place, problem);
                    }
                }
            }
        }
        declared.extend(first.unwrap_or_default());
        let width = declared.len();
        let scope = (!is_here).then(|| own.finish(&self.compiler.program.choices));
        (SelectPlan { iterate, scope, columns, selects, union, width }, declared)
    }

    fn column(&mut self, scope: &mut ScopeBuilder, column: &Declared) -> ColumnPlan {
        let op = self.expression(scope, &column.path, &column.place, column.is_date || column.kind == Kind::Date);
        let reference = match scope.op(op) {
            Op::ReferenceKey { of, reference, kind } if *reference != NO_NAME => Some((*of, *reference, *kind)),
            _ => None,
        };
        ColumnPlan { op, reference }
    }
}

/// Says in what the columns of two branches of a union differ.
fn difference(first: &[&Declared], other: &[&Declared]) -> Option<String> {
    let names = |columns: &[&Declared]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(", ");
    if names(first) != names(other) {
        return Some(format!("its columns are {}, those of the first branch {}", names(other), names(first)));
    }
    let unlike = first.iter().zip(other);
    let mut unlike = unlike.filter(|(one, other)| one.kind != other.kind || one.is_collection != other.is_collection);
    unlike.next().map(|(column, _)| format!("its column `{}` is of another type than in the first branch", column.name))
}
