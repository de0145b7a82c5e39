//! What was answered.

use std::io::Read;

use ureq::Body;

use crate::address::Place;
use crate::error::HttpError;

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Response {
    /// The status: 2xx, or 304.
    pub status: u16,
    /// Where it came from, after all redirects.
    pub url: String,
    inner: http::Response<Body>,
}

impl Response {
    pub(crate) fn new(url: String, inner: http::Response<Body>) -> Self {
        Self { status: inner.status().as_u16(), url, inner }
    }

    /// Returns a header, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// Returns the size that the server announces.
    #[must_use]
    pub fn size_bytes(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// Returns the body piece by piece.
    pub fn reader(&mut self) -> impl Read + '_ {
        self.inner.body_mut().as_reader()
    }

    /// Returns the whole body, which may have so many bytes.
    ///
    /// # Errors
    /// [`HttpError::TooLarge`], or [`HttpError::Cut`] when it ends before its end.
    pub fn read(&mut self, most_bytes: u64) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        let place = Place::of(&self.url);
        match self.reader().take(most_bytes.saturating_add(1)).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > most_bytes => Err(HttpError::TooLarge { place, most_bytes }),
            Ok(_) => Ok(bytes),
            Err(error) => {
                Err(HttpError::Cut { place, received_bytes: bytes.len() as u64, cause: error.kind().to_string() })
            }
        }
    }
}
