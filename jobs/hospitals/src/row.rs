//! The columns of a hospital: each is that of the feed.

use carelake_core::value::{Ccn, Day, EnrollmentId, Npi, PacId, Phone, StateCode, Zip};
use carelake_tabular::source::Row;

carelake_tabular::table! {
    /// A feed's columns that a hospital is made of.
    pub(crate) struct Columns;

    /// Writes a hospital.
    pub(crate) fn write(columns, row: &Row<'_>) {}

    must facility_id: Ccn as Identifier, "CMS certification number, 6 to 10 characters";
    may npi: Npi as Identifier, "National Provider Identifier, 10 digits";
    may enrollment_id: EnrollmentId as Identifier, "PECOS enrollment id";
    may pac_id: PacId as Identifier, "PECOS associate control id, 10 digits";
    must name: Text, "name of the hospital";
    may doing_business_as: Text, "name under which it does business";
    may address: Text, "street address";
    may city: Text, "city";
    may zip: Zip, "ZIP code, 5 or 9 digits";
    may county: Text, "county or parish";
    may phone: Phone, "telephone number, 10 to 15 digits";
    may hospital_type: Text, "type of hospital, as published";
    may ownership: Text, "ownership, as published";
    may emergency_services: bool, "whether it has emergency services";
    may birthing_friendly: bool, "whether it meets the criteria of the birthing-friendly designation";
    may overall_rating: i8, "overall rating, 1 to 5 stars";
    may incorporation_date: Day, "day of incorporation";
    place state: StateCode, "two-letter code of the state";
}
