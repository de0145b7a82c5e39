//! The columns of a hospital and what they are made of.

use carelake_core::table::{Field, Kind, RowWriter};
use carelake_core::value::{Ccn, Day, EnrollmentId, Npi, PacId, Phone, StateCode, Zip};
use carelake_tabular::source::Row;

/// The output columns, in order.
pub const FIELDS: [Field; 17] = [
    Field::new("facility_id", Kind::Identifier, "CMS certification number, 6 to 10 characters"),
    Field::new("npi", Kind::Identifier, "National Provider Identifier, 10 digits"),
    Field::new("enrollment_id", Kind::Identifier, "PECOS enrollment id"),
    Field::new("pac_id", Kind::Identifier, "PECOS associate control id, 10 digits"),
    Field::new("name", Kind::Text, "name of the hospital"),
    Field::new("doing_business_as", Kind::Text, "name under which it does business"),
    Field::new("address", Kind::Text, "street address"),
    Field::new("city", Kind::Text, "city"),
    Field::new("zip", Kind::Text, "ZIP code, 5 or 9 digits"),
    Field::new("county", Kind::Text, "county or parish"),
    Field::new("phone", Kind::Text, "telephone number, 10 to 15 digits"),
    Field::new("hospital_type", Kind::Text, "type of hospital, as published"),
    Field::new("ownership", Kind::Text, "ownership, as published"),
    Field::new("emergency_services", Kind::Boolean, "whether it has emergency services"),
    Field::new(
        "birthing_friendly",
        Kind::Boolean,
        "whether it meets the criteria of the birthing-friendly designation",
    ),
    Field::new("overall_rating", Kind::Int8, "overall rating, 1 to 5 stars"),
    Field::new("incorporation_date", Kind::Date, "day of incorporation"),
];

pub(crate) const PLACES: [Field; 1] = [Field::new("state", Kind::Text, "two-letter code of the state")];
pub(crate) const PASSES_ON: &[&str] = &["hospital_type", "ownership", "overall_rating", "county"];

carelake_tabular::columns! {
    /// A feed's columns that a hospital is made of.
    pub(crate) struct Columns {
        must facility_id: Ccn,
        may npi: Npi,
        may enrollment_id: EnrollmentId,
        may pac_id: PacId,
        must name: Text,
        may doing_business_as: Text,
        may address: Text,
        may city: Text,
        always state: StateCode,
        may zip: Zip,
        may county: Text,
        may phone: Phone,
        may hospital_type: Text,
        may ownership: Text,
        may emergency_services: bool,
        may birthing_friendly: bool,
        may overall_rating: i8,
        may incorporation_date: Day,
    }
}

impl Columns {
    /// Writes the cells of [`FIELDS`].
    pub(crate) fn write(&self, row: &Row<'_>, cells: &mut RowWriter<'_>) {
        cells.value(row.get(self.facility_id));
        cells.value(row.get(self.npi));
        cells.value(row.get(self.enrollment_id));
        cells.value(row.get(self.pac_id));
        cells.text(row.text(self.name).as_deref());
        cells.text(row.text(self.doing_business_as).as_deref());
        cells.text(row.text(self.address).as_deref());
        cells.text(row.text(self.city).as_deref());
        cells.value(row.get(self.zip));
        cells.text(row.text(self.county).as_deref());
        cells.value(row.get(self.phone));
        cells.text(row.text(self.hospital_type).as_deref());
        cells.text(row.text(self.ownership).as_deref());
        cells.boolean(row.get(self.emergency_services));
        cells.boolean(row.get(self.birthing_friendly));
        cells.integer(row.get(self.overall_rating));
        cells.date(row.get(self.incorporation_date));
        cells.place(|| row.get(self.state));
    }
}
