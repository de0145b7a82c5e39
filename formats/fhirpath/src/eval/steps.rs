//! The steps of paths, one after another: what an object holds is looked at once for all that go to its members.

use super::few::Few;
use super::frame::World;
use super::value::{Element, Value};
use crate::code::{Dispatch, OpId, Scope, StepKind};
use crate::json::{NOWHERE, Shape};
use crate::types::Type;

impl<'a> World<'a> {
    /// Finds the values of those operations that are found first.
    pub(super) fn steps(&self, scope: &'a Scope, focus: Few<'a>, row_index: i64) -> &'a [Few<'a>] {
        let values = self.bump.alloc_slice_fill_copy(scope.ops.len(), Few::None);
        for step in &scope.steps {
            let of = |id: OpId| values.get(usize::from(id.0)).copied().unwrap_or(Few::None);
            let value = match step.kind {
                StepKind::Focus => focus,
                StepKind::Resource => self.resource(),
                StepKind::Literal(literal) => self.literal(literal),
                StepKind::RowIndex => Few::One(Value::Integer(row_index)),
                StepKind::First(from) => match of(from) {
                    Few::Many(all) => Few::of(all.first().copied()),
                    value => value,
                },
                StepKind::OfType(from, kind) => match of(from) {
                    Few::None => Few::None,
                    value => self.of_type(value, kind),
                },
                StepKind::Member => of(step.at),
            };
            if matches!(value, Few::None) {
                continue;
            }
            if let Some(place) = values.get_mut(usize::from(step.at.0)) {
                *place = value;
            }
            if let Some(members) = &step.members {
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
