//! The columns of a clinician and what they are made of.

use carelake_core::table::{Field, Kind, RowWriter};
use carelake_core::value::{EnrollmentId, Npi, PacId, Phone, StateCode, Zip};
use carelake_tabular::codes::Groups;
use carelake_tabular::source::Row;
use jiff::civil::Date;

/// The output columns, in order.
pub const FIELDS: [Field; 30] = [
    Field::new("npi", Kind::Identifier, "National Provider Identifier, 10 digits"),
    Field::new("pac_id", Kind::Identifier, "PECOS associate control id of the clinician, 10 digits"),
    Field::new("enrollment_id", Kind::Identifier, "PECOS enrollment id"),
    Field::new(
        "enrollment_date",
        Kind::Date,
        "day the enrollment record was created in PECOS, from its id; not the effective date",
    ),
    Field::new("years_enrolled", Kind::Int16, "whole anniversaries of enrollment_date up to the as-of date"),
    Field::new("last_name", Kind::Text, "last name"),
    Field::new("first_name", Kind::Text, "first name"),
    Field::new("middle_name", Kind::Text, "middle name or initial"),
    Field::new("suffix", Kind::Text, "name suffix"),
    Field::new("gender", Kind::Text, "gender as published"),
    Field::new("credential", Kind::Text, "credential as published"),
    Field::new(
        "credential_group",
        Kind::Text,
        "Physician, Mid-Level, Nursing or Other, by the code list credential_groups",
    ),
    Field::new("medical_school", Kind::Text, "medical school"),
    Field::new("graduation_year", Kind::Int16, "year of graduation"),
    Field::new("primary_specialty", Kind::Text, "primary specialty"),
    Field::new("secondary_specialties", Kind::Text, "all secondary specialties, as published"),
    Field::new("dq_has_specialty", Kind::Boolean, "whether a primary specialty is given"),
    Field::new("telehealth", Kind::Boolean, "whether telehealth is offered; blank means no"),
    Field::new("practice_id", Kind::Text, "PAC id of the group practice, 10 digits"),
    Field::new("practice_name", Kind::Text, "name of the group practice"),
    Field::new("group_members", Kind::Int32, "members of the group practice"),
    Field::new("address_line_1", Kind::Text, "street address"),
    Field::new("address_line_2", Kind::Text, "suite or floor"),
    Field::new("address_line_2_suppressed", Kind::Boolean, "whether the second line is suppressed; blank means no"),
    Field::new("city", Kind::Text, "city"),
    Field::new("zip", Kind::Text, "ZIP code, 5 or 9 digits"),
    Field::new("phone", Kind::Text, "telephone number, 10 to 15 digits"),
    Field::new("accepts_assignment", Kind::Text, "Y: accepts Medicare assignment; M: may"),
    Field::new("group_assignment", Kind::Text, "Y: the group accepts Medicare assignment; M: may"),
    Field::new("address_id", Kind::Text, "CMS id of the address"),
];

pub(crate) const PLACES: [Field; 1] = [Field::new("state", Kind::Text, "two-letter code of the state")];
pub(crate) const PASSES_ON: &[&str] =
    &["graduation_year", "gender", "telehealth", "credential", "primary_specialty", "practice_name"];

carelake_tabular::columns! {
    /// The source's columns that a clinician is made of.
    pub(crate) struct Columns {
        always npi: Npi,
        must pac_id: PacId,
        must enrollment_id: EnrollmentId,
        must last_name: Text,
        must first_name: Text,
        must middle_name: Text,
        must suffix: Text,
        must gender: Text,
        must credential: Text,
        must medical_school: Text,
        must graduation_year: i16,
        must primary_specialty: Text,
        must secondary_specialties: Text,
        must telehealth: bool,
        must practice_id: PacId,
        must practice_name: Text,
        must group_members: i32,
        must address_line_1: Text,
        must address_line_2: Text,
        must address_line_2_suppressed: bool,
        must city: Text,
        always state: StateCode,
        must zip: Zip,
        must phone: Phone,
        must accepts_assignment: Text,
        must group_assignment: Text,
        must address_id: Text,
        may status: Text,
    }
}

impl Columns {
    /// Writes the cells of [`FIELDS`].
    pub(crate) fn write(&self, row: &Row<'_>, as_of: Date, groups: &Groups, cells: &mut RowWriter<'_>) {
        let enrollment = row.get(self.enrollment_id);
        let enrolled = enrollment.map(EnrollmentId::day);
        let credential = row.text(self.credential);
        let specialty = row.text(self.primary_specialty);
        cells.value(row.get(self.npi));
        cells.value(row.get(self.pac_id));
        cells.value(enrollment);
        cells.date(enrolled);
        cells.integer(enrolled.map(|day| day.anniversaries(as_of)));
        cells.text(row.text(self.last_name).as_deref());
        cells.text(row.text(self.first_name).as_deref());
        cells.text(row.text(self.middle_name).as_deref());
        cells.text(row.text(self.suffix).as_deref());
        cells.text(row.text(self.gender).as_deref());
        cells.text(credential.as_deref());
        cells.text(Some(groups.of(credential.as_deref()).as_bytes()));
        cells.text(row.text(self.medical_school).as_deref());
        cells.integer(row.get(self.graduation_year));
        cells.text(specialty.as_deref());
        cells.text(row.text(self.secondary_specialties).as_deref());
        cells.boolean(Some(specialty.is_some()));
        cells.boolean(row.get(self.telehealth));
        cells.value(row.get(self.practice_id));
        cells.text(row.text(self.practice_name).as_deref());
        cells.integer(row.get(self.group_members));
        cells.text(row.text(self.address_line_1).as_deref());
        cells.text(row.text(self.address_line_2).as_deref());
        cells.boolean(row.get(self.address_line_2_suppressed));
        cells.text(row.text(self.city).as_deref());
        cells.value(row.get(self.zip));
        cells.value(row.get(self.phone));
        cells.text(row.text(self.accepts_assignment).as_deref());
        cells.text(row.text(self.group_assignment).as_deref());
        cells.text(row.text(self.address_id).as_deref());
        cells.place(|| row.get(self.state));
    }
}
