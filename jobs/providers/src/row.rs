//! The columns of a provider and what they are made of.

use std::borrow::Cow;

use carelake_core::table::{Field, Kind, RowWriter};
use carelake_core::value::{EnrollmentId, Npi, StateCode, Zip};
use carelake_tabular::codes::Groups;
use carelake_tabular::source::Row;

use crate::merge::Provider;

/// The output columns, in order.
pub const FIELDS: [Field; 19] = [
    Field::new("npi", Kind::Identifier, "National Provider Identifier, 10 digits"),
    Field::new("entity_type", Kind::Text, "Individual or Organization"),
    Field::new("display_name", Kind::Text, "LAST, FIRST MIDDLE, CREDENTIAL of a person; the name of an organization"),
    Field::new("last_name", Kind::Text, "last name"),
    Field::new("first_name", Kind::Text, "first name"),
    Field::new("middle_name", Kind::Text, "middle name or initial"),
    Field::new("credential", Kind::Text, "credential as published"),
    Field::new(
        "credential_group",
        Kind::Text,
        "Physician, Mid-Level, Nursing or Other, by the code list credential_groups",
    ),
    Field::new("org_name", Kind::Text, "name of an organization"),
    Field::new("primary_specialty", Kind::Text, "primary specialty, or the provider type of the enrollment"),
    Field::new("city", Kind::Text, "city"),
    Field::new("zip", Kind::Text, "ZIP code, 5 or 9 digits"),
    Field::new("first_enrollment_date", Kind::Date, "earliest day an enrollment record was created, over both sources"),
    Field::new("enrollments", Kind::Int32, "distinct enrollment ids over both sources"),
    Field::new("medicare", Kind::Boolean, "whether there is an enrollment in the enrollment extract"),
    Field::new("medicaid", Kind::Boolean, "whether NPPES has a Medicaid identifier; null without NPPES"),
    Field::new("telehealth", Kind::Boolean, "whether any row of the clinician file offers telehealth"),
    Field::new("participation_score", Kind::Int8, "how many of medicare, medicaid and telehealth are true"),
    Field::new("participation_tier", Kind::Text, "3 Full, 2 Partial, 1 Limited, 0 None"),
];

pub(crate) const PLACES: [Field; 1] = [Field::new("state", Kind::Text, "two-letter code of the state")];

/// A cell of the source.
type Text<'r> = Option<Cow<'r, [u8]>>;

/// What a winning row says of the provider itself.
#[derive(Debug, Default)]
pub(crate) struct Person<'r> {
    is_organization: bool,
    last_name: Text<'r>,
    first_name: Text<'r>,
    middle_name: Text<'r>,
    credential: Text<'r>,
    org_name: Text<'r>,
    specialty: Text<'r>,
    city: Text<'r>,
    zip: Option<Zip>,
    state: Option<StateCode>,
}

impl Person<'_> {
    /// Returns the parts of the name to show, each with what stands before it when it is not the first: the organization's name, or
    /// `LAST, FIRST MIDDLE, CREDENTIAL` without the parts that are missing.
    fn name_parts(&self) -> impl Iterator<Item = (&'static [u8], &[u8])> + Clone {
        let before_middle: &[u8] = if self.first_name.is_some() { b" " } else { b", " };
        let parts: [(&[u8], &Text<'_>); 4] = [
            (b", ", if self.is_organization { &self.org_name } else { &self.last_name }),
            (b", ", &self.first_name),
            (before_middle, &self.middle_name),
            (b", ", &self.credential),
        ];
        let count = if self.is_organization { 1 } else { parts.len() };
        parts.into_iter().take(count).filter_map(|(before, part)| Some((before, part.as_deref()?)))
    }

    /// Appends the name to show to a text.
    fn append_name(&self, text: &mut Vec<u8>) {
        for (at, (before, part)) in self.name_parts().enumerate() {
            if at > 0 {
                text.extend_from_slice(before);
            }
            text.extend_from_slice(part);
        }
    }

    /// Writes the cells of [`FIELDS`].
    pub(crate) fn write(&self, provider: &Provider, groups: &Groups, cells: &mut RowWriter<'_>) {
        let score = [provider.medicare, provider.medicaid == Some(true), provider.telehealth]
            .into_iter()
            .filter(|is| *is)
            .count();
        cells.value(Some(provider.npi));
        cells.text(Some(if self.is_organization { b"Organization" } else { b"Individual" }));
        match self.name_parts().next() {
            Some(_) => cells.text_of(|text| self.append_name(text)),
            None => cells.text(None),
        }
        cells.text(self.last_name.as_deref());
        cells.text(self.first_name.as_deref());
        cells.text(self.middle_name.as_deref());
        cells.text(self.credential.as_deref());
        cells.text(Some(groups.of(self.credential.as_deref()).as_bytes()));
        cells.text(self.org_name.as_deref());
        cells.text(self.specialty.as_deref());
        cells.text(self.city.as_deref());
        cells.value(self.zip);
        cells.date(provider.first_enrollment);
        cells.integer(Some(i64::from(provider.enrollments)));
        cells.boolean(Some(provider.medicare));
        cells.boolean(provider.medicaid);
        cells.boolean(Some(provider.telehealth));
        cells.integer(Some(score as i64));
        cells.text(Some(match score {
            3 => b"Full",
            2 => b"Partial",
            1 => b"Limited",
            _ => b"None",
        }));
        cells.place(|| self.state);
    }
}

carelake_tabular::columns! {
    /// The columns of `dac` that a provider is made of.
    pub(crate) struct DacColumns {
        always npi: Npi,
        always state: StateCode,
        must enrollment_id: EnrollmentId,
        may telehealth: bool,
        must last_name: Text,
        must first_name: Text,
        must middle_name: Text,
        must credential: Text,
        must primary_specialty: Text,
        must city: Text,
        must zip: Zip,
    }
}

impl DacColumns {
    pub(crate) fn person<'r>(&self, row: &Row<'r>) -> Person<'r> {
        Person {
            last_name: row.text(self.last_name),
            first_name: row.text(self.first_name),
            middle_name: row.text(self.middle_name),
            credential: row.text(self.credential),
            specialty: row.text(self.primary_specialty),
            city: row.text(self.city),
            zip: row.get(self.zip),
            state: row.get(self.state),
            ..Person::default()
        }
    }
}

carelake_tabular::columns! {
    /// The columns of `ppef_enrollment` that a provider is made of.
    pub(crate) struct PpefColumns {
        always npi: Npi,
        always state: StateCode,
        must enrollment_id: EnrollmentId,
        must last_name: Text,
        must first_name: Text,
        must middle_name: Text,
        must org_name: Text,
        must provider_type: Text,
    }
}

impl PpefColumns {
    pub(crate) fn person<'r>(&self, row: &Row<'r>) -> Person<'r> {
        Person {
            is_organization: row.get(self.enrollment_id).is_some_and(EnrollmentId::is_organization),
            last_name: row.text(self.last_name),
            first_name: row.text(self.first_name),
            middle_name: row.text(self.middle_name),
            org_name: row.text(self.org_name),
            specialty: row.text(self.provider_type),
            state: row.get(self.state),
            ..Person::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text<'_> {
        if text.is_empty() { None } else { Some(Cow::Borrowed(text.as_bytes())) }
    }

    #[test]
    fn names_are_shown_without_their_missing_parts() {
        for (last, first, middle, credential, shown) in [
            ("DOE", "JANE", "Q", "MD", "DOE, JANE Q, MD"),
            ("DOE", "JANE", "", "", "DOE, JANE"),
            ("DOE", "", "", "MD", "DOE, MD"),
            ("DOE", "", "Q", "", "DOE, Q"),
            ("", "", "Q", "", "Q"),
            ("", "", "", "", ""),
        ] {
            let person = Person {
                last_name: text(last),
                first_name: text(first),
                middle_name: text(middle),
                credential: text(credential),
                ..Person::default()
            };
            let mut name = Vec::new();
            person.append_name(&mut name);
            assert_eq!(name, shown.as_bytes());
        }
    }
}
