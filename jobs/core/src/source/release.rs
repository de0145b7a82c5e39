//! The release date in a file's name.

/// Reads the date in a file name as year, month, day; a missing day or month is 0. The latest date counts when there are several.
///
/// Understood are `2026.07.17`, `2026-07-17`, `2026_07`, `20260717`, `07_2026` and a year alone.
///
/// # Source
/// CMS file names: `PPEF_Enrollment_Extract_2026.07.17.csv`, `npidata_pfile_20050523-20260712.csv`, `doctors_and_clinicians_07_2026.zip`.
///
/// ```
/// use carelake_core::source::release_date;
/// assert_eq!(release_date("npidata_pfile_20050523-20260712.csv"), Some((2026, 7, 12)));
/// assert_eq!(release_date("doctors_and_clinicians_07_2026.zip"), Some((2026, 7, 0)));
/// assert_eq!(release_date("DAC_NationalDownloadableFile.csv"), None);
/// ```
#[must_use]
pub fn release_date(file_name: &str) -> Option<(u32, u32, u32)> {
    let runs: Vec<&str> = file_name.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    let mut latest = None;
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
        latest = latest.max(found);
        rest = rest.get(used..).unwrap_or_default();
    }
    latest
}

fn number(run: &str, length: usize) -> Option<u32> {
    if run.len() == length { run.parse().ok() } else { None }
}

fn is_year(year: &u32) -> bool {
    (1990..2100).contains(year)
}

fn whole(year: u32, month: u32, day: u32) -> Option<(u32, u32, u32)> {
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
