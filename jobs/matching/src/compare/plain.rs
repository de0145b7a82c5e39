//! Texts and digits.

use super::kind::Level;
use super::likeness::{edits, jaro_winkler, within};

/// The least Jaro–Winkler likeness of `close`.
pub const CLOSE: f64 = 0.92;
/// The least Jaro–Winkler likeness of `near`.
pub const NEAR: f64 = 0.80;

/// Returns the level of two texts by the slips between them.
#[must_use]
pub fn edit(a: &str, b: &str) -> Level {
    Level(edits(a, b).unwrap_or(3))
}

/// Returns the level of two texts by their likeness.
#[must_use]
pub fn text(a: &str, b: &str) -> Level {
    if a == b {
        return Level::EQUAL;
    }
    let likeness = jaro_winkler(a, b);
    Level(if likeness >= CLOSE {
        1
    } else if likeness >= NEAR {
        2
    } else {
        3
    })
}

/// Returns whether one slip is between two numbers of so many digits: a digit other, or two neighbours exchanged.
#[must_use]
pub fn digits<const N: usize>(a: u32, b: u32) -> bool {
    let spelt = |mut number: u32| {
        let mut digits = [0_u8; N];
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
        digits
    };
    within(&spelt(a), &spelt(b), 1) == Some(1)
}
