//! Where files are: a folder on this machine, or a bucket and prefix on S3.

use std::fmt;
use std::path::{Path, PathBuf};

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
    /// [`LocationError`] when the text is empty, has another scheme than `s3`, or names no valid bucket.
    pub fn parse(text: &str, base_dir: &Path) -> Result<Self, LocationError> {
        let text = text.trim();
        match text.split_once("://") {
            _ if text.is_empty() => Err(LocationError::Empty),
            None => Ok(Self::Local(base_dir.join(text).components().collect())),
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

/// Returns whether S3 accepts the name, by the rules that do not need the service (Amazon S3 user guide, "Bucket naming rules").
fn is_bucket(name: &str) -> bool {
    let of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let at_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len()) && name.chars().all(of_name) && name.starts_with(at_end) && name.ends_with(at_end)
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
    fn a_folder_is_relative_to_the_base_unless_absolute() {
        let local = |text| Location::parse(text, Path::new("/srv/job"));
        assert_eq!(local("input/cms"), Ok(Location::Local("/srv/job/input/cms".into())));
        assert_eq!(local("/mnt/cms"), Ok(Location::Local("/mnt/cms".into())));
    }
}
