//! Judges records, each alone, by as many threads as there are.

use rayon::prelude::*;

use super::answer::{Answer, Candidate, Class, Outcome, Reason};
use super::explain::Verdict;
use super::pair::{Bits, Pairs};
use super::repair;
use crate::compare::Level;
use crate::index::{Candidates, Index, value};
use crate::lexicon::Lexicon;
use crate::model::Model;
use crate::record::Prepared;

/// A record that is looked up.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Its feed.
    pub data_source: &'a str,
    /// The partner of the feed, where it is known.
    pub partner: Option<&'a str>,
    /// The partner's id of the patient.
    pub patient_id: &'a str,
    /// Its values and keys.
    pub row: &'a Prepared,
    /// What persons decided about it.
    pub decisions: &'a [Decision],
}

/// What a person decided about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The person, by the least place of its records.
    pub person: u32,
    /// Whether the record is this person.
    pub is_accepted: bool,
}

/// Judges records by a reference and a model.
#[derive(Debug)]
pub struct Decider<'i> {
    pub(super) index: &'i Index<'i>,
    pub(super) pairs: Pairs<'i>,
    pub(super) bits: Bits,
    required: Vec<usize>,
}

/// Records that a thread judges before it asks for more.
const SHARE: usize = 256;

/// What a thread needs to judge records, kept from one to the next.
#[derive(Debug)]
pub(super) struct Desk<'i> {
    pub(super) lexicon: Lexicon<'i>,
    pub(super) row: Vec<u32>,
    pub(super) equal: Vec<f64>,
    pub(super) levels: Vec<Level>,
    pub(super) candidates: Candidates,
}

impl<'i> Decider<'i> {
    /// Judges by a reference and a model of its matcher.
    #[must_use]
    pub fn new(index: &'i Index<'i>, model: &Model) -> Self {
        let (matcher, layout) = (index.matcher, index.layout);
        let required = matcher.input.required.iter().filter_map(|name| layout.slot(name)).collect();
        Self { index, pairs: Pairs { matcher, layout }, bits: Bits::new(matcher, model), required }
    }

    /// Judges records; the answers are in their order.
    #[must_use]
    pub fn answer(&self, records: &[Record<'_>]) -> Vec<Answer> {
        let judged = records.par_chunks(SHARE).flat_map_iter(|records| {
            let mut desk = self.desk();
            records.iter().map(move |record| self.judge(record, &mut desk))
        });
        judged.collect()
    }

    pub(super) fn desk(&self) -> Desk<'i> {
        let lexicon = Lexicon::over(&self.index.lexicon);
        Desk { lexicon, row: Vec::new(), equal: Vec::new(), levels: Vec::new(), candidates: Candidates::default() }
    }

    /// Returns whether nothing of a record is missing.
    #[must_use]
    pub fn is_complete(&self, row: &Prepared) -> bool {
        self.required.iter().all(|slot| row.values.get(*slot).is_some_and(Option::is_some))
    }

    /// Packs a record and finds its candidates; returns the persons that its partner knows by its id.
    pub(super) fn look_up(&self, record: &Record<'_>, desk: &mut Desk<'_>) -> Vec<u32> {
        desk.row.clear();
        for (slot, value) in self.index.layout.slots().iter().zip(&record.row.values) {
            desk.lexicon.pack(slot.packing, value.as_deref(), &self.pairs.matcher.nicknames, &mut desk.row);
        }
        let share = |field: usize| {
            let value = record.row.values.get(field).and_then(Option::as_deref);
            value.and_then(|value| self.index.share(field, value)).unwrap_or_default()
        };
        self.bits.of_equal(share, &mut desk.equal);
        desk.candidates.places.clear();
        let known = self.index.known_as(record.data_source, record.patient_id);
        desk.candidates.places.extend(known.iter().flat_map(|(_, places)| places));
        for decision in record.decisions.iter().filter(|decision| decision.is_accepted) {
            desk.candidates.places.extend(self.index.persons().members(decision.person));
        }
        self.index.candidates(&record.row.keys, &mut desk.candidates);
        known.into_iter().map(|(person, _)| person).collect()
    }

    /// Judges the pair of the packed record with a place; its levels are left on the desk.
    pub(super) fn verdict(&self, place: u32, is_same_id: bool, desk: &mut Desk<'_>) -> (Verdict, f64) {
        let Desk { lexicon, row, equal, levels, .. } = desk;
        self.pairs.levels(lexicon, row, self.index.row(place), levels);
        let weight = self.bits.weight(levels, equal);
        let level = |field: usize| levels.get(field).copied().unwrap_or(Level::NULL);
        let hold = |when| self.pairs.hold(when, (lexicon, row), is_same_id, level);
        let matcher = self.pairs.matcher;
        let mut cap = None;
        for (number, never) in (0..).zip(&matcher.never) {
            if hold(&never.when) {
                if never.removes {
                    return (Verdict::Never(number), weight);
                }
                cap = cap.or(Some(number));
            }
        }
        let rule = (0..).zip(&matcher.rules).find(|(_, rule)| hold(&rule.when));
        let limits = matcher.thresholds;
        let (class, reason) = match rule {
            Some((number, rule)) => (if rule.is_exact { Class::Exact } else { Class::Proposed }, Reason::Rule(number)),
            None if weight >= limits.exact => (Class::Exact, Reason::Weight),
            None if weight >= limits.propose => (Class::Proposed, Reason::Weight),
            None => return (Verdict::Below, weight),
        };
        let verdict = match cap {
            Some(number) if class == Class::Exact => Verdict::Is(Class::Proposed, Reason::Capped(number)),
            _ => Verdict::Is(class, reason),
        };
        (verdict, weight)
    }

    fn judge(&self, record: &Record<'_>, desk: &mut Desk<'_>) -> Answer {
        if !self.pairs.matcher.input.takes_all && self.is_complete(record.row) {
            return Answer::of(Outcome::Complete, Reason::NoCandidates);
        }
        let known = self.look_up(record, desk);
        let mut kept: Vec<Candidate> = Vec::new();
        let mut has_rejected = false;
        // Records of one person come one after the other, by their places.
        let persons = self.index.persons();
        let mut pairs: Vec<(u32, u32)> =
            desk.candidates.places.iter().map(|place| (persons.of(*place), *place)).collect();
        pairs.sort_unstable();
        for (person, place) in pairs {
            let decided = record.decisions.iter().find(|decision| decision.person == person);
            if decided.is_some_and(|decision| !decision.is_accepted) {
                has_rejected = true;
                continue;
            }
            let (verdict, weight) = self.verdict(place, known.contains(&person), desk);
            let (class, reason) = match verdict {
                _ if decided.is_some() => (Class::Exact, Reason::Decision),
                Verdict::Is(class, reason) => (class, reason),
                Verdict::Never(_) | Verdict::Below => continue,
            };
            keep(&mut kept, (person, place), (class, reason, weight), &desk.levels);
        }
        self.sort(&mut kept);
        let found = &desk.candidates;
        let mut answer = match self.settle(&kept, desk) {
            Ok((person, reason)) => {
                let mut answer = Answer::of(Outcome::Exact, reason);
                answer.person = Some(person);
                answer.repaired = repair::repair(self.index, record, (&desk.lexicon, &desk.row), person);
                let members = self.index.persons().members(person).iter();
                answer.is_known_otherwise = members
                    .map(|place| self.index.key(*place))
                    .any(|(source, id)| source == record.data_source && id != record.patient_id);
                answer
            }
            Err(Some(reason)) => Answer::of(Outcome::Proposed, reason),
            Err(None) if has_rejected => Answer::of(Outcome::Nobody, Reason::AllRejected),
            Err(None) if found.is_cut => Answer::of(Outcome::Nobody, Reason::BlockTooLarge),
            Err(None) if found.places.is_empty() => Answer::of(Outcome::Nobody, Reason::NoCandidates),
            Err(None) => Answer::of(Outcome::Nobody, Reason::Below),
        };
        answer.too_large = found.too_large;
        answer.candidates = kept;
        answer
    }

    /// Puts candidates in order: the surest first, then the heaviest, then by the ids of the persons.
    fn sort(&self, kept: &mut [Candidate]) {
        kept.sort_by(|one, other| {
            let by_class = other.class.cmp(&one.class);
            let by_weight = by_class.then_with(|| other.weight.total_cmp(&one.weight));
            by_weight.then_with(|| self.index.person_id(one.person).cmp(&self.index.person_id(other.person)))
        });
    }

    /// Returns the person that a record is and why, or why somebody is asked, if there is anybody.
    fn settle(&self, kept: &[Candidate], desk: &Desk<'_>) -> Result<(u32, Reason), Option<Reason>> {
        let Some(first) = kept.first() else { return Err(None) };
        if let Some(decided) = kept.iter().find(|candidate| candidate.reason == Reason::Decision) {
            return Ok((decided.person, Reason::Decision));
        }
        if first.class == Class::Proposed {
            return Err(Some(first.reason));
        }
        if kept.get(1).is_some_and(|second| second.class == Class::Exact) {
            return Err(Some(Reason::Tie));
        }
        if self.conflicts(first.person, desk) {
            return Err(Some(Reason::Conflict));
        }
        let least = first.weight - self.pairs.matcher.thresholds.margin;
        let is_close = |other: &Candidate| other.person != first.person && other.weight > least;
        if first.reason == Reason::Weight && kept.iter().any(is_close) {
            return Err(Some(Reason::CloseSecond));
        }
        Ok((first.person, first.reason))
    }

    /// Returns whether a field that must agree does not, with the person's best value.
    fn conflicts(&self, person: u32, desk: &Desk<'_>) -> bool {
        let fields = &self.pairs.matcher.must_agree;
        if fields.is_empty() {
            return false;
        }
        let order = self.index.best_order(person);
        fields.iter().any(|field| {
            let best = order.iter().find(|place| self.index.value(**place, *field).is_some());
            let worst = self.pairs.matcher.fields.get(*field).map(|field| field.kind.worst());
            let is_there = value(self.index.layout, &desk.row, *field).is_some();
            best.is_some_and(|place| {
                let level = self.pairs.level(&desk.lexicon, *field, &desk.row, self.index.row(*place));
                is_there && Some(level) == worst
            })
        })
    }
}

/// Keeps the best of a person's records, which come one after the other.
fn keep(
    kept: &mut Vec<Candidate>,
    (person, place): (u32, u32),
    (class, reason, weight): (Class, Reason, f64),
    levels: &[Level],
) {
    let known = kept.last_mut().filter(|candidate| candidate.person == person);
    let new = || Candidate { person, place, class, reason, weight, levels: levels.into() };
    match known {
        None => kept.push(new()),
        // Places come in order, so that of equals the least stays.
        Some(known) if (class, weight) > (known.class, known.weight) => *known = new(),
        Some(_) => {}
    }
}
