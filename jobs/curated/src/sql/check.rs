//! What a question may have. Each refusal says what to write instead.

use std::ops::ControlFlow;

use carelake_core::nearest;
use sqlparser::ast::{
    DataType, Distinct, Expr, GroupByExpr, Join, JoinConstraint, JoinOperator, Query, Select, SelectFlavor, SelectItem,
    SetExpr, Spanned, TableFactor, Visitor, WildcardAdditionalOptions,
};
use sqlparser::tokenizer::Span;

use super::place::{Wrong, is_known};
use crate::config::Kind;

mod call;
mod membership;
mod on;
mod term;

/// Walks through a question and notes what is refused.
pub(super) struct Checker {
    wrong: Vec<Wrong>,
    warnings: Vec<Wrong>,
    /// The last place that was known.
    place: Span,
}

impl Default for Checker {
    fn default() -> Self {
        Self { wrong: Vec::new(), warnings: Vec::new(), place: Span::empty() }
    }
}

impl Checker {
    /// Returns what is refused, and what is warned of.
    pub(super) fn into_findings(self) -> (Vec<Wrong>, Vec<Wrong>) {
        (self.wrong, self.warnings)
    }

    fn refuse(&mut self, span: Span, message: impl Into<String>) {
        let span = if is_known(span) { span } else { self.place };
        self.wrong.push(Wrong::at(span, message));
    }

    fn refuse_if(&mut self, is_there: bool, span: Span, message: &str) {
        if is_there {
            self.refuse(span, message);
        }
    }

    fn warn(&mut self, span: Span, message: &str) {
        let span = if is_known(span) { span } else { self.place };
        self.warnings.push(Wrong::at(span, message));
    }
}

impl Visitor for Checker {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let span = query.span();
        if is_known(span) {
            self.place = span;
        }
        let recursive = query.with.as_ref().is_some_and(|with| with.recursive);
        self.refuse_if(recursive, span, "WITH RECURSIVE is not read; the step `resolve` follows chains");
        let limits = query.limit_clause.is_some() || query.fetch.is_some();
        self.refuse_if(
            limits && query.order_by.is_none(),
            span,
            "LIMIT without ORDER BY takes other rows each time; give an order in which no two rows are equal",
        );
        self.refuse_if(query.fetch.is_some(), span, "FETCH is not read; write LIMIT");
        let foreign = !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty();
        self.refuse_if(foreign, span, "this is not SQL of Trino; write a plain SELECT");
        let all =
            query.order_by.as_ref().is_some_and(|order| matches!(order.kind, sqlparser::ast::OrderByKind::All(_)));
        self.refuse_if(all, span, "ORDER BY ALL is not SQL of Trino; name the columns");
        self.body(&query.body);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let span = select.select_token.0.span;
        if is_known(span) {
            self.place = span;
        }
        let foreign = select.top.is_some()
            || select.into.is_some()
            || select.exclude.is_some()
            || select.prewhere.is_some()
            || select.value_table_mode.is_some()
            || select.select_modifiers.is_some()
            || select.flavor != SelectFlavor::Standard
            || !select.lateral_views.is_empty()
            || !select.connect_by.is_empty()
            || !select.cluster_by.is_empty()
            || !select.distribute_by.is_empty()
            || !select.sort_by.is_empty();
        self.refuse_if(foreign, span, "this is not SQL of Trino; write SELECT … FROM … WHERE … GROUP BY … HAVING …");
        if let GroupByExpr::All(_) = select.group_by {
            self.refuse(span, "GROUP BY ALL is not SQL of Trino; name the columns");
        }
        if let GroupByExpr::Expressions(_, modifiers) = &select.group_by {
            self.refuse_if(!modifiers.is_empty(), span, "write a SELECT for each set of columns, and UNION ALL");
        }
        if let Some(Distinct::On(_)) = select.distinct {
            // What is first is told by the order of the question, which is checked where it is compiled.
            self.refuse_if(select.qualify.is_some(), span, "DISTINCT ON and QUALIFY together; keep QUALIFY");
        }
        self.refuse_if(
            select.from.len() > 1,
            span,
            "a comma between tables joins every row with every row; write CROSS JOIN, or JOIN … ON",
        );
        self.refuse_if(
            select.projection.is_empty(),
            span,
            "a SELECT without columns is not SQL of Trino; name the columns",
        );
        for item in &select.projection {
            self.item(item, span);
        }
        self.membership(select);
        for join in select.from.iter().flat_map(|from| &from.joins) {
            self.join(join, span);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        let span = factor.span();
        match factor {
            TableFactor::Table { args, with_hints, version, sample, json_path, partitions, .. } => {
                self.refuse_if(
                    args.is_some(),
                    span,
                    "a function is no table here; periods without rows come from the step `spine`",
                );
                let foreign =
                    !with_hints.is_empty() || version.is_some() || json_path.is_some() || !partitions.is_empty();
                self.refuse_if(foreign, span, "this is not SQL of Trino; name a table and nothing else");
                self.refuse_if(
                    sample.is_some(),
                    span,
                    "a sample takes other rows each time; filter by hash64 of a key",
                );
            }
            TableFactor::Derived { lateral, alias, sample, .. } => {
                self.refuse_if(*lateral, span, "LATERAL is not read; write a join, or a window");
                self.refuse_if(alias.is_none(), span, "a subquery in FROM needs a name: (SELECT …) AS name");
                self.refuse_if(
                    sample.is_some(),
                    span,
                    "a sample takes other rows each time; filter by hash64 of a key",
                );
            }
            TableFactor::Pivot { .. } => self
                .refuse(span, "PIVOT is not read by every engine; write the step `pivot`, or max(x) FILTER (WHERE …)"),
            TableFactor::Unpivot { .. } => {
                self.refuse(span, "UNPIVOT is not read by every engine; write the step `unpivot`, or UNION ALL")
            }
            TableFactor::UNNEST { .. } => self.refuse(
                span,
                "an empty list gives a row in one engine and none in the other; lists are taken apart by steps",
            ),
            TableFactor::NestedJoin { .. } => self.refuse(span, "write joins one after the other, without brackets"),
            _ => self.refuse(span, "this is no table; name an input or a model"),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let span = expr.span();
        if is_known(span) {
            self.place = span;
        }
        self.term(expr, span);
        ControlFlow::Continue(())
    }
}

impl Checker {
    fn body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(_) | SetExpr::Values(_) | SetExpr::Query(_) => {}
            SetExpr::SetOperation { left, right, set_quantifier, .. } => {
                let by_name = set_quantifier.to_string().contains("BY NAME");
                self.refuse_if(by_name, body.span(), "BY NAME is not SQL of Trino; write the columns in one order");
                self.body(left);
                self.body(right);
            }
            _ => self.refuse(body.span(), "a model asks and changes nothing; write a SELECT"),
        }
    }

    fn item(&mut self, item: &SelectItem, span: Span) {
        match item {
            SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
                let WildcardAdditionalOptions { opt_ilike, opt_exclude, opt_except, opt_replace, opt_rename, .. } =
                    options;
                let has_options = opt_ilike.is_some()
                    || opt_exclude.is_some()
                    || opt_except.is_some()
                    || opt_replace.is_some()
                    || opt_rename.is_some();
                self.refuse_if(has_options, span, "`*` without some columns is not SQL of Trino; name the columns");
            }
            SelectItem::ExprWithAliases { .. } => self.refuse(span, "give each column one name"),
            SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. } => {}
        }
    }

    fn join(&mut self, join: &Join, span: Span) {
        use JoinOperator as Operator;
        let constraint = match &join.join_operator {
            Operator::Join(it) | Operator::Inner(it) | Operator::Left(it) | Operator::LeftOuter(it) => it,
            Operator::Right(it) | Operator::RightOuter(it) | Operator::FullOuter(it) => it,
            Operator::CrossJoin(JoinConstraint::None) => return,
            Operator::Semi(_) | Operator::LeftSemi(_) | Operator::RightSemi(_) => {
                return self
                    .refuse(span, "SEMI JOIN is not SQL of Trino; write WHERE EXISTS (SELECT 1 FROM … WHERE …)");
            }
            Operator::Anti(_) | Operator::LeftAnti(_) | Operator::RightAnti(_) => {
                return self
                    .refuse(span, "ANTI JOIN is not SQL of Trino; write WHERE NOT EXISTS (SELECT 1 FROM … WHERE …)");
            }
            _ => {
                return self
                    .refuse(span, "this join is not SQL of Trino; write JOIN, LEFT JOIN, FULL JOIN or CROSS JOIN");
            }
        };
        match constraint {
            JoinConstraint::On(on) => self.on(on),
            JoinConstraint::Using(_) if matches!(join.join_operator, Operator::FullOuter(_)) => {
                self.refuse(span, "FULL JOIN USING leaves the key empty in one engine; write FULL JOIN … ON a.k = b.k, and COALESCE(a.k, b.k)");
            }
            JoinConstraint::Using(_) if matches!(join.join_operator, Operator::Right(_) | Operator::RightOuter(_)) => {
                self.refuse(span, "RIGHT JOIN USING leaves open whose key it is; write RIGHT JOIN … ON a.k = b.k");
            }
            JoinConstraint::Using(_) => {}
            JoinConstraint::Natural => {
                self.refuse(span, "NATURAL JOIN changes when a column is added; write JOIN … ON a.k = b.k");
            }
            JoinConstraint::None => self.refuse(span, "a join needs ON; write CROSS JOIN where every row is meant"),
        }
    }
}

/// Returns the type of ours that a type in SQL is; nothing of one that models do not have.
pub(super) fn kind_of(data_type: &DataType) -> Option<Kind> {
    Some(match data_type {
        DataType::Varchar(None) | DataType::Text | DataType::String(None) => Kind::Text,
        DataType::Boolean => Kind::Boolean,
        DataType::SmallInt(None) => Kind::Smallint,
        DataType::Int(None) | DataType::Integer(None) => Kind::Integer,
        DataType::BigInt(None) => Kind::Bigint,
        DataType::Double(_) | DataType::DoublePrecision => Kind::Double,
        DataType::Date => Kind::Date,
        DataType::Timestamp(..) => Kind::Timestamp,
        DataType::Decimal(sqlparser::ast::ExactNumberInfo::PrecisionAndScale(digits, scale)) => {
            Kind::parse(&format!("decimal({digits},{scale})"))?
        }
        _ => return None,
    })
}

/// Names the nearest function.
fn near_function(name: &str) -> String {
    let near = nearest(name, super::functions::names());
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}
