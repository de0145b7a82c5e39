//! Why a record is what it is, or would be.

use jiff::civil::Date;
use serde::Serialize;

use super::chunk::{Judge, Read};
use super::error::MatchError;
use super::linker::Engine;
use super::looked::part;
use super::model::using;
use crate::decide::{Class, Decider, Verdict};
use crate::reference::{Columns, Key, ReferenceDatabase};
use crate::reviews::{Decided, decided};

/// Pairs that are told of.
const SHOWN: usize = 20;

/// Why a record is what it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The record.
    pub record: Key,
    /// `complete`, `exact`, `proposed` or `none`.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// The person, where it is exact.
    pub person: Option<String>,
    /// Columns that are required and missing.
    pub missing: Vec<String>,
    /// Columns that would be given, each with the reference record that has the value.
    pub given: Vec<(String, Key)>,
    /// Bits of a pair of which nothing is known.
    pub prior_bits: f64,
    /// Every pair that keys bring up, the heaviest first; at most 20.
    pub pairs: Vec<PairOf>,
    /// How many more there are.
    pub more: usize,
    /// Keys of it that too many reference records have.
    pub too_large: u32,
}

/// A pair of the record and one of the reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairOf {
    /// The person.
    pub person: String,
    /// Its record.
    pub record: Key,
    /// `exact`, `proposed`, `never` or `below`.
    pub class: &'static str,
    /// The rule, or `weight`.
    pub reason: String,
    /// Bits, the prior included.
    pub weight: f64,
    /// Each field with its level and bits; `null` where a side is missing.
    pub fields: Vec<FieldOf>,
}

/// A field of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldOf {
    /// The field.
    pub field: String,
    /// The level.
    pub level: &'static str,
    /// Its bits.
    pub bits: f64,
}

/// Explains a record, complete or not. Nothing is published or asked.
///
/// # Errors
/// [`MatchError`].
pub fn explain(
    engine: &'static Engine,
    reference: &ReferenceDatabase,
    (key, columns, as_of): (Key, Columns, Date),
) -> Result<Explanation, MatchError> {
    let matcher = &engine.matcher;
    let model = using(matcher, reference)?.model(matcher)?;
    let Some(prepared) = engine.prepare(std::iter::once((&columns, as_of))).pop() else {
        return Err(MatchError::Defect {
            matcher: matcher.name.clone(),
            what: "a record could not be read".to_owned(),
        });
    };
    let read = Read { place: Default::default(), key, columns, prepared };
    let decided = decided(reference)?;
    let decided: &[Decided] = decided.get(&read.key).map_or(&[], Vec::as_slice);
    let persons = decided.iter().map(|decision| decision.person.clone());
    let index = part(engine, reference, &[], std::iter::once((&read.key, &read.prepared)), persons)?;
    let decider = Decider::new(&index, &model);
    let judge = Judge::new(engine, reference, (&index, &decider), &[decided])?;
    let standing = judge.standing(&read, decided);
    let (pairs, answer) = decider.explain(&read.record(&standing.decisions));
    let name = |place: u32| {
        let (data_source, patient_id) = index.key(place);
        Key::new(data_source, patient_id)
    };
    let pair = |pair: &crate::decide::Explained| {
        let (class, reason) = match pair.verdict {
            Verdict::Is(class, reason) => {
                (if class == Class::Exact { "exact" } else { "proposed" }, reason.text(matcher))
            }
            Verdict::Never(place) => {
                ("never", matcher.never.get(usize::from(place)).map(|rule| rule.name.clone()).unwrap_or_default())
            }
            Verdict::Below => ("below", "weight".to_owned()),
        };
        let fields = matcher.fields.iter().zip(&pair.levels).zip(&pair.bits).map(|((field, level), bits)| FieldOf {
            field: field.name.clone(),
            level: if level.is_null() { "null" } else { field.kind.name(*level) },
            bits: *bits,
        });
        let (person, record) = (index.person_id(pair.person), name(pair.place));
        PairOf { person, record, class, reason, weight: pair.weight, fields: fields.collect() }
    };
    let missing: Vec<String> = engine.missing(&read.prepared).into_iter().map(str::to_owned).collect();
    let is_complete = missing.is_empty() && !matcher.input.takes_all;
    let (mut outcome, mut reason, mut person, mut given, mut too_large) =
        ("complete".to_owned(), String::new(), None, Vec::new(), 0);
    if let Some(answer) = answer.filter(|_| !is_complete) {
        let judged = judge.judgement(&read, &answer, standing).judged;
        (outcome, reason, person, given) = (judged.outcome, judged.reason, judged.person, judged.given);
        too_large = answer.too_large;
    }
    Ok(Explanation {
        record: read.key.clone(),
        outcome,
        reason,
        person,
        missing,
        given,
        prior_bits: decider.prior_bits(),
        more: pairs.len().saturating_sub(SHOWN),
        pairs: pairs.iter().take(SHOWN).map(pair).collect(),
        too_large,
    })
}
