//! The steps of paths, one after another: what an object holds is looked at once for all that go to its members.

use super::few::Few;
use super::frame::World;
use super::value::{Element, Value};
use crate::code::{Dispatch, Op, Scope, When};
use crate::json::{NOWHERE, Shape};
use crate::types::Type;

impl<'a> World<'a> {
    /// Finds the values of those operations that are found first.
    pub(super) fn steps(&self, scope: &'a Scope, focus: Few<'a>) -> &'a [Few<'a>] {
        let values = self.bump.alloc_slice_fill_copy(scope.ops.len(), Few::None);
        let steps = scope.ops.iter().zip(&scope.when).zip(&scope.members).enumerate();
        for (at, ((op, when), members)) in steps {
            if *when != When::First {
                continue;
            }
            let of = |values: &[Few<'a>], of: &crate::code::OpId| values.get(usize::from(of.0)).copied();
            let value = match op {
                Op::Focus => focus,
                Op::Resource => self.resource(),
                Op::First { of: from } => match of(values, from) {
                    Some(Few::Many(all)) => Few::of(all.first().copied()),
                    Some(value) => value,
                    None => Few::None,
                },
                Op::OfType { of: from, kind } => match of(values, from) {
                    None | Some(Few::None) => Few::None,
                    Some(value) => self.of_type(value, *kind),
                },
                // What it went from has set it.
                _ => of(values, &crate::code::OpId(u16::try_from(at).unwrap_or(u16::MAX))).unwrap_or(Few::None),
            };
            if matches!(value, Few::None) {
                continue;
            }
            if let Some(place) = values.get_mut(at) {
                *place = value;
            }
            if let Some(members) = members {
                self.go(value, members, values);
            }
        }
        values
    }

    /// Goes from a value to all members that are asked for.
    fn go(&self, value: Few<'a>, members: &Dispatch, values: &mut [Few<'a>]) {
        if let Few::One(Value::Element(element)) = value
            && let Some(entry) = self.tree.entry(element.at)
            && entry.shape == Shape::Object
            && !entry.is_marked
        {
            for (at, entry) in self.tree.within(element.at) {
                for target in members.of(entry.name) {
                    if let Some(place) = values.get_mut(usize::from(target.op.0)) {
                        self.set(place, at, entry.shape, target.kind);
                    }
                }
            }
            return;
        }
        for (op, member) in &members.all {
            if let Some(place) = values.get_mut(usize::from(op.0)) {
                *place = self.member(&value, member);
            }
        }
    }

    /// Sets what a member is. The element's own name goes before those that say a type; of several of a name the last counts.
    #[inline]
    fn set(&self, place: &mut Few<'a>, at: u32, shape: Shape, kind: Type) {
        if kind != Type::UNKNOWN
            && let Some(Value::Element(known)) = place.first()
            && known.kind == Type::UNKNOWN
        {
            return;
        }
        let element = Element { at, besides: NOWHERE, kind };
        *place = match shape {
            Shape::Null => Few::None,
            Shape::Array => self.listed(element),
            _ => Few::One(Value::Element(element)),
        };
    }
}
