//! What each version of HL7 v2 declares: structures and their groups, segments and their fields, types and their components.
//!
//! Made by `build.rs` of `tables/tables.txt`, which `tables/tables.py` writes, and of `tables/events.tsv`. Misspelt names stay as they
//! are. Everything is static: names are numbers, and a name of one version is the same number in another.

mod version;

pub use version::{Fit, Version};

/// Stands where a version has no such thing.
const NONE: u16 = u16::MAX;

mod made {
    use super::{Child, Group, List, Tables, Typed};

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

/// How often something stands there at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// This often.
    Times(u8),
    /// As often as one likes.
    Any,
}

/// A part of a group: a segment or a group.
#[derive(Debug)]
pub struct Child {
    name: u16,
    group: u16,
    least: u8,
    most: u8,
    /// Which of the parts is the first of the same name.
    pub first: u8,
    /// Whether it is a list in JSON: it may stand there more than once, or at several places.
    pub is_list: bool,
}

/// A structure or a group of one.
#[derive(Debug)]
pub struct Group {
    name: u16,
    /// Whether one of its parts is taken each time, and not all in order.
    pub is_choice: bool,
    start: u16,
    length: u8,
}

/// The fields of a segment, or the components of a type.
#[derive(Debug)]
struct List {
    start: u16,
    length: u8,
}

/// The type of a field or component.
#[derive(Debug)]
pub struct Typed {
    kind: u16,
    #[expect(dead_code, reason = "what must be there is not checked while a message is read")]
    least: u8,
    most: u8,
}

/// What a version declares.
struct Tables {
    name: &'static str,
    structures: &'static [(u16, u16)],
    segments: &'static [u16],
    types: &'static [u16],
}

/// The number of a segment's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentName(u16);

/// The number of a group's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupName(u16);

/// The number of a type's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeName(u16);

/// What a value is, by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Simple,
    /// Components of its own.
    Composite(TypeName),
    /// Nothing that a table knows.
    Unknown,
}

/// Returns whether a type is text, in every version that has it or where one names it itself.
fn is_simple(name: &str) -> bool {
    // TS has components in some versions.
    matches!(
        name,
        "CM" | "DT" | "DTM" | "FT" | "GTS" | "ID" | "IS" | "NM" | "SI" | "ST" | "TM" | "TN" | "TS" | "TX" | "WD"
    )
}

impl SegmentName {
    /// Returns the number of a name that some version has.
    #[must_use]
    pub fn of(name: [u8; 3]) -> Option<Self> {
        let at = made::SEGMENT_NAMES.binary_search(&name).ok()?;
        Some(Self(at as u16))
    }
}

impl GroupName {
    /// Returns the name.
    #[must_use]
    pub fn text(self) -> &'static str {
        made::GROUP_NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

impl TypeName {
    /// Returns what the keys of its components begin with in JSON, such as `"CX_`.
    pub(crate) fn key(self) -> &'static str {
        made::TYPE_KEYS.get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

impl Child {
    /// Returns the group that it is; none where it is a segment.
    #[must_use]
    pub fn group(&self) -> Option<&'static Group> {
        made::GROUPS.get(usize::from(self.group))
    }

    /// Returns whether it is this segment.
    #[must_use]
    pub fn is(&self, segment: SegmentName) -> bool {
        self.group == NONE && self.name == segment.0
    }

    /// Returns whether it must be there.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.least > 0
    }

    /// Returns how often it may be there.
    #[must_use]
    pub fn most(&self) -> Most {
        most(self.most)
    }
}

impl Group {
    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> GroupName {
        GroupName(self.name)
    }

    /// Returns its parts, in order.
    #[must_use]
    pub fn children(&self) -> &'static [Child] {
        let start = usize::from(self.start);
        made::CHILDREN.get(start..start + usize::from(self.length)).unwrap_or_default()
    }

    /// Returns whether a segment may be the first that stands in it: nothing that must be there is passed over.
    #[must_use]
    pub fn starts_with(&self, segment: SegmentName) -> bool {
        for child in self.children() {
            if child.is(segment) || child.group().is_some_and(|group| group.starts_with(segment)) {
                return true;
            }
            if child.is_required() && !self.is_choice {
                return false;
            }
        }
        false
    }

    /// Returns whether its very first part is a segment, or a group whose very first part is.
    #[must_use]
    pub fn leads_with(&self, segment: SegmentName) -> bool {
        let leads = |child: &Child| child.is(segment) || child.group().is_some_and(|group| group.leads_with(segment));
        if self.is_choice { self.children().iter().any(leads) } else { self.children().first().is_some_and(leads) }
    }

    /// Returns whether a segment stands in it, at any depth.
    #[must_use]
    pub fn contains(&self, segment: SegmentName) -> bool {
        self.children().iter().any(|it| it.is(segment) || it.group().is_some_and(|group| group.contains(segment)))
    }
}

impl Typed {
    /// Returns the name of the type, such as `CX`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        made::TYPE_NAMES.get(usize::from(self.kind)).copied().unwrap_or_default()
    }

    /// Returns whether its number has something.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.kind != NONE
    }

    /// Returns how often it may be there.
    #[must_use]
    pub fn most(&self) -> Most {
        most(self.most)
    }

    /// Returns whether each message says what it is.
    #[must_use]
    pub fn varies(&self) -> bool {
        self.kind == made::VARIES
    }
}

fn most(most: u8) -> Most {
    match most {
        0 => Most::Any,
        u8::MAX => Most::Times(0),
        most => Most::Times(most),
    }
}

/// Returns the parts of a list, without those whose number has nothing.
fn parts(lists: &'static [List], parts: &'static [Typed], at: u16) -> Option<&'static [Typed]> {
    let list = lists.get(usize::from(at))?;
    let start = usize::from(list.start);
    parts.get(start..start + usize::from(list.length))
}
