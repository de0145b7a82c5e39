//! A row of a file of DMS, as a change; and those that could not be used, tried once more.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::record::{Change, Item, Op, Parked, Read, Value, of_place};
use crate::take::{Before, Line, Staging, Took};

/// What happened to the rows of a full load.
pub(super) const OF_LOAD: &str = "I";

/// A row of a file.
pub(super) struct Row<'r> {
    /// Its place in the file, from 1 on.
    pub(super) number: u64,
    /// What happened, as the task says it.
    pub(super) op: Option<String>,
    /// Its place in the log of the database, where the task writes that.
    pub(super) change_seq: Option<String>,
    /// When the file was written: microseconds since 1970, UTC.
    pub(super) arrived_at: i64,
    /// Its columns.
    pub(super) image: Item<'r>,
}

/// A row that cannot be used, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept<'k> {
    #[serde(rename = "Op")]
    op: Option<String>,
    row: u64,
    change_seq: Option<String>,
    arrived_at: i64,
    #[serde(borrow)]
    image: &'k RawValue,
}

impl Row<'_> {
    /// Stages it.
    pub(super) fn push(self, staging: &mut Staging<'_>, file: &str) -> Result<(), StreamError> {
        let Self { number, op, change_seq, arrived_at, image } = self;
        let place = number.to_string();
        let json = Value::Map(image.0.clone()).json();
        let what = match op.as_deref() {
            Some("I") => Some(Op::Insert),
            Some("U") => Some(Op::Modify),
            Some("D") => Some(Op::Remove),
            _ => None,
        };
        let is_number = |text: &&String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let sequence = change_seq.as_ref().filter(is_number).cloned().unwrap_or_else(|| format!("{file}:{place}"));
        let change = what.ok_or(Parked::RecordShape).map(|op| Change {
            op,
            is_expired: false,
            keys: Item::default(),
            image: Some(image),
            image_text: Some(&json),
            old_text: None,
            arrived_at,
            sequence: Cow::Borrowed(&sequence),
            event_id: None,
        });
        let read =
            Read { identity: of_place(file, &place), sequence: Some(Cow::Borrowed(&sequence)), event_id: None, change };
        staging.push_kept(&read, || {
            let image = serde_json::from_str::<&RawValue>(&json).ok();
            let kept = image.map(|image| Kept { op, row: number, change_seq, arrived_at, image });
            Cow::Owned(
                kept.and_then(|kept| serde_json::to_vec(&kept).ok()).unwrap_or_else(|| json.clone().into_bytes()),
            )
        })
    }
}

/// Tries rows of a file once more that could not be used. What is no row, such as a file that was cut, stays as it is.
pub(crate) fn replay(world: &World<'_>, stream: &Stream, lines: &[Line], before: &Before) -> Result<Took, StreamError> {
    let file = lines.iter().find_map(|line| line.shard.clone()).unwrap_or_default();
    let mut staging = Staging::new(stream, Some(file.clone())).knowing(before);
    for line in lines {
        let raw = line.raw().unwrap_or_default();
        let kept: Option<Kept<'_>> = serde_json::from_slice(&raw).ok();
        let row = kept.and_then(|Kept { op, row: number, change_seq, arrived_at, image }| {
            let image = Item::plain(image)?;
            Some(Row { number, op, change_seq, arrived_at, image })
        });
        match row {
            Some(row) => row.push(&mut staging, &file)?,
            None => {
                let identity = of_place(&file, "");
                let read = Read { identity, sequence: None, event_id: None, change: Err(Parked::RecordShape) };
                staging.push(&read, &raw)?;
            }
        }
    }
    staging.finish(world, None, true)
}
