//! The tokens of an expression.

use super::tree::{Literal, PathError};
use crate::value::{Clock, Decimal, Moment};

#[derive(Debug, Clone)]
pub(super) enum Token {
    /// A name, and whether it was delimited, so that it is no word of the language.
    Name(String, bool),
    Literal(Literal),
    /// `$this`, `$index`, `$total`, without the sign.
    Special(String),
    /// `%name`, without the sign.
    Outside(String),
    Mark(&'static str),
    End,
}

/// A token and its place, in characters from 1.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: usize,
}

/// Longer marks first.
const MARKS: [&str; 25] = [
    "<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "&", "|", "<", ">", "=", "~",
    "$", "%", "@",
];

struct Lexer<'e> {
    text: &'e str,
    /// Where it is, in bytes.
    at: usize,
}

/// Cuts an expression into tokens, the last of which is its end.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, PathError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.blank()?;
        let at = lexer.place(lexer.at);
        let token = lexer.token()?;
        let is_end = matches!(token, Token::End);
        tokens.push(Placed { token, at });
        if is_end {
            return Ok(tokens);
        }
    }
}

impl<'e> Lexer<'e> {
    fn rest(&self) -> &'e str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the place of a byte in characters, from 1.
    fn place(&self, byte: usize) -> usize {
        self.text.get(..byte).unwrap_or(self.text).chars().count() + 1
    }

    fn error(&self, byte: usize, what: impl Into<String>) -> PathError {
        PathError { what: what.into(), at: self.place(byte) }
    }

    /// Steps over white space and comments.
    fn blank(&mut self) -> Result<(), PathError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                let end = trimmed.find("*/").ok_or_else(|| self.error(self.at, "comment without an end"))?;
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    /// Takes the characters that are such.
    fn take(&mut self, is_such: impl Fn(char) -> bool) -> &'e str {
        let rest = self.rest();
        let length = rest.find(|character| !is_such(character)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn token(&mut self) -> Result<Token, PathError> {
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        match first {
            'a'..='z' | 'A'..='Z' | '_' => Ok(Token::Name(self.take(is_of_name).to_owned(), false)),
            '`' => Ok(Token::Name(self.quoted('`')?, true)),
            '\'' => Ok(Token::Literal(Literal::Text(self.quoted('\'')?))),
            '0'..='9' => self.number(),
            '@' => self.moment(),
            '$' => {
                self.at += 1;
                let name = self.take(is_of_name);
                match name {
                    "this" | "index" => Ok(Token::Special(name.to_owned())),
                    _ => Err(self.error(start, format!("`${name}` is not known here, only `$this` and `$index`"))),
                }
            }
            '%' => {
                self.at += 1;
                let name = match self.rest().chars().next() {
                    Some(quote @ ('`' | '\'')) => self.quoted(quote)?,
                    _ => self.take(is_of_name).to_owned(),
                };
                if name.is_empty() { Err(self.error(start, "`%` without a name")) } else { Ok(Token::Outside(name)) }
            }
            _ => match MARKS.iter().find(|mark| self.rest().starts_with(**mark)) {
                Some(mark) => {
                    self.at += mark.len();
                    Ok(Token::Mark(mark))
                }
                None => Err(self.error(start, format!("`{first}` means nothing here"))),
            },
        }
    }

    /// Takes what stands between two quotes.
    fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            match character {
                _ if character == quote => {
                    self.at = start + offset + 1;
                    return Ok(text);
                }
                '\\' => {
                    let known = match characters.next().map(|(_, escaped)| escaped) {
                        Some('n') => Some('\n'),
                        Some('r') => Some('\r'),
                        Some('t') => Some('\t'),
                        Some('f') => Some('\u{c}'),
                        Some(same @ ('\\' | '/' | '\'' | '"' | '`')) => Some(same),
                        Some('u') => {
                            let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                            let is_four = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                            u32::from_str_radix(&digits, 16).ok().filter(|_| is_four).and_then(char::from_u32)
                        }
                        _ => None,
                    };
                    text.push(known.ok_or_else(|| self.error(start + offset, "an escape that is none"))?);
                }
                _ => text.push(character),
            }
        }
        Err(self.error(start, "a quote that is not closed"))
    }

    fn number(&mut self) -> Result<Token, PathError> {
        let start = self.at;
        let whole = self.take(|character| character.is_ascii_digit());
        let has_places =
            self.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let literal = if has_places {
            self.at += 1;
            self.take(|character| character.is_ascii_digit());
            Decimal::parse(self.text.get(start..self.at).unwrap_or_default()).map(Literal::Decimal)
        } else {
            whole.parse().ok().map(Literal::Integer)
        };
        literal.map(Token::Literal).ok_or_else(|| self.error(start, "a number with too many digits"))
    }

    fn moment(&mut self) -> Result<Token, PathError> {
        let start = self.at;
        self.at += 1;
        let text =
            self.take(|character| character.is_ascii_digit() || matches!(character, '-' | ':' | 'T' | 'Z' | '+' | '.'));
        // A point that no digit follows goes on to a function.
        let kept = text.trim_end_matches('.');
        self.at -= text.len() - kept.len();
        let literal = match kept.strip_prefix('T') {
            Some(clock) => Clock::parse(clock).map(Literal::Clock),
            None => Moment::parse(kept).map(Literal::Moment),
        };
        literal.map(Token::Literal).ok_or_else(|| self.error(start, "`@` without a date or time that can be read"))
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}
