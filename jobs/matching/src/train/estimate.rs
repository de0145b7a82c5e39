//! Estimates the shares m and u, and the prior.

use std::collections::BTreeMap;

use super::certain::Certain;
use super::em::{Counted, Shares, add, smoothed};
use super::sample::{Label, Looked, Sample};
use super::trained::{Bin, How, TrainError, Trained, Warning};
use crate::compare::Level;
use crate::config::Matcher;
use crate::decide::Record;
use crate::index::Index;
use crate::model::{FLOOR, Model, Weight};

/// Pairs from which m of a field is counted; with fewer it is estimated.
const ENOUGH: f64 = 200.0;
/// Rounds after which the estimation ends.
const ROUNDS: u32 = 200;
/// The change of a share from which on it goes on.
const MOVES: f64 = 1e-6;
/// The share of records of which nothing is known yet that are somebody.
const FIRST_FOUND: f64 = 0.5;
/// The most bits to a side that pairs are told apart by.
const WIDEST: f64 = 100.0;

/// Makes a model of records and their reference, without labels or with them.
///
/// The order of the records is of no account, nor is the number of threads.
///
/// # Errors
/// `NoRecords` and `NoReference`, when there is nothing to make it of.
pub fn train(index: &Index<'_>, records: &[Record<'_>], labels: &[Label]) -> Result<Trained, TrainError> {
    if index.is_empty() {
        return Err(TrainError::NoReference);
    }
    if records.is_empty() {
        return Err(TrainError::NoRecords);
    }
    let matcher = index.matcher;
    let sample = Sample::take(index, records, labels);
    let mut shares = first(matcher, &sample);
    let (fixed, how) = counted(matcher, &sample, !labels.is_empty());
    let mut iterations = 0;
    // Pairs that a hash took have persons among them: once these can be told, u is counted without them.
    let mut ended = estimate(&mut shares, &fixed, &sample);
    iterations += ended.0;
    let (u, taken) = others(&shares, &sample);
    shares.u = u.iter().map(|counts| smoothed(counts)).collect();
    ended = estimate(&mut shares, &fixed, &sample);
    iterations += ended.0;
    let last = shares.count(&sample);
    let mut warnings = warnings(matcher, &shares, (&last, &u));
    if !ended.1 {
        warnings.push(Warning::NotConverged);
    }
    if has_more_matches_than_records(&shares, &sample, matcher.thresholds.exact) {
        warnings.push(Warning::TooMany);
    }
    let prior = shares.found / index.len() as f64;
    let prior_bits = shares.prior_bits(index.len());
    let weight = |(m, u): (&f64, &f64)| Weight::Shares { m: *m, u: *u };
    let weights = shares.m.iter().zip(&shares.u).map(|(m, u)| m.iter().zip(u).map(weight).collect()).collect();
    Ok(Trained {
        model: Model { prior_bits, floor: FLOOR, weights },
        prior,
        how,
        iterations,
        log_likelihood: last.likelihood,
        records: sample.records.len(),
        taken,
        found: shares.found,
        warnings,
        bins: bins(&shares, &sample),
    })
}

fn empty(matcher: &Matcher) -> Vec<Vec<f64>> {
    matcher.fields.iter().map(|field| vec![0.0; field.kind.levels().len()]).collect()
}

/// Returns where the estimation begins: nine of ten matches agree, the rest is shared by the other levels.
fn first(matcher: &Matcher, sample: &Sample) -> Shares {
    let begin = |counts: &Vec<f64>| {
        let rest = 0.1 / (counts.len() - 1).max(1) as f64;
        (0..counts.len()).map(|level| if level == 0 { 0.9 } else { rest }).collect()
    };
    let empty = empty(matcher);
    let mut u = empty.clone();
    for record in &sample.records {
        record.taken.chunks_exact(sample.fields.max(1)).for_each(|levels| add(&mut u, levels, 1.0));
    }
    Shares {
        m: empty.iter().map(begin).collect(),
        u: u.iter().map(|counts| smoothed(counts)).collect(),
        found: FIRST_FOUND,
        is_frequent: matcher.fields.iter().map(|field| field.is_frequent).collect(),
    }
}

/// Returns m of the fields for which there are enough labels or pairs that are certain, and where it comes from.
fn counted(matcher: &Matcher, sample: &Sample, has_labels: bool) -> (Vec<Option<Vec<f64>>>, Vec<How>) {
    let certain = Certain::of(matcher);
    let mut counts = empty(matcher);
    for record in &sample.records {
        let pairs = if has_labels { &record.labelled } else { &record.levels };
        for levels in pairs.chunks_exact(sample.fields.max(1)) {
            for (field, counts) in counts.iter_mut().enumerate() {
                let is_certain = || certain.as_ref().is_some_and(|certain| certain.without(field, levels));
                let level = levels.get(field).copied().unwrap_or(Level::NULL);
                if let Some(count) = counts.get_mut(usize::from(level.0)).filter(|_| has_labels || is_certain()) {
                    *count += 1.0;
                }
            }
        }
    }
    let judge = |counts: Vec<f64>| {
        let all: f64 = counts.iter().sum();
        match (all >= ENOUGH, has_labels) {
            (false, _) => (None, How::Em),
            (true, true) => (Some(smoothed(&counts)), How::Labels(all as u64)),
            (true, false) => (Some(smoothed(&counts)), How::Certain(all as u64)),
        }
    };
    counts.into_iter().map(judge).unzip()
}

/// Goes round until nothing moves; returns the rounds, and whether it came to rest.
fn estimate(shares: &mut Shares, fixed: &[Option<Vec<f64>>], sample: &Sample) -> (u32, bool) {
    for round in 1..=ROUNDS {
        let counted = shares.count(sample);
        let found = (counted.found / sample.records.len() as f64).clamp(1e-9, 1.0 - 1e-9);
        let m: Vec<Vec<f64>> = counted
            .m
            .iter()
            .zip(fixed)
            .map(|(counts, fixed)| fixed.clone().unwrap_or_else(|| smoothed(counts)))
            .collect();
        let before = shares.m.iter().flatten().chain([&shares.found]);
        let moved = before.zip(m.iter().flatten().chain([&found])).map(|(one, other)| (one - other).abs());
        let most = moved.fold(0.0, f64::max);
        shares.m = m;
        shares.found = found;
        if most < MOVES {
            return (round, true);
        }
    }
    (ROUNDS, false)
}

/// Counts the levels of pairs that a hash took and that are not one person.
fn others(shares: &Shares, sample: &Sample) -> (Vec<Vec<f64>>, u64) {
    let limit = -shares.prior_bits(sample.reference);
    let mut counts: Vec<Vec<f64>> = shares.m.iter().map(|levels| vec![0.0; levels.len()]).collect();
    let mut taken = 0;
    for record in &sample.records {
        for levels in record.taken.chunks_exact(sample.fields.max(1)) {
            if shares.bits(levels, &record.shares) < limit {
                add(&mut counts, levels, 1.0);
                taken += 1;
            }
        }
    }
    (counts, taken)
}

fn warnings(matcher: &Matcher, shares: &Shares, (matches, u): (&Counted, &Vec<Vec<f64>>)) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (number, field) in matcher.fields.iter().enumerate() {
        let of = |table: &[Vec<f64>], level: usize| {
            table.get(number).and_then(|levels| levels.get(level)).copied().unwrap_or_default()
        };
        let last = field.kind.levels().len() - 1;
        for (level, name) in field.kind.levels().iter().enumerate() {
            let is_swap = *name == "swapped" && field.swaps_with.is_none();
            if is_swap {
                continue;
            }
            if of(&matches.m, level) < 0.5 && of(u, level) < 0.5 {
                warnings.push(Warning::NeverSeen(field.name.clone(), name));
            } else if level < last && of(&shares.m, level) < of(&shares.u, level) {
                warnings.push(Warning::SpeaksAgainst(field.name.clone(), name));
            }
        }
        if of(&shares.m, last) > 0.2 {
            warnings.push(Warning::OftenElse(field.name.clone()));
        }
    }
    warnings
}

/// Returns whether more pairs weigh enough to be exact than there are records.
fn has_more_matches_than_records(shares: &Shares, sample: &Sample, exact: f64) -> bool {
    let least = exact - shares.prior_bits(sample.reference);
    let pairs = |record: &Looked| {
        let levels = record.levels.chunks_exact(sample.fields.max(1));
        levels.filter(|levels| shares.bits(levels, &record.shares) >= least).count()
    };
    sample.records.iter().map(pairs).sum::<usize>() > sample.records.len()
}

/// Counts candidates by weight, those that are one person by how likely they are.
fn bins(shares: &Shares, sample: &Sample) -> Vec<Bin> {
    let prior_bits = shares.prior_bits(sample.reference);
    let mut by_bits: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    let mut chances = Vec::new();
    for record in &sample.records {
        shares.chances(record, sample.fields, sample.reference, &mut chances);
        for (chance, levels) in chances.iter().zip(record.levels.chunks_exact(sample.fields.max(1))) {
            let weight = prior_bits + shares.bits(levels, &record.shares);
            let bin = by_bits.entry(weight.clamp(-WIDEST, WIDEST).floor() as i32).or_default();
            bin.0 += chance;
            bin.1 += 1.0 - chance;
        }
    }
    let ends = by_bits.first_key_value().zip(by_bits.last_key_value());
    let Some(((first, _), (last, _))) = ends else { return Vec::new() };
    let bin = |from: i32| {
        let (matches, others) = by_bits.get(&from).copied().unwrap_or_default();
        Bin { from, matches, others }
    };
    (*first..=*last).map(bin).collect()
}
