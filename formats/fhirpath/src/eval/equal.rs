//! Whether values and collections are the same.

use std::cmp::Ordering;

use super::compare::{Pair, pair};
use super::few::{Few, Gather};
use super::frame::World;
use super::run::boolean;
use super::value::{Fault, Value};
use crate::json::{NO_NAME, Shape};
use crate::value::Decimal;

impl<'a> World<'a> {
    /// `=`: nothing if one side is empty, or if dates cannot be told apart.
    pub(super) fn equal(&self, left: &Few<'a>, right: &Few<'a>) -> Option<bool> {
        let (left, right) = (left.items(), right.items());
        if left.is_empty() || right.is_empty() {
            return None;
        }
        if left.len() != right.len() {
            return Some(false);
        }
        let mut is_unknown = false;
        for (left, right) in left.iter().zip(right) {
            match self.same(*left, *right) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => is_unknown = true,
            }
        }
        (!is_unknown).then_some(true)
    }

    /// Says whether two values are the same; nothing if dates cannot be told apart, or one has no value.
    fn same(&self, left: Value<'a>, right: Value<'a>) -> Option<bool> {
        if let (Value::Element(left), Value::Element(right)) = (left, right)
            && (self.tree.shape(left.at) == Shape::Object || self.tree.shape(right.at) == Shape::Object)
        {
            return Some(self.same_json(left.at, right.at));
        }
        if let Value::Element(element) = left
            && self.tree.shape(element.at) == Shape::Object
        {
            return Some(false);
        }
        if let Value::Element(element) = right
            && self.tree.shape(element.at) == Shape::Object
        {
            return Some(false);
        }
        match pair(self.plain(left)?, self.plain(right)?) {
            Pair::Booleans(left, right) => Some(left == right),
            Pair::Numbers(left, right) => Some(left.order(right) == Ordering::Equal),
            Pair::Texts(left, right) => Some(left == right),
            Pair::Moments(left, right) => left.order(&right).map(|order| order == Ordering::Equal),
            Pair::Clocks(left, right) => left.order(&right).map(|order| order == Ordering::Equal),
            Pair::Unlike => Some(false),
        }
    }

    /// Compares two values of JSON: members in any order, the last of a name; numbers as numbers.
    fn same_json(&self, left: u32, right: u32) -> bool {
        let (Some(one), Some(other)) = (self.tree.entry(left), self.tree.entry(right)) else { return false };
        match (one.shape, other.shape) {
            (Shape::Object, Shape::Object) => self.has_all(left, right) && self.has_all(right, left),
            (Shape::Array, Shape::Array) => {
                let (mut left, mut right) = (self.tree.within(left), self.tree.within(right));
                loop {
                    match (left.next(), right.next()) {
                        (None, None) => return true,
                        (Some((left, _)), Some((right, _))) if self.same_json(left, right) => {}
                        _ => return false,
                    }
                }
            }
            (Shape::Number, Shape::Number) => {
                let number = |at| self.tree.text(at).and_then(Decimal::parse);
                match (number(left), number(right)) {
                    (Some(left), Some(right)) => left.order(right) == Ordering::Equal,
                    _ => self.tree.text(left) == self.tree.text(right),
                }
            }
            (Shape::Text, Shape::Text) => self.tree.text(left) == self.tree.text(right),
            (one, other) => one == other,
        }
    }

    /// Says whether an object has each member of another, with the same value.
    fn has_all(&self, object: u32, other: u32) -> bool {
        let last = |object: u32, at: u32| match self.tree.entry(at).map_or(NO_NAME, |entry| entry.name) {
            NO_NAME => self.tree.name_of(at).and_then(|name| self.tree.member_called(object, name)),
            name => self.tree.member(object, name),
        };
        self.tree.within(other).all(|(at, _)| {
            let in_other = last(other, at).unwrap_or(at);
            last(object, at).is_some_and(|in_object| self.same_json(in_object, in_other))
        })
    }

    /// `~`: the same but for order, case, white space and lost digits; what is unknown is not the same.
    pub(super) fn equivalent(&self, left: &Few<'a>, right: &Few<'a>) -> bool {
        let (left, right) = (left.items(), right.items());
        left.len() == right.len() && left.iter().all(|value| right.iter().any(|other| self.like(*value, *other)))
    }

    fn like(&self, left: Value<'a>, right: Value<'a>) -> bool {
        let (Some(one), Some(other)) = (self.plain(left), self.plain(right)) else {
            return self.same(left, right) == Some(true);
        };
        match pair(one, other) {
            Pair::Texts(left, right) => {
                let words = |text: &str| text.to_lowercase().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
                words(left) == words(right)
            }
            Pair::Numbers(left, right) => left.is_like(right),
            _ => self.same(left, right) == Some(true),
        }
    }

    /// `in`: whether a collection has a value.
    pub(super) fn holds(&self, of: &Few<'a>, value: &Few<'a>) -> Result<Few<'a>, Fault> {
        let Some(value) = value.single()? else { return Ok(Few::None) };
        Ok(boolean(Some(of.items().iter().any(|item| self.same(*item, value) == Some(true)))))
    }

    /// Returns the values of a collection, each once.
    pub(super) fn distinct(&self, of: &Few<'a>) -> Few<'a> {
        self.union(of, &Few::None)
    }

    /// `|`: the values of both, each once.
    pub(super) fn union(&self, left: &Few<'a>, right: &Few<'a>) -> Few<'a> {
        let mut all = Gather::new(self.bump);
        for value in left.items().iter().chain(right.items()) {
            if !all.items().iter().any(|known| self.same(*known, *value) == Some(true)) {
                all.push(*value);
            }
        }
        all.finish()
    }
}
