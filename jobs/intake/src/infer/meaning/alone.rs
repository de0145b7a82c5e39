//! What a column is by its values alone.

use super::content::Profile;
use super::fit::{fit, is_epoch_millis};
use super::target::Target;
use super::{codes, shapes};

/// A target, whether the values say it, and how sure that is.
type Said = (Target, bool, f64);

/// The fewest values that say anything.
const FEWEST: usize = 3;

/// Returns what a column is by its values alone, and how sure that is: for columns whose names say nothing.
pub(super) fn alone(profile: &Profile, is_named: bool) -> Vec<(Target, f64)> {
    if profile.filled < FEWEST {
        return Vec::new();
    }
    let mut said = by_shape(profile).to_vec();
    if !is_named {
        said.extend(numbers(profile));
        said.extend(words(profile));
        said.extend(dates(profile));
    }
    said.into_iter()
        .filter(|(target, is_said, _)| *is_said && fit(*target, profile) > 0.0)
        .map(|(target, _, score)| (target, score))
        .collect()
}

/// Shapes that are hardly anything else.
fn by_shape(profile: &Profile) -> [Said; 8] {
    let most = |test: fn(&str) -> bool| profile.share(test) >= 0.85;
    let has_points = profile.share(|text| text.contains('.')) > 0.3;
    [
        (Target::Email, most(shapes::is_email), 0.85),
        (Target::MedicareId, most(shapes::is_mbi), 0.85),
        (Target::CityStateZip, most(shapes::is_city_state_zip), 0.8),
        (Target::SsnLast4, most(shapes::is_masked_ssn), 0.8),
        (Target::Ssn, most(|text| text.len() == 11 && shapes::is_ssn(text)), 0.8),
        (Target::Phone, most(shapes::is_written_phone), 0.75),
        (Target::Diagnosis, has_points && profile.diagnosis_shares().0 > 0.85, 0.8),
        (Target::State, profile.share(shapes::is_state) >= 0.95, 0.7),
    ]
}

/// Numbers without signs.
fn numbers(profile: &Profile) -> [Said; 8] {
    let of_width =
        |width: usize| profile.share(|text| text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit()));
    let is_npi = profile.npi_share() >= 0.9;
    let is_few = profile.uniqueness() < 0.2;
    let has = |codes: &[&str]| codes.iter().all(|code| profile.distinct.contains_key(*code));
    let is_sex = has(&["F", "M"]) || has(&["1", "2"]) && profile.distinct.len() <= 5;
    let is_zip = profile.share(shapes::is_zip) > 0.95 && (zips(profile) < 0.5 || of_width(5).min(of_width(9)) > 0.1);
    let is_filled = profile.share(|text| text.len() >= 8 && text.starts_with("00")) > 0.9;
    let is_disposition = profile.distinct.len() >= 3 && of_width(2) > 0.95 && profile.share(is_disposition) > 0.95;
    [
        (Target::Sex, is_sex, 0.7),
        (Target::AttendingNpi, is_npi, 0.72),
        (Target::Phone, !is_npi && profile.share(shapes::is_phone) >= 0.95, 0.65),
        (Target::Zip, is_zip, 0.65),
        (Target::Ssn, of_width(9) > 0.9 && profile.share(shapes::is_ssn) > 0.9 && profile.uniqueness() > 0.8, 0.66),
        (Target::FacilityCcn, of_width(6) > 0.95 && is_few && profile.distinct.len() >= 2, 0.6),
        (Target::Charge, is_filled, 0.6),
        (Target::Disposition, is_disposition, 0.6),
    ]
}

/// Returns how many of the ZIP codes differ in the first five digits.
fn zips(profile: &Profile) -> f64 {
    let first: std::collections::BTreeSet<&str> = profile.texts().iter().filter_map(|text| text.get(..5)).collect();
    first.len() as f64 / profile.texts().len().max(1) as f64
}

/// Tells whether a text is a patient discharge status of two digits that is often sent.
///
/// # Source
/// NUBC, form locator 17.
fn is_disposition(text: &str) -> bool {
    let number: u8 = text.parse().unwrap_or_default();
    matches!(number, 1..=7 | 9 | 20 | 21 | 30 | 40..=43 | 50 | 51 | 61..=66 | 69 | 70 | 81..=95)
}

/// Names, streets, cities and codes.
fn words(profile: &Profile) -> [Said; 7] {
    let (last, first) = profile.people();
    let is_one_word = profile.share(|text| !text.contains([' ', ',', '^'])) > 0.5;
    let known = |target| profile.share(|text| codes::meaning(target, text).is_some());
    let is_number = profile.share(|text| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit())) > 0.5;
    let is_class = profile.distinct.len() >= 3 && known(Target::EncounterClass) >= 0.85 && !is_number;
    // Numbers of visits begin with a letter too; diagnoses come again and again.
    let is_diagnosis = profile.diagnosis_shares().0 > 0.9 && profile.uniqueness() < 0.7;
    let is_city = last + first < 0.3
        && profile.share(shapes::is_words) > 0.9
        && profile.share(|text| text.chars().count() >= 4) > 0.9
        && profile.distinct.len() >= 4
        && profile.uniqueness() < 0.7
        && known(Target::EncounterClass) < 0.5;
    [
        (Target::Address, profile.share(shapes::is_street) > 0.8, 0.7),
        (Target::Diagnosis, is_diagnosis, 0.7),
        (Target::FullName, !is_one_word && last + first > 0.5, 0.66),
        (Target::LastName, is_one_word && last > first && last > 0.25, 0.68),
        (Target::FirstName, is_one_word && first > last && first > 0.25, 0.68),
        (Target::EncounterClass, is_class, 0.68),
        (Target::City, is_city, 0.62),
    ]
}

fn dates(profile: &Profile) -> [Said; 3] {
    let is_date = profile.date_share() >= 0.85;
    let (earliest, _, middle) = profile.dates.years.unwrap_or((2000, 2000, 2000));
    [
        (Target::BirthDate, is_date && earliest < 1980 && middle < 2012, 0.72),
        (Target::Start, is_date && earliest > 2005, 0.68),
        (Target::UpdatedAt, profile.share(is_epoch_millis) > 0.9, 0.62),
    ]
}
