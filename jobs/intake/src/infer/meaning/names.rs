//! What a column is, by the words of its name.

use super::target::Target;
use super::words;

/// Words that say nothing about which column it is.
const NEUTRAL: [&str; 10] = ["of", "id", "code", "patient", "flag", "primary", "initial", "full", "name", "record"];
/// Words that make a column one of somebody or something else.
const OTHERS: [&str; 14] = [
    "guarantor",
    "relative",
    "employer",
    "fax",
    "maiden",
    "note",
    "otherprovider",
    "procedure",
    "paid",
    "height",
    "country",
    "age",
    "created",
    "prefix",
];
/// What each word costs that a phrase does not explain.
const UNEXPLAINED: f64 = 0.3;

/// What a column is if its name holds all of these words, and how sure that is.
const PHRASES: [(&str, Target, f64); 130] = [
    ("record id", Target::PatientId, 1.0),
    ("patient id", Target::PatientId, 1.0),
    ("patient record", Target::PatientId, 0.95),
    ("patient code", Target::PatientId, 0.75),
    ("record", Target::PatientId, 0.75),
    ("patient", Target::PatientId, 0.75),
    ("id", Target::PatientId, 0.6),
    ("member id", Target::MemberId, 1.0),
    ("member", Target::MemberId, 0.8),
    ("payer id", Target::MemberId, 0.7),
    ("payer member id", Target::MemberId, 1.0),
    ("last name", Target::LastName, 1.0),
    ("last", Target::LastName, 0.95),
    ("first name", Target::FirstName, 1.0),
    ("first", Target::FirstName, 0.95),
    ("middle name", Target::MiddleName, 1.0),
    ("middle", Target::MiddleName, 0.95),
    ("middle initial", Target::MiddleName, 1.0),
    ("m initial", Target::MiddleName, 0.95),
    ("second first", Target::MiddleName, 0.9),
    ("suffix", Target::NameSuffix, 0.95),
    ("patient name", Target::FullName, 0.95),
    ("full name", Target::FullName, 1.0),
    ("name", Target::FullName, 0.75),
    ("birth date", Target::BirthDate, 1.0),
    ("birth", Target::BirthDate, 0.95),
    ("death date", Target::DeathDate, 1.0),
    ("death time", Target::DeathDate, 0.95),
    ("death", Target::DeathDate, 0.85),
    ("sex", Target::Sex, 1.0),
    ("race", Target::Race, 1.0),
    ("ethnicity", Target::Ethnicity, 1.0),
    ("language", Target::Language, 1.0),
    ("ssn", Target::Ssn, 1.0),
    ("ssn security", Target::Ssn, 1.0),
    ("ssn4", Target::SsnLast4, 1.0),
    ("ssn ssn4", Target::SsnLast4, 1.0),
    ("ssn last", Target::SsnLast4, 0.9),
    ("medicare", Target::MedicareId, 0.95),
    ("medicare id", Target::MedicareId, 1.0),
    ("medicare member id", Target::MedicareId, 1.0),
    ("medicaid", Target::MedicaidId, 0.95),
    ("medicaid id", Target::MedicaidId, 1.0),
    ("medicaid member id", Target::MedicaidId, 1.0),
    ("address", Target::Address, 0.95),
    ("address second", Target::Address2, 1.0),
    ("second", Target::Address2, 0.85),
    ("second name", Target::MiddleName, 0.9),
    ("second id", Target::PatientId, 0.55),
    ("facility id", Target::PatientId, 0.5),
    ("address 2", Target::Address2, 1.0),
    ("city", Target::City, 1.0),
    ("address city", Target::City, 1.0),
    ("state", Target::State, 0.95),
    ("address state", Target::State, 1.0),
    ("zip", Target::Zip, 1.0),
    ("address zip", Target::Zip, 1.0),
    ("city state zip", Target::CityStateZip, 1.0),
    ("city state", Target::CityStateZip, 0.8),
    ("county", Target::County, 1.0),
    ("address county", Target::County, 1.0),
    ("phone", Target::Phone, 0.95),
    ("email", Target::Email, 1.0),
    ("email address", Target::Email, 1.0),
    ("updated", Target::UpdatedAt, 0.9),
    ("updated date", Target::UpdatedAt, 1.0),
    ("updated time", Target::UpdatedAt, 1.0),
    ("updated date time", Target::UpdatedAt, 1.0),
    ("last updated", Target::UpdatedAt, 1.0),
    ("last updated date", Target::UpdatedAt, 1.0),
    ("last updated time", Target::UpdatedAt, 1.0),
    ("last updated date time", Target::UpdatedAt, 1.0),
    ("event time", Target::UpdatedAt, 0.9),
    ("event date", Target::UpdatedAt, 0.7),
    ("record updated", Target::UpdatedAt, 1.0),
    ("encounter id", Target::EncounterId, 1.0),
    ("encounter", Target::EncounterId, 0.85),
    ("patient encounter", Target::EncounterId, 0.85),
    ("class", Target::EncounterClass, 0.85),
    ("encounter class", Target::EncounterClass, 1.0),
    ("patient class", Target::EncounterClass, 1.0),
    ("service class", Target::EncounterClass, 0.8),
    ("status", Target::EncounterStatus, 0.9),
    ("encounter status", Target::EncounterStatus, 1.0),
    ("encounter state", Target::EncounterStatus, 0.9),
    ("state", Target::EncounterStatus, 0.5),
    ("start", Target::Start, 0.9),
    ("start date", Target::Start, 1.0),
    ("start time", Target::Start, 1.0),
    ("start date time", Target::Start, 1.0),
    ("admit", Target::Start, 0.85),
    ("admit date", Target::Start, 1.0),
    ("admit time", Target::Start, 0.95),
    ("admit date time", Target::Start, 1.0),
    ("service", Target::Start, 0.8),
    ("service date", Target::Start, 1.0),
    ("service start", Target::Start, 1.0),
    ("service start date", Target::Start, 1.0),
    ("encounter date", Target::Start, 0.95),
    ("encounter start date", Target::Start, 1.0),
    ("encounter time", Target::Start, 0.85),
    ("date", Target::Start, 0.7),
    ("in", Target::Start, 0.6),
    ("end", Target::End, 0.9),
    ("end date", Target::End, 1.0),
    ("end time", Target::End, 1.0),
    ("end date time", Target::End, 1.0),
    ("discharge", Target::End, 0.85),
    ("discharge date", Target::End, 1.0),
    ("d c date", Target::End, 0.9),
    ("discharge updated", Target::End, 0.95),
    ("end updated", Target::End, 0.95),
    ("admit updated", Target::Start, 0.95),
    ("start updated", Target::Start, 0.95),
    ("discharge time", Target::End, 0.95),
    ("discharge date time", Target::End, 1.0),
    ("service end", Target::End, 1.0),
    ("service end date", Target::End, 1.0),
    ("encounter end date", Target::End, 1.0),
    ("admit source", Target::AdmitSource, 1.0),
    ("source", Target::AdmitSource, 0.6),
    ("admit class", Target::AdmitType, 1.0),
    ("discharge status", Target::Disposition, 0.95),
    ("disposition", Target::Disposition, 0.95),
    ("discharge disposition", Target::Disposition, 1.0),
    ("status", Target::Disposition, 0.4),
    ("ccn", Target::FacilityCcn, 1.0),
    ("facility ccn", Target::FacilityCcn, 1.0),
    ("provider id", Target::FacilityCcn, 0.75),
    ("coverage payer", Target::Payer, 0.85),
];

/// More of them: who, why and how much.
const MORE: [(&str, Target, f64); 54] = [
    ("facility", Target::FacilityName, 0.9),
    ("facility name", Target::FacilityName, 1.0),
    ("facility npi", Target::FacilityNpi, 1.0),
    ("billing npi", Target::FacilityNpi, 1.0),
    ("billing provider npi", Target::FacilityNpi, 1.0),
    ("npi", Target::FacilityNpi, 0.6),
    ("npi", Target::AttendingNpi, 0.65),
    ("attending npi", Target::AttendingNpi, 1.0),
    ("provider npi", Target::AttendingNpi, 1.0),
    ("attending provider npi", Target::AttendingNpi, 1.0),
    ("attending provider id", Target::AttendingNpi, 0.8),
    ("attending id", Target::AttendingNpi, 0.8),
    ("provider id", Target::AttendingNpi, 0.7),
    ("attending", Target::AttendingName, 0.75),
    ("attending name", Target::AttendingName, 1.0),
    ("provider", Target::AttendingName, 0.85),
    ("provider name", Target::AttendingName, 1.0),
    ("attending provider", Target::AttendingName, 0.95),
    ("attending provider name", Target::AttendingName, 1.0),
    ("diagnosis", Target::Diagnosis, 1.0),
    ("primary diagnosis", Target::Diagnosis, 1.0),
    ("admit diagnosis", Target::Diagnosis, 0.5),
    ("discharge diagnosis", Target::Diagnosis, 0.9),
    ("encounter diagnosis", Target::Diagnosis, 0.95),
    ("code", Target::Diagnosis, 0.35),
    ("diagnosis class", Target::DiagnosisType, 1.0),
    ("diagnosis system", Target::DiagnosisType, 0.9),
    ("drg", Target::Drg, 1.0),
    ("ms drg", Target::Drg, 1.0),
    ("payer", Target::Payer, 0.9),
    ("payer name", Target::Payer, 1.0),
    ("financial class", Target::PayerType, 1.0),
    ("financial", Target::PayerType, 0.95),
    ("payer class", Target::PayerType, 1.0),
    ("financial id", Target::EncounterId, 0.9),
    ("financial", Target::EncounterId, 0.75),
    ("payer code", Target::PayerType, 0.85),
    ("payer financial class", Target::PayerType, 1.0),
    ("charge", Target::Charge, 0.95),
    ("encounter charge", Target::Charge, 0.95),
    ("billing charge", Target::Charge, 0.95),
    ("billing", Target::Charge, 0.5),
    ("weight", Target::Weight, 1.0),
    ("weight pounds", Target::Weight, 1.0),
    ("weight kilograms", Target::Weight, 1.0),
    ("weight grams", Target::Weight, 1.0),
    ("weight ounces", Target::Weight, 1.0),
    ("pounds", Target::Weight, 0.9),
    ("kilograms", Target::Weight, 0.9),
    ("grams", Target::Weight, 0.85),
    ("ounces", Target::Weight, 0.85),
    ("operation", Target::Operation, 0.95),
    ("delete", Target::Operation, 0.9),
    ("delete flag", Target::Operation, 0.95),
];

/// Returns how likely a column is each of its targets, by its name: 0 to 1. Those that are not named are 0.
pub(super) fn scores(label: &str) -> Vec<(Target, f64)> {
    // Of a path the last step says what it is; those before it say of whom or of what.
    let label = &without_points(label);
    let steps: Vec<&str> = label.split(['.', '/']).filter(|step| !step.is_empty()).collect();
    let last = words::of(steps.last().copied().unwrap_or(label));
    let whole: Vec<String> = steps.iter().flat_map(|step| words::of(step)).collect();
    let mut scores: Vec<(Target, f64)> = Vec::new();
    for (target, score) in of_words(&whole, steps.len() > 1).into_iter().chain(of_words(&last, false).into_iter().map(
        |(target, score)| {
            // What the last step alone says counts less where steps before it say something.
            (target, if whole.len() > last.len() { score * 0.85 } else { score })
        },
    )) {
        match scores.iter_mut().find(|(known, _)| *known == target) {
            Some((_, most)) => *most = most.max(score),
            None => scores.push((target, score)),
        }
    }
    // A person is covered from one day to another: that is no stay.
    if whole.iter().any(|word| word == "coverage" || word == "payer") {
        scores.retain(|(target, _)| !matches!(target, Target::Start | Target::End));
    }
    if whole.iter().any(|word| OTHERS.contains(&word.as_str())) {
        let is_visit_contact = |target: &Target| *target == Target::Operation;
        scores.retain(|(target, _)| is_visit_contact(target));
    }
    scores
}

/// Returns `D.O.B.` as `DOB`: points behind single letters part no path.
fn without_points(label: &str) -> String {
    if label.split(['.', '/']).all(|step| step.chars().count() <= 1) {
        label.replace('.', "")
    } else {
        label.to_owned()
    }
}

fn of_words(words: &[String], is_path: bool) -> Vec<(Target, f64)> {
    let mut scores = Vec::new();
    for (phrase, target, sure) in PHRASES.iter().chain(&MORE) {
        let sought: Vec<&str> = phrase.split(' ').collect();
        if !sought.iter().all(|word| words.iter().any(|own| own == word)) {
            continue;
        }
        let over = words.iter().filter(|word| !sought.contains(&word.as_str()));
        let cost: f64 = over
            .map(|word| match word.as_str() {
                word if NEUTRAL.contains(&word) => 0.05,
                // `CLM_ADMSN_TYPE_CD`: whose type it is goes without saying.
                "encounter" if sought.len() > 1 => 0.1,
                word if word.starts_with(|first: char| first.is_ascii_digit()) => 0.02,
                // A path names what it is a part of.
                "address" | "facility" | "encounter" | "provider" | "payer" if is_path => 0.1,
                _ => UNEXPLAINED,
            })
            .sum();
        scores.push((*target, (sure - cost).max(0.0)));
    }
    scores
}

/// Tells whether a column is one of somebody or something that no common table has.
pub(super) fn is_of_others(label: &str) -> bool {
    label.split(['.', '/']).flat_map(words::of).any(|word| OTHERS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what a name says most surely.
    fn best(label: &str) -> Option<Target> {
        let scores = scores(label).into_iter().filter(|(_, score)| *score >= 0.4);
        scores.max_by(|one, other| one.1.total_cmp(&other.1)).map(|(target, _)| target)
    }

    #[test]
    fn names_in_many_ways_and_languages_say_what_a_column_is() {
        for (label, target) in [
            ("MedRecNum", Target::PatientId),
            ("patient_identifier", Target::PatientId),
            ("LName", Target::LastName),
            ("legalSurname", Target::LastName),
            ("Primer Apellido", Target::LastName),
            ("person.name.forename", Target::FirstName),
            ("Vorname", Target::FirstName),
            ("MIDDLE_INIT", Target::MiddleName),
            ("D.O.B.", Target::BirthDate),
            ("Geburtsdatum", Target::BirthDate),
            ("fecha_nac", Target::BirthDate),
            ("DeceasedDt", Target::DeathDate),
            ("Sexe", Target::Sex),
            ("RaceDesc", Target::Race),
            ("PreferredLanguage", Target::Language),
            ("SocSecNo", Target::Ssn),
            ("Addr Ln 2", Target::Address2),
            ("StreetAddress", Target::Address),
            ("home.postalCode", Target::Zip),
            ("PLZ", Target::Zip),
            ("Wohnort", Target::City),
            ("CellPhone", Target::Phone),
            ("Correo", Target::Email),
            ("lastmodifieddate", Target::UpdatedAt),
            ("EncounterNumber", Target::EncounterId),
            ("visit_category", Target::EncounterClass),
            ("ADM_DTTM", Target::Start),
            ("ServiceThruDate", Target::End),
            ("DSCH_DISP_CD", Target::Disposition),
            ("ADM_SRC_CD", Target::AdmitSource),
            ("Organization NPI", Target::FacilityNpi),
            ("AttendingPhysicianNPI", Target::AttendingNpi),
            ("PRIN_DX", Target::Diagnosis),
            ("MS-DRG", Target::Drg),
            ("FIN_CLASS", Target::PayerType),
            ("TotalCharges", Target::Charge),
            ("weight_oz", Target::Weight),
            ("PtMInitial", Target::MiddleName),
            ("PTNT_DSCHRG_STUS_CD", Target::Disposition),
            ("CLM_IP_ADMSN_TYPE_CD", Target::AdmitType),
            ("AT_PHYSN_NPI", Target::AttendingNpi),
            ("PRNCPAL_DGNS_CD", Target::Diagnosis),
        ] {
            assert_eq!(best(label), Some(target), "{label}");
        }
    }

    #[test]
    fn columns_of_other_people_and_remarks_are_none_of_a_patient() {
        for label in [
            "GuarantorLastName",
            "EmergencyContactPhone",
            "MothersMaidenName",
            "PCP_NPI",
            "Comments",
            "fax_no",
            "COVERAGE_START_DATE",
            "Term Date",
        ] {
            assert_eq!(best(label), None, "{label}");
        }
    }
}
