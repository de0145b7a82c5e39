//! Why a store failed: where, what, and what to do.

use std::io;

use crate::ErrorKind;

/// Why a store could not do what it was asked. Keys are ours and may be shown; bytes are never told.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is nothing under the key.
    #[error("{place}: {key} is not there")]
    NotFound {
        /// The store.
        place: String,
        /// The key.
        key: String,
    },
    /// Somebody else wrote first, or other bytes are already there.
    #[error("{place}: {key} was written by somebody else in between")]
    Conflict {
        /// The store.
        place: String,
        /// The key.
        key: String,
    },
    /// The key cannot be used.
    #[error("`{key}` is not a key: parts that are neither empty, `.`, `..` nor reserved, separated by `/`")]
    Key {
        /// The key.
        key: String,
    },
    /// There is no space left, or a quota is used up.
    #[error("{place}: no space left on the device to write {key}; free some space or choose another output")]
    Full {
        /// The store.
        place: String,
        /// The key.
        key: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The store may not be read or written.
    #[error("{place}: no permission to {action} {key}; check owner, permissions and whether the disk is read-only")]
    Denied {
        /// What was tried: `read`, `write`, `delete` …
        action: &'static str,
        /// The store.
        place: String,
        /// The key.
        key: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Anything else that storage can do.
    #[error("{place}: cannot {action} {key}")]
    Io {
        /// What was tried: `read`, `write`, `delete` …
        action: &'static str,
        /// The store.
        place: String,
        /// The key.
        key: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

impl StoreError {
    /// Sorts an error of the system by what an operator can do about it. A remote store wraps its own error with
    /// [`io::Error::new`] and the kind that fits.
    #[must_use]
    pub fn from_io(action: &'static str, place: &str, key: &str, cause: io::Error) -> Self {
        let (place, key) = (place.to_owned(), key.to_owned());
        match cause.kind() {
            io::ErrorKind::NotFound => Self::NotFound { place, key },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { place, key, cause }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { action, place, key, cause }
            }
            _ => Self::Io { action, place, key, cause },
        }
    }

    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Conflict { .. } => ErrorKind::PUBLISH_CONFLICT,
            Self::Key { .. } => ErrorKind::INTERNAL,
            Self::NotFound { .. } | Self::Full { .. } | Self::Denied { .. } | Self::Io { .. } => ErrorKind::STORAGE,
        }
    }

    /// Returns whether somebody else wrote first.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// Returns whether there is nothing under the key.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_missing_permission_say_what_to_do() {
        let of = |kind: io::ErrorKind| StoreError::from_io("write", "/out", "a/b", kind.into());
        for (kind, text) in [
            (
                io::ErrorKind::StorageFull,
                "/out: no space left on the device to write a/b; free some space or choose another output",
            ),
            (
                io::ErrorKind::ReadOnlyFilesystem,
                "/out: no permission to write a/b; check owner, permissions and whether the disk is read-only",
            ),
            (io::ErrorKind::TimedOut, "/out: cannot write a/b"),
            (io::ErrorKind::NotFound, "/out: a/b is not there"),
        ] {
            assert_eq!(of(kind).to_string(), text);
            assert_eq!(of(kind).kind(), ErrorKind::STORAGE);
        }
    }

    #[test]
    fn somebody_else_writing_first_is_a_publish_conflict() {
        let error = StoreError::Conflict { place: "/out".into(), key: "a".into() };
        assert_eq!(error.kind(), ErrorKind::PUBLISH_CONFLICT);
    }
}
