//! The delivery date: what the name says, else what the file declares, else the day on which it arrived.

use carelake_records::ReadError;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::claimed_by::Named;
use crate::deliveries::Position;

/// A delivery date, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryDay {
    /// The date.
    pub date: Date,
    /// Who says so.
    pub said_by: SaidBy,
}

/// Who says what the delivery date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidBy {
    /// The name of the file.
    Name,
    /// The file itself.
    File,
    /// Nobody: it is the day of arrival in the zone of the feed.
    Arrival,
}

/// Finds the delivery date. `declared` reads it from the file, and is asked only where the name does not say it. A file that cannot be
/// read for what it is has the day of its arrival: it is a delivery, which fails.
///
/// # Errors
/// [`ReadError::Io`] when this machine cannot read the file.
pub fn delivery_day(
    named: &Named,
    declared: impl FnOnce() -> Result<Option<Date>, ReadError>,
    arrived: Timestamp,
    zone: &TimeZone,
) -> Result<DeliveryDay, ReadError> {
    if let Some(date) = named.delivery {
        return Ok(DeliveryDay { date, said_by: SaidBy::Name });
    }
    match declared() {
        Ok(Some(date)) => Ok(DeliveryDay { date, said_by: SaidBy::File }),
        Ok(None) | Err(ReadError::Malformed(_)) => {
            Ok(DeliveryDay { date: arrived.to_zoned(zone.clone()).date(), said_by: SaidBy::Arrival })
        }
        Err(error) => Err(error),
    }
}

impl DeliveryDay {
    /// Returns which delivery of its feed it is.
    #[must_use]
    pub fn position(&self, named: &Named) -> Position {
        Position { date: self.date, sequence: named.sequence.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use carelake_records::{Malformed, Reason};
    use jiff::civil::date;
    use jiff::tz::offset;

    use super::*;

    #[test]
    fn the_name_comes_before_the_file_and_the_file_before_the_arrival() {
        let arrived: Timestamp = "2026-08-04T02:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(offset(-4));
        let said = Named { delivery: Some(date(2026, 8, 1)), sequence: Some(7), ..Named::default() };
        let silent = Named { sequence: Some(7), ..Named::default() };
        let malformed = || Err(Malformed::new(Reason::Truncated, "it ends").into());
        let declared = || Ok(Some(date(2026, 8, 2)));
        let cases = [
            (&said, declared(), 1, SaidBy::Name),
            (&silent, declared(), 2, SaidBy::File),
            (&silent, Ok(None), 3, SaidBy::Arrival),
            (&silent, malformed(), 3, SaidBy::Arrival),
        ];
        for (named, declared, day, said_by) in cases {
            let found = delivery_day(named, || declared, arrived, &zone).unwrap();
            assert_eq!(found, DeliveryDay { date: date(2026, 8, day), said_by });
            assert_eq!(found.position(named).sequence, 7);
        }
        let io = delivery_day(&silent, || Err(io::Error::other("disk").into()), arrived, &zone);
        assert!(matches!(io, Err(ReadError::Io(_))));
    }
}
