//! HL7 v2: the standard says what fields are.

use super::super::sample::{Column, Part, Sample, Set};
use super::content::Profile;
use super::mapping::{self, Mapped};
use super::score::Found;
use super::tables::Table;
use super::target::{Of, Target};

/// Fields of the segments, and what they are.
const FIELDS: [(&str, Target); 27] = [
    ("PID-3.1", Target::PatientId),
    ("PID-5.1", Target::LastName),
    ("PID-5.2", Target::FirstName),
    ("PID-5.3", Target::MiddleName),
    ("PID-5.4", Target::NameSuffix),
    ("PID-7", Target::BirthDate),
    ("PID-8", Target::Sex),
    ("PID-10", Target::Race),
    ("PID-11.1", Target::Address),
    ("PID-11.2", Target::Address2),
    ("PID-11.3", Target::City),
    ("PID-11.4", Target::State),
    ("PID-11.5", Target::Zip),
    ("PID-13", Target::Phone),
    ("PID-15", Target::Language),
    ("PID-19", Target::Ssn),
    ("PID-22", Target::Ethnicity),
    ("PID-29", Target::DeathDate),
    ("EVN-2", Target::UpdatedAt),
    ("PV1-19.1", Target::EncounterId),
    ("PV1-2", Target::EncounterClass),
    ("PV1-44", Target::Start),
    ("PV1-45", Target::End),
    ("PV1-14", Target::AdmitSource),
    ("PV1-4", Target::AdmitType),
    ("PV1-36", Target::Disposition),
    ("DG1[*]-3.1", Target::Diagnosis),
];

/// Tells which tables messages feed.
pub(super) fn tables(sample: &Sample) -> Vec<Table> {
    let of_part = |(at, part): (usize, &Part)| {
        let profiles: Vec<Profile> = part.columns.iter().map(Profile::of).collect();
        let is_visits = part.called.as_deref() == Some("PV1");
        let (name, of) = if is_visits { ("encounters", Of::Encounters) } else { ("persons", Of::Persons) };
        let found: Vec<Found> = found(part, &profiles)
            .into_iter()
            .filter(|found| found.target.of() == of || found.target.of() == Of::Both)
            .collect();
        let mut table = mapping::table(name, at, part, &profiles, &found);
        for mapped in
            table.mapped.iter_mut().filter(|mapped| matches!(mapped.target, Target::BirthDate | Target::DeathDate))
        {
            mapped.value = with(&mapped.value, "date");
        }
        for mapped in table
            .mapped
            .iter_mut()
            .filter(|mapped| matches!(mapped.target, Target::Start | Target::End | Target::UpdatedAt))
        {
            mapped.value = with(&mapped.value, "datetime");
        }
        if is_visits && part.columns.iter().any(|column| column.source == "MSH-9.2") {
            table.mapped.push(status());
        }
        if table.has(Target::Diagnosis) && is_visits {
            table.doubts.push("DG1-3.3 says which codes the diagnoses are of; every one fits ICD-10-CM".to_owned());
        }
        table
    };
    sample.parts.iter().enumerate().map(of_part).collect()
}

fn found(part: &Part, profiles: &[Profile]) -> Vec<Found> {
    let place = |path: &str| part.columns.iter().position(|column: &Column| column.source == path);
    let mut found: Vec<Found> = FIELDS
        .iter()
        .filter_map(|(path, target)| {
            Some(Found { target: *target, columns: vec![place(path)?], score: 1.0, rival: None })
        })
        .collect();
    let attending = place("PV1-7.1").filter(|at| profiles.get(*at).is_some_and(|profile| profile.npi_share() > 0.8));
    found.extend(attending.map(|at| Found {
        target: Target::AttendingNpi,
        columns: vec![at],
        score: 1.0,
        rival: None,
    }));
    let name = place("PV1-7.2").filter(|at| profiles.get(*at).is_some_and(|profile| profile.filled > 0));
    found.extend(name.map(|at| Found { target: Target::AttendingName, columns: vec![at], score: 0.8, rival: None }));
    let payer = place("IN1-4");
    found.extend(payer.map(|at| Found { target: Target::Payer, columns: vec![at], score: 0.9, rival: None }));
    found
}

/// Returns a value that is read as HL7 writes times.
fn with(value: &Set, step: &str) -> Set {
    let from = match value {
        Set::Map(entries) => entries.first().map(|(_, source)| source.clone()).unwrap_or(Set::Text(String::new())),
        plain => plain.clone(),
    };
    Set::Map(vec![("from".to_owned(), from), (step.to_owned(), Set::Word("hl7".to_owned()))])
}

/// Returns the status of a visit by the event that the message tells.
fn status() -> Mapped {
    let events =
        [("A03", "finished"), ("A11", "cancelled"), ("A05", "planned"), ("A14", "planned"), ("else", "in_progress")];
    let map = events.iter().map(|(event, status)| ((*event).to_owned(), Set::Word((*status).to_owned()))).collect();
    let value = Set::Map(vec![("from".to_owned(), Set::Text("MSH-9.2".to_owned())), ("map".to_owned(), Set::Map(map))]);
    Mapped { target: Target::EncounterStatus, column: "encounter_status".to_owned(), value, comments: Vec::new() }
}
