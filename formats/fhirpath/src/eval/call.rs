//! Calls of functions whose arguments are values.

use super::few::Few;
use super::frame::World;
use super::run::boolean;
use super::value::{Fault, Value};
use crate::code::{Function, LiteralId};

/// The arguments of a call.
pub(super) type Arguments<'a> = (Option<Few<'a>>, Option<Few<'a>>);

impl<'a> World<'a> {
    pub(super) fn call(
        &self,
        function: Function,
        of: &Few<'a>,
        arguments: Arguments<'a>,
        pattern: Option<LiteralId>,
    ) -> Result<Few<'a>, Fault> {
        use Function as F;
        let items = of.items();
        Ok(match function {
            F::Count => Few::One(Value::Integer(i64::try_from(items.len()).unwrap_or(i64::MAX))),
            F::Empty => boolean(Some(items.is_empty())),
            F::Exists => boolean(Some(!items.is_empty())),
            F::Not => boolean(self.truth(of)?.map(|value| !value)),
            F::First => Few::of(of.first()),
            F::Last => Few::of(items.last().copied()),
            F::Tail => of.part(1, items.len()),
            F::Single => Few::of(of.single()?),
            F::Skip | F::Take => {
                let count = arguments.0.map(|count| self.integer(&count)).transpose()?.flatten();
                let Some(count) = count else { return Ok(Few::None) };
                let count = usize::try_from(count.max(0)).unwrap_or(usize::MAX);
                if function == F::Skip { of.part(count, items.len()) } else { of.part(0, count) }
            }
            F::Distinct => self.distinct(of),
            F::IsDistinct => boolean(Some(self.distinct(of).items().len() == items.len())),
            F::HasValue => {
                let has_value = matches!(items, [value] if self.plain(*value).is_some());
                boolean(Some(has_value))
            }
            F::Precision => Few::of(self.precision(of)?.map(Value::Integer)),
            F::To(conversion) => Few::of(self.only(of)?.and_then(|value| self.converted(value, conversion))),
            F::Converts(conversion) => boolean(self.only(of)?.map(|value| self.converted(value, conversion).is_some())),
            F::Join => Few::One(self.join(of, arguments.0.as_ref())?),
            _ => match self.text(of)? {
                None => Few::None,
                Some(text) => self.of_text(function, text, arguments, pattern)?,
            },
        })
    }
}
