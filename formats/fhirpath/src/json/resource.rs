//! What every resource has.

use super::compact::compact;
use super::node::Node;
use crate::value::Moment;

/// A line that is one JSON object.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'t> {
    pub(crate) root: Node<'t>,
}

impl<'t> Resource<'t> {
    /// Returns the object.
    #[must_use]
    pub fn root(&self) -> Node<'t> {
        self.root
    }

    /// Returns the member `resourceType`, if it is text.
    #[must_use]
    pub fn resource_type(&self) -> Option<&'t str> {
        self.root.member("resourceType")?.text()
    }

    /// Returns the member `id`, if it is text.
    #[must_use]
    pub fn id(&self) -> Option<&'t str> {
        self.root.member("id")?.text()
    }

    /// Returns `meta.versionId`, if it is text.
    #[must_use]
    pub fn version_id(&self) -> Option<&'t str> {
        self.root.member("meta")?.member("versionId")?.text()
    }

    /// Returns the first instant of `meta.lastUpdated`, if it can be read.
    ///
    /// # Units
    /// Microseconds since 1970, UTC.
    #[must_use]
    pub fn last_updated(&self) -> Option<i64> {
        Moment::parse(self.root.member("meta")?.member("lastUpdated")?.text()?)?.micros()
    }

    /// Returns the object's text as it was received.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.root.raw()
    }

    /// Appends the object's text without white space between its tokens.
    pub fn compact(&self, into: &mut Vec<u8>) {
        compact(self.text().as_bytes(), into);
    }
}

/// Says whether a text may be the id of a resource: 1 to 64 letters, digits, `-` and `.`.
///
/// ```
/// assert!(carelake_fhirpath::is_id("p-0001.2"));
/// assert!(!carelake_fhirpath::is_id("a b"));
/// ```
#[must_use]
pub fn is_id(text: &str) -> bool {
    matches!(text.len(), 1..=64) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}
