//! Whether two patterns can fit one name.
//!
//! Both are walked at once, character by character, over all that either may be next: there is a name that both fit if, and only
//! if, both ends are reached together. Two things are let pass that names do not: a day that its month does not have, and a sequence
//! of more than nine digits. Patterns that have nothing but such a name in common are held to overlap.

use std::collections::{BTreeMap, BTreeSet};

use super::date_name::Range;
use super::path::{PathPattern, Token};

const BUT_SLASH: [Range; 2] = [('\0', '.'), ('0', char::MAX)];
const DIGIT: [Range; 1] = [('0', '9')];

/// A place in a pattern: the piece, and how far it is gone into. The end is the piece after the last.
type At = usize;

/// The steps that a pattern allows: what the next character may be, and where that leads.
#[derive(Debug, Default)]
struct Steps {
    next: BTreeMap<At, Vec<(Vec<Range>, At)>>,
    free: BTreeMap<At, Vec<At>>,
    count: At,
}

/// Returns whether there is a name that both patterns fit.
pub(super) fn overlap(one: &PathPattern, other: &PathPattern) -> bool {
    let (one, one_end) = Steps::of(one);
    let (other, other_end) = Steps::of(other);
    let mut seen = BTreeSet::new();
    let mut open = vec![(0, 0)];
    while let Some((a, b)) = open.pop() {
        if !seen.insert((a, b)) {
            continue;
        }
        if (a, b) == (one_end, other_end) {
            return true;
        }
        open.extend(one.free_from(a).map(|a| (a, b)));
        open.extend(other.free_from(b).map(|b| (a, b)));
        for (ranges, to) in one.from(a) {
            for (others, other_to) in other.from(b) {
                if meet(ranges, others) {
                    open.push((*to, *other_to));
                }
            }
        }
    }
    false
}

/// Returns whether a character is in both.
fn meet(ranges: &[Range], others: &[Range]) -> bool {
    ranges.iter().any(|(from, to)| others.iter().any(|(other_from, other_to)| from <= other_to && other_from <= to))
}

impl Steps {
    /// Returns the steps of a pattern, from 0 on, and where they end.
    fn of(pattern: &PathPattern) -> (Self, At) {
        let mut steps = Self::default();
        let mut at = 0;
        for token in pattern.tokens() {
            at = match token {
                Token::Character(character) => steps.character(at, vec![(*character, *character)]),
                Token::Any => steps.repeated(at, &BUT_SLASH),
                Token::Named(_) => {
                    let first = steps.character(at, BUT_SLASH.to_vec());
                    steps.repeated(first, &BUT_SLASH)
                }
                Token::Sequence => {
                    let first = steps.character(at, DIGIT.to_vec());
                    steps.repeated(first, &DIGIT)
                }
                Token::Delivery(date) => {
                    date.shapes().iter().fold(at, |at, alternatives| steps.one_of(at, alternatives))
                }
            };
        }
        (steps, at)
    }

    fn anew(&mut self) -> At {
        self.count += 1;
        self.count
    }

    /// Adds a character, and returns where it leads.
    fn character(&mut self, at: At, ranges: Vec<Range>) -> At {
        let to = self.anew();
        self.next.entry(at).or_default().push((ranges, to));
        to
    }

    /// Adds any number of characters. It has a place of its own, for what stands before must not repeat.
    fn repeated(&mut self, at: At, ranges: &[Range]) -> At {
        let again = self.anew();
        self.free.entry(at).or_default().push(again);
        self.next.entry(again).or_default().push((ranges.to_vec(), again));
        again
    }

    /// Adds one of several texts.
    fn one_of(&mut self, at: At, alternatives: &[Vec<Vec<Range>>]) -> At {
        let end = self.anew();
        for alternative in alternatives {
            let last = alternative.iter().fold(at, |at, ranges| self.character(at, ranges.clone()));
            self.free.entry(last).or_default().push(end);
        }
        end
    }

    fn from(&self, at: At) -> impl Iterator<Item = &(Vec<Range>, At)> {
        self.next.get(&at).into_iter().flatten()
    }

    fn free_from(&self, at: At) -> impl Iterator<Item = At> + '_ {
        self.free.get(&at).into_iter().flatten().copied()
    }
}
