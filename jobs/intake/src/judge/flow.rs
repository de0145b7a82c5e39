//! A value on its way from a cell to a column.

use std::fmt::Write;

use bumpalo::Bump;
use carelake_core::value::Day;
use jiff::civil;

use super::exact::Exact;

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400 * SECOND;

/// A value on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Flow<'b> {
    /// Nothing.
    Null,
    /// Something that a step could not read.
    Broken,
    /// Text; not empty.
    Text(&'b [u8]),
    /// A number in plain digits, as its format holds it.
    Number(&'b [u8]),
    /// A date: days since 1970-01-01.
    Day(i32),
    /// A local time: microseconds since 1970-01-01 00:00 on that clock.
    Local(i64),
    /// An instant: microseconds since 1970-01-01 00:00 UTC.
    Instant(i64),
    /// A number that was read; behind a reference, so that every other value stays small.
    Exact(&'b Exact),
    /// Several values, none of them null or a list.
    List(&'b [Flow<'b>]),
}

impl<'b> Flow<'b> {
    /// Returns text that may have become empty.
    pub(super) fn of(text: &'b [u8]) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text) }
    }

    /// Returns the first value of a list; any other as it is.
    pub(super) fn first(self) -> Self {
        match self {
            Self::List(values) => values.first().copied().unwrap_or(Self::Null),
            other => other,
        }
    }

    /// Returns the value as text, written as the common schema writes it; `None` where there is none.
    #[inline]
    pub(super) fn text(self, arena: &'b Bump) -> Option<&'b [u8]> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Null | Self::Broken => None,
            other => other.written(arena),
        }
    }

    fn written(self, arena: &'b Bump) -> Option<&'b [u8]> {
        let mut written = bumpalo::collections::String::new_in(arena);
        let done = match self {
            Self::Null | Self::Broken => return None,
            Self::Text(text) | Self::Number(text) => return Some(text),
            Self::List(_) => return self.first().text(arena),
            Self::Day(day) => write!(written, "{}", Day::from_days(day)),
            Self::Local(micros) => write!(written, "{}", clock(micros)),
            Self::Instant(micros) => write!(written, "{}Z", clock(micros)),
            Self::Exact(number) => write!(written, "{number}"),
        };
        done.ok()?;
        Some(written.into_bump_str().as_bytes())
    }
}

/// Returns what a clock shows so many microseconds after 1970-01-01 00:00 on it.
pub(super) fn clock(micros: i64) -> civil::DateTime {
    let date = Day::from_days(micros.div_euclid(DAY) as i32).date();
    let time = civil::Time::midnight().wrapping_add(jiff::SignedDuration::from_micros(micros.rem_euclid(DAY)));
    date.to_datetime(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_text() {
        let arena = Bump::new();
        for (flow, text) in [
            (Flow::Day(20_696), Some("2026-08-31")),
            (Flow::Local(20_696 * DAY + 14 * 3600 * SECOND + 500_000), Some("2026-08-31T14:00:00.5")),
            (Flow::Instant(-SECOND), Some("1969-12-31T23:59:59Z")),
            (Flow::Exact(&Exact { units: -1234, scale: 2 }), Some("-12.34")),
            (Flow::Number(b"12345"), Some("12345")),
            (Flow::List(&[Flow::Text(b"a"), Flow::Text(b"b")]), Some("a")),
            (Flow::List(&[]), None),
            (Flow::Broken, None),
        ] {
            let written = flow.text(&arena).map(|text| std::str::from_utf8(text).unwrap());
            assert_eq!(written, text);
        }
    }
}
