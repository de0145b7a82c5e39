//! Numbers, dates and times that keep what they were written with: decimals exact, dates with their precision.

mod boundary;
mod calendar;
mod clock;
mod decimal;
mod moment;
mod read;

pub(crate) use clock::Clock;
pub(crate) use decimal::{Decimal, Fixed, fixed};
pub(crate) use moment::{Moment, Precision};
