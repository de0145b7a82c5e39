//! Goes to the members of elements, and asks what type they have.

use super::few::{Few, Gather};
use super::frame::World;
use super::value::{Element, Value};
use crate::code::{Choice, Member};
use crate::json::{NO_NAME, NOWHERE, Name, Shape};
use crate::types::Type;

impl<'a> World<'a> {
    /// Returns the members of that name of all elements.
    #[inline]
    pub(super) fn member(&self, of: &Few<'a>, member: &Member) -> Few<'a> {
        let choices = member.choices.and_then(|at| self.program.choices.get(usize::from(at)));
        let choices = choices.map_or(&[][..], Vec::as_slice);
        match of {
            Few::None => Few::None,
            Few::One(Value::Element(element)) => match self.only_member(*element, member, choices) {
                Ok(only) => Few::of(only.map(Value::Element)),
                Err(several) => self.listed(several),
            },
            _ => {
                let mut found = Gather::new(self.bump);
                for value in of.items() {
                    let Value::Element(element) = value else { continue };
                    match self.only_member(*element, member, choices) {
                        Ok(only) => only.into_iter().for_each(|only| found.push(Value::Element(only))),
                        Err(several) => self.gather(several, &mut found),
                    }
                }
                found.finish()
            }
        }
    }

    /// Returns the member of an element: one, none, or as a fault the list that it is.
    #[inline]
    fn only_member(&self, element: Element, member: &Member, choices: &[Choice]) -> Result<Option<Element>, Element> {
        let object = match self.tree.entry(element.at) {
            Some(entry) if entry.shape == Shape::Object => element.at,
            // What belongs to a primitive besides its value.
            _ if element.besides != NOWHERE => element.besides,
            _ => return Ok(None),
        };
        let is_marked = self.tree.entry(object).is_some_and(|entry| entry.is_marked);
        let mut found = Element { at: NOWHERE, besides: NOWHERE, kind: Type::UNKNOWN };
        for (at, entry) in self.tree.within(object) {
            if entry.name == member.name && entry.name != NO_NAME {
                found.at = at;
            } else if is_marked && entry.name == member.besides {
                found.besides = at;
            }
        }
        if found.at == NOWHERE && found.besides == NOWHERE && !choices.is_empty() {
            self.choose(object, choices, is_marked, &mut found);
        }
        let is_list = |at: u32| self.tree.shape(at) == Shape::Array;
        if is_list(found.at) || is_list(found.besides) {
            return Err(found);
        }
        let has_value = self.tree.shape(found.at) != Shape::Null;
        let found = Element { at: if has_value { found.at } else { NOWHERE }, ..found };
        Ok((has_value || self.tree.shape(found.besides) == Shape::Object).then_some(found))
    }

    /// Finds the member that an element of several types is.
    fn choose(&self, object: u32, choices: &[Choice], is_marked: bool, found: &mut Element) {
        for (at, entry) in self.tree.within(object) {
            if let Ok(index) = choices.binary_search_by_key(&entry.name, |choice| choice.name)
                && let Some(choice) = choices.get(index)
            {
                (found.at, found.kind) = (at, choice.kind);
            } else if is_marked && let Some(choice) = choices.iter().find(|choice| choice.besides == entry.name) {
                (found.besides, found.kind) = (at, choice.kind);
            }
        }
    }

    /// Returns the items of a list.
    pub(super) fn listed(&self, list: Element) -> Few<'a> {
        let mut found = Gather::new(self.bump);
        self.gather(list, &mut found);
        found.finish()
    }

    /// Gathers the items of a list, each with what belongs to it besides its value.
    fn gather(&self, list: Element, into: &mut Gather<'a>) {
        let (mut values, mut besides) = (self.tree.within(list.at), self.tree.within(list.besides));
        loop {
            let (value, beside) = (values.next(), besides.next());
            if value.is_none() && beside.is_none() {
                return;
            }
            let at = value.filter(|(_, entry)| entry.shape != Shape::Null).map_or(NOWHERE, |(at, _)| at);
            let besides = beside.filter(|(_, entry)| entry.shape == Shape::Object).map_or(NOWHERE, |(at, _)| at);
            if at != NOWHERE || besides != NOWHERE {
                into.push(Value::Element(Element { at, besides, kind: list.kind }));
            }
        }
    }

    /// Returns the extensions with a URL.
    pub(super) fn extensions(&self, of: &Few<'a>, url: &str, extension: Name, url_name: Name) -> Few<'a> {
        let member = Member { name: extension, besides: NO_NAME, choices: None };
        let mut found = Gather::new(self.bump);
        for value in self.member(of, &member).items() {
            if let Value::Element(element) = value
                && self.tree.member(element.at, url_name).and_then(|at| self.tree.text(at)) == Some(url)
            {
                found.push(*value);
            }
        }
        found.finish()
    }

    /// Returns the values that are of a type.
    pub(super) fn of_type(&self, of: Few<'a>, kind: Type) -> Few<'a> {
        match of {
            Few::One(value) => Few::of(self.is(value, kind).then_some(value)),
            _ => {
                let mut kept = Gather::new(self.bump);
                of.items().iter().filter(|value| self.is(**value, kind)).for_each(|value| kept.push(*value));
                kept.finish()
            }
        }
    }

    /// Says whether a value is of a type. What nobody said the type of is of every type that can be written like it.
    pub(super) fn is(&self, value: Value<'a>, kind: Type) -> bool {
        let name = kind.name();
        match value {
            Value::Element(element) if element.kind != Type::UNKNOWN => element.kind == kind,
            Value::Element(element) => self.is_written_as(element, kind, name),
            Value::Boolean(_) => name == "boolean",
            Value::Integer(_) => name == "integer",
            Value::Decimal(_) => name == "decimal",
            Value::Text(_) => name == "string",
            Value::Moment(moment) => name == if moment.has_time { "dateTime" } else { "date" },
            Value::Clock(_) => name == "time",
        }
    }

    fn is_written_as(&self, element: Element, kind: Type, name: &str) -> bool {
        use crate::value::{Clock, Moment};
        let text = || self.tree.text(element.at).unwrap_or_default();
        match self.tree.shape(element.at) {
            Shape::Object if kind.is_resource() => {
                let is = self.tree.member(element.at, self.program.resource_type).and_then(|at| self.tree.text(at));
                is.is_some_and(|is| matches!(name, "Resource" | "DomainResource") || is == name)
            }
            Shape::Object => !kind.is_primitive(),
            Shape::True | Shape::False => name == "boolean",
            Shape::Number if matches!(name, "integer" | "positiveInt" | "unsignedInt" | "integer64") => {
                text().parse::<i64>().is_ok()
            }
            Shape::Number => name == "decimal",
            Shape::Text => match name {
                "boolean" | "integer" | "positiveInt" | "unsignedInt" | "decimal" => false,
                "date" => Moment::parse(text()).is_some_and(|moment| !moment.has_time),
                "dateTime" | "instant" => Moment::parse(text()).is_some(),
                "time" => Clock::parse(text()).is_some(),
                _ => kind.is_primitive(),
            },
            _ => false,
        }
    }
}
