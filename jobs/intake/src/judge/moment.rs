//! Dates and times of partners, read.

use bumpalo::Bump;
use carelake_core::value::Day;
use jiff::civil::Date;

use super::exact::Exact;
use super::flow::{DAY, Flow, SECOND};
use super::pattern::{Pattern, UnknownDirective};
use super::zone::Zone;
use crate::mapping;

/// The date of a delivery, and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Century {
    /// Its days since 1970-01-01.
    pub(super) delivery: i32,
    /// The last day that a date may be: a year after.
    pub(super) last: i32,
    year: u32,
}

impl Century {
    /// Takes the delivery date.
    pub(super) fn new(delivery: Date) -> Self {
        let year = u32::try_from(delivery.year()).unwrap_or(0);
        let last = delivery.checked_add(jiff::Span::new().years(1)).unwrap_or(Date::MAX);
        Self { delivery: Day::from(delivery).days(), last: Day::from(last).days(), year }
    }

    /// Returns the day in a year of two digits: of the latest century that keeps it on or before the delivery date.
    fn day(&self, year: u32, in_year: impl Fn(u32) -> Option<i32>) -> Option<i32> {
        let this = self.year - self.year % 100;
        [Some(this), this.checked_sub(100)].into_iter().flatten().find_map(|century| {
            let day = in_year(century + year)?;
            (day <= self.delivery).then_some(day)
        })
    }
}

/// How a date or time is written, ready to be read.
#[derive(Debug)]
pub(super) enum Written {
    Pattern(Pattern),
    Iso,
    Hl7,
    /// Days since this one.
    Serial(i32),
    Seconds,
    Millis,
}

/// 1899-12-30 and 1904-01-01, from which workbooks count, in days since 1970-01-01.
const SERIAL: [i32; 2] = [-25_569, -24_107];

impl Written {
    /// Takes a declaration.
    pub(super) fn new(moment: &mapping::Moment) -> Result<Self, UnknownDirective> {
        Ok(match moment {
            mapping::Moment::Format(format) => Self::Pattern(Pattern::new(format)?),
            mapping::Moment::Iso => Self::Iso,
            mapping::Moment::Hl7 => Self::Hl7,
            mapping::Moment::Excel => Self::Serial(SERIAL[0]),
            mapping::Moment::Excel1904 => Self::Serial(SERIAL[1]),
            mapping::Moment::EpochSeconds => Self::Seconds,
            mapping::Moment::EpochMillis => Self::Millis,
        })
    }

    /// Reads a whole text.
    fn read(&self, text: &[u8], century: &Century) -> Option<Flow<'static>> {
        let count = |scale| i64::try_from(Exact::plain(text)?.at_scale(scale)?).ok();
        match self {
            Self::Pattern(pattern) => pattern.read(text, century),
            Self::Iso => iso(text, century),
            Self::Hl7 => hl7(text, century),
            Self::Serial(epoch) => {
                let number = Exact::plain(text)?;
                let units = number.units.checked_mul(i128::from(DAY))?;
                let micros = Exact { units, ..number }.at_scale(0)?;
                // A part of a day as a float is never exact: it means the nearest millisecond.
                let millis = (i64::try_from(micros).ok()? + 500).div_euclid(1000);
                on_the_calendar((millis * 1000).checked_add(i64::from(*epoch) * DAY)?).map(Flow::Local)
            }
            Self::Seconds => on_the_calendar(count(6)?).map(Flow::Instant),
            Self::Millis => on_the_calendar(count(3)?).map(Flow::Instant),
        }
    }
}

/// Reads a value by the first of the formats that fits; one that is a date or a time in its format already stays.
pub(super) fn read<'b>(flow: Flow<'b>, formats: &[Written], century: &Century, arena: &'b Bump) -> Flow<'b> {
    match flow {
        Flow::Null | Flow::Broken | Flow::Day(_) | Flow::Local(_) | Flow::Instant(_) | Flow::List(_) => flow,
        Flow::Text(_) | Flow::Number(_) | Flow::Exact(_) => flow
            .text(arena)
            .and_then(|text| formats.iter().find_map(|format| format.read(text, century)))
            .unwrap_or(Flow::Broken),
    }
}

/// Returns a date cell of a column that holds days and hours as workbooks count them as midnight: such a cell says nothing of hours
/// only because there are none.
pub(super) fn of_workbook<'b>(flow: Flow<'b>, formats: &[Written]) -> Flow<'b> {
    match flow {
        Flow::Day(day) if formats.iter().any(|format| matches!(format, Written::Serial(_))) => {
            Flow::Local(i64::from(day) * DAY)
        }
        flow => flow,
    }
}

/// Returns the date of a value: of an instant, that in the zone.
pub(super) fn date<'b>(flow: Flow<'b>, zone: &Zone) -> Flow<'b> {
    match flow {
        Flow::Local(local) => Flow::Day(local.div_euclid(DAY) as i32),
        Flow::Instant(instant) => zone.day(instant).map_or(Flow::Broken, Flow::Day),
        other => other,
    }
}

/// Years 1 to 9999, with a day to spare for any zone.
fn on_the_calendar(micros: i64) -> Option<i64> {
    (-719_161 * DAY..2_932_895 * DAY).contains(&micros).then_some(micros)
}

/// What a text says of a day and a clock.
#[derive(Debug, Default)]
pub(super) struct Clock {
    pub(super) year: u32,
    pub(super) is_short_year: bool,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) day_of_year: Option<u32>,
    pub(super) has_time: bool,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) micros: u32,
    /// Seconds east of Greenwich.
    pub(super) offset: Option<i64>,
}

impl Clock {
    /// Returns the value, if there is such a day and time.
    pub(super) fn flow(&self, century: &Century) -> Option<Flow<'static>> {
        let in_year = |year| self.day_in(year);
        let day = if self.is_short_year { century.day(self.year, in_year)? } else { in_year(self.year)? };
        if !self.has_time {
            return Some(Flow::Day(day));
        }
        if self.hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let seconds = i64::from(self.hour * 3600 + self.minute * 60 + self.second);
        let local = i64::from(day) * DAY + seconds * SECOND + i64::from(self.micros);
        let local = on_the_calendar(local)?;
        Some(self.offset.map_or(Flow::Local(local), |offset| Flow::Instant(local - offset * SECOND)))
    }

    fn day_in(&self, year: u32) -> Option<i32> {
        let Some(number) = self.day_of_year else {
            return Day::from_ymd(year, self.month, self.day).map(Day::days);
        };
        let (first, last) = (Day::from_ymd(year, 1, 1)?.days(), Day::from_ymd(year, 12, 31)?.days());
        let day = first + i32::try_from(number).ok()? - 1;
        (first..=last).contains(&day).then_some(day)
    }
}

/// `2026-08-31`, `20260831`, either with `T14:05`, ` 14:05:09.25`, `T140509` and with `Z`, `-04:00`, `+0530`.
pub(super) fn iso(text: &[u8], century: &Century) -> Option<Flow<'static>> {
    let (mut clock, mut rest) = with_hyphens(text).or_else(|| with_or_without_hyphens(text))?;
    if rest.0.is_empty() {
        return clock.flow(century);
    }
    (rest.byte(b'T') || rest.byte(b't') || rest.byte(b' ')).then_some(())?;
    (clock.hour, clock.has_time) = (rest.number(2, 2)?, true);
    let has_colons = rest.byte(b':');
    clock.minute = rest.number(2, 2)?;
    if if has_colons { rest.byte(b':') } else { rest.is_at_digit() } {
        clock.second = rest.number(2, 2)?;
        if rest.byte(b'.') || rest.byte(b',') {
            clock.micros = rest.part()?;
        }
    }
    if !rest.0.is_empty() {
        rest.byte(b' ');
        clock.offset = Some(rest.offset()?);
    }
    if rest.0.is_empty() { clock.flow(century) } else { None }
}

/// Reads the date that a text begins with as nearly all have it, `2026-08-31`: all ten bytes at once.
fn with_hyphens(text: &[u8]) -> Option<(Clock, Text<'_>)> {
    let (date, rest) = text.split_first_chunk()?;
    let [a, b, c, d, b'-', e, f, b'-', g, h] = date else { return None };
    let digits = [*a, *b, *c, *d, *e, *f, *g, *h].map(|byte| u32::from(byte.wrapping_sub(b'0')));
    if digits.iter().any(|digit| *digit > 9) {
        return None;
    }
    let [a, b, c, d, e, f, g, h] = digits;
    let (year, month, day) = (a * 1000 + b * 100 + c * 10 + d, e * 10 + f, g * 10 + h);
    Some((Clock { year, month, day, ..Clock::default() }, Text(rest)))
}

fn with_or_without_hyphens(text: &[u8]) -> Option<(Clock, Text<'_>)> {
    let mut rest = Text(text);
    let year = rest.number(4, 4)?;
    let has_hyphens = rest.byte(b'-');
    let month = rest.number(2, 2)?;
    (!has_hyphens || rest.byte(b'-')).then_some(())?;
    let day = rest.number(2, 2)?;
    Some((Clock { year, month, day, ..Clock::default() }, rest))
}

/// `YYYYMMDD[HHMM[SS[.S]]][+ZZZZ]`.
fn hl7(text: &[u8], century: &Century) -> Option<Flow<'static>> {
    let mut rest = Text(text);
    let mut clock = Clock { year: rest.number(4, 4)?, month: rest.number(2, 2)?, ..Clock::default() };
    clock.day = rest.number(2, 2)?;
    if rest.is_at_digit() {
        (clock.hour, clock.has_time) = (rest.number(2, 2)?, true);
        clock.minute = rest.number(2, 2)?;
        if rest.is_at_digit() {
            clock.second = rest.number(2, 2)?;
            if rest.byte(b'.') {
                clock.micros = rest.part()?;
            }
        }
    }
    if !rest.0.is_empty() {
        clock.offset = Some(rest.offset()?);
    }
    if rest.0.is_empty() { clock.flow(century) } else { None }
}

/// What is left of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'t>(pub(super) &'t [u8]);

impl Text<'_> {
    /// Takes a byte if it is next.
    pub(super) fn byte(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes a word in any case if it is next.
    pub(super) fn word(&mut self, lower: &[u8]) -> bool {
        match self.0.split_at_checked(lower.len()) {
            Some((word, rest)) if word.eq_ignore_ascii_case(lower) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn is_at_digit(&self) -> bool {
        self.0.first().is_some_and(u8::is_ascii_digit)
    }

    /// Takes a number of at least and at most so many digits.
    #[inline]
    pub(super) fn number(&mut self, fewest: u8, most: u8) -> Option<u32> {
        let (mut number, mut count) = (0, 0);
        while count < most
            && let Some((byte, rest)) = self.0.split_first()
            && byte.is_ascii_digit()
        {
            number = number * 10 + u32::from(byte - b'0');
            count += 1;
            self.0 = rest;
        }
        (count >= fewest).then_some(number)
    }

    /// Takes the digits of a part of a second; those after the sixth count for nothing.
    pub(super) fn part(&mut self) -> Option<u32> {
        let (mut micros, mut count) = (0, 0);
        while let Some(digit) = self.number(1, 1) {
            if count < 6 {
                micros = micros * 10 + digit;
            }
            count += 1;
        }
        (1..=9).contains(&count).then(|| micros * 10u32.pow(6u32.saturating_sub(count)))
    }

    /// Takes an offset: `Z`, `-04`, `-0400`, `-04:00`.
    pub(super) fn offset(&mut self) -> Option<i64> {
        if self.byte(b'Z') || self.byte(b'z') {
            return Some(0);
        }
        let is_west = self.byte(b'-');
        (is_west || self.byte(b'+')).then_some(())?;
        let hours = self.number(2, 2)?;
        let has_minutes = self.byte(b':') || self.is_at_digit();
        let minutes = if has_minutes { self.number(2, 2)? } else { 0 };
        let seconds = i64::from(hours * 3600 + minutes * 60);
        (hours <= 23 && minutes <= 59).then_some(if is_west { -seconds } else { seconds })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn written(moment: &mapping::Moment, text: &str) -> Option<String> {
        let arena = Bump::new();
        let century = Century::new(date(2026, 8, 3));
        let flow = Written::new(moment).unwrap().read(text.as_bytes(), &century)?;
        flow.text(&arena).map(|text| String::from_utf8(text.to_vec()).unwrap())
    }

    #[test]
    fn a_date_cell_is_midnight_only_where_a_column_holds_days_and_hours_of_a_workbook() {
        let formats =
            |moments: &[mapping::Moment]| moments.iter().map(|one| Written::new(one).unwrap()).collect::<Vec<_>>();
        let (excel, iso) = (formats(&[mapping::Moment::Excel]), formats(&[mapping::Moment::Iso]));
        assert_eq!(of_workbook(Flow::Day(2), &excel), Flow::Local(2 * DAY));
        assert_eq!(of_workbook(Flow::Day(2), &iso), Flow::Day(2));
        assert_eq!(of_workbook(Flow::Null, &excel), Flow::Null);
    }

    #[test]
    fn iso_times_are_read_with_and_without_time_and_offset() {
        for (text, value) in [
            ("2026-08-31", Some("2026-08-31")),
            ("20260831", Some("2026-08-31")),
            ("2026-08-31T14:05", Some("2026-08-31T14:05:00")),
            ("2026-08-31 14:05:09.5", Some("2026-08-31T14:05:09.5")),
            ("20260831T140509Z", Some("2026-08-31T14:05:09Z")),
            ("2026-08-31T14:05:09-04:00", Some("2026-08-31T18:05:09Z")),
            ("2026-08-31T14:05:09+0530", Some("2026-08-31T08:35:09Z")),
            ("2026-08-31T14:05:09 +00:00", Some("2026-08-31T14:05:09Z")),
            ("2026-08", None),
            ("2026-8-1", None),
            ("2026-02-30", None),
            ("2026-08-31T", None),
            ("2026-08-31T25:00", None),
            ("2026-08-31T14:05:09+25:00", None),
            ("2026-08-31x", None),
        ] {
            assert_eq!(written(&mapping::Moment::Iso, text).as_deref(), value, "{text}");
        }
    }

    #[test]
    fn times_of_hl7_messages_are_read_to_any_precision_from_the_day_on() {
        for (text, value) in [
            ("20260831", Some("2026-08-31")),
            ("202608311405", Some("2026-08-31T14:05:00")),
            ("20260831140509", Some("2026-08-31T14:05:09")),
            ("20260831140509.1234-0500", Some("2026-08-31T19:05:09.1234Z")),
            ("202608311405+0000", Some("2026-08-31T14:05:00Z")),
            ("2026083114", None),
            ("202608", None),
            ("2026083114050", None),
        ] {
            assert_eq!(written(&mapping::Moment::Hl7, text).as_deref(), value, "{text}");
        }
    }

    #[test]
    fn days_and_seconds_are_counted_from_their_epochs() {
        use mapping::Moment::{EpochMillis, EpochSeconds, Excel, Excel1904};
        for (moment, text, value) in [
            (Excel, "46265", Some("2026-08-31T00:00:00")),
            (Excel, "46265.586805555555", Some("2026-08-31T14:05:00")),
            (Excel, "1", Some("1899-12-31T00:00:00")),
            (Excel1904, "44803", Some("2026-08-31T00:00:00")),
            (Excel, "1e3", None),
            (Excel, "99999999", None),
            (EpochSeconds, "1788185109", Some("2026-08-31T14:05:09Z")),
            (EpochSeconds, "1788185109.25", Some("2026-08-31T14:05:09.25Z")),
            (EpochMillis, "1788185109250", Some("2026-08-31T14:05:09.25Z")),
            (EpochMillis, "-1", Some("1969-12-31T23:59:59.999Z")),
            (EpochMillis, "99999999999999999", None),
            (EpochMillis, "soon", None),
        ] {
            assert_eq!(written(&moment, text).as_deref(), value, "{moment:?} {text}");
        }
    }
}
