//! Date formats of partners, as small programs that are run over a text.

use super::flow::Flow;
use super::moment::{Century, Clock, Text};
use carelake_core::value::MONTHS;

/// A format of dates or times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

/// A directive that no format may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown directive `%{0}`: use one of %Y %y %m %d %b %B %j %H %I %M %S %f %.f %p %z %F %T %D, `%-m` and the like, or `%%`"
)]
pub struct UnknownDirective(pub String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// Digits, of which there are at least and at most so many.
    Digits(Field, u8, u8),
    /// An English month: its first three letters, or all of it.
    Month { is_short: bool },
    /// `AM` or `PM`.
    Half,
    /// Digits of a part of a second; with a point before, if that is there.
    Part { has_point: bool },
    /// `Z`, `+0500`, `-05:00`.
    Offset,
    /// This character.
    Literal(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    ShortYear,
    Month,
    Day,
    DayOfYear,
    Hour,
    HalfHour,
    Minute,
    Second,
}

impl Pattern {
    /// Takes a format of `strptime` directives.
    ///
    /// Numbers may lack leading zeros, unless they follow each other without anything between.
    ///
    /// # Errors
    /// [`UnknownDirective`] for a directive that is none of those it names.
    pub fn new(format: &str) -> Result<Self, UnknownDirective> {
        let mut tokens = Vec::new();
        let mut rest = format.chars();
        while let Some(character) = rest.next() {
            if character != '%' {
                tokens.push(Token::Literal(character));
                continue;
            }
            let mut directive = rest.next();
            let mut has_point = false;
            if let Some(flag @ ('-' | '_' | '0' | '.')) = directive {
                has_point = flag == '.';
                directive = rest.next();
            }
            let unknown = || UnknownDirective(directive.map(String::from).unwrap_or_default());
            let several: &[Token] = match directive.ok_or_else(unknown)? {
                'f' => &[Token::Part { has_point }],
                _ if has_point => return Err(unknown()),
                'Y' => &[YEAR],
                'y' => &[Token::Digits(Field::ShortYear, 2, 2)],
                'm' => &[MONTH],
                'd' | 'e' => &[DAY],
                'j' => &[Token::Digits(Field::DayOfYear, 1, 3)],
                'H' | 'k' => &[HOUR],
                'I' | 'l' => &[Token::Digits(Field::HalfHour, 1, 2)],
                'M' => &[MINUTE],
                'S' => &[SECOND],
                'b' | 'h' => &[Token::Month { is_short: true }],
                'B' => &[Token::Month { is_short: false }],
                'p' | 'P' => &[Token::Half],
                'z' => &[Token::Offset],
                'F' => &[YEAR, Token::Literal('-'), MONTH, Token::Literal('-'), DAY],
                'D' => &[MONTH, Token::Literal('/'), DAY, Token::Literal('/'), Token::Digits(Field::ShortYear, 2, 2)],
                'T' => &[HOUR, Token::Literal(':'), MINUTE, Token::Literal(':'), SECOND],
                '%' => &[Token::Literal('%')],
                _ => return Err(unknown()),
            };
            tokens.extend_from_slice(several);
        }
        widen(&mut tokens);
        Ok(Self(tokens))
    }

    /// Reads a whole text by this format.
    pub(super) fn read(&self, text: &[u8], century: &Century) -> Option<Flow<'static>> {
        let mut rest = Text(text);
        let mut clock = Clock::default();
        let mut is_afternoon = None;
        for token in &self.0 {
            match *token {
                Token::Digits(field, fewest, most) => {
                    let number = rest.number(fewest, most)?;
                    match field {
                        Field::Year => clock.year = number,
                        Field::ShortYear => (clock.year, clock.is_short_year) = (number, true),
                        Field::Month => clock.month = number,
                        Field::Day => clock.day = number,
                        Field::DayOfYear => clock.day_of_year = Some(number),
                        Field::Hour => (clock.hour, clock.has_time) = (number, true),
                        Field::HalfHour => {
                            (1..=12).contains(&number).then_some(())?;
                            (clock.hour, clock.has_time) = (number % 12, true);
                        }
                        Field::Minute => clock.minute = number,
                        Field::Second => clock.second = number,
                    }
                }
                Token::Month { is_short } => clock.month = month(&mut rest, is_short)?,
                Token::Half => is_afternoon = Some(half(&mut rest)?),
                Token::Part { has_point } => {
                    if !has_point || rest.byte(b'.') {
                        clock.micros = rest.part()?;
                    }
                }
                Token::Offset => clock.offset = Some(rest.offset()?),
                Token::Literal(character) => {
                    let mut bytes = [0; 4];
                    character.encode_utf8(&mut bytes).bytes().all(|byte| rest.byte(byte)).then_some(())?;
                }
            }
        }
        if is_afternoon == Some(true) {
            clock.hour += 12;
        }
        if rest.0.is_empty() { clock.flow(century) } else { None }
    }
}

const YEAR: Token = Token::Digits(Field::Year, 4, 4);
const MONTH: Token = Token::Digits(Field::Month, 1, 2);
const DAY: Token = Token::Digits(Field::Day, 1, 2);
const HOUR: Token = Token::Digits(Field::Hour, 1, 2);
const MINUTE: Token = Token::Digits(Field::Minute, 1, 2);
const SECOND: Token = Token::Digits(Field::Second, 1, 2);

/// Numbers that touch each other must have all their digits.
fn widen(tokens: &mut [Token]) {
    let mut rest = tokens;
    let mut touches = false;
    while let [token, after @ ..] = rest {
        let next = matches!(after.first(), Some(Token::Digits(..)));
        if let Token::Digits(_, fewest, most) = token {
            if touches || next {
                *fewest = *most;
            }
            touches = true;
        } else {
            touches = false;
        }
        rest = after;
    }
}

fn month(rest: &mut Text<'_>, is_short: bool) -> Option<u32> {
    let number = MONTHS.iter().position(|name| {
        let name = if is_short { name.get(..3).unwrap_or(name) } else { name };
        rest.word(name.as_bytes())
    });
    Some(number? as u32 + 1)
}

fn half(rest: &mut Text<'_>) -> Option<bool> {
    if rest.word(b"am") {
        return Some(false);
    }
    rest.word(b"pm").then_some(true)
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;

    fn read(format: &str, text: &str) -> Option<String> {
        let century = Century::new(jiff::civil::date(2026, 8, 3));
        let arena = Bump::new();
        let flow = Pattern::new(format).unwrap().read(text.as_bytes(), &century)?;
        flow.text(&arena).map(|text| String::from_utf8(text.to_vec()).unwrap())
    }

    #[test]
    fn formats_fit_whole_texts_only() {
        for (format, text, value) in [
            ("%m/%d/%Y", "08/31/2026", Some("2026-08-31")),
            ("%m/%d/%Y", "8/1/2026", Some("2026-08-01")),
            ("%-m/%-d/%Y", "8/1/2026", Some("2026-08-01")),
            ("%m/%d/%Y", "13/01/2026", None),
            ("%m/%d/%Y", "02/29/2023", None),
            ("%m/%d/%Y", "02/29/2024", Some("2024-02-29")),
            ("%m/%d/%Y", "08/31/2026 ", None),
            ("%m/%d/%Y", "08/31/26", None),
            ("%m%d%Y", "08312026", Some("2026-08-31")),
            ("%m%d%Y", "8312026", None),
            ("%Y%m%d", "2026083", None),
            ("%d.%m.%Y", "1.9.2026", Some("2026-09-01")),
            ("%b %d %Y", "aug 31 2026", Some("2026-08-31")),
            ("%b %d %Y", "August 31 2026", None),
            ("%B %d, %Y", "August 31, 2026", Some("2026-08-31")),
            ("%b %d %Y", "Foo 31 2026", None),
            ("%Y%j", "2024366", Some("2024-12-31")),
            ("%Y%j", "2026366", None),
            ("%Y-%j", "2026-1", Some("2026-01-01")),
            ("%y%j", "27001", Some("1927-01-01")),
            ("%Y-%j", "2026-0", None),
            ("%F", "2026-08-31", Some("2026-08-31")),
            ("%Y/%m/%d %H:%M:%S", "2026/08/31 14:05:09", Some("2026-08-31T14:05:09")),
            ("%Y-%m-%dT%H:%M", "2026-08-31T14:05", Some("2026-08-31T14:05:00")),
            ("%b %d %Y %I:%M %p", "Aug 31 2026 12:05 AM", Some("2026-08-31T00:05:00")),
            ("%b %d %Y %I:%M %p", "Aug 31 2026 12:05 pm", Some("2026-08-31T12:05:00")),
            ("%b %d %Y %I:%M %p", "Aug 31 2026 13:05 PM", None),
            ("%Y%m%d%H%M%S", "20260831140509", Some("2026-08-31T14:05:09")),
            ("%F %T%.f", "2026-08-31 14:05:09.25", Some("2026-08-31T14:05:09.25")),
            ("%F %T%.f", "2026-08-31 14:05:09", Some("2026-08-31T14:05:09")),
            ("%F %T.%f", "2026-08-31 14:05:09.123456789", Some("2026-08-31T14:05:09.123456")),
            ("%F %H:%M %z", "2026-08-31 14:05 -0400", Some("2026-08-31T18:05:00Z")),
            ("%F %H:%M%z", "2026-08-31 14:05Z", Some("2026-08-31T14:05:00Z")),
            ("%F %H:%M", "2026-08-31 24:00", None),
            ("%F %H:%M", "2026-08-31 14:60", None),
            ("%Y年%m月%d日", "2026年8月31日", Some("2026-08-31")),
        ] {
            assert_eq!(read(format, text).as_deref(), value, "{format} {text}");
        }
    }

    #[test]
    fn a_short_year_is_of_the_latest_century_that_keeps_the_date_on_or_before_the_delivery_date() {
        for (text, value) in [
            ("08/03/26", Some("2026-08-03")),
            ("08/04/26", Some("1926-08-04")),
            ("05/04/27", Some("1927-05-04")),
            ("01/01/00", Some("2000-01-01")),
            ("02/29/28", Some("1928-02-29")),
            ("02/29/00", Some("2000-02-29")),
            ("02/29/23", None),
            ("02/29/30", None),
        ] {
            assert_eq!(read("%m/%d/%y", text).as_deref(), value, "{text}");
        }
    }

    #[test]
    fn unknown_directives_are_refused_with_their_letter() {
        for (format, letter) in [("%Q", "Q"), ("%.Y", "Y"), ("%", "")] {
            assert_eq!(Pattern::new(format), Err(UnknownDirective(letter.to_owned())), "{format}");
        }
    }
}
