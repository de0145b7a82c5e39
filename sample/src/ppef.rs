//! The enrollment extract of the PPEF family: one row for each enrollment, in the order of the ids without their letter.

use super::country::{Country, Holder};
use super::csv::Row;
use super::dirt::{Damage, Dirt};
use super::error::SampleError;
use super::identifiers::pac_id;
use super::layout::Layout;
use super::people::Person;
use super::writer::SourceWriter;

const HEADER: &str = "NPI,MULTIPLE_NPI_FLAG,PECOS_ASCT_CNTL_ID,ENRLMT_ID,PROVIDER_TYPE_CD,PROVIDER_TYPE_DESC,STATE_CD,\
    FIRST_NAME,MDL_NAME,LAST_NAME,ORG_NAME";

const DIRT: [Dirt; 13] = [
    Dirt::rejected("ENRLMT_ID", Damage::Put("I20231345000001")),
    Dirt::rejected("NPI", Damage::WrongCheckDigit),
    Dirt::rejected("NPI", Damage::DigitMore),
    Dirt::rejected("STATE_CD", Damage::Put("ONTARIO")),
    Dirt::rejected("PROVIDER_TYPE_DESC", Damage::Undecodable),
    Dirt::rejected("ORG_NAME", Damage::FieldMore),
    Dirt::mended("NPI", Damage::NineDigits),
    Dirt::mended("STATE_CD", Damage::Untidy),
    Dirt::mended("PECOS_ASCT_CNTL_ID", Damage::ZerosLost),
    Dirt::mended("PECOS_ASCT_CNTL_ID", Damage::Put("?123456789")),
    Dirt::mended("MULTIPLE_NPI_FLAG", Damage::Put("Q")),
    Dirt::mended("LAST_NAME", Damage::Untidy),
    Dirt::mended("ENRLMT_ID", Damage::Twice),
];

pub(super) fn layout() -> Layout {
    let file = "PPEF_Enrollment_Extract_2026.07.17.csv";
    Layout { dirt: &DIRT, ..Layout::windows_1252("ppef_enrollment", file, HEADER) }
}

pub(super) const fn expected_rows(country: &Country) -> u64 {
    country.enrollments()
}

pub(super) fn write_rows(country: &Country, out: &mut SourceWriter) -> Result<(), SampleError> {
    let enrollments = (0..country.enrollments()).map(|place| country.enrollment_at(place));
    for enrollment in enrollments.filter(|&enrollment| country.is_extracted(enrollment)) {
        write_row(out.row(), country, enrollment);
        out.end_row()?;
    }
    Ok(())
}

fn write_row(row: &mut Row, country: &Country, enrollment: u64) {
    let holder = country.holder(enrollment);
    let npi = country.npi(holder);
    row.extend(&[&npi.to_string(), flag(country, enrollment), &pac_id(npi), &country.enrollment_id(enrollment)]);
    let HolderColumns { provider_type: (code, description), first_name, middle_name, last_name, organization } =
        HolderColumns::new(country, holder);
    row.extend(&[&code, &description, country.state_code(enrollment)]);
    row.extend(&[first_name, middle_name, &last_name, &organization]);
}

/// Says whether an enrollment has further NPIs.
pub(super) fn flag(country: &Country, enrollment: u64) -> &'static str {
    if country.additional_npis(enrollment) > 0 { "Y" } else { "N" }
}

/// What the extract says of a holder: names of a person, or the name of an organization.
pub(super) struct HolderColumns {
    /// Code and description.
    pub(super) provider_type: (String, String),
    pub(super) first_name: &'static str,
    pub(super) middle_name: &'static str,
    pub(super) last_name: String,
    pub(super) organization: String,
}

impl HolderColumns {
    pub(super) fn new(country: &Country, holder: Holder) -> Self {
        let person = match holder {
            Holder::Clinician(number) => country.clinician(number),
            Holder::Other(number) => country.other(number),
            Holder::Organization(number) => {
                let organization = country.organization(number);
                let (code, description) = organization.provider_type;
                return Self {
                    provider_type: (code.to_owned(), description.to_owned()),
                    first_name: "",
                    middle_name: "",
                    last_name: String::new(),
                    organization: organization.name,
                };
            }
        };
        Self {
            provider_type: Person::provider_type(person.specialty),
            first_name: person.first_name,
            middle_name: person.middle_name,
            last_name: person.last_name,
            organization: String::new(),
        }
    }
}
