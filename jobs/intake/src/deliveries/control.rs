//! What a sender says of a file in another beside it: rows, bytes, SHA-256.

use carelake_records::{Malformed, Reason};
use serde::{Deserialize, Serialize};

/// What a control file says of its file.
///
/// It is read from whatever words there are: a name (`rows`, `bytes`, `sha256`), and after it its value, however the two are parted; a
/// hash needs no name, as in what `sha256sum` writes.
///
/// ```
/// use carelake_intake::deliveries::Control;
/// let control = Control::read("ROWS=1204\nbytes: 28138\n");
/// assert_eq!((control.rows, control.bytes), (Some(1204), Some(28138)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Control {
    /// Rows of data.
    pub rows: Option<u64>,
    /// Its size in bytes.
    pub bytes: Option<u64>,
    /// SHA-256 of its bytes, in lower case.
    pub sha256: Option<String>,
}

impl Control {
    /// Reads a control file.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut control = Self::default();
        let is_part = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let words: Vec<String> = text.split(is_part).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        for (at, word) in words.iter().enumerate() {
            let number = words.get(at + 1).and_then(|next| next.parse().ok());
            match word.as_str() {
                "rows" => control.rows = control.rows.or(number),
                "bytes" => control.bytes = control.bytes.or(number),
                hash if hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit()) => {
                    control.sha256.get_or_insert_with(|| hash.to_owned());
                }
                _ => {}
            }
        }
        control
    }

    /// Checks what it says of the bytes.
    ///
    /// # Errors
    /// [`Malformed`] for `checksum_mismatch`, also where it says nothing at all.
    pub fn check_bytes(&self, size_bytes: u64, sha256: &str) -> Result<(), Malformed> {
        let wrong = |message: &str| Err(Malformed::new(Reason::ChecksumMismatch, message));
        if *self == Self::default() {
            return wrong("the control file says neither rows, bytes nor sha256");
        }
        if self.bytes.is_some_and(|bytes| bytes != size_bytes) {
            return wrong("the control file says another number of bytes than there are");
        }
        if self.sha256.as_ref().is_some_and(|said| said != sha256) {
            return wrong("the control file says another sha256 than the bytes have");
        }
        Ok(())
    }

    /// Checks what it says of the rows.
    ///
    /// # Errors
    /// [`Malformed`] for `count_mismatch`.
    pub fn check_rows(&self, records: u64) -> Result<(), Malformed> {
        match self.rows {
            Some(rows) if rows != records => {
                let message = format!("the control file says {rows} rows, there are {records}");
                Err(Malformed::new(Reason::CountMismatch, message))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_file_is_read_in_whatever_way_it_is_written() {
        let hash = "b1f26e4b022566a04702ca0074e1f2496b50a0705f7b2283015868ae187d35d2";
        let cases = [
            ("rows=12".to_owned(), (Some(12), None, false)),
            ("{\"rows\": 12, \"bytes\": 345}".to_owned(), (Some(12), Some(345), false)),
            ("Rows|12\r\nBytes|345\r\n".to_owned(), (Some(12), Some(345), false)),
            (format!("{hash}  PAT_20260803.csv\n"), (None, None, true)),
            (format!("bytes 345\nSHA256: {}", hash.to_uppercase()), (None, Some(345), true)),
            ("rows=many".to_owned(), (None, None, false)),
            ("rows".to_owned(), (None, None, false)),
            (String::new(), (None, None, false)),
        ];
        for (text, (rows, bytes, has_hash)) in cases {
            let control = Control::read(&text);
            let expected = Control { rows, bytes, sha256: has_hash.then(|| hash.to_owned()) };
            assert_eq!(control, expected, "{text}");
        }
    }

    #[test]
    fn a_file_is_checked_against_what_is_said_of_it() {
        let reason = |control: Control| control.check_bytes(10, "ab").map_err(|malformed| malformed.reason);
        let sha256 = |hash: &str| Control { sha256: Some(hash.into()), ..Control::default() };
        let bytes = |bytes| Control { bytes: Some(bytes), ..Control::default() };
        let rows = |rows| Control { rows: Some(rows), ..Control::default() };
        for fits in [sha256("ab"), bytes(10), rows(7)] {
            assert_eq!(reason(fits), Ok(()));
        }
        for not in [sha256("ac"), bytes(11), Control::default()] {
            assert_eq!(reason(not), Err(Reason::ChecksumMismatch));
        }
        assert_eq!(rows(7).check_rows(7), Ok(()));
        assert_eq!(bytes(7).check_rows(8), Ok(()));
        assert_eq!(rows(7).check_rows(8).map_err(|malformed| malformed.reason), Err(Reason::CountMismatch));
    }
}
