//! A file that comes whole: a transfer that is cut goes on where it stopped, if the server can promise that it is still the same file.

use std::io::Read;

use carelake_core::hex;
use carelake_core::store::StoreError;
use http::HeaderName;
use http::header::{CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE};
use http::header::{LAST_MODIFIED, RANGE};
use sha2::{Digest, Sha256};

use crate::address::Place;
use crate::attempts::Attempts;
use crate::client::Client;
use crate::error::HttpError;
use crate::range::{strong, to_the_end};
use crate::request::Request;
use crate::response::Response;

/// Bytes that are taken at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// So many bytes between two cuts are progress: attempts are counted anew.
const PROGRESS_BYTES: u64 = 1 << 20;

/// Takes what comes.
pub trait Sink {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be kept; the download ends with it.
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError>;

    /// Forgets all bytes so far: the file comes from its beginning.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot.
    fn restart(&mut self) -> Result<(), StoreError>;
}

/// What is known of the file that came last, as the server said it. Empty where there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What a download found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Downloaded {
    /// The file is the one that is known; the sink got nothing.
    Unchanged,
    /// The file is all in the sink.
    New(File),
}

/// A file that came whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its `ETag`, as it was sent.
    pub etag: Option<String>,
    /// Its `Last-Modified`, as it was sent.
    pub last_modified: Option<String>,
    /// Its `Content-Type`, as it was sent.
    pub content_type: Option<String>,
    /// How many bytes came.
    pub size_bytes: u64,
    /// Whether the server had said before how many would come. Where not, the end of the connection was taken for the end of the file.
    pub is_size_announced: bool,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
    /// Where they came from, after all redirects.
    pub url: String,
}

/// What has come so far.
#[derive(Default)]
struct Transfer {
    received_bytes: u64,
    digest: Sha256,
    head: Option<Head>,
}

/// What the answer said with which the bytes so far came.
struct Head {
    etag: Option<String>,
    last_modified: Option<String>,
    content_type: Option<String>,
    whole_bytes: Option<u64>,
    url: String,
}

impl Client {
    /// Brings a file, unless it is the one that is known.
    ///
    /// A transfer that is cut goes on by `Range` with `If-Range`, where the file has a strong validator; else, and where the server
    /// answers with another part or another file, it begins anew. The size is checked against what the server announces.
    ///
    /// # Errors
    /// As [`Client::send`]; [`HttpError::Cut`] when it does not come whole in so many attempts, [`HttpError::Sink`] when it
    /// cannot be kept.
    pub fn download(&self, request: &Request, known: &Known, sink: &mut dyn Sink) -> Result<Downloaded, HttpError> {
        let mut attempts = Attempts::new(&self.settings);
        let mut transfer = Transfer::default();
        loop {
            let before = transfer.received_bytes;
            match self.part(request, known, &mut transfer, sink) {
                Ok(Some(downloaded)) => return Ok(downloaded),
                // What came is of no use: from the beginning, at once but counted.
                Ok(None) => attempts.after(HttpError::Cut {
                    place: Place::of(&request.url),
                    received_bytes: before,
                    cause: "the rest that was asked for does not come".to_owned(),
                })?,
                Err(error) => {
                    if transfer.received_bytes >= before.saturating_add(PROGRESS_BYTES) {
                        attempts.achieved();
                    }
                    attempts.after(error)?;
                }
            }
        }
    }

    /// Asks for the file or for its rest, and takes what comes; `None` where the answer does not go on from what is there.
    fn part(
        &self,
        request: &Request,
        known: &Known,
        transfer: &mut Transfer,
        sink: &mut dyn Sink,
    ) -> Result<Option<Downloaded>, HttpError> {
        let kept = |source| HttpError::Sink { place: Place::of(&request.url), source };
        if transfer.received_bytes > 0 && transfer.validator().is_none() {
            transfer.restart(sink).map_err(kept)?;
        }
        let asks_for_rest = transfer.received_bytes > 0;
        let conditions = transfer.conditions(known);
        let mut response = match self.attempt(request, &conditions, &[]) {
            Err(HttpError::Status { status: 412 | 416, .. }) if asks_for_rest => {
                transfer.restart(sink).map_err(kept)?;
                return Ok(None);
            }
            answered => answered?,
        };
        let is_whole = match response.status {
            304 if !asks_for_rest && *known != Known::default() => return Ok(Some(Downloaded::Unchanged)),
            206 if asks_for_rest && transfer.goes_on_with(&response) => false,
            206 if asks_for_rest => {
                transfer.restart(sink).map_err(kept)?;
                return Ok(None);
            }
            200 => true,
            status => {
                return Err(HttpError::Status { place: Place::of(&response.url), status, retry_after: None });
            }
        };
        if response.header(CONTENT_ENCODING.as_str()).is_some_and(|packing| !packing.eq_ignore_ascii_case("identity")) {
            return Err(HttpError::Packed { place: Place::of(&response.url) });
        }
        if is_whole {
            if asks_for_rest {
                transfer.restart(sink).map_err(kept)?;
            }
            transfer.head = Some(Head::of(&response));
        }
        transfer.take(&mut response, sink)?;
        transfer.finish(&response).map(Some)
    }
}

impl Transfer {
    /// Returns what proves that the file is still the same.
    fn validator(&self) -> Option<&str> {
        strong(self.head.as_ref()?.etag.as_deref()?)
    }

    fn restart(&mut self, sink: &mut dyn Sink) -> Result<(), StoreError> {
        *self = Self::default();
        sink.restart()
    }

    /// Returns the headers that ask for the rest only, or for a file that is not known only.
    fn conditions(&self, known: &Known) -> Vec<(HeaderName, String)> {
        if let (Some(validator), 1..) = (self.validator(), self.received_bytes) {
            return vec![(RANGE, format!("bytes={}-", self.received_bytes)), (IF_RANGE, validator.to_owned())];
        }
        let etag = known.etag.clone().map(|etag| (IF_NONE_MATCH, etag));
        let modified = known.last_modified.clone().map(|modified| (IF_MODIFIED_SINCE, modified));
        etag.into_iter().chain(modified).collect()
    }

    /// Returns whether an answer is the rest that was asked for, of the same file.
    fn goes_on_with(&self, response: &Response) -> bool {
        let part = response.header(CONTENT_RANGE.as_str()).and_then(to_the_end);
        let whole = self.head.as_ref().and_then(|head| head.whole_bytes);
        let is_same = response.header(ETAG.as_str()).is_none_or(|etag| Some(etag) == self.validator());
        part.is_some_and(|part| {
            part.start == self.received_bytes && whole.is_none_or(|whole| whole == part.whole_bytes)
        }) && is_same
    }

    fn take(&mut self, response: &mut Response, sink: &mut dyn Sink) -> Result<(), HttpError> {
        let place = Place::of(&response.url);
        let mut reader = response.reader();
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = match reader.read(&mut piece) {
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let (received_bytes, cause) = (self.received_bytes, error.kind().to_string());
                    return Err(HttpError::Cut { place, received_bytes, cause });
                }
            };
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
            sink.write(bytes).map_err(|source| HttpError::Sink { place: place.clone(), source })?;
            self.digest.update(bytes);
            self.received_bytes = self.received_bytes.saturating_add(read as u64);
        }
    }

    /// Returns the file, if all of it is there.
    fn finish(&mut self, response: &Response) -> Result<Downloaded, HttpError> {
        let cut = |received_bytes| HttpError::Cut {
            place: Place::of(&response.url),
            received_bytes,
            cause: "fewer bytes than announced".to_owned(),
        };
        let whole_bytes = self.head.as_ref().and_then(|head| head.whole_bytes);
        if whole_bytes.is_some_and(|whole| whole != self.received_bytes) {
            return Err(cut(self.received_bytes));
        }
        let head = self.head.take().ok_or_else(|| cut(self.received_bytes))?;
        Ok(Downloaded::New(File {
            etag: head.etag,
            last_modified: head.last_modified,
            content_type: head.content_type,
            size_bytes: self.received_bytes,
            is_size_announced: whole_bytes.is_some(),
            sha256: hex(&std::mem::take(&mut self.digest).finalize()),
            url: head.url,
        }))
    }
}

impl Head {
    fn of(response: &Response) -> Self {
        let header = |name: HeaderName| response.header(name.as_str()).map(str::to_owned);
        Self {
            etag: header(ETAG),
            last_modified: header(LAST_MODIFIED),
            content_type: header(CONTENT_TYPE),
            whole_bytes: response.size_bytes(),
            url: response.url.clone(),
        }
    }
}
