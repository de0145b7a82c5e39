//! How well the values of a column fit what it may be.

use super::codes;
use super::content::Profile;
use super::shapes;
use super::target::Target;

/// The share of values that must have the shape; some are always wrong.
const MOST: f64 = 0.85;
/// What values that cannot be it are worth.
const NOT: f64 = -1.0;
/// Rows that tell something about how many values differ.
const TELLING_ROWS: usize = 20;

/// Returns how well the values of a column fit a target: below 0 they speak against it, above 0 for it. A column without values
/// says nothing.
pub(super) fn fit(target: Target, profile: &Profile) -> f64 {
    if profile.filled == 0 {
        return -0.05;
    }
    match target {
        Target::PatientId | Target::MemberId | Target::EncounterId | Target::MedicaidId => identifier(target, profile),
        Target::LastName | Target::FirstName | Target::MiddleName | Target::NameSuffix | Target::FullName => {
            name(target, profile)
        }
        Target::BirthDate | Target::DeathDate | Target::Start | Target::End | Target::UpdatedAt => {
            date(target, profile)
        }
        Target::Sex
        | Target::Race
        | Target::Ethnicity
        | Target::Language
        | Target::EncounterClass
        | Target::EncounterStatus
        | Target::PayerType
        | Target::DiagnosisType
        | Target::AdmitSource
        | Target::AdmitType
        | Target::Disposition
        | Target::Operation
        | Target::Drg => code(target, profile),
        Target::Ssn | Target::SsnLast4 | Target::MedicareId | Target::Phone | Target::Email => contact(target, profile),
        Target::Address
        | Target::Address2
        | Target::City
        | Target::State
        | Target::Zip
        | Target::CityStateZip
        | Target::County => place(target, profile),
        Target::FacilityCcn
        | Target::FacilityName
        | Target::FacilityNpi
        | Target::AttendingNpi
        | Target::AttendingName
        | Target::Payer => provider(target, profile),
        Target::Diagnosis => diagnosis(profile),
        Target::Charge | Target::Weight => amount(profile),
    }
}

/// Chooses between two by whether a share is reached.
fn if_most(share: f64, then: f64, otherwise: f64) -> f64 {
    if share >= MOST { then } else { otherwise }
}

fn identifier(target: Target, profile: &Profile) -> f64 {
    let share = profile.share(shapes::is_identifier);
    let is_other = profile.date_share() >= MOST
        && profile.dates.formats.first().is_some_and(|format| format.contains(['/', '-', '.', ' ']))
        || profile.share(shapes::is_written_phone) >= MOST
        || profile.share(|text| text.len() == 11 && shapes::is_ssn(text)) >= MOST
        || profile
            .share(|text| text.len() == 11 && !text.bytes().all(|byte| byte.is_ascii_digit()) && shapes::is_mbi(text))
            >= MOST;
    if share < MOST || is_other {
        return NOT;
    }
    let is_telling = profile.filled >= TELLING_ROWS;
    match (target, profile.uniqueness()) {
        (_, own) if is_telling && own < 0.1 => -0.4,
        (Target::EncounterId, own) if is_telling && own < 0.9 => -0.2,
        (_, own) => 0.1 + 0.15 * own,
    }
}

fn name(target: Target, profile: &Profile) -> f64 {
    let words = profile.share(shapes::is_words);
    let (last, first) = profile.people();
    let is_code = profile.share(|text| text.chars().count() <= 2) > 0.9;
    let has_few = profile.filled >= TELLING_ROWS && profile.distinct.len() <= 3;
    match target {
        Target::NameSuffix => {
            if profile.share(shapes::is_suffix) >= 0.7 {
                0.4
            } else {
                -0.6
            }
        }
        Target::FullName => {
            let parted = profile.share(|text| text.contains([',', '^']) || text.contains(' '));
            let other = profile.share(shapes::is_city_state_zip) > 0.5 || profile.share(shapes::is_street) > 0.5;
            if other || words < 0.5 && !profile.texts().iter().any(|text| text.contains('^')) || has_few {
                NOT
            } else if parted > 0.9 {
                0.25
            } else {
                -0.8
            }
        }
        Target::MiddleName => if_most(words, 0.1, NOT),
        _ if words < MOST => NOT,
        _ if is_code || has_few => -0.6,
        Target::LastName => 0.1 + 0.2 * last.min(0.5) - if first > last + 0.3 { 0.15 } else { 0.0 },
        _ => 0.1 + 0.2 * first.min(0.5) - if last > first + 0.3 { 0.15 } else { 0.0 },
    }
}

fn date(target: Target, profile: &Profile) -> f64 {
    let is_epoch = profile.share(is_epoch) >= MOST;
    let is_serial = profile.share(is_serial) >= MOST;
    if profile.date_share() < 0.8 && !is_epoch && !(is_serial && target == Target::BirthDate) {
        return if is_serial && target == Target::DeathDate { 0.0 } else { NOT };
    }
    let (earliest, _, middle) = profile.dates.years.unwrap_or((2000, 2000, 2000));
    let is_of_lives = earliest < 1990 && middle < 2012;
    match target {
        Target::BirthDate if is_epoch => -0.3,
        Target::BirthDate => {
            if is_of_lives || is_serial {
                0.3
            } else {
                -0.1
            }
        }
        Target::DeathDate => 0.15,
        _ if is_of_lives && profile.filled >= TELLING_ROWS && profile.typed_dates < MOST => -0.6,
        Target::UpdatedAt if profile.dates.has_time || is_epoch => 0.2,
        _ => 0.15,
    }
}

/// Tells whether a text is milliseconds or seconds since 1970, of the years of feeds.
pub(super) fn is_epoch(text: &str) -> bool {
    let number: u64 = if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().unwrap_or_default() } else { 0 };
    is_epoch_millis(text) || (631_000_000..2_100_000_000).contains(&number) && text.len() >= 9
}

/// Tells whether a text is milliseconds since 1970.
pub(super) fn is_epoch_millis(text: &str) -> bool {
    let number: u64 = if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().unwrap_or_default() } else { 0 };
    (631_000_000_000..2_100_000_000_000).contains(&number)
}

/// Tells whether a text is a day as workbooks count them.
pub(super) fn is_serial(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|number| (1.0..60_000.0).contains(&number)) && text.len() <= 7
}

fn code(target: Target, profile: &Profile) -> f64 {
    let distinct = profile.distinct.len();
    let known = profile.share(|text| codes::meaning(target, text).is_some());
    let digits = |from: usize, to: usize| {
        profile.share(|text| (from..=to).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match target {
        Target::Sex => {
            if distinct <= 8 {
                if_most(known, 0.35, -0.8)
            } else {
                NOT
            }
        }
        Target::Ethnicity => {
            if distinct <= 10 {
                if_most(known, 0.3, 0.0)
            } else {
                NOT
            }
        }
        Target::Race => {
            if distinct <= 24 {
                if_most(known, 0.3, 0.0)
            } else {
                NOT
            }
        }
        Target::Language => {
            if distinct <= 80 && known >= 0.5 {
                0.3
            } else {
                -0.5
            }
        }
        Target::EncounterClass if distinct > 30 || profile.date_share() > MOST => NOT,
        Target::EncounterClass => {
            if known >= 0.6 {
                0.35
            } else {
                -0.1
            }
        }
        Target::EncounterStatus => {
            if distinct <= 15 && known >= 0.6 && digits(1, 3) < 0.5 {
                0.4
            } else {
                -0.5
            }
        }
        Target::PayerType if distinct > 24 => NOT,
        Target::PayerType => {
            if known >= 0.6 {
                0.3
            } else {
                -0.2
            }
        }
        Target::DiagnosisType => if_most(known, 0.4, NOT),
        Target::AdmitSource => {
            if distinct <= 15 && profile.share(|text| text.len() <= 2) >= MOST {
                0.1
            } else {
                -0.6
            }
        }
        Target::AdmitType => {
            if distinct <= 9 && profile.share(|text| text.len() <= 2) >= MOST {
                0.15
            } else {
                -0.6
            }
        }
        Target::Disposition => {
            if distinct <= 45 && digits(1, 2) >= MOST {
                0.3
            } else {
                -0.7
            }
        }
        Target::Drg => {
            if digits(3, 3) >= MOST || digits(1, 3) >= 0.95 {
                0.25
            } else {
                -0.8
            }
        }
        _ => {
            let is_operation = profile.share(|text| codes::OPERATIONS.contains(&text.to_lowercase().as_str())) >= MOST;
            if distinct <= 8 && is_operation { 0.3 } else { NOT }
        }
    }
}

fn contact(target: Target, profile: &Profile) -> f64 {
    let is_same = profile.filled >= TELLING_ROWS && profile.distinct.len() * 20 <= profile.filled;
    match target {
        Target::Ssn => if_most(profile.share(shapes::is_ssn), 0.4, NOT),
        Target::SsnLast4 => {
            let four = profile.share(|text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()));
            if_most(four + profile.share(shapes::is_masked_ssn), 0.5, NOT)
        }
        Target::MedicareId => {
            if profile.share(shapes::is_mbi) >= 0.8 {
                0.6
            } else {
                -0.8
            }
        }
        // What many rows share is not a person's own.
        Target::Email if is_same => NOT,
        Target::Phone if is_same => -0.6,
        Target::Email => if_most(profile.share(shapes::is_email), 0.6, NOT),
        _ if profile.share(shapes::is_written_phone) >= 0.75 => 0.4,
        _ => if_most(profile.share(shapes::is_phone), 0.25, -0.8),
    }
}

fn place(target: Target, profile: &Profile) -> f64 {
    let words = profile.share(shapes::is_words);
    let short = profile.share(|text| text.chars().count() <= 2);
    match target {
        Target::Address => {
            let street = profile.share(shapes::is_street);
            if profile.share(shapes::is_city_state_zip) > 0.5 || profile.share(shapes::is_email) > 0.5 {
                NOT
            } else if street >= 0.6 {
                0.3
            } else if profile.share(|text| text.chars().any(char::is_alphabetic) && text.contains(' ')) >= MOST {
                0.0
            } else {
                -0.8
            }
        }
        Target::Address2 => {
            if profile.share(shapes::is_unit) >= 0.5 {
                0.4
            } else if profile.share(shapes::is_street) >= 0.5 {
                -0.6
            } else {
                -0.1
            }
        }
        Target::City => {
            if words >= MOST && short < 0.5 {
                0.15
            } else {
                -0.8
            }
        }
        Target::State => {
            if profile.share(shapes::is_state) >= MOST {
                0.4
            } else if words >= MOST && short < 0.1 && profile.distinct.len() <= 60 {
                -0.2
            } else {
                -0.9
            }
        }
        Target::Zip if profile.share(shapes::is_zip) >= MOST => 0.3,
        Target::Zip => {
            if profile.share(shapes::is_short_zip) >= 0.95 {
                0.15
            } else {
                -0.8
            }
        }
        Target::CityStateZip => {
            if profile.share(shapes::is_city_state_zip) >= 0.8 {
                0.5
            } else {
                NOT
            }
        }
        _ => {
            if words >= MOST {
                0.1
            } else {
                -0.5
            }
        }
    }
}

fn provider(target: Target, profile: &Profile) -> f64 {
    let words = profile.share(|text| text.chars().filter(|letter| letter.is_alphabetic()).count() >= 3);
    let has_few = profile.distinct.len() <= 40 || profile.uniqueness() < 0.2;
    match target {
        Target::FacilityNpi | Target::AttendingNpi => {
            let own = (target == Target::FacilityNpi) == (profile.distinct.len() <= 30);
            if_most(profile.npi_share(), if own { 0.42 } else { 0.36 }, NOT)
        }
        Target::FacilityCcn => {
            let lost = profile.share(|text| {
                shapes::is_ccn(text) || text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit())
            });
            if_most(lost, 0.25, -0.9)
        }
        Target::AttendingName => {
            let (last, first) = profile.people();
            let parted = profile.share(|text| text.contains([' ', ',', '^']));
            if words >= MOST && (parted > 0.6 || last + first > 0.3) { 0.15 } else { -0.5 }
        }
        _ => {
            if words >= MOST && has_few {
                0.1
            } else {
                -0.4
            }
        }
    }
}

fn diagnosis(profile: &Profile) -> f64 {
    let (tenth, ninth) = profile.diagnosis_shares();
    match (tenth >= 0.8, ninth >= 0.8) {
        (true, _) => 0.5,
        // Five digits may be anything; ICD-9 has a point or is named.
        (false, true) => 0.1,
        _ => -0.9,
    }
}

fn amount(profile: &Profile) -> f64 {
    if_most(profile.share(shapes::is_amount), if profile.date_share() >= MOST { -0.4 } else { 0.2 }, NOT)
}
