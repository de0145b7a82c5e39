//! The characters that a message is separated by: it says them itself, in MSH-1 and MSH-2.

/// The separators of one message. What MSH-2 leaves out separates nothing.
///
/// ```
/// use carelake_er7::Separators;
/// let separators = Separators::of_header(b"MSH|^~\\&|LAB").unwrap();
/// assert_eq!((separators.field, separators.component), (b'|', Some(b'^')));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Between fields: MSH-1.
    pub field: u8,
    /// Between components: the first of MSH-2.
    pub component: Option<u8>,
    /// Between repetitions of a field.
    pub repetition: Option<u8>,
    /// Around escape sequences.
    pub escape: Option<u8>,
    /// Between subcomponents.
    pub subcomponent: Option<u8>,
    /// Marks a value that was cut, from version 2.7 on.
    pub truncation: Option<u8>,
}

/// Why the separators of a header cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeparatorsError {
    /// There is no segment MSH, FHS or BHS.
    #[error("has no header segment")]
    NoHeader,
    /// The first or the second field is missing.
    #[error("does not say its separators")]
    Missing,
    /// The second field has more than five characters.
    #[error("has more than five separators in its second field")]
    TooMany,
    /// Two separators are equal.
    #[error("has the same separator twice")]
    Equal,
    /// A letter, a digit, white space, or no ASCII.
    #[error("has a separator that is a letter, a digit, white space or not ASCII")]
    Unusable,
}

impl Separators {
    /// Reads the separators of a segment MSH, FHS or BHS; what follows after them does not matter.
    ///
    /// # Errors
    /// [`SeparatorsError`]: each kind as it says.
    pub fn of_header(segment: &[u8]) -> Result<Self, SeparatorsError> {
        let Some((name, rest)) = segment.split_first_chunk::<3>() else { return Err(SeparatorsError::NoHeader) };
        if ![b"MSH", b"FHS", b"BHS"].iter().any(|header| name.eq_ignore_ascii_case(*header)) {
            return Err(SeparatorsError::NoHeader);
        }
        let Some((&field, rest)) = rest.split_first() else { return Err(SeparatorsError::Missing) };
        if matches!(field, b'\r' | b'\n') {
            return Err(SeparatorsError::Missing);
        }
        let is_end = |byte: &u8| *byte == field || matches!(byte, b'\r' | b'\n');
        let mut others = rest.split(is_end).next().unwrap_or_default();
        if rest.get(others.len()) != Some(&field) {
            // It ends with its segment, and white space there counts for nothing.
            others = others.trim_ascii_end();
        }
        match others.len() {
            0 => return Err(SeparatorsError::Missing),
            1..=5 => {}
            _ => return Err(SeparatorsError::TooMany),
        }
        let is_usable =
            |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && !byte.is_ascii_whitespace() && *byte != 0;
        if !is_usable(&field) || !others.iter().all(is_usable) {
            return Err(SeparatorsError::Unusable);
        }
        let mut later = others;
        while let Some((first, rest)) = later.split_first() {
            if rest.contains(first) {
                return Err(SeparatorsError::Equal);
            }
            later = rest;
        }
        let nth = |at: usize| others.get(at).copied();
        Ok(Self {
            field,
            component: nth(0),
            repetition: nth(1),
            escape: nth(2),
            subcomponent: nth(3),
            truncation: nth(4),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_those_that_the_header_says() {
        type Case<'a> = (&'a [u8], Result<&'a [u8], SeparatorsError>);
        let cases: [Case<'_>; 15] = [
            (b"MSH|^~\\&|LAB", Ok(b"|^~\\&")),
            (b"FHS#*!\\@#", Ok(b"#*!\\@")),
            (b"bhs|^~\\&#\rMSH", Ok(b"|^~\\&#")),
            (b"MSH|^~|A", Ok(b"|^~")),
            (b"MSH|^~\\& ", Ok(b"|^~\\&")),
            (b"MSH\x1f\x1e\x1d", Ok(b"\x1f\x1e\x1d")),
            (b"PID|1", Err(SeparatorsError::NoHeader)),
            (b"MS", Err(SeparatorsError::NoHeader)),
            (b"MSH", Err(SeparatorsError::Missing)),
            (b"MSH|\rPID", Err(SeparatorsError::Missing)),
            (b"MSH||||&|A", Err(SeparatorsError::Missing)),
            (b"MSH|^~^&|A", Err(SeparatorsError::Equal)),
            (b"MSH|^~\\&#%|A", Err(SeparatorsError::TooMany)),
            (b"MSH|^a\\&|A", Err(SeparatorsError::Unusable)),
            (b"MSH|^~\\& |A", Err(SeparatorsError::Unusable)),
        ];
        for (header, expected) in cases {
            let found = Separators::of_header(header).map(|it| {
                let rest = [it.component, it.repetition, it.escape, it.subcomponent, it.truncation];
                std::iter::once(it.field).chain(rest.into_iter().flatten()).collect::<Vec<_>>()
            });
            assert_eq!(found.as_deref(), expected.as_ref().map(|it| *it), "{}", header.escape_ascii());
        }
    }
}
