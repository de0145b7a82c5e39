//! Why a record is what it is: every pair with its levels and bits.

use super::answer::{Answer, Class, Reason};
use super::decider::{Decider, Record};
use crate::compare::Level;
use crate::index::Place;

/// What a pair is, looked at alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Exact or proposed, and why.
    Is(Class, Reason),
    /// Gone, by the rule of `never` of this place.
    Never(u16),
    /// Not likely enough.
    Below,
}

/// A pair of a record and one of the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The record of the reference.
    pub place: Place,
    /// Its person.
    pub person: u32,
    /// What the pair is.
    pub verdict: Verdict,
    /// The level of each field.
    pub levels: Vec<Level>,
    /// The bits of each field.
    pub bits: Vec<f64>,
    /// Their sum and the prior, to six decimals.
    pub weight: f64,
}

impl Decider<'_> {
    /// Returns every pair of a record, the heaviest first, and the answer.
    #[must_use]
    pub fn explain(&self, record: &Record<'_>) -> (Vec<Explained>, Option<Answer>) {
        let mut desk = self.desk();
        let known = self.look_up(record, &mut desk);
        let mut pairs = Vec::new();
        for place in desk.candidates.places.clone() {
            let person = self.index.persons().of(place);
            let (verdict, weight) = self.verdict(place, known.contains(&person), &mut desk);
            let levels = desk.levels.clone();
            let bits =
                levels.iter().enumerate().map(|(field, level)| self.bits.of(field, *level, &desk.equal)).collect();
            pairs.push(Explained { place, person, verdict, levels, bits, weight });
        }
        pairs.sort_by(|one, other| other.weight.total_cmp(&one.weight).then(one.place.cmp(&other.place)));
        (pairs, self.answer(std::slice::from_ref(record)).pop())
    }

    /// Returns the bits of a pair of which nothing is known.
    #[must_use]
    pub const fn prior_bits(&self) -> f64 {
        self.bits.prior()
    }
}
