//! The Doctors and Clinicians National Downloadable File: a row for each clinician, enrollment, group and address.
//!
//! Sorted by NPI. About one row in a hundred repeats an earlier row of its enrollment with another telephone number, so that
//! only the order of lines decides between the two.

use std::borrow::Cow;

use super::country::{Country, Holder};
use super::csv::Row;
use super::dirt::{Damage, Dirt};
use super::error::SampleError;
use super::identifiers::pac_id;
use super::layout::Layout;
use super::people::Person;
use super::places::{Place, phone};
use super::rng::{Draws, Subject};
use super::roster;
use super::writer::SourceWriter;

const HEADER: &str = "NPI,Ind_PAC_ID,Ind_enrl_ID,Provider Last Name,Provider First Name,Provider Middle Name,suff,gndr,\
    Cred,Med_sch,Grd_yr,pri_spec,sec_spec_1,sec_spec_2,sec_spec_3,sec_spec_4,sec_spec_all,Telehlth,Facility Name,org_pac_id,\
    num_org_mem,adr_ln_1,adr_ln_2,ln_2_sprs,City/Town,State,ZIP Code,Telephone Number,ind_assgn,grp_assgn,adrs_id";

const DIRT: [Dirt; 21] = [
    Dirt::rejected("NPI", Damage::WrongCheckDigit),
    Dirt::rejected("NPI", Damage::DigitMore),
    Dirt::rejected("State", Damage::Put("XX")),
    Dirt::rejected("City/Town", Damage::Undecodable),
    Dirt::rejected("adrs_id", Damage::FieldLost),
    Dirt::mended("NPI", Damage::NineDigits),
    Dirt::mended("State", Damage::Untidy),
    Dirt::mended("Ind_PAC_ID", Damage::ZerosLost),
    Dirt::mended("Ind_PAC_ID", Damage::Put("?123456789")),
    Dirt::mended("Ind_enrl_ID", Damage::Put("I20231345000001")),
    Dirt::mended("org_pac_id", Damage::Put("123456789012")),
    Dirt::mended("ZIP Code", Damage::ZerosLost),
    Dirt::mended("ZIP Code", Damage::Put("K1A 0B1")),
    Dirt::mended("Telephone Number", Damage::Put("2.12555E+09")),
    Dirt::mended("Telephone Number", Damage::Put("(212) 555-0100")),
    Dirt::mended("Grd_yr", Damage::Put("20O5")),
    Dirt::mended("num_org_mem", Damage::Put("1,234")),
    Dirt::mended("Telehlth", Damage::Put("X")),
    Dirt::mended("ln_2_sprs", Damage::Put("?")),
    Dirt::mended("Provider Last Name", Damage::Untidy),
    Dirt::mended("Cred", Damage::Put("   ")),
];

pub(super) fn layout() -> Layout {
    Layout {
        dirt: &DIRT,
        has_blank_tail: true,
        ..Layout::utf8("dac", "DAC_NationalDownloadableFile.csv", Cow::Borrowed(HEADER))
    }
}

pub(super) const fn expected_rows(country: &Country) -> u64 {
    country.rows
}

pub(super) fn write_rows(country: &Country, out: &mut SourceWriter) -> Result<(), SampleError> {
    for clinician in 0..country.clinicians {
        let first = roster::rows_before(clinician, country.clinicians, country.rows);
        let end = roster::rows_before(clinician + 1, country.clinicians, country.rows);
        let (npi, person) = (country.npi(Holder::Clinician(clinician)), country.clinician(clinician));
        let enrollments = roster::enrollments_of(clinician);
        for row in first..end {
            // The enrollments take turns.
            let (turn, round) = ((row - first) % enrollments.len() as u64, (row - first) / enrollments.len() as u64);
            let enrollment = enrollments.get(turn as usize).copied().unwrap_or_default();
            let listing = Listing::new(country, enrollment, round, country.draws(Subject::ClinicianRow, row));
            write_row(out.row(), country, npi, &person, &listing);
            out.end_row()?;
        }
    }
    Ok(())
}

/// One row of an enrollment: the group and the address it is listed with.
struct Listing {
    enrollment: u64,
    /// Name, PAC ID and members of the group, if it is listed with one.
    group: Option<(String, String, String)>,
    place: Place,
    phone: String,
    accepts_assignment: &'static str,
}

impl Listing {
    fn new(country: &Country, enrollment: u64, round: u64, mut draws: Draws) -> Self {
        let is_twin = round > 0 && draws.percent(2);
        let round = if is_twin { round - 1 } else { round };
        let (groups, state) = (country.groups(enrollment), country.state_of(enrollment));
        // The groups take turns, and each turn is another of their addresses.
        let group = round.checked_rem(groups.len() as u64).and_then(|turn| groups.get(turn as usize).copied());
        let place = match group {
            Some(group) => country.organization_place(group, state, round / groups.len() as u64),
            None => country.own_place(enrollment, state, round),
        };
        Self {
            enrollment,
            group: group.map(|group| listed_group(country, group, &mut draws)),
            phone: if is_twin { phone(&mut draws) } else { place.phone.clone() },
            accepts_assignment: if draws.percent(1) { "M" } else { "Y" },
            place,
        }
    }
}

/// What a row says of a group. A few rows have an older name or another number of members, or none.
fn listed_group(country: &Country, group: u64, draws: &mut Draws) -> (String, String, String) {
    let mut organization = country.organization(group);
    let mut members = organization.members.to_string();
    match draws.below(1_000) {
        0..3 => organization.name.push_str(" II"),
        3 | 4 => members = (organization.members + 1).to_string(),
        5 | 6 => members.clear(),
        _ => {}
    }
    (organization.name, pac_id(country.npi(Holder::Organization(group))), members)
}

fn write_row(row: &mut Row, country: &Country, npi: u64, person: &Person, listing: &Listing) {
    row.extend(&[&npi.to_string(), &pac_id(npi), &country.enrollment_id(listing.enrollment)]);
    row.extend(&[&person.last_name, person.first_name, person.middle_name, person.suffix, person.gender]);
    row.extend(&[person.credential, &person.medical_school, &person.graduation_year.to_string(), person.specialty.1]);
    let secondary: Vec<&str> = person.secondary_specialties.iter().map(|specialty| specialty.1).collect();
    (0..4).for_each(|which| row.push(secondary.get(which).copied().unwrap_or_default()));
    row.extend(&[&secondary.join(", "), person.telehealth]);
    match &listing.group {
        Some((name, pac_id, members)) => row.extend(&[name, pac_id, members]),
        None => row.extend(&["", "", ""]),
    }
    let place = &listing.place;
    row.extend(&[&place.street, &place.suite, place.suite_suppressed, &place.city, place.state, &place.zip]);
    let group_assignment = if listing.group.is_some() { "Y" } else { "M" };
    row.extend(&[&listing.phone, listing.accepts_assignment, group_assignment, &place.address_id]);
}
