//! The four parts of a name together: titles off, a suffix found at the end, placeholders out.

use super::text::{flat, text};

/// The parts of a name in normal form; what is missing, or a placeholder, is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The first name.
    pub first: Option<String>,
    /// The middle name, or its initial.
    pub middle: Option<String>,
    /// The last name.
    pub last: Option<String>,
    /// The suffix of the generation: jr, sr, ii, iii, iv, v.
    pub suffix: Option<String>,
}

const TITLES: [&str; 8] = ["mr", "mrs", "ms", "miss", "dr", "prof", "rev", "sr"];
const SUFFIXES: [(&str, &str); 10] = [
    ("jr", "jr"),
    ("sr", "sr"),
    ("ii", "ii"),
    ("iii", "iii"),
    ("iv", "iv"),
    ("v", "v"),
    ("2nd", "ii"),
    ("3rd", "iii"),
    ("junior", "jr"),
    ("senior", "sr"),
];
/// What stands in the place of a name where nobody knows it.
const PLACEHOLDERS: [&str; 34] = [
    "unknown",
    "unk",
    "unkn",
    "none",
    "na",
    "n a",
    "null",
    "nan",
    "test",
    "baby",
    "baby boy",
    "baby girl",
    "babyboy",
    "babygirl",
    "bb",
    "bg",
    "boy",
    "girl",
    "male",
    "female",
    "infant",
    "newborn",
    "twin a",
    "twin b",
    "patient",
    "fnu",
    "lnu",
    "nfn",
    "nln",
    "no name",
    "not given",
    "declined",
    "refused",
    "deceased",
];
/// First names that make a last name `doe` a placeholder.
const DOES: [&str; 3] = ["john", "jane", "baby"];

/// Returns the parts of a name.
///
/// A title before the first name goes; a suffix at the end of the last or the first name is the suffix where none is given.
///
/// ```
/// use carelake_matching::values::names;
/// let names = names(Some("Mrs. Maria"), None, Some("Hale JR"), None);
/// assert_eq!((names.first.as_deref(), names.last.as_deref()), (Some("maria"), Some("hale")));
/// assert_eq!(names.suffix.as_deref(), Some("jr"));
/// ```
#[must_use]
pub fn names(first: Option<&str>, middle: Option<&str>, last: Option<&str>, given: Option<&str>) -> Names {
    let first = first.and_then(text).map(without_title);
    let (last, suffix_of_last) = without_suffix(last.and_then(text));
    let (first, suffix_of_first) = without_suffix(first);
    let suffix = given.and_then(suffix).or_else(|| suffix_of_last.or(suffix_of_first).map(str::to_owned));
    let known = |name: Option<String>| name.filter(|name| !is_no_name(name));
    let is_nobody = last.as_deref() == Some("doe")
        && first.as_deref().is_none_or(|first| is_no_name(first) || DOES.contains(&first));
    let middle = known(middle.and_then(text));
    if is_nobody {
        return Names { first: None, middle, last: None, suffix };
    }
    Names { first: known(first), middle, last: known(last), suffix }
}

/// Returns the normal form of a name that stands alone.
#[must_use]
pub fn name(cell: &str) -> Option<String> {
    text(cell).filter(|name| !is_no_name(name))
}

/// Returns the suffix that a cell stands for.
#[must_use]
pub fn suffix(cell: &str) -> Option<String> {
    short_of(&text(cell)?).map(str::to_owned)
}

/// Returns whether a name in normal form is a placeholder: a word such as `unknown`, digits, or one letter three times and more.
#[must_use]
pub fn is_no_name(name: &str) -> bool {
    let is_one_letter = || {
        let mut bytes = name.bytes();
        let first = bytes.next().filter(u8::is_ascii_lowercase);
        name.len() >= 3 && first.is_some_and(|first| bytes.all(|byte| byte == first))
    };
    PLACEHOLDERS.contains(&name) || flat(name).chars().all(char::is_numeric) || is_one_letter()
}

fn short_of(word: &str) -> Option<&'static str> {
    SUFFIXES.iter().find(|(long, _)| *long == word).map(|(_, short)| *short)
}

fn without_title(first: String) -> String {
    match first.split_once(' ') {
        Some((title, rest)) if TITLES.contains(&title) => rest.to_owned(),
        _ => first,
    }
}

fn without_suffix(name: Option<String>) -> (Option<String>, Option<&'static str>) {
    let Some(whole) = name else { return (None, None) };
    match whole.rsplit_once(' ').and_then(|(rest, last)| Some((rest, short_of(last)?))) {
        Some((rest, suffix)) => (Some(rest.to_owned()), Some(suffix)),
        None => (Some(whole), None),
    }
}
