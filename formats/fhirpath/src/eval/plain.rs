//! Elements as what they hold.

use super::few::Few;
use super::frame::World;
use super::value::{Fault, Value};
use crate::json::Shape;
use crate::value::Decimal;

impl<'a> World<'a> {
    /// Returns what a value is without its element; nothing of an object and of what has no value.
    pub(super) fn plain(&self, value: Value<'a>) -> Option<Value<'a>> {
        let Value::Element(element) = value else { return Some(value) };
        match self.tree.shape(element.at) {
            Shape::True => Some(Value::Boolean(true)),
            Shape::False => Some(Value::Boolean(false)),
            Shape::Text => self.tree.text(element.at).map(Value::Text),
            Shape::Number => self.tree.text(element.at).and_then(|text| self.number(text)),
            Shape::Null | Shape::Array | Shape::Object => None,
        }
    }

    fn number(&self, text: &str) -> Option<Value<'a>> {
        match text.parse::<i64>() {
            Ok(integer) => Some(Value::Integer(integer)),
            Err(_) => Some(self.decimal(Decimal::parse(text)?)),
        }
    }

    pub(super) fn decimal(&self, decimal: Decimal) -> Value<'a> {
        Value::Decimal(self.bump.alloc(decimal))
    }

    /// Returns a collection's only value as what it holds; nothing if it has none.
    pub(super) fn only(&self, of: &Few<'a>) -> Result<Option<Value<'a>>, Fault> {
        Ok(of.single()?.and_then(|value| self.plain(value)))
    }

    /// Returns a collection's only value as text.
    pub(super) fn text(&self, of: &Few<'a>) -> Result<Option<&'a str>, Fault> {
        match self.only(of)? {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(Fault::Kind),
        }
    }

    /// Returns a collection's only value as an integer.
    pub(super) fn integer(&self, of: &Few<'a>) -> Result<Option<i64>, Fault> {
        match self.only(of)? {
            None => Ok(None),
            Some(Value::Integer(integer)) => Ok(Some(integer)),
            Some(_) => Err(Fault::Kind),
        }
    }
}
