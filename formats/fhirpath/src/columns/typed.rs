//! Values by the types of their columns.

use crate::eval::{Element, Value, World};
use crate::json::Shape;
use crate::value::{Fixed, Moment, Precision, fixed};
use crate::view::Kind;

/// A value as its column holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Typed<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(Fixed),
    Double(f64),
    Days(i32),
    Micros(i64),
    Text(&'a str),
}

/// Returns a value as a column of that kind holds it; nothing if it is none of that kind.
#[inline]
pub(super) fn typed<'a>(world: &World<'a>, kind: Kind, value: Value<'a>) -> Option<Typed<'a>> {
    if value.is_bare() {
        return Some(Typed::Null);
    }
    match kind {
        Kind::Text => match value {
            Value::Element(element) => text(world, element).map(Typed::Text),
            Value::Text(text) => Some(Typed::Text(text)),
            Value::Moment(_) | Value::Clock(_) => written(world, value),
            _ => None,
        },
        Kind::Boolean => match value {
            Value::Boolean(value) => Some(Typed::Boolean(value)),
            Value::Element(element) => match world.tree.shape(element.at) {
                Shape::True => Some(Typed::Boolean(true)),
                Shape::False => Some(Typed::Boolean(false)),
                _ => None,
            },
            _ => None,
        },
        Kind::Int32 { least } => integer(world, value)
            .filter(|value| (i64::from(least)..=i64::from(i32::MAX)).contains(value))
            .map(Typed::Integer),
        Kind::Int64 => integer(world, value).map(Typed::Integer),
        Kind::Decimal { precision, scale } => {
            let (precision, scale) = (u32::from(precision), u32::from(scale.unsigned_abs()));
            numeral(world, value, |text| fixed(text, precision, scale)).map(Typed::Decimal)
        }
        Kind::Double => {
            numeral(world, value, |text| text.parse::<f64>().ok().filter(|value| value.is_finite())).map(Typed::Double)
        }
        Kind::Date => moment(world, value)
            .filter(|moment| moment.precision <= Precision::Day && !moment.has_time)?
            .first_day()
            .map(Typed::Days),
        Kind::Timestamp => moment(world, value)?.micros().map(Typed::Micros),
        Kind::Json => match value {
            Value::Element(element) if world.tree.shape(element.at) == Shape::Object => {
                world.tree.raw(element.at).map(Typed::Text)
            }
            _ => None,
        },
        Kind::Any => match value {
            Value::Element(element) => world.tree.raw(element.at).map(Typed::Text),
            _ => written(world, value),
        },
    }
}

fn written<'a>(world: &World<'a>, value: Value<'a>) -> Option<Typed<'a>> {
    match world.written(value) {
        Some(Value::Text(text)) => Some(Typed::Text(text)),
        _ => None,
    }
}

#[inline]
fn text<'a>(world: &World<'a>, element: Element) -> Option<&'a str> {
    if world.tree.shape(element.at) == Shape::Text { world.tree.text(element.at) } else { None }
}

#[inline]
fn moment<'a>(world: &World<'a>, value: Value<'a>) -> Option<Moment> {
    match value {
        Value::Element(element) => Moment::parse(text(world, element)?),
        Value::Text(text) => Moment::parse(text),
        Value::Moment(moment) => Some(*moment),
        _ => None,
    }
}

/// Reads the text of a number.
fn numeral<'a, T>(world: &World<'a>, value: Value<'a>, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    match value {
        Value::Element(element) if world.tree.shape(element.at) == Shape::Number => read(world.tree.text(element.at)?),
        Value::Integer(value) => read(&value.to_string()),
        Value::Decimal(value) => read(&value.to_string()),
        _ => None,
    }
}

fn integer<'a>(world: &World<'a>, value: Value<'a>) -> Option<i64> {
    if let Value::Integer(value) = value {
        return Some(value);
    }
    numeral(world, value, |text| match text.parse() {
        Ok(integer) => Some(integer),
        // `1.0` and `1e2` are integers too.
        Err(_) => {
            fixed(text, 38, 0).filter(|number| !number.is_rounded).and_then(|number| i64::try_from(number.digits).ok())
        }
    })
}
