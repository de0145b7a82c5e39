//! Social security numbers, and the sex.

/// Numbers that were printed on sample cards or are typed for want of one.
///
/// # Source
/// Social Security Administration, "Misused SSNs" (078-05-1120, 219-09-9999, 457-55-5462).
const PLACEHOLDERS: [&str; 5] = ["123456789", "987654321", "078051120", "219099999", "457555462"];

/// Returns the nine digits of a social security number, or its last four where a cell has only these.
///
/// What no number can be is missing: area 000, 666 and 900 to 999, group 00, serial 0000, one digit nine times.
///
/// ```
/// use carelake_matching::values::ssn;
/// assert_eq!(ssn("261-53-4871").as_deref(), Some("261534871"));
/// assert_eq!(ssn("999-99-9999"), None);
/// ```
#[must_use]
pub fn ssn(cell: &str) -> Option<String> {
    let digits: String = cell.chars().filter(|c| *c != '-' && !c.is_whitespace()).collect();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !matches!(digits.len(), 4 | 9) || digits.ends_with("0000") {
        return None;
    }
    let is_placeholder = digits.len() == 9
        && (digits.starts_with("000")
            || digits.starts_with("666")
            || digits.starts_with('9')
            || digits.get(3..5) == Some("00")
            || PLACEHOLDERS.contains(&digits.as_str())
            || is_one_digit(&digits));
    (!is_placeholder).then_some(digits)
}

/// Returns the last four digits of a number or of what is left of it.
#[must_use]
pub fn last4(cell: &str) -> Option<String> {
    let digits = ssn(cell)?;
    digits.get(digits.len() - 4..).map(str::to_owned)
}

/// Returns the sex, if it is male, female or other.
#[must_use]
pub fn sex(cell: &str) -> Option<String> {
    let word = cell.trim().to_lowercase();
    matches!(word.as_str(), "male" | "female" | "other").then_some(word)
}

/// Returns whether digits are one digit again and again.
pub(super) fn is_one_digit(digits: &str) -> bool {
    let mut bytes = digits.bytes();
    let first = bytes.next();
    bytes.all(|byte| Some(byte) == first)
}
