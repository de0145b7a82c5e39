//! Fetching an object into a file in parallel pieces, which are asked for in order.
//!
//! Each piece is asked for with the `ETag` that was seen first, so that the file never is a mixture of two objects.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_s3::Client;
use carelake_core::store::{Arrival, StoreError};
use tokio::task::{AbortHandle, JoinSet};

use super::fetch::{self, Wanted};
use super::progress::Progress;
use super::{Place, S3Store, Trouble};
use crate::failure::Failure;

/// The size of a piece: large enough that asking is cheap, small enough that the first is there soon.
const PIECE_BYTES: u64 = 8 << 20;

/// A download that is under way or done. Dropping it ends it; the file stays.
#[derive(Debug)]
pub struct Download {
    store: S3Store,
    key: String,
    etag: String,
    progress: Arc<Progress>,
    fetching: AbortHandle,
}

impl Download {
    /// Returns the size of the whole object in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.progress.size_bytes()
    }

    /// Returns the `ETag` of what is fetched.
    pub(super) fn etag(&self) -> &str {
        &self.etag
    }

    /// Returns how many bytes from the start are in the file now.
    #[must_use]
    pub fn complete_bytes(&self) -> u64 {
        self.progress.complete_bytes()
    }

    /// Waits until this many bytes from the start are in the file, or all when there are fewer. Answers how many are.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the object was replaced meanwhile; another when the store or the file failed.
    pub fn wait_for(&self, bytes: u64) -> Result<u64, StoreError> {
        self.progress.wait_for(bytes).map_err(|failure| {
            let replaced = failure.is_precondition();
            self.store.error("read", &self.key, if replaced { Trouble::Conflict } else { Trouble::Failed(failure) })
        })
    }

    /// Waits until everything is in the file.
    ///
    /// # Errors
    /// As [`Download::wait_for`].
    pub fn finish(&self) -> Result<(), StoreError> {
        self.wait_for(self.size_bytes()).map(drop)
    }
}

impl Arrival for Download {
    fn wait(&self, end: u64) -> Result<(), StoreError> {
        self.wait_for(end).map(drop)
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.fetching.abort();
    }
}

/// Makes the file and begins to fetch.
pub(super) fn start(store: &S3Store, key: &str, to: &Path, parallel: usize) -> Result<Download, StoreError> {
    let about = store.call("read", key, fetch::about(store.client(), &store.place, key))?;
    let file = make(to, about.size_bytes).map_err(|cause| store.error("read", key, Failure::Disk(cause.kind())))?;
    let progress = Arc::new(Progress::new(about.size_bytes));
    let object = Arc::new(Source {
        client: store.client().clone(),
        place: store.place.clone(),
        key: key.to_owned(),
        etag: about.etag.clone(),
        file,
        progress: Arc::clone(&progress),
    });
    let fetching = store.aws.handle().spawn(fetch_all(object, parallel.max(1))).abort_handle();
    Ok(Download { store: store.clone(), key: key.to_owned(), etag: about.etag, progress, fetching })
}

fn make(path: &Path, size_bytes: u64) -> io::Result<File> {
    let file = File::create(path)?;
    file.set_len(size_bytes)?;
    Ok(file)
}

/// The object, and where it goes.
struct Source {
    client: Client,
    place: Place,
    key: String,
    etag: String,
    file: File,
    progress: Arc<Progress>,
}

/// Tells the readers that nothing more comes, however fetching ended.
struct Ending(Arc<Progress>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.fail(Failure::Broken("the download was ended"));
    }
}

async fn fetch_all(source: Arc<Source>, parallel: usize) {
    let ending = Ending(Arc::clone(&source.progress));
    let size = source.progress.size_bytes();
    let mut starts = (0..size).step_by(usize::try_from(PIECE_BYTES).unwrap_or(usize::MAX));
    // Dropping it, when a piece fails, gives up the others.
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < parallel
            && let Some(start) = starts.next()
        {
            under_way.spawn(fetch_piece(Arc::clone(&source), start..size.min(start + PIECE_BYTES)));
        }
        match under_way.join_next().await {
            None => break,
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(failure))) => {
                ending.0.fail(failure);
                break;
            }
            Some(Err(_)) => break,
        }
    }
}

async fn fetch_piece(source: Arc<Source>, piece: Range<u64>) -> Result<(), Failure> {
    let wanted = Wanted::Range(piece.clone());
    let fetched = fetch::fetch(&source.client, &source.place, &source.key, wanted, Some(&source.etag)).await?;
    if fetched.bytes.len() as u64 != piece.end - piece.start {
        return Err(Failure::Broken("a part of the object has another size than was asked for"));
    }
    let start = piece.start;
    let writing = Arc::clone(&source);
    // Writing may wait for the disk; connections must not wait with it.
    let written = tokio::task::spawn_blocking(move || writing.file.write_all_at(&fetched.bytes, start)).await;
    written.map_err(|_| Failure::Broken("writing was given up"))?.map_err(|cause| Failure::Disk(cause.kind()))?;
    source.progress.add(piece.start, piece.end);
    Ok(())
}
