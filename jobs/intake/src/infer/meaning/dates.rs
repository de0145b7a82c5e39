//! How dates and times of a column are written.

use std::collections::BTreeSet;

use jiff::civil::Date;

use carelake_core::value::MONTHS;

/// How dates are written, the likelier first where several fit: this is a table for feeds of the United States.
const DATES: [&str; 24] = [
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y%m%d",
    "%d.%m.%Y",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%m%d%Y",
    "%d%m%Y",
    "%m.%d.%Y",
    "%Y.%m.%d",
    "%m/%d/%y",
    "%d/%m/%y",
    "%m-%d-%y",
    "%d.%m.%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d %Y",
    "%b %d, %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%d%b%Y",
    "%d %B %Y",
];
/// How times are written after a date.
const TIMES: [&str; 9] =
    [" %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", " %H:%M:%S.%f", " %H%M"];
/// Times without signs, and those that need no sign after a date without them.
const COMPACT: [&str; 3] = ["%Y%m%d%H%M", "%Y%m%d%H%M%S", "%m%d%Y%H%M"];
/// The years that dates in feeds are of.
const YEARS: std::ops::RangeInclusive<i16> = 1880..=2036;
/// Values of which formats are told at first.
const FIRST: usize = 60;
/// The share of values that a further format must explain.
const FURTHER: f64 = 0.02;

/// How the values of a column are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Written {
    /// The formats, in the order in which they are tried.
    pub formats: Vec<String>,
    /// How many values fit them.
    pub fit: usize,
    /// How many values there are.
    pub all: usize,
    /// Other formats that fit as many.
    pub also: Vec<String>,
    /// Whether they have a time.
    pub has_time: bool,
    /// The first and the last year, and that in the middle.
    pub years: Option<(i16, i16, i16)>,
}

impl Written {
    /// Returns the share of values that fit.
    pub(super) fn share(&self) -> f64 {
        if self.all == 0 { 0.0 } else { self.fit as f64 / self.all as f64 }
    }
}

/// Tells whether a text is a day, or a day and a time, of the years of feeds in this format.
pub(in super::super) fn fits(text: &str, format: &str) -> bool {
    read(text, format).is_some_and(|(date, _)| YEARS.contains(&date.year()))
}

/// Tells how values are written; without any format if few are dates.
pub(super) fn written(texts: &[&str]) -> Written {
    let none = Written { all: texts.len(), ..Written::default() };
    let first: Vec<&str> = texts.iter().copied().take(FIRST).collect();
    let tried: Vec<String> = candidates()
        .into_iter()
        .filter(|format| first.iter().filter(|text| fits(text, format)).count() * 5 >= first.len().max(1))
        .collect();
    let mut counts: Vec<(usize, String)> =
        tried.into_iter().map(|format| (texts.iter().filter(|text| fits(text, &format)).count(), format)).collect();
    counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let Some((fit, best)) = counts.first().cloned() else { return none };
    let mut written = Written { formats: vec![best.clone()], fit, ..none };
    written.also = counts.iter().skip(1).filter(|(count, _)| *count == fit).map(|(_, format)| format.clone()).collect();
    let strict: Vec<String> = written.also.iter().cloned().chain([best.clone()]).collect();
    written.also.retain(|format| !strict.iter().any(|other| is_looser(format, other)));
    let rest: Vec<&str> = texts.iter().copied().filter(|text| !fits(text, &best)).collect();
    if rest.len() as f64 > FURTHER * texts.len() as f64 {
        let further =
            candidates().into_iter().map(|format| (rest.iter().filter(|text| fits(text, &format)).count(), format));
        let further = further.rev().max_by_key(|(count, _)| *count);
        if let Some((count, format)) = further.filter(|(count, _)| *count as f64 > FURTHER * texts.len() as f64) {
            written.fit += count;
            written.formats.push(format);
        }
    }
    written.has_time =
        written.formats.iter().any(|format| format == "iso" || format.contains("%H") || format.contains("%I"));
    written.years = years(texts, &written.formats);
    written
}

/// Returns the formats, the stricter of two first.
fn candidates() -> Vec<String> {
    let mut all: Vec<String> = DATES.iter().map(|format| (*format).to_owned()).collect();
    all.push("iso".to_owned());
    all.extend(DATES.iter().flat_map(|date| TIMES.iter().map(move |time| format!("{date}{time}"))));
    all.extend(COMPACT.iter().map(|format| (*format).to_owned()));
    let loose: Vec<String> = all.iter().filter(|format| has_signs(format)).map(|format| loosened(format)).collect();
    let known: BTreeSet<String> = all.iter().cloned().collect();
    all.extend(loose.into_iter().filter(|format| !known.contains(format)));
    all
}

fn has_signs(format: &str) -> bool {
    ["%m/", "%m-", "%m.", "%d/", "%d-", "%d.", "%d ", "%d,", "%I:"].iter().any(|sign| format.contains(sign))
}

fn loosened(format: &str) -> String {
    format.replace("%m", "%-m").replace("%d", "%-d").replace("%I", "%-I").replace("%H:", "%-H:")
}

/// Tells whether one format takes what the other takes, and numbers without a zero before them too.
fn is_looser(one: &str, other: &str) -> bool {
    one == loosened(other)
        || one == "iso" && other.starts_with("%Y-%m-%d")
        || other == "iso" && one.starts_with("%Y-%m-%d")
}

fn years(texts: &[&str], formats: &[String]) -> Option<(i16, i16, i16)> {
    let read = texts.iter().filter_map(|text| formats.iter().find_map(|format| read(text, format)));
    let mut years: Vec<i16> = read.map(|(date, _)| date.year()).filter(|year| YEARS.contains(year)).collect();
    years.sort_unstable();
    // A date that is wrong must not tell what the column is.
    let skip = years.len() / 50;
    let at = |place: usize| years.get(place).copied();
    Some((at(skip)?, at(years.len().checked_sub(skip + 1)?)?, at(years.len() / 2)?))
}

/// Reads a whole text by a format; answers the day and whether there was a time.
fn read(text: &str, format: &str) -> Option<(Date, bool)> {
    if format == "iso" {
        return iso(text);
    }
    let mut rest = text;
    let (mut year, mut month, mut day, mut has_time) = (None, None, None, false);
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            rest = rest.strip_prefix(letter)?;
            continue;
        }
        let mut directive = letters.next()?;
        let is_loose = directive == '-';
        if is_loose {
            directive = letters.next()?;
        }
        let fewest = if is_loose { 1 } else { 2 };
        match directive {
            'Y' => year = Some(number(&mut rest, 4, 4)? as i16),
            'y' => year = Some(of_century(number(&mut rest, 2, 2)?)),
            'm' => month = Some(number(&mut rest, fewest, 2)? as i8),
            'd' => day = Some(number(&mut rest, fewest, 2)? as i8),
            'b' => month = Some(named_month(&mut rest, true)?),
            'B' => month = Some(named_month(&mut rest, false)?),
            'H' => has_time = number(&mut rest, fewest, 2).filter(|hour| *hour < 24).map(|_| true)?,
            'I' => has_time = number(&mut rest, fewest, 2).filter(|hour| (1..=12).contains(hour)).map(|_| true)?,
            'M' | 'S' => {
                number(&mut rest, 2, 2).filter(|part| *part < 60)?;
            }
            'f' => {
                number(&mut rest, 1, 9)?;
            }
            'p' => {
                let half = rest.get(..2)?.to_lowercase();
                rest = rest.get(2..).filter(|_| half == "am" || half == "pm")?;
            }
            _ => return None,
        }
    }
    let date = Date::new(year?, month?, day?).ok()?;
    rest.is_empty().then_some((date, has_time))
}

/// Reads a two-digit year as one that is not to come.
fn of_century(year: u32) -> i16 {
    if year <= 26 { 2000 + year as i16 } else { 1900 + year as i16 }
}

fn number(rest: &mut &str, fewest: usize, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, after) = rest.split_at_checked(count).filter(|_| count >= fewest)?;
    *rest = after;
    digits.parse().ok()
}

fn named_month(rest: &mut &str, is_short: bool) -> Option<i8> {
    let count = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, after) = rest.split_at_checked(count)?;
    let lower = name.to_lowercase();
    let place = MONTHS
        .iter()
        .position(|month| if is_short { lower.len() == 3 && month.starts_with(&lower) } else { **month == lower })?;
    *rest = after;
    i8::try_from(place + 1).ok()
}

/// Reads ISO 8601 with a time; a day alone is `%Y-%m-%d`.
fn iso(text: &str) -> Option<(Date, bool)> {
    let (day, time) = text.split_at_checked(10)?;
    let date = day.parse::<Date>().ok()?;
    let time = time.strip_prefix(['T', ' '])?;
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, offset) = time.split_at_checked(zone)?;
    let is_offset = offset.is_empty()
        || offset == "Z"
        || offset.len() >= 3 && offset.bytes().skip(1).all(|byte| byte.is_ascii_digit() || byte == b':');
    (is_offset && clock.parse::<jiff::civil::Time>().is_ok()).then_some((date, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formats_of_dates_are_told_with_those_that_fit_as_well() {
        for (texts, formats, also) in [
            (&["01/31/1950", "12/05/1960"][..], &["%m/%d/%Y"][..], &[][..]),
            (&["31.12.1950", "01.02.1961"], &["%d.%m.%Y"], &[]),
            (&["01/02/1950", "03/04/1960"], &["%m/%d/%Y"], &["%d/%m/%Y"]),
            (&["1/31/1950", "12/5/1960"], &["%-m/%-d/%Y"], &[]),
            (&["2026-01-31T08:15:00-05:00", "2026-01-30T08:15:00Z"], &["iso"], &[]),
            (&["202601310815", "202512310815"], &["%Y%m%d%H%M"], &[]),
            (&["Jan 31 2026 08:15 PM", "Feb 01 2026 11:00 AM"], &["%b %d %Y %I:%M %p"], &[]),
            (&["01/31/1950", "1960-12-05", "02/28/1950"], &["%m/%d/%Y", "%Y-%m-%d"], &[]),
            (&["abc", "12345"], &[], &[]),
        ] {
            let written = written(texts);
            assert_eq!(written.formats, formats, "{texts:?}");
            assert_eq!(written.also, also, "{texts:?}");
        }
    }
}
