//! Where fields begin in lines of fixed width, by what stands at each character.

use std::collections::BTreeSet;

use carelake_core::value::Npi;

use super::super::meaning::dates;

/// How far the share of filled characters must rise where a field begins.
const RISE: f64 = 0.15;
/// The share of lines that must agree.
const NEARLY_ALL: f64 = 0.97;

/// Lines of one kind.
pub(super) struct Grid {
    lines: Vec<Vec<char>>,
    width: usize,
    places: Vec<Place>,
}

/// What stands at one character of all lines; shares of the lines where something does.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    filled: f64,
    digits: f64,
    letters: f64,
    zeros: f64,
    distinct: usize,
    /// The share of the two most frequent characters.
    two: f64,
}

impl Grid {
    /// Takes lines as they stand.
    pub(super) fn new(lines: &[&str]) -> Self {
        let lines: Vec<Vec<char>> = lines.iter().map(|line| line.trim_end().chars().collect()).collect();
        let width = lines.iter().map(Vec::len).max().unwrap_or_default();
        let places = (0..width).map(|at| place(&lines, at)).collect();
        Self { lines, width, places }
    }

    /// Returns the fields: the first character, from 0, and the width.
    pub(super) fn fields(&self, from: usize) -> Vec<(usize, usize)> {
        let mut starts = BTreeSet::from([from]);
        starts.extend((from + 1..self.width).filter(|at| self.rises(*at) || self.changes_class(*at)));
        self.typed(from, &mut starts);
        let filled: Vec<usize> = (from + 1..self.width)
            .filter(|at| self.is_zero_filled(*at) && self.follows_digits(*at, &starts))
            .filter(|at| !self.is_within_typed(*at, &starts))
            .collect();
        starts.extend(filled);
        self.letters(&mut starts);
        self.blocks(from, &mut starts);
        self.house_numbers(&mut starts);
        let ends = starts.iter().skip(1).copied().chain([self.width]);
        let fields: Vec<(usize, usize)> = starts.iter().zip(ends).map(|(start, end)| (*start, end - start)).collect();
        fields
    }

    /// Returns the text of a field in each line.
    pub(super) fn texts(&self, (start, width): (usize, usize)) -> impl Iterator<Item = String> {
        self.lines.iter().map(move |line| {
            line.get(start..line.len().min(start + width)).unwrap_or_default().iter().collect::<String>()
        })
    }

    fn at(&self, at: usize) -> Place {
        self.places.get(at).copied().unwrap_or_default()
    }

    fn is_blank(line: &[char], at: usize) -> bool {
        line.get(at).is_none_or(|letter| *letter == ' ')
    }

    /// Tells whether more lines have something here than before it, after a gap that no two words have.
    fn rises(&self, at: usize) -> bool {
        if self.at(at).filled - self.at(at - 1).filled < RISE {
            return false;
        }
        let after_blank: Vec<&Vec<char>> =
            self.lines.iter().filter(|line| Self::is_blank(line, at - 1) && !Self::is_blank(line, at)).collect();
        let wide = after_blank.iter().filter(|line| at >= 2 && Self::is_blank(line, at - 2)).count();
        wide * 10 >= after_blank.len() * 3
            || self.at(at - 1).filled == 0.0 && after_blank.len() * 20 >= self.lines.len() * 19
    }

    /// Tells whether digits become letters here, or the letters of a code digits.
    fn changes_class(&self, at: usize) -> bool {
        let (before, here) = (self.at(at - 1), self.at(at));
        if before.filled < 0.3 || here.filled < 0.3 {
            return false;
        }
        let to_letters = before.digits > NEARLY_ALL && here.letters > NEARLY_ALL && before.filled > 0.5;
        let is_code = before.distinct > 1
            && before.letters > 0.99
            && (before.distinct <= 4 || at >= 2 && self.at(at - 2).letters > 0.99 && self.at(at - 2).distinct > 1);
        let to_digits = before.filled > 0.95 && is_code && here.digits > 0.99;
        to_letters && here.distinct > 1 || to_digits
    }

    /// Cuts out what can only be a date, a time or an NPI.
    fn typed(&self, from: usize, starts: &mut BTreeSet<usize>) {
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for (format, width) in [("%Y%m%d%H%M%S", 14), ("%Y%m%d%H%M", 12), ("%Y%m%d", 8), ("%m%d%Y", 8), ("npi", 10)] {
            let mut at = from;
            while at + width <= self.width {
                let is_free = taken.iter().all(|(start, end)| at >= *end || at + width <= *start);
                let is_split = starts.range(at + 1..at + width).next().is_some();
                if is_free && !is_split && self.is_typed(at, width, format) {
                    taken.push((at, at + width));
                    at += width;
                } else {
                    at += 1;
                }
            }
        }
        for (start, end) in taken {
            starts.insert(start);
            if end < self.width {
                starts.insert(end);
            }
        }
    }

    fn is_typed(&self, at: usize, width: usize, format: &str) -> bool {
        let (mut seen, mut fits, mut part) = (0, 0, 0);
        let mut distinct = BTreeSet::new();
        for text in self.texts((at, width)) {
            let filled = text.trim();
            if filled.is_empty() {
                continue;
            }
            seen += 1;
            part += usize::from(filled.len() != width);
            let is_fit = if format == "npi" {
                Npi::parse(filled.as_bytes(), true).is_ok_and(|npi| !npi.padded)
            } else {
                dates::fits(filled, format)
            };
            if is_fit {
                fits += 1;
                distinct.insert(text);
            }
        }
        let least = if seen < 30 { 0.9 } else { 0.95 };
        seen >= 3 && part * 20 <= seen && fits as f64 >= least * seen as f64 && distinct.len() * 20 >= seen.min(100)
    }

    fn is_within_typed(&self, at: usize, starts: &BTreeSet<usize>) -> bool {
        let start = starts.range(..at).next_back().copied().unwrap_or_default();
        let end = starts.range(at..).next().copied().unwrap_or(self.width);
        [("%Y%m%d%H%M%S", 14), ("%Y%m%d%H%M", 12), ("%Y%m%d", 8), ("%m%d%Y", 8), ("npi", 10)]
            .iter()
            .any(|(format, width)| end - start == *width && self.is_typed(start, *width, format))
    }

    /// Cuts behind one letter that is one of two, as those of sexes are, where a number follows.
    fn letters(&self, starts: &mut BTreeSet<usize>) {
        let before: Vec<usize> = starts.iter().copied().filter(|start| *start + 1 < self.width).collect();
        for start in before {
            let (here, next) = (self.at(start), self.at(start + 1));
            let is_one_of_two = here.letters > 0.99 && here.distinct > 1 && here.two > 0.8;
            if is_one_of_two && here.filled > 0.8 && next.digits > 0.99 && next.filled > 0.8 {
                starts.insert(start + 1);
            }
        }
    }

    /// Tells whether the field in which this is follows digits without a gap; the number of a patient does not, and may have zeros.
    fn follows_digits(&self, at: usize, starts: &BTreeSet<usize>) -> bool {
        let start = starts.range(..=at).next_back().copied().unwrap_or_default();
        start > 0 && self.at(start - 1).digits > NEARLY_ALL && self.at(start - 1).filled > 0.5
    }

    /// Tells whether a number that is filled up with zeros begins here, after other digits.
    fn is_zero_filled(&self, at: usize) -> bool {
        let (before, here, next) = (self.at(at - 1), self.at(at), self.at(at + 1));
        here.zeros > 0.99 && next.zeros > 0.99 && here.filled > 0.9 && before.digits > NEARLY_ALL && before.zeros < 0.99
    }

    /// Cuts where digits that are there or not there together follow others; four of them after five are of a ZIP code.
    fn blocks(&self, from: usize, starts: &mut BTreeSet<usize>) {
        let mut at = from + 1;
        while at < self.width {
            let (before, here) = (self.at(at - 1), self.at(at));
            let drops = before.filled - here.filled > RISE && before.digits > NEARLY_ALL && here.digits > NEARLY_ALL;
            let same = (at + 1..self.width).take_while(|next| self.is_blank_as(at, *next)).count() + 1;
            if drops && same >= 2 && here.filled > 0.0 {
                let end = at + same;
                if same == 4 && at >= from + 5 && (at - 5..at).all(|place| self.at(place).digits > NEARLY_ALL) {
                    let is_free = starts.range(at - 4..=at).next().is_none();
                    if is_free {
                        starts.insert(at - 5);
                    }
                } else {
                    starts.insert(at);
                }
                at = end;
            } else {
                at += 1;
            }
        }
    }

    fn is_blank_as(&self, one: usize, other: usize) -> bool {
        self.at(other).digits > NEARLY_ALL
            && self.lines.iter().all(|line| Self::is_blank(line, one) == Self::is_blank(line, other))
    }

    /// Cuts between digits and the number of a house: it begins with no zero, and words follow.
    fn house_numbers(&self, starts: &mut BTreeSet<usize>) {
        let fields: Vec<usize> = starts.iter().copied().collect();
        for start in fields {
            let end = starts.range(start + 1..).next().copied().unwrap_or(self.width);
            let all_digits =
                (start..end).take_while(|at| self.at(*at).digits > 0.99 && self.at(*at).filled > 0.9).count();
            let has_words = (start + all_digits..end).any(|at| self.at(at).letters > 0.5);
            if all_digits < 5 || !has_words {
                continue;
            }
            let mut found =
                (start + 1..start + all_digits).filter(|at| self.at(*at).zeros == 0.0 && self.at(at - 1).zeros > 0.02);
            if let (Some(at), None) = (found.next(), found.next()) {
                starts.insert(at);
            }
        }
    }
}

fn place(lines: &[Vec<char>], at: usize) -> Place {
    let filled: Vec<char> =
        lines.iter().filter_map(|line| line.get(at)).copied().filter(|letter| *letter != ' ').collect();
    let share = |test: fn(&char) -> bool| {
        if filled.is_empty() {
            0.0
        } else {
            filled.iter().filter(|letter| test(letter)).count() as f64 / filled.len() as f64
        }
    };
    Place {
        filled: filled.len() as f64 / lines.len().max(1) as f64,
        digits: share(|letter| letter.is_ascii_digit()),
        letters: share(|letter| letter.is_alphabetic()),
        zeros: share(|letter| *letter == '0'),
        distinct: filled.iter().collect::<BTreeSet<_>>().len(),
        two: most_of_two(&filled),
    }
}

/// Returns the share of the two most frequent characters.
fn most_of_two(letters: &[char]) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    for letter in letters {
        *counts.entry(letter).or_insert(0_usize) += 1;
    }
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    counts.iter().take(2).sum::<usize>() as f64 / letters.len().max(1) as f64
}
