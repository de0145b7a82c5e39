//! From a text to a question that was checked.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Ident, ObjectName, Query, SelectItem, SetExpr, Spanned, Value, Visit, Visitor, visit_relations,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer};

use super::check::Checker;
use super::place::Wrong;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 60;

/// A name, and where it stands first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name, in lower case.
    pub name: String,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
}

/// A question in SQL that may be asked of any engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    pub(super) query: Box<Query>,
    /// The tables that it names, each once; not those of its own WITH.
    pub tables: Vec<Named>,
    /// The values that it names as `:name`, each once.
    pub vars: Vec<Named>,
    /// Whether its outermost SELECT has `*`.
    pub has_outer_star: bool,
    /// What is allowed and hardly meant.
    pub warnings: Vec<Wrong>,
}

impl Checked {
    /// Reads and checks a question.
    ///
    /// # Errors
    /// Everything that is refused, with its line and what to write instead.
    pub fn parse(text: &str) -> Result<Self, Vec<Wrong>> {
        let query = parse_query(text).map_err(|wrong| vec![wrong])?;
        let mut checker = Checker::default();
        // The checker never stops early.
        let _ = query.visit(&mut checker);
        let mut names = Names::default();
        let _ = query.visit(&mut names);
        let (mut wrong, warnings) = checker.into_findings();
        wrong.extend(names.wrong);
        if !wrong.is_empty() {
            wrong.sort_by_key(|it| (it.line, it.column));
            wrong.dedup();
            return Err(wrong);
        }
        names.tables.retain(|named| !names.with.contains(&named.name));
        let has_outer_star = has_star(&query.body);
        Ok(Self { query, tables: names.tables, vars: names.vars, has_outer_star, warnings })
    }

    /// Returns the question as it was read, in one line: what white space and comments do not change.
    #[must_use]
    pub fn text(&self) -> String {
        self.query.to_string()
    }

    /// Returns the names of the columns of the outermost SELECT, where it has no `*`.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        columns(&self.query.body)
    }
}

/// Reads the text of one question.
pub(super) fn parse_query(text: &str) -> Result<Box<Query>, Wrong> {
    let mut parser = parser(text)?;
    let query = parser.parse_query().map_err(|error| refused(&error.to_string()))?;
    while parser.consume_token(&Token::SemiColon) {}
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(Wrong::at(next.span, "a model is one question; this is something after its end"));
    }
    Ok(query)
}

/// Reads an expression that this crate wrote.
pub(super) fn parse_expr(text: &str) -> Result<Expr, Wrong> {
    parser(text)?.parse_expr().map_err(|error| refused(&error.to_string()))
}

fn parser(text: &str) -> Result<Parser<'static>, Wrong> {
    let mut tokens =
        Tokenizer::new(&GenericDialect, text).tokenize_with_location().map_err(|error| refused(&error.to_string()))?;
    tokens.iter_mut().for_each(to_lower_case);
    Ok(Parser::new(&GenericDialect).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens))
}

/// Names are case-insensitive in Trino, also those in quotes; in Polars they are not.
fn to_lower_case(token: &mut TokenWithSpan) {
    if let Token::Word(word) = &mut token.token {
        word.value = word.value.to_lowercase();
    }
}

/// Takes the place out of what the parser says.
fn refused(message: &str) -> Wrong {
    let text = message.trim_start_matches("sql parser error: ");
    let place = text.rsplit_once(" at Line: ").and_then(|(what, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((what, line.trim().parse().ok()?, column.trim().parse().ok()?))
    });
    match place {
        Some((what, line, column)) => Wrong { line, column, message: format!("cannot be read: {what}") },
        None => Wrong { line: 1, column: 1, message: format!("cannot be read: {text}") },
    }
}

/// The names of a question.
#[derive(Default)]
struct Names {
    with: Vec<String>,
    tables: Vec<Named>,
    vars: Vec<Named>,
    wrong: Vec<Wrong>,
}

impl Names {
    fn add(list: &mut Vec<Named>, name: &str, span: Span) {
        if !list.iter().any(|known| known.name == name) {
            list.push(Named { name: name.to_owned(), line: span.start.line.max(1), column: span.start.column.max(1) });
        }
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = &cte.alias.name.value;
            let _ = visit_relations(&cte.query, |relation| {
                if single(relation).is_some_and(|ident| ident.value == *name) {
                    let message =
                        format!("`{name}` is the name of this WITH and of what it reads; give the WITH another name");
                    self.wrong.push(Wrong::at(cte.alias.name.span, message));
                }
                ControlFlow::<()>::Continue(())
            });
            self.with.push(name.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        match single(relation) {
            Some(ident) => Self::add(&mut self.tables, &ident.value, ident.span),
            None => {
                let message = format!(
                    "`{relation}` has several parts; name the publication in `inputs`, and its short name here"
                );
                self.wrong.push(Wrong::at(relation.span(), message));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Value(value) = expr
            && let Value::Placeholder(text) = &value.value
            && let Some(name) = text.strip_prefix(':')
        {
            Self::add(&mut self.vars, name, value.span);
        }
        ControlFlow::Continue(())
    }
}

/// Returns the one part of a name.
pub(super) fn single(name: &ObjectName) -> Option<&Ident> {
    match name.0.as_slice() {
        [part] => part.as_ident(),
        _ => None,
    }
}

fn has_star(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select
            .projection
            .iter()
            .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))),
        SetExpr::Query(query) => has_star(&query.body),
        SetExpr::SetOperation { left, right, .. } => has_star(left) || has_star(right),
        _ => false,
    }
}

fn columns(body: &SetExpr) -> Vec<String> {
    match body {
        SetExpr::Select(select) => select.projection.iter().filter_map(column).collect(),
        SetExpr::Query(query) => columns(&query.body),
        SetExpr::SetOperation { left, .. } => columns(left),
        _ => Vec::new(),
    }
}

/// Returns the name of a column of a SELECT; nothing of one that has none.
pub(super) fn column(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(ident.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|ident| ident.value.clone()),
        _ => None,
    }
}
