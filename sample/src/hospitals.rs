//! Hospital General Information: a row for each hospital, in the order of the certification numbers' states.

use std::borrow::Cow;

use super::country::Country;
use super::csv::Quotes;
use super::dirt::{Damage, Dirt};
use super::error::SampleError;
use super::hospital::{Hospital, HospitalKind};
use super::layout::Layout;
use super::places::{city, phone};
use super::vocabulary::HOSPITAL_OWNERS;
use super::writer::SourceWriter;

const HEADER: &str = "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,County/Parish,Telephone Number,Hospital Type,\
    Hospital Ownership,Emergency Services,Meets criteria for birthing friendly designation,Hospital overall rating,\
    Hospital overall rating footnote,MORT Group Measure Count,Count of Facility MORT Measures,Count of MORT Measures Better,\
    Count of MORT Measures No Different,Count of MORT Measures Worse,MORT Group Footnote,Safety Group Measure Count,\
    Count of Facility Safety Measures,Count of Safety Measures Better,Count of Safety Measures No Different,\
    Count of Safety Measures Worse,Safety Group Footnote,READM Group Measure Count,Count of Facility READM Measures,\
    Count of READM Measures Better,Count of READM Measures No Different,Count of READM Measures Worse,READM Group Footnote,\
    Pt Exp Group Measure Count,Count of Facility Pt Exp Measures,Pt Exp Group Footnote,TE Group Measure Count,\
    Count of Facility TE Measures,TE Group Footnote";

/// Columns after the rating: footnotes and counts of measures.
const MEASURES: usize = 25;

const DIRT: [Dirt; 11] = [
    Dirt::mended("Facility ID", Damage::ZerosLost),
    Dirt::rejected("Facility ID", Damage::Put("A20001")),
    Dirt::rejected("State", Damage::Put("XX")),
    Dirt::rejected("City/Town", Damage::Undecodable),
    Dirt::rejected("TE Group Footnote", Damage::FieldLost),
    Dirt::mended("ZIP Code", Damage::Put("K1A 0B1")),
    Dirt::mended("Telephone Number", Damage::Put("NONE")),
    Dirt::mended("Hospital overall rating", Damage::Put("7")),
    Dirt::mended("Emergency Services", Damage::Put("Maybe")),
    Dirt::mended("State", Damage::Untidy),
    Dirt::mended("Facility ID", Damage::Twice),
];

pub(super) fn layout() -> Layout {
    let source = "hospital_general_information";
    Layout {
        dirt: &DIRT,
        header_quotes: Quotes::Always,
        // A hospital feed accepts one reject in four rows.
        rows_per_reject: 10,
        has_blank_tail: true,
        ..Layout::utf8(source, "Hospital_General_Information.csv", Cow::Borrowed(HEADER))
    }
}

pub(super) fn expected_rows(country: &Country) -> u64 {
    country.hospitals.total()
}

pub(super) fn write_rows(country: &Country, out: &mut SourceWriter) -> Result<(), SampleError> {
    for number in 0..country.hospitals.total() {
        let mut hospital = Hospital::of(country, number);
        let ccn = hospital.ccn();
        let draws = &mut hospital.draws;
        let street = if draws.one_in(50) {
            format!("{},\nBUILDING 2", hospital.place.street)
        } else {
            hospital.place.street.clone()
        };
        let zip: String = hospital.place.zip.chars().take(5).collect();
        let kind = match hospital.kind {
            HospitalKind::AcuteCare => "Acute Care Hospitals",
            HospitalKind::CriticalAccess => "Critical Access Hospitals",
            HospitalKind::Psychiatric => "Psychiatric",
        };
        let row = out.row();
        row.extend(&[&ccn, &hospital.name, &street, &hospital.place.city, hospital.place.state, &zip]);
        row.extend(&[&city(draws), &with_dashes(&phone(draws)), kind, draws.pick(&HOSPITAL_OWNERS)]);
        row.push(if draws.percent(84) { "Yes" } else { "No" });
        row.push(if draws.percent(42) { "Y" } else { "" });
        let rating = if draws.percent(55) { (1 + draws.below(5)).to_string() } else { "Not Available".to_owned() };
        row.push(&rating);
        for _ in 0..MEASURES {
            row.push(draws.pick(&["7", "8", "11", "Not Available", "0", "3", ""]));
        }
        out.end_row()?;
    }
    Ok(())
}

/// Writes ten digits as this file does: `(928) 555-7001`.
fn with_dashes(phone: &str) -> String {
    let digits = |from, count| -> String { phone.chars().skip(from).take(count).collect() };
    format!("({}) {}-{}", digits(0, 3), digits(3, 3), digits(6, 4))
}
