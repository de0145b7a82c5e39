//! The common table of persons.

use super::{CommonColumn, CommonTable, Rule, code, column};

/// The name of the table.
pub const PERSONS: &str = "persons";

const SEX: [&str; 4] = ["female", "male", "other", "unknown"];
const RACE: [&str; 7] = [
    "american indian or alaska native",
    "asian",
    "black or african american",
    "native hawaiian or other pacific islander",
    "white",
    "other race",
    "unknown",
];
const ETHNICITY: [&str; 3] = ["hispanic or latino", "not hispanic or latino", "unknown"];

/// Returns the table of persons: a row for each person of each feed.
///
/// # Shape
/// Keyed by `data_source` and `patient_id`. Names are those of Tuva's input layer where it has one.
#[must_use]
pub fn persons() -> CommonTable {
    CommonTable {
        name: PERSONS.to_owned(),
        columns: columns(),
        key: ["data_source", "patient_id"].map(str::to_owned).to_vec(),
        required: vec!["patient_id".to_owned()],
    }
}

fn columns() -> Vec<CommonColumn> {
    let day = || Rule::Date { not_after_delivery: true };
    vec![
        column("data_source", Rule::Made, "the feed"),
        column("patient_id", Rule::Identifier, "the partner's own identifier of the person, zeros kept"),
        column("last_name", Rule::Text, "family name, as sent"),
        column("first_name", Rule::Text, "given name, as sent"),
        column("middle_name", Rule::Text, "middle name or initial, as sent"),
        column("name_suffix", Rule::Text, "JR, SR, II and the like"),
        column("birth_date", day(), "date of birth"),
        column("death_date", day(), "date of death"),
        column("sex", code(&SEX, Some("unknown")), "administrative gender, codes of FHIR"),
        column("race", code(&RACE, Some("unknown")), "categories of OMB"),
        column("ethnicity", code(&ETHNICITY, Some("unknown")), "categories of OMB"),
        column("language", Rule::Text, "preferred language, ISO 639-1 in lower case"),
        column("social_security_number", Rule::Ssn, "nine digits; only where a feed maps it"),
        column("ssn_last4", Rule::SsnLast4, "the last four digits of the social security number"),
        column("medicare_id", Rule::Mbi, "Medicare beneficiary identifier, 11 characters"),
        column("medicaid_id", Rule::Identifier, "identifier of the state's Medicaid"),
        column("member_id", Rule::Identifier, "the payer's number of the member"),
        column("address", Rule::Text, "street address"),
        column("address_line_2", Rule::Text, "its second line"),
        column("city", Rule::Text, "city"),
        column("state", Rule::State, "two letters"),
        column("zip_code", Rule::Zip, "five or nine digits"),
        column("county", Rule::Text, "county"),
        column("phone", Rule::Phone, "ten digits"),
        column("email", Rule::Email, "in lower case"),
        column("updated_at", Rule::Timestamp, "the partner's last change of the row"),
        column("delivery_date", Rule::Made, "the date that the delivery declares"),
        column(
            "incomplete_fields",
            Rule::Made,
            "the columns of the feed's `complete` that are null; none if it is complete",
        ),
    ]
}
