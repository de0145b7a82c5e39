//! Which pairs are certain without a field.

use crate::compare::{Kind, Level};
use crate::config::{Field, Matcher};

/// Fields by what they say about a person.
#[derive(Debug, Clone)]
pub(super) struct Certain {
    number: usize,
    day: usize,
    first: usize,
    last: usize,
    contacts: Vec<(usize, u16)>,
}

impl Certain {
    /// Finds the fields that make pairs certain; nothing where the matcher has not all of them.
    pub(super) fn of(matcher: &Matcher) -> Option<Self> {
        let find = |is: &dyn Fn(&Field) -> bool| matcher.fields.iter().position(is);
        let named = |name: &str, kind: Kind| find(&|field| field.kind == kind && field.name == name);
        let up_to = |kind: Kind, level: &str| kind.level(level).map_or(0, |level| level.bit() | (level.bit() - 1));
        let contact = |(place, field): (usize, &Field)| match field.kind {
            Kind::Phone | Kind::Email => Some((place, Level::EQUAL.bit())),
            Kind::Address => Some((place, up_to(Kind::Address, "building"))),
            _ => None,
        };
        Some(Self {
            number: find(&|field| field.kind == Kind::Ssn)?,
            day: named("birth_date", Kind::Date).or_else(|| find(&|field| field.kind == Kind::Date))?,
            first: named("first_name", Kind::FirstName)?,
            last: named("last_name", Kind::LastName)?,
            contacts: matcher.fields.iter().enumerate().filter_map(contact).collect(),
        })
    }

    /// Returns whether a pair with these levels is certain, whatever the field's own level.
    ///
    /// Nine digits and the birth date make it so; without the date, nine digits and both names; without the number, names, date and a contact.
    pub(super) fn without(&self, field: usize, levels: &[Level]) -> bool {
        let is = |field: usize, set: u16| levels.get(field).is_some_and(|level| level.bit() & set != 0);
        let equal = Level::EQUAL.bit();
        // A first name equal, exchanged or short for the other; a last name equal or a part.
        let names = is(self.first, 0b111) && is(self.last, 0b11);
        if field == self.number {
            return names && is(self.day, equal) && self.contacts.iter().any(|(contact, set)| is(*contact, *set));
        }
        if field == self.day {
            return is(self.number, equal) && names;
        }
        is(self.number, equal) && is(self.day, equal)
    }
}
