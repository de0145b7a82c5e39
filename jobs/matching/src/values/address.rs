//! Postal addresses: number, street and unit.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::text::text;

/// The parts of an address in normal form; a part that is not there is empty, but the street never is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// The number of the house, or of the box.
    pub number: String,
    /// The street, its words shortened as the postal service does; `pobox` of a box.
    pub street: String,
    /// The number of the unit, without the word for it.
    pub unit: String,
}

const PLACEHOLDERS: [&str; 12] = [
    "unknown",
    "homeless",
    "general delivery",
    "no fixed address",
    "none",
    "na",
    "n a",
    "same",
    "same as above",
    "transient",
    "undomiciled",
    "refused",
];
const UNITS: [&str; 14] = [
    "apt",
    "apartment",
    "unit",
    "ste",
    "suite",
    "fl",
    "floor",
    "rm",
    "room",
    "lot",
    "trlr",
    "trailer",
    "bldg",
    "building",
];
/// The street of an address that is a box.
const BOX: &str = "pobox";

/// Words of streets and how they are shortened.
///
/// # Source
/// US Postal Service, Publication 28, appendices B and C, and ordinals in digits.
static STREET_WORDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    include_str!("../facts/street_words.csv").lines().skip(1).filter_map(|line| line.split_once(',')).collect()
});

/// Returns the parts of an address of one or two lines, or nothing where it has no street.
///
/// ```
/// use carelake_matching::values::address;
/// let address = address(Some("12 North Oak Street"), Some("Apt 4")).unwrap();
/// assert_eq!((address.number.as_str(), address.street.as_str(), address.unit.as_str()), ("12", "n oak st", "4"));
/// ```
#[must_use]
pub fn address(line_1: Option<&str>, line_2: Option<&str>) -> Option<Address> {
    let lines: Vec<String> = [line_1, line_2].into_iter().flatten().map(|line| line.replace('#', " unit ")).collect();
    let whole = text(&lines.join(" "))?;
    if is_no_address(&whole) || line_1.and_then(text).is_some_and(|line| is_no_address(&line)) {
        return None;
    }
    let words: Vec<&str> = whole.split(' ').collect();
    if let Some(number) = box_number(&words) {
        return Some(Address { number: number.to_owned(), street: BOX.to_owned(), unit: String::new() });
    }
    let is_unit = |word: &&str| UNITS.contains(word);
    let at = words.iter().skip(1).position(is_unit).map_or(words.len(), |place| place + 1);
    let (front, behind) = words.split_at(at);
    let unit: String = behind.iter().filter(|word| !is_unit(word)).copied().collect();
    let (number, front) = match front.split_first() {
        Some((first, rest)) if first.starts_with(char::is_numeric) => (*first, rest),
        _ => ("", front),
    };
    let shortened: Vec<&str> = front.iter().map(|word| STREET_WORDS.get(word).copied().unwrap_or(word)).collect();
    let street = shortened.join(" ");
    (!street.is_empty()).then(|| Address { number: number.to_owned(), street, unit })
}

/// Returns whether an address in normal form is a placeholder, such as `homeless`.
#[must_use]
pub fn is_no_address(whole: &str) -> bool {
    PLACEHOLDERS.contains(&whole)
}

/// Returns an address as one text: number, street and unit by bars.
#[must_use]
pub fn address_text(address: &Address) -> String {
    let Address { number, street, unit } = address;
    format!("{number}|{street}|{unit}")
}

/// Returns the number of a box at the post office, empty where none is given.
fn box_number<'w>(words: &[&'w str]) -> Option<&'w str> {
    let behind = words.iter().position(|word| *word == "po").and_then(|at| words.get(at + 1..));
    match (behind, words) {
        (Some(["box", rest @ ..]), _) | (_, ["p", "o", "box", rest @ ..]) => {
            Some(rest.first().copied().unwrap_or_default())
        }
        _ => None,
    }
}
