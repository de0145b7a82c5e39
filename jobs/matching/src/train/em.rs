//! Expectation maximisation in which a record is one person of the reference at most.

use rayon::prelude::*;

use super::sample::{Looked, SHARE, Sample};
use crate::compare::Level;
use crate::model::FLOOR;

/// Shares by field and level, as they are now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shares {
    pub m: Vec<Vec<f64>>,
    pub u: Vec<Vec<f64>>,
    /// The share of records that are a person of the reference.
    pub found: f64,
    /// Of which fields common values say less.
    pub is_frequent: Vec<bool>,
}

/// What one round over all records counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    /// Pairs that are one person, by field and level.
    pub m: Vec<Vec<f64>>,
    /// Records that are somebody.
    pub found: f64,
    /// The logarithm of the likelihood, natural.
    pub likelihood: f64,
}

impl Shares {
    /// Returns the bits of a pair of which nothing is known.
    pub(super) fn prior_bits(&self, reference: usize) -> f64 {
        let prior = self.found / reference.max(1) as f64;
        (prior / (1.0 - prior)).log2()
    }

    /// Returns the bits of a pair without the prior.
    pub(super) fn bits(&self, levels: &[Level], shares: &[f64]) -> f64 {
        let field = |(field, level): (usize, &Level)| {
            let place = usize::from(level.0);
            let of = |table: &[Vec<f64>]| table.get(field).and_then(|levels| levels.get(place)).copied();
            let (Some(m), Some(mut u)) = (of(&self.m), of(&self.u)) else { return 0.0 };
            if *level == Level::EQUAL && self.is_frequent.get(field) == Some(&true) {
                u = shares.get(field).copied().unwrap_or_default().max(FLOOR);
            }
            (m / u).log2()
        };
        levels.iter().enumerate().map(field).sum()
    }

    /// Returns how likely each candidate of a record is to be its person, and the record's likelihood.
    pub(super) fn chances(&self, record: &Looked, fields: usize, reference: usize, chances: &mut Vec<f64>) -> f64 {
        chances.clear();
        let prior = self.found / reference.max(1) as f64;
        let odds = |levels: &[Level]| prior * self.bits(levels, &record.shares).exp2();
        chances.extend(record.levels.chunks_exact(fields.max(1)).map(odds));
        let all = chances.iter().sum::<f64>() + (1.0 - self.found);
        chances.iter_mut().for_each(|chance| *chance /= all);
        all
    }

    /// Counts once over all records.
    pub(super) fn count(&self, sample: &Sample) -> Counted {
        let empty: Vec<Vec<f64>> = self.m.iter().map(|levels| vec![0.0; levels.len()]).collect();
        let parts: Vec<Counted> = sample
            .records
            .par_chunks(SHARE)
            .map(|records| {
                let mut part = Counted { m: empty.clone(), ..Counted::default() };
                let mut chances = Vec::new();
                for record in records {
                    let all = self.chances(record, sample.fields, sample.reference, &mut chances);
                    part.likelihood += all.ln();
                    for (chance, levels) in chances.iter().zip(record.levels.chunks_exact(sample.fields.max(1))) {
                        part.found += chance;
                        add(&mut part.m, levels, *chance);
                    }
                }
                part
            })
            .collect();
        let mut whole = Counted { m: empty, ..Counted::default() };
        for part in parts {
            whole.found += part.found;
            whole.likelihood += part.likelihood;
            for (own, more) in whole.m.iter_mut().flatten().zip(part.m.iter().flatten()) {
                *own += more;
            }
        }
        whole
    }
}

/// Adds a pair to the counts of its levels.
pub(super) fn add(counts: &mut [Vec<f64>], levels: &[Level], times: f64) {
    for (counts, level) in counts.iter_mut().zip(levels) {
        if let Some(count) = counts.get_mut(usize::from(level.0)) {
            *count += times;
        }
    }
}

/// Returns shares of counts, so smoothed that a level that was never seen has one.
pub(super) fn smoothed(counts: &[f64]) -> Vec<f64> {
    let all: f64 = counts.iter().map(|count| count + 0.5).sum();
    counts.iter().map(|count| (count + 0.5) / all).collect()
}
