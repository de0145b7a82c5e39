//! Telephone numbers, e-mail addresses and ZIP codes.

use super::number::is_one_digit;

const NO_LOCAL: [&str; 9] = ["none", "noemail", "no", "na", "unknown", "test", "refused", "declined", "x"];
const NO_DOMAIN: [&str; 4] = ["none.com", "example.com", "test.com", "noemail.com"];

/// Returns the ten digits of a North American telephone number.
///
/// What is no number of a person is missing: area or exchange that begins with 0 or 1, the fictitious 555-0100 to 555-0199, one digit ten
/// times or seven times at the end.
///
/// ```
/// use carelake_matching::values::phone;
/// assert_eq!(phone("+1 (727) 586-1234").as_deref(), Some("7275861234"));
/// assert_eq!(phone("727-555-0123"), None);
/// ```
#[must_use]
pub fn phone(cell: &str) -> Option<String> {
    let mut digits: String = cell.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 11 && digits.starts_with('1') {
        digits.remove(0);
    }
    let local = digits.get(3..).filter(|local| local.len() == 7)?;
    let is_low = |text: &str| text.starts_with(['0', '1']);
    let is_fiction = local.strip_prefix("555").is_some_and(|line| ("0100"..="0199").contains(&line));
    let is_placeholder =
        is_low(&digits) || is_low(local) || is_one_digit(local) || is_fiction || digits == "1234567890";
    (!is_placeholder).then_some(digits)
}

/// Returns an e-mail address in lower case, without what follows a `+` in its local part.
///
/// ```
/// use carelake_matching::values::email;
/// assert_eq!(email(" Ann+web@Mail.org ").as_deref(), Some("ann@mail.org"));
/// assert_eq!(email("none@mail.org"), None);
/// ```
#[must_use]
pub fn email(cell: &str) -> Option<String> {
    let cell = cell.trim().to_lowercase();
    let (local, domain) = cell.split_once('@').filter(|(_, domain)| !domain.contains('@'))?;
    let local = local.split('+').next().unwrap_or_default();
    let is_placeholder =
        local.is_empty() || domain.is_empty() || NO_LOCAL.contains(&local) || NO_DOMAIN.contains(&domain);
    (!is_placeholder).then(|| format!("{local}@{domain}"))
}

/// Returns the first five digits of a ZIP code of five or nine; `12345` is one only in the state of New York.
///
/// ```
/// use carelake_matching::values::zip_code;
/// assert_eq!(zip_code("33770-1234", Some("FL")).as_deref(), Some("33770"));
/// assert_eq!(zip_code("99999", None), None);
/// ```
#[must_use]
pub fn zip_code(cell: &str, state: Option<&str>) -> Option<String> {
    let digits = cell.trim().replacen('-', "", 1);
    if !matches!(digits.len(), 5 | 9) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let first = digits.get(..5)?;
    let is_in_new_york = state.is_some_and(|state| state.trim().eq_ignore_ascii_case("ny"));
    let is_placeholder = matches!(first, "00000" | "99999") || (first == "12345" && !is_in_new_york);
    (!is_placeholder).then(|| first.to_owned())
}
