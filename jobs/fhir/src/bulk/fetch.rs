//! Fetching a file of an export: all of it, to a file of this machine without a name, before a line of it is read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use carelake_http::{HttpError, Request, Response};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::asking::{Attempts, Wait};
use super::manifest::{Manifest, Named};
use super::server::{Server, host_of};
use crate::error::FhirError;
use crate::take::{Lines, Opened};

impl Server<'_> {
    /// Fetches a file. `is_closed` says whether it is shown to those only who say who they are.
    ///
    /// # Errors
    /// [`FhirError::Lost`] where it is gone or may not be asked for; [`FhirError::Refused`] where a new token is refused, too;
    /// [`FhirError::Http`] where it does not come.
    pub fn fetch<'o>(
        &self,
        (name, url): (&str, &str),
        is_closed: bool,
        scratch: &Path,
        wait: &Wait<'_>,
    ) -> Result<Opened<'o>, FhirError> {
        let lost = |why| FhirError::Lost { file: name.to_owned(), why };
        self.client
            .check(url)
            .map_err(|_| lost("it is at a place that is not asked; name its host in `file_hosts`"))?;
        let (mut attempts, mut had_token) = (Attempts::default(), false);
        loop {
            let mut request = Request::get(url)
                .with_header("accept-encoding", "gzip")
                .with_header("accept", "application/fhir+ndjson");
            if is_closed && self.is_told(url) {
                request.credential = self.credential(wait)?;
            }
            let error = match self.client.send(&request, &[]).and_then(|response| kept(name, response, scratch)) {
                Ok(file) => return Ok(file),
                Err(error) => error,
            };
            match &error {
                HttpError::Status { status: 401, .. } if is_closed && !had_token => {
                    had_token = true;
                    self.forget_token();
                }
                HttpError::Status { status: 401, .. } => {
                    return Err(self.meaning(&error));
                }
                HttpError::Status { status: 403 | 404 | 410, .. } => return Err(lost("the server shows it no more")),
                HttpError::Status { status: 300..=428 | 430..=499, .. }
                | HttpError::Redirect { .. }
                | HttpError::Redirects { .. } => {
                    return Err(lost("the server answers something else"));
                }
                _ => match attempts.after(&error) {
                    Some(time) => wait(time)?,
                    None => return Err(self.meaning(&error)),
                },
            }
        }
    }

    /// Returns whether a server may know who we are: ours, and those that files come from.
    fn is_told(&self, url: &str) -> bool {
        host_of(url).is_some_and(|host| {
            host == self.bulk.host.to_ascii_lowercase()
                || self.bulk.file_hosts.iter().any(|it| it.eq_ignore_ascii_case(&host))
        })
    }

    /// Counts what went wrong on the server, by severity.
    ///
    /// # Errors
    /// As [`Server::fetch`].
    pub fn outcomes(
        &self,
        manifest: &Manifest,
        scratch: &Path,
        wait: &Wait<'_>,
    ) -> Result<std::collections::BTreeMap<String, u64>, FhirError> {
        let mut counts = std::collections::BTreeMap::new();
        for Named { url, .. } in &manifest.error {
            let opened = self.fetch(("error.ndjson", url), manifest.requires_access_token, scratch, wait)?;
            let unread = |cause| FhirError::Read { file: "error.ndjson".to_owned(), cause };
            let mut lines = Lines::new(opened).map_err(unread)?;
            while let Some(line) = lines.following().map_err(unread)? {
                let outcome: Option<Outcome> = serde_json::from_slice(&line.bytes).ok();
                for issue in outcome.into_iter().flat_map(|outcome| outcome.issue) {
                    *counts.entry(issue.severity.name().to_owned()).or_default() += 1;
                }
            }
        }
        Ok(counts)
    }
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(default)]
    issue: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    severity: Severity,
}

/// What a server may call its own failures; never a text of it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Fatal,
    Error,
    Warning,
    Information,
    Success,
}

impl Severity {
    const fn name(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
            Self::Success => "success",
        }
    }
}

/// Keeps what comes. It must be as long as was said.
fn kept<'o>(name: &str, mut response: Response, scratch: &Path) -> Result<Opened<'o>, HttpError> {
    let place = carelake_http::Place::of(&response.url);
    let is_packed = response.header("content-encoding").is_some_and(|packing| packing.eq_ignore_ascii_case("gzip"));
    let announced = response.size_bytes();
    let cut = |received_bytes, cause: io::Error| HttpError::Cut {
        place: place.clone(),
        received_bytes,
        cause: cause.kind().to_string(),
    };
    let mut to = BufWriter::new(tempfile::tempfile_in(scratch).map_err(|cause| cut(0, cause))?);
    let received = copy(&mut response.reader(), &mut to).map_err(|(received, cause)| cut(received, cause))?;
    if announced.is_some_and(|announced| announced != received) {
        return Err(cut(received, io::ErrorKind::UnexpectedEof.into()));
    }
    let mut file = to.into_inner().map_err(|error| cut(received, error.into_error()))?;
    file.rewind().map_err(|cause| cut(received, cause))?;
    let is_packed = is_packed || name.ends_with(".gz");
    Ok(opened(file, is_packed))
}

fn opened<'o>(file: File, is_packed: bool) -> Opened<'o> {
    let plain: Box<dyn BufRead> = Box::new(BufReader::with_capacity(1 << 18, file));
    if is_packed { Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(plain))) } else { plain }
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<u64, (u64, io::Error)> {
    let (mut piece, mut received) = (vec![0; 1 << 16], 0);
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(received),
            Ok(count) => {
                to.write_all(piece.get(..count).unwrap_or_default()).map_err(|cause| (received, cause))?;
                received += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((received, error)),
        }
    }
}
