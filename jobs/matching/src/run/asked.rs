//! What a run asks of people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::chunk::Judgement;
use super::error::MatchError;
use super::linker::Engine;
use super::plan::Plan;
use super::settle::hash;
use crate::reference::{Key, Reference, ReferenceDatabase};
use crate::reviews::{Kind, NewReview, review_id};

/// The questions of a run.
pub(super) struct Asked {
    pub(super) all: Vec<NewReview>,
    /// The question whether a record may be given what two people must grant, by record, with the columns.
    pub(super) seconds: BTreeMap<Key, (String, Vec<String>)>,
}

/// Returns the questions of a run, whether they were asked before or not.
pub(super) fn asked(
    engine: &Engine,
    reference: &ReferenceDatabase,
    plan: &Plan,
    judgements: &[Judgement],
) -> Result<Asked, MatchError> {
    let mut asked = Asked { all: Vec::new(), seconds: BTreeMap::new() };
    let review = &engine.matcher.review;
    let persons: BTreeSet<String> = judgements.iter().filter_map(|judgement| judgement.judged.person.clone()).collect();
    let asks_two = review.second_share > 0.0 || !review.second.is_empty();
    let persons = if asks_two { reference.person_fingerprints(&persons)? } else { HashMap::new() };
    for judgement in judgements {
        let judged = &judgement.judged;
        let record = NewReview {
            kind: Kind::Record,
            key: judgement.key.clone(),
            feed: feed_of(&judgement.place.0),
            fingerprint: judgement.fingerprint.clone(),
            reason: judged.reason.clone(),
            candidates: judgement.rivals.clone(),
            more: judgement.candidates.saturating_sub(u32::try_from(judgement.rivals.len()).unwrap_or(u32::MAX)),
            repairs: judgement.missing.clone(),
            again: judgement.again.clone(),
        };
        if judged.outcome == "proposed" {
            asked.all.push(record);
            continue;
        }
        let share = if judged.outcome == "exact" { review.sample_exact } else { review.sample_none };
        // A decision is no guess of the run that could be measured.
        let sample = NewReview { kind: Kind::Sample, again: None, ..record.clone() };
        if judged.reason != "decision" && is_drawn(&plan.matcher, &sample, share) {
            asked.all.push(sample);
        }
        let sample_of_second = NewReview { kind: Kind::Second, again: None, ..record.clone() };
        let is_all = is_drawn(&plan.matcher, &sample_of_second, review.second_share);
        let given = judged.given.iter().map(|(column, _)| column.clone());
        let second: Vec<String> = given.filter(|it| is_all || review.second.contains(it)).collect();
        if let (Some(person), false) = (&judged.person, second.is_empty()) {
            let of_person = persons.get(person).map_or("", String::as_str);
            let fingerprint = hash(&[&judgement.fingerprint, person, of_person]);
            let candidates = judgement.rivals.iter().filter(|rival| rival.person == *person).cloned().collect();
            let asking = NewReview {
                kind: Kind::Second,
                fingerprint,
                candidates,
                more: 0,
                repairs: second.clone(),
                again: None,
                ..record
            };
            asked.seconds.insert(judgement.key.clone(), (review_id(&plan.matcher, &asking), second));
            asked.all.push(asking);
        }
    }
    for group in reference.apart()? {
        let Some(first) = group.first() else { continue };
        let fingerprints: Vec<String> = group.iter().map(|record| record.fingerprint_hex()).collect();
        let fingerprints: Vec<&str> = fingerprints.iter().map(String::as_str).collect();
        let rival = |record: &crate::reference::ReferenceRecord| super::chunk::Rival {
            person: record.person_id.clone(),
            record: record.key.clone(),
            class: "proposed".to_owned(),
            reason: "parted".to_owned(),
            weight: 0.0,
            levels: BTreeMap::new(),
        };
        asked.all.push(NewReview {
            kind: Kind::Cluster,
            key: first.key.clone(),
            feed: first.key.data_source.clone(),
            fingerprint: hash(&fingerprints),
            reason: "parted".to_owned(),
            candidates: group.iter().take(super::chunk::SHOWN).map(rival).collect(),
            more: u32::try_from(group.len().saturating_sub(super::chunk::SHOWN)).unwrap_or(u32::MAX),
            repairs: Vec::new(),
            again: None,
        });
    }
    Ok(asked)
}

fn feed_of(publication: &str) -> String {
    publication.rsplit('/').next().unwrap_or(publication).to_owned()
}

/// Returns whether a record is among those that are checked blindly: always the same ones.
fn is_drawn(matcher: &str, sample: &NewReview, share: f64) -> bool {
    let id = review_id(matcher, sample);
    let number = id.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(u32::MAX);
    f64::from(number) < share * 4_294_967_296.0
}
