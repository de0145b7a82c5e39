//! What came of a message: what its sender is answered, in whatever form.

use crate::catalog::{Indexed, State};
use crate::reason::Reason;

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is in staging.
    Stored,
    /// It was there already.
    Duplicate,
    /// It is in the error zone.
    Error,
    /// It is in the error zone, since its sender has sent another with its control id.
    Conflict,
}

impl Status {
    /// Returns its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Duplicate => "duplicate",
            Self::Error => "error",
            Self::Conflict => "conflict",
        }
    }

    /// Returns whether the message is in staging.
    #[must_use]
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Stored | Self::Duplicate)
    }
}

/// A place in a message, or what is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The name of the segment; empty where it has none.
    pub name: &'static str,
    /// The segment or the line, from 1; 0 where none is to blame.
    pub segment: usize,
    /// The field, from 1; 0 where none is to blame.
    pub field: usize,
}

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its id: SHA-256 of its bytes, in hexadecimal.
    pub message_id: String,
    /// What came of it.
    pub status: Status,
    /// Why it is in the error zone.
    pub reason: Option<Reason>,
    /// What is to blame.
    pub place: Place,
    /// MSH-10, without control characters and of 199 characters at most; the id of the message where it has none.
    pub control_id: String,
    /// MSH-9, as it was sent.
    pub event: String,
    /// MSH-12.1.
    pub version: String,
    /// The structure.
    pub structure: String,
    /// What was odd, with the first segment and field of it.
    pub warnings: Vec<(String, usize, usize)>,
}

/// The characters of a control id that are shown.
const CONTROL_CHARS: usize = 199;

/// Returns a control id as it may be shown.
pub(super) fn shown(control_id: &str, message_id: &str) -> String {
    let plain = |c: &char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    let shown: String = control_id.chars().filter(plain).take(CONTROL_CHARS).collect();
    if shown.is_empty() { message_id.to_owned() } else { shown }
}

impl Receipt {
    /// Tells of a message that was there already.
    pub(super) fn duplicate(message_id: String, indexed: &Indexed) -> Self {
        debug_assert_ne!(indexed.state, State::Error);
        Self {
            control_id: shown(&indexed.control_id, &message_id),
            message_id,
            status: Status::Duplicate,
            reason: None,
            place: Place::default(),
            event: indexed.event.clone(),
            version: indexed.version.clone(),
            structure: indexed.structure.clone(),
            warnings: indexed.warnings.iter().map(|name| (name.clone(), 0, 0)).collect(),
        }
    }

    /// Tells of a message that is too large to be taken: nothing of it is kept.
    #[must_use]
    pub fn too_large(control_id: &str) -> Self {
        Self {
            message_id: String::new(),
            status: Status::Error,
            reason: Some(Reason::TooLarge),
            place: Place::default(),
            control_id: shown(control_id, ""),
            event: String::new(),
            version: String::new(),
            structure: String::new(),
            warnings: Vec::new(),
        }
    }
}
