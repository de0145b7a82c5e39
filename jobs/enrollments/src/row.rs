//! The columns of an enrollment and what they are made of.

use carelake_core::table::{Field, Kind, RowWriter};
use carelake_core::value::{Day, EnrollmentId, Npi, PacId, StateCode};
use carelake_tabular::source::Row;
use jiff::Span;
use jiff::civil::Date;

use crate::revocations::Revocation;

/// The output columns, in order.
pub const FIELDS: [Field; 26] = [
    Field::new("enrollment_id", Kind::Identifier, "PECOS enrollment id"),
    Field::new("npi", Kind::Identifier, "National Provider Identifier, 10 digits"),
    Field::new("has_multiple_npis", Kind::Boolean, "whether the enrollment has more NPIs; null before October 2025"),
    Field::new("additional_npis", Kind::Int32, "NPIs listed besides the first"),
    Field::new("pac_id", Kind::Identifier, "PECOS associate control id, 10 digits"),
    Field::new("entity_type", Kind::Text, "Individual or Organization, by the letter of the id"),
    Field::new("provider_type_code", Kind::Text, "provider type code"),
    Field::new("provider_type", Kind::Text, "provider type"),
    Field::new("first_name", Kind::Text, "first name"),
    Field::new("middle_name", Kind::Text, "middle name or initial"),
    Field::new("last_name", Kind::Text, "last name"),
    Field::new("org_name", Kind::Text, "name of an organization"),
    Field::new(
        "enrollment_date",
        Kind::Date,
        "day the enrollment record was created in PECOS, from its id; not the effective date",
    ),
    Field::new("event_type", Kind::Text, "ENROLLMENT or REVOCATION"),
    Field::new("termination_type", Kind::Text, "REVOKED, or null"),
    Field::new("termination_reason", Kind::Text, "reason of the revocation"),
    Field::new("termination_date", Kind::Date, "day the revocation takes effect"),
    Field::new("reenrollment_bar_until", Kind::Date, "day until which re-enrollment is barred"),
    Field::new(
        "enrollment_duration_days",
        Kind::Int32,
        "days from enrollment_date to the termination, else to the as-of date",
    ),
    Field::new("is_recent_enrollment", Kind::Boolean, "fewer than 180 days before the as-of date"),
    Field::new("is_stale_record", Kind::Boolean, "more than 5 calendar years before the as-of date"),
    Field::new("practice_locations", Kind::Int32, "practice locations listed"),
    Field::new(
        "secondary_specialties",
        Kind::Text,
        "distinct provider types of secondary specialties, sorted, joined with `; `",
    ),
    Field::new("reassigns_to_groups", Kind::Int32, "distinct groups that benefits are reassigned to"),
    Field::new("receives_reassignments", Kind::Int32, "distinct enrollments that reassign benefits to this one"),
    Field::new(
        "group_reassignment_rate",
        Kind::Float64,
        "share of individuals of the same state and provider type code who reassign to a group, 0 to 1; null for organizations",
    ),
];

pub(crate) const PLACES: [Field; 1] = [Field::new("state", Kind::Text, "two-letter code of the state")];
pub(crate) const PASSES_ON: &[&str] = &["has_multiple_npis", "provider_type_code", "provider_type"];

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

carelake_tabular::columns! {
    /// The extract's columns that an enrollment is made of.
    pub(crate) struct Columns {
        always enrollment_id: EnrollmentId,
        must npi: Npi,
        must has_multiple_npis: bool,
        must pac_id: PacId,
        must provider_type_code: Text,
        must provider_type: Text,
        always state: StateCode,
        must first_name: Text,
        must middle_name: Text,
        must last_name: Text,
        must org_name: Text,
    }
}

impl Columns {
    /// Writes the cells of [`FIELDS`].
    pub(crate) fn write(
        &self,
        row: &Row<'_>,
        id: EnrollmentId,
        figures: &Figures<'_>,
        as_of: Date,
        cells: &mut RowWriter<'_>,
    ) {
        let enrolled = id.day();
        let today = Day::from(as_of);
        let stale_before = as_of.checked_sub(Span::new().years(STALE_YEARS)).map_or(Day::EPOCH, Day::from);
        let revocation = figures.revocation;
        let ended = revocation.and_then(|revocation| revocation.effective);
        cells.value(Some(id));
        cells.value(row.get(self.npi));
        cells.boolean(row.get(self.has_multiple_npis));
        cells.integer(Some(figures.additional_npis));
        cells.value(row.get(self.pac_id));
        cells.text(Some(if id.is_organization() { b"Organization" } else { b"Individual" }));
        cells.text(row.text(self.provider_type_code).as_deref());
        cells.text(row.text(self.provider_type).as_deref());
        cells.text(row.text(self.first_name).as_deref());
        cells.text(row.text(self.middle_name).as_deref());
        cells.text(row.text(self.last_name).as_deref());
        cells.text(row.text(self.org_name).as_deref());
        cells.date(Some(enrolled));
        cells.text(Some(if revocation.is_some() { b"REVOCATION" } else { b"ENROLLMENT" }));
        cells.text(revocation.map(|_| &b"REVOKED"[..]));
        cells.text(revocation.and_then(|revocation| revocation.reason.as_deref()));
        cells.date(ended);
        cells.date(revocation.and_then(|revocation| revocation.barred_until));
        cells.integer(Some(i64::from(ended.unwrap_or(today).days()) - i64::from(enrolled.days())));
        cells.boolean(Some(today.days() - enrolled.days() < RECENT_DAYS));
        cells.boolean(Some(enrolled < stale_before));
        cells.integer(Some(figures.practice_locations));
        cells.text(figures.secondary_specialties);
        cells.integer(Some(figures.reassigns_to_groups));
        cells.integer(Some(figures.receives_reassignments));
        cells.float(figures.group_reassignment_rate);
        cells.place(|| row.get(self.state));
    }
}
