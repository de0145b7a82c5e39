//! What is done to values: the abilities of the contract, one by one.

use std::borrow::Cow;

use super::codes::Codes;
use super::exact::Numeral;
use super::flow::Flow;
use super::moment::{Written, date, of_workbook, read};
use super::pattern::UnknownDirective;
use super::program::{CodeUnknown, Record};
use crate::mapping::{Moment, Otherwise, Part, Step};

/// A step, ready.
#[derive(Debug)]
pub(super) enum Action<'f> {
    Split(&'f str, Part),
    SplitList(&'f str),
    Extract(&'f regex_lite::Regex),
    Replace(&'f str, &'f str),
    Upper,
    Lower,
    Pad { with: char, width: usize, any_text: bool },
    StripStart(&'f [u8]),
    StripEnd(&'f [u8]),
    Look(Codes<'f>, &'f Otherwise),
    Date(Vec<Written>),
    DateTime(Vec<Written>),
    Number(Numeral<'f>),
}

/// Why a step cannot be made ready.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// A date format.
    #[error(transparent)]
    Format(#[from] UnknownDirective),
    /// The scale of a number.
    #[error("the scale of a number is no decimal: write it as `0.45359237`")]
    Scale,
}

impl<'f> Action<'f> {
    /// Makes a step ready.
    pub(super) fn new(step: &'f Step) -> Result<Self, Unready> {
        let formats = |moments: &'f [Moment]| moments.iter().map(Written::new).collect::<Result<Vec<_>, _>>();
        Ok(match step {
            Step::Split(on, part) => Self::Split(on, *part),
            Step::SplitList(on) => Self::SplitList(on),
            Step::Extract(regex) => Self::Extract(regex),
            Step::Replace(of, with) => Self::Replace(of, with),
            Step::Upper => Self::Upper,
            Step::Lower => Self::Lower,
            Step::Pad { with, width, any_text } => Self::Pad { with: *with, width: *width, any_text: *any_text },
            Step::StripStart(literal) => Self::StripStart(literal.as_bytes()),
            Step::StripEnd(literal) => Self::StripEnd(literal.as_bytes()),
            Step::Map(list, otherwise) | Step::Lookup(list, otherwise) => Self::Look(Codes::new(list), otherwise),
            Step::Date(moments) => Self::Date(formats(moments)?),
            Step::DateTime(moments) => Self::DateTime(formats(moments)?),
            Step::Number(number) => Self::Number(Numeral::new(number).ok_or(Unready::Scale)?),
        })
    }

    /// Applies the step to a value that is no list.
    #[inline]
    pub(super) fn apply<'b>(&'b self, flow: Flow<'b>, record: &Record<'b>) -> Result<Flow<'b>, CodeUnknown> {
        match self {
            Self::Date(formats) => return Ok(date(read(flow, formats, record.century, record.arena), record.zone)),
            Self::DateTime(formats) => {
                let flow = of_workbook(flow, formats);
                return Ok(read(flow, formats, record.century, record.arena));
            }
            Self::Number(numeral) => {
                let number = match flow {
                    Flow::Text(text) => numeral.read(text),
                    Flow::Number(digits) => numeral.of_number(digits),
                    Flow::Null | Flow::Broken | Flow::Exact(_) => return Ok(flow),
                    _ => None,
                };
                return Ok(number.map_or(Flow::Broken, |number| Flow::Exact(record.arena.alloc(number))));
            }
            _ => {}
        }
        let Some(text) = flow.text(record.arena) else { return Ok(flow) };
        if let Self::Look(codes, otherwise) = self {
            return match (codes.get(text), otherwise) {
                (Some(value), _) => Ok(Flow::of(value)),
                (None, Otherwise::Keep) => Ok(flow),
                (None, Otherwise::Null) => Ok(Flow::Null),
                (None, Otherwise::Value(value)) => Ok(Flow::of(value.as_bytes())),
                (None, Otherwise::Reject) => Err(CodeUnknown),
            };
        }
        let Ok(text) = std::str::from_utf8(text) else { return Ok(Flow::Broken) };
        Ok(self.to_text(text, record))
    }

    fn to_text<'b>(&'b self, text: &'b str, record: &Record<'b>) -> Flow<'b> {
        let arena = record.arena;
        let made = |text: String| Flow::of(arena.alloc_slice_copy(text.as_bytes()));
        match self {
            Self::Split(on, part) => Flow::of(part_of(text, on, *part).unwrap_or_default().trim().as_bytes()),
            Self::SplitList(on) => {
                let mut parts = bumpalo::collections::Vec::new_in(arena);
                parts.extend(cut(text, on).map(|part| Flow::of(part.trim().as_bytes())));
                parts.retain(|part| *part != Flow::Null);
                if parts.is_empty() { Flow::Null } else { Flow::List(parts.into_bump_slice()) }
            }
            Self::Extract(regex) => {
                let Some(captures) = regex.captures(text) else { return Flow::Null };
                let capture = if captures.len() > 1 { captures.get(1) } else { captures.get(0) };
                Flow::of(capture.map_or("", |capture| capture.as_str()).as_bytes())
            }
            Self::Replace(of, _) if of.is_empty() || !text.contains(of) => Flow::of(text.as_bytes()),
            Self::Replace(of, with) => made(text.replace(of, with)),
            Self::Upper if text.is_ascii() => Flow::of(in_case(text, arena, <[u8]>::make_ascii_uppercase)),
            Self::Upper => made(text.to_uppercase()),
            Self::Lower if text.is_ascii() => Flow::of(in_case(text, arena, <[u8]>::make_ascii_lowercase)),
            Self::Lower => made(text.to_lowercase()),
            Self::Pad { with, width, any_text } => match padded(text, *with, *width, *any_text) {
                Cow::Borrowed(text) => Flow::of(text.as_bytes()),
                Cow::Owned(text) => made(text),
            },
            Self::StripStart(literal) => {
                Flow::of(text.as_bytes().strip_prefix(*literal).unwrap_or(text.as_bytes()).trim_ascii())
            }
            Self::StripEnd(literal) => {
                Flow::of(text.as_bytes().strip_suffix(*literal).unwrap_or(text.as_bytes()).trim_ascii())
            }
            Self::Look(..) | Self::Date(_) | Self::DateTime(_) | Self::Number(_) => Flow::of(text.as_bytes()),
        }
    }
}

fn in_case<'b>(text: &str, arena: &'b bumpalo::Bump, change: fn(&mut [u8])) -> &'b [u8] {
    let text = arena.alloc_slice_copy(text.as_bytes());
    change(text);
    text
}

/// Cuts at a literal; at none, there is one part.
fn cut<'t>(text: &'t str, on: &'t str) -> impl Iterator<Item = &'t str> {
    let (parts, whole) = if on.is_empty() { (None, Some(text)) } else { (Some(text.split(on)), None) };
    parts.into_iter().flatten().chain(whole)
}

fn part_of<'t>(text: &'t str, on: &'t str, part: Part) -> Option<&'t str> {
    match part {
        Part::Start(number) => cut(text, on).nth(number.checked_sub(1)?),
        Part::End(number) if on.is_empty() => (number == 1).then_some(text),
        Part::End(number) => text.rsplit(on).nth(number.checked_sub(1)?),
        Part::From(number) if on.is_empty() => (number == 1).then_some(text),
        Part::From(number) => text.splitn(number, on).nth(number.checked_sub(1)?),
    }
}

fn padded(text: &str, with: char, width: usize, any_text: bool) -> Cow<'_, str> {
    let length = if text.is_ascii() { text.len() } else { text.chars().count() };
    if length >= width || !(any_text || text.bytes().all(|byte| byte.is_ascii_digit())) {
        return Cow::Borrowed(text);
    }
    let mut padded: String = std::iter::repeat_n(with, width - length).collect();
    padded.push_str(text);
    Cow::Owned(padded)
}
