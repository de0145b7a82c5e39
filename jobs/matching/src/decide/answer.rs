//! What is answered about a record.

use super::repair::Repaired;
use crate::compare::Level;
use crate::config::Matcher;
use crate::index::Place;

/// What a record turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing of it is missing; it was not looked up.
    Complete,
    /// Certainly a person.
    Exact,
    /// Perhaps a person; somebody is asked.
    Proposed,
    /// Nobody that is known.
    Nobody,
}

impl Outcome {
    /// Returns its word where it is published; nothing of a complete record.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Complete => None,
            Self::Exact => Some("exact"),
            Self::Proposed => Some("proposed"),
            Self::Nobody => Some("none"),
        }
    }
}

/// How sure a pair, or a person, is. The greater is the surer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Somebody is asked.
    Proposed,
    /// Nobody need be asked.
    Exact,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// A person decided.
    Decision,
    /// The rule of this place holds.
    Rule(u16),
    /// The weight.
    Weight,
    /// The rule of `never` of this place holds, so it is not exact.
    Capped(u16),
    /// Two persons or more are exact.
    Tie,
    /// A field that must agree does not.
    Conflict,
    /// Another person is nearly as likely.
    CloseSecond,
    /// Two records of one delivery would be one person.
    ClaimedTwice,
    /// No key of it is anybody's.
    NoCandidates,
    /// Nobody is likely enough.
    Below,
    /// A person rejected whoever there is.
    AllRejected,
    /// All its keys are those of too many.
    BlockTooLarge,
}

impl Reason {
    /// Returns the words that it is published with.
    #[must_use]
    pub fn text(self, matcher: &Matcher) -> String {
        let rule = |place: u16| matcher.rules.get(usize::from(place)).map_or("", |rule| rule.name.as_str());
        let never = |place: u16| matcher.never.get(usize::from(place)).map_or("", |rule| rule.name.as_str());
        match self {
            Self::Decision => "decision".to_owned(),
            Self::Rule(place) => format!("rule:{}", rule(place)),
            Self::Weight => "weight".to_owned(),
            Self::Capped(place) => format!("capped:{}", never(place)),
            Self::Tie => "tie".to_owned(),
            Self::Conflict => "conflict".to_owned(),
            Self::CloseSecond => "close_second".to_owned(),
            Self::ClaimedTwice => "claimed_twice".to_owned(),
            Self::NoCandidates => "no_candidates".to_owned(),
            Self::Below => "below".to_owned(),
            Self::AllRejected => "all_rejected".to_owned(),
            Self::BlockTooLarge => "block_too_large".to_owned(),
        }
    }
}

/// A person that a record may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The person: the least place of its records.
    pub person: u32,
    /// The record of it that fits best.
    pub place: Place,
    /// How sure it is.
    pub class: Class,
    /// Why.
    pub reason: Reason,
    /// Bits of evidence, the prior included, to six decimals.
    pub weight: f64,
    /// The level of each field, in the order of the fields.
    pub levels: Box<[Level]>,
}

impl Candidate {
    /// Returns the probability of the match, 0 to 1.
    #[must_use]
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.weight).exp2())
    }
}

/// What is answered about a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What it turned out to be.
    pub outcome: Outcome,
    /// Why; of no meaning where it is complete.
    pub reason: Reason,
    /// The person, where it is exact.
    pub person: Option<u32>,
    /// All persons that it may be: the surest first, then the heaviest, then by id.
    pub candidates: Vec<Candidate>,
    /// What is given to it, where it is exact.
    pub repaired: Repaired,
    /// Keys of it that too many have.
    pub too_large: u32,
    /// Whether the person has a record of the same feed under another id.
    pub is_known_otherwise: bool,
}

impl Answer {
    /// Returns an answer without a person.
    pub(super) const fn of(outcome: Outcome, reason: Reason) -> Self {
        Self {
            outcome,
            reason,
            person: None,
            candidates: Vec::new(),
            repaired: Repaired { given: Vec::new(), is_disagreeing: false },
            too_large: 0,
            is_known_otherwise: false,
        }
    }

    /// Turns an exact answer into a question, since another record claims the same person.
    pub fn claim_twice(&mut self) {
        self.outcome = Outcome::Proposed;
        self.reason = Reason::ClaimedTwice;
        self.person = None;
        self.repaired = Repaired::default();
    }
}
