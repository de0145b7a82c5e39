//! The common table of encounters.

use super::{CommonColumn, CommonTable, Rule, code, column};

/// The name of the table.
pub const ENCOUNTERS: &str = "encounters";

const CLASS: [&str; 8] =
    ["inpatient", "emergency", "observation", "ambulatory", "home_health", "virtual", "preadmission", "other"];
const STATUS: [&str; 4] = ["planned", "in_progress", "finished", "cancelled"];
const PAYER_TYPE: [&str; 6] = ["medicare", "medicaid", "commercial", "self_pay", "other", "unknown"];
const DIAGNOSIS_CODE_TYPE: [&str; 2] = ["icd-10-cm", "icd-9-cm"];

/// Returns the table of encounters: a row for each encounter of each feed.
///
/// # Shape
/// Keyed by `data_source` and `encounter_id`. Names are those of Tuva's input layer where it has one.
///
/// # Units
/// `charge_amount` in US dollars, `weight_kg` in kilograms; both exact.
#[must_use]
pub fn encounters() -> CommonTable {
    CommonTable {
        name: ENCOUNTERS.to_owned(),
        columns: columns(),
        key: ["data_source", "encounter_id"].map(str::to_owned).to_vec(),
        required: ["encounter_id", "patient_id", "encounter_start_date"].map(str::to_owned).to_vec(),
    }
}

fn columns() -> Vec<CommonColumn> {
    let day = || Rule::Date { not_after_delivery: false };
    vec![
        column("data_source", Rule::Made, "the feed"),
        column("encounter_id", Rule::Identifier, "the partner's own identifier of the encounter"),
        column("patient_id", Rule::Identifier, "the partner's own identifier of the person"),
        column("encounter_class", code(&CLASS, Some("other")), "the kind of encounter, as FHIR tells them apart"),
        column("encounter_status", code(&STATUS, None), "how far it is"),
        column("encounter_start_date", day(), "local date of the start"),
        column("encounter_end_date", day(), "local date of the end"),
        column("encounter_start_datetime", Rule::Timestamp, "start; null where only its date is known"),
        column("encounter_end_datetime", Rule::Timestamp, "end; null where only its date is known"),
        column("admit_source_code", Rule::Nubc(1), "NUBC point of origin"),
        column("admit_type_code", Rule::Nubc(1), "NUBC type of admission"),
        column("discharge_disposition_code", Rule::Nubc(2), "NUBC patient discharge status, two digits"),
        column("facility_ccn", Rule::Ccn, "CMS certification number of the facility"),
        column("facility_name", Rule::Text, "name of the facility, as sent"),
        column("facility_npi", Rule::Npi, "NPI of the facility"),
        column("attending_provider_npi", Rule::Npi, "NPI of the attending provider"),
        column("attending_provider_name", Rule::Text, "name of the attending provider, as sent"),
        column("primary_diagnosis_code", Rule::Made, "the first of the diagnosis codes"),
        column("diagnosis_code_type", code(&DIAGNOSIS_CODE_TYPE, None), "the code system of the diagnoses"),
        column("diagnosis_codes", Rule::Diagnoses, "in capitals, without dot, each once, in the partner's order"),
        column("ms_drg_code", Rule::Identifier, "MS-DRG, three digits"),
        column("payer", Rule::Text, "name of the payer, as sent"),
        column("payer_type", code(&PAYER_TYPE, Some("unknown")), "the kind of payer"),
        column("charge_amount", Rule::Decimal { precision: 18, scale: 2 }, "what was charged, US dollars"),
        column("weight_kg", Rule::Decimal { precision: 6, scale: 2 }, "body weight, kilograms"),
        column("updated_at", Rule::Timestamp, "the partner's last change of the row"),
        column("delivery_date", Rule::Made, "the date that the delivery declares"),
        column(
            "incomplete_fields",
            Rule::Made,
            "the columns of the feed's `complete` that are null; none if it is complete",
        ),
    ]
}
