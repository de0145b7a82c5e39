//! How well a word fits a name, or what is said of it.

/// The name, whole.
const EXACT: u8 = 100;
/// One of the parts of a name with `/` or `.` between.
const PART: u8 = 90;
/// The beginning of a name or part.
const PREFIX: u8 = 80;
/// The beginning of a word in a name.
const WORD: u8 = 70;
/// Somewhere in a name.
const INSIDE: u8 = 60;
/// A word of what is said.
const SAID: u8 = 40;
/// Somewhere in what is said.
const SAID_INSIDE: u8 = 20;

/// Returns how well a word in small letters fits, 0 for not at all.
pub(super) fn score(word: &str, name: &str, says: &str) -> u8 {
    let (name, says) = (name.to_lowercase(), says.to_lowercase());
    if name == word {
        return EXACT;
    }
    let mut parts = name.split(['/', '.']);
    if parts.clone().any(|part| part == word) {
        return PART;
    }
    if name.starts_with(word) || parts.any(|part| part.starts_with(word)) {
        return PREFIX;
    }
    if words(&name).any(|known| known.starts_with(word)) {
        return WORD;
    }
    if name.contains(word) {
        return INSIDE;
    }
    match says.contains(word) {
        true if words(&says).any(|known| known == word) => SAID,
        true => SAID_INSIDE,
        false => 0,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_before_a_part_and_that_before_what_is_said() {
        let said = "National Provider Identifier";
        let scores = [
            score("npi", "NPI", ""),
            score("npi", "clinicians.npi", ""),
            score("npi", "npi_type", ""),
            score("npi", "old_npi", ""),
            score("npi", "oldnpis", ""),
            score("provider", "id", said),
            score("vider", "id", said),
            score("zip", "id", said),
        ];
        assert_eq!(scores, [EXACT, PART, PREFIX, WORD, INSIDE, SAID, SAID_INSIDE, 0]);
        assert_eq!(score("zip code", "zip", "the ZIP code of five digits"), SAID_INSIDE);
    }
}
