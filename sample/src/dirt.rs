//! Damage: what is wrong with a few rows of real files, done to a few rows of ours.

use super::csv::{Row, UNDECODABLE};
use super::identifiers::with_check_digit;
use super::layout::Layout;
use super::rng::Draws;

/// A kind of damage that one column of a source can have.
#[derive(Debug)]
pub(super) struct Dirt {
    /// Name in the header.
    column: &'static str,
    damage: Damage,
    /// Whether a row is rejected for it; otherwise its value is mended, or dropped and counted.
    is_rejected: bool,
}

impl Dirt {
    /// Damage for which a row is rejected.
    pub(super) const fn rejected(column: &'static str, damage: Damage) -> Self {
        Self { column, damage, is_rejected: true }
    }

    /// Damage that is mended, or costs only the value.
    pub(super) const fn mended(column: &'static str, damage: Damage) -> Self {
        Self { column, damage, is_rejected: false }
    }
}

/// What is done to a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Damage {
    /// The value is replaced.
    Put(&'static str),
    /// An NPI whose last digit is another one.
    WrongCheckDigit,
    /// A digit too many.
    DigitMore,
    /// An NPI that began with zero, of which a spreadsheet left nine digits.
    NineDigits,
    /// The zeros at the beginning are gone.
    ZerosLost,
    /// Small letters with blanks around them.
    Untidy,
    /// A byte that the encoding does not have.
    Undecodable,
    /// The last value of the row is missing.
    FieldLost,
    /// A value too many.
    FieldMore,
    /// The row is there twice.
    Twice,
}

impl Damage {
    /// Damages a row; `false` when there is nothing in it to damage.
    fn apply(self, row: &mut Row, column: usize) -> bool {
        match self {
            Self::FieldLost => row.pop(),
            Self::FieldMore => row.push("SURPLUS"),
            Self::Twice => {}
            _ => return row.get_mut(column).and_then(|value| self.damaged(value).map(|new| *value = new)).is_some(),
        }
        true
    }

    fn damaged(self, value: &str) -> Option<String> {
        match self {
            Self::Put(text) => Some(text.to_owned()),
            // One more or, instead of ten, one less: never the same digit.
            Self::WrongCheckDigit => {
                value.parse::<u64>().ok().map(|npi| if npi % 10 == 9 { npi - 1 } else { npi + 1 }.to_string())
            }
            Self::DigitMore => Some(format!("{value}0")),
            Self::NineDigits => {
                let middle = value.parse::<u64>().ok()? / 10 % 100_000_000;
                (middle > 0).then(|| with_check_digit(middle).to_string())
            }
            Self::ZerosLost => {
                // A spreadsheet leaves text as it is, such as the certification number 01S001.
                let rest = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.trim_start_matches('0'))?;
                (rest.len() < value.len() && !rest.is_empty()).then(|| rest.to_owned())
            }
            Self::Untidy => Some(format!("  {} ", value.to_lowercase())),
            Self::Undecodable => Some(format!("{value}{UNDECODABLE}")),
            Self::FieldLost | Self::FieldMore | Self::Twice => None,
        }
    }
}

/// Damages rows of one file, one after the other, evenly spread.
#[derive(Debug)]
pub(super) struct Spoiler {
    /// Position of the column and what is done to it, in turn.
    kinds: Vec<(usize, Damage)>,
    /// Rows still to be damaged, and those that were chosen.
    left: u64,
    chosen: u64,
    /// Rows from one damaged row to the next, on average.
    gap: u64,
    rows: u64,
    next: u64,
    /// Damage that waits for a row to which it can be done.
    pending: Option<(usize, Damage)>,
    draws: Draws,
}

impl Spoiler {
    /// Plans the damage of `dirt_ratio` of about `expected_rows`, every kind equally often.
    ///
    /// In a file too small for that, every kind is there once; of those that reject a row only as many as
    /// [`Layout::rows_per_reject`] allows.
    pub(super) fn new(layout: &Layout, dirt_ratio: f64, expected_rows: u64, mut draws: Draws) -> Self {
        // The one product that is not of integers; multiplication is exact to the bit on every machine.
        let wanted = (expected_rows as f64 * dirt_ratio) as u64;
        let is_small = wanted < layout.dirt.len() as u64;
        let mut rejects_allowed = if is_small { expected_rows / layout.rows_per_reject } else { u64::MAX };
        let mut kinds = Vec::new();
        for dirt in if dirt_ratio > 0.0 { layout.dirt } else { &[] } {
            if dirt.is_rejected {
                match rejects_allowed.checked_sub(1) {
                    Some(left) => rejects_allowed = left,
                    None => continue,
                }
            }
            if let Some(column) = layout.columns().position(|name| name == dirt.column) {
                kinds.push((column, dirt.damage));
            }
        }
        let left = if kinds.is_empty() { 0 } else { wanted.max(kinds.len() as u64) };
        // A tenth is kept in hand: the number of rows is not known exactly before they are made.
        let gap = (expected_rows * 9 / 10 / left.max(1)).max(1);
        let next = draws.below(gap);
        Self { kinds, left, chosen: 0, gap, rows: 0, next, pending: None, draws }
    }

    /// Damages the row if it is its turn, and returns how many times it has to be written.
    pub(super) fn spoil(&mut self, row: &mut Row) -> usize {
        if self.rows == self.next && self.left > 0 {
            self.pending = self.kinds.get((self.chosen % self.kinds.len() as u64) as usize).copied();
            self.left -= 1;
            self.chosen += 1;
            self.next = self.chosen * self.gap + self.draws.below(self.gap);
        }
        self.rows += 1;
        match self.pending {
            Some((column, damage)) if damage.apply(row, column) => {
                self.pending = None;
                if matches!(damage, Damage::Twice) { 2 } else { 1 }
            }
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SOURCES;
    use super::super::rng::Subject;
    use super::*;

    #[test]
    fn every_kind_of_damage_names_a_column_of_its_file() {
        for plan in &SOURCES {
            let layout = (plan.layout)();
            let spoiler = Spoiler::new(&layout, 1.0, 1_000, Draws::of(7, Subject::Dirt, 0));
            assert_eq!(spoiler.kinds.len(), layout.dirt.len(), "{}", layout.source);
        }
    }

    #[test]
    fn an_npi_that_lost_its_zero_is_valid_once_it_is_padded() {
        let short = Damage::NineDigits.damaged("1234567893").unwrap();
        assert_eq!(short.len(), 9);
        let number: u64 = short.parse().unwrap();
        assert_eq!(with_check_digit(number / 10), number);
    }

    #[test]
    fn a_wrong_check_digit_is_wrong() {
        assert_eq!(Damage::WrongCheckDigit.damaged("1234567893").as_deref(), Some("1234567894"));
        assert_eq!(Damage::WrongCheckDigit.damaged("1003000159").as_deref(), Some("1003000158"));
    }

    #[test]
    fn zeros_are_lost_only_where_there_are_some() {
        assert_eq!(Damage::ZerosLost.damaged("010001").as_deref(), Some("10001"));
        assert_eq!(Damage::ZerosLost.damaged("450002"), None);
        assert_eq!(Damage::ZerosLost.damaged("01S001"), None);
        assert_eq!(Damage::ZerosLost.damaged(""), None);
    }
}
