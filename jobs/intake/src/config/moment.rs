//! How dates and times are written.

use carelake_core::config::reader::{Mistakes, Spot};

use super::text::texts;
use crate::mapping::Moment;

const WORDS: [(&str, Moment); 6] = [
    ("iso", Moment::Iso),
    ("hl7", Moment::Hl7),
    ("excel", Moment::Excel),
    ("excel_1904", Moment::Excel1904),
    ("epoch_s", Moment::EpochSeconds),
    ("epoch_ms", Moment::EpochMillis),
];
const YEARS: &str = "Yy";
const MONTHS: &str = "mbBh";
const DAYS: &str = "de";
/// Those that are a year, a month and a day at once.
const DATES: &str = "FD";
const OTHERS: &str = "HkIlMSpPTfz%";
const WHAT: &str = "a format such as \"%m/%d/%Y\", or one of iso, hl7, excel, excel_1904, epoch_s, epoch_ms";

/// Reads one format or a list of them.
pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Moment> {
    let formats = texts(spot, WHAT, mistakes);
    if formats.is_empty() && spot.is_list() {
        spot.expected(WHAT, mistakes);
    }
    formats.into_iter().filter_map(|(text, spot)| read_one(&text, &spot, mistakes)).collect()
}

fn read_one(text: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Moment> {
    if let Some((_, moment)) = WORDS.iter().find(|(word, _)| *word == text) {
        return Some(moment.clone());
    }
    if !text.contains('%') {
        let words = WORDS.iter().map(|(word, _)| *word);
        mistakes.unknown(spot, format!("must be {WHAT}, not `{text}`"), text, words);
        return None;
    }
    match directives(text) {
        Err(unknown) => {
            mistakes.add(spot, format!("`{unknown}` is no directive; there are %Y %y %m %b %B %d %e %F %D %H %I %M %S %T %p %f %.f %z, also with `-`"));
            None
        }
        Ok(found) if !names_a_date(&found) => {
            mistakes.add(spot, format!("`{text}` names no date; it needs a year, a month and a day"));
            None
        }
        Ok(_) => Some(Moment::Format(text.to_owned())),
    }
}

/// Returns the letters of the directives, or the first that is none.
fn directives(text: &str) -> Result<String, String> {
    let mut found = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            continue;
        }
        let (sign, letter) = match characters.next() {
            Some('-') => ("-", characters.next()),
            Some('.') => (".", characters.next()),
            other => ("", other),
        };
        let known = if sign == "." { "f".to_owned() } else { [YEARS, MONTHS, DAYS, DATES, OTHERS].concat() };
        match letter {
            Some(letter) if known.contains(letter) => found.push(letter),
            other => return Err(format!("%{sign}{}", other.map(String::from).unwrap_or_default())),
        }
    }
    Ok(found)
}

fn names_a_date(found: &str) -> bool {
    let has = |letters: &str| found.chars().any(|letter| letters.contains(letter));
    has(DATES) || has(YEARS) && has(MONTHS) && has(DAYS)
}
