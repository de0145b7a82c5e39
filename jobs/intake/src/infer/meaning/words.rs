//! The words of a column's name: taken apart, and each brought to the one word that [`names`](super::names) knows.

use std::collections::BTreeSet;

use super::synonyms::SYNONYMS;

/// The shortest piece into which a word without signs is taken apart.
const SHORTEST_PIECE: usize = 2;

/// Words that say more with the number behind them: ICD10, SSN4, LAST4.
const SAY_MORE: [&str; 5] = ["icd", "ssn", "last", "ssnlast", "fin"];

/// Returns the words of a name, each by the word that stands for it; one that is not known stays as it is.
pub(super) fn of(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in raw(name) {
        match known(&word) {
            Some(meaning) => words.extend(meaning.split(' ').map(str::to_owned)),
            None => match pieces(&word) {
                Some(pieces) => words.extend(pieces.iter().flat_map(|meaning| meaning.split(' ')).map(str::to_owned)),
                None => words.push(word),
            },
        }
    }
    words
}

/// Tells whether most of a text is words that columns are named by.
pub(super) fn is_known(name: &str) -> bool {
    let words = raw(name);
    let words: Vec<&String> =
        words.iter().filter(|word| !word.starts_with(|first: char| first.is_ascii_digit())).collect();
    let count = words.iter().filter(|word| known(word).is_some() || pieces(word).is_some()).count();
    count > 0 && count * 2 >= words.len()
}

/// Returns what a word stands for.
fn known(word: &str) -> Option<&'static str> {
    SYNONYMS.iter().find(|(_, words)| words.split(' ').any(|known| known == word)).map(|(meaning, _)| *meaning)
}

/// Takes a name apart at signs, at capitals and at digits; lower case, without marks; a number is a word. What is known as one word
/// stays one: `LName`, `DOB`.
pub(super) fn raw(name: &str) -> Vec<String> {
    let chunks = name.split(|letter: char| !letter.is_alphanumeric() && letter != '#');
    let of_chunk = |chunk: &str| {
        let whole: String = chunk.chars().map(plain).collect();
        if chunk.chars().all(char::is_alphabetic) && known(&whole).is_some() { vec![whole] } else { apart(chunk) }
    };
    chunks.filter(|chunk| !chunk.is_empty()).flat_map(of_chunk).collect()
}

/// Takes apart what no sign parts.
fn apart(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let next = letters.get(at + 1);
        let rises = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || before.is_some_and(|before| before.is_uppercase()) && next.is_some_and(|next| next.is_lowercase()));
        if rises && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphabetic() {
            word.push_str(&plain(*letter));
        } else if *letter == '#' {
            words.push(std::mem::take(&mut word));
            words.push("number".to_owned());
        } else if letter.is_ascii_digit()
            && (word.ends_with(|last: char| last.is_ascii_digit()) || SAY_MORE.contains(&word.as_str()))
        {
            word.push(*letter);
        } else if letter.is_ascii_digit() {
            words.push(std::mem::replace(&mut word, letter.to_string()));
        } else if !matches!(letter, '\'' | '\u{2019}') {
            words.push(std::mem::take(&mut word));
        }
        if word.starts_with(|first: char| first.is_ascii_digit()) && next.is_some_and(|next| next.is_alphabetic()) {
            words.push(std::mem::take(&mut word));
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    with_initials(words)
}

/// Puts a single letter in front of the word behind it where both are one: `PatLName` has the last name, not a letter.
fn with_initials(words: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        match all.last_mut().filter(|before| before.chars().count() == 1) {
            Some(before) if known(&format!("{before}{word}")).is_some() => before.push_str(&word),
            _ => all.push(word),
        }
    }
    all
}

/// Returns the number in a name, as in `DX2`.
pub(super) fn number(name: &str) -> Option<usize> {
    let digits: String =
        name.chars().rev().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().ok()
}

/// Returns a letter in lower case without its mark.
fn plain(letter: char) -> String {
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    let without = match lower {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        'ß' => return "ss".to_owned(),
        // The mark of a letter that is written in two.
        '\u{300}'..='\u{36f}' => return String::new(),
        other => other,
    };
    without.to_string()
}

/// Takes a word such as `patientid` apart into words that are known; `None` if it does not come out even.
fn pieces(word: &str) -> Option<Vec<&'static str>> {
    if word.len() < 5 || !word.is_ascii() {
        return None;
    }
    // From the end: the fewest words that make up the rest.
    let mut best: Vec<Option<Vec<&'static str>>> = vec![None; word.len() + 1];
    if let Some(last) = best.last_mut() {
        *last = Some(Vec::new());
    }
    let starts: BTreeSet<usize> = (0..word.len()).collect();
    for start in starts.into_iter().rev() {
        let mut here: Option<Vec<&'static str>> = None;
        for end in start + SHORTEST_PIECE..=word.len() {
            let (Some(piece), Some(Some(rest))) = (word.get(start..end), best.get(end)) else { continue };
            // Short words hide in long ones; as a piece they count at the ends only.
            let is_at_end = start == 0 || end == word.len();
            let Some(meaning) = known(piece).filter(|_| piece.len() >= 3 || is_at_end) else { continue };
            if here.as_ref().is_none_or(|here| here.len() > rest.len() + 1) {
                here = Some([&[meaning], rest.as_slice()].concat());
            }
        }
        if let Some(slot) = best.get_mut(start) {
            *slot = here;
        }
    }
    best.into_iter().next().flatten().filter(|pieces| pieces.len() <= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_in_front_of_a_word_is_a_part_of_it_where_both_are_one() {
        for (name, words) in [
            ("PatLName", &["patient", "last"][..]),
            ("patFName", &["patient", "first"]),
            ("PatMI", &["patient", "middle"]),
            ("PlanBName", &["payer", "b", "name"]),
        ] {
            assert_eq!(of(name), words, "{name}");
        }
    }
}
