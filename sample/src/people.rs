//! People: names, training, specialty.

use super::rng::Draws;
use super::vocabulary::{
    CREDENTIALS, FIRST_NAMES, NAME_HEADS, NAME_MIDS, NAME_TAILS, SCHOOLS, SPECIALTIES, SUFFIXES, TOWN_HEADS,
};

/// A CMS specialty: code and name.
pub(super) type Specialty = (&'static str, &'static str);

/// What the files say of a person. Empty text where they say nothing.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) last_name: String,
    pub(super) first_name: &'static str,
    pub(super) middle_name: &'static str,
    pub(super) suffix: &'static str,
    pub(super) gender: &'static str,
    pub(super) credential: &'static str,
    pub(super) medical_school: String,
    pub(super) graduation_year: u64,
    pub(super) specialty: Specialty,
    /// Up to four, each once, none of them the first one.
    pub(super) secondary_specialties: Vec<Specialty>,
    /// `Y`, `N` or nothing.
    pub(super) telehealth: &'static str,
}

impl Person {
    /// Draws a person.
    pub(super) fn draw(mut draws: Draws) -> Self {
        let specialty = draws.skewed(SPECIALTIES.len() as u64);
        Self {
            last_name: last_name(&mut draws),
            first_name: draws.pick_early(&FIRST_NAMES),
            middle_name: middle_name(&mut draws),
            suffix: if draws.percent(2) { draws.pick(&SUFFIXES) } else { "" },
            gender: if draws.percent(54) { "F" } else { "M" },
            credential: if draws.percent(42) { draws.pick_early(&CREDENTIALS) } else { "" },
            medical_school: medical_school(&mut draws),
            graduation_year: 1958 + draws.below(67),
            specialty: nth_specialty(specialty),
            secondary_specialties: secondary_specialties(&mut draws, specialty),
            telehealth: match draws.below(100) {
                0..34 => "Y",
                34 => "N",
                _ => "",
            },
        }
    }

    /// Returns the provider type of an individual's enrollment in the extract: code and description.
    pub(super) fn provider_type((code, name): Specialty) -> (String, String) {
        (format!("14-{code}"), format!("PRACTITIONER - {name}"))
    }
}

fn last_name(draws: &mut Draws) -> String {
    let mut name =
        format!("{}{}{}", draws.pick_early(&NAME_HEADS), draws.pick(&NAME_MIDS), draws.pick_early(&NAME_TAILS));
    match draws.below(100) {
        0 | 1 => name.push_str(&format!("-{}{}", draws.pick(&NAME_HEADS), draws.pick(&NAME_TAILS))),
        2 => name.insert_str(0, "VAN "),
        3 => name.insert_str(0, "O’"),
        _ => {}
    }
    name
}

fn middle_name(draws: &mut Draws) -> &'static str {
    const INITIALS: [&str; 12] = ["A", "M", "J", "L", "E", "R", "S", "D", "K", "B", "T", "W"];
    match draws.below(100) {
        0..24 => "",
        24..77 => draws.pick_early(&INITIALS),
        _ => draws.pick(&FIRST_NAMES),
    }
}

fn medical_school(draws: &mut Draws) -> String {
    if draws.percent(45) {
        return "OTHER".to_owned();
    }
    format!("{} {}", draws.pick_early(&TOWN_HEADS), draws.pick_early(&SCHOOLS))
}

fn nth_specialty(number: u64) -> Specialty {
    SPECIALTIES.get(number as usize % SPECIALTIES.len()).copied().unwrap_or_default()
}

fn secondary_specialties(draws: &mut Draws, first: u64) -> Vec<Specialty> {
    let count = match draws.below(100) {
        0..13 => 1,
        13 | 14 => 2,
        15 => 4,
        _ => 0,
    };
    // Steps of 7 among 38 do not come back to where they started within four.
    (1..=count).map(|step| nth_specialty(first + 7 * step)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rng::Subject;
    use super::*;

    #[test]
    fn nobody_has_a_specialty_twice() {
        for number in 0..2_000 {
            let person = Person::draw(Draws::of(7, Subject::Clinician, number));
            let mut all = person.secondary_specialties.clone();
            all.push(person.specialty);
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), person.secondary_specialties.len() + 1);
        }
    }
}
