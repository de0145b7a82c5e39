//! Conversions between types; what cannot be converted is nothing.

use super::frame::World;
use super::value::Value;
use crate::code::Conversion;
use crate::value::{Clock, Decimal, Moment, Precision};

impl<'a> World<'a> {
    pub(super) fn converted(&self, value: Value<'a>, to: Conversion) -> Option<Value<'a>> {
        match to {
            Conversion::Boolean => boolean(value).map(Value::Boolean),
            Conversion::Integer => integer(value).map(Value::Integer),
            Conversion::Decimal => decimal(value).map(|decimal| self.decimal(decimal)),
            Conversion::Text => self.written(value),
            Conversion::Date => {
                let mut moment = self.moment(value)?;
                moment.precision = moment.precision.min(Precision::Day);
                (moment.has_time, moment.offset) = (false, None);
                Some(Value::Moment(self.bump.alloc(moment)))
            }
            Conversion::DateTime => {
                let moment = Moment { has_time: true, ..self.moment(value)? };
                Some(Value::Moment(self.bump.alloc(moment)))
            }
            Conversion::Time => match value {
                Value::Clock(_) => Some(value),
                Value::Text(text) => Clock::parse(text).map(|clock| Value::Clock(self.bump.alloc(clock))),
                _ => None,
            },
        }
    }

    fn moment(&self, value: Value<'a>) -> Option<Moment> {
        match value {
            Value::Moment(moment) => Some(*moment),
            Value::Text(text) => Moment::parse(text),
            _ => None,
        }
    }

    /// Returns a value as text.
    pub(crate) fn written(&self, value: Value<'a>) -> Option<Value<'a>> {
        Some(match value {
            Value::Element(_) => return self.plain(value).and_then(|value| self.written(value)),
            Value::Text(_) => value,
            Value::Boolean(true) => Value::Text("true"),
            Value::Boolean(false) => Value::Text("false"),
            Value::Integer(value) => self.made(&value.to_string()),
            Value::Decimal(value) => self.made(&value.to_string()),
            Value::Moment(value) => self.made(&value.to_string()),
            Value::Clock(value) => self.made(&value.to_string()),
        })
    }
}

fn boolean(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Boolean(value) => Some(value),
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
            _ => None,
        },
        _ => match decimal(value)?.to_integer() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
    }
}

fn integer(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(value) => Some(value),
        Value::Boolean(value) => Some(i64::from(value)),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn decimal(value: Value<'_>) -> Option<Decimal> {
    match value {
        Value::Integer(value) => Some(Decimal::integer(value)),
        Value::Decimal(value) => Some(*value),
        Value::Boolean(value) => Some(Decimal::integer(i64::from(value))),
        Value::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.')) => {
            Decimal::parse(text)
        }
        _ => None,
    }
}
