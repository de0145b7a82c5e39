//! Which rule refuses a line, and which leaves it out.

use carelake_fhirpath::{is_id, is_resource_type};

use super::head::{Head, Heads};
use crate::config::Types;

/// Bytes beyond which a line is refused.
pub const MOST_BYTES: usize = 64 << 20;

/// Why a line has no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// It is not UTF-8.
    Encoding,
    /// It is not one JSON object.
    Json,
    /// Objects and lists are too deep in each other.
    Depth,
    /// It is too long.
    LineTooLong,
    /// It names no type of resources.
    ResourceType,
    /// It has no id, or none that is one.
    ResourceId,
    /// Nothing is in it.
    BlankLine,
    /// It is of a type that nobody asked for.
    NotRequested,
}

impl Rule {
    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Json => "json",
            Self::Depth => "depth",
            Self::LineTooLong => "line_too_long",
            Self::ResourceType => "resource_type",
            Self::ResourceId => "resource_id",
            Self::BlankLine => "blank_line",
            Self::NotRequested => "not_requested",
        }
    }

    /// Returns whether what has no row is left out on purpose, and not refused.
    #[must_use]
    pub const fn is_filter(self) -> bool {
        matches!(self, Self::BlankLine | Self::NotRequested)
    }
}

/// A line that is a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged<'l> {
    /// The type.
    pub resource_type: String,
    /// The id.
    pub id: String,
    /// The rest.
    pub head: Head<'l>,
}

/// Judges a line, which is without its line end.
///
/// # Errors
/// [`Rule`] where it has no row.
pub fn judge<'l>(heads: &mut Heads, line: &'l [u8], types: &Types) -> Result<Judged<'l>, Rule> {
    if line.len() > MOST_BYTES {
        return Err(Rule::LineTooLong);
    }
    if line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        return Err(Rule::BlankLine);
    }
    resource(heads.read(line)?, types, None)
}

/// Judges a resource. `id` stands in where it has none.
pub(crate) fn resource<'l>(mut head: Head<'l>, types: &Types, id: Option<String>) -> Result<Judged<'l>, Rule> {
    let resource_type = head.resource_type.take().filter(|name| is_resource_type(name)).ok_or(Rule::ResourceType)?;
    if !types.has(&resource_type) {
        return Err(Rule::NotRequested);
    }
    let id = head.id.take().or(id).filter(|id| is_id(id)).ok_or(Rule::ResourceId)?;
    Ok(Judged { resource_type, id, head })
}
