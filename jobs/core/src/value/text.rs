//! Trimming as DATASETS means it: ASCII white space only.

/// Cuts ASCII white space (space, tab, line feed, vertical tab, form feed, carriage return) from both ends.
///
/// ```
/// use carelake_core::value::trim;
/// assert_eq!(trim(b" \tSMITH\x0b"), b"SMITH");
/// assert_eq!(trim("\u{a0}SMITH".as_bytes()), "\u{a0}SMITH".as_bytes());
/// ```
#[inline]
#[must_use]
pub fn trim(cell: &[u8]) -> &[u8] {
    match cell {
        // Nearly every cell: no byte of white space is above a space.
        [only] if *only > b' ' => cell,
        [first, .., last] if *first > b' ' && *last > b' ' => cell,
        _ => trim_ends(cell),
    }
}

fn trim_ends(mut cell: &[u8]) -> &[u8] {
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
