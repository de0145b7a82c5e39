//! A range of records: each is looked up, and what is found is handed over.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::error::MatchError;
use super::handed;
use super::linker::Engine;
use super::memory::index_for;
use super::plan::{Piece, Plan, range_key};
use super::served::{Cells, delivered, files};
use super::world::World;
use crate::decide::{Answer, Candidate, Class, Decider, Decision, Outcome, Record};
use crate::index::Index;
use crate::record::Prepared;
use crate::reference::{Columns, Key, ReferenceDatabase};
use crate::reviews::{Decided, decided};

/// Persons that are named of a record; further ones are counted.
pub const SHOWN: usize = 10;

/// A record, and what was found of it. Ids, levels and weights; no value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The publication, the run, its file and the row in it.
    pub place: (String, String, String, u32),
    /// The record.
    pub key: Key,
    /// The partner, where it is known.
    pub partner: Option<String>,
    /// The date of its delivery.
    pub delivery: String,
    /// SHA-256 of its normalised values, in hexadecimal.
    pub fingerprint: String,
    /// The columns that are required and missing.
    pub missing: Vec<String>,
    /// What is to be published.
    pub judged: Judged,
    /// How many persons it may be.
    pub candidates: u32,
    /// The likeliest of them, in order.
    pub rivals: Vec<Rival>,
    /// Whether the person has a record of the same feed under another id.
    pub is_known_otherwise: bool,
    /// What of a decision no longer holds, where it is asked again.
    pub again: Option<String>,
    /// Who decided, where somebody did.
    pub decided_by: Vec<String>,
    /// Whether it is known by what it was known by before, and not by itself.
    pub is_by_alias: bool,
}

/// What a record turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// `exact`, `proposed` or `none`.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// The person, where it is exact.
    pub person: Option<String>,
    /// Columns that are given, each with the reference record that has the value.
    pub given: Vec<(String, Key)>,
    /// Whether a group was not filled because what is there disagrees.
    pub is_disagreeing: bool,
}

/// A person that a record may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rival {
    /// The person.
    pub person: String,
    /// Its record that fits best.
    pub record: Key,
    /// `exact` or `proposed`.
    pub class: String,
    /// Why.
    pub reason: String,
    /// Bits of evidence.
    pub weight: f64,
    /// Its level, by field; none of those where a side is missing.
    pub levels: BTreeMap<String, String>,
}

/// Looks the records of a range up, and writes what was found.
///
/// # Errors
/// [`MatchError`].
pub fn judge(
    world: &World<'_>,
    engine: &'static Engine,
    reference: &ReferenceDatabase,
    (plan, range): (&Plan, u32),
) -> Result<u64, MatchError> {
    let pieces: Vec<Piece> = handed::read(world.store, &range_key(world, &plan.matcher, range))?;
    let judgements = judge_pieces(world, engine, reference, (plan, &pieces))?;
    handed::write(world.store, &answers_key(world, &plan.matcher, range), &judgements)?;
    Ok(judgements.len() as u64)
}

pub(super) fn answers_key(world: &World<'_>, matcher: &str, range: u32) -> String {
    format!("{}/answers-{range:05}.json", world.handed(matcher))
}

/// A record that was read.
pub(super) struct Read {
    pub(super) place: (String, String, String, u32),
    pub(super) key: Key,
    pub(super) columns: Columns,
    pub(super) prepared: Prepared,
}

fn judge_pieces(
    world: &World<'_>,
    engine: &'static Engine,
    reference: &ReferenceDatabase,
    (plan, pieces): (&Plan, &[Piece]),
) -> Result<Vec<Judgement>, MatchError> {
    let read = read(world, engine, plan, pieces)?;
    let decisions = decided(reference)?;
    let decided: Vec<&[Decided]> =
        read.iter().map(|record| decisions.get(&record.key).map_or(&[] as &[_], Vec::as_slice)).collect();
    let index = index_for(engine, reference, plan, (&read, &decided))?;
    let decider = Decider::new(&index, &plan.model.model(&engine.matcher)?);
    let judge = Judge::new(engine, reference, (&index, &decider), &decided)?;
    let standing: Vec<Standing> =
        read.iter().zip(decided).map(|(record, decided)| judge.standing(record, decided)).collect();
    let records: Vec<Record<'_>> =
        read.iter().zip(&standing).map(|(record, standing)| record.record(&standing.decisions)).collect();
    let answers = decider.answer(&records);
    let all = read.iter().zip(answers).zip(standing);
    Ok(all.map(|((record, answer), standing)| judge.judgement(record, &answer, standing)).collect())
}

impl Read {
    fn partner(&self) -> Option<&str> {
        self.columns.get("partner").map(String::as_str)
    }

    pub(super) fn record<'r>(&'r self, decisions: &'r [Decision]) -> Record<'r> {
        Record {
            data_source: &self.key.data_source,
            partner: self.partner(),
            patient_id: &self.key.patient_id,
            row: &self.prepared,
            decisions,
        }
    }
}

/// Reads the rows of pieces.
fn read(world: &World<'_>, engine: &Engine, plan: &Plan, pieces: &[Piece]) -> Result<Vec<Read>, MatchError> {
    let mut found = Vec::new();
    for input in &plan.inputs {
        let of_input: Vec<&Piece> = pieces.iter().filter(|piece| piece.publication == input.publication).collect();
        if of_input.is_empty() {
            continue;
        }
        let served = input.served(world)?;
        for file in files(&served) {
            let is_its = |piece: &&&Piece| piece.run_id == file.run_id && piece.path == file.path;
            let Some(piece) = of_input.iter().find(is_its) else { continue };
            let mut before = 0;
            for batch in file.batches(world.store)? {
                let cells = Cells::of(&batch);
                let count = u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
                let from = piece.rows.partition_point(|row| *row < before);
                let to = piece.rows.partition_point(|row| *row < before.saturating_add(count));
                for row in piece.rows.get(from..to).unwrap_or_default() {
                    let at = (row - before) as usize;
                    let Some(key) = cells.key(at) else { continue };
                    let columns = cells.columns(at);
                    let mut prepared = engine.prepare(std::iter::once((&columns, file.run_id.as_of())));
                    let Some(prepared) = prepared.pop() else { continue };
                    let place = (input.publication.path(), file.run_id.to_string(), file.path.clone(), *row);
                    found.push(Read { place, key, columns, prepared });
                }
                before = before.saturating_add(count);
            }
        }
    }
    Ok(found)
}

/// What people decided about a record, and whether it still holds.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) decisions: Vec<Decision>,
    decided_by: Vec<String>,
    again: Option<String>,
}

pub(super) struct Judge<'j> {
    engine: &'j Engine,
    index: &'j Index<'j>,
    decider: &'j Decider<'j>,
    /// Hashes of what is known of persons that people decided about.
    fingerprints: HashMap<String, String>,
}

impl<'j> Judge<'j> {
    /// Reads what is known of the persons of decisions.
    pub(super) fn new(
        engine: &'j Engine,
        reference: &ReferenceDatabase,
        (index, decider): (&'j Index<'j>, &'j Decider<'j>),
        decided: &[&[Decided]],
    ) -> Result<Self, MatchError> {
        let person = |decision: &Decided| {
            let place = index.place(&decision.person.data_source, &decision.person.patient_id)?;
            Some(index.person_id(index.persons().of(place)))
        };
        let persons: BTreeSet<String> = decided.iter().flat_map(|of| of.iter()).filter_map(person).collect();
        Ok(Self { engine, index, decider, fingerprints: reference.person_fingerprints(&persons)? })
    }

    /// Returns which decisions hold: those of which both sides are what the reviewer saw, and accepted ones that nothing speaks against
    /// more than before.
    pub(super) fn standing(&self, record: &Read, decided: &[Decided]) -> Standing {
        let mut standing = Standing::default();
        if decided.is_empty() {
            return standing;
        }
        let fingerprint = carelake_core::hex(&self.engine.fingerprint(&record.prepared));
        for decision in decided {
            let Some(place) = self.index.place(&decision.person.data_source, &decision.person.patient_id) else {
                continue;
            };
            let person = self.index.persons().of(place);
            let is_same = decision.fingerprint == fingerprint
                && Some(&decision.person_fingerprint) == self.fingerprints.get(&self.index.person_id(person));
            let holds = is_same || (decision.is_accepted && self.is_no_worse(record, person, decision));
            if !holds {
                let side = if decision.fingerprint == fingerprint { "the person" } else { "the record" };
                standing.again = Some(format!("{side} changed since {} decided", decision.reviewer));
                continue;
            }
            standing.decisions.push(Decision { person, is_accepted: decision.is_accepted });
            if decision.is_accepted {
                standing.decided_by.push(decision.reviewer.clone());
            }
        }
        standing
    }

    /// Returns whether no compared value is on a worse level than when it was decided.
    fn is_no_worse(&self, record: &Read, person: u32, decision: &Decided) -> bool {
        let (pairs, _) = self.decider.explain(&record.record(&[]));
        let fields = &self.engine.matcher.fields;
        pairs.iter().filter(|pair| pair.person == person).any(|pair| {
            pair.levels.iter().zip(fields).all(|(now, field)| {
                let before = decision.levels.get(&field.name).and_then(|name| field.kind.level(name));
                now.is_null() || before.map_or(*now != field.kind.worst(), |before| *now <= before)
            })
        })
    }

    pub(super) fn judgement(&self, record: &Read, answer: &Answer, standing: Standing) -> Judgement {
        let word = |outcome: Outcome| outcome.word().unwrap_or("none").to_owned();
        let layout = &self.engine.layout;
        let key = |place: u32| {
            let (data_source, patient_id) = self.index.key(place);
            Key::new(data_source, patient_id)
        };
        let given = answer
            .repaired
            .given
            .iter()
            .filter_map(|given| Some((layout.slots().get(given.slot)?.name.clone(), key(given.from))));
        let own = self.index.place(&record.key.data_source, &record.key.patient_id);
        let is_decided = !standing.decided_by.is_empty();
        let is_by_rule_of_ids = answer.candidates.first().is_some_and(|first| self.asks_for_ids(first));
        Judgement {
            place: record.place.clone(),
            partner: record.partner().map(str::to_owned),
            delivery: delivered(&record.columns),
            fingerprint: carelake_core::hex(&self.engine.fingerprint(&record.prepared)),
            missing: self.engine.missing(&record.prepared).into_iter().map(str::to_owned).collect(),
            judged: Judged {
                outcome: word(answer.outcome),
                reason: answer.reason.text(&self.engine.matcher),
                person: answer.person.map(|person| self.index.person_id(person)),
                given: given.collect(),
                is_disagreeing: answer.repaired.is_disagreeing,
            },
            candidates: u32::try_from(answer.candidates.len()).unwrap_or(u32::MAX),
            rivals: answer.candidates.iter().take(SHOWN).map(|candidate| self.rival(candidate)).collect(),
            is_known_otherwise: answer.is_known_otherwise,
            again: standing.again.filter(|_| !is_decided),
            decided_by: standing.decided_by,
            is_by_alias: own.is_none() && is_by_rule_of_ids,
            key: record.key.clone(),
        }
    }

    /// Returns whether the rule by which a person is a candidate asks for the partner's own id.
    fn asks_for_ids(&self, candidate: &Candidate) -> bool {
        let crate::decide::Reason::Rule(place) = candidate.reason else { return false };
        let rule = self.engine.matcher.rules.get(usize::from(place));
        rule.is_some_and(|rule| {
            let conditions = &rule.when;
            let mut tests = conditions.all.iter().chain(&conditions.any);
            tests.any(|test| *test == crate::config::Test::SamePatientId)
        })
    }

    fn rival(&self, candidate: &Candidate) -> Rival {
        let (data_source, patient_id) = self.index.key(candidate.place);
        let fields = self.engine.matcher.fields.iter().zip(candidate.levels.iter());
        let levels = fields.filter(|(_, level)| !level.is_null());
        Rival {
            person: self.index.person_id(candidate.person),
            record: Key::new(data_source, patient_id),
            class: if candidate.class == Class::Exact { "exact" } else { "proposed" }.to_owned(),
            reason: candidate.reason.text(&self.engine.matcher),
            weight: candidate.weight,
            levels: levels.map(|(field, level)| (field.name.clone(), field.kind.name(*level).to_owned())).collect(),
        }
    }
}
