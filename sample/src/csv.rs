//! A row, and how it becomes bytes of a CSV file.

/// Stands for a byte that the encoding of the file does not have; no text has this character (U+FDD0 is none).
pub(super) const UNDECODABLE: char = '\u{FDD0}';

/// The encoding of a file, which goes with its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8 with LF, as the Provider Data Catalog writes.
    Utf8,
    /// Windows-1252 with CRLF, as data.cms.gov writes.
    Windows1252,
}

impl Encoding {
    const fn line_end(self) -> &'static [u8] {
        match self {
            Self::Utf8 => b"\n",
            Self::Windows1252 => b"\r\n",
        }
    }

    /// A byte that means nothing.
    const fn undecodable(self) -> u8 {
        match self {
            Self::Utf8 => 0xFF,
            Self::Windows1252 => 0x81,
        }
    }

    fn encode(self, character: char, out: &mut Vec<u8>) {
        match (self, character) {
            (_, UNDECODABLE) => out.push(self.undecodable()),
            (Self::Utf8, _) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            (Self::Windows1252, '’') => out.push(0x92),
            // Latin letters have the number of their character; the vocabulary has no others.
            (Self::Windows1252, _) => out.push(u8::try_from(character).unwrap_or(self.undecodable())),
        }
    }
}

/// Which values are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Those with a comma, a quote or a line break.
    WhereNeeded,
    /// All.
    Always,
}

/// The values of one record; kept and filled again for the next, so that writing does not allocate.
#[derive(Debug, Default)]
pub(super) struct Row {
    values: Vec<String>,
    len: usize,
}

impl Row {
    /// Takes all values out.
    pub(super) const fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends a value.
    pub(super) fn push(&mut self, value: &str) {
        match self.values.get_mut(self.len) {
            Some(kept) => {
                kept.clear();
                kept.push_str(value);
            }
            None => self.values.push(value.to_owned()),
        }
        self.len += 1;
    }

    /// Appends values.
    pub(super) fn extend(&mut self, values: &[&str]) {
        values.iter().for_each(|value| self.push(value));
    }

    /// Takes the last value out.
    pub(super) const fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Returns a value.
    pub(super) fn get_mut(&mut self, column: usize) -> Option<&mut String> {
        self.values.get_mut(..self.len)?.get_mut(column)
    }

    /// Appends the row to a file's bytes.
    pub(super) fn encode(&self, encoding: Encoding, quotes: Quotes, out: &mut Vec<u8>) {
        for (column, value) in self.values.iter().take(self.len).enumerate() {
            if column > 0 {
                out.push(b',');
            }
            encode_value(value, encoding, quotes, out);
        }
        out.extend_from_slice(encoding.line_end());
    }
}

fn encode_value(value: &str, encoding: Encoding, quotes: Quotes, out: &mut Vec<u8>) {
    let is_quoted = quotes == Quotes::Always || value.contains([',', '"', '\n', '\r']);
    if !is_quoted && value.is_ascii() {
        out.extend_from_slice(value.as_bytes());
        return;
    }
    if is_quoted {
        out.push(b'"');
    }
    for character in value.chars() {
        if character == '"' {
            out.push(b'"');
        }
        encoding.encode(character, out);
    }
    if is_quoted {
        out.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_quoted_and_encoded_as_its_file_is() {
        let mut row = Row::default();
        row.extend(&["A, B", "THE \"C\"", "O’É", "", "X\nY"]);
        let mut bytes = Vec::new();
        row.encode(Encoding::Windows1252, Quotes::WhereNeeded, &mut bytes);
        assert_eq!(bytes, b"\"A, B\",\"THE \"\"C\"\"\",O\x92\xC9,,\"X\nY\"\r\n");
        row.clear();
        row.extend(&["É", &UNDECODABLE.to_string()]);
        bytes.clear();
        row.encode(Encoding::Utf8, Quotes::Always, &mut bytes);
        assert_eq!(bytes, b"\"\xC3\x89\",\"\xFF\"\n");
    }
}
