//! Which message structure a message has.

use crate::read::Header;
use crate::reason::Reason;
use crate::tables::{Group, Version};

/// How a structure was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// MSH-9.3 names it.
    Stated,
    /// By code and event.
    Event,
    /// By the code alone.
    Code,
    /// By the rules of a lower version.
    Older,
    /// There is none: the message has no groups.
    Generic,
}

impl FoundBy {
    /// Returns its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Event => "event",
            Self::Code => "code",
            Self::Older => "older",
            Self::Generic => "generic",
        }
    }
}

/// The name of what has no structure.
pub const GENERIC: &str = "GENERIC";

/// Finds the structure of a message; none where it is generic.
pub(crate) fn find(header: &Header, version: Version) -> (Option<&'static Group>, FoundBy) {
    if let Some((group, by)) = stated(header, version) {
        return (Some(group), by);
    }
    if let Some(group) = by_code(header, version) {
        return (Some(group), FoundBy::Code);
    }
    let older = version.lower().find_map(|version| stated(header, version));
    older.map_or((None, FoundBy::Generic), |(group, _)| (Some(group), FoundBy::Older))
}

/// Finds the structure as the original does: by MSH-9.3 where it is there, else by code and event.
pub(crate) fn find_as_original(header: &Header, version: Version) -> Result<(&'static Group, FoundBy), Reason> {
    let found = if header.structure.is_empty() {
        version.structure(&of_event(header)).map(|group| (group, FoundBy::Event))
    } else {
        version.structure(&header.structure).map(|group| (group, FoundBy::Stated))
    };
    found.ok_or(Reason::StructureUnsupported)
}

fn of_event(header: &Header) -> String {
    format!("{}_{}", header.code, header.event)
}

/// Finds it by MSH-9.3, by the event map, and by code and event.
fn stated(header: &Header, version: Version) -> Option<(&'static Group, FoundBy)> {
    if let Some(group) = version.structure(&header.structure) {
        return Some((group, FoundBy::Stated));
    }
    let group = version.structure_of_event(&header.code, &header.event);
    group.or_else(|| version.structure(&of_event(header))).map(|group| (group, FoundBy::Event))
}

fn by_code(header: &Header, version: Version) -> Option<&'static Group> {
    let only = || version.only_structure_of(&header.code).filter(|_| header.event.is_empty());
    version.structure(&header.code).or_else(only)
}
