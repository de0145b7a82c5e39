//! Shapes of values that tell by themselves what they are.

use super::super::sample::Column;

const STATES: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR VI GU AS MP AA AE AP";

/// Tells whether a text is a state by its two letters.
pub(super) fn is_state(text: &str) -> bool {
    text.len() == 2 && STATES.split(' ').any(|state| state.eq_ignore_ascii_case(text))
}

/// Returns the digits of a text, if all else in it is of these signs.
fn digits_but(text: &str, signs: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    text.chars().all(|letter| letter.is_ascii_digit() || signs.contains(letter)).then_some(digits)
}

/// Tells whether a text is a ZIP code of 5 or 9 digits.
pub(super) fn is_zip(text: &str) -> bool {
    let digits = digits_but(text, "-").unwrap_or_default();
    digits.len() == 5 && text.len() == 5 || digits.len() == 9 && (text.len() == 9 || text.chars().nth(5) == Some('-'))
}

/// Tells whether a text may be a ZIP code that lost its zeros.
pub(super) fn is_short_zip(text: &str) -> bool {
    is_zip(text) || (3..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether a text is a phone number of the United States, and whether it is written with signs.
pub(super) fn is_phone(text: &str) -> bool {
    let digits = digits_but(text, "()+-. /").unwrap_or_default();
    let local = if digits.len() == 11 { digits.strip_prefix('1').unwrap_or_default() } else { digits.as_str() };
    local.len() == 10 && !local.starts_with(['0', '1']) && !matches!(local.chars().nth(3), Some('0' | '1'))
}

/// Tells whether a text is a phone number that is written with signs.
pub(super) fn is_written_phone(text: &str) -> bool {
    is_phone(text) && text.contains(['(', '-', '.', '+', ' '])
}

/// Tells whether a text is an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}

/// Tells whether a text is a social security number that may have been given.
pub(super) fn is_ssn(text: &str) -> bool {
    let digits = digits_but(text, "- ").unwrap_or_default();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let is_written =
        text.len() == 9 || text.chars().nth(3).is_some_and(|sign| sign == '-' || sign == ' ') && text.len() == 11;
    digits.len() == 9
        && is_written
        && !matches!(part(0, 3), "000" | "666")
        && !part(0, 1).starts_with('9')
        && part(3, 5) != "00"
        && part(5, 9) != "0000"
}

/// Tells whether a text is a social security number of which only the last four digits are shown.
pub(super) fn is_masked_ssn(text: &str) -> bool {
    let tail: String = text.chars().rev().take(4).collect();
    let before = text.chars().count() >= 5;
    let hidden = text.chars().filter(|letter| matches!(letter, 'X' | 'x' | '*' | '#')).count();
    tail.len() == 4 && tail.bytes().all(|byte| byte.is_ascii_digit()) && before && hidden >= 5
}

/// Tells whether a text is a Medicare beneficiary identifier.
///
/// # Source
/// CMS, "Understanding the Medicare Beneficiary Identifier (MBI) Format".
pub(super) fn is_mbi(text: &str) -> bool {
    let letters: Vec<char> = text.to_uppercase().chars().filter(|letter| *letter != '-').collect();
    let is_letter = |letter: char| letter.is_ascii_uppercase() && !"SLOIBZ".contains(letter);
    letters.len() == 11
        && letters.iter().zip("CANNANNAANN".chars().zip("1ae0ae0aa00".chars())).enumerate().all(|(at, (letter, _))| {
            match at {
                0 => ('1'..='9').contains(letter),
                1 | 4 | 7 | 8 => is_letter(*letter),
                2 | 5 => letter.is_ascii_digit() || is_letter(*letter),
                _ => letter.is_ascii_digit(),
            }
        })
}

/// Tells whether a text is a code of ICD-10-CM.
pub(super) fn is_icd10(text: &str) -> bool {
    let code: String = text.to_uppercase().chars().filter(|letter| *letter != '.').collect();
    let mut letters = code.chars();
    let starts = letters.next().is_some_and(|letter| letter.is_ascii_uppercase())
        && letters.next().is_some_and(|letter| letter.is_ascii_digit())
        && letters.next().is_some_and(|letter| letter.is_ascii_digit() || matches!(letter, 'A' | 'B'));
    let point = text.find('.').is_none_or(|at| at == 3);
    starts && point && code.len() <= 7 && letters.all(|letter| letter.is_ascii_digit() || letter.is_ascii_uppercase())
}

/// Tells whether a text is a code of ICD-9-CM.
pub(super) fn is_icd9(text: &str) -> bool {
    let code: String = text.to_uppercase().chars().filter(|letter| *letter != '.').collect();
    let (digits, range) = match code.chars().next() {
        Some('V') => (code.get(1..), 2..=4),
        Some('E') => (code.get(1..), 3..=4),
        _ => (Some(code.as_str()), 3..=5),
    };
    let digits = digits.unwrap_or_default();
    range.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether a text is a CMS certification number.
pub(super) fn is_ccn(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 6
        && bytes.iter().enumerate().all(|(at, byte)| byte.is_ascii_digit() || at == 2 && byte.is_ascii_uppercase())
}

/// Tells whether a text is letters and digits without blanks, some of them digits: a number, a UUID.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/.:#".contains(&byte))
}

/// Tells whether a text is letters of names: no digits, and no signs but those in names.
pub(super) fn is_words(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
        && text
            .chars()
            .all(|letter| letter.is_alphabetic() || " '.-\u{2019}\u{a0},()/&".contains(letter) || is_mark(letter))
}

fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// Tells whether a text is a city, a state and a ZIP code.
pub(super) fn is_city_state_zip(text: &str) -> bool {
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).rev();
    words.next().is_some_and(is_zip) && words.next().is_some_and(is_state) && words.next().is_some()
}

/// Tells whether a text begins like a street: the number of a house, or a box.
pub(super) fn is_street(text: &str) -> bool {
    let lower = text.to_lowercase();
    let is_box = ["po box", "p.o.", "p o box", "rr ", "calle ", "avenida ", "carr "]
        .iter()
        .any(|start| lower.starts_with(start));
    let starts = text.starts_with(|letter: char| letter.is_ascii_digit());
    is_box || starts && text.contains(' ') && text.chars().any(char::is_alphabetic)
}

/// Tells whether a text is a part of a house.
pub(super) fn is_unit(text: &str) -> bool {
    let lower = text.to_lowercase();
    [
        "apt", "unit", "suite", "ste", "lot", "#", "fl ", "floor", "rm", "room", "bldg", "trlr", "apto", "po box",
        "depto", "box ",
    ]
    .iter()
    .any(|start| lower.starts_with(start))
}

/// Tells whether a text is an amount, and whether it is more than digits.
pub(super) fn is_amount(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits > 0
        && digits <= 14
        && text.chars().all(|letter| letter.is_ascii_digit() || "$\u{20ac}\u{a3},.-+() USD'".contains(letter))
}

/// Tells whether a text is what stands behind a name.
pub(super) fn is_suffix(text: &str) -> bool {
    let word = text.trim_end_matches('.').to_uppercase();
    ["JR", "SR", "I", "II", "III", "IV", "V", "VI", "MD", "ESQ", "PHD", "2ND", "3RD", "DO", "RN"]
        .contains(&word.as_str())
}

/// Tells whether all rows of two columns that have both are in order.
pub(super) fn is_ordered(one: &Column, other: &Column) -> bool {
    let pairs = one.cells.iter().zip(&other.cells).filter(|(a, b)| !a.text.is_empty() && !b.text.is_empty());
    let (all, right) = pairs.fold((0, 0), |(all, right), (a, b)| (all + 1, right + usize::from(a.text <= b.text)));
    all > 0 && right * 10 >= all * 9
}
