//! Fetching: what a partner leaves on a server of its own is brought into the landing place, and arrives there like any file.
//!
//! A file is seen when it is whole and its size is that of the server; what was brought is known by records, so that nothing comes twice; it is
//! moved away or deleted there only when it is here for good and noted. Nothing here knows what is in a file.

mod https;
mod landing;
mod origin;
mod record;
#[cfg(feature = "sftp")]
mod sftp;

use carelake_core::ledger::Claimed;
use carelake_core::store::StoreError;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::job::JobError;
use serde::Serialize;

pub use origin::{After, Credential, Dated, Every, Fetch, Https, Login, Origin, Sftp};
pub use record::Record;

use crate::feed::Feed;
use crate::functions::desk::Desk;
use landing::{Incoming, Landing};
use record::Records;

/// What became of a file of a partner's server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PulledFile {
    /// What it is called here.
    pub name: String,
    /// What became of it.
    pub status: PullStatus,
    /// Its size in bytes, where it is known.
    pub size_bytes: Option<u64>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PullStatus {
    /// It is here now.
    Brought,
    /// It would be brought.
    New,
    /// It was brought before and is the same.
    Unchanged,
    /// It is still being written, or went away; the next look takes it.
    Unsettled,
    /// Its name is none that is taken.
    PassedOver,
}

/// Who fetches, and whether for real.
#[derive(Debug, Clone, Copy)]
pub struct Pulling<'p> {
    /// Who has the turn: an execution.
    pub owner: &'p str,
    /// Whether it is only told what would be brought.
    pub is_dry: bool,
}

/// What is worked with for one feed.
struct Work<'c> {
    desk: &'c Desk<'c>,
    feed: &'c Feed,
    landing: Landing<'c>,
    records: Records<'c>,
    is_dry: bool,
    files: Vec<PulledFile>,
}

/// A file that is here.
struct Here<T> {
    /// What the server said of it.
    told: T,
    size_bytes: u64,
    sha256: String,
}

/// Brings what is new of a feed. A feed whose turn somebody else has is left to them: nothing is answered.
///
/// # Errors
/// `Unavailable` and `Refused` as the partner's server is; `InvalidConfig` when a secret is not there; `Storage`.
pub fn pull(desk: &Desk<'_>, feed: &Feed, pulling: Pulling<'_>) -> Result<Option<Vec<PulledFile>>, Failure> {
    let Some(fetch) = &feed.fetch else { return Ok(Some(Vec::new())) };
    let mut work = Work {
        desk,
        feed,
        landing: Landing::of(desk.context, &desk.intake),
        records: Records::of(desk.context, &feed.name),
        is_dry: pulling.is_dry,
        files: Vec::new(),
    };
    if pulling.is_dry {
        work.all(&fetch.origin)?;
        return Ok(Some(work.files));
    }
    let turn = format!("pull/{}", feed.name);
    if !matches!(desk.turn(&turn, pulling.owner)?, Claimed::Taken(_)) {
        return Ok(None);
    }
    let done = desk.in_turn(&turn, pulling.owner, || {
        work.landing.tidy(&feed.partner).map_err(stored)?;
        work.all(&fetch.origin)
    });
    desk.give_back(&turn, pulling.owner)?;
    done?;
    work.records.looked()?;
    Ok(Some(work.files))
}

/// Returns whether it is time to look for files of a feed.
///
/// # Errors
/// `Storage` when the ledger fails.
pub fn is_due(desk: &Desk<'_>, feed: &Feed) -> Result<bool, Failure> {
    let Some(fetch) = &feed.fetch else { return Ok(false) };
    let Some(looked) = Records::of(desk.context, &feed.name).looked_at()? else { return Ok(true) };
    let day = |at: jiff::Timestamp| at.to_zoned(feed.time_zone.clone()).date();
    Ok(fetch.every == Every::Hour || day(looked) < day(desk.now()))
}

impl Work<'_> {
    fn all(&mut self, origin: &Origin) -> Result<(), Failure> {
        match origin {
            Origin::Https(https) => self.https(https),
            #[cfg(feature = "sftp")]
            Origin::Sftp(sftp) => self.sftp(sftp),
            #[cfg(not(feature = "sftp"))]
            Origin::Sftp(_) => Err(Failure::new(
                carelake_core::ErrorKind::INVALID_CONFIG,
                "this carelake was built without the feature `sftp`",
            )),
        }
    }

    fn note(&mut self, name: &str, status: PullStatus, size_bytes: Option<u64>) {
        self.files.push(PulledFile { name: name.to_owned(), status, size_bytes });
    }

    /// Brings a file; nothing where there is nothing to come. Where other bytes landed under its name before, these go and it comes
    /// once more.
    fn bring<T>(
        &self,
        key: &str,
        mut come: impl FnMut(&mut Incoming<'_>) -> Result<Option<T>, Failure>,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<Option<Here<T>>, Failure> {
        let mut has_room = false;
        loop {
            let mut incoming = self.landing.begin(key).map_err(stored)?;
            let Some(told) = come(&mut incoming)? else { return Ok(None) };
            let (size_bytes, sha256) = incoming.about();
            let here = Here { told, size_bytes, sha256 };
            // The bytes of before with another time or tag: there is nothing new to show.
            if is_known(&here.sha256) {
                return Ok(Some(here));
            }
            match incoming.finish() {
                Err(error) if error.is_conflict() && !has_room => {
                    self.landing.make_room(key).map_err(stored)?;
                    has_room = true;
                }
                finished => {
                    finished.map_err(stored)?;
                    return Ok(Some(here));
                }
            }
        }
    }
}

fn stored(error: StoreError) -> Failure {
    JobError::from(error).into()
}
