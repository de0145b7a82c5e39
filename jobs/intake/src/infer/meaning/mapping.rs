//! What is done to the values of a column that was recognised, as a page says it.

use std::collections::BTreeMap;

use super::super::sample::{Column, Part, Set};
use super::content::Profile;
use super::score::Found;
use super::tables::Table;
use super::target::Target;
use super::{codes, shapes, steps, unnamed};

/// The most distinct codes that are listed.
const MOST_CODES: usize = 24;
/// The longest code that is listed, in characters.
const LONGEST_CODE: usize = 40;
/// The longest code without a known meaning that is told, in characters.
const LONGEST_TOLD: usize = 20;
/// The order in which columns stand in a page: that of the common tables.
const ORDER: [Target; 46] = [
    Target::EncounterId,
    Target::PatientId,
    Target::FullName,
    Target::LastName,
    Target::FirstName,
    Target::MiddleName,
    Target::NameSuffix,
    Target::BirthDate,
    Target::DeathDate,
    Target::Sex,
    Target::Race,
    Target::Ethnicity,
    Target::Language,
    Target::Ssn,
    Target::SsnLast4,
    Target::MedicareId,
    Target::MedicaidId,
    Target::MemberId,
    Target::Address,
    Target::Address2,
    Target::CityStateZip,
    Target::City,
    Target::State,
    Target::Zip,
    Target::County,
    Target::Phone,
    Target::Email,
    Target::EncounterClass,
    Target::EncounterStatus,
    Target::Start,
    Target::End,
    Target::AdmitSource,
    Target::AdmitType,
    Target::Disposition,
    Target::FacilityCcn,
    Target::FacilityName,
    Target::FacilityNpi,
    Target::AttendingNpi,
    Target::AttendingName,
    Target::Diagnosis,
    Target::DiagnosisType,
    Target::Drg,
    Target::Payer,
    Target::PayerType,
    Target::Charge,
    Target::Weight,
];

/// A column of a common table, and how it is made.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Mapped {
    /// What was recognised.
    pub target: Target,
    /// The column, as the page names it.
    pub column: String,
    /// Where it comes from, with its steps.
    pub value: Set,
    /// What is to be known about it.
    pub comments: Vec<String>,
}

impl Mapped {
    /// Returns a column that is made of a source of the record around.
    pub(super) fn parent(target: Target, source: &str) -> Self {
        let value = Set::Map(vec![("parent".to_owned(), Set::Text(source.to_owned()))]);
        Self { target, column: target.name().to_owned(), value, comments: Vec::new() }
    }
}

/// Makes a table of what was found.
pub(super) fn table(name: &'static str, at: usize, part: &Part, profiles: &[Profile], found: &[Found]) -> Table {
    let mut table = Table {
        name,
        part: at,
        mapped: Vec::new(),
        operation: None,
        unmapped: Vec::new(),
        nulls: Vec::new(),
        may_lack_key: false,
        keys: (0, 0),
        doubts: Vec::new(),
    };
    let says_type = found.iter().any(|found| found.target == Target::DiagnosisType);
    let mut sorted: Vec<&Found> = found.iter().collect();
    sorted.sort_by_key(|found| ORDER.iter().position(|target| *target == found.target));
    for found in sorted {
        let columns: Vec<(&Column, &Profile)> =
            found.columns.iter().filter_map(|at| Some((part.columns.get(*at)?, profiles.get(*at)?))).collect();
        let Some((column, profile)) = columns.first().copied() else { continue };
        if found.target == Target::Operation {
            table.operation = Some((column.clone(), removes(profile)));
            continue;
        }
        let mut made = mapped(found.target, &columns);
        if let (Some(rival), Some(first)) = (found.rival, made.first_mut()) {
            first.comments.push(format!("may be {} instead", rival.name()));
        }
        if let Some(first) = made.first_mut().filter(|_| found.score <= unnamed::BY_PLACE) {
            first.comments.push("told by its place and its values only".to_owned());
        }
        table.mapped.extend(made);
        if found.target.name() == if name == "persons" { "patient_id" } else { "encounter_id" } {
            table.keys = (profile.filled, if profile.filled > 2000 { profile.filled } else { profile.distinct.len() });
        }
        if found.target == Target::Diagnosis && !says_type {
            table.mapped.push(diagnosis_type(&columns));
        }
    }
    if found.iter().any(|found| found.target == Target::Address2) {
        keep_first(&mut table, "address_line_2", Target::Address);
    }
    if found.iter().any(|found| found.target == Target::SsnLast4) {
        keep_first(&mut table, "ssn_last4", Target::Ssn);
    }
    updated_last(&mut table, found, part, profiles);
    table.nulls = nulls(profiles);
    table
}

/// Drops what was derived for a column that has one of its own.
fn keep_first(table: &mut Table, column: &str, derived_of: Target) {
    table.mapped.retain(|mapped| !(mapped.column == column && mapped.target == derived_of));
}

/// Puts the time of the change behind all others, as it is in the common tables.
fn updated_last(table: &mut Table, found: &[Found], part: &Part, profiles: &[Profile]) {
    let updated = found.iter().find(|found| found.target == Target::UpdatedAt).and_then(|found| found.columns.first());
    if let Some((column, profile)) = updated.and_then(|at| Some((part.columns.get(*at)?, profiles.get(*at)?))) {
        table.mapped.retain(|mapped| mapped.target != Target::UpdatedAt);
        table.mapped.extend(mapped(Target::UpdatedAt, &[(column, profile)]));
    }
}

fn nulls(profiles: &[Profile]) -> Vec<String> {
    let mut counts: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for (word, count) in profiles.iter().flat_map(|profile| &profile.nulls) {
        counts.entry(word.to_lowercase()).or_insert_with(|| (word.clone(), 0)).1 += count;
    }
    counts.into_values().filter(|(_, count)| *count >= 2).map(|(word, _)| word).collect()
}

fn removes(profile: &Profile) -> Vec<String> {
    let seen: Vec<String> =
        profile.texts().iter().filter(|text| codes::REMOVES.contains(&text.to_lowercase().as_str())).cloned().collect();
    let mut distinct: Vec<String> = Vec::new();
    for text in seen {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    distinct
}

/// Makes the columns of one target: most make one, a whole name makes several.
fn mapped(target: Target, columns: &[(&Column, &Profile)]) -> Vec<Mapped> {
    let Some((column, profile)) = columns.first().copied() else { return Vec::new() };
    let one = |steps: Vec<(String, Set)>, comments: Vec<String>| {
        vec![Mapped { target, column: target.name().to_owned(), value: value(column, steps), comments }]
    };
    match target {
        Target::FullName => several(target, column, steps::full_name(profile)),
        Target::CityStateZip => several(target, column, steps::city_state_zip(profile)),
        Target::Address => several(target, column, steps::address(profile)),
        Target::Ssn => {
            let both = ["social_security_number", "ssn_last4"];
            both.iter()
                .map(|name| Mapped {
                    target,
                    column: (*name).to_owned(),
                    value: value(column, Vec::new()),
                    comments: Vec::new(),
                })
                .collect()
        }
        Target::SsnLast4 if profile.share(shapes::is_masked_ssn) > 0.0 => {
            one(vec![step("extract", Set::Text("([0-9]{4})$".to_owned()))], Vec::new())
        }
        Target::Diagnosis => vec![diagnoses(columns)],
        Target::BirthDate | Target::DeathDate => {
            let (steps, comments) = steps::moment("date", profile);
            one(steps, comments)
        }
        Target::Start | Target::End | Target::UpdatedAt => {
            let (steps, comments) = steps::moment("datetime", profile);
            one(steps, comments)
        }
        Target::PatientId | Target::MemberId | Target::EncounterId | Target::MedicaidId => {
            let (steps, comments) = steps::identifier(profile);
            one(steps, comments)
        }
        Target::Zip if profile.share(|text| text.len() < 5) > 0.005 => one(
            vec![step("pad", Set::Word("5".to_owned()))],
            vec!["zeros at the start are lost in the file".to_owned()],
        ),
        Target::Charge | Target::Weight => {
            let (steps, comments) = steps::number(target, profile, &column.label);
            one(steps, comments)
        }
        target if codes::is_coded(target) => {
            let (steps, comments) = code_list(target, profile);
            one(steps, comments)
        }
        _ => one(Vec::new(), Vec::new()),
    }
}

fn several(target: Target, column: &Column, parts: steps::Parts) -> Vec<Mapped> {
    let made = parts.into_iter().map(|(name, steps, comment)| Mapped {
        target,
        column: name.to_owned(),
        value: value(column, steps),
        comments: comment.into_iter().collect(),
    });
    made.collect()
}

/// Returns a step.
pub(super) fn step(key: &str, value: Set) -> (String, Set) {
    (key.to_owned(), value)
}

/// Returns where a column comes from.
fn source(column: &Column, wants_list: bool) -> (String, Set) {
    if let Some(place) = column.source.strip_prefix('#') {
        return step("position", Set::Word(place.to_owned()));
    }
    let is_path = !column.source.contains('/') && !column.source.starts_with('@') && !column.source.starts_with("DG1");
    match (column.is_list, wants_list) {
        (true, true) if column.source.contains("[*]") => step("from", Set::Text(column.source.clone())),
        (true, true) => step("all", Set::Text(column.source.clone())),
        (true, false) if is_path => step("from", Set::Text(format!("{}[0]", column.source))),
        _ => step("from", Set::Text(column.source.clone())),
    }
}

/// Returns a value: the source alone where nothing is done to it.
fn value(column: &Column, steps: Vec<(String, Set)>) -> Set {
    let source = source(column, false);
    match (source, steps.is_empty()) {
        ((key, source), true) if key == "from" => source,
        (source, _) => Set::Map([vec![source], steps].concat()),
    }
}

/// Returns the list of all diagnoses.
fn diagnoses(columns: &[(&Column, &Profile)]) -> Mapped {
    let mut comments = Vec::new();
    let value = match columns {
        [(column, profile)] => {
            let source = source(column, true);
            let sign = if column.is_list { None } else { profile.list_sign() };
            match (sign, source) {
                (Some(sign), source) => Set::Map(vec![source, step("split", Set::Text(sign.to_string()))]),
                (None, (key, source)) if key == "from" => source,
                (None, source) => Set::Map(vec![source]),
            }
        }
        several => {
            let sources = several.iter().map(|(column, _)| match source(column, true) {
                (key, source) if key == "from" => source,
                source => Set::Map(vec![source]),
            });
            Set::Map(vec![step("list", Set::List(sources.collect()))])
        }
    };
    if let Some((_, profile)) = columns.first() {
        let (tenth, ninth) = profile.diagnosis_shares();
        if tenth.max(ninth) < 0.98 {
            comments.push("some codes fit neither ICD-10-CM nor ICD-9-CM; they leave the list".to_owned());
        }
    }
    Mapped { target: Target::Diagnosis, column: "diagnosis_codes".to_owned(), value, comments }
}

fn diagnosis_type(columns: &[(&Column, &Profile)]) -> Mapped {
    let (tenth, ninth) = columns.first().map(|(_, profile)| profile.diagnosis_shares()).unwrap_or_default();
    let (kind, other) = if tenth >= ninth { ("icd-10-cm", ninth) } else { ("icd-9-cm", tenth) };
    let comments = if other > 0.5 { vec!["the codes fit both ICD-10-CM and ICD-9-CM".to_owned()] } else { Vec::new() };
    let value = Set::Map(vec![step("constant", Set::Word(kind.to_owned()))]);
    Mapped { target: Target::DiagnosisType, column: "diagnosis_code_type".to_owned(), value, comments }
}

/// Returns the code list of a column: the codes that were seen, and what they are taken for.
fn code_list(target: Target, profile: &Profile) -> (Vec<(String, Set)>, Vec<String>) {
    let mut comments = Vec::new();
    // Lists are compared without case: of several ways to write a code the most frequent is enough.
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    for text in profile.texts() {
        *ways.entry(text).or_default() += 1;
    }
    let mut counted: Vec<(&String, usize)> = profile.distinct.iter().map(|(code, count)| (code, *count)).collect();
    counted.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), (*code).clone()));
    if counted.len() > MOST_CODES || counted.iter().any(|(code, _)| code.chars().count() > LONGEST_CODE) {
        comments.push(format!("{} different values: too many for a list of codes", counted.len()));
        return (Vec::new(), comments);
    }
    let as_written = |code: &str| {
        let own = ways.iter().filter(|(way, _)| way.to_uppercase() == code);
        own.max_by_key(|(_, count)| **count).map_or_else(|| code.to_owned(), |(way, _)| (*way).to_owned())
    };
    let known: Vec<(String, &str)> =
        counted.iter().filter_map(|(code, _)| Some((as_written(code), codes::meaning(target, code)?))).collect();
    // A value that stands there once may be anybody's, so it is not told.
    let (told, untold): (Vec<_>, Vec<_>) = counted
        .iter()
        .filter(|(code, _)| codes::meaning(target, code).is_none())
        .partition(|(code, count)| *count >= 2 && is_told(code));
    if !told.is_empty() {
        let told: Vec<String> = told.into_iter().map(|(code, _)| as_written(code)).collect();
        comments.push(format!("nothing is known of {}; add what they mean", told.join(", ")));
    }
    if !untold.is_empty() {
        comments.push(format!("{} further values are no codes that are known", untold.len()));
    }
    if known.iter().any(|(code, _)| codes::is_numbered(code)) {
        comments.push("numbers mean what the partner says they mean: check each".to_owned());
    }
    if known.is_empty() || known.iter().all(|(code, meaning)| code.eq_ignore_ascii_case(meaning)) {
        return (Vec::new(), comments);
    }
    let map = known.into_iter().map(|(code, meaning)| (code, Set::Word(meaning.to_owned()))).collect();
    (vec![step("map", Set::Map(map))], comments)
}

/// Tells whether a code without a meaning may stand in a page: short, and no number that could be anybody's.
fn is_told(code: &str) -> bool {
    code.chars().count() <= LONGEST_TOLD && !(code.len() > 4 && code.bytes().all(|byte| byte.is_ascii_digit()))
}
