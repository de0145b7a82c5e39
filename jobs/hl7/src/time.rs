//! Times as HL7 v2 writes them: from a year to a fraction of a second, with or without an offset from UTC.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// How much of a time was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// The year.
    Year,
    /// The month.
    Month,
    /// The day.
    Day,
    /// The hour.
    Hour,
    /// The minute.
    Minute,
    /// The second.
    Second,
    /// One to four digits of a second.
    Fraction,
}

impl Precision {
    /// Returns its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Fraction => "fraction",
        }
    }
}

/// The lowest moment that a text can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970 in UTC.
    pub micros: i64,
    /// How much was said.
    pub precision: Precision,
    /// Minutes ahead of UTC, if it says so.
    pub offset: Option<i16>,
}

/// What a text says of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// Nothing.
    Absent,
    /// `""`: that what is held is to be deleted.
    Delete,
    /// Something that is no time, or none that there is.
    Unreadable,
    /// A moment.
    At(Moment),
}

impl Time {
    /// Reads `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][±ZZZZ]`; a component after it, which older versions have for the precision, does
    /// not count. Without an offset it is a time in the zone: in a gap of summer time that of the offset before it, in a fold the
    /// earlier one.
    ///
    /// ```
    /// use carelake_hl7::{Precision, Time};
    /// let Time::At(moment) = Time::read("2024071409+0200", '^', &jiff::tz::TimeZone::UTC) else { panic!() };
    /// assert_eq!((moment.micros, moment.precision, moment.offset), (1_720_940_400_000_000, Precision::Hour, Some(120)));
    /// ```
    #[must_use]
    pub fn read(text: &str, component: char, zone: &TimeZone) -> Self {
        match text.split(component).next().unwrap_or_default().trim_ascii() {
            "" => Self::Absent,
            "\"\"" => Self::Delete,
            text => moment(text, zone).map_or(Self::Unreadable, Self::At),
        }
    }
}

fn moment(text: &str, zone: &TimeZone) -> Option<Moment> {
    let (local, offset) = match text.find(['+', '-']) {
        Some(at) => (text.get(..at)?, Some(offset(text.get(at..)?)?)),
        None => (text, None),
    };
    let (whole, fraction) = local.split_once('.').map_or((local, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut parts = [0_i16, 1, 1, 0, 0, 0];
    let mut rest = whole;
    let mut count = 0;
    for (part, length) in parts.iter_mut().zip([4, 2, 2, 2, 2, 2]) {
        if rest.is_empty() {
            break;
        }
        let (digits, after) = rest.split_at_checked(length)?;
        *part = number(digits)?;
        rest = after;
        count += 1;
    }
    let [year, month, day, hour, minute, second] = parts;
    let (nanos, precision) = match (fraction, count) {
        (None, 1) => (0, Precision::Year),
        (None, 2) => (0, Precision::Month),
        (None, 3) => (0, Precision::Day),
        (None, 4) => (0, Precision::Hour),
        (None, 5) => (0, Precision::Minute),
        (None, 6) => (0, Precision::Second),
        (Some(digits), 6) if (1..=4).contains(&digits.len()) => (nanos(digits)?, Precision::Fraction),
        _ => return None,
    };
    if !rest.is_empty() || year == 0 {
        return None;
    }
    let small = |part: i16| i8::try_from(part).ok();
    let (month, day, hour) = (small(month)?, small(day)?, small(hour)?);
    let local = DateTime::new(year, month, day, hour, small(minute)?, small(second)?, nanos).ok()?;
    let ahead = match offset {
        Some(minutes) => Offset::from_seconds(i32::from(minutes) * 60).ok()?,
        // The one before is the earlier one of a fold, too.
        None => match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
        },
    };
    let since = local.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_micros();
    let micros = i64::try_from(since).ok()? - i64::from(ahead.seconds()) * 1_000_000;
    Some(Moment { micros, precision, offset })
}

/// Reads `+HHMM` or `-HHMM` as minutes.
fn offset(text: &str) -> Option<i16> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = digits.split_at_checked(2).filter(|(_, minutes)| minutes.len() == 2)?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let ahead = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
    Some(if sign == "-" { -ahead } else { ahead })
}

/// Reads digits, and nothing else.
fn number(digits: &str) -> Option<i16> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Reads one to four digits of a second as nanoseconds.
fn nanos(digits: &str) -> Option<i32> {
    let scale = 10_i32.checked_pow(9_u32.checked_sub(u32::try_from(digits.len()).ok()?)?)?;
    Some(i32::from(number(digits)?) * scale)
}
