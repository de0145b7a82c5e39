//! The files of NPPES: a page that lists them by names which say what they are.
//!
//! # Source
//! `https://download.cms.gov/nppes/NPI_Files.html`. Until March 2026 there were names without `_V2`, of files in an older layout.

use std::collections::BTreeMap;

use carelake_core::value::MONTHS;
use jiff::ToSpan;
use jiff::civil::Date;

use super::html::links;
use super::{Release, Unresolved, file_name};
use crate::config::Cadence;

const WHAT: &str = "the page with the files of NPPES";
const PREFIX: &str = "NPPES_Data_Dissemination_";

/// Returns the files that the page lists: the newest of the monthly ones, or every weekly one in order; of those that are of a time
/// which begins on or before `until`, if that is given. `folder` is the address of the page without its name.
///
/// # Errors
/// [`Unresolved`] when the page is something else, or lists none.
pub fn listed(page: &[u8], folder: &str, cadence: Cadence, until: Option<Date>) -> Result<Vec<Release>, Unresolved> {
    let Ok(page) = std::str::from_utf8(page) else {
        return Err(Unresolved::NotUnderstood { what: WHAT, why: "it is no text in UTF-8" });
    };
    let mut found: BTreeMap<Date, (bool, Date, String)> = BTreeMap::new();
    for name in links(page).filter_map(|link| file_name(&format!("https://page/{link}"))) {
        let Some((is_second, from, date)) = read(&name, cadence) else { continue };
        let there = found.get(&date);
        if there.is_none_or(|(is_there_second, ..)| is_second && !is_there_second) {
            found.insert(date, (is_second, from, name));
        }
    }
    if found.is_empty() {
        let wanted = match cadence {
            Cadence::Monthly => "monthly file",
            Cadence::Weekly => "weekly file",
        };
        return Err(Unresolved::Absent { what: WHAT, wanted: wanted.to_owned(), nearest: None });
    }
    let in_time = found.into_iter().filter(|(_, (_, from, _))| until.is_none_or(|until| *from <= until));
    let release = |(date, (_, _, file)): (Date, (bool, Date, String))| {
        let next = if cadence == Cadence::Monthly { 1.month() } else { 7.days() };
        let url = format!("{folder}/{file}");
        Release { date, url, file, size_bytes: None, next_expected: date.checked_add(next).ok() }
    };
    let mut releases: Vec<Release> = in_time.map(release).collect();
    if cadence == Cadence::Monthly {
        releases.drain(..releases.len().saturating_sub(1));
    }
    Ok(releases)
}

/// Reads a name: whether it is of the second layout, the first day, and the date of the release.
fn read(name: &str, cadence: Cadence) -> Option<(bool, Date, Date)> {
    let rest = name.strip_prefix(PREFIX)?.strip_suffix(".zip")?;
    let (rest, is_second) = rest.strip_suffix("_V2").map_or((rest, false), |rest| (rest, true));
    let (from, date) = match cadence {
        Cadence::Monthly => {
            let (month, year) = rest.split_once('_')?;
            let month = MONTHS.iter().position(|name| month.eq_ignore_ascii_case(name))?;
            let first = Date::new(year.parse().ok()?, i8::try_from(month + 1).ok()?, 1).ok()?;
            (first, first)
        }
        Cadence::Weekly => {
            let (from, to) = rest.strip_suffix("_Weekly")?.split_once('_')?;
            (day(from)?, day(to)?)
        }
    };
    Some((is_second, from, date))
}

/// Reads a day such as `101126`, which is 11 October 2026.
fn day(text: &str) -> Option<Date> {
    let number: u32 = text.parse().ok().filter(|_| text.len() == 6)?;
    let part = |divisor: u32| i8::try_from(number / divisor % 100).ok();
    Date::new(2000 + i16::from(part(1)?), part(10_000)?, part(100)?).ok()
}
