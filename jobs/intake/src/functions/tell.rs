//! Notices of the room: names and counts, never a value from the data. A name of a file is shown so that it breaks no line.

use carelake_core::ErrorKind;
use carelake_pipeline::page::shown;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use jiff::civil::Date;

use super::desk::Desk;
use crate::arrive::claimed_by;
use crate::course::Tell;
use crate::deliveries::{Arrival, Delivery, SchemaVersion, Status};
use crate::feed::{Feed, Mode};

/// Characters of a subject, as SNS wants them.
const SUBJECT_CHARS: usize = 100;
/// New columns that a notice names.
const COLUMNS: usize = 20;

/// A file that no feed claims.
pub(super) fn unclaimed(
    desk: &Desk<'_>,
    arrival: &Arrival,
    reason: &str,
    nearest: Option<&str>,
) -> Result<Vec<Tell>, Failure> {
    let (partner, name) = (shown(&arrival.partner), shown(&arrival.name));
    let near = nearest.map(|feed| format!("The nearest feed is {feed}.\n")).unwrap_or_default();
    let options = desk.context.options;
    let message = format!(
        "{partner}/{name} arrived, {} bytes, and no feed claims it: {reason}.\n{near}\nIt is kept whole. `carelake {options} intake unclaimed` lists such files; `carelake {options} intake assign {partner}/{name} FEED` makes it a delivery of a feed.\n",
        arrival.size_bytes
    );
    to_all(desk, None, &format!("unclaimed file of {partner}"), &message)
}

/// A file that was cut off while it was sent.
pub(super) fn partial(desk: &Desk<'_>, arrival: &Arrival) -> Result<Vec<Tell>, Failure> {
    let (partner, name, options) = (shown(&arrival.partner), shown(&arrival.name), desk.context.options);
    let message = format!(
        "{partner}/{name} was cut off after {} bytes while it was sent, and is not read.\n\nThe partner sends it again; under the same name it is then the delivery. `carelake {options} intake unclaimed` lists such files until then. If it was taken before this was known, `carelake {options} feeds show FEED` has the delivery, and `intake withdraw` takes it out.\n",
        arrival.size_bytes
    );
    let feed = claimed_by(&desk.intake.feeds, &arrival.partner, &arrival.name).ok().map(|(feed, _)| &**feed);
    to_all(desk, feed, &format!("cut-off file of {partner}"), &message)
}

/// What is to be told of a delivery beside its figures: that there is nothing in it, that it was withdrawn before, that it is as the last.
pub(super) fn noted(desk: &Desk<'_>, feed: &Feed, delivery: &Delivery) -> Result<Vec<Tell>, Failure> {
    let (id, name) = (&delivery.id, shown(&delivery.name));
    let what = match delivery.status {
        Status::Empty => "has no records",
        Status::Withdrawn => {
            "has the bytes of a delivery that was withdrawn; it counts again by `intake withdraw --undo`"
        }
        Status::Published if delivery.is_unchanged && feed.mode == Mode::Append => {
            "has the bytes of another delivery of its feed"
        }
        _ => return Ok(Vec::new()),
    };
    let message = format!("{id} ({name}) {what}.\nWhat {} serves is as the accepted deliveries are.\n", feed.name);
    to_all(desk, Some(feed), &format!("{id} {}", delivery.status.name()), &message)
}

/// Columns that the files of a feed never had before.
pub(super) fn new_columns(desk: &Desk<'_>, feed: &Feed, version: &SchemaVersion) -> Result<Vec<Tell>, Failure> {
    let listed: Vec<String> = version.notable.iter().take(COLUMNS).map(|name| shown(name)).collect();
    let more = version.notable.len().saturating_sub(COLUMNS);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let (since, options) = (&version.since, desk.context.options);
    let message = format!(
        "{since} is the first delivery with {}{more}.\nRows are mapped as before; what no page maps is left out. Map them in the page of {feed} if they are wanted. It is told once.\n\n`carelake {options} feeds show {feed}` has all versions of its columns.\n",
        listed.join(", "),
        feed = feed.name
    );
    to_all(desk, Some(feed), &format!("new columns in {since}"), &message)
}

/// A delivery that failed for good.
pub(super) fn failed(
    desk: &Desk<'_>,
    feed: Option<&Feed>,
    arrival: &Arrival,
    (error, why): (&str, &str),
) -> Result<Vec<Tell>, Failure> {
    let (partner, name) = (shown(&arrival.partner), shown(&arrival.name));
    let about = feed.map_or(partner.as_str(), |feed| feed.name.as_str());
    let advice = desk.context.kinds.named(error).map(|kind| kind.advice).unwrap_or_default();
    let options = desk.context.options;
    let message = format!(
        "{partner}/{name} failed: {error}.\n{why}\n\nWhat {about} serves stays as it was. {advice}.\n\n`carelake {options} intake dead` lists what waits; after a fix, `carelake {options} intake redrive --feed {about}` does it again.\n"
    );
    to_all(desk, feed, &format!("{about} failed: {error}"), &message)
}

/// A feed that failed and works again.
pub(super) fn recovered(desk: &Desk<'_>, feed: &Feed, since: Timestamp, times: u64) -> Result<Vec<Tell>, Failure> {
    let message = format!("{} works again. It had failed since {since:.0}, {times} times in a row.\n", feed.name);
    to_all(desk, Some(feed), &format!("{} works again", feed.name), &message)
}

/// A delivery that is late.
pub(super) fn late(desk: &Desk<'_>, feed: &Feed, due: Date) -> Result<Vec<Tell>, Failure> {
    let message = format!(
        "A delivery of {} by {} was due on {due} and is not there. It is told weekly until it arrives.\n",
        feed.name,
        shown(&feed.partner)
    );
    to_all(desk, Some(feed), &format!("{} is late", feed.name), &message)
}

/// A server of a partner from which nothing can be fetched.
pub(super) fn unfetched(desk: &Desk<'_>, feed: &Feed, failure: &Failure) -> Result<Vec<Tell>, Failure> {
    let (name, partner) = (&feed.name, shown(&feed.partner));
    let message = format!(
        "Nothing can be fetched for {name} of {partner}: {}.\n{}\n\nWhat {name} serves stays as it was, and it is tried again. {}.\n\n`carelake {} intake pull {name}` tries it now.\n",
        failure.kind.name,
        shown(&failure.reason),
        failure.kind.advice,
        desk.context.options
    );
    to_all(desk, Some(feed), &format!("{name} cannot be fetched: {}", failure.kind.name), &message)
}

/// A server of a partner that works again.
pub(super) fn fetched_again(desk: &Desk<'_>, feed: &Feed, since: Timestamp, times: u64) -> Result<Vec<Tell>, Failure> {
    let name = &feed.name;
    let message = format!("{name} is fetched again. It had failed since {since:.0}, {times} times in a row.\n");
    to_all(desk, Some(feed), &format!("{name} is fetched again"), &message)
}

/// Tells those who are always told, and those whom the feed names.
fn to_all(desk: &Desk<'_>, feed: Option<&Feed>, about: &str, message: &str) -> Result<Vec<Tell>, Failure> {
    let subject = format!("carelake {}: {about}", desk.context.environment);
    let subject: String = subject.chars().filter(char::is_ascii).take(SUBJECT_CHARS).collect();
    let to = |recipients: &[String]| {
        let recipients =
            serde_json::to_string(recipients).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
        Ok::<Tell, Failure>(Tell { subject: subject.clone(), message: message.to_owned(), recipients })
    };
    let mut all = vec![to(&[])?];
    if let Some(feed) = feed.filter(|feed| !feed.notify.is_empty()) {
        all.push(to(&feed.notify)?);
    }
    Ok(all)
}
