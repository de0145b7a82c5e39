//! Which folders rows are in.

use carelake_core::config::reader::{Mistakes, Spot};

use super::attribute::{Attribute, Type};

/// A part of the event time that is a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimePart {
    /// `year=2026`.
    Year,
    /// `month=03`.
    Month,
    /// `day=07`.
    Day,
    /// `hour=05`.
    Hour,
}

/// In the order in which they are folders.
const TIME_PARTS: [TimePart; 4] = [TimePart::Year, TimePart::Month, TimePart::Day, TimePart::Hour];

impl TimePart {
    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }
}

/// Reads `partition_by`: declared columns of text, then parts of the event time, each inside of the one before.
pub(super) fn read(
    spot: Option<Spot<'_>>,
    declared: &[&Attribute],
    mistakes: &mut Mistakes,
) -> (Vec<String>, Vec<TimePart>) {
    let (mut columns, mut times): (Vec<String>, Vec<TimePart>) = Default::default();
    let texts = spot.map(|spot| spot.texts("columns, then year, month, day, hour", mistakes));
    for (name, spot) in texts.unwrap_or_default() {
        if let Some(part) = TIME_PARTS.into_iter().find(|part| part.name() == name) {
            let before = TIME_PARTS.get(times.len()).filter(|next| **next != part);
            if let Some(before) = before {
                mistakes
                    .add(&spot, format!("`{name}` must come after `{}`: its folder is inside of that", before.name()));
            } else {
                times.push(part);
            }
            continue;
        }
        if name == "minute" {
            mistakes.add(&spot, "would make 1,440 files a day; the smallest folder is `hour`");
            continue;
        }
        match declared.iter().find(|it| it.name == name) {
            None => {
                let names: Vec<&str> = declared.iter().map(|it| it.name.as_str()).collect();
                let known = names.into_iter().chain(TIME_PARTS.map(TimePart::name));
                let message = format!("`{name}` is no declared column; declare it in `attributes`, or leave it out");
                mistakes.unknown(&spot, message, &name, known);
            }
            Some(it) if it.kind != Type::Text => mistakes.add(&spot, "must be a column of `type: text`"),
            Some(_) if !times.is_empty() => mistakes.add(&spot, "must come before year, month, day and hour"),
            Some(_) => columns.push(name),
        }
    }
    (columns, times)
}
