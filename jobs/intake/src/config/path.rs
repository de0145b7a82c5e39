//! What the files of a feed are called, inside the folder of their partner.
//!
//! A pattern is text, `*` (any characters but `/`), `{delivery:FORMAT}` (the delivery date), `{sequence}` (a whole number) and
//! `{name}` (a text that columns may take). It is held against whole names.

use carelake_core::config::reader::{Mistakes, Spot};
use jiff::civil::Date;

use super::date_name::DateName;

/// The longest pattern: the names of objects on S3 have 1,024 bytes.
const LONGEST: usize = 1_000;
/// The longest number that a sequence may have.
const SEQUENCE_DIGITS: usize = 9;

/// A pattern of names of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    tokens: Vec<Token>,
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// One character.
    Character(char),
    /// Any characters but `/`, or none.
    Any,
    /// The delivery date.
    Delivery(DateName),
    /// The number of the delivery.
    Sequence,
    /// Some characters but `/`, with the name that they are known by.
    Named(String),
}

/// What the name of a file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captures {
    /// The delivery date.
    pub delivery: Option<Date>,
    /// The number of the delivery.
    pub sequence: Option<u32>,
    /// What stands at each `{name}`.
    pub named: Vec<(String, String)>,
}

impl PathPattern {
    /// Reads a pattern.
    pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let text = spot.text("what its files are called, such as \"PAT_{delivery:%Y%m%d}.csv\"", mistakes)?;
        match Self::parse(&text) {
            Ok(pattern) => Some(pattern),
            Err(message) => {
                mistakes.add(spot, message);
                None
            }
        }
    }

    /// Reads the text of a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) || text.contains('\\') {
            return Err("must be a name inside the partner's folder, without `..`, `\\` or a `/` at an end".to_owned());
        }
        if text.chars().count() > LONGEST {
            return Err(format!("must have at most {LONGEST} characters"));
        }
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            match character {
                '*' => tokens.push(Token::Any),
                '{' => {
                    let (inner, after) = rest.split_once('}').ok_or("has a `{` without `}`")?;
                    tokens.push(capture(inner)?);
                    rest = after;
                }
                '}' => return Err("has a `}` without `{`".to_owned()),
                other => tokens.push(Token::Character(other)),
            }
        }
        let pattern = Self { text: text.to_owned(), tokens };
        match pattern.repeated() {
            Some(name) => Err(format!("has {{{name}}} twice; keep one of the two")),
            None => Ok(pattern),
        }
    }

    /// Returns the pattern as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether names tell the delivery date.
    #[must_use]
    pub fn has_delivery(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Delivery(_)))
    }

    /// Returns the names of the texts that columns may take.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Named(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Returns what the name of a file says; nothing of a name that the pattern does not fit. Of several ways to fit, the one in
    /// which the earlier pieces are the shortest counts, but for the sequence, which takes all digits that it can.
    #[must_use]
    pub fn matches(&self, name: &str) -> Option<Captures> {
        let name: Vec<char> = name.chars().collect();
        let mut attempt = Attempt {
            tokens: &self.tokens,
            name: &name,
            failed: vec![false; (self.tokens.len() + 1) * (name.len() + 1)],
        };
        let mut captures = Captures::default();
        attempt.fits(0, 0, &mut captures).then(|| {
            captures.named.reverse();
            captures
        })
    }

    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    fn repeated(&self) -> Option<&str> {
        let name_of = |token: &'_ Token| -> Option<&str> {
            match token {
                Token::Delivery(_) => Some("delivery"),
                Token::Sequence => Some("sequence"),
                Token::Named(_) | Token::Any | Token::Character(_) => None,
            }
        };
        let names: Vec<&str> = self.tokens.iter().filter_map(name_of).chain(self.names()).collect();
        let is_second = |(place, name): (usize, &&'_ str)| names.iter().take(place).any(|other| other == name);
        names.iter().enumerate().find(|(place, name)| is_second((*place, name))).map(|(_, name)| *name)
    }
}

/// Reads what stands in braces.
fn capture(inner: &str) -> Result<Token, String> {
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    match inner.split_once(':') {
        Some(("delivery", format)) => DateName::parse(format).map(Token::Delivery),
        Some((name, _)) => Err(format!("`{{{name}:` has a format; only the date has one: {{delivery:%Y%m%d}}")),
        None if inner == "delivery" => Err("`{delivery}` needs its format, such as {delivery:%Y%m%d}".to_owned()),
        None if inner == "sequence" => Ok(Token::Sequence),
        None if is_name(inner) => Ok(Token::Named(inner.to_owned())),
        None => Err(format!("`{{{inner}}}` must be {{delivery:FORMAT}}, {{sequence}} or a name of lower-case letters")),
    }
}

/// One name held against one pattern: each piece at each place is tried once.
struct Attempt<'a> {
    tokens: &'a [Token],
    name: &'a [char],
    failed: Vec<bool>,
}

impl Attempt<'_> {
    /// Tells whether the pieces from one on fit the name from a place on, and notes what they say, the last first.
    fn fits(&mut self, token: usize, at: usize, captures: &mut Captures) -> bool {
        let slot = token * (self.name.len() + 1) + at;
        if self.failed.get(slot).copied().unwrap_or(true) {
            return false;
        }
        let fits = self.fits_anew(token, at, captures);
        if let (false, Some(failed)) = (fits, self.failed.get_mut(slot)) {
            *failed = true;
        }
        fits
    }

    fn fits_anew(&mut self, token: usize, at: usize, captures: &mut Captures) -> bool {
        let tokens = self.tokens;
        let rest = self.name.get(at..).unwrap_or_default();
        let free = || rest.iter().take_while(|character| **character != '/').count();
        match tokens.get(token) {
            None => rest.is_empty(),
            Some(Token::Character(character)) => {
                rest.first() == Some(character) && self.fits(token + 1, at + 1, captures)
            }
            Some(Token::Any) => {
                let goes_on = rest.first().is_some_and(|character| *character != '/');
                self.fits(token + 1, at, captures) || goes_on && self.fits(token, at + 1, captures)
            }
            Some(Token::Named(name)) => (1..=free()).any(|length| {
                let fits = self.fits(token + 1, at + length, captures);
                if fits {
                    captures.named.push((name.clone(), rest.iter().take(length).collect()));
                }
                fits
            }),
            Some(Token::Sequence) => {
                let digits = rest.iter().take_while(|character| character.is_ascii_digit()).count();
                (1..=digits.min(SEQUENCE_DIGITS)).rev().any(|length| {
                    let fits = self.fits(token + 1, at + length, captures);
                    if fits {
                        captures.sequence = rest.iter().take(length).collect::<String>().parse().ok();
                    }
                    fits
                })
            }
            Some(Token::Delivery(format)) => format.readings(rest).into_iter().any(|(length, date)| {
                let fits = self.fits(token + 1, at + length, captures);
                if fits {
                    captures.delivery = Some(date);
                }
                fits
            }),
        }
    }
}
