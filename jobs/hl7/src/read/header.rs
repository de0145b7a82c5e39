//! What the segment MSH says about its message.

use carelake_er7::{Message, Value};

use super::foreign::{Foreign, restored};
use crate::reason::Reason;
use crate::tables::{Fit, Version};
use crate::warning::{Warning, Warnings};

/// What the header says, as text; what is not said is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// MSH-9.1.
    pub code: String,
    /// MSH-9.2.
    pub event: String,
    /// MSH-9.3.
    pub structure: String,
    /// MSH-10.
    pub control_id: String,
    /// MSH-12.1.
    pub version: String,
}

impl Header {
    /// Reads the header of a message.
    ///
    /// # Errors
    /// [`Reason::TypeMissing`].
    pub(super) fn of(message: &Message<'_>, foreign: &[Foreign]) -> Result<Self, Reason> {
        let segment = message.segments().next();
        let field = |number| segment.and_then(|it| it.field(number)).and_then(|field: Value<'_>| field.repetition(1));
        let kind = field(9);
        let component = |number| text(kind.and_then(|kind| kind.component(number)));
        let code = component(1);
        if code.is_empty() {
            return Err(Reason::TypeMissing);
        }
        Ok(Self {
            code,
            event: component(2),
            structure: component(3),
            control_id: field(10).map(|field| restored(field.text().into_owned(), foreign)).unwrap_or_default(),
            version: text(field(12).and_then(|version| version.component(1))),
        })
    }

    /// Returns the version whose tables hold, and notes whether they are not those of its own.
    ///
    /// # Errors
    /// [`Reason::VersionUnsupported`].
    pub(super) fn tables(&self, default: Version, warnings: &mut Warnings) -> Result<Version, Reason> {
        if self.version.is_empty() {
            warnings.note_header(Warning::VersionMissing, 12);
            return Ok(default);
        }
        let (version, fit) = Version::nearest(&self.version).ok_or(Reason::VersionUnsupported)?;
        if fit == Fit::Nearest {
            warnings.note_header(Warning::VersionUnknown, 12);
        }
        Ok(version)
    }
}

/// Returns a value without the blanks around it.
fn text(value: Option<Value<'_>>) -> String {
    value.map(|value| value.text().trim_ascii().to_owned()).unwrap_or_default()
}
