//! What is asked by the values of a record, and the columns of what was said.

use std::borrow::Cow;

use arrow_array::ArrayRef;
use carelake_conditions::Number;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde_json::Value as Json;

use super::cell::{Cell, fit};
use super::column::Column;
use crate::config::{Enrichment, Source, Stream, Type};
use crate::enrich::Asked;
use crate::record::Value;

/// The digits of a decimal behind its point.
const SCALE: usize = 9;
/// What is counted of a row for which nothing was found.
const MISSED: &str = "lookup_miss";

/// The declared columns by which a source is asked.
pub(super) struct AskedBy {
    places: Vec<(usize, Type)>,
    /// Whether each of them has a value, or any.
    needs_all: bool,
}

/// Finds the declared columns by which a source is asked.
pub(super) fn asked_by(stream: &Stream, enrichment: &Enrichment) -> AskedBy {
    let declared = || stream.keys.iter().chain(&stream.attributes).enumerate();
    let place = |name: &String| declared().find(|(_, it)| it.name == *name).map(|(at, it)| (at, it.kind));
    let places = enrichment.source.asks().iter().filter_map(place).collect();
    AskedBy { places, needs_all: matches!(enrichment.source, Source::Lookup { .. }) }
}

/// Returns what is asked by the cells of a record, a list of JSON. None where a part of a key is null, or all that would be sent.
pub(super) fn key(cells: &[Cell<'_>], by: &AskedBy) -> Option<String> {
    let values = || by.places.iter().map(|(at, kind)| json(cells.get(*at)?, *kind));
    let has_value = |value: Option<String>| value.is_some();
    if !(if by.needs_all { values().all(has_value) } else { values().any(has_value) }) {
        return None;
    }
    let values: Vec<String> = values().map(|value| value.unwrap_or_else(|| "null".to_owned())).collect();
    Some(format!("[{}]", values.join(",")))
}

/// Returns a cell as JSON; none where it is null.
fn json(cell: &Cell<'_>, kind: Type) -> Option<String> {
    let quoted = |text: &str| Json::from(text).to_string();
    Some(match cell {
        Cell::Null => return None,
        Cell::Text(text) if kind == Type::Json => text.clone().into_owned(),
        Cell::Text(text) => quoted(text),
        Cell::Int64(number) => number.to_string(),
        Cell::Decimal(unscaled) => decimal(*unscaled)?,
        Cell::Bool(is_so) => is_so.to_string(),
        Cell::Micros(at) => quoted(&Timestamp::from_microsecond(*at).ok()?.to_string()),
        Cell::Days(days) => quoted(&Date::constant(1970, 1, 1).checked_add(Span::new().days(*days)).ok()?.to_string()),
        Cell::Bytes(bytes) => quoted(&Value::base64(bytes)),
        Cell::Texts(texts) => Json::from(texts.iter().map(Cow::as_ref).collect::<Vec<&str>>()).to_string(),
    })
}

fn decimal(unscaled: i128) -> Option<String> {
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = SCALE + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len().checked_sub(SCALE)?)?;
    let sign = if unscaled < 0 { "-" } else { "" };
    Number::parse(&format!("{sign}{whole}.{fraction}")).map(|number| number.to_string())
}

/// Returns the columns of what was said, and notes what is counted of each row.
pub(super) fn columns(enrichment: &Enrichment, asked: &Asked, counted: &mut [Vec<String>]) -> Vec<ArrayRef> {
    for (row, counted) in counted.iter_mut().enumerate() {
        if asked.of(row) == Some(None) {
            counted.push(MISSED.to_owned());
        }
    }
    let each = enrichment.columns.iter().enumerate();
    each.map(|(at, attribute)| {
        let text = |said: Option<&crate::enrich::Said>| said.and_then(|said| said.get(at).cloned());
        let texts: Vec<Option<String>> = asked.said().map(text).collect();
        let values: Vec<Option<Value<'_>>> = texts.iter().map(|text| Value::of_json(text.as_deref()?)).collect();
        let fitted: Vec<_> = values.iter().map(|value| fit(attribute.kind, value.as_ref())).collect();
        let mut column = Column::new(attribute.kind);
        for (place, counted) in asked.of_records().iter().zip(counted.iter_mut()) {
            let Some(found) = place.and_then(|place| fitted.get(place)) else {
                column.push(&Cell::Null);
                continue;
            };
            column.push(&found.cell);
            counted.extend((!found.is_valid).then(|| format!("{}_invalid", attribute.name)));
            counted.extend(found.is_rounded.then(|| "decimal_rounded".to_owned()));
        }
        column.finish()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_json_and_says_what_the_column_says() {
        for (cell, kind, expected) in [
            (Cell::Text("A \"7\"".into()), Type::Text, r#""A \"7\"""#),
            (Cell::Text(r#"{"a":1.50}"#.into()), Type::Json, r#"{"a":1.50}"#),
            (Cell::Int64(-12), Type::Int64, "-12"),
            (Cell::Decimal(12_500_000_000), Type::Decimal, "12.5"),
            (Cell::Decimal(-1), Type::Decimal, "-0.000000001"),
            (Cell::Bool(true), Type::Bool, "true"),
            (
                Cell::Micros(1_772_836_200_000_000),
                Type::Timestamp(crate::config::Unit::Iso),
                r#""2026-03-06T22:30:00Z""#,
            ),
            (Cell::Days(-1), Type::Date, r#""1969-12-31""#),
            (Cell::Bytes(vec![1, 2]), Type::Binary, r#""AQI=""#),
            (Cell::Texts(vec!["a".into(), "b".into()]), Type::TextList, r#"["a","b"]"#),
        ] {
            assert_eq!(json(&cell, kind).as_deref(), Some(expected));
        }
        let by = |needs_all: bool, places: [(usize, Type); 2]| AskedBy { places: places.to_vec(), needs_all };
        let cells = [Cell::Int64(1), Cell::Null, Cell::Bool(true)];
        let (one, gone, three) = ((0, Type::Int64), (1, Type::Text), (2, Type::Bool));
        assert_eq!(key(&cells, &by(true, [one, gone])), None);
        assert_eq!(key(&cells, &by(true, [three, one])).unwrap(), "[true,1]");
        assert_eq!(key(&cells, &by(false, [gone, one])).unwrap(), "[null,1]");
        assert_eq!(key(&cells, &by(false, [gone, gone])), None);
    }
}
