//! When the next delivery of a feed is expected.

use carelake_core::config::reader::{Mistakes, Spot};

use super::keys;
use crate::feed::Expected;

const EVERY: [(&str, &str); 4] = [("day", "day"), ("week", "week"), ("month", "month"), ("quarter", "quarter")];

/// Reads when the next delivery is expected.
pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Expected> {
    let fields = spot.keyed(&keys::EXPECTED, mistakes);
    let every = fields.required("every", "one of day, week, month, quarter", mistakes)?.choice(&EVERY, mistakes)?;
    let mut by_day = |last: i8| {
        let spot = fields.required("by_day", "the day by which it is there", mistakes)?;
        spot.number("a day", 1..=last, mistakes)
    };
    match every {
        "week" => by_day(7).map(Expected::Week),
        "month" => by_day(28).map(Expected::Month),
        "quarter" => by_day(28).map(Expected::Quarter),
        _ => {
            if let Some(spot) = fields.get("by_day") {
                mistakes.add(&spot, "is not said of what comes every day");
            }
            Some(Expected::Day)
        }
    }
}
