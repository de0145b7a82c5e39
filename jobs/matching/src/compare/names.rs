//! First and last names.

use super::kind::Level;
use super::likeness::jaro_winkler;
use super::plain::{CLOSE, NEAR};

/// Returns the level of two first names that are not exchanged with last names; both without blanks.
///
/// `share` says whether one is short for the other.
pub fn first_name(a: &str, b: &str, share: impl FnOnce() -> bool) -> Level {
    if a == b {
        return Level::EQUAL;
    }
    if share() {
        return Level(2);
    }
    let likeness = jaro_winkler(a, b);
    let is_initial = || {
        let (mut one, mut other) = (a.chars(), b.chars());
        one.next() == other.next() && (one.next().is_none() || other.next().is_none())
    };
    if likeness >= CLOSE {
        Level(3)
    } else if is_initial() {
        Level(4)
    } else if likeness >= NEAR {
        Level(5)
    } else {
        Level(6)
    }
}

/// Returns the level of two last names, each in normal form and without blanks.
///
/// `sound` says whether they may be said alike.
pub fn last_name((a, flat_a): (&str, &str), (b, flat_b): (&str, &str), sound: impl FnOnce() -> bool) -> Level {
    if flat_a == flat_b {
        return Level::EQUAL;
    }
    if is_part(a, b) {
        return Level(1);
    }
    let likeness = jaro_winkler(flat_a, flat_b);
    if likeness >= CLOSE {
        Level(2)
    } else if sound() {
        Level(3)
    } else if likeness >= NEAR {
        Level(4)
    } else {
        Level(5)
    }
}

/// Returns whether all words of the name that has fewer are words of the other, each of two letters or more.
fn is_part(a: &str, b: &str) -> bool {
    if !a.contains(' ') && !b.contains(' ') {
        return false;
    }
    let words = |name: &str| name.split(' ').count();
    let (short, long) = if (words(a), a) <= (words(b), b) { (a, b) } else { (b, a) };
    short.split(' ').all(|word| word.chars().nth(1).is_some() && long.split(' ').any(|other| other == word))
}
