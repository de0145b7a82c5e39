//! The columns of a clinician and what they are made of.

use carelake_core::value::{EnrollmentId, Npi, PacId, Phone, StateCode, Zip};
use carelake_tabular::codes::Groups;
use carelake_tabular::source::Row;
use jiff::civil::Date;

carelake_tabular::table! {
    /// The source's columns that a clinician is made of.
    pub(crate) struct Columns;

    /// Writes a clinician.
    pub(crate) fn write(columns, row: &Row<'_>, as_of: Date, groups: &Groups) {
        let enrollment = row.get(columns.enrollment_id);
        let enrolled = enrollment.map(EnrollmentId::day);
        let credential = row.text(columns.credential);
        let specialty = row.text(columns.primary_specialty);
    }

    always npi: Npi as Identifier, "National Provider Identifier, 10 digits";
    must pac_id: PacId as Identifier, "PECOS associate control id of the clinician, 10 digits";
    must enrollment_id: EnrollmentId as Identifier = enrollment, "PECOS enrollment id";
    made enrollment_date: Date = enrolled, "day the enrollment record was created in PECOS, from its id; not the effective date";
    made years_enrolled: Int16 = enrolled.map(|day| day.anniversaries(as_of)), "whole anniversaries of enrollment_date up to the as-of date";
    must last_name: Text, "last name";
    must first_name: Text, "first name";
    must middle_name: Text, "middle name or initial";
    must suffix: Text, "name suffix";
    must gender: Text, "gender as published";
    must credential: Text = credential.as_deref(), "credential as published";
    made credential_group: Text = Some(groups.of(credential.as_deref())), "Physician, Mid-Level, Nursing or Other, by the code list credential_groups";
    must medical_school: Text, "medical school";
    must graduation_year: i16, "year of graduation";
    must primary_specialty: Text = specialty.as_deref(), "primary specialty";
    must secondary_specialties: Text, "all secondary specialties, as published";
    made dq_has_specialty: Boolean = Some(specialty.is_some()), "whether a primary specialty is given";
    must telehealth: bool, "whether telehealth is offered; blank means no";
    must practice_id: PacId, "PAC id of the group practice, 10 digits";
    must practice_name: Text, "name of the group practice";
    must group_members: i32, "members of the group practice";
    must address_line_1: Text, "street address";
    must address_line_2: Text, "suite or floor";
    must address_line_2_suppressed: bool, "whether the second line is suppressed; blank means no";
    must city: Text, "city";
    must zip: Zip, "ZIP code, 5 or 9 digits";
    must phone: Phone, "telephone number, 10 to 15 digits";
    must accepts_assignment: Text, "Y: accepts Medicare assignment; M: may";
    must group_assignment: Text, "Y: the group accepts Medicare assignment; M: may";
    must address_id: Text, "CMS id of the address";
    place state: StateCode, "two-letter code of the state";
    read may status: Text;
}
