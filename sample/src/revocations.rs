//! The revocation list: enrollments that CMS ended. A third of them are no longer in the extract.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::country::Country;
use super::dirt::{Damage, Dirt};
use super::error::SampleError;
use super::layout::Layout;
use super::ppef::{HolderColumns, flag};
use super::rng::Subject;
use super::vocabulary::REVOCATION_REASONS;
use super::writer::SourceWriter;

const HEADER: &str = "ENRLMT_ID,NPI,FIRST_NAME,MDL_NAME,LAST_NAME,ORG_NAME,MULTIPLE_NPI_FLAG,STATE_CD,PROVIDER_TYPE_DESC,\
    REVOCATION_RSN,REVOCATION_EFCTV_DT,REENROLLMENT_BAR_EXPRTN_DT";

const DIRT: [Dirt; 5] = [
    Dirt::rejected("ENRLMT_ID", Damage::Put("I20231345000001")),
    Dirt::rejected("PROVIDER_TYPE_DESC", Damage::Undecodable),
    Dirt::mended("REVOCATION_EFCTV_DT", Damage::Put("02/30/2010")),
    Dirt::mended("REENROLLMENT_BAR_EXPRTN_DT", Damage::Put("2029-04-01")),
    Dirt::mended("REVOCATION_EFCTV_DT", Damage::Put("4/1/2019")),
];

/// Revocations take effect from this day on.
const FIRST_DAY: Date = date(2016, 1, 1);

pub(super) fn layout() -> Layout {
    Layout { dirt: &DIRT, ..Layout::windows_1252("revocations", "Revocation_Extract_2026.07.30.csv", HEADER) }
}

/// The nation has 5,000 for its 2.8 million clinician rows; a small sample has enough to show some of each kind.
pub(super) fn expected_rows(country: &Country) -> u64 {
    (country.rows * 5 / 2_800).max(20)
}

pub(super) fn write_rows(country: &Country, out: &mut SourceWriter) -> Result<(), SampleError> {
    let count = expected_rows(country);
    for number in 0..count {
        let enrollment = country.enrollment_at(number * country.enrollments() / count);
        let holder = country.holder(enrollment);
        let columns = HolderColumns::new(country, holder);
        let mut draws = country.draws(Subject::Revocation, number);
        let id = if draws.percent(35) {
            country.departed_enrollment_id(enrollment)
        } else {
            country.enrollment_id(enrollment)
        };
        let effective = FIRST_DAY.saturating_add((draws.below(3_600) as i64).days());
        let bar_until = effective.saturating_add((1 + draws.below(10) as i64).years());
        let bar_until = if draws.percent(95) { bar_until.strftime("%m/%d/%Y").to_string() } else { String::new() };
        let row = out.row();
        row.extend(&[&id, &country.npi(holder).to_string(), columns.first_name, columns.middle_name]);
        row.extend(&[&columns.last_name, &columns.organization, flag(country, enrollment)]);
        row.extend(&[country.state_code(enrollment), &columns.provider_type.1]);
        row.extend(&[draws.pick_early(&REVOCATION_REASONS), &effective.strftime("%m/%d/%Y").to_string(), &bar_until]);
        out.end_row()?;
    }
    Ok(())
}
