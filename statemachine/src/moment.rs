//! Timestamps as AWS reads and writes them: ISO-8601 extended, with a mandatory offset.

use jiff::Timestamp;

/// Reads `2024-06-01T00:00:00.5Z` or `…+01:00`; `None` for anything without a `T`, an offset or a real date.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once('T')?;
    let (clock, zone) = match rest.strip_suffix('Z') {
        Some(clock) => (clock, "Z"),
        None => rest.split_at_checked(rest.rfind(['+', '-'])?)?,
    };
    let well_formed = digits(date, '-', &[4, 2, 2]) && is_clock(clock) && (zone == "Z" || is_offset(zone));
    // The checks above only fix the notation; jiff refuses the 30th of February.
    well_formed.then(|| text.parse().ok()).flatten()
}

/// Writes a moment with milliseconds, as the context object has it.
#[must_use]
pub fn text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn is_clock(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fraction_is_fine = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    fraction_is_fine && (digits(clock, ':', &[2, 2, 2]) || (digits(clock, ':', &[2, 2]) && !text.contains('.')))
}

fn is_offset(text: &str) -> bool {
    text.strip_prefix(['+', '-']).is_some_and(|clock| digits(clock, ':', &[2, 2]))
}

fn digits(text: &str, separator: char, lengths: &[usize]) -> bool {
    let parts: Vec<&str> = text.split(separator).collect();
    parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_timestamps_with_an_offset_are_read() {
        for right in [
            "2012-10-09T19:00:55Z",
            "2012-10-09T19:00:55+01:00",
            "2024-06-01T00:00:00.000000Z",
            "2016-03-05T21:29:29.243167252Z",
            "2024-06-01T00:00Z",
        ] {
            assert!(parse(right).is_some(), "{right}");
        }
        for wrong in [
            "",
            "2012-10-09",
            "2012-10-09T19:00:55",
            "2012-10-09 19:00:55Z",
            "2016-13-05T21:29:29Z",
            "05-12-2016T21:29:29Z",
            "2012-10-09t19:00:55z",
            "2012-10-09T19:00:55+0100",
            "2023-02-30T00:00:00Z",
            "2012-10-09T19Z",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn one_moment_in_two_zones_is_the_same() {
        assert_eq!(parse("2012-10-09T19:00:55Z"), parse("2012-10-09T20:00:55+01:00"));
        assert_eq!(text(parse("2024-06-01T00:00:00Z").unwrap()), "2024-06-01T00:00:00.000Z");
    }
}
