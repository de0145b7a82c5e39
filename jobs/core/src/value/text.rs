//! Trimming as DATASETS means it: ASCII white space only.

/// Cuts ASCII white space (space, tab, line feed, vertical tab, form feed, carriage return) from both ends.
///
/// ```
/// use carelake_core::value::trim;
/// assert_eq!(trim(b" \tSMITH\x0b"), b"SMITH");
/// assert_eq!(trim("\u{a0}SMITH".as_bytes()), "\u{a0}SMITH".as_bytes());
/// ```
#[must_use]
pub fn trim(mut cell: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = cell {
        if !is_space(*first) {
            break;
        }
        cell = rest;
    }
    while let [rest @ .., last] = cell {
        if !is_space(*last) {
            break;
        }
        cell = rest;
    }
    cell
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
