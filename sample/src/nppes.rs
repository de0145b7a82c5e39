//! The NPI registry: everyone of the clinicians file and the enrollment extract, and more than twice as many strangers.
//!
//! Of the 330 columns only those are filled that tell who someone is and whether they have a Medicaid identifier.

use std::borrow::Cow;

use super::country::{Country, Holder};
use super::csv::{Quotes, Row};
use super::dirt::{Damage, Dirt};
use super::error::SampleError;
use super::layout::Layout;
use super::people::Person;
use super::ppef::HolderColumns;
use super::rng::{Draws, Subject};
use super::states::STATES;
use super::writer::SourceWriter;

/// Name of the source.
pub(super) const SOURCE: &str = "nppes";

/// Groups of columns before the numbered ones.
const FIRST_COLUMNS: [&str; 20] = [
    "NPI",
    "Entity Type Code",
    "Replacement NPI",
    "Employer Identification Number (EIN)",
    "Provider Organization Name (Legal Business Name)",
    "Provider Last Name (Legal Name)",
    "Provider First Name",
    "Provider Middle Name",
    "Provider Name Prefix Text",
    "Provider Name Suffix Text",
    "Provider Credential Text",
    "Provider Other Organization Name",
    "Provider Other Organization Name Type Code",
    "Provider Other Last Name",
    "Provider Other First Name",
    "Provider Other Middle Name",
    "Provider Other Name Prefix Text",
    "Provider Other Name Suffix Text",
    "Provider Other Credential Text",
    "Provider Other Last Name Type Code",
];
/// Columns of the mailing address, then again of the practice location; `{}` is the kind of address.
const ADDRESS_COLUMNS: [&str; 8] = [
    "Provider First Line Business {} Address",
    "Provider Second Line Business {} Address",
    "Provider Business {} Address City Name",
    "Provider Business {} Address State Name",
    "Provider Business {} Address Postal Code",
    "Provider Business {} Address Country Code (If outside U.S.)",
    "Provider Business {} Address Telephone Number",
    "Provider Business {} Address Fax Number",
];
const MIDDLE_COLUMNS: [&str; 11] = [
    "Provider Enumeration Date",
    "Last Update Date",
    "NPI Deactivation Reason Code",
    "NPI Deactivation Date",
    "NPI Reactivation Date",
    "Provider Sex Code",
    "Authorized Official Last Name",
    "Authorized Official First Name",
    "Authorized Official Middle Name",
    "Authorized Official Title or Position",
    "Authorized Official Telephone Number",
];
/// Columns that are there 15 times.
const TAXONOMY_COLUMNS: [&str; 4] = [
    "Healthcare Provider Taxonomy Code_{}",
    "Provider License Number_{}",
    "Provider License Number State Code_{}",
    "Healthcare Provider Primary Taxonomy Switch_{}",
];
const TAXONOMIES: usize = 15;
/// Columns that are there 50 times.
const IDENTIFIER_COLUMNS: [&str; 4] = [
    "Other Provider Identifier_{}",
    "Other Provider Identifier Type Code_{}",
    "Other Provider Identifier State_{}",
    "Other Provider Identifier Issuer_{}",
];
const IDENTIFIERS: usize = 50;
const LAST_COLUMNS: [&str; 7] = [
    "Is Sole Proprietor",
    "Is Organization Subpart",
    "Parent Organization LBN",
    "Parent Organization TIN",
    "Authorized Official Name Prefix Text",
    "Authorized Official Name Suffix Text",
    "Authorized Official Credential Text",
];

const DIRT: [Dirt; 5] = [
    Dirt::rejected("NPI", Damage::WrongCheckDigit),
    Dirt::rejected("NPI", Damage::DigitMore),
    Dirt::rejected("Provider Credential Text", Damage::Undecodable),
    Dirt::rejected("NPI", Damage::FieldLost),
    Dirt::mended("NPI", Damage::NineDigits),
];

pub(super) fn layout() -> Layout {
    Layout {
        dirt: &DIRT,
        quotes: Quotes::Always,
        header_quotes: Quotes::Always,
        ..Layout::utf8(SOURCE, "npidata_pfile_20050523-20260712.csv", Cow::Owned(header()))
    }
}

fn header() -> String {
    let addresses = ["Mailing", "Practice Location"];
    let addresses = addresses.iter().flat_map(|kind| ADDRESS_COLUMNS.map(|column| column.replace("{}", kind)));
    let numbered = |columns: [&'static str; 4], times: usize| {
        (1..=times).flat_map(move |number| columns.map(|column| column.replace("{}", &number.to_string())))
    };
    let groups = (1..=TAXONOMIES).map(|number| format!("Healthcare Provider Taxonomy Group_{number}"));
    let names: Vec<String> = (FIRST_COLUMNS.iter().map(ToString::to_string))
        .chain(addresses)
        .chain(MIDDLE_COLUMNS.iter().map(ToString::to_string))
        .chain(numbered(TAXONOMY_COLUMNS, TAXONOMIES))
        .chain(numbered(IDENTIFIER_COLUMNS, IDENTIFIERS))
        .chain(LAST_COLUMNS.iter().map(ToString::to_string))
        .chain(groups)
        .chain(["Certification Date".to_owned()])
        .collect();
    names.join(",")
}

/// The nation has 9.6 million for its 2.8 million clinician rows.
pub(super) const fn expected_rows(country: &Country) -> u64 {
    country.rows * 96 / 28
}

pub(super) fn write_rows(country: &Country, out: &mut SourceWriter) -> Result<(), SampleError> {
    let holders = (0..country.clinicians)
        .map(Holder::Clinician)
        .chain((0..country.others).map(Holder::Other))
        .chain((0..country.organizations()).map(Holder::Organization));
    let mut rows = 0;
    for holder in holders {
        let columns = HolderColumns::new(country, holder);
        write_row(out.row(), country.npi(holder), &columns, country.draws(Subject::Registry, rows));
        out.end_row()?;
        rows += 1;
    }
    let strangers = expected_rows(country).saturating_sub(rows);
    for stranger in 0..strangers {
        let draws = country.draws(Subject::Registry, rows + stranger);
        let person = Person::draw(draws.clone());
        let columns = HolderColumns {
            provider_type: Person::provider_type(person.specialty),
            first_name: person.first_name,
            middle_name: person.middle_name,
            last_name: person.last_name,
            organization: String::new(),
        };
        write_row(out.row(), country.stranger_npi(stranger, strangers), &columns, draws);
        out.end_row()?;
    }
    Ok(())
}

fn write_row(row: &mut Row, npi: u64, columns: &HolderColumns, mut draws: Draws) {
    let entity_type = if columns.organization.is_empty() { "1" } else { "2" };
    row.extend(&[&npi.to_string(), entity_type, "", "", &columns.organization, &columns.last_name]);
    row.extend(&[columns.first_name, columns.middle_name]);
    push_blanks(row, FIRST_COLUMNS.len() - 8 + 2 * ADDRESS_COLUMNS.len() + MIDDLE_COLUMNS.len() + 4 * TAXONOMIES);
    // Four in ten have a Medicaid identifier (type 05), now and then after an identifier of another kind (01).
    let has_medicaid = draws.percent(40);
    let others = if draws.percent(20) { 1 + draws.below(3) as usize } else { 0 };
    for _ in 0..others {
        row.extend(&[&draws.below(1_000_000).to_string(), "01", draws.pick(&STATES).code, "INVENTED PLAN"]);
    }
    if has_medicaid {
        row.extend(&[&draws.below(10_000_000).to_string(), "05", draws.pick(&STATES).code, ""]);
    }
    push_blanks(row, 4 * (IDENTIFIERS - others - usize::from(has_medicaid)));
    push_blanks(row, LAST_COLUMNS.len() + TAXONOMIES + 1);
}

fn push_blanks(row: &mut Row, count: usize) {
    (0..count).for_each(|_| row.push(""));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_has_330_columns() {
        assert_eq!(layout().columns().count(), 330);
    }
}
