//! The columns of a provider and what they are made of.

use std::borrow::Cow;

use carelake_core::value::{EnrollmentId, Npi, Render, StateCode, Zip};
use carelake_tabular::codes::Groups;
use carelake_tabular::source::Row;

use crate::merge::Provider;

carelake_tabular::table! {
    /// Writes a provider.
    pub(crate) fn write(person: &Person<'_>, provider: &Provider, groups: &Groups) {
        let takes_part = [provider.medicare, provider.medicaid == Some(true), provider.telehealth];
        let score = takes_part.into_iter().map(i64::from).sum();
    }

    made npi: Identifier = Some(provider.npi), "National Provider Identifier, 10 digits";
    made entity_type: Text = Some(if person.is_organization { "Organization" } else { "Individual" }), "Individual or Organization";
    made display_name: Text = person.shown_name(), "LAST, FIRST MIDDLE, CREDENTIAL of a person; the name of an organization";
    made last_name: Text = person.last_name.as_deref(), "last name";
    made first_name: Text = person.first_name.as_deref(), "first name";
    made middle_name: Text = person.middle_name.as_deref(), "middle name or initial";
    made credential: Text = person.credential.as_deref(), "credential as published";
    made credential_group: Text = Some(groups.of(person.credential.as_deref())), "Physician, Mid-Level, Nursing or Other, by the code list credential_groups";
    made org_name: Text = person.org_name.as_deref(), "name of an organization";
    made primary_specialty: Text = person.specialty.as_deref(), "primary specialty, or the provider type of the enrollment";
    made city: Text = person.city.as_deref(), "city";
    made zip: Text = person.zip, "ZIP code, 5 or 9 digits";
    made first_enrollment_date: Date = provider.first_enrollment, "earliest day an enrollment record was created, over both sources";
    made enrollments: Int32 = Some(i64::from(provider.enrollments)), "distinct enrollment ids over both sources";
    made medicare: Boolean = Some(provider.medicare), "whether there is an enrollment in the enrollment extract";
    made medicaid: Boolean = provider.medicaid, "whether NPPES has a Medicaid identifier; null without NPPES";
    made telehealth: Boolean = Some(provider.telehealth), "whether any row of the clinician file offers telehealth";
    made participation_score: Int8 = Some(score), "how many of medicare, medicaid and telehealth are true";
    made participation_tier: Text = Some(tier(score)), "3 Full, 2 Partial, 1 Limited, 0 None";
    place state: StateCode = person.state, "two-letter code of the state";
}

/// Returns the tier of a participation score.
const fn tier(score: i64) -> &'static str {
    match score {
        3 => "Full",
        2 => "Partial",
        1 => "Limited",
        _ => "None",
    }
}

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

    /// Returns the name to show; `None` when every part of it is missing.
    fn shown_name(&self) -> Option<ShownName<'_>> {
        self.name_parts().next().map(|_| ShownName(self))
    }
}

/// The name of a person or an organization, put together where it is written.
struct ShownName<'p>(&'p Person<'p>);

impl Render for ShownName<'_> {
    fn render(&self, text: &mut Vec<u8>) {
        for (at, (before, part)) in self.0.name_parts().enumerate() {
            if at > 0 {
                text.extend_from_slice(before);
            }
            text.extend_from_slice(part);
        }
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
            if let Some(name_of_it) = person.shown_name() {
                name_of_it.render(&mut name);
            }
            assert_eq!(name, shown.as_bytes());
        }
    }
}
