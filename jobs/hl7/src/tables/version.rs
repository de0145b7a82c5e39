//! The versions, and which one's tables hold for a message.

use super::{Group, Kind, NONE, SegmentName, Tables, TypeName, Typed, is_simple, made, parts};

/// A version that has tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u8);

/// How the tables of a version came to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// They are those of the version.
    Exact,
    /// The version has none: they are those of the nearest lower one, or of the lowest.
    Nearest,
}

impl Version {
    /// The version that holds where a message says none, unless another is set.
    pub const DEFAULT: Self = Self(6);

    /// Returns the version whose tables hold for what MSH-12 says; none where that is no version 2.
    ///
    /// ```
    /// use carelake_hl7::tables::{Fit, Version};
    /// assert_eq!(Version::nearest("2.10").map(|(it, fit)| (it.name(), fit)), Some(("2.8.2", Fit::Nearest)));
    /// ```
    #[must_use]
    pub fn nearest(said: &str) -> Option<(Self, Fit)> {
        if let Some(at) = made::VERSIONS.iter().position(|tables| tables.name == said) {
            return Some((Self(at as u8), Fit::Exact));
        }
        let said = numbers(said)?;
        let at = made::VERSIONS.iter().rposition(|tables| numbers(tables.name).is_some_and(|it| it <= said));
        let version = Self(at.unwrap_or_default() as u8);
        let is_exact = numbers(version.name()) == Some(said);
        Some((version, if is_exact { Fit::Exact } else { Fit::Nearest }))
    }

    /// Returns every version, the lowest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..made::VERSIONS.len() as u8).map(Self)
    }

    /// Returns those below it, the nearest first.
    pub fn lower(self) -> impl Iterator<Item = Self> {
        (0..self.0).rev().map(Self)
    }

    /// Returns its name, such as `2.5.1`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.tables().map_or("", |tables| tables.name)
    }

    fn tables(self) -> Option<&'static Tables> {
        made::VERSIONS.get(usize::from(self.0))
    }

    /// Returns a message structure.
    #[must_use]
    pub fn structure(self, name: &str) -> Option<&'static Group> {
        let name = made::GROUP_NAMES.binary_search(&name).ok()? as u16;
        self.structure_numbered(name)
    }

    fn structure_numbered(self, name: u16) -> Option<&'static Group> {
        let structures = self.tables()?.structures;
        let at = structures.binary_search_by_key(&name, |(name, _)| *name).ok()?;
        made::GROUPS.get(usize::from(structures.get(at)?.1))
    }

    /// Returns the structure that the standard gives to messages of a code and event, where its name does not say so.
    #[must_use]
    pub fn structure_of_event(self, code: &str, event: &str) -> Option<&'static Group> {
        let key = (self.0, code, event);
        let at = made::EVENTS.binary_search_by(|&(version, code, event, _)| (version, code, event).cmp(&key)).ok()?;
        self.structure_numbered(made::EVENTS.get(at)?.3)
    }

    /// Returns the structure whose name begins with a code, if there is only one.
    #[must_use]
    pub fn only_structure_of(self, code: &str) -> Option<&'static Group> {
        let structures = self.tables()?.structures.iter();
        let groups = structures.filter_map(|(_, group)| made::GROUPS.get(usize::from(*group)));
        let mut found =
            groups.filter(|it| it.name().text().strip_prefix(code).is_some_and(|rest| rest.starts_with('_')));
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// Returns the fields of a segment, if it has it.
    #[must_use]
    pub fn fields(self, segment: SegmentName) -> Option<&'static [Typed]> {
        parts(made::SEGMENTS, made::FIELDS, *self.tables()?.segments.get(usize::from(segment.0))?)
    }

    /// Returns the components of a type, if it is a composite one.
    #[must_use]
    pub fn components(self, name: TypeName) -> Option<&'static [Typed]> {
        parts(made::TYPES, made::COMPONENTS, *self.tables()?.types.get(usize::from(name.0))?)
    }

    /// Returns what a field or component of it is; none where its number has nothing.
    #[must_use]
    pub fn kind(self, typed: &Typed) -> Option<Kind> {
        let name = TypeName(typed.kind);
        if typed.kind == NONE {
            return None;
        }
        Some(match self.components(name) {
            Some(_) => Kind::Composite(name),
            None if typed.varies() => Kind::Unknown,
            None => Kind::Simple,
        })
    }

    /// Returns what a type is that a message names itself.
    #[must_use]
    pub fn kind_named(self, name: &str) -> Kind {
        if is_simple(name) && name != "TS" {
            return Kind::Simple;
        }
        let known = made::TYPE_NAMES.binary_search(&name).ok().map(|at| TypeName(at as u16));
        match known.filter(|name| self.components(*name).is_some()) {
            Some(name) => Kind::Composite(name),
            None if is_simple(name) => Kind::Simple,
            None => Kind::Unknown,
        }
    }
}

/// Returns the numbers of a version 2: of `2`, `2.n` or `2.n.m`.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let number = |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None };
    let mut parts = version.split('.');
    let major = parts.next()?;
    let (minor, patch) = (parts.next().unwrap_or("0"), parts.next().unwrap_or("0"));
    if major != "2" || parts.next().is_some() {
        return None;
    }
    Some((number(minor)?, number(patch)?))
}
