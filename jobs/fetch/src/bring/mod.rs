//! Bringing a release into the input place: streamed, looked at on the way, and there under its name only when it is whole.
//!
//! The same on one machine and on AWS: a file goes into an upload of the store, which nobody sees before it is finished and which
//! must not find anything under its name. So a process that is killed at any moment leaves the old files and nothing else.

mod editions;
mod landing;
mod place;
mod verify;
mod watch;

use carelake_core::nearest;
use carelake_core::store::Store;
use carelake_http::{Downloaded, File, Known, Request};
use carelake_tabular::config::{Config, SourceSpec};
use carelake_tabular::meter::Meter;
use carelake_tabular::source::{Naming, locate};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::FetchError;
use crate::config::Wanted;
use crate::record::{Record, Records};
use crate::resolve::Release;
use crate::site::{Headers, Site};
use editions::{Edition, editions};
use landing::Landing;
pub use place::key_of;
use verify::verify;

/// What bringing works with.
pub struct Desk<'d> {
    /// The configuration.
    pub config: &'d Config,
    /// The sites.
    pub site: &'d Site<'d>,
    /// The input place.
    pub store: &'d dyn Store,
    /// What was brought.
    pub records: Records<'d>,
    /// Counts bytes that come.
    pub meter: &'d Meter,
    /// What time it is.
    pub now: &'d (dyn Fn() -> Timestamp + Sync),
}

/// How a source is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// What is new is brought.
    Bring,
    /// It is told which releases are there; no file is asked for.
    DryRun,
    /// Files are asked for their headers only.
    Check,
}

/// What was found of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// It was not there: brought now, or to be brought.
    New,
    /// Another content was there under its name and date: it lies beside that now, or would.
    Correction,
    /// It was there.
    Unchanged,
}

/// What became of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its date.
    pub release: Date,
    /// The key of the file in the input place.
    pub name: String,
    /// What was found.
    pub found: Found,
    /// Its size, where it is known.
    pub bytes: Option<u64>,
    /// When the next release is expected.
    pub next_expected: Option<Date>,
}

/// Who lets a file pass that is far smaller than the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepts<'a> {
    /// Who.
    pub by: &'a str,
}

/// A source of the monthly run, and how its files are named.
pub(crate) struct Read<'c> {
    spec: &'c SourceSpec,
    naming: Naming,
}

impl<'d> Desk<'d> {
    /// Looks at the releases of a source and brings what is new.
    ///
    /// # Errors
    /// [`FetchError`]; what lies in the input place stays as it was, but for releases that were brought before.
    pub fn fetch(
        &self,
        wanted: &Wanted,
        mode: Mode,
        until: Option<Date>,
        accepts: Option<Accepts<'_>>,
    ) -> Result<Vec<Outcome>, FetchError> {
        let read = self.read(wanted)?;
        let releases = self.site.releases(wanted, (read.spec, &read.naming), until)?;
        let mut outcomes = Vec::with_capacity(releases.len());
        for release in &releases {
            let name = key_of((read.spec, &read.naming), release)?;
            let records = self.records.of(&wanted.name, (self.now)())?;
            let there = editions(self.store, &name, &records)?;
            outcomes.push(match mode {
                Mode::Bring => self.bring(wanted, &read, release, (&name, there, &records), accepts)?,
                Mode::DryRun => looked_at(release, &name, there, false, None),
                Mode::Check => {
                    let headers = self.site.headers(&release.url, &known(there.as_ref()))?;
                    let (is_other, size) = match headers {
                        Headers::Unchanged => (false, None),
                        Headers::Other { size_bytes, .. } => (true, size_bytes),
                    };
                    looked_at(release, &name, there, is_other, size)
                }
            });
        }
        Ok(outcomes)
    }

    /// Returns why the source could not be read now, if it could not: what fetches cannot mend.
    #[must_use]
    pub fn unreadable(&self, wanted: &Wanted) -> Option<String> {
        let read = self.read(wanted).ok()?;
        locate(read.spec, self.store).err().map(|error| carelake_core::causes(&error))
    }

    fn read(&self, wanted: &Wanted) -> Result<Read<'d>, FetchError> {
        let names = || self.config.sources.iter().map(|source| source.name.as_str());
        let Some(spec) = self.config.source(&wanted.source) else {
            let near = nearest(&wanted.source, names());
            let near = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            let (name, source_name) = (wanted.name.clone(), wanted.source.clone());
            return Err(FetchError::NoSource { name, source_name, near });
        };
        let naming = Naming::new(spec).map_err(|fault| FetchError::Patterns(Box::new(fault)))?;
        Ok(Read { spec, naming })
    }

    fn bring(
        &self,
        wanted: &Wanted,
        read: &Read<'_>,
        release: &Release,
        (name, there, records): (&str, Option<Edition>, &[Record]),
        accepts: Option<Accepts<'_>>,
    ) -> Result<Outcome, FetchError> {
        let outcome = |name: &str, found, bytes| Outcome {
            release: release.date,
            name: name.to_owned(),
            found,
            bytes: Some(bytes),
            next_expected: release.next_expected,
        };
        let correction = there.as_ref().map_or(0, |there| there.number + 1);
        let target = editions::key(name, correction);
        if let Some(bytes) = release.size_bytes {
            self.meter.announce(bytes);
        }
        let mut landing = Landing::new(self.store, &target, &read.naming, self.meter);
        let downloaded =
            self.site.client.download(&Request::get(release.url.as_str()), &known(there.as_ref()), &mut landing)?;
        let file = match (downloaded, there.as_ref()) {
            (Downloaded::New(file), _) => file,
            (Downloaded::Unchanged, Some(there)) => {
                self.note_again(there, release)?;
                return Ok(outcome(&there.key, Found::Unchanged, there.size_bytes));
            }
            // Nothing was known, so nothing can be as it was.
            (Downloaded::Unchanged, None) => return Err(FetchError::Nothing { file: target }),
        };
        let shown = target.rsplit('/').next().unwrap_or(&target);
        verify(&landing.watch, release, (read.spec, &read.naming), shown)?;
        if let Some(there) = &there
            && there.sha256(self.store)? == file.sha256
        {
            self.note(wanted, release, (&there.key, there.number), &file, None)?;
            return Ok(outcome(&there.key, Found::Unchanged, there.size_bytes));
        }
        let is_smaller = |before: &&Record| (file.size_bytes as f64) < wanted.min_share * before.bytes as f64;
        let shrunken = records.first().filter(is_smaller);
        if let (Some(before), None) = (shrunken, accepts) {
            let (file_name, bytes) = (shown.to_owned(), file.size_bytes);
            let (before, bytes_before) = (before.name.clone(), before.bytes);
            return Err(FetchError::Shrunken { file: file_name, bytes, before, bytes_before });
        }
        landing.finish()?;
        let by = shrunken.and(accepts).map(|accepts| accepts.by);
        self.note(wanted, release, (&target, correction), &file, by)?;
        let found = if correction == 0 { Found::New } else { Found::Correction };
        Ok(outcome(&target, found, file.size_bytes))
    }

    fn note(
        &self,
        wanted: &Wanted,
        release: &Release,
        (name, correction): (&str, u32),
        file: &File,
        accepted_by: Option<&str>,
    ) -> Result<(), FetchError> {
        let now = (self.now)();
        let record = Record {
            source: wanted.name.clone(),
            release: release.date,
            name: name.to_owned(),
            correction,
            url: place::without_query(&file.url),
            etag: file.etag.clone(),
            modified: file.last_modified.clone(),
            sha256: file.sha256.clone(),
            bytes: file.size_bytes,
            fetched_at: now,
            next_expected: release.next_expected,
            accepted_by: accepted_by.map(str::to_owned),
        };
        Ok(self.records.note(&record, now)?)
    }

    /// Notes what the site says now of a file that is as it was.
    fn note_again(&self, there: &Edition, release: &Release) -> Result<(), FetchError> {
        let Some(record) = there.record.as_ref().filter(|it| it.next_expected != release.next_expected) else {
            return Ok(());
        };
        let record = Record { next_expected: release.next_expected, ..record.clone() };
        Ok(self.records.note(&record, (self.now)())?)
    }
}

/// Returns what is known of the edition that is there.
fn known(there: Option<&Edition>) -> Known {
    there.and_then(|there| there.record.as_ref()).map(Record::known).unwrap_or_default()
}

/// Tells what would be done with a release.
fn looked_at(release: &Release, name: &str, there: Option<Edition>, is_other: bool, size: Option<u64>) -> Outcome {
    let (name, found, there_bytes) = match there {
        None => (name.to_owned(), Found::New, None),
        Some(there) if is_other => (editions::key(name, there.number + 1), Found::Correction, None),
        Some(there) => (there.key, Found::Unchanged, Some(there.size_bytes)),
    };
    let bytes = there_bytes.or(size).or(release.size_bytes);
    Outcome { release: release.date, name, found, bytes, next_expected: release.next_expected }
}
