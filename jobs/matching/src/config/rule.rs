//! Rules: what makes a pair exact or proposed, and what never does.

use carelake_core::config::reader::{Mistakes, Spot};

use super::block::{Part, View};
use super::condition::{Conditions, Test};
use super::field::Field;
use super::keys::{NEVER, RULE};
use crate::compare::Kind;

/// A rule that parts a record from a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Never {
    /// Its name.
    pub name: String,
    /// When it holds.
    pub when: Conditions,
    /// Whether the pair is gone; else it is at most proposed.
    pub removes: bool,
}

/// A rule that joins a record with a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// When it holds.
    pub when: Conditions,
    /// Whether the pair is exact; else it is proposed.
    pub is_exact: bool,
    /// Whether it joins records of the reference into one person.
    pub links_reference: bool,
}

/// Reads `never`.
pub(super) fn read_never(spot: Option<Spot<'_>>, fields: &[Field], mistakes: &mut Mistakes) -> Vec<Never> {
    let spots = spot.map(|spot| spot.list("rules", mistakes)).unwrap_or_default();
    let mut read: Vec<Never> = Vec::new();
    for spot in spots {
        let keyed = spot.keyed(&NEVER, mistakes);
        let name = keyed.text("name", "a name that reasons say", mistakes);
        check_new(&name, read.iter().map(|rule| rule.name.as_str()), &spot, mistakes);
        let when = Conditions::read(&keyed, fields, mistakes);
        keyed.required("is", "not_exact or never", mistakes);
        read.push(Never { name, when, removes: keyed.word("is", false, &[true], mistakes) });
    }
    read
}

/// Reads `rules`.
pub(super) fn read_rules(
    spot: Option<Spot<'_>>,
    (fields, passes): (&[Field], &[Vec<Part>]),
    mistakes: &mut Mistakes,
) -> Vec<Rule> {
    let spots = spot.map(|spot| spot.list("rules", mistakes)).unwrap_or_default();
    let mut read: Vec<Rule> = Vec::new();
    for spot in spots {
        let keyed = spot.keyed(&RULE, mistakes);
        let name = keyed.text("name", "a name that reasons say", mistakes);
        check_new(&name, read.iter().map(|rule| rule.name.as_str()), &spot, mistakes);
        let when = Conditions::read(&keyed, fields, mistakes);
        if !passes.is_empty() && !passes.iter().any(|pass| feeds(pass, &when, fields)) {
            mistakes.add(&spot, "no pass of `block` brings up a pair on which it could hold");
        }
        keyed.required("is", "exact or proposed", mistakes);
        let is_exact = keyed.word("is", true, &[false], mistakes);
        let links_reference = keyed.get("links_reference").is_some_and(|spot| {
            let links = spot.boolean(mistakes).unwrap_or_default();
            if links && (!is_exact || when.all.contains(&Test::SamePatientId)) {
                mistakes.add(&spot, "is for a rule of `is: exact` that looks at values only");
            }
            links
        });
        read.push(Rule { name, when, is_exact, links_reference });
    }
    read
}

fn check_new<'n>(name: &str, mut others: impl Iterator<Item = &'n str>, spot: &Spot<'_>, mistakes: &mut Mistakes) {
    if !name.is_empty() && others.any(|other| other == name) {
        mistakes.add(spot, format!("there is another rule `{name}`"));
    }
}

/// Returns whether a pair of a pass can fulfil conditions: none asks a part of the key to be missing or to differ.
fn feeds(pass: &[Part], when: &Conditions, fields: &[Field]) -> bool {
    let excludes = |test: &Test, part: &Part| match test {
        Test::SamePatientId => false,
        Test::Missing(field) => part.uses(*field, fields),
        Test::Level { field, levels } => {
            let Some(kind) = fields.get(*field).map(|field| field.kind) else { return false };
            let differs = *levels == kind.worst().bit();
            let is_alike = match part.view {
                View::Whole => kind != Kind::Address,
                View::Metaphone => kind == Kind::LastName,
                _ => false,
            };
            differs && is_alike && part.field == Some(*field)
        }
        Test::Present(_) | Test::In(..) => false,
    };
    when.all.contains(&Test::SamePatientId) || !when.all.iter().any(|test| pass.iter().any(|part| excludes(test, part)))
}
