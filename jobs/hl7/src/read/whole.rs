//! A message that was read, as its segments: for whoever needs single values of it.

use carelake_er7::{Message, Segment, Value};

use super::Header;
use super::foreign::{Foreign, restored};
use crate::place::Tree;
use crate::tables::Version;

/// A message that was read, with its segments in order and in their groups.
pub struct Whole<'m, 'a> {
    pub(super) message: &'m Message<'a>,
    pub(super) segments: usize,
    pub(super) foreign: &'m [Foreign],
    /// What its header says.
    pub header: &'m Header,
    /// The version whose tables hold.
    pub tables: Version,
    /// The name of its structure.
    pub structure: &'static str,
    pub(crate) tree: &'m Tree,
}

impl<'m, 'a> Whole<'m, 'a> {
    /// Returns its segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'m, 'a>> + use<'m, 'a> {
        self.message.segments().take(self.segments)
    }

    /// Returns the first segment of a name.
    #[must_use]
    pub fn first(&self, name: &[u8; 3]) -> Option<Segment<'m, 'a>> {
        self.segments().find(|segment| segment.name() == *name)
    }

    /// Returns the text of a value without the blanks around it; none where nothing stands there.
    #[must_use]
    pub fn text(&self, value: Option<Value<'a>>) -> Option<String> {
        let text = value.filter(|value| !value.is_absent())?.text();
        let text = restored(text.trim_ascii().to_owned(), self.foreign);
        (!text.is_empty()).then_some(text)
    }

    /// Returns the text of a component of the first repetition of a field.
    #[must_use]
    pub fn component(&self, segment: &Segment<'m, 'a>, field: usize, component: usize) -> Option<String> {
        self.text(segment.field(field)?.repetition(1)?.component(component))
    }

    /// Returns the text of the first subcomponent of a component of the first repetition of a field: what says most of a value whose
    /// parts have parts in some versions only.
    #[must_use]
    pub fn leading(&self, segment: &Segment<'m, 'a>, field: usize, component: usize) -> Option<String> {
        self.text(segment.field(field)?.repetition(1)?.component(component)?.subcomponent(1))
    }

    /// Returns the repetitions of a field.
    pub fn repetitions(&self, segment: &Segment<'m, 'a>, field: usize) -> impl Iterator<Item = Value<'a>> + use<'a> {
        segment.field(field).into_iter().flat_map(|field| field.repetitions())
    }

    /// Returns what stands between components.
    #[must_use]
    pub fn component_separator(&self) -> char {
        self.message.separators().component.map_or('^', char::from)
    }

    pub(crate) fn restored(&self, text: String) -> String {
        restored(text, self.foreign)
    }
}
