//! The words of a condition.

use crate::parse::ConditionError;

/// A word, with where it begins in characters, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) at: usize,
    pub(crate) word: Word,
}

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Word {
    /// A name or a keyword.
    Name(String),
    /// `"a name"`, whatever is in it.
    Quoted(String),
    /// `'text'`.
    Text(String),
    /// A number.
    Number(String),
    /// An operator, a bracket or a comma.
    Sign(&'static str),
}

/// The longer ones first.
const SIGNS: [&str; 10] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

/// Cuts a condition into words.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, ConditionError> {
    let letters: Vec<char> = text.chars().collect();
    let (mut found, mut next) = (Vec::new(), 0);
    while let Some(letter) = letters.get(next).copied() {
        let at = next + 1;
        if letter.is_whitespace() {
            next += 1;
            continue;
        }
        let word = if letter == '\'' {
            let (quoted, end) =
                quoted(&letters, next + 1, letter).ok_or(ConditionError { at, what: "a text without its end: '" })?;
            next = end;
            Word::Text(quoted)
        } else if letter == '"' {
            let (quoted, end) =
                quoted(&letters, next + 1, letter).ok_or(ConditionError { at, what: "a name without its end: \"" })?;
            next = end;
            Word::Quoted(quoted)
        } else if let Some(sign) = sign(&letters, next) {
            next += sign.chars().count();
            Word::Sign(sign)
        } else {
            let is_in = |letter: &&char| letter.is_alphanumeric() || "_.[]-+".contains(**letter);
            let whole: String = letters.iter().skip(next).take_while(is_in).collect();
            if whole.is_empty() {
                return Err(ConditionError { at, what: "a character that has no meaning here" });
            }
            next += whole.chars().count();
            let is_number = letter.is_ascii_digit() || (['-', '+', '.'].contains(&letter) && whole.len() > 1);
            if is_number { Word::Number(whole) } else { Word::Name(whole) }
        };
        found.push(Token { at, word });
    }
    Ok(found)
}

/// Returns a text in quotes, in which two stand for one, and what comes after.
fn quoted(letters: &[char], mut next: usize, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    loop {
        match (letters.get(next)?, letters.get(next + 1)) {
            (letter, Some(after)) if *letter == quote && *after == quote => {
                text.push(quote);
                next += 2;
            }
            (letter, _) if *letter == quote => return Some((text, next + 1)),
            (letter, _) => {
                text.push(*letter);
                next += 1;
            }
        }
    }
}

fn sign(letters: &[char], at: usize) -> Option<&'static str> {
    let is_here =
        |sign: &&&str| sign.chars().enumerate().all(|(place, letter)| letters.get(at + place) == Some(&letter));
    SIGNS.iter().find(is_here).copied()
}
