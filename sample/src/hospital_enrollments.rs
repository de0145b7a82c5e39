//! Hospital Enrollments: a row for each hospital and for each of its certified units.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::country::Country;
use super::csv::Row;
use super::dirt::{Damage, Dirt};
use super::error::SampleError;
use super::hospital::{Hospital, HospitalKind};
use super::identifiers::pac_id;
use super::layout::Layout;
use super::writer::SourceWriter;

const HEADER: &str = "ENROLLMENT ID,ENROLLMENT STATE,PROVIDER TYPE CODE,PROVIDER TYPE TEXT,NPI,MULTIPLE NPI FLAG,CCN,\
    ASSOCIATE ID,ORGANIZATION NAME,DOING BUSINESS AS NAME,INCORPORATION DATE,INCORPORATION STATE,ORGANIZATION TYPE STRUCTURE,\
    ORGANIZATION OTHER TYPE TEXT,PROPRIETARY NONPROFIT,ADDRESS LINE 1,ADDRESS LINE 2,CITY,STATE,ZIP CODE,PRACTICE LOCATION TYPE,\
    LOCATION OTHER TYPE TEXT,SUBGROUP - GENERAL,SUBGROUP - ACUTE CARE,SUBGROUP - ALCOHOL DRUG,SUBGROUP - CHILDRENS,\
    SUBGROUP - LONG-TERM,SUBGROUP - PSYCHIATRIC,SUBGROUP - REHABILITATION,SUBGROUP - SHORT-TERM,SUBGROUP - SWING-BED APPROVED,\
    SUBGROUP - PSYCHIATRIC UNIT,SUBGROUP - REHABILITATION UNIT,SUBGROUP - SPECIALTY HOSPITAL,SUBGROUP - OTHER,\
    SUBGROUP - OTHER TEXT,REH CONVERSION FLAG,REH CONVERSION DATE,CAH OR HOSPITAL CCN";

const DIRT: [Dirt; 15] = [
    Dirt::mended("CCN", Damage::ZerosLost),
    Dirt::rejected("CCN", Damage::Put("")),
    Dirt::rejected("ENROLLMENT ID", Damage::Put("O20231345000001")),
    Dirt::rejected("NPI", Damage::WrongCheckDigit),
    Dirt::rejected("NPI", Damage::DigitMore),
    Dirt::rejected("STATE", Damage::Put("XX")),
    Dirt::rejected("CITY", Damage::Undecodable),
    Dirt::rejected("CAH OR HOSPITAL CCN", Damage::FieldMore),
    Dirt::mended("NPI", Damage::NineDigits),
    Dirt::mended("ASSOCIATE ID", Damage::Put("?123456789")),
    Dirt::mended("ZIP CODE", Damage::Put("K1A 0B1")),
    Dirt::mended("INCORPORATION DATE", Damage::Put("13/45/2001")),
    Dirt::mended("INCORPORATION DATE", Damage::Put("2019-04-01")),
    Dirt::mended("CCN", Damage::Untidy),
    Dirt::mended("ENROLLMENT ID", Damage::Twice),
];

/// The earliest incorporation in the real file is of this year.
const FIRST_DAY: Date = date(1898, 1, 1);
/// Days from then to the end of 2024.
const DAYS: u64 = 46_385;

pub(super) fn layout() -> Layout {
    let file = "Hospital_Enrollments_2026.07.01.csv";
    // A hospital feed accepts one reject in four rows.
    Layout { dirt: &DIRT, rows_per_reject: 10, ..Layout::windows_1252("hospital_enrollments", file, HEADER) }
}

/// The nation has 9,200 for its 5,400 hospitals.
pub(super) fn expected_rows(country: &Country) -> u64 {
    country.hospitals.total() * 92 / 54
}

pub(super) fn write_rows(country: &Country, out: &mut SourceWriter) -> Result<(), SampleError> {
    for number in 0..country.hospitals.total() {
        let mut hospital = Hospital::of(country, number);
        write_row(out.row(), country, &mut hospital, Part::Whole);
        out.end_row()?;
        if hospital.kind == HospitalKind::Psychiatric {
            continue;
        }
        for part in [Part::PsychiatricUnit, Part::RehabilitationUnit] {
            if hospital.draws.percent(39) {
                write_row(out.row(), country, &mut hospital, part);
                out.end_row()?;
            }
        }
    }
    Ok(())
}

/// What of a hospital is enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole = 0,
    PsychiatricUnit = 1,
    RehabilitationUnit = 2,
}

const PARTS: u64 = 3;

fn write_row(row: &mut Row, country: &Country, hospital: &mut Hospital, part: Part) {
    let number = hospital.number * PARTS + part as u64;
    let npi = country.hospital_npi(number, country.hospitals.total() * PARTS);
    let owner = country.hospital_npi(hospital.number * PARTS, country.hospitals.total() * PARTS);
    let is_critical = hospital.kind == HospitalKind::CriticalAccess;
    let (ccn, location) = match (part, is_critical) {
        (Part::Whole, _) => (hospital.ccn(), "MAIN/PRIMARY HOSPITAL LOCATION"),
        (Part::PsychiatricUnit, false) => (hospital.unit_ccn('S'), "HOSPITAL PSYCHIATRIC UNIT"),
        (Part::PsychiatricUnit, true) => (hospital.unit_ccn('M'), "HOSPITAL PSYCHIATRIC UNIT"),
        (Part::RehabilitationUnit, false) => (hospital.unit_ccn('T'), "HOSPITAL REHABILITATION UNIT"),
        (Part::RehabilitationUnit, true) => (hospital.unit_ccn('R'), "HOSPITAL REHABILITATION UNIT"),
    };
    let (code, text) = if is_critical {
        ("00-85", "PART A PROVIDER - CRITICAL ACCESS HOSPITAL")
    } else {
        ("00-09", "PART A PROVIDER - HOSPITAL")
    };
    let (place, state) = (hospital.place.clone(), hospital.state_code());
    let draws = &mut hospital.draws;
    // An even serial number: the enrollment extract has only odd ones.
    let id = country.outside_enrollment_id(draws, number * 2 + 2);
    let incorporated = if draws.percent(88) {
        FIRST_DAY.saturating_add((draws.below(DAYS) as i64).days()).strftime("%m/%d/%Y").to_string()
    } else {
        String::new()
    };
    let suffix = if draws.percent(5) { " DE SAN ORVÍN, INC" } else { " LLC" };
    let organization = format!("{}{suffix}", hospital.name);
    let known_as = if draws.percent(70) { hospital.name.as_str() } else { "" };
    row.extend(&[
        &id,
        state,
        code,
        text,
        &npi.to_string(),
        if draws.percent(10) { "Y" } else { "N" },
        &ccn,
        &pac_id(owner),
    ]);
    row.extend(&[
        &organization,
        known_as,
        &incorporated,
        state,
        draws.pick(&["CORPORATION", "LLC", "PARTNERSHIP"]),
        "",
    ]);
    row.extend(&[
        draws.pick(&["P", "N"]),
        &place.street,
        &place.suite,
        &place.city,
        place.state,
        &place.zip,
        location,
        "",
    ]);
    row.extend(&["N", flag(!is_critical), "N", "N", "N", flag(hospital.kind == HospitalKind::Psychiatric), "N"]);
    row.extend(&[
        flag(part == Part::Whole),
        "N",
        flag(part == Part::PsychiatricUnit),
        flag(part == Part::RehabilitationUnit),
    ]);
    row.extend(&["N", "N", "", "N", "", ""]);
}

const fn flag(is_so: bool) -> &'static str {
    if is_so { "Y" } else { "N" }
}
