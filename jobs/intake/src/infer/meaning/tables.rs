//! Which common tables a sample feeds, and from which of its parts.

use super::super::sample::{Column, Part, Sample};
use super::content::Profile;
use super::mapping::{self, Mapped};
use super::score::{Found, View, found};
use super::target::{Of, Target};
use super::{hl7, unnamed};

/// What recognised columns must weigh for a part to feed a table.
const LEAST_WEIGHT: f64 = 2.0;

/// A common table, as a part of the sample feeds it.
#[derive(Debug, Clone)]
pub(in super::super) struct Table {
    /// Its name.
    pub name: &'static str,
    /// The part.
    pub part: usize,
    /// Its columns, in the order of the common table.
    pub mapped: Vec<Mapped>,
    /// The column that says that a row takes its key out, and what it says then.
    pub operation: Option<(Column, Vec<String>)>,
    /// Columns that nothing is made of.
    pub unmapped: Vec<String>,
    /// Words that stand for nothing.
    pub nulls: Vec<String>,
    /// Whether a row may be about the other table only.
    pub may_lack_key: bool,
    /// How many rows were seen, and how many keys differ.
    pub keys: (usize, usize),
    /// What is to be known about it.
    pub doubts: Vec<String>,
}

impl Table {
    /// Tells whether a column is mapped.
    pub(in super::super) fn has(&self, target: Target) -> bool {
        self.mapped.iter().any(|mapped| mapped.target == target)
    }
}

struct Read<'a> {
    part: &'a Part,
    profiles: Vec<Profile>,
    persons: f64,
    encounters: f64,
}

/// Tells which common tables a sample feeds.
pub(in super::super) fn tables(sample: &Sample) -> Vec<Table> {
    if sample.parts.iter().any(|part| part.called.as_deref() == Some("PID")) {
        return hl7::tables(sample);
    }
    let read: Vec<Read<'_>> = sample.parts.iter().map(Read::of).collect();
    let persons = best(&read, |read| read.part.each.is_none(), |read| read.persons);
    let mut visits =
        best(&read, |read| read.part.each.is_some() && read.part.parent == persons, |read| read.encounters);
    if visits.is_none() || persons.is_none() {
        visits = best(&read, |read| read.part.each.is_none(), |read| read.encounters);
    }
    let (persons, visits) = match (persons, visits) {
        // Without enough of either the likelier one is proposed.
        (None, None) => read
            .iter()
            .enumerate()
            .filter(|(_, read)| read.part.each.is_none())
            .max_by(|one, other| one.1.most().total_cmp(&other.1.most()))
            .map_or(
                (None, None),
                |(at, read)| if read.persons >= read.encounters { (Some(at), None) } else { (None, Some(at)) },
            ),
        both => both,
    };
    let mut tables = Vec::new();
    if let Some((at, own)) = persons.and_then(|at| Some((at, read.get(at)?))) {
        let nested = visits.and_then(|at| read.get(at)?.part.each.clone());
        tables.push(own.table(
            "persons",
            at,
            if persons == visits { View::Both } else { View::Persons },
            nested.as_deref(),
            None,
        ));
    }
    if let Some((at, own)) = visits.and_then(|at| Some((at, read.get(at)?))) {
        let around = own.part.parent.and_then(|parent| read.get(parent)).filter(|_| own.part.each.is_some());
        tables.push(own.table(
            "encounters",
            at,
            if persons == visits { View::Both } else { View::Encounters },
            None,
            around,
        ));
    }
    tables
}

/// Returns the part that has most of a table, if it has enough.
fn best<'a>(read: &[Read<'a>], may: impl Fn(&Read<'a>) -> bool, weight: impl Fn(&Read<'a>) -> f64) -> Option<usize> {
    let fit = read.iter().enumerate().filter(|(_, read)| may(read) && weight(read) >= LEAST_WEIGHT);
    fit.rev().max_by(|one, other| weight(one.1).total_cmp(&weight(other.1))).map(|(at, _)| at)
}

impl<'a> Read<'a> {
    fn of(part: &'a Part) -> Self {
        let profiles: Vec<Profile> = part.columns.iter().map(Profile::of).collect();
        let persons = weight(&recognised(part, &profiles, View::Persons), Of::Persons);
        let encounters = weight(&recognised(part, &profiles, View::Encounters), Of::Encounters);
        let mut read = Self { part, profiles, persons, encounters };
        read.tell_apart();
        read
    }

    fn most(&self) -> f64 {
        self.persons.max(self.encounters)
    }

    /// Sees to it that words of one table do not count for the other, where one part may feed both.
    fn tell_apart(&mut self) {
        match self.part.called.as_deref() {
            Some("Patient") => self.encounters = 0.0,
            Some("Encounter") => self.persons = 0.0,
            _ if self.persons >= LEAST_WEIGHT && self.encounters >= LEAST_WEIGHT => {
                let both = recognised(self.part, &self.profiles, View::Both);
                let has = |target| both.iter().any(|found| found.target == target);
                self.persons = weight(&both, Of::Persons);
                self.encounters = weight(&both, Of::Encounters);
                if !has(Target::EncounterId) {
                    self.encounters = 0.0;
                }
                let is_somebody = [Target::LastName, Target::FullName, Target::BirthDate, Target::Sex]
                    .iter()
                    .any(|target| has(*target));
                if !is_somebody && self.encounters >= LEAST_WEIGHT {
                    self.persons = 0.0;
                }
            }
            _ => {}
        }
    }

    fn table(
        &self,
        name: &'static str,
        at: usize,
        view: View,
        nested: Option<&str>,
        around: Option<&Read<'_>>,
    ) -> Table {
        let mut all = recognised(self.part, &self.profiles, view);
        let own = if name == "persons" { Of::Persons } else { Of::Encounters };
        let is_below = |at: &usize| {
            self.part.columns.get(*at).zip(nested).is_some_and(|(column, each)| column.source.starts_with(each))
        };
        all.retain(|found| {
            (found.target.of() == own || found.target.of() == Of::Both) && !found.columns.iter().any(is_below)
        });
        let used = recognised(self.part, &self.profiles, view);
        let is_unused = |at: &usize| !used.iter().any(|found| found.columns.contains(at)) && !is_below(at);
        let unmapped = self.part.columns.iter().enumerate().filter(|(at, _)| is_unused(at));
        let unmapped = unmapped
            .filter(|(_, column)| column.texts().next().is_some())
            .map(|(_, column)| column.source.clone())
            .collect();
        let mut table = mapping::table(name, at, self.part, &self.profiles, &all);
        table.unmapped = unmapped;
        table.may_lack_key = name == "encounters" && view == View::Both;
        if let Some(around) = around
            && !table.has(Target::PatientId)
        {
            let outer = recognised(around.part, &around.profiles, View::Persons);
            let patient = outer.iter().find(|found| found.target == Target::PatientId);
            if let Some(column) = patient.and_then(|found| around.part.columns.get(*found.columns.first()?)) {
                table.mapped.insert(1.min(table.mapped.len()), Mapped::parent(Target::PatientId, &column.source));
            }
        }
        table
    }
}

/// Recognises the columns, also those that have no names.
fn recognised(part: &Part, profiles: &[Profile], view: View) -> Vec<Found> {
    let mut all = found(part, profiles, view);
    unnamed::complete(part, profiles, view, &mut all);
    all
}

fn weight(found: &[Found], of: Of) -> f64 {
    found
        .iter()
        .filter(|found| found.target.of() == of)
        .map(|found| match found.target {
            Target::LastName | Target::FirstName | Target::BirthDate | Target::Sex | Target::Ssn => 1.0,
            Target::EncounterId | Target::Start | Target::End | Target::EncounterClass | Target::Diagnosis => 1.0,
            Target::FullName => 1.5,
            _ => 0.4,
        })
        .sum()
}
