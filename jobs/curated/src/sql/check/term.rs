//! What an expression may be.

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, Expr, Interval, TypedString, UnaryOperator, Value,
};
use sqlparser::tokenizer::Span;

use super::super::literal;
use super::{Checker, kind_of};

impl Checker {
    pub(super) fn term(&mut self, expr: &Expr, span: Span) {
        match expr {
            Expr::Identifier(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::InList { .. }
            | Expr::Between { .. }
            | Expr::Nested(_)
            | Expr::Case { .. }
            | Expr::Exists { .. } => {}
            Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => {
                self.refuse_if(
                    is_condition(right),
                    span,
                    "what follows would belong to the right side; put a IS DISTINCT FROM b in brackets",
                );
            }
            Expr::Subquery(_) => {
                self.refuse(span, "a SELECT is no value in one engine; write CROSS JOIN (SELECT max(x) AS m FROM t) AS one, or IN (SELECT …)");
            }
            Expr::GroupingSets(_) | Expr::Rollup(_) => {
                self.refuse(
                    span,
                    "one engine does not read GROUPING SETS and ROLLUP; write a SELECT for each, and UNION ALL",
                );
            }
            Expr::CompoundIdentifier(parts) => {
                self.refuse_if(parts.len() > 2, span, "name a column as table.column");
            }
            Expr::InSubquery { negated, .. } => {
                if *negated {
                    self.warn(span, "NOT IN (SELECT …) gives no row where the SELECT has a null; NOT EXISTS is what is mostly meant");
                }
            }
            Expr::BinaryOp { left, op, right } => self.operation(left, op, right, span),
            Expr::UnaryOp { op, .. } => {
                let is_known = matches!(op, UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus);
                self.refuse_if(!is_known, span, "this operator is not SQL of Trino");
            }
            Expr::Like { any, escape_char, .. } => {
                self.refuse_if(*any || escape_char.is_some(), span, "write regexp_like(text, pattern)");
            }
            Expr::ILike { .. } => self.refuse(span, "ILIKE is not SQL of Trino; write lower(x) LIKE '…'"),
            Expr::Cast { kind, data_type, format, array, .. } => {
                self.cast(kind, data_type, format.is_some() || *array, span)
            }
            Expr::Function(function) => self.call(function, span),
            Expr::Value(value) => self.value(&value.value, span),
            Expr::TypedString(TypedString { data_type, value, .. }) => self.typed(data_type, &value.value, span),
            Expr::Interval(interval) => self.interval(interval, span),
            Expr::Extract { field, .. } => {
                use DateTimeField as Field;
                let is_known = matches!(
                    field,
                    Field::Year
                        | Field::Quarter
                        | Field::Month
                        | Field::Day
                        | Field::Hour
                        | Field::Minute
                        | Field::Second
                );
                let message = "engines number this in other ways; extract year, quarter, month, day, hour, minute or second, or write iso_week(x, zone)";
                self.refuse_if(!is_known, span, message);
            }
            Expr::Trim { trim_where, trim_what, trim_characters, .. } => {
                let is_plain = trim_where.is_none() && trim_what.is_none() && trim_characters.is_none();
                self.refuse_if(!is_plain, span, "write trim(x), or regexp_replace");
            }
            Expr::Substring { .. } => {}
            Expr::Ceil { field, .. } | Expr::Floor { field, .. } => {
                let is_plain = matches!(field, sqlparser::ast::CeilFloorKind::DateTimeField(DateTimeField::NoDateTime));
                self.refuse_if(!is_plain, span, "write floor(x) or ceil(x) of a number");
            }
            Expr::AtTimeZone { .. } => {
                self.refuse(span, "AT TIME ZONE takes no column in one engine; write local_time(x, zone), local_date, local_month or iso_week");
            }
            Expr::Cube(_) => self.refuse(span, "CUBE is not read; write a SELECT for each set, and UNION ALL"),
            Expr::Tuple(_) => self.refuse(span, "rows in brackets are not read; compare column by column"),
            Expr::Array(_) | Expr::Struct { .. } | Expr::Map(_) | Expr::Dictionary(_) => {
                self.refuse(span, "lists and objects are not made in SQL; write array_agg(x ORDER BY y)");
            }
            _ => self.refuse(span, "this is not in the part of SQL that every engine reads alike"),
        }
    }

    fn operation(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, span: Span) {
        use BinaryOperator as Op;
        let subquery = [left, right].iter().any(|side| matches!(side, Expr::Subquery(_)));
        let compares = matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq);
        self.refuse_if(
            subquery && compares,
            span,
            "a comparison with a subquery is not read by every engine; write IN (SELECT …), or join it",
        );
        match op {
            Op::Plus | Op::Minus | Op::Multiply | Op::Modulo | Op::StringConcat | Op::And | Op::Or => {}
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {}
            Op::Divide => {
                let is_double = is_double(left) || is_double(right);
                self.refuse_if(
                    !is_double,
                    span,
                    "`/` of whole numbers is 3.5 in one engine and 3 in the other, and decimals get other scales; write ratio(a, b), or int_div(a, b)",
                );
            }
            Op::Arrow | Op::LongArrow => self.refuse(span, "write json_text(json, path)"),
            Op::PGRegexMatch | Op::PGRegexIMatch => self.refuse(span, "write regexp_like(text, pattern)"),
            Op::Spaceship => self.refuse(span, "write IS NOT DISTINCT FROM"),
            _ => self.refuse(span, "this operator is not SQL of Trino"),
        }
    }

    fn cast(&mut self, kind: &CastKind, data_type: &DataType, is_foreign: bool, span: Span) {
        match kind {
            CastKind::Cast | CastKind::TryCast => {}
            CastKind::SafeCast => self.refuse(span, "write try_cast(x AS type)"),
            CastKind::DoubleColon => self.refuse(span, "write CAST(x AS type)"),
        }
        let known = kind_of(data_type).is_some() && !is_foreign;
        self.refuse_if(
            !known,
            span,
            "a type is one of varchar, boolean, smallint, integer, bigint, double, decimal(p,s), date, timestamp",
        );
    }

    fn value(&mut self, value: &Value, span: Span) {
        match value {
            Value::Number(..) | Value::SingleQuotedString(_) | Value::Boolean(_) | Value::Null => {}
            Value::Placeholder(text) if text.starts_with(':') => {}
            Value::Placeholder(_) => self.refuse(span, "write :name, and declare the value in `vars`"),
            Value::DoubleQuotedString(_) => self.refuse(span, "a text stands in single quotes"),
            _ => self.refuse(span, "write a text in single quotes, a number, true, false or null"),
        }
    }

    fn typed(&mut self, data_type: &DataType, value: &Value, span: Span) {
        let text = match value {
            Value::SingleQuotedString(text) => text.as_str(),
            _ => "",
        };
        match data_type {
            DataType::Date => {
                let is_date = text.parse::<jiff::civil::Date>().is_ok();
                self.refuse_if(!is_date, span, "write a day as DATE '2026-01-31'");
            }
            DataType::Timestamp(..) => {
                let message = "an instant has a zone; write TIMESTAMP '2026-01-31 00:00:00 UTC'";
                self.refuse_if(literal::instant(text).is_none(), span, message);
            }
            _ => self.refuse(span, "write DATE '…' or TIMESTAMP '… UTC'"),
        }
    }

    fn interval(&mut self, interval: &Interval, span: Span) {
        use DateTimeField as Field;
        let is_number = match interval.value.as_ref() {
            Expr::Value(value) => {
                matches!(&value.value, Value::SingleQuotedString(text) if text.parse::<i64>().is_ok())
            }
            _ => false,
        };
        let unit = interval.leading_field.as_ref();
        let is_unit = unit.is_some_and(|unit| {
            matches!(unit, Field::Year | Field::Month | Field::Day | Field::Hour | Field::Minute | Field::Second)
        });
        let is_plain = is_number && is_unit && interval.last_field.is_none();
        self.refuse_if(!is_plain, span, "write a span as INTERVAL '24' HOUR; add_minutes(x, n) takes a column");
    }
}

/// Returns whether an expression is a double as anybody sees. A number with a point is a decimal for both engines, and their quotients have
/// other scales; one with an exponent is a double.
fn is_double(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => {
            matches!(&value.value, Value::Number(text, _) if text.to_string().contains(['e', 'E']))
        }
        Expr::Cast { data_type, .. } => kind_of(data_type) == Some(crate::config::Kind::Double),
        Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => is_double(inner),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Multiply | BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Divide,
            right,
        } => is_double(left) || is_double(right),
        Expr::Function(function) => {
            let name = function.name.to_string();
            ["minutes_between", "ratio", "round_half_up", "sqrt", "ln", "exp", "power"].contains(&name.as_str())
        }
        _ => false,
    }
}

/// Returns whether an expression without brackets is a condition: the parser took all of it to the right of IS DISTINCT FROM, other engines
/// take its first value.
fn is_condition(expr: &Expr) -> bool {
    use BinaryOperator as Op;
    match expr {
        Expr::BinaryOp { op, .. } => {
            matches!(op, Op::And | Op::Or | Op::Xor | Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
        }
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::Like { .. }
        | Expr::ILike { .. } => true,
        _ => false,
    }
}
