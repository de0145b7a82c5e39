//! Formats of numbers: which of them show a date.

use calamine::ExcelDateTimeType;

/// Returns what a format with a number of its own shows, if it is a moment. The numbers are those of ECMA-376, 18.8.30, and those of
/// East Asian dates.
pub(super) fn of_number(number: u16) -> Option<ExcelDateTimeType> {
    match number {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Some(ExcelDateTimeType::DateTime),
        46 => Some(ExcelDateTimeType::TimeDelta),
        _ => None,
    }
}

/// Returns what a format shows, if it is a moment: it has a letter for a part of one in its first section, outside of quotes.
pub(super) fn of_text(format: &str) -> Option<ExcelDateTimeType> {
    if ["general", "standard"].iter().any(|name| format.eq_ignore_ascii_case(name)) {
        return None;
    }
    let mut rest = format;
    loop {
        let mut characters = rest.chars();
        let first = characters.next()?;
        rest = characters.as_str();
        match first.to_ascii_lowercase() {
            '"' => rest = rest.split_once('"')?.1,
            '\\' | '_' | '*' => {
                characters.next();
                rest = characters.as_str();
            }
            '[' => {
                let (inside, after) = rest.split_once(']')?;
                let inside = inside.to_ascii_lowercase();
                let is_elapsed =
                    !inside.is_empty() && ['h', 'm', 's'].iter().any(|unit| inside.trim_matches(*unit).is_empty());
                if is_elapsed {
                    return Some(ExcelDateTimeType::TimeDelta);
                }
                rest = after;
            }
            ';' => return None,
            'd' | 'm' | 'y' | 'h' | 's' => return Some(ExcelDateTimeType::DateTime),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_with_a_part_of_a_date_shows_one() {
        let (date, elapsed) = (Some(ExcelDateTimeType::DateTime), Some(ExcelDateTimeType::TimeDelta));
        let cases = [
            ("MM/DD/YYYY", date),
            ("yyyy\\-mm\\-dd hh:mm", date),
            ("[$-409]d-mmm-yy;@", date),
            ("h:mm AM/PM", date),
            ("[h]:mm:ss", elapsed),
            ("[SS]", elapsed),
            ("General", None),
            ("Standard", None),
            ("0.00", None),
            ("#,##0.00 \"days\"", None),
            ("0\\d", None),
            ("[Red]0.00;[Blue]d", None),
            ("@", None),
            ("\"open", None),
            ("[open", None),
            ("", None),
        ];
        for (format, expected) in cases {
            assert_eq!(of_text(format), expected, "{format}");
        }
        assert_eq!((of_number(14), of_number(46), of_number(0), of_number(164)), (date, elapsed, None, None));
    }
}
