//! Writes a checked question in the words of an engine.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select, TypedString,
    Value, VisitMut, VisitorMut,
};

use super::functions::ours;
use super::parse::{Checked, parse_expr, single};
use super::place::Wrong;
use super::{literal, nulls, qualify};
use crate::config::Kind;

/// What runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Polars, in this process.
    Polars,
    /// Athena, which speaks Trino's SQL.
    Athena,
}

/// Writes a question for an engine. `vars` has a literal of SQL for each value that it names.
///
/// # Errors
/// [`Wrong`] when a value is missing.
pub fn compile(checked: &Checked, engine: Engine, vars: &BTreeMap<String, String>) -> Result<String, Wrong> {
    let mut query = checked.query.clone();
    let mut writer = Writer { engine, vars, depth: 0 };
    match query.visit(&mut writer) {
        ControlFlow::Continue(()) => Ok(query.to_string()),
        ControlFlow::Break(wrong) => Err(*wrong),
    }
}

struct Writer<'v> {
    engine: Engine,
    vars: &'v BTreeMap<String, String>,
    /// Values of values: a literal has none.
    depth: usize,
}

impl VisitorMut for Writer<'_> {
    type Break = Box<Wrong>;

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        nulls::of_query(query);
        if self.engine == Engine::Athena || qualify::is_narrow(query) {
            return flow(qualify::rewrite(query, self.engine));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        flow(nulls::of_select(select, self.engine))
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Err(wrong) = nulls::of_function(expr, self.engine) {
            return ControlFlow::Break(Box::new(wrong));
        }
        match self.written(expr) {
            Ok(Some(written)) => {
                *expr = written;
                ControlFlow::Continue(())
            }
            Ok(None) => ControlFlow::Continue(()),
            Err(wrong) => ControlFlow::Break(Box::new(wrong)),
        }
    }
}

fn flow(done: Result<(), Wrong>) -> ControlFlow<Box<Wrong>> {
    match done {
        Ok(()) => ControlFlow::Continue(()),
        Err(wrong) => ControlFlow::Break(Box::new(wrong)),
    }
}

impl Writer<'_> {
    /// Returns what an expression becomes, where it becomes another.
    fn written(&mut self, expr: &Expr) -> Result<Option<Expr>, Wrong> {
        match expr {
            Expr::Value(value) => match &value.value {
                Value::Placeholder(name) => self.var(name.trim_start_matches(':'), expr).map(Some),
                _ => Ok(None),
            },
            Expr::TypedString(TypedString { data_type: DataType::Timestamp(..), value, .. }) => {
                let text = value.clone().into_string().unwrap_or_default();
                let Some(instant) = literal::instant(&text) else { return Ok(None) };
                let text = instant.strftime("%Y-%m-%d %H:%M:%S%.f");
                Ok(Some(parse_expr(&match self.engine {
                    Engine::Polars => format!("cl_instant('{text}')"),
                    Engine::Athena => return Ok(Some(typed(&text.to_string(), value.clone()))),
                })?))
            }
            Expr::Cast { kind, expr, data_type, .. } => self.cast(kind, expr, data_type).map(Some),
            Expr::Function(function) => self.function(function),
            // Polars reads the unit inside of the text only.
            Expr::Interval(interval) if self.engine == Engine::Polars => {
                let unit = interval.leading_field.as_ref().map(ToString::to_string).unwrap_or_default();
                let value = interval.value.to_string();
                parse_expr(&format!("INTERVAL '{} {unit}'", value.trim_matches('\''))).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn var(&mut self, name: &str, place: &Expr) -> Result<Expr, Wrong> {
        let span = sqlparser::ast::Spanned::span(place);
        let text = self.vars.get(name).ok_or_else(|| Wrong::at(span, format!("there is no value `:{name}`")))?;
        let mut expr = parse_expr(text)?;
        self.depth += 1;
        if self.depth < 2 {
            let _ = expr.visit(self);
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn cast(&self, kind: &CastKind, inner: &Expr, data_type: &DataType) -> Result<Expr, Wrong> {
        let tries = *kind == CastKind::TryCast;
        let kind = super::check::kind_of(data_type);
        let word = if tries { "TRY_CAST" } else { "CAST" };
        parse_expr(&match (self.engine, kind) {
            (Engine::Polars, Some(Kind::Decimal(digits, scale))) => {
                format!("{word}({inner} AS DECIMAL({digits}, {scale}))")
            }
            (Engine::Polars, Some(kind)) => format!("cl_{}_{kind}({inner})", if tries { "try" } else { "to" }),
            (Engine::Polars, None) => format!("{word}({inner} AS {data_type})"),
            (Engine::Athena, Some(Kind::Text)) => format!("{word}({inner} AS VARCHAR)"),
            (Engine::Athena, Some(kind)) => format!("{word}({inner} AS {})", kind.athena().to_uppercase()),
            (Engine::Athena, None) => format!("{word}({inner} AS {data_type})"),
        })
    }

    fn function(&self, function: &Function) -> Result<Option<Expr>, Wrong> {
        let Some(name) = single(&function.name).map(|ident| ident.value.as_str()) else { return Ok(None) };
        let mut arguments = arguments(function);
        if matches!(name, "greatest" | "least") && self.engine == Engine::Polars {
            // Polars passes over nulls, Trino answers null.
            let any = arguments.iter().map(|it| format!("{it} IS NULL")).collect::<Vec<_>>().join(" OR ");
            return parse_expr(&format!("CASE WHEN {any} THEN NULL ELSE {function} END")).map(Some);
        }
        if matches!(name, "count" | "row_number" | "rank" | "dense_rank") && self.engine == Engine::Polars {
            // These have no sign in Polars: 1 - 2 of them would be 4,294,967,295.
            return parse_expr(&format!("CAST({function} AS BIGINT)")).map(Some);
        }
        if name == "date_trunc" && self.engine == Engine::Polars {
            return parse_expr(&format!("cl_date_trunc({})", arguments.join(", "))).map(Some);
        }
        let Some(ours) = ours(name) else { return Ok(None) };
        if let (Some(at), Some(filter)) = (ours.filtered, &function.filter)
            && let Some(argument) = arguments.get_mut(at)
        {
            *argument = format!("CASE WHEN {filter} THEN {argument} END");
        }
        let mut text = match self.engine {
            Engine::Polars => ours.polars,
            Engine::Athena => ours.athena,
        }
        .to_owned();
        for at in 0..arguments.len() {
            text = text.replace(&format!("{{{at}}}"), &marked(at));
        }
        for (at, argument) in arguments.iter().enumerate() {
            text = text.replace(&marked(at), argument);
        }
        parse_expr(&text).map(Some)
    }
}

/// What stands for an argument while others are put in: no text of SQL has it.
fn marked(at: usize) -> String {
    format!("\u{1}{at}\u{1}")
}

fn typed(text: &str, mut value: sqlparser::ast::ValueWithSpan) -> Expr {
    value.value = Value::SingleQuotedString(format!("{text} UTC"));
    let data_type = DataType::Timestamp(None, sqlparser::ast::TimezoneInfo::None);
    Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })
}

/// Returns the arguments of a call as texts, in brackets where they have an operator.
pub(super) fn arguments(function: &Function) -> Vec<String> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let text = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(
            expr @ (Expr::BinaryOp { .. } | Expr::UnaryOp { .. } | Expr::IsNull(_) | Expr::IsNotNull(_)),
        )) => format!("({expr})"),
        other => other.to_string(),
    };
    list.args.iter().map(text).collect()
}
