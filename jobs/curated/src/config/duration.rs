//! Spans of time such as `36h`.

use carelake_core::config::reader::{Mistakes, Spot};

/// What is accepted.
const ACCEPTED: &str = "a number and a unit, such as 90s, 15m, 36h or 3d";

/// Reads a span of time. Answers seconds.
pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<i64> {
    let seconds = spot.raw_text().and_then(seconds);
    if seconds.is_none() {
        spot.expected(ACCEPTED, mistakes);
    }
    seconds
}

fn seconds(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let secs = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    number.checked_mul(secs).filter(|seconds| *seconds >= 0)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_span_has_a_number_and_a_unit() {
        let told = ["90s", "15m", "36h", "3d", "3", "h", "-1h", "1w", ""].map(seconds);
        assert_eq!(told, [Some(90), Some(900), Some(129_600), Some(259_200), None, None, None, None, None]);
    }
}
