//! Escape sequences: characters that cannot stand for themselves, and formatting.
//!
//! What is not known, not decodable or not closed stays as it was sent, from the one escape character to the other. Decoding is done
//! once: `\E\T\E\` is the text `\T\`.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::marks::find;
use crate::separators::Separators;
use crate::switched::{Switched, switch};

/// What was met among the escapes of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Escapes {
    /// One stayed as it was sent: it is not known or not closed.
    pub unknown: bool,
    /// One stayed, or what it is about did: the bytes are no text of the character set.
    pub undecodable: bool,
    /// The character set that holds from there on, if it is not that of the message.
    pub switched: Option<Switched>,
}

/// Returns the text that a value stands for; the value itself where it holds no escapes and no broken lines. What was met is noted,
/// and a character set that what came before it switched to is given by the same.
#[inline]
pub fn unescape<'a>(
    raw: &'a str,
    separators: &Separators,
    encoding: &'static Encoding,
    met: &mut Escapes,
) -> Cow<'a, str> {
    let raw = join_lines(raw);
    let escape = separators.escape.filter(|escape| find(*escape, raw.as_bytes()).is_some());
    if escape.is_none() && met.switched.is_none() {
        return raw;
    }
    Cow::Owned(meant(&raw, separators, encoding, met))
}

/// Returns a value that was broken into lines with a line feed between them, without blank lines and without white space at the end
/// of a line; a value of one line as it is.
#[inline]
pub fn join_lines(raw: &str) -> Cow<'_, str> {
    if find(b'\n', raw.as_bytes()).is_none() && find(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(joined(raw))
}

fn joined(raw: &str) -> String {
    let mut lines = raw.split(['\r', '\n']).peekable();
    let mut text = lines.next().unwrap_or_default().trim_ascii_end().to_owned();
    while let Some(line) = lines.next() {
        // Whatever comes after the last one is not its end.
        let line = if lines.peek().is_none() { line } else { line.trim_ascii_end() };
        if !line.is_empty() || lines.peek().is_none() {
            text.push('\n');
            text.push_str(line);
        }
    }
    text
}

/// Returns a text with escapes as what they stand for.
fn meant(raw: &str, separators: &Separators, encoding: &'static Encoding, met: &mut Escapes) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    let escape = separators.escape.map(char::from);
    while let Some((escape, (before, after))) = escape.and_then(|escape| Some((escape, rest.split_once(escape)?))) {
        push_text(&mut text, before, encoding, met);
        let Some((sequence, next)) = after.split_once(escape) else {
            met.unknown = true;
            text.push(escape);
            text.push_str(after);
            return text;
        };
        rest = next;
        if let Some(switched) = switch(sequence) {
            met.switched = switched;
            continue;
        }
        let stays = match push_meant(&mut text, sequence, separators, encoding) {
            Meant::Known => continue,
            Meant::Unknown => &mut met.unknown,
            Meant::Undecodable => &mut met.undecodable,
        };
        *stays = true;
        text.push(escape);
        text.push_str(sequence);
        text.push(escape);
    }
    push_text(&mut text, rest, encoding, met);
    text
}

/// Appends text that holds no escape, in the character set that holds there.
fn push_text(text: &mut String, part: &str, encoding: &'static Encoding, met: &mut Escapes) {
    match met.switched.filter(|_| !part.is_empty()).map(|switched| switched.text(part, encoding)) {
        Some(Some(part)) => text.push_str(&part),
        Some(None) => {
            met.undecodable = true;
            text.push_str(part);
        }
        None => text.push_str(part),
    }
}

/// Whether a sequence stands for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    Known,
    Unknown,
    Undecodable,
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

/// Appends what a sequence stands for, if it is known.
fn push_meant(text: &mut String, sequence: &str, separators: &Separators, encoding: &'static Encoding) -> Meant {
    let mut push = |separator: Option<u8>| match separator {
        Some(separator) => {
            text.push(char::from(separator));
            Meant::Known
        }
        None => Meant::Unknown,
    };
    match sequence {
        "F" => push(Some(separators.field)),
        "S" => push(separators.component),
        "T" => push(separators.subcomponent),
        "R" => push(separators.repetition),
        "E" => push(separators.escape),
        "P" => push(separators.truncation.or(Some(b'#'))),
        "H" | "N" | ".fi" | ".nf" => Meant::Known,
        ".br" | ".ce" => push(Some(b'\n')),
        _ => match (sequence.strip_prefix('X'), sequence.strip_prefix('.')) {
            (Some(digits), _) => push_bytes(text, digits, encoding),
            (_, Some(command)) => push_spacing(text, command),
            _ => Meant::Unknown,
        },
    }
}

/// Appends bytes that are written in hexadecimal digits, in the character set of the message.
fn push_bytes(text: &mut String, digits: &str, encoding: &'static Encoding) -> Meant {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return Meant::Unknown };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<Vec<_>>>();
    let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else { return Meant::Unknown };
    let Some(decoded) = encoding.decode_without_bom_handling_and_without_replacement(&bytes) else {
        return Meant::Undecodable;
    };
    push_lines(text, &decoded);
    Meant::Known
}

/// Appends lines or spaces: `sp`, `sp3`, `sk3`; indents count for nothing.
fn push_spacing(text: &mut String, command: &str) -> Meant {
    let Some((name, count)) = command.split_at_checked(2) else { return Meant::Unknown };
    let count = match count {
        "" => Some(1),
        count => count.trim_start_matches(['+', '-']).parse::<u8>().ok(),
    };
    let Some(count) = count else { return Meant::Unknown };
    match name {
        "sp" => text.extend((0..count).map(|_| '\n')),
        "sk" => text.extend((0..count).map(|_| ' ')),
        "in" | "ti" => {}
        _ => return Meant::Unknown,
    }
    Meant::Known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        let separators = Separators::of_header(b"MSH|^~\\&").unwrap();
        unescape(raw, &separators, encoding_rs::UTF_8, &mut Escapes::default()).into_owned()
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
    fn a_sequence_that_is_not_known_stays_whole_and_what_comes_after_it_counts() {
        for (raw, expected) in [(r"\Zx\T\T\", r"\Zx\T&"), (r"C:\temp\T\x", r"C:\temp\T\x"), (r"\Q\\T\", r"\Q\&")] {
            // The second holds a sequence `\temp\`, and an escape character that is not closed.
            assert_eq!(text(raw), expected, "{raw}");
        }
    }

    #[test]
    fn lines_are_joined_without_blank_ones_and_without_the_white_space_at_their_ends() {
        for (raw, expected) in
            [("a \r\n\n  \rb\t\rc ", "a\nb\nc "), ("\nb", "\nb"), ("a\n\n", "a\n"), ("a\n  b", "a\n  b"), ("a", "a")]
        {
            assert_eq!(join_lines(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn a_value_may_switch_to_another_character_set_for_what_follows() {
        let separators = Separators::of_header(b"MSH|^~\\&").unwrap();
        let latin = encoding_rs::WINDOWS_1252;
        for (raw, encoding, expected) in [
            ("a\\C2D46\\\u{c1}b\\C2842\\\u{c1}", latin, "a\u{391}b\u{c1}"),
            ("\\C2D4C\\\u{e9}\\T\\", latin, "\u{449}&"),
            ("\\M2442\\$\"$$\\C2842\\a", encoding_rs::UTF_8, "\u{3042}\u{3044}a"),
        ] {
            let mut met = Escapes::default();
            assert_eq!(unescape(raw, &separators, encoding, &mut met), expected, "{raw:?}");
        }
        let mut met = Escapes::default();
        assert_eq!(unescape(r"a\C2D46\", &separators, latin, &mut met), "a");
        assert_eq!(unescape("\u{c1}", &separators, latin, &mut met), "\u{391}", "the next component of the field");
        // What has no such bytes stays.
        met.switched = Some(Switched::Japanese(b"\x1b$B"));
        assert_eq!(unescape("a", &separators, latin, &mut met), "a");
        assert!(met.undecodable && !met.unknown);
    }

    #[test]
    fn what_stays_is_noted() {
        let separators = Separators::of_header(b"MSH|^~\\&").unwrap();
        for (raw, unknown, undecodable) in [
            (r"a\T\b", false, false),
            (r"\Zx\", true, false),
            (r"a\b", true, false),
            (r"\XABC\", true, false),
            (r"\XFF\", false, true),
            (r"\XFF\\Q\", true, true),
        ] {
            let mut met = Escapes::default();
            let _ = unescape(raw, &separators, encoding_rs::UTF_8, &mut met);
            assert_eq!((met.unknown, met.undecodable), (unknown, undecodable), "{raw}");
        }
    }

    #[test]
    fn bytes_are_in_the_character_set_of_the_message_and_separators_its_own() {
        let separators = Separators::of_header(b"MSH#*!?@").unwrap();
        assert_eq!(
            unescape("?XE9??S??F?", &separators, encoding_rs::WINDOWS_1252, &mut Escapes::default()),
            "\u{e9}*#"
        );
    }
}
