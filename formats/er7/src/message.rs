//! One message: its segments and fields.

use encoding_rs::Encoding;
use memchr::{memchr_iter, memchr2};

use crate::path::{Index, Path, is_header, segment_name};
use crate::separators::{Separators, SeparatorsError};
use crate::value::Value;

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
        if u32::try_from(text.len()).is_err() {
            return Err(MessageError::TooLarge);
        }
        let separators = Separators::of_header(text.as_bytes())?;
        let mut message =
            Self { text, separators, encoding, segments: Vec::with_capacity(8), ends: Vec::with_capacity(96) };
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
            *self.ends.last_mut()? = end;
            return Some(());
        };
        let first = self.ends.len();
        self.ends.extend(memchr_iter(field, line).map(|at| (start + at) as u32));
        self.ends.push(end);
        let fields = (self.ends.len() - first - 1) as u32;
        self.segments.push(Found { name, start: start as u32, first: first as u32, fields });
        Some(())
    }

    /// Returns what it is separated by.
    #[must_use]
    pub fn separators(&self) -> Separators {
        self.separators
    }

    /// Returns its segments, in order.
    #[must_use]
    pub fn segments(&self) -> impl ExactSizeIterator<Item = Segment<'_, 'a>> {
        self.segments.iter().map(|found| Segment { message: self, found: *found })
    }

    /// Returns whether it has a segment of this name.
    #[must_use]
    pub fn has(&self, segment: [u8; 3]) -> bool {
        self.segments.iter().any(|found| found.name == segment)
    }

    /// Returns the first value that stands at a path, though it be empty.
    #[must_use]
    #[inline]
    pub fn value(&self, path: &Path) -> Option<Value<'a>> {
        let (Index::Nth(occurrence), Index::Nth(repetition)) = (path.occurrence, path.repetition) else {
            return self.values(path).next();
        };
        let mut same = self.segments.iter().filter(|found| found.name == path.segment);
        let found = *same.nth(occurrence.saturating_sub(1))?;
        let field = Segment { message: self, found }.field(path.field)?;
        if path.is_separators() {
            return below_separators(field, path);
        }
        below(field.repetition(repetition)?, path)
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
        self.found.fields as usize + usize::from(is_header(self.found.name))
    }

    /// Returns the numbers of the fields in which something stands, if only white space.
    pub fn filled(&self) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let ends = self.message.ends.get(self.found.first as usize..).unwrap_or_default();
        let ends = ends.get(..=self.found.fields as usize).unwrap_or_default();
        let before = if is_header(self.found.name) { 1 } else { 0 };
        let filled = ends.array_windows().enumerate().filter(|(_, [start, end])| start + 1 < *end);
        (1..=before).chain(filled.map(move |(at, _)| at + 1 + before))
    }

    /// Returns a field, from 1; none where the segment is too short.
    #[must_use]
    #[inline]
    pub fn field(&self, number: usize) -> Option<Value<'a>> {
        let text = self.message.text;
        let number = if is_header(self.found.name) { number.checked_sub(1)? } else { number };
        let (start, end) = if number == 0 {
            // The field separator of a header; no other segment has a field 0.
            let start = self.found.start as usize + 3;
            (start, if is_header(self.found.name) { start + 1 } else { return None })
        } else {
            if number > self.found.fields as usize {
                return None;
            }
            let at = self.found.first as usize + number;
            (*self.message.ends.get(at - 1)? as usize + 1, *self.message.ends.get(at)? as usize)
        };
        Some(Value::new(text.get(start..end)?, self.message.separators, self.message.encoding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADT: &str = "MSH|^~\\&|A|B^X&Y\rEVN|A04|20260101\r\nPID|1||11^^^H^MR~22^^^S^PI||Doe&van^Ada|\"\"|||\r\n\nDG1|1||E11.9^^I10\nDG1|2||I25\\S\\10^^I10\nZPV||x  ";

    fn values(text: &str, path: &str) -> Vec<String> {
        let message = Message::parse(text, encoding_rs::UTF_8).unwrap();
        message.values(&path.parse().unwrap()).map(|value| value.text().into_owned()).collect()
    }

    #[test]
    fn values_are_found_by_their_path() {
        let cases: [(&str, &[&str]); 22] = [
            ("MSH-1", &["|"]),
            ("MSH-2", &["^~\\&"]),
            ("MSH-2.1", &["^~\\&"]),
            ("MSH-2.2", &[]),
            ("MSH-3", &["A"]),
            ("MSH-4.2.2", &["Y"]),
            ("EVN-2", &["20260101"]),
            ("PID-3", &["11^^^H^MR"]),
            ("PID-3.1", &["11"]),
            ("PID-3[2].1", &["22"]),
            ("PID-3[3].1", &[]),
            ("PID-3[*].5", &["MR", "PI"]),
            ("PID-5.1", &["Doe&van"]),
            ("PID-5.1.2", &["van"]),
            ("PID-6", &["\"\""]),
            ("PID-7", &[""]),
            ("PID-99", &[]),
            ("DG1-3.1", &["E11.9"]),
            ("DG1[2]-3.1", &["I25^10"]),
            ("DG1[*]-3.1", &["E11.9", "I25^10"]),
            ("ZPV-2", &["x"]),
            ("PV1-2", &[]),
        ];
        for (path, expected) in cases {
            assert_eq!(values(ADT, path), expected, "{path}");
            let message = Message::parse(ADT, encoding_rs::UTF_8).unwrap();
            let first = message.value(&path.parse().unwrap()).map(|value| value.text().into_owned());
            assert_eq!(first.as_deref(), expected.first().copied(), "{path}");
        }
    }

    #[test]
    fn the_fields_of_a_segment_in_which_something_stands_are_known() {
        let message = Message::parse(ADT, encoding_rs::UTF_8).unwrap();
        let filled: Vec<Vec<usize>> = message.segments().map(|segment| segment.filled().collect()).collect();
        assert_eq!(filled, [vec![1, 2, 3, 4], vec![1, 2], vec![1, 3, 5, 6], vec![1, 3], vec![1, 3], vec![2]]);
    }

    #[test]
    fn absent_and_null_are_not_the_same() {
        let message = Message::parse(ADT, encoding_rs::UTF_8).unwrap();
        let told = |path: &str| {
            message.values(&path.parse().unwrap()).next().map(|value| (value.is_absent(), value.is_null()))
        };
        assert_eq!(told("PID-6"), Some((false, true)));
        assert_eq!(told("PID-7"), Some((true, false)));
        assert_eq!(told("PID-5"), Some((false, false)));
    }

    #[test]
    fn a_message_may_use_any_separators_and_any_line_ends() {
        let text = "msh#*!?@#A\nPid#1##11***H!22##Doe?F?x*Ada\n";
        assert_eq!(values(text, "PID-3[2]"), ["22"]);
        assert_eq!(values(text, "PID-5.1"), ["Doe#x"]);
        assert_eq!(values(text, "MSH-2"), ["*!?@"]);
    }

    #[test]
    fn a_broken_line_goes_on_with_the_segment_before_it() {
        let text = "MSH|^~\\&|A\rOBX|1|TX|||first\r\nsecond line\rand third\rNTE \rOBX|2";
        assert_eq!(values(text, "OBX-5"), ["first\nsecond line\nand third"]);
        let message = Message::parse(text, encoding_rs::UTF_8).unwrap();
        assert_eq!(
            message.segments().map(|segment| segment.name()).collect::<Vec<_>>(),
            [*b"MSH", *b"OBX", *b"NTE", *b"OBX"]
        );
        assert_eq!(message.segments().map(|segment| segment.field_count()).collect::<Vec<_>>(), [3, 5, 0, 1]);
    }

    #[test]
    fn what_is_no_message_is_told() {
        let cases = [
            ("", MessageError::Separators(SeparatorsError::NoHeader)),
            ("PID|1", MessageError::Separators(SeparatorsError::NoHeader)),
            ("MSH|", MessageError::Separators(SeparatorsError::Missing)),
            ("MSH|^~\\&\r\r12|x", MessageError::SegmentName { line: 3 }),
            ("MSH|^~\\&\rPIDX|x", MessageError::SegmentName { line: 2 }),
            ("MSH#^~\\&\rPID|x", MessageError::SegmentName { line: 2 }),
        ];
        for (text, expected) in cases {
            assert_eq!(Message::parse(text, encoding_rs::UTF_8).err(), Some(expected), "{text:?}");
        }
    }
}
