//! What `doctor` says of streams: ranges of records that AWS gave up, and how long they can still be read.

use carelake_streams::config::Streams;
use carelake_streams::range::GivenUp;
use jiff::Timestamp;

use super::{Check, ill, well};
use crate::lake::Lake;

/// What to do with a message of the queue that is no range.
const FOREIGN: &str = "look at the queue of what was given up: it has a message that is no range of a stream";

/// Looks at what the mappings of an environment gave up.
pub(super) fn checks(lake: &Lake) -> Vec<Check> {
    let Some((deployment, section)) = lake.deployment().zip(Streams::of_config(&lake.config)) else {
        return Vec::new();
    };
    let is_delivered = |name: &str| section.streams.iter().any(|it| it.is_delivered() && it.is_in(name));
    if !is_delivered(&lake.environment) {
        return Vec::new();
    }
    let what = "streams given up";
    let messages = match deployment.given_up() {
        Ok(messages) => messages,
        Err(failure) => return vec![ill(what, failure.message, &failure.advice.unwrap_or_default())],
    };
    if messages.is_empty() {
        return vec![well(what, "no records".to_owned())];
    }
    messages.iter().map(|message| one(lake, &section, message)).collect()
}

fn one(lake: &Lake, section: &Streams, message: &str) -> Check {
    let Some(range) = GivenUp::read(message) else { return ill("streams given up", "a message".to_owned(), FOREIGN) };
    let Some(stream) = range.of(section, &lake.environment) else {
        return ill("streams given up", format!("records of {}, which is no stream any more", range.arn), FOREIGN);
    };
    let records = range.range.records.map_or_else(|| "records".to_owned(), |count| format!("{count} records"));
    let left = range.readable_until.map(|until| until.duration_since(Timestamp::now()).as_mins());
    let readable = match left {
        Some(minutes) if minutes > 0 => format!("can be read for {} h {} min", minutes / 60, minutes % 60),
        Some(_) => "some of them may be gone".to_owned(),
        None => "when they came is not told".to_owned(),
    };
    let found = format!("{records} ({}); {readable}", range.condition);
    let next = format!(
        "mend what the log of stream_take tells, then carelake stream replay {} {}, and delete the message",
        range.asked(stream),
        lake.options
    );
    ill(&format!("stream {}", stream.name), found, &next)
}
