//! Reading objects, or parts of them. A body that breaks off is asked for again from where it stopped.

use std::collections::HashMap;
use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;

use super::Place;
use crate::attempts;
use crate::failure::Failure;

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    All,
    /// Not empty.
    Range(Range<u64>),
    /// At least one byte from the end.
    Tail(u64),
}

/// What came.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) etag: String,
    /// The size of the whole object.
    pub(super) size_bytes: u64,
}

/// What S3 tells of an object without its bytes.
#[derive(Debug)]
pub(super) struct About {
    pub(super) size_bytes: u64,
    pub(super) etag: String,
    pub(super) sha256: Option<String>,
    pub(super) mark: Option<String>,
    /// Where the bucket keeps former states.
    pub(super) version_id: Option<String>,
    pub(super) metadata: HashMap<String, String>,
}

/// The part of an object that is being read.
struct Reading {
    etag: String,
    size_bytes: u64,
    /// Where the part begins and ends in the object.
    part: Range<u64>,
    bytes: Vec<u8>,
}

/// Why reading must go on or begin again.
enum Again {
    /// From where it stopped.
    Resume,
    /// From the start: the bytes are damaged, or the object was replaced.
    Restart,
    Never(Failure),
}

/// Reads an object or a part of it; with `etag` only while it is in that state.
pub(super) async fn fetch(
    client: &Client,
    place: &Place,
    key: &str,
    wanted: Wanted,
    etag: Option<&str>,
) -> Result<Fetched, Failure> {
    let mut reading: Option<Reading> = None;
    let mut attempt = 1;
    loop {
        let before = reading.as_ref().map_or(0, |reading| reading.bytes.len());
        match step(client, place, key, &wanted, etag, &mut reading).await {
            Ok(fetched) => return Ok(fetched),
            Err(Again::Never(failure)) => return Err(failure),
            Err(_) if attempt >= attempts::MOST => {
                return Err(Failure::Broken("the bytes broke off or were damaged at every attempt"));
            }
            Err(Again::Restart) => reading = None,
            Err(Again::Resume) => {}
        }
        attempts::wait(attempt).await;
        // Who gets on may go on: only attempts that bring nothing count.
        let progressed = reading.as_ref().is_some_and(|reading| reading.bytes.len() > before);
        attempt = if progressed { 1 } else { attempt + 1 };
    }
}

/// Asks once, and takes what comes.
async fn step(
    client: &Client,
    place: &Place,
    key: &str,
    wanted: &Wanted,
    etag: Option<&str>,
    reading: &mut Option<Reading>,
) -> Result<Fetched, Again> {
    let range = match reading {
        Some(reading) => Some(bytes_between(reading.next(), reading.part.end)),
        None => match wanted {
            Wanted::All => None,
            Wanted::Range(range) => Some(bytes_between(range.start, range.end)),
            Wanted::Tail(length) => Some(format!("bytes=-{length}")),
        },
    };
    let etag = reading.as_ref().map(|reading| reading.etag.clone()).or_else(|| etag.map(str::to_owned));
    let resumes = reading.is_some();
    let call = client.get_object().bucket(&place.bucket).key(place.full(key)).set_range(range).set_if_match(etag);
    let call = call.set_version_id(place.version_id.clone());
    let mut output = match call.send().await.map_err(|error| Failure::of(&error)) {
        Ok(output) => output,
        // The object was replaced under our hands: what was read so far is of no use.
        Err(failure) if resumes && failure.is_precondition() => return Err(Again::Restart),
        Err(failure) if failure.is_beyond_end() => return nothing(client, place, key).await.map_err(Again::Never),
        Err(failure) => return Err(Again::Never(failure)),
    };
    let reading = match reading {
        Some(reading) => reading,
        None => reading.insert(begin(&output, wanted).map_err(Again::Never)?),
    };
    loop {
        match output.body.try_next().await {
            Ok(Some(bytes)) => reading.bytes.extend_from_slice(&bytes),
            Ok(None) if reading.is_complete() => return Ok(reading.finish(wanted)),
            Ok(None) => return Err(Again::Resume),
            // All bytes came and the SDK found them to be others than were stored.
            Err(_) if reading.is_complete() => return Err(Again::Restart),
            Err(_) => return Err(Again::Resume),
        }
    }
}

/// Answers a range behind the end of the object.
async fn nothing(client: &Client, place: &Place, key: &str) -> Result<Fetched, Failure> {
    let about = about(client, place, key).await?;
    Ok(Fetched { bytes: Vec::new(), etag: about.etag, size_bytes: about.size_bytes })
}

fn begin(output: &GetObjectOutput, wanted: &Wanted) -> Result<Reading, Failure> {
    let unreadable = || Failure::Broken("the answer does not tell the size of the object");
    let length = output.content_length.and_then(|length| u64::try_from(length).ok()).ok_or_else(unreadable)?;
    let (start, size_bytes) = match &output.content_range {
        Some(range) => content_range(range).ok_or_else(unreadable)?,
        // A server may answer with everything when that is what the range comes to.
        None => (0, length),
    };
    // A damaged size must not take all the memory: the buffer grows with what comes.
    let expected = match wanted {
        Wanted::All => length,
        Wanted::Range(range) => range.end.saturating_sub(range.start).min(length),
        Wanted::Tail(tail) => length.min(*tail),
    };
    Ok(Reading {
        etag: output.e_tag.clone().unwrap_or_default(),
        size_bytes,
        part: start..start.saturating_add(length),
        bytes: Vec::with_capacity(usize::try_from(expected).unwrap_or_default()),
    })
}

/// Reads `bytes 5-9/20` as where it starts and the size of the whole.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, size.parse().ok()?))
}

fn bytes_between(start: u64, end: u64) -> String {
    // The last byte of an HTTP range is part of it.
    format!("bytes={start}-{}", end.saturating_sub(1))
}

impl Reading {
    /// Returns where the next byte is in the object.
    fn next(&self) -> u64 {
        self.part.start + self.bytes.len() as u64
    }

    fn is_complete(&self) -> bool {
        self.next() >= self.part.end
    }

    /// Cuts what came down to what was asked for: a server may have answered with everything.
    fn finish(&mut self, wanted: &Wanted) -> Fetched {
        let mut bytes = std::mem::take(&mut self.bytes);
        let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        match wanted {
            Wanted::All => {}
            Wanted::Range(range) => {
                bytes.truncate(at(range.end.saturating_sub(self.part.start)));
                bytes.drain(..at(range.start.saturating_sub(self.part.start)).min(bytes.len()));
            }
            Wanted::Tail(length) => drop(bytes.drain(..bytes.len().saturating_sub(at(*length)))),
        }
        Fetched { bytes, etag: self.etag.clone(), size_bytes: self.size_bytes }
    }
}

/// Asks for what is known of an object without its bytes.
pub(super) async fn about(client: &Client, place: &Place, key: &str) -> Result<About, Failure> {
    let call = client.head_object().bucket(&place.bucket).key(place.full(key)).set_version_id(place.version_id.clone());
    let output = call.send().await.map_err(|error| Failure::of(&error))?;
    let mut all = output.metadata.unwrap_or_default();
    Ok(About {
        size_bytes: output.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default(),
        etag: output.e_tag.clone().unwrap_or_default(),
        sha256: all.remove(super::write::SHA256),
        mark: all.remove(super::write::MARK),
        // A bucket that never kept any answers nothing, one that no longer does answers `null`.
        version_id: output.version_id.filter(|id| id != "null"),
        metadata: all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_tells_start_and_size() {
        assert_eq!(content_range("bytes 5-9/20"), Some((5, 20)));
        for text in ["", "bytes */20", "bytes 5-9/*", "5-9/20", "bytes 5/20"] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }
}
