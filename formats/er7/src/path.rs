//! Where a value stands in a message: `PID-5.1`, `PID-3[2].1`, `DG1[*]-3.1`.

use std::str::FromStr;

/// Where one value stands, or several: segment, field, repetition, component, subcomponent; all from 1. MSH-1 is the field
/// separator itself.
///
/// Without a component it is the whole repetition, with the separators in it as they stand; without a subcomponent the whole
/// component.
///
/// ```
/// use carelake_er7::{Index, Path};
/// let path: Path = "PID-3[2].1".parse().unwrap();
/// assert_eq!((path.field, path.repetition, path.component), (3, Index::Nth(2), Some(1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path {
    /// The name of the segment, in upper case.
    pub segment: [u8; 3],
    /// Which of the segments of that name.
    pub occurrence: Index,
    /// The field.
    pub field: usize,
    /// Which of its repetitions.
    pub repetition: Index,
    /// The component.
    pub component: Option<usize>,
    /// The subcomponent.
    pub subcomponent: Option<usize>,
}

/// Which of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// This one, from 1.
    Nth(usize),
    /// Each of them.
    All,
}

/// A text that is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no path of an HL7 message; write one such as `PID-5.1`, `PID-3[2].1` or `DG1[*]-3.1`")]
pub struct PathError;

impl Path {
    /// Returns whether more than one value may stand there.
    #[must_use]
    pub fn is_several(&self) -> bool {
        self.occurrence == Index::All || self.repetition == Index::All
    }

    /// Returns whether the separators of a header stand there.
    pub(crate) fn is_separators(&self) -> bool {
        self.field <= 2 && is_header(self.segment)
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let (segment, rest) = text.split_once('-').ok_or(PathError)?;
        let (name, occurrence) = indexed(segment)?;
        let segment = segment_name(name.as_bytes()).ok_or(PathError)?;
        let (field, rest) = match rest.split_once('.') {
            Some((field, rest)) => (field, Some(rest)),
            None => (rest, None),
        };
        let (field, repetition) = indexed(field)?;
        let (component, subcomponent) = match rest.map(|rest| rest.split_once('.')) {
            None => (None, None),
            Some(None) => (Some(number(rest.unwrap_or_default())?), None),
            Some(Some((component, subcomponent))) => (Some(number(component)?), Some(number(subcomponent)?)),
        };
        Ok(Self { segment, occurrence, field: number(field)?, repetition, component, subcomponent })
    }
}

/// Returns the name that a segment is called by, in upper case: a letter and two letters or digits.
pub(crate) fn segment_name(name: &[u8]) -> Option<[u8; 3]> {
    let name: [u8; 3] = name.try_into().ok()?;
    let [first, second, third] = name;
    let is_name = first.is_ascii_alphabetic() && second.is_ascii_alphanumeric() && third.is_ascii_alphanumeric();
    is_name.then(|| name.to_ascii_uppercase().try_into().ok())?
}

/// Returns whether a segment says separators: its first field is the separator of fields.
pub(crate) fn is_header(name: [u8; 3]) -> bool {
    matches!(&name, b"MSH" | b"FHS" | b"BHS")
}

/// Takes `[2]` or `[*]` off the end; without it, it is the first.
fn indexed(text: &str) -> Result<(&str, Index), PathError> {
    let Some((name, index)) = text.split_once('[') else { return Ok((text, Index::Nth(1))) };
    match index.strip_suffix(']').ok_or(PathError)? {
        "*" => Ok((name, Index::All)),
        index => Ok((name, Index::Nth(number(index)?))),
    }
}

fn number(text: &str) -> Result<usize, PathError> {
    if text.is_empty() || text.len() > 5 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PathError);
    }
    text.parse().ok().filter(|number| *number > 0).ok_or(PathError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_segment_field_repetition_component_and_subcomponent() {
        let path = |text: &str| {
            let path: Path = text.parse().unwrap();
            (path.segment, path.occurrence, path.field, path.repetition, path.component, path.subcomponent)
        };
        let (first, all) = (Index::Nth(1), Index::All);
        assert_eq!(path("PID-5"), (*b"PID", first, 5, first, None, None));
        assert_eq!(path("pid-5.1.2"), (*b"PID", first, 5, first, Some(1), Some(2)));
        assert_eq!(path("PID-3[2].1"), (*b"PID", first, 3, Index::Nth(2), Some(1), None));
        assert_eq!(path("PID-11[*].3"), (*b"PID", first, 11, all, Some(3), None));
        assert_eq!(path("DG1[*]-3.1"), (*b"DG1", all, 3, first, Some(1), None));
        assert_eq!(path("DG1[3]-3[*]"), (*b"DG1", Index::Nth(3), 3, all, None, None));
    }

    #[test]
    fn anything_else_is_no_path() {
        let texts = [
            "",
            "PID",
            "PID-",
            "PID-0",
            "PID-a",
            "PI-1",
            "PIDX-1",
            "1ID-1",
            "PID-1.",
            "PID-1.0",
            "PID-1.1.1.1",
            "PID[]-1",
            "PID[*-1",
            "PID[0]-1",
            "PID-3[2",
            "PID-3[2]x.1",
            "PID-+1",
            "PID-123456",
            "ÄÖ-1",
        ];
        for text in texts {
            assert_eq!(text.parse::<Path>(), Err(PathError), "{text}");
        }
    }
}
