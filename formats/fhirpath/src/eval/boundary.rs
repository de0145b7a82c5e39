//! `lowBoundary()`, `highBoundary()` and `precision()`.

use super::few::Few;
use super::frame::World;
use super::value::{Fault, Value};
use crate::types::Type;
use crate::value::{Clock, Decimal, Moment, Precision};

impl<'a> World<'a> {
    /// Returns the least or greatest value that a value may mean; `is_date` says what a text is that nobody said the type of.
    pub(super) fn boundary(
        &self,
        of: &Few<'a>,
        precision: Option<Few<'a>>,
        is_high: bool,
        is_date: bool,
    ) -> Result<Few<'a>, Fault> {
        let precision = match precision {
            None => None,
            Some(precision) => match self.integer(&precision)? {
                None => return Ok(Few::None),
                precision => precision,
            },
        };
        let Some(single) = of.single()? else { return Ok(Few::None) };
        let is_date = match single {
            Value::Element(element) if element.kind != Type::UNKNOWN => element.kind.name() == "date",
            _ => is_date,
        };
        let of_decimal = |decimal: Decimal| decimal.boundary(is_high, precision).map(|decimal| self.decimal(decimal));
        let of_moment = |moment: Moment, is_date: bool| {
            let is_date = is_date && moment.precision <= Precision::Day;
            moment.boundary(is_high, is_date, precision).map(|moment| Value::Moment(self.bump.alloc(moment)))
        };
        let of_clock =
            |clock: Clock| clock.boundary(is_high, precision).map(|clock| Value::Clock(self.bump.alloc(clock)));
        Ok(Few::of(match self.plain(single) {
            None => None,
            Some(Value::Integer(value)) => of_decimal(Decimal::integer(value)),
            Some(Value::Decimal(value)) => of_decimal(*value),
            Some(Value::Moment(value)) => of_moment(*value, !value.has_time),
            Some(Value::Clock(value)) => of_clock(*value),
            Some(Value::Text(text)) => match (Moment::parse(text), Clock::parse(text)) {
                (Some(moment), _) => of_moment(moment, is_date),
                (None, Some(clock)) => of_clock(clock),
                (None, None) => return Err(Fault::Kind),
            },
            Some(Value::Boolean(_) | Value::Element(_)) => return Err(Fault::Kind),
        }))
    }

    /// Returns how many digits a value is exact to: of dates and times by their text, of decimals behind the point.
    pub(super) fn precision(&self, of: &Few<'a>) -> Result<Option<i64>, Fault> {
        Ok(match self.only(of)? {
            Some(Value::Decimal(value)) => Some(i64::from(value.scale)),
            Some(Value::Moment(value)) => Some(value.digits_of_precision()),
            Some(Value::Clock(value)) => Some(value.digits_of_precision()),
            Some(Value::Text(text)) => match Moment::parse(text) {
                Some(moment) => Some(moment.digits_of_precision()),
                None => Clock::parse(text).map(|clock| clock.digits_of_precision()),
            },
            _ => None,
        })
    }
}
