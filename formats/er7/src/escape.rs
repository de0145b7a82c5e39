//! Escape sequences: characters that cannot stand for themselves, and formatting.
//!
//! What is not known, not decodable or not closed stays as it was sent. Decoding is done once: `\E\T\E\` is the text `\T\`.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::marks::find;
use crate::separators::Separators;

/// Returns the text that a value stands for; the value itself where it holds no escapes and no broken lines.
#[inline]
pub(crate) fn unescape<'a>(raw: &'a str, separators: Separators, encoding: &'static Encoding) -> Cow<'a, str> {
    let escape = separators.escape.unwrap_or(b'\r');
    if find(escape, raw.as_bytes()).is_none() && find(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(meant(raw, separators, encoding))
}

/// Returns a text with escapes as what they stand for.
fn meant(raw: &str, separators: Separators, encoding: &'static Encoding) -> String {
    let escape = separators.escape.unwrap_or(b'\r');
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = separators.escape.and_then(|escape| rest.split_once(char::from(escape))) {
        push_lines(&mut text, before);
        let closed = after.split_once(char::from(escape));
        if let Some((_, next)) = closed.filter(|(sequence, _)| push_meant(&mut text, sequence, separators, encoding)) {
            rest = next;
        } else {
            text.push(char::from(escape));
            rest = after;
        }
    }
    push_lines(&mut text, rest);
    text
}

/// Appends text, its line ends as line feeds.
fn push_lines(text: &mut String, part: &str) {
    let mut rest = part;
    while let Some((line, after)) = rest.split_once('\r') {
        text.push_str(line);
        text.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    text.push_str(rest);
}

/// Appends what a sequence stands for, and answers whether it is known.
fn push_meant(text: &mut String, sequence: &str, separators: Separators, encoding: &'static Encoding) -> bool {
    let mut push = |separator: Option<u8>| separator.map(|separator| text.push(char::from(separator))).is_some();
    match sequence {
        "F" => push(Some(separators.field)),
        "S" => push(separators.component),
        "T" => push(separators.subcomponent),
        "R" => push(separators.repetition),
        "E" => push(separators.escape),
        "P" => push(separators.truncation.or(Some(b'#'))),
        "H" | "N" | ".fi" | ".nf" => true,
        ".br" | ".ce" => push(Some(b'\n')),
        _ => match (sequence.strip_prefix('X'), sequence.strip_prefix('.')) {
            (Some(digits), _) => push_bytes(text, digits, encoding),
            (_, Some(command)) => push_spacing(text, command),
            _ => false,
        },
    }
}

/// Appends bytes that are written in hexadecimal digits, in the character set of the message.
fn push_bytes(text: &mut String, digits: &str, encoding: &'static Encoding) -> bool {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return false };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<Vec<_>>>();
    let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else { return false };
    let Some(decoded) = encoding.decode_without_bom_handling_and_without_replacement(&bytes) else { return false };
    push_lines(text, &decoded);
    true
}

/// Appends lines or spaces: `sp`, `sp3`, `sk3`; indents count for nothing.
fn push_spacing(text: &mut String, command: &str) -> bool {
    let Some((name, count)) = command.split_at_checked(2) else { return false };
    let count = match count {
        "" => Some(1),
        count => count.trim_start_matches(['+', '-']).parse::<u8>().ok(),
    };
    let Some(count) = count else { return false };
    match name {
        "sp" => text.extend((0..count).map(|_| '\n')),
        "sk" => text.extend((0..count).map(|_| ' ')),
        "in" | "ti" => {}
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        let separators = Separators::of_header(b"MSH|^~\\&").unwrap();
        unescape(raw, separators, encoding_rs::UTF_8).into_owned()
    }

    #[test]
    fn escapes_are_what_they_stand_for() {
        let cases = [
            (r"a", "a"),
            (r"\F\\S\\T\\R\\E\", r"|^&~\"),
            (r"Smith \T\ Sons", "Smith & Sons"),
            (r"\E\T\E\", r"\T\"),
            (r"a\.br\b\.sp2\c\.sk3\d\.in+4\e", "a\nb\n\nc   de"),
            (r"\H\bold\N\", "bold"),
            (r"\P\", "#"),
            (r"caf\XC3A9\", "caf\u{e9}"),
            (r"a\X0D0A\b\X0d\c", "a\nb\nc"),
            ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ];
        for (raw, expected) in cases {
            assert_eq!(text(raw), expected, "{raw}");
        }
    }

    #[test]
    fn what_is_not_known_not_decodable_or_not_closed_stays() {
        for raw in [
            r"\Zx\",
            r"\Q\",
            r"a\b",
            r"\",
            r"\\",
            r"\X\",
            r"\XF\",
            r"\XGG\",
            r"\XFF\",
            r"\.spx\",
            r"\.zz\",
            r"C:\temp\new",
            "\\\u{e9}\\",
        ] {
            assert_eq!(text(raw), raw, "{raw}");
        }
    }

    #[test]
    fn the_escape_after_one_that_is_not_known_still_counts() {
        assert_eq!(text(r"C:\temp\T\x"), r"C:\temp&x");
    }

    #[test]
    fn bytes_are_in_the_character_set_of_the_message_and_separators_its_own() {
        let separators = Separators::of_header(b"MSH#*!?@").unwrap();
        assert_eq!(unescape("?XE9??S??F?", separators, encoding_rs::WINDOWS_1252), "\u{e9}*#");
    }
}
