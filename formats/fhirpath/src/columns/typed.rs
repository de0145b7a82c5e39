//! Values by the types of their columns; what is of another type is nothing.

use crate::eval::{Element, Value, World};
use crate::json::Shape;
use crate::value::{Fixed, Moment, Precision, fixed};
use crate::view::Kind;

/// Returns the text that a column of text holds.
#[inline]
pub(super) fn text<'a>(world: &World<'a>, kind: Kind, value: &Value<'a>) -> Option<&'a str> {
    match (kind, value) {
        (Kind::Text, Value::Element(element)) => of_string(world, *element),
        (Kind::Text, Value::Text(text)) => Some(text),
        (Kind::Text, Value::Moment(_) | Value::Clock(_)) => written(world, value),
        (Kind::Json, Value::Element(element)) if world.tree.shape(element.at) == Shape::Object => {
            world.tree.raw(element.at)
        }
        (Kind::Any, Value::Element(element)) => world.tree.raw(element.at),
        (Kind::Any, _) => written(world, value),
        _ => None,
    }
}

/// Returns a value of the system as FHIR writes it.
pub(super) fn written<'a>(world: &World<'a>, value: &Value<'a>) -> Option<&'a str> {
    match world.written(*value) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

#[inline]
fn of_string<'a>(world: &World<'a>, element: Element) -> Option<&'a str> {
    if world.tree.shape(element.at) == Shape::Text { world.tree.text(element.at) } else { None }
}

/// Returns what a column of true and false holds.
pub(super) fn boolean(world: &World<'_>, value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Boolean(value) => Some(*value),
        Value::Element(element) => match world.tree.shape(element.at) {
            Shape::True => Some(true),
            Shape::False => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Returns what a column of 32 bits holds.
pub(super) fn int32(world: &World<'_>, least: i32, value: &Value<'_>) -> Option<i32> {
    i32::try_from(integer(world, value)?).ok().filter(|value| *value >= least)
}

/// Returns an integer; `1.0` and `1e2` are integers too.
pub(super) fn integer(world: &World<'_>, value: &Value<'_>) -> Option<i64> {
    if let Value::Integer(value) = value {
        return Some(*value);
    }
    numeral(world, value, |text| match text.parse() {
        Ok(integer) => Some(integer),
        Err(_) => {
            let number = fixed(text, 38, 0).filter(|number| !number.is_rounded)?;
            i64::try_from(number.digits).ok()
        }
    })
}

/// Returns a decimal at its column's scale.
pub(super) fn decimal(world: &World<'_>, precision: u8, scale: i8, value: &Value<'_>) -> Option<Fixed> {
    numeral(world, value, |text| fixed(text, u32::from(precision), u32::from(scale.unsigned_abs())))
}

/// Returns the nearest number of 64 bits.
pub(super) fn double(world: &World<'_>, value: &Value<'_>) -> Option<f64> {
    numeral(world, value, |text| text.parse::<f64>().ok().filter(|value| value.is_finite()))
}

/// Returns the first day of a date, in days since 1970.
pub(super) fn days(world: &World<'_>, value: &Value<'_>) -> Option<i32> {
    moment(world, value).filter(|moment| moment.precision <= Precision::Day && !moment.has_time)?.first_day()
}

/// Returns the first instant of a date or time, in microseconds since 1970, UTC.
#[inline]
pub(super) fn micros(world: &World<'_>, value: &Value<'_>) -> Option<i64> {
    moment(world, value)?.micros()
}

#[inline]
fn moment(world: &World<'_>, value: &Value<'_>) -> Option<Moment> {
    match value {
        Value::Element(element) => Moment::parse(of_string(world, *element)?),
        Value::Text(text) => Moment::parse(text),
        Value::Moment(moment) => Some(**moment),
        _ => None,
    }
}

/// Reads the text of a number.
fn numeral<T>(world: &World<'_>, value: &Value<'_>, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    match value {
        Value::Element(element) if world.tree.shape(element.at) == Shape::Number => read(world.tree.text(element.at)?),
        Value::Integer(value) => read(&value.to_string()),
        Value::Decimal(value) => read(&value.to_string()),
        _ => None,
    }
}
