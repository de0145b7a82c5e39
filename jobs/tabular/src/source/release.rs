//! The release dates in a file's name.

use std::fmt;

use jiff::civil;

/// Year, month and day; a missing day or month is 0.
pub type ReleaseDate = (u32, u32, u32);

/// What the name of a file says of its release: a date, or the range that its rows cover, and which edition of that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// The first of two dates.
    pub from: Option<ReleaseDate>,
    /// The last date.
    pub to: ReleaseDate,
    /// Which correction of the release it is: 0 for what was there first, as in a name without `_correction_N`.
    pub correction: u32,
}

/// What stands before the number of a correction in a name.
const CORRECTION: &str = "_correction_";

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
        Some(Self { from: whole.filter(|from| *from < to && to.2 > 0), to, correction: correction(file_name) })
    }

    /// Returns the same release, of the correction that the name of another file tells: that of the archive which holds the file.
    #[must_use]
    pub(super) fn corrected_as(self, file_name: &str) -> Self {
        Self { correction: self.correction.max(correction(file_name)), ..self }
    }

    /// Returns the name of a correction of a file, which lies beside it and is read in its place.
    ///
    /// ```
    /// use carelake_tabular::source::Release;
    /// assert_eq!(Release::correction_of("DAC_2026.10.18.csv", 2), "DAC_2026.10.18_correction_2.csv");
    /// ```
    #[must_use]
    pub fn correction_of(file_name: &str, number: u32) -> String {
        match file_name.rsplit_once('.') {
            Some((stem, ending)) => format!("{stem}{CORRECTION}{number}.{ending}"),
            None => format!("{file_name}{CORRECTION}{number}"),
        }
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
        let from = Some(date(first)).filter(|_| first < last);
        (first <= last).then(|| Self { from, to: date(last), correction: 0 })
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
        write(f, self.to)?;
        if self.correction > 0 { write!(f, ", correction {}", self.correction) } else { Ok(()) }
    }
}

fn correction(file_name: &str) -> u32 {
    let number = file_name.rsplit_once(CORRECTION).map(|(_, rest)| rest.split('.').next().unwrap_or_default());
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
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
    fn a_correction_is_told_by_its_name_and_is_of_the_same_dates() {
        let name = Release::correction_of("PPEF_2026.07.17.csv", 3);
        let (first, corrected) = (Release::of("PPEF_2026.07.17.csv").unwrap(), Release::of(&name).unwrap());
        assert_eq!((first.correction, corrected.correction), (0, 3));
        assert_eq!((corrected.from, corrected.to), (first.from, first.to));
        assert_eq!(corrected.to_string(), "2026.07.17, correction 3");
        assert_eq!(first.corrected_as("NPPES_Weekly_V2_correction_2.zip").correction, 2);
    }

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
