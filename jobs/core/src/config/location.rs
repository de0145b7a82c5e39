//! Where files are: a folder on this machine, or a bucket and prefix on S3.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::names::Scope;

/// A folder on this machine, or a bucket and prefix on S3.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A folder.
    Local(PathBuf),
    /// Objects whose keys start with a prefix.
    S3 {
        /// The bucket.
        bucket: String,
        /// The prefix, without a slash at either end; may be empty.
        prefix: String,
    },
}

/// Why a text is not a location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// The text is empty.
    #[error("location is empty; give a folder or s3://bucket/prefix")]
    Empty,
    /// An S3 location does not name a valid bucket.
    #[error("bucket is not valid: 3 to 63 lower-case letters, digits, dots and hyphens, as in s3://bucket/prefix")]
    Bucket,
    /// The scheme is neither absent nor `s3`.
    #[error("scheme `{0}` is not supported; give a folder or s3://bucket/prefix")]
    Scheme(String),
    /// It begins with `~`, which only a shell replaces.
    #[error(
        "`~` is not replaced here; write the folder in full, as in /home/ada/lake, or `./~` for a folder of that name"
    )]
    Home,
    /// It has `$NAME` or `${NAME}` in it, which only a shell replaces.
    #[error("`${{NAME}}` and `$NAME` are not replaced here; write the folder in full, as in /home/ada/lake")]
    Variable,
}

impl LocationError {
    /// Returns what is wrong with the text of a folder: that it is empty, or holds what only a shell replaces.
    #[must_use]
    pub fn of_folder(text: &str) -> Option<Self> {
        let begins_name = |rest: &str| rest.starts_with(|c: char| c == '{' || c == '_' || c.is_ascii_alphabetic());
        match text.trim() {
            "" => Some(Self::Empty),
            text if text.starts_with('~') => Some(Self::Home),
            text if text.split('$').skip(1).any(begins_name) => Some(Self::Variable),
            _ => None,
        }
    }
}

impl Location {
    /// Reads `s3://bucket/prefix`, or a folder, which is relative to `base_dir` unless absolute.
    ///
    /// ```
    /// use carelake_core::config::Location;
    /// use std::path::Path;
    /// let base = Path::new("/srv");
    /// assert_eq!(Location::parse("./input", base), Ok(Location::Local("/srv/input".into())));
    /// let raw = Location::S3 { bucket: "raw".into(), prefix: "cms/2026".into() };
    /// assert_eq!(Location::parse("s3://raw/cms/2026/", base), Ok(raw));
    /// ```
    ///
    /// # Errors
    /// [`LocationError`] when the text is empty, has another scheme than `s3`, names no valid bucket, or holds what only a shell
    /// replaces.
    pub fn parse(text: &str, base_dir: &Path) -> Result<Self, LocationError> {
        let text = text.trim();
        match text.split_once("://") {
            _ if text.is_empty() => Err(LocationError::Empty),
            None => match LocationError::of_folder(text) {
                Some(error) => Err(error),
                None => Ok(Self::Local(base_dir.join(text).components().collect())),
            },
            Some(("s3", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                if !is_bucket(bucket) {
                    return Err(LocationError::Bucket);
                }
                Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
            }
            Some((scheme, _)) => Err(LocationError::Scheme(scheme.to_owned())),
        }
    }
}

impl Location {
    /// Returns the part of the place that a tenant has; the place itself where there is none.
    ///
    /// ```
    /// use carelake_core::config::Location;
    /// use std::path::Path;
    /// let output = Location::parse("s3://lake/out", Path::new("/srv")).unwrap();
    /// assert_eq!(output.of(&"acme".parse().unwrap()).to_string(), "s3://lake/out/_tenants/acme");
    /// assert_eq!(output.of(&Default::default()), output);
    /// ```
    #[must_use]
    pub fn of(&self, scope: &Scope) -> Self {
        let Some(folder) = scope.folder() else { return self.clone() };
        match self {
            Self::Local(place) => Self::Local(place.join(folder)),
            Self::S3 { bucket, prefix } => {
                let slash = if prefix.is_empty() { "" } else { "/" };
                Self::S3 { bucket: bucket.clone(), prefix: format!("{prefix}{slash}{folder}") }
            }
        }
    }

    /// Returns whether this place is the other one, or inside of it, going by how the two are written: what links lead to is
    /// not looked at.
    ///
    /// ```
    /// use carelake_core::config::Location;
    /// use std::path::Path;
    /// let place = |text| Location::parse(text, Path::new("/srv")).unwrap();
    /// assert!(place("out/rejects/").is_within(&place("./in/../out")));
    /// assert!(!place("out-rejects").is_within(&place("out")));
    /// assert!(place("s3://lake/out/rejects").is_within(&place("s3://lake/out")));
    /// ```
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Local(inner), Self::Local(outer)) => lexical(inner).starts_with(lexical(outer)),
            (Self::S3 { bucket, prefix }, Self::S3 { bucket: of_other, prefix: outer }) => {
                // Parts of a prefix are as those of a path.
                bucket == of_other && Path::new(prefix).starts_with(outer)
            }
            _ => false,
        }
    }
}

/// Returns a path without `.` and `..`, as if no folder of it were a link.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            // Nothing is above the root.
            Component::ParentDir if plain.has_root() => {}
            part => plain.push(part),
        }
    }
    plain
}

/// Returns whether S3 accepts the name, by the rules that do not need the service (Amazon S3 user guide, "Bucket naming rules").
fn is_bucket(name: &str) -> bool {
    let of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let at_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len()) && name.chars().all(of_name) && name.starts_with(at_end) && name.ends_with(at_end)
}

/// A folder as `{"folder": …}`; a bucket as `{"bucket": …, "prefix": …}`, where the prefix is empty or ends with a slash, as keys
/// begin with it.
impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Local(folder) => map.serialize_entry("folder", folder)?,
            Self::S3 { bucket, prefix } => {
                let slash = if prefix.is_empty() { "" } else { "/" };
                map.serialize_entry("bucket", bucket)?;
                map.serialize_entry("prefix", &format!("{prefix}{slash}"))?;
            }
        }
        map.end()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(folder) => write!(f, "{}", folder.display()),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_location_is_refused_with_the_reason() {
        for (text, error) in [
            ("", LocationError::Empty),
            ("  ", LocationError::Empty),
            ("s3://", LocationError::Bucket),
            ("s3:///prefix", LocationError::Bucket),
            ("s3://Upper/prefix", LocationError::Bucket),
            ("https://host/path", LocationError::Scheme("https".into())),
            ("~", LocationError::Home),
            ("~/out", LocationError::Home),
            ("~ada/out", LocationError::Home),
            ("${HOME}/out", LocationError::Variable),
            ("/data/$USER/out", LocationError::Variable),
        ] {
            assert_eq!(Location::parse(text, Path::new("/srv")), Err(error), "{text}");
        }
    }

    #[test]
    fn a_location_is_shown_as_it_is_written() {
        for text in ["/srv/input", "s3://raw", "s3://raw/cms/2026"] {
            assert_eq!(Location::parse(text, Path::new("/")).map(|place| place.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_folder_that_merely_looks_like_it_is_taken() {
        for text in ["./~", "/srv/a~b", "/srv/5$", "/srv/$5", "/srv/a b"] {
            assert!(Location::parse(text, Path::new("/srv")).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_place_within_another_is_found_however_it_is_written() {
        let place = |text| Location::parse(text, Path::new("/srv/job")).unwrap();
        for (inner, outer, is_within) in [
            ("out", "out/", true),
            ("out/x/..", "out", true),
            ("../job/out/rejects", "out", true),
            ("out", "/", true),
            ("/../srv/job/out", "out", true),
            ("..", "out", false),
            ("out", "..", true),
            ("out-rejects", "out", false),
            ("s3://lake/a", "s3://lake", true),
            ("s3://lake/ab", "s3://lake/a", false),
            ("s3://lake/a", "s3://other", false),
            ("s3://lake/a", "/", false),
        ] {
            assert_eq!(place(inner).is_within(&place(outer)), is_within, "{inner} in {outer}");
        }
    }

    #[test]
    fn a_folder_is_relative_to_the_base_unless_absolute() {
        let local = |text| Location::parse(text, Path::new("/srv/job"));
        assert_eq!(local("input/cms"), Ok(Location::Local("/srv/job/input/cms".into())));
        assert_eq!(local("/mnt/cms"), Ok(Location::Local("/mnt/cms".into())));
    }
}
