//! Letters of one cause, which are told as one.

use jiff::{SignedDuration, Timestamp};

use super::Letter;

/// How long after the first letter of a cause others belong to it.
const TOGETHER: SignedDuration = SignedDuration::from_mins(15);

/// Letters that failed in one way, one soon after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause<'l> {
    /// When the first of them failed.
    pub began_at: Timestamp,
    /// The letters, in the order in which they failed. They have room, function and error in common.
    pub letters: Vec<&'l Letter>,
}

/// Puts letters together that failed in the same room, function and way within 15 minutes of the first of them. Answers the
/// causes in the order in which they began.
#[must_use]
pub fn causes(letters: &[Letter]) -> Vec<Cause<'_>> {
    let mut ordered: Vec<&Letter> = letters.iter().collect();
    ordered.sort_by_key(|letter| (letter.failed_at, &letter.room, &letter.id));
    let mut causes: Vec<Cause<'_>> = Vec::new();
    for letter in ordered {
        let is_of = |cause: &&mut Cause<'_>| {
            let is_soon = letter.failed_at.duration_since(cause.began_at) < TOGETHER;
            is_soon && cause.letters.first().is_some_and(|first| way(first) == way(letter))
        };
        match causes.iter_mut().rev().find(is_of) {
            Some(cause) => cause.letters.push(letter),
            None => causes.push(Cause { began_at: letter.failed_at, letters: vec![letter] }),
        }
    }
    causes
}

/// Returns what letters of one cause have in common.
fn way(letter: &Letter) -> (&str, &str, &str) {
    (&letter.room, &letter.function, &letter.error)
}
