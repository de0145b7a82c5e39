//! Which model a run uses.

use carelake_core::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::MatchError;
use crate::config::Matcher;
use crate::model::Model;
use crate::reference::ReferenceDatabase;

/// The model of a run, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Using {
    /// Its version, of one that was trained here; `None` of a file that the configuration names.
    pub version: Option<u32>,
    /// Its hash, in hexadecimal.
    pub sha256: String,
    /// The model, as JSON.
    pub text: String,
}

/// Returns the model that a matcher uses now: the file that its configuration names, or the one that was trained last.
///
/// # Errors
/// [`MatchError::NoModel`], [`MatchError::File`] or [`MatchError::Model`].
pub fn using(matcher: &Matcher, reference: &ReferenceDatabase) -> Result<Using, MatchError> {
    let using = match &matcher.model {
        Some(path) => {
            let place = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|cause| MatchError::File { path: place, cause })?;
            Using { version: None, sha256: hex(&Sha256::digest(&text)), text }
        }
        None => {
            let last = reference.last_model(&matcher.name)?;
            let last = last.ok_or_else(|| MatchError::NoModel { matcher: matcher.name.clone() })?;
            Using { version: Some(last.version), sha256: last.sha256, text: last.content }
        }
    };
    using.model(matcher).map(|_| using)
}

impl Using {
    /// Reads the model.
    ///
    /// # Errors
    /// [`MatchError::Model`].
    pub fn model(&self, matcher: &Matcher) -> Result<Model, MatchError> {
        Model::read(&self.text, matcher).map_err(|cause| MatchError::Model { matcher: matcher.name.clone(), cause })
    }

    /// Returns how rows name it: `v3`, or the beginning of its hash.
    #[must_use]
    pub fn name(&self) -> String {
        let short = self.sha256.get(..12).unwrap_or(&self.sha256);
        self.version.map_or_else(|| short.to_owned(), |version| format!("v{version}:{short}"))
    }
}
