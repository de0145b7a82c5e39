//! What a cell of a workbook shows, as text.

use std::io::Write;

use calamine::{Data, DataRef, ExcelDateTime, ExcelDateTimeType};

use crate::batch::Kind;

/// Days of the last date that workbooks know, 9999-12-31, in the system of 1900.
const LAST_DAY: f64 = 2_958_465.0;

/// Seconds of a day.
const DAY_SECONDS: f64 = 86_400.0;

/// The value of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    /// Nothing.
    Empty,
    /// An error: `#N/A`.
    Error,
    /// Text.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A number with the format of a date, a time, or both.
    Moment(ExcelDateTime),
    /// A date, or a date and a time, as ISO 8601 writes them.
    Iso(&'a str),
    /// A duration, as ISO 8601 writes it: how open documents hold times of a day.
    IsoDuration(&'a str),
}

impl<'a> From<&'a DataRef<'_>> for Value<'a> {
    fn from(data: &'a DataRef<'_>) -> Self {
        match data {
            DataRef::Empty => Self::Empty,
            DataRef::Error(_) => Self::Error,
            DataRef::String(text) => Self::Text(text),
            DataRef::SharedString(text) => Self::Text(text),
            DataRef::Float(number) => Self::Number(*number),
            DataRef::Int(number) => Self::Integer(*number),
            DataRef::Bool(is) => Self::Boolean(*is),
            DataRef::DateTime(moment) => Self::Moment(*moment),
            DataRef::DateTimeIso(text) => Self::Iso(text),
            DataRef::DurationIso(text) => Self::IsoDuration(text),
        }
    }
}

impl<'a> From<&'a Data> for Value<'a> {
    fn from(data: &'a Data) -> Self {
        match data {
            Data::Empty => Self::Empty,
            Data::Error(_) => Self::Error,
            Data::String(text) => Self::Text(text),
            Data::Float(number) => Self::Number(*number),
            Data::Int(number) => Self::Integer(*number),
            Data::Bool(is) => Self::Boolean(*is),
            Data::DateTime(moment) => Self::Moment(*moment),
            Data::DateTimeIso(text) => Self::Iso(text),
            Data::DurationIso(text) => Self::IsoDuration(text),
        }
    }
}

impl Value<'_> {
    /// Appends its text, and answers what kind of cell it is.
    pub(super) fn append(self, text: &mut Vec<u8>) -> Kind {
        match self {
            Self::Empty | Self::Error => Kind::Null,
            Self::Text(value) => put(text, Kind::Text, value),
            Self::Number(number) => append_number(number, text),
            Self::Integer(number) => put(text, Kind::Number, number),
            Self::Boolean(is) => put(text, Kind::Boolean, is),
            Self::Moment(moment) => append_moment(moment, text),
            Self::Iso(value) => append_iso(value, text),
            Self::IsoDuration(value) => match seconds_of(value) {
                Some(seconds) => append_time(seconds, text),
                None => put(text, Kind::Text, value),
            },
        }
    }
}

fn put(text: &mut Vec<u8>, kind: Kind, value: impl std::fmt::Display) -> Kind {
    // Writing to memory does not fail.
    let _ = write!(text, "{value}");
    kind
}

/// Appends the fewest digits that tell a number from its neighbours, as spreadsheets show it.
fn append_number(number: f64, text: &mut Vec<u8>) -> Kind {
    if !number.is_finite() {
        return Kind::Null;
    }
    // Zero has no sign here.
    put(text, Kind::Number, if number == 0.0 { 0.0 } else { number })
}

/// Appends a date, a date and a time to the second, or a time of a day that has no date. What is no date stays a number.
fn append_moment(moment: ExcelDateTime, text: &mut Vec<u8>) -> Kind {
    let days = moment.as_f64();
    if !(0.0..LAST_DAY + 1.0).contains(&days) {
        return append_number(days, text);
    }
    // The seconds of a day are a fraction that is never exact.
    let seconds = (days * DAY_SECONDS).round();
    if moment.is_duration() {
        return append_time(seconds as u64, text);
    }
    let is_1904 = moment != ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false);
    let (day, rest) = ((seconds / DAY_SECONDS).floor(), (seconds % DAY_SECONDS) as u64);
    if day == 0.0 && (rest > 0 || !is_1904) {
        return append_time(rest, text);
    }
    let (year, month, day, ..) = ExcelDateTime::new(day, ExcelDateTimeType::DateTime, is_1904).to_ymd_hms_milli();
    let kind = put(text, Kind::Date, format_args!("{year:04}-{month:02}-{day:02}"));
    if rest == 0 {
        return kind;
    }
    put(text, Kind::DateTime, format_args!("T{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60))
}

/// Appends a time of a day, or hours beyond it.
fn append_time(seconds: u64, text: &mut Vec<u8>) -> Kind {
    put(text, Kind::Text, format_args!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
}

/// Appends a date of ISO 8601; a time at midnight that is written out is none. What is no date stays text.
fn append_iso(value: &str, text: &mut Vec<u8>) -> Kind {
    let (date, time) = match value.split_once('T') {
        Some((date, time)) => (date, time),
        None => (value, "00:00:00"),
    };
    let time = time.split_once('.').map_or(time, |(time, _)| time);
    if !fits(date, "0000-00-00") || !fits(time, "00:00:00") {
        return put(text, Kind::Text, value);
    }
    if time == "00:00:00" {
        return put(text, Kind::Date, date);
    }
    put(text, Kind::DateTime, format_args!("{date}T{time}"))
}

/// Returns whether a text has digits where a form has zeros, and its other characters.
fn fits(value: &str, form: &str) -> bool {
    let is_same = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    value.len() == form.len() && value.bytes().zip(form.bytes()).all(is_same)
}

/// Returns the seconds of a duration such as `PT14H05M00S`.
fn seconds_of(value: &str) -> Option<u64> {
    let mut rest = value.strip_prefix("PT")?;
    let mut seconds = 0;
    for (unit, length) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let number = number.split_once(['.', ',']).map_or(number, |(whole, _)| whole);
            seconds += number.parse::<u32>().ok().map(u64::from)? * length;
            rest = after;
        }
    }
    rest.is_empty().then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: Value<'_>) -> (Kind, String) {
        let mut text = Vec::new();
        let kind = value.append(&mut text);
        (kind, String::from_utf8(text).unwrap())
    }

    #[test]
    fn numbers_are_plain_digits() {
        let cases = [
            (12345.0, "12345"),
            (0.1, "0.1"),
            (-2.50, "-2.5"),
            (-0.0, "0"),
            (1e21, "1000000000000000000000"),
            (1.5e-7, "0.00000015"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (185.2, "185.2"),
        ];
        for (number, expected) in cases {
            assert_eq!(shown(Value::Number(number)), (Kind::Number, expected.to_owned()));
        }
        assert_eq!(shown(Value::Number(f64::NAN)), (Kind::Null, String::new()));
        assert_eq!(shown(Value::Integer(-7)), (Kind::Number, "-7".to_owned()));
    }

    #[test]
    fn dates_go_by_the_system_of_the_workbook_and_to_the_second() {
        let moment =
            |days, is_1904| shown(Value::Moment(ExcelDateTime::new(days, ExcelDateTimeType::DateTime, is_1904)));
        let cases = [
            (46_265.0, false, Kind::Date, "2026-08-31"),
            (46_265.0 - 1462.0, true, Kind::Date, "2026-08-31"),
            (46_265.586_805_555_555, false, Kind::DateTime, "2026-08-31T14:05:00"),
            (44_803.586_805_555_555, true, Kind::DateTime, "2026-08-31T14:05:00"),
            (46_264.999_999_999_99, false, Kind::Date, "2026-08-31"),
            (46_265.000_000_000_1, false, Kind::Date, "2026-08-31"),
            (46_265.999_988_4, false, Kind::DateTime, "2026-08-31T23:59:59"),
            (61.0, false, Kind::Date, "1900-03-01"),
            (0.0, true, Kind::Date, "1904-01-01"),
            (0.5, false, Kind::Text, "12:00:00"),
            (0.5, true, Kind::Text, "12:00:00"),
            (LAST_DAY, false, Kind::Date, "9999-12-31"),
            (-1.0, false, Kind::Number, "-1"),
            (LAST_DAY + 1.0, false, Kind::Number, "2958466"),
        ];
        for (days, is_1904, kind, expected) in cases {
            assert_eq!(moment(days, is_1904), (kind, expected.to_owned()), "{days} {is_1904}");
        }
        let duration = ExcelDateTime::new(1.25, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(shown(Value::Moment(duration)), (Kind::Text, "30:00:00".to_owned()));
    }

    #[test]
    fn dates_that_are_written_out_are_dates_too() {
        let cases = [
            ("2026-08-31", Kind::Date, "2026-08-31"),
            ("2026-08-31T00:00:00", Kind::Date, "2026-08-31"),
            ("2026-08-31T14:05:00", Kind::DateTime, "2026-08-31T14:05:00"),
            ("2026-08-31T14:05:00.123", Kind::DateTime, "2026-08-31T14:05:00"),
            ("last week", Kind::Text, "last week"),
            ("2026-8-31", Kind::Text, "2026-8-31"),
        ];
        for (value, kind, expected) in cases {
            assert_eq!(shown(Value::Iso(value)), (kind, expected.to_owned()));
        }
        assert_eq!(shown(Value::IsoDuration("PT14H05M07.5S")), (Kind::Text, "14:05:07".to_owned()));
        assert_eq!(shown(Value::IsoDuration("P1D")), (Kind::Text, "P1D".to_owned()));
    }

    #[test]
    fn texts_are_as_they_are_and_errors_are_nothing() {
        assert_eq!(shown(Value::Text(" 007 ")), (Kind::Text, " 007 ".to_owned()));
        assert_eq!(shown(Value::Boolean(true)), (Kind::Boolean, "true".to_owned()));
        assert_eq!(shown(Value::Error), (Kind::Null, String::new()));
    }
}
