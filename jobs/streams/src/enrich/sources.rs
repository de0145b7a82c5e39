//! Who is asked: the look-ups of the configuration, and servers, to whom we say who we are.

use std::path::Path;
use std::time::Duration;

use carelake_core::config::Secret;
use carelake_core::nearest;
use carelake_core::store::Store;
use carelake_lookup::config::{Place, SECTION, read};
use carelake_lookup::{Lookup, LookupError, open};
use carelake_tabular::config::Config;

use super::kept::Kept;
use crate::publish::StreamError;

/// What publications of no tenant begin with.
const SHARED: &str = "shared:";

/// Who is asked while records are taken.
pub trait Sources: Sync {
    /// Opens a look-up; tells how long an answer of it may take.
    ///
    /// # Errors
    /// [`StreamError::Lookup`] where there is none of this name, or it cannot be opened.
    fn lookup(&self, name: &str) -> Result<(Box<dyn Lookup + '_>, Duration), StreamError>;

    /// Returns a secret: for the server that is asked, and never for anything else.
    ///
    /// # Errors
    /// [`StreamError::Secret`] where it is not there.
    fn secret(&self, secret: &Secret) -> Result<String, StreamError>;

    /// Returns what was said lately.
    fn kept(&self) -> &Kept;
}

/// Opens a look-up of a configuration; publications are those of a store.
///
/// # Errors
/// [`StreamError::Lookup`] where there is none of this name, or it cannot be opened.
pub fn opened<'s>(
    config: &Config,
    output: &'s dyn Store,
    name: &str,
) -> Result<(Box<dyn Lookup + 's>, Duration), StreamError> {
    let file = std::path::absolute(&config.file).unwrap_or_else(|_| config.file.clone());
    let folder = file.parent().unwrap_or(Path::new(""));
    let specs = config.section(SECTION.name, |spot, mistakes| read(spot, folder, mistakes)).unwrap_or_default();
    let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
        let near = nearest(name, specs.iter().map(|spec| spec.name.as_str())).map(str::to_owned);
        return Err(LookupError::Unknown { what: "lookups".to_owned(), name: name.to_owned(), near }.into());
    };
    if let Place::Publication(publication) = &spec.place
        && publication.starts_with(SHARED)
    {
        let message = "streams look up what is published beside them; copy it there, or use a table".to_owned();
        return Err(LookupError::Config { name: name.to_owned(), message }.into());
    }
    Ok((open(spec, output)?, spec.deadline))
}
