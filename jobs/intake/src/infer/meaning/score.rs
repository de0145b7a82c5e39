//! Which column is what: the surest pair of a column and a target first.

use super::super::sample::{Column, Part};
use super::content::Profile;
use super::target::{Of, Target};
use super::{alone, fit, names, words};

/// The least that a name and the values must come to.
pub(super) const LEAST: f64 = 0.6;
/// The most diagnoses that stand in columns of their own.
const MOST_DIAGNOSES: usize = 50;

/// A column that was recognised.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Found {
    /// What it is.
    pub target: Target,
    /// The columns of the part; several of diagnoses only.
    pub columns: Vec<usize>,
    /// How sure that is.
    pub score: f64,
    /// The next likely one, where it is nearly as sure.
    pub rival: Option<Target>,
}

/// Which tables a part may feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Persons,
    Encounters,
    Both,
}

impl View {
    fn has(self, target: Target) -> bool {
        match (self, target.of()) {
            (Self::Both, _) | (_, Of::Both) => true,
            (Self::Persons, of) => of == Of::Persons,
            (Self::Encounters, of) => of == Of::Encounters,
        }
    }
}

/// Recognises the columns of a part.
pub(super) fn found(part: &Part, profiles: &[Profile], view: View) -> Vec<Found> {
    let mut pairs: Vec<(f64, usize, Target)> = Vec::new();
    for (at, (column, profile)) in part.columns.iter().zip(profiles).enumerate() {
        for (target, score) in of_column(column, profile, view) {
            if view.has(target) && score >= LEAST {
                pairs.push((score, at, target));
            }
        }
    }
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut found: Vec<Found> = Vec::new();
    let mut used: Vec<usize> = Vec::new();
    for (score, at, target) in &pairs {
        if used.contains(at) {
            continue;
        }
        match found.iter_mut().find(|found| found.target == *target) {
            Some(several) if *target == Target::Diagnosis && several.columns.len() < MOST_DIAGNOSES => {
                if is_numbered(part, *at)
                    || several.columns.iter().any(|other| is_numbered(part, *other))
                    || is_unnamed(part, *at)
                {
                    several.columns.push(*at);
                    used.push(*at);
                }
            }
            Some(_) => {}
            None => {
                let near =
                    pairs.iter().find(|(other, place, rival)| place == at && rival != target && other + 0.1 > *score);
                let rival = near.map(|(_, _, rival)| *rival);
                found.push(Found { target: *target, columns: vec![*at], score: *score, rival });
                used.push(*at);
            }
        }
    }
    for several in found.iter_mut().filter(|found| found.target == Target::Diagnosis) {
        let number = |at: &usize| part.columns.get(*at).and_then(|column| words::number(&column.label));
        // `PrimaryDiagnosisICD10` is the first, whatever number is in it.
        let is_primary = |at: &usize| {
            part.columns.get(*at).is_some_and(|column| words::of(&column.label).iter().any(|word| word == "primary"))
        };
        several.columns.sort_by_key(|at| (!is_primary(at), number(at).unwrap_or_default(), *at));
    }
    found
}

fn is_numbered(part: &Part, at: usize) -> bool {
    part.columns.get(at).is_some_and(|column| words::number(&column.label).is_some())
}

fn is_unnamed(part: &Part, at: usize) -> bool {
    part.columns.get(at).is_some_and(|column| column.label.is_empty())
}

/// Returns what a column may be, with its scores.
fn of_column(column: &Column, profile: &Profile, view: View) -> Vec<(Target, f64)> {
    let mut scores: Vec<(Target, f64)> = Vec::new();
    let named = if column.label.is_empty() { Vec::new() } else { names::scores(&column.label) };
    for (target, score) in named.into_iter().chain(by_view(&column.label, view)) {
        raise(&mut scores, target, score + fit::fit(target, profile));
    }
    let is_named = !column.label.is_empty();
    let says_other = is_named && names::is_of_others(&column.label);
    if !says_other {
        for (target, score) in alone::alone(profile, is_named && scores.iter().any(|(_, score)| *score > 0.5)) {
            // A name that says something else makes values say less.
            let score = if is_named && !scores.is_empty() && scores.iter().all(|(other, _)| *other != target) {
                score - 0.12
            } else {
                score
            };
            raise(&mut scores, target, score);
        }
    }
    scores
}

fn raise(scores: &mut Vec<(Target, f64)>, target: Target, score: f64) {
    match scores.iter_mut().find(|(known, _)| *known == target) {
        Some((_, most)) => *most = most.max(score),
        None => scores.push((target, score)),
    }
}

/// Returns what a name that says only that it is a number, or whose, means in one table.
fn by_view(label: &str, view: View) -> Vec<(Target, f64)> {
    let last = label.rsplit(['.', '/']).next().unwrap_or(label);
    let own = words::of(last);
    let is_id = !own.is_empty() && own.iter().all(|word| matches!(word.as_str(), "id" | "record" | "of" | "code"));
    let is_member = own.iter().any(|word| word == "member")
        && own.iter().all(|word| matches!(word.as_str(), "member" | "id" | "of"));
    match view {
        View::Encounters if is_id && !label.contains(['.', '/']) => vec![(Target::EncounterId, 0.8)],
        View::Encounters if is_member => vec![(Target::PatientId, 0.7)],
        View::Persons if is_id && !label.contains(['.', '/']) => vec![(Target::PatientId, 0.8)],
        _ => Vec::new(),
    }
}
