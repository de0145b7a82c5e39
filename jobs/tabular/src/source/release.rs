//! The release dates in a file's name.

use std::fmt;

use jiff::civil;

/// Year, month and day; a missing day or month is 0.
pub type ReleaseDate = (u32, u32, u32);

/// What the name of a file says of its release: a date, or the range that its rows cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// The first of two dates.
    pub from: Option<ReleaseDate>,
    /// The last date.
    pub to: ReleaseDate,
}

impl Release {
    /// Reads the dates in a file name; two whole dates are a range.
    ///
    /// ```
    /// use carelake_tabular::source::Release;
    /// let weekly = Release::of("npidata_pfile_20260713-20260719.csv").ok_or("no date")?;
    /// assert_eq!((weekly.from, weekly.to, weekly.days()), (Some((2026, 7, 13)), (2026, 7, 19), Some(6)));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn of(file_name: &str) -> Option<Self> {
        let dates = dates(file_name);
        let to = dates.iter().copied().max()?;
        let whole = dates.iter().copied().filter(|(_, _, day)| *day > 0).min();
        Some(Self { from: whole.filter(|from| *from < to && to.2 > 0), to })
    }

    /// Returns how many days lie between the two dates of a range.
    #[must_use]
    pub fn days(&self) -> Option<u32> {
        let days = day(self.to)?.since(day(self.from?)?).ok()?.get_days();
        u32::try_from(days).ok()
    }

    /// Returns the days that lie between the end of `before` and the start of this range, if there are any.
    pub(super) fn gap_after(&self, before: &Self) -> Option<Self> {
        let (first, last) = (day(before.to)?.tomorrow().ok()?, day(self.from?)?.yesterday().ok()?);
        let date = |date: civil::Date| {
            (date.year().unsigned_abs().into(), date.month().unsigned_abs().into(), date.day().unsigned_abs().into())
        };
        (first <= last).then(|| Self { from: Some(date(first)).filter(|_| first < last), to: date(last) })
    }

    /// Returns whether two releases may be of the same date: what one does not say is not compared.
    #[must_use]
    pub fn is_with(&self, other: &Self) -> bool {
        let same = |one: u32, other: u32| one == other || one == 0 || other == 0;
        let ((year, month, day), (other_year, other_month, other_day)) = (self.to, other.to);
        year == other_year && same(month, other_month) && same(day, other_day)
    }
}

/// As CMS writes dates in the names of files.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |f: &mut fmt::Formatter<'_>, (year, month, day): ReleaseDate| match (month, day) {
            (0, _) => write!(f, "{year}"),
            (_, 0) => write!(f, "{year}.{month:02}"),
            _ => write!(f, "{year}.{month:02}.{day:02}"),
        };
        if let Some(from) = self.from {
            write(f, from)?;
            f.write_str(" to ")?;
        }
        write(f, self.to)
    }
}

fn day((year, month, day): ReleaseDate) -> Option<civil::Date> {
    civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Reads the date in a file name as year, month, day; a missing day or month is 0. The latest date counts when there are several.
///
/// Understood are `2026.07.17`, `2026-07-17`, `2026_07`, `20260717`, `07_2026` and a year alone.
///
/// # Source
/// CMS file names: `PPEF_Enrollment_Extract_2026.07.17.csv`, `npidata_pfile_20050523-20260712.csv`, `doctors_and_clinicians_07_2026.zip`.
///
/// ```
/// use carelake_tabular::source::release_date;
/// assert_eq!(release_date("npidata_pfile_20050523-20260712.csv"), Some((2026, 7, 12)));
/// assert_eq!(release_date("doctors_and_clinicians_07_2026.zip"), Some((2026, 7, 0)));
/// assert_eq!(release_date("DAC_NationalDownloadableFile.csv"), None);
/// ```
#[must_use]
pub fn release_date(file_name: &str) -> Option<ReleaseDate> {
    dates(file_name).into_iter().max()
}

/// Reads every date in a file name.
fn dates(file_name: &str) -> Vec<ReleaseDate> {
    let runs: Vec<&str> = file_name.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    let mut dates = Vec::new();
    let mut rest = runs.as_slice();
    while let [first, after @ ..] = rest {
        let (found, used) = match (number(first, 4).filter(is_year), number(first, 8), after) {
            (_, Some(day), _) => (whole(day / 10_000, day / 100 % 100, day % 100), 1),
            (Some(year), _, [month, day, ..]) if number(month, 2).is_some() && number(day, 2).is_some() => {
                (whole(year, number(month, 2).unwrap_or(0), number(day, 2).unwrap_or(0)), 3)
            }
            (Some(year), _, [month, ..]) if number(month, 2).is_some() => {
                (whole(year, number(month, 2).unwrap_or(0), 0), 2)
            }
            (Some(year), _, _) => (Some((year, 0, 0)), 1),
            (None, _, [year, ..]) => match (number(first, 2), number(year, 4).filter(is_year)) {
                (Some(month), Some(year)) => (whole(year, month, 0), 2),
                _ => (None, 1),
            },
            _ => (None, 1),
        };
        dates.extend(found);
        rest = rest.get(used..).unwrap_or_default();
    }
    dates
}

fn number(run: &str, length: usize) -> Option<u32> {
    if run.len() == length { run.parse().ok() } else { None }
}

fn is_year(year: &u32) -> bool {
    (1990..2100).contains(year)
}

fn whole(year: u32, month: u32, day: u32) -> Option<ReleaseDate> {
    (is_year(&year) && (1..=12).contains(&month) && day <= 31).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_cms_uses_is_read() {
        for (name, date) in [
            ("PPEF_Enrollment_Extract_2026.07.17.csv", Some((2026, 7, 17))),
            ("PPEF_Enrollment_Extract_2026-07-17.csv.gz", Some((2026, 7, 17))),
            ("Hospital_Enrollments_2026_07.csv", Some((2026, 7, 0))),
            ("extract_2026layout.csv", Some((2026, 0, 0))),
            ("file_1234567890.csv", None),
            ("part_2_of_3.csv", None),
            ("x_20261345.csv", None),
        ] {
            assert_eq!(release_date(name), date, "{name}");
        }
    }
}
