//! What becomes of a value in a column of some type. It takes every form that says the same; what fits nothing is null and counted.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_conditions::Number;
use jiff::Unit;
use jiff::civil::Date;

use crate::config::Type;
use crate::record::{Text, Value, at};

/// A value as a column has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'v> {
    Null,
    Text(Cow<'v, str>),
    Int64(i64),
    /// Times 10^9.
    Decimal(i128),
    Bool(bool),
    /// Microseconds since 1970, UTC.
    Micros(i64),
    /// Days since 1970.
    Days(i32),
    Bytes(Vec<u8>),
    Texts(Vec<Cow<'v, str>>),
}

/// A cell, and whether the value is in it as it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted<'v> {
    pub(super) cell: Cell<'v>,
    pub(super) is_valid: bool,
    pub(super) is_rounded: bool,
}

/// Fits a value into a column.
pub(super) fn fit<'v>(kind: Type, value: Option<&'v Value<'v>>) -> Fitted<'v> {
    let of = |cell, is_rounded| Fitted { cell, is_valid: true, is_rounded };
    let value = match value {
        // Nothing, and a text without anything in it, are no value.
        None | Some(Value::Null) => return of(Cell::Null, false),
        Some(Value::Text(text)) if text.is_empty() => return of(Cell::Null, false),
        Some(value) => value,
    };
    let number = || match value {
        Value::Number(text) | Value::Text(text) => Number::parse(text),
        _ => None,
    };
    let cell = match kind {
        Type::Text => value.text().map(Cell::Text),
        Type::Json => Some(Cell::Text(Cow::Owned(value.json()))),
        Type::Int64 => whole(value).or_else(|| number()?.int64()).map(Cell::Int64),
        Type::Decimal => match number().and_then(|number| number.decimal()) {
            Some(decimal) => return of(Cell::Decimal(decimal.unscaled), decimal.is_rounded),
            None => None,
        },
        Type::Bool => boolean(value).map(Cell::Bool),
        Type::Timestamp(unit) => at(value, unit).map(Cell::Micros),
        Type::Date => day(value).map(Cell::Days),
        Type::Binary => bytes(value).map(Cell::Bytes),
        Type::TextList => texts(value).map(Cell::Texts),
    };
    match cell {
        Some(cell) => of(cell, false),
        None => Fitted { cell: Cell::Null, is_valid: false, is_rounded: false },
    }
}

/// Returns a number that is written with digits only, as most are.
fn whole(value: &Value<'_>) -> Option<i64> {
    let (Value::Number(text) | Value::Text(text)) = value else { return None };
    text.parse().ok()
}

fn boolean(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(is_so) => Some(*is_so),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn day(value: &Value<'_>) -> Option<i32> {
    let Value::Text(text) = value else { return None };
    let epoch = Date::constant(1970, 1, 1);
    Some(text.parse::<Date>().ok()?.since((Unit::Day, epoch)).ok()?.get_days())
}

fn bytes(value: &Value<'_>) -> Option<Vec<u8>> {
    match value {
        Value::Bytes(text) | Value::Text(text) => STANDARD.decode(text.as_bytes()).ok(),
        _ => None,
    }
}

fn texts<'v>(value: &'v Value<'v>) -> Option<Vec<Cow<'v, str>>> {
    match value {
        Value::Set(items, _) => Some(items.iter().map(|Text(text)| Cow::Borrowed(&**text)).collect()),
        Value::List(items) => items.iter().map(Value::text).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Unit as Counts;

    fn text(text: &str) -> Value<'_> {
        Value::Text(text.into())
    }

    fn number(text: &str) -> Value<'_> {
        Value::Number(text.into())
    }

    #[test]
    fn every_form_that_says_the_same_is_the_same_and_nothing_goes_by_a_float() {
        let whole = |value: Value<'_>| match fit(Type::Int64, Some(&value)) {
            Fitted { cell: Cell::Int64(number), is_valid: true, .. } => Some(number),
            Fitted { cell: Cell::Null, is_valid: false, .. } => None,
            other => panic!("{other:?}"),
        };
        for twelve in [number("12"), text("12"), number("12.0"), number("1.2E+1")] {
            assert_eq!(whole(twelve), Some(12));
        }
        assert_eq!(whole(number("9007199254740993")), Some(9_007_199_254_740_993));
        for bad in
            [text("twelve"), number("1.5"), number("99999999999999999999"), Value::Bool(true), Value::List(vec![])]
        {
            assert_eq!(whole(bad), None);
        }
    }

    #[test]
    fn what_is_empty_is_null_and_counted_as_nothing() {
        for kind in
            [Type::Text, Type::Int64, Type::Decimal, Type::Timestamp(Counts::Millis), Type::Json, Type::TextList]
        {
            for value in [None, Some(Value::Null), Some(text(""))] {
                let found = fit(kind, value.as_ref());
                assert_eq!((found.cell, found.is_valid), (Cell::Null, true), "{kind:?} {value:?}");
            }
        }
    }

    #[test]
    fn decimals_are_exact_and_say_when_they_were_rounded() {
        let of = |value: Value<'_>| {
            let found = fit(Type::Decimal, Some(&value));
            (
                matches!(found.cell, Cell::Decimal(_)).then(|| if let Cell::Decimal(it) = found.cell { it } else { 0 }),
                found.is_valid,
                found.is_rounded,
            )
        };
        assert_eq!(of(number("0.123456789")), (Some(123_456_789), true, false));
        assert_eq!(of(text("1.0000000005")), (Some(1_000_000_000), true, true));
        assert_eq!(of(number("1E+30")), (None, false, false));
    }

    #[test]
    fn lists_sets_and_maps_are_as_they_were_sent() {
        let set = Value::Set(vec![Text("b".into()), Text("a".into())], false);
        assert_eq!(fit(Type::TextList, Some(&set)).cell, Cell::Texts(vec!["b".into(), "a".into()]));
        let map =
            Value::Map(vec![("n".into(), number("1.50")), ("s".into(), Value::Set(vec![Text("2".into())], true))]);
        assert_eq!(fit(Type::Json, Some(&map)).cell, Cell::Text(r#"{"n":1.50,"s":[2]}"#.into()));
        assert_eq!(fit(Type::Text, Some(&map)).cell, Cell::Text(r#"{"n":1.50,"s":[2]}"#.into()));
        assert_eq!(fit(Type::Binary, Some(&Value::Bytes("AQI=".into()))).cell, Cell::Bytes(vec![1, 2]));
        assert_eq!(fit(Type::Date, Some(&text("1970-01-03"))).cell, Cell::Days(2));
        assert!(!fit(Type::Date, Some(&text("3 January"))).is_valid);
        assert_eq!(fit(Type::Bool, Some(&text("TRUE"))).cell, Cell::Bool(true));
    }
}
