//! What a resource says of itself.

use std::sync::{Arc, LazyLock};

use carelake_fhirpath::{LineError, Names, Reader, Settings, Views};
use jiff::Timestamp;

use super::judge::Rule;

/// What a resource says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head<'t> {
    /// The object's text as received, without white space around it.
    pub text: &'t str,
    /// `resourceType`, where it is text.
    pub resource_type: Option<String>,
    /// `id`, where it is text.
    pub id: Option<String>,
    /// `meta.versionId`, where it is text.
    pub version_id: Option<String>,
    /// `meta.lastUpdated`, in microseconds since 1970; none where it is absent or unreadable.
    pub last_updated: Option<i64>,
    /// The text without white space between its tokens.
    pub compact: Vec<u8>,
}

/// Reads what resources say of themselves, one after another.
#[derive(Debug)]
pub struct Heads(Reader);

impl Default for Heads {
    fn default() -> Self {
        // Nothing but what every resource has.
        static NAMES: LazyLock<Arc<Names>> = LazyLock::new(|| {
            let none = Views::compile(&[], Settings { as_of: Timestamp::UNIX_EPOCH });
            none.map_or_else(|_| Arc::new(Names::all()), |views| Arc::clone(views.names()))
        });
        Self(Reader::new(&NAMES))
    }
}

impl Heads {
    /// Reads one JSON object.
    ///
    /// # Errors
    /// [`Rule::Encoding`], [`Rule::Json`] or [`Rule::Depth`].
    pub fn read<'t>(&mut self, bytes: &'t [u8]) -> Result<Head<'t>, Rule> {
        let resource = self.0.read(bytes).map_err(|error| match error {
            LineError::Encoding => Rule::Encoding,
            LineError::Json => Rule::Json,
            LineError::Depth => Rule::Depth,
        })?;
        let text = std::str::from_utf8(bytes).map_err(|_| Rule::Encoding)?.trim_matches([' ', '\t', '\r', '\n']);
        let mut compact = Vec::with_capacity(text.len());
        resource.compact(&mut compact);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Ok(Head {
            text,
            resource_type: owned(resource.resource_type()),
            id: owned(resource.id()),
            version_id: owned(resource.version_id()),
            last_updated: resource.last_updated(),
            compact,
        })
    }
}
