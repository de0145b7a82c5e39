//! Which delivery of its feed a file is: the date and number that it declares.

use std::path::Path;

use carelake_records::declared;
use jiff::Timestamp;
use jiff::civil::Date;

use super::desk::{Desk, File};
use super::opened::opened;
use crate::arrive::{Named, delivery_day};
use crate::deliveries::{Arrival, Position};
use crate::error::IntakeError;
use crate::feed::Feed;
use crate::mapping::Moment;

/// Returns the delivery that a file is: of the date in its name, else of that in the file, else of the day of its arrival in the zone of
/// the feed.
pub(super) fn place(desk: &Desk<'_>, feed: &Feed, named: &Named, arrival: &Arrival) -> Result<Position, IntakeError> {
    // A file that is not here cannot tell its date.
    let file = match (&feed.declared_in, named.delivery) {
        (Some(_), None) => Some(desk.file(&arrival.raw, arrival.edition.as_deref())?),
        _ => None,
    };
    place_file(desk, feed, named, file.as_ref().map(File::path), arrival.modified)
}

/// Returns the delivery that a file on this machine is.
pub(super) fn place_file(
    desk: &Desk<'_>,
    feed: &Feed,
    named: &Named,
    file: Option<&Path>,
    modified: Timestamp,
) -> Result<Position, IntakeError> {
    let opened = match (&feed.declared_in, named.delivery, file) {
        (Some(_), None, Some(file)) => Some(opened(desk, feed, file)?),
        _ => None,
    };
    let declared = || {
        let (Some(of), Some(file)) = (&feed.declared_in, &opened) else { return Ok(None) };
        let text = declared(file.path(), &feed.format, &desk.intake.limits, &of.source)?;
        Ok(text.and_then(|text| of.formats.iter().find_map(|format| date(text.trim(), format))))
    };
    let day = delivery_day(named, declared, modified, &feed.time_zone)?;
    Ok(day.position(named))
}

/// Reads the day of a date or time.
fn date(text: &str, format: &Moment) -> Option<Date> {
    match format {
        Moment::Format(format) => Date::strptime(format, text).ok(),
        Moment::Iso => text.get(..10)?.parse().ok(),
        Moment::Hl7 => Date::strptime("%Y%m%d", text.get(..8)?).ok(),
        Moment::Excel | Moment::Excel1904 | Moment::EpochSeconds | Moment::EpochMillis => None,
    }
}
