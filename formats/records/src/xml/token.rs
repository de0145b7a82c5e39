//! Tokens of XML: where tags, texts and comments end.

use memchr::{memchr, memchr2, memchr3, memmem};

/// What a text begins with. Lengths are in bytes, all of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// Text, up to a tag or a reference.
    Text(usize),
    /// `&name;`
    Reference(usize),
    /// `<![CDATA[text]]>`
    Data(usize),
    /// `<name attributes>`, or with a slash at its end, without content.
    Open { length: usize, name: usize, is_empty: bool },
    /// `</name>`
    Close(usize),
    /// A comment, an instruction or the declaration.
    Nothing(usize),
    /// A document type: so much of it as tells what it is.
    DocumentType(usize),
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Its end is not in the text.
    More,
    /// It is none.
    NotXml,
}

/// Bytes of a reference: longer than that of any character.
const MOST_REFERENCE: usize = 64;

/// Bytes of a document type that tell what it is.
const DOCUMENT_TYPE: usize = 16;

/// Returns what a text begins with; `is_ended` tells whether nothing comes after it.
#[inline]
pub(super) fn token(text: &str, is_ended: bool) -> Result<Token, Stop> {
    let bytes = text.as_bytes();
    match bytes {
        [] => Err(Stop::More),
        [b'<', b'/', ..] => memchr(b'>', bytes).map(|end| Token::Close(end + 1)).ok_or(Stop::More),
        [b'<', b'!', ..] => special(bytes),
        [b'<', b'?', ..] => ended_by(bytes, 2, b"?>").map(Token::Nothing),
        [b'<', first, ..] if is_name(*first) => open(bytes),
        [b'<'] => Err(Stop::More),
        [b'<', ..] => Err(Stop::NotXml),
        [b'&', ..] => reference(bytes),
        _ => match memchr2(b'<', b'&', bytes) {
            Some(end) => Ok(Token::Text(end)),
            None if is_ended => Ok(Token::Text(bytes.len())),
            None => Err(Stop::More),
        },
    }
}

/// An element that holds nothing but a text, or nothing, and is written in the plainest way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf<'t> {
    /// Its name, without a prefix.
    pub(super) name: &'t str,
    /// Its text.
    pub(super) text: &'t str,
    /// Where its text begins in it.
    pub(super) from: usize,
    /// Bytes of it all.
    pub(super) length: usize,
}

/// Returns the element that a text begins with, if it is a leaf without attributes and prefix, in which every character stands for
/// itself. Of what is in any way more than that, tokens are what tells.
#[inline]
pub(super) fn leaf(text: &str) -> Option<Leaf<'_>> {
    let bytes = text.as_bytes();
    let [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'_', rest @ ..] = bytes else { return None };
    let is_end =
        |byte: &u8| matches!(byte, b'>' | b'/' | b':' | b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'<' | b'&');
    let from = rest.iter().position(is_end).filter(|end| rest.get(*end) == Some(&b'>'))? + 3;
    let name = text.get(1..from - 1)?;
    let end = from + memchr3(b'<', b'&', b'\r', bytes.get(from..)?)?;
    let close = bytes.get(end..)?.strip_prefix(b"</")?.strip_prefix(name.as_bytes())?;
    let is_closed = close.first() == Some(&b'>');
    is_closed.then_some(Leaf { name, text: text.get(from..end)?, from, length: end + name.len() + 3 })
}

const fn is_name(first: u8) -> bool {
    first.is_ascii_alphabetic() || matches!(first, b'_' | b':' | 0x80..)
}

fn open(bytes: &[u8]) -> Result<Token, Stop> {
    let mut at = 1;
    let name =
        bytes.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>')).ok_or(Stop::More)?;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let next = memchr3(b'>', b'"', b'\'', rest).ok_or(Stop::More)?;
        if memchr(b'<', rest.get(..next).unwrap_or_default()).is_some() {
            return Err(Stop::NotXml);
        }
        at += next + 1;
        let quote = match rest.get(next) {
            Some(b'>') => {
                let is_empty = bytes.get(at - 2) == Some(&b'/');
                return Ok(Token::Open { length: at, name, is_empty });
            }
            Some(quote) => *quote,
            None => return Err(Stop::More),
        };
        let value = bytes.get(at..).unwrap_or_default();
        at += memchr(quote, value).ok_or(Stop::More)? + 1;
    }
}

fn special(bytes: &[u8]) -> Result<Token, Stop> {
    let begins = |with: &[u8]| bytes.iter().zip(with).all(|(byte, with)| byte.eq_ignore_ascii_case(with));
    if begins(b"<!--") {
        ended_by(bytes, 4, b"-->").map(Token::Nothing)
    } else if begins(b"<![CDATA[") {
        ended_by(bytes, 9, b"]]>").map(Token::Data)
    } else if !begins(b"<!DOCTYPE") {
        Err(Stop::NotXml)
    } else if bytes.len() < DOCUMENT_TYPE && !bytes.ends_with(b">") {
        Err(Stop::More)
    } else {
        Ok(Token::DocumentType(bytes.len().min(DOCUMENT_TYPE)))
    }
}

fn ended_by(bytes: &[u8], from: usize, end: &[u8]) -> Result<usize, Stop> {
    let at = memmem::find(bytes.get(from..).unwrap_or_default(), end).ok_or(Stop::More)?;
    Ok(from + at + end.len())
}

fn reference(bytes: &[u8]) -> Result<Token, Stop> {
    let end = bytes
        .iter()
        .skip(1)
        .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'#' | b'_' | b'-' | b'.' | b':' | 0x80..));
    match end {
        Some(end) if bytes.get(end + 1) == Some(&b';') && end > 0 => Ok(Token::Reference(end + 2)),
        None if bytes.len() <= MOST_REFERENCE => Err(Stop::More),
        _ => Err(Stop::NotXml),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_end_where_they_end() {
        let open = |length, name, is_empty| Ok(Token::Open { length, name, is_empty });
        let cases = [
            ("abc<d", Ok(Token::Text(3))),
            ("abc&d", Ok(Token::Text(3))),
            ("&amp;x", Ok(Token::Reference(5))),
            ("&#x41;", Ok(Token::Reference(6))),
            ("& b;", Err(Stop::NotXml)),
            ("&;", Err(Stop::NotXml)),
            ("&am", Err(Stop::More)),
            ("<a>x", open(3, 2, false)),
            ("<a/>", open(4, 2, true)),
            ("<a b='/>' c=\"'>\"\n/>x", open(19, 2, true)),
            ("<a b='>", Err(Stop::More)),
            ("<a <b>", Err(Stop::NotXml)),
            ("<a", Err(Stop::More)),
            ("<", Err(Stop::More)),
            ("< a>", Err(Stop::NotXml)),
            ("<1>", Err(Stop::NotXml)),
            ("</a >x", Ok(Token::Close(5))),
            ("</a", Err(Stop::More)),
            ("<!-- > -- -->x", Ok(Token::Nothing(13))),
            ("<!-- ", Err(Stop::More)),
            ("<!-", Err(Stop::More)),
            ("<![CDATA[<a>]]]>x", Ok(Token::Data(16))),
            ("<![CDA", Err(Stop::More)),
            ("<?xml version='1.0'?>x", Ok(Token::Nothing(21))),
            ("<!DOCTYPE a>", Ok(Token::DocumentType(12))),
            ("<!DOCTYPE something", Ok(Token::DocumentType(16))),
            ("<!ELEMENT a>", Err(Stop::NotXml)),
            ("", Err(Stop::More)),
        ];
        for (text, wanted) in cases {
            assert_eq!(token(text, false), wanted, "{text}");
        }
        assert_eq!(token("abc", false), Err(Stop::More));
        assert_eq!(token("abc", true), Ok(Token::Text(3)));
    }

    #[test]
    fn a_leaf_is_an_element_in_which_every_character_stands_for_itself() {
        let cases = [
            ("<a>b c</a>x", Some(("a", "b c", 10))),
            ("<Last-1.é></Last-1.é><x>", Some(("Last-1.é", "", 23))),
            ("<_a>\"b'\n></_a>", Some(("_a", "\"b'\n>", 14))),
            ("<a>b</a >", None),
            ("<a>b</ab>", None),
            ("<ab>b</a>", None),
            ("<a>b</a", None),
            ("<a>b", None),
            ("<a>b<c/></a>", None),
            ("<a>b<!-- --></a>", None),
            ("<a>b&amp;</a>", None),
            ("<a>b\rc</a>", None),
            ("<a >b</a>", None),
            ("<a b='c'>d</a>", None),
            ("<a/>", None),
            ("<p:a>b</p:a>", None),
            ("<:a>b</:a>", None),
            ("<1>b</1>", None),
            ("</a>", None),
            ("b<a>c</a>", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(leaf(text).map(|leaf| (leaf.name, leaf.text, leaf.length)), wanted, "{text}");
        }
        let text = "<a>bc</a>";
        let leaf = leaf(text).unwrap();
        assert_eq!(text.get(leaf.from..leaf.from + leaf.text.len()), Some(leaf.text));
    }
}
