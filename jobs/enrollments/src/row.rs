//! The columns of an enrollment and what they are made of.

use carelake_core::value::{Day, EnrollmentId, Npi, PacId, StateCode};
use carelake_tabular::source::Row;
use jiff::Span;
use jiff::civil::Date;

use crate::revocations::Revocation;

/// Days after which an enrollment is no longer recent.
const RECENT_DAYS: i32 = 180;
/// Calendar years after which a record is stale.
const STALE_YEARS: i64 = 5;

/// What the sub-files say of an enrollment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures<'f> {
    pub additional_npis: u32,
    pub practice_locations: u32,
    pub reassigns_to_groups: u32,
    pub receives_reassignments: u32,
    pub secondary_specialties: Option<&'f [u8]>,
    pub revocation: Option<&'f Revocation>,
    pub group_reassignment_rate: Option<f64>,
}

carelake_tabular::table! {
    /// The extract's columns that an enrollment is made of.
    pub(crate) struct Columns;

    /// Writes an enrollment.
    pub(crate) fn write(columns, row: &Row<'_>, id: EnrollmentId, figures: &Figures<'_>, as_of: Date) {
        let enrolled = id.day();
        let today = Day::from(as_of);
        let stale_before = as_of.checked_sub(Span::new().years(STALE_YEARS)).map_or(Day::EPOCH, Day::from);
        let revocation = figures.revocation;
        let ended = revocation.and_then(|revocation| revocation.effective);
    }

    always enrollment_id: EnrollmentId as Identifier = Some(id), "PECOS enrollment id";
    must npi: Npi as Identifier, "National Provider Identifier, 10 digits";
    must has_multiple_npis: bool, "whether the enrollment has more NPIs; null before October 2025";
    made additional_npis: Int32 = Some(figures.additional_npis), "NPIs listed besides the first";
    must pac_id: PacId as Identifier, "PECOS associate control id, 10 digits";
    made entity_type: Text = Some(if id.is_organization() { "Organization" } else { "Individual" }), "Individual or Organization, by the letter of the id";
    must provider_type_code: Text, "provider type code";
    must provider_type: Text, "provider type";
    must first_name: Text, "first name";
    must middle_name: Text, "middle name or initial";
    must last_name: Text, "last name";
    must org_name: Text, "name of an organization";
    made enrollment_date: Date = Some(enrolled), "day the enrollment record was created in PECOS, from its id; not the effective date";
    made event_type: Text = Some(if revocation.is_some() { "REVOCATION" } else { "ENROLLMENT" }), "ENROLLMENT or REVOCATION";
    made termination_type: Text = revocation.map(|_| "REVOKED"), "REVOKED, or null";
    made termination_reason: Text = revocation.and_then(|revocation| revocation.reason.as_deref()), "reason of the revocation";
    made termination_date: Date = ended, "day the revocation takes effect";
    made reenrollment_bar_until: Date = revocation.and_then(|revocation| revocation.barred_until), "day until which re-enrollment is barred";
    made enrollment_duration_days: Int32 = Some(i64::from(ended.unwrap_or(today).days()) - i64::from(enrolled.days())), "days from enrollment_date to the termination, else to the as-of date";
    made is_recent_enrollment: Boolean = Some(today.days() - enrolled.days() < RECENT_DAYS), "fewer than 180 days before the as-of date";
    made is_stale_record: Boolean = Some(enrolled < stale_before), "more than 5 calendar years before the as-of date";
    made practice_locations: Int32 = Some(figures.practice_locations), "practice locations listed";
    made secondary_specialties: Text = figures.secondary_specialties, "distinct provider types of secondary specialties, sorted, joined with `; `";
    made reassigns_to_groups: Int32 = Some(figures.reassigns_to_groups), "distinct groups that benefits are reassigned to";
    made receives_reassignments: Int32 = Some(figures.receives_reassignments), "distinct enrollments that reassign benefits to this one";
    made group_reassignment_rate: Float64 = figures.group_reassignment_rate, "share of individuals of the same state and provider type code who reassign to a group, 0 to 1; null for organizations";
    place state: StateCode, "two-letter code of the state";
}
