//! Values that lie between two values of a column, as far as can be said without knowing the server's order of texts.

use crate::kind::Kind;
use crate::mysql::sql::written;
use crate::mysql::times::{DAY, date, micros};

/// How many letters of a text are counted with.
const LETTERS: usize = 8;
/// The letters that are counted with: those of ASCII that can be seen; the last stands for all beyond.
const BASE: u128 = 96;

/// Returns what can be tried, one list after another: evenly spread values, then ever nearer to both ends, where a gap is in between.
pub(super) fn tried(kind: &Kind, from: &str, to: &str, wanted: u64) -> Vec<Vec<String>> {
    match kind {
        Kind::Integer | Kind::Unsigned => numbers(from, to, wanted, |number| number.to_string()),
        Kind::Decimal { scale, .. } => {
            let scale = usize::from(*scale);
            let plain = |text: &str| text.replace('.', "");
            numbers(&plain(from), &plain(to), wanted, |number| with_point(number, scale))
        }
        Kind::LocalTimestamp | Kind::Timestamp | Kind::Date => {
            let unit = if *kind == Kind::Date { DAY } else { 1 };
            let (Some(from), Some(to)) = (micros(from), micros(to)) else { return Vec::new() };
            let write = |number: i128| {
                let number = i64::try_from(number).unwrap_or(0).saturating_mul(unit);
                let (year, month, day) = date(number.div_euclid(DAY));
                if unit == DAY { format!("{year:04}-{month:02}-{day:02}") } else { written(number) }
            };
            spread((from / unit).into(), (to / unit).into(), wanted)
                .map(|list| list.into_iter().map(write).collect())
                .into()
        }
        Kind::Bytes => bytes(from, to, wanted),
        Kind::Text | Kind::Padded => texts(from, to, wanted),
        _ => Vec::new(),
    }
}

fn numbers(from: &str, to: &str, wanted: u64, write: impl Fn(i128) -> String) -> Vec<Vec<String>> {
    let (Ok(from), Ok(to)) = (from.parse::<i128>(), to.parse()) else { return Vec::new() };
    spread(from, to, wanted).map(|list| list.into_iter().map(&write).collect()).into()
}

/// Returns numbers above the lower and up to the higher: as many as are wanted, evenly; and those that halve the way to either end.
fn spread(from: i128, to: i128, wanted: u64) -> [Vec<i128>; 2] {
    let (from, to) = (from.min(to), from.max(to));
    let width = to.saturating_sub(from);
    let mut even: Vec<i128> = (1..=i128::from(wanted))
        .map(|step| from + width / i128::from(wanted) * step + width % i128::from(wanted) * step / i128::from(wanted))
        .filter(|number| *number > from)
        .collect();
    even.dedup();
    let halves = (1..127).map(|shift| width >> shift).take_while(|way| *way > 0);
    let halved = halves.step_by(2).flat_map(|way| [from + way, to - way]).collect();
    [even, halved]
}

fn with_point(number: i128, scale: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, places) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{places}") }
}

/// Bytes are written as hexadecimal digits, and ordered by them; the first fifteen after what both share are counted with.
fn bytes(from: &str, to: &str, wanted: u64) -> Vec<Vec<String>> {
    const DIGITS: usize = 30;
    let shared = from.chars().zip(to.chars()).take_while(|(from, to)| from == to).count() & !1;
    let number = |text: &str| {
        let digits = text.chars().skip(shared).chain(std::iter::repeat('0')).take(DIGITS);
        digits.fold(0_i128, |sum, digit| sum << 4 | i128::from(digit.to_digit(16).unwrap_or(0)))
    };
    let before: String = from.chars().take(shared).collect();
    let write = |number: i128| format!("{before}{number:0DIGITS$X}");
    spread(number(from), number(to), wanted).map(|list| list.into_iter().map(write).collect()).into()
}

fn texts(from: &str, to: &str, wanted: u64) -> Vec<Vec<String>> {
    let shared = from.chars().zip(to.chars()).take_while(|(from, to)| from == to).count();
    let number = |text: &str| {
        let letters = text.chars().skip(shared).map(Some).chain(std::iter::repeat(None)).take(LETTERS);
        letters.fold(0, |sum: u128, letter| sum * BASE + letter.map_or(0, place)) as i128
    };
    let before: String = to.chars().take(shared).collect();
    let write = |number: i128| {
        let mut left = number.unsigned_abs();
        let mut letters = Vec::new();
        for _ in 0..LETTERS {
            letters.push(left % BASE);
            left /= BASE;
        }
        let seen = letters.into_iter().rev().map_while(|place| (place > 0).then(|| char::from(place as u8 + 0x1f)));
        before.chars().chain(seen).collect::<String>()
    };
    let mut all: Vec<Vec<String>> =
        spread(number(from), number(to), wanted).map(|list| list.into_iter().map(write).collect()).into();
    // Where letters are ordered otherwise than by their numbers: each of them, after what both share.
    all.push(('0'..='9').chain('a'..='z').map(|letter| format!("{before}{letter}")).collect());
    all
}

fn place(letter: char) -> u128 {
    u128::from(u32::from(letter)).clamp(0x20, 0x7f) - 0x1f
}

#[cfg(test)]
mod tests {
    use super::{spread, tried, with_point};
    use crate::kind::Kind;

    #[test]
    fn numbers_are_spread_and_none_is_the_first() {
        let [even, halved] = spread(0, 16, 4);
        assert_eq!(even, [4, 8, 12, 16]);
        assert_eq!(halved, [8, 8, 2, 14]);
        assert_eq!(spread(5, 6, 4), [vec![6], vec![]]);
        let [even, halved] = spread(i128::from(i64::MIN), i128::from(u64::MAX), 2);
        assert_eq!(even.len(), 2);
        assert!(halved.iter().any(|number| *number < i128::from(i64::MIN) + 16));
    }

    #[test]
    fn what_is_tried_is_a_value_of_the_column() {
        let first = |kind: &Kind, from, to| tried(kind, from, to, 2).swap_remove(0).swap_remove(0);
        assert_eq!(first(&Kind::Date, "2024-01-01", "2024-01-31"), "2024-01-16");
        assert_eq!(
            first(&Kind::Timestamp, "2024-01-01 00:00:00", "2024-01-03 00:00:00.5"),
            "2024-01-02 00:00:00.250000"
        );
        assert_eq!(first(&Kind::Decimal { precision: 9, scale: 2 }, "-1.00", "1.00"), "0.00");
        assert_eq!(with_point(-5, 2), "-0.05");
        assert_eq!(first(&Kind::Bytes, "AB00", "AB80"), format!("AB40{}", "0".repeat(28)));
        let text = first(&Kind::Text, "same a", "same c");
        assert!(text.starts_with("same b"), "{text}");
        assert!(tried(&Kind::Float, "1", "2", 2).is_empty());
    }
}
