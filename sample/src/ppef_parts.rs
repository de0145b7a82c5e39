//! The four other files of the PPEF family, in the order of the enrollments they belong to.
//!
//! They also have rows of the few enrollments that the extract lacks.

use super::SourcePlan;
use super::country::{Country, Holder};
use super::dirt::{Damage, Dirt};
use super::error::SampleError;
use super::layout::Layout;
use super::people::Person;
use super::rng::Subject;

/// An enrollment id whose day is not in the calendar.
const NO_DAY: Damage = Damage::Put("I20231345000001");

const REASSIGNMENT_DIRT: [Dirt; 5] = [
    Dirt::rejected("REASGN_BNFT_ENRLMT_ID", NO_DAY),
    Dirt::rejected("REASGN_BNFT_ENRLMT_ID", Damage::Undecodable),
    Dirt::rejected("RCV_BNFT_ENRLMT_ID", Damage::FieldLost),
    Dirt::mended("RCV_BNFT_ENRLMT_ID", Damage::Put("N20040101000001")),
    Dirt::mended("RCV_BNFT_ENRLMT_ID", Damage::Put("")),
];

const PRACTICE_LOCATION_DIRT: [Dirt; 5] = [
    Dirt::rejected("ENRLMT_ID", NO_DAY),
    Dirt::rejected("CITY_NAME", Damage::Undecodable),
    Dirt::rejected("ZIP_CD", Damage::FieldMore),
    Dirt::mended("ZIP_CD", Damage::ZerosLost),
    Dirt::mended("ZIP_CD", Damage::Put("K1A 0B1")),
];

const SECONDARY_SPECIALTY_DIRT: [Dirt; 4] = [
    Dirt::rejected("ENRLMT_ID", NO_DAY),
    Dirt::rejected("PROVIDER_TYPE_DESC", Damage::Undecodable),
    Dirt::rejected("PROVIDER_TYPE_DESC", Damage::FieldLost),
    Dirt::mended("PROVIDER_TYPE_DESC", Damage::Put("")),
];

const ADDITIONAL_NPI_DIRT: [Dirt; 5] = [
    Dirt::rejected("NPI", Damage::WrongCheckDigit),
    Dirt::rejected("ENRLMT_ID", NO_DAY),
    Dirt::rejected("NPI", Damage::DigitMore),
    Dirt::rejected("ENRLMT_ID", Damage::Undecodable),
    Dirt::mended("NPI", Damage::NineDigits),
];

/// From an individual's enrollment to a group's: every group that the individual is affiliated with.
pub(super) const REASSIGNMENTS: SourcePlan = SourcePlan {
    layout: || Layout {
        dirt: &REASSIGNMENT_DIRT,
        ..Layout::windows_1252(
            "ppef_reassignment",
            "PPEF_Reassignment_Extract_2026.07.17.csv",
            "REASGN_BNFT_ENRLMT_ID,RCV_BNFT_ENRLMT_ID",
        )
    },
    expected_rows: |country| country.rows * 39 / 28,
    write_rows: |country, out| {
        for_each_enrollment(country, |enrollment, id| {
            for group in country.groups(enrollment) {
                let receiver = country.enrollment_id(country.enrollment_of_organization(group));
                out.row().extend(&[id, &receiver]);
                out.end_row()?;
            }
            Ok(())
        })
    },
};

/// Where enrollments practise; most say nothing.
pub(super) const PRACTICE_LOCATIONS: SourcePlan = SourcePlan {
    layout: || Layout {
        dirt: &PRACTICE_LOCATION_DIRT,
        ..Layout::windows_1252(
            "ppef_practice_location",
            "PPEF_Practice_Location_Extract_2026.07.17.csv",
            "ENRLMT_ID,CITY_NAME,STATE_CD,ZIP_CD",
        )
    },
    expected_rows: |country| country.rows * 107 / 280,
    write_rows: |country, out| {
        for_each_enrollment(country, |enrollment, id| {
            let mut draws = country.draws(Subject::PracticeLocations, enrollment);
            let locations = if draws.percent(24) { 1 + draws.below(2) } else { 0 };
            for which in 0..locations {
                let state = country.state_of(enrollment);
                let place = match country.holder(enrollment) {
                    Holder::Organization(number) => country.organization_place(number, state, which),
                    Holder::Clinician(_) | Holder::Other(_) => country.own_place(enrollment, state, which),
                };
                out.row().extend(&[id, &place.city, place.state, &place.zip]);
                out.end_row()?;
            }
            Ok(())
        })
    },
};

/// The further specialties of individuals.
pub(super) const SECONDARY_SPECIALTIES: SourcePlan = SourcePlan {
    layout: || Layout {
        dirt: &SECONDARY_SPECIALTY_DIRT,
        ..Layout::windows_1252(
            "ppef_secondary_specialty",
            "PPEF_Secondary_Specialty_Extract_2026.07.17.csv",
            "ENRLMT_ID,PROVIDER_TYPE_CD,PROVIDER_TYPE_DESC",
        )
    },
    expected_rows: |country| country.rows * 5 / 28,
    write_rows: |country, out| {
        for_each_enrollment(country, |enrollment, id| {
            let person = match country.holder(enrollment) {
                Holder::Clinician(number) => country.clinician(number),
                Holder::Other(number) => country.other(number),
                Holder::Organization(_) => return Ok(()),
            };
            for &specialty in &person.secondary_specialties {
                let (code, description) = Person::provider_type(specialty);
                out.row().extend(&[id, &code, &description]);
                out.end_row()?;
            }
            Ok(())
        })
    },
};

/// The further NPIs of enrollments that carry the flag.
pub(super) const ADDITIONAL_NPIS: SourcePlan = SourcePlan {
    layout: || Layout {
        dirt: &ADDITIONAL_NPI_DIRT,
        ..Layout::windows_1252("ppef_additional_npis", "PPEF_Additional_NPIs_2026.07.17.csv", "ENRLMT_ID,NPI")
    },
    expected_rows: |country| country.rows * 13 / 280,
    write_rows: |country, out| {
        for_each_enrollment(country, |enrollment, id| {
            for which in 0..country.additional_npis(enrollment) {
                out.row().extend(&[id, &country.additional_npi(enrollment, which).to_string()]);
                out.end_row()?;
            }
            Ok(())
        })
    },
};

/// Calls `write` with each enrollment and its id, in the order of the extract.
fn for_each_enrollment(
    country: &Country,
    mut write: impl FnMut(u64, &str) -> Result<(), SampleError>,
) -> Result<(), SampleError> {
    for place in 0..country.enrollments() {
        let enrollment = country.enrollment_at(place);
        write(enrollment, &country.enrollment_id(enrollment))?;
    }
    Ok(())
}
