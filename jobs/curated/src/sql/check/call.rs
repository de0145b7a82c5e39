//! What may be called.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments,
    Value, WindowFrameUnits, WindowType,
};
use sqlparser::tokenizer::Span;

use super::super::functions::{INSTEAD, OF_A_ROW, OF_WINDOWS, OVER_ROWS, ours};
use super::super::parse::single;
use super::{Checker, near_function};

/// The units to which times are cut.
const UNITS: [&str; 7] = ["year", "quarter", "month", "week", "day", "hour", "minute"];

impl Checker {
    pub(super) fn call(&mut self, function: &Function, span: Span) {
        let Some(name) = single(&function.name).map(|ident| ident.value.clone()) else {
            return self.refuse(span, "a function has a name of one part");
        };
        if let Some((_, instead)) = INSTEAD.iter().find(|(refused, _)| *refused == name) {
            return self.refuse(span, format!("`{name}`: {instead}"));
        }
        let foreign = function.uses_odbc_syntax
            || !matches!(function.parameters, FunctionArguments::None)
            || !function.within_group.is_empty()
            || function.null_treatment.is_some();
        self.refuse_if(foreign, span, "WITHIN GROUP, IGNORE NULLS and the like are not read by every engine");
        let FunctionArguments::List(list) = &function.args else {
            return self.refuse(span, format!("`{name}` needs brackets{}", near_function(&name)));
        };
        self.arguments(&name, list, span);
        let count = list.args.len();
        let within = |least: usize, most: usize| (least..=most).contains(&count);
        if let Some(ours) = ours(&name) {
            let expected = ours.arguments.join(", ");
            self.refuse_if(count != ours.arguments.len(), span, &format!("write {name}({expected})"));
            self.refuse_if(
                function.over.is_some(),
                span,
                &format!("`{name}` has no OVER; ask it in a question of its own, and join"),
            );
            let filtered = ours.filtered.is_some() || function.filter.is_none();
            self.refuse_if(!filtered, span, &format!("`{name}` is of one row and has no FILTER"));
            self.own(&name, list, span);
        } else if let Some((_, least, most)) = OF_A_ROW.iter().find(|(known, ..)| *known == name) {
            self.refuse_if(!within(*least, *most), span, &format!("`{name}` has {least} to {most} arguments"));
            let windowed = function.over.is_some() || function.filter.is_some();
            self.refuse_if(windowed, span, &format!("`{name}` is of one row and has neither OVER nor FILTER"));
            if name == "date_trunc" {
                let unit = list.args.first().and_then(text_of);
                let is_unit = unit.is_some_and(|unit| UNITS.contains(&unit.as_str()));
                self.refuse_if(
                    !is_unit,
                    span,
                    "write date_trunc('month', x); units are year, quarter, month, week, day, hour, minute",
                );
            }
        } else if OVER_ROWS.contains(&name.as_str()) {
            self.refuse_if(count != 1, span, &format!("`{name}` has one argument"));
            let is_ordered = list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)));
            self.refuse_if(name == "array_agg" && !is_ordered, span, "a list needs an order: array_agg(x ORDER BY y)");
            self.window(function, true, span);
        } else if let Some((_, least, most)) = OF_WINDOWS.iter().find(|(known, ..)| *known == name) {
            self.refuse_if(!within(*least, *most), span, &format!("`{name}` has {least} to {most} arguments"));
            self.refuse_if(function.over.is_none(), span, &format!("`{name}` needs OVER (…)"));
            self.refuse_if(function.filter.is_some(), span, &format!("`{name}` has no FILTER"));
            self.window(function, name == "last_value", span);
        } else {
            self.refuse(span, format!("there is no function `{name}`{}", near_function(&name)));
        }
    }

    fn arguments(&mut self, name: &str, list: &FunctionArgumentList, span: Span) {
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(_)) => {}
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => {
                    self.refuse_if(name != "count", span, &format!("`{name}` does not take *"));
                }
                _ => self.refuse(span, format!("`{name}` takes plain arguments")),
            }
        }
        self.refuse_if(
            list.duplicate_treatment.is_some() && name != "count",
            span,
            "DISTINCT is for count(DISTINCT x)",
        );
        let is_known = |clause: &FunctionArgumentClause| matches!(clause, FunctionArgumentClause::OrderBy(_));
        let known = list.clauses.iter().all(is_known) && (list.clauses.is_empty() || name == "array_agg");
        self.refuse_if(!known, span, &format!("`{name}` takes plain arguments"));
    }

    fn own(&mut self, name: &str, list: &FunctionArgumentList, span: Span) {
        match name {
            "percentile" => {
                let p = list.args.first().and_then(number_of).and_then(|text| text.parse::<f64>().ok());
                let is_share = p.is_some_and(|p| p > 0.0 && p <= 1.0);
                self.refuse_if(
                    !is_share,
                    span,
                    "the first argument of percentile is a number above 0 and at most 1, such as 0.95",
                );
            }
            "regexp_extract" => {
                let group = list.args.get(2).and_then(number_of).and_then(|text| text.parse::<u32>().ok());
                self.refuse_if(group.is_none(), span, "the third argument of regexp_extract is the number of a group");
            }
            "json_text" => {
                let path = list.args.get(1).and_then(text_of);
                let is_path = path.is_some_and(|path| path.starts_with('$'));
                self.refuse_if(!is_path, span, "the second argument of json_text is a path such as '$.a.b[0]'");
            }
            "round_half_up" => {
                let digits = list.args.get(1).and_then(number_of).and_then(|text| text.parse::<u32>().ok());
                self.refuse_if(
                    digits.is_none_or(|digits| digits > 12),
                    span,
                    "the second argument of round_half_up is 0 to 12",
                );
            }
            _ => {}
        }
    }

    /// Checks the window of a function. One that sums up as it goes needs its frame: without one, rows that are equal in order are taken
    /// together by one engine and one by one by the other.
    fn window(&mut self, function: &Function, sums_up: bool, span: Span) {
        let Some(WindowType::WindowSpec(window)) = &function.over else { return };
        match &window.window_frame {
            None => {
                let grows = sums_up && !window.order_by.is_empty();
                self.refuse_if(grows, span, "rows that are equal in order are taken together in one engine; write ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW");
            }
            Some(frame) => {
                let is_rows = frame.units == WindowFrameUnits::Rows;
                self.refuse_if(!is_rows, span, "RANGE and GROUPS frames are not read by every engine; join the table with itself, or write lag for the nearest");
            }
        }
    }
}

fn expr_of(argument: &FunctionArg) -> Option<&Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

fn text_of(argument: &FunctionArg) -> Option<String> {
    match expr_of(argument)? {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn number_of(argument: &FunctionArg) -> Option<String> {
    let expr = expr_of(argument)?;
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => Some(text.to_string()),
            _ => None,
        },
        _ => None,
    }
}
