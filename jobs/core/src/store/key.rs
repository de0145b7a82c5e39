//! Keys: what may be written under, on every kind of store.

use super::error::StoreError;

/// How names that belong to a store itself begin: temporary files and locks.
pub(super) const RESERVED: &str = ".carelake-";

/// The most bytes that S3 allows in a key (Amazon S3 user guide, "Naming Amazon S3 objects").
const MAX_BYTES: usize = 1024;

/// Checks that a key names something inside a store: parts separated by `/`, none empty, `.`, `..` or reserved, no control
/// characters, at most 1024 bytes in all.
///
/// ```
/// use carelake_core::store::check_key;
/// assert!(check_key("clinicians/runs/2026-11-01.3/_manifest.json").is_ok());
/// assert!(check_key("../elsewhere").is_err());
/// ```
///
/// # Errors
/// [`StoreError::Key`] when it does not.
pub fn check_key(key: &str) -> Result<(), StoreError> {
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.starts_with(RESERVED);
    if key.len() <= MAX_BYTES && !key.contains(char::is_control) && key.split('/').all(is_name) {
        Ok(())
    } else {
        Err(StoreError::Key { key: key.to_owned() })
    }
}

/// Checks that a prefix is empty or becomes a key when it ends.
pub(super) fn check_prefix(prefix: &str) -> Result<(), StoreError> {
    if prefix.is_empty() { Ok(()) } else { check_key(prefix.strip_suffix('/').unwrap_or(prefix)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_inside_the_store() {
        for key in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a/./b",
            "a\0b",
            "a\nb",
            ".carelake-lock",
            "a/.carelake-tmp-1",
        ] {
            assert!(check_key(key).is_err(), "{key:?}");
        }
        for key in ["a", "a/b", "..a", "a.", ".hidden", "Hospital Enrollments 2026.csv", "é/ü"] {
            assert!(check_key(key).is_ok(), "{key:?}");
        }
        assert!(check_key(&"a".repeat(1024)).is_ok());
        assert!(check_key(&"a".repeat(1025)).is_err());
    }

    #[test]
    fn a_prefix_may_end_anywhere() {
        for prefix in ["", "a", "a/", "a/b"] {
            assert!(check_prefix(prefix).is_ok(), "{prefix:?}");
        }
        for prefix in ["/", "//", "../", "a/../"] {
            assert!(check_prefix(prefix).is_err(), "{prefix:?}");
        }
    }
}
