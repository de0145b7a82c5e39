//! One message: its segments and fields.

use encoding_rs::Encoding;
use memchr::memchr2;

use crate::marks::each;
use crate::path::{Index, Path, is_header, segment_name};
use crate::separators::{Separators, SeparatorsError};
use crate::value::{Value, offset, part};

/// A message whose segments and fields are found; what is in a field is looked for when it is asked for.
///
/// ```
/// use carelake_er7::Message;
/// let message = Message::parse("MSH|^~\\&|LAB\rPID|1||123^^^B^MR\r", encoding_rs::UTF_8).unwrap();
/// let path = "PID-3.1".parse().unwrap();
/// assert_eq!(message.values(&path).next().unwrap().text(), "123");
/// ```
#[derive(Debug)]
pub struct Message<'a> {
    text: &'a str,
    separators: Separators,
    encoding: &'static Encoding,
    room: Room,
    /// The first segment that goes on in a further line, from 0.
    continued: Option<usize>,
}

/// What a message keeps of its segments and fields: room that the next message can have.
#[derive(Debug, Default)]
pub struct Room {
    segments: Vec<Found>,
    /// Where each field of each segment ends, its name counted as field 0.
    ends: Vec<u32>,
}

/// Where a segment stands in the text, and its fields in the ends of fields.
#[derive(Debug, Clone, Copy)]
struct Found {
    name: [u8; 3],
    start: u32,
    first: u32,
    fields: u32,
    is_header: bool,
    /// A bit for each of the first 63 fields in which something stands.
    filled: u64,
}

/// Why a message cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It does not begin with a usable segment MSH.
    #[error("the header {0}")]
    Separators(#[from] SeparatorsError),
    /// A line is no segment, and no part of the one before it.
    #[error("line {line} has no name of a segment")]
    SegmentName {
        /// Which line, from 1; empty ones count.
        line: usize,
    },
    /// It has 4 GiB or more.
    #[error("is larger than 4 GiB")]
    TooLarge,
}

impl<'a> Message<'a> {
    /// Finds the segments and fields of a message, or of a single segment FHS or BHS, in text that was in this character set.
    ///
    /// A line without a field separator that is no name of a segment goes on with the segment before it: senders break text.
    ///
    /// # Errors
    /// [`MessageError`]: each kind as it says.
    pub fn parse(text: &'a str, encoding: &'static Encoding) -> Result<Self, MessageError> {
        Self::parse_in(Room::default(), text, encoding)
    }

    /// The same in the room of a message before.
    ///
    /// # Errors
    /// As [`Message::parse`].
    pub fn parse_in(mut room: Room, text: &'a str, encoding: &'static Encoding) -> Result<Self, MessageError> {
        if u32::try_from(text.len()).is_err() {
            return Err(MessageError::TooLarge);
        }
        let separators = Separators::of_header(text.as_bytes())?;
        room.segments.clear();
        room.ends.clear();
        let mut message = Self { text, separators, encoding, room, continued: None };
        let (mut start, mut line) = (0, 0);
        while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
            let length = memchr2(b'\r', b'\n', rest.as_bytes()).unwrap_or(rest.len());
            line += 1;
            message
                .push_line(rest.get(..length).unwrap_or_default(), start)
                .ok_or(MessageError::SegmentName { line })?;
            start += length + 1;
        }
        Ok(message)
    }

    /// Returns its room, for another.
    #[must_use]
    pub fn into_room(self) -> Room {
        self.room
    }

    /// Takes a line in: as a segment, or as the rest of the one before it. None if it can be neither.
    fn push_line(&mut self, line: &str, start: usize) -> Option<()> {
        let line = line.trim_ascii_end().as_bytes();
        if line.is_empty() {
            return Some(());
        }
        let field = self.separators.field;
        let end = (start + line.len()) as u32;
        let named = line.split_first_chunk::<3>().and_then(|(name, rest)| Some((segment_name(name)?, rest)));
        let name = named.filter(|(name, rest)| rest.first().map_or(line == name, |byte| *byte == field));
        let Some((name, _)) = name else {
            let begins_otherwise = named.is_some_and(|(_, rest)| rest.first() == Some(&b'|'));
            if begins_otherwise || line.contains(&field) {
                return None;
            }
            *self.room.ends.last_mut()? = end;
            self.continued.get_or_insert(self.room.segments.len().saturating_sub(1));
            let found = self.room.segments.last_mut()?;
            if found.fields > 0 {
                found.filled |= bit(found.fields as usize + usize::from(found.is_header));
            }
            return Some(());
        };
        let ends = &mut self.room.ends;
        let (first, is_header) = (ends.len(), is_header(name));
        // The separator of a header is its first field.
        let (mut filled, mut number) = (u64::from(is_header) << 1, usize::from(is_header));
        // No field ends before the name does.
        let mut last = line.len();
        let mut push = |at: usize| {
            filled |= if last + 1 < at { bit(number) } else { 0 };
            ends.push((start + at) as u32);
            (last, number) = (at, number + 1);
        };
        each(field, line, &mut push);
        push(line.len());
        let fields = (ends.len() - first - 1) as u32;
        self.room.segments.push(Found { name, start: start as u32, first: first as u32, fields, is_header, filled });
        Some(())
    }

    /// Returns what it is separated by.
    #[must_use]
    pub fn separators(&self) -> Separators {
        self.separators
    }

    /// Returns its segments, in order.
    #[must_use]
    pub fn segments(&self) -> impl ExactSizeIterator<Item = Segment<'_, 'a>> + DoubleEndedIterator {
        self.room.segments.iter().map(|found| Segment { message: self, found: *found })
    }

    /// Returns one of its segments, from 0.
    #[must_use]
    pub fn segment(&self, number: usize) -> Option<Segment<'_, 'a>> {
        self.room.segments.get(number).map(|found| Segment { message: self, found: *found })
    }

    /// Returns the first of its segments that goes on in a further line, from 0.
    #[must_use]
    pub fn continued(&self) -> Option<usize> {
        self.continued
    }

    /// Returns whether it has a segment of this name.
    #[must_use]
    pub fn has(&self, segment: [u8; 3]) -> bool {
        self.room.segments.iter().any(|found| found.name == segment)
    }

    /// Returns the first value that stands at a path, though it be empty.
    #[must_use]
    #[inline]
    pub fn value(&self, path: &Path) -> Option<Value<'a>> {
        let (Index::Nth(occurrence), Index::Nth(repetition)) = (path.occurrence, path.repetition) else {
            return self.values(path).next();
        };
        let mut same = self.room.segments.iter().filter(|found| found.name == path.segment);
        let found = same.nth(occurrence.saturating_sub(1))?;
        if found.is_header && path.field <= 2 {
            return below_separators(Segment { message: self, found: *found }.field(path.field)?, path);
        }
        let Separators { repetition: repeats, component, subcomponent, .. } = self.separators;
        let raw = part(self.field(found, path.field)?, repeats, repetition)?;
        let raw = path.component.map_or(Some(raw), |number| part(raw, component, number))?;
        let raw = path.subcomponent.map_or(Some(raw), |number| part(raw, subcomponent, number))?;
        Some(self.placed(raw))
    }

    /// Returns a part of its text as a value.
    #[inline]
    fn placed(&self, raw: &'a str) -> Value<'a> {
        Value::new(raw, offset(raw, self.text), self.separators, self.encoding)
    }

    /// Returns the text of a field, from 1.
    #[inline]
    fn field(&self, found: &Found, number: usize) -> Option<&'a str> {
        let number = if found.is_header { number.checked_sub(1)? } else { number };
        if number == 0 {
            // The field separator of a header; no other segment has a field 0.
            let start = found.start as usize + 3;
            return if found.is_header { self.text.get(start..start + 1) } else { None };
        }
        if number > found.fields as usize {
            return None;
        }
        let at = found.first as usize + number;
        let [start, end] = *self.room.ends.get(at - 1..)?.first_chunk()?;
        self.text.get(start as usize + 1..end as usize)
    }

    /// Returns the values that stand at a path, those that are empty too.
    pub fn values<'m>(&'m self, path: &Path) -> impl Iterator<Item = Value<'a>> + use<'m, 'a> {
        let path = *path;
        let fields = self.segments().filter(move |segment| segment.name() == path.segment);
        let fields = chosen(fields, path.occurrence).filter_map(move |segment| segment.field(path.field));
        fields.flat_map(move |field| {
            let separators = path.is_separators().then(|| below_separators(field, &path)).flatten();
            let repetitions = (!path.is_separators()).then(|| chosen(field.repetitions(), path.repetition));
            separators.into_iter().chain(repetitions.into_iter().flatten().filter_map(move |value| below(value, &path)))
        })
    }
}

/// Returns the component, or the subcomponent, that a path means.
#[inline]
fn below<'a>(value: Value<'a>, path: &Path) -> Option<Value<'a>> {
    let value = path.component.map_or(Some(value), |number| value.component(number))?;
    path.subcomponent.map_or(Some(value), |number| value.subcomponent(number))
}

/// The separators themselves are never taken apart: they are their own and only repetition and component.
fn below_separators<'a>(value: Value<'a>, path: &Path) -> Option<Value<'a>> {
    let is_whole =
        matches!(path.repetition, Index::Nth(1) | Index::All) && path.component.is_none_or(|number| number == 1);
    (is_whole && path.subcomponent.is_none()).then_some(value)
}

/// Returns the bit of a field, if it has one.
#[inline]
const fn bit(number: usize) -> u64 {
    if number < 64 { 1 << number } else { 0 }
}

/// Takes one of several, or all.
fn chosen<T>(from: impl Iterator<Item = T>, index: Index) -> impl Iterator<Item = T> {
    let (skipped, taken) = match index {
        Index::Nth(number) => (number.saturating_sub(1), 1),
        Index::All => (0, usize::MAX),
    };
    from.skip(skipped).take(taken)
}

/// One segment of a message.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'m, 'a> {
    message: &'m Message<'a>,
    found: Found,
}

impl<'a> Segment<'_, 'a> {
    /// Returns its name, in upper case.
    #[must_use]
    #[inline]
    pub fn name(&self) -> [u8; 3] {
        self.found.name
    }

    /// Returns how many fields it has.
    #[must_use]
    pub fn field_count(&self) -> usize {
        self.found.fields as usize + usize::from(self.found.is_header)
    }

    /// Returns the numbers of the fields in which something stands, if only white space.
    pub fn filled(&self) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let ends = self.message.room.ends.get(self.found.first as usize..).unwrap_or_default();
        let ends = ends.get(..=self.found.fields as usize).unwrap_or_default();
        let before = usize::from(self.found.is_header);
        let filled = ends.array_windows().enumerate().filter(|(_, [start, end])| start + 1 < *end);
        (1..=before).chain(filled.map(move |(at, _)| at + 1 + before))
    }

    /// Returns the fields in which something stands, if only white space, with their numbers, as they stand.
    #[inline]
    pub fn fields(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'_, 'a> {
        let text = self.message.text;
        let ends = self.message.room.ends.get(self.found.first as usize..).unwrap_or_default();
        let ends = ends.get(..=self.found.fields as usize).unwrap_or_default();
        let before = usize::from(self.found.is_header);
        let separator = (before == 1).then(|| (1, self.message.field(&self.found, 1).unwrap_or_default()));
        let filled = ends.array_windows().enumerate().filter_map(move |(at, [start, end])| {
            let raw = text.get(*start as usize + 1..*end as usize).filter(|raw| !raw.is_empty())?;
            Some((at + 1 + before, raw))
        });
        separator.into_iter().chain(filled)
    }

    /// Returns a bit for each of the first 63 fields in which something stands, the lowest but one for the first.
    #[must_use]
    #[inline]
    pub fn filled_bits(&self) -> u64 {
        self.found.filled
    }

    /// Returns a field, from 1; none where the segment is too short.
    #[must_use]
    #[inline]
    pub fn field(&self, number: usize) -> Option<Value<'a>> {
        Some(self.message.placed(self.message.field(&self.found, number)?))
    }
}

#[cfg(test)]
mod tests;
