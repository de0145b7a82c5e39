//! What every function of the room works with: the section of the configuration, the deliveries, and the bytes of files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_core::ledger::{Ask, Claimed};
use carelake_core::store::Edition;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::config::Config;
use jiff::Timestamp;
use tempfile::TempPath;

use crate::arrive::copied;
use crate::config::{self, Intake};
use crate::course::Step;
use crate::deliveries::{Deliveries, DeliveriesError, Delivery, DeliveryId};
use crate::error::IntakeError;
use crate::feed::Feed;
use crate::state::{Accepted, Services};

/// Seconds after which the turn of an execution that died is free again.
const TURN_SECS: u64 = 120;
/// How often it is said that an execution is alive.
const RENEWAL: Duration = Duration::from_secs(30);

/// What a function works with.
pub struct Desk<'c> {
    /// The environment.
    pub context: &'c Context<'c>,
    /// The section of the configuration.
    pub intake: Intake,
}

/// A file of this machine.
#[derive(Debug)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// The copy that is removed with it, if it is one.
    _copy: Option<TempPath>,
}

impl<'c> Desk<'c> {
    /// Reads the section.
    ///
    /// # Errors
    /// `InvalidConfig` when there is none.
    pub fn open(context: &'c Context<'c>) -> Result<Self, Failure> {
        Self::find(context).ok_or_else(|| {
            Failure::new(
                ErrorKind::INVALID_CONFIG,
                "the configuration has no section `intake`; docs/rooms/intake.md has a first feed",
            )
        })
    }

    /// Reads the section, where there is one.
    pub(super) fn find(context: &'c Context<'c>) -> Option<Self> {
        let intake = of_config(context.services.config)?;
        Some(Self { context, intake })
    }

    /// Returns the time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.context.services.now)()
    }

    /// Returns the deliveries of the scope.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries<'c> {
        Deliveries::new(self.context.services.ledger, self.context.scope)
    }

    /// Returns a feed.
    ///
    /// # Errors
    /// `InvalidConfig` when there is none of the name.
    pub fn feed(&self, name: &str) -> Result<&Arc<Feed>, Failure> {
        self.intake.feed(name).ok_or_else(|| {
            let near = carelake_core::nearest(name, self.intake.feeds.iter().map(|feed| feed.name.as_str()));
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            Failure::new(ErrorKind::INVALID_CONFIG, format!("there is no feed `{name}`{near}"))
        })
    }

    /// Returns where rows, refused rows and ids are kept.
    #[must_use]
    pub fn services(&self) -> Services<'c> {
        let carelake_tabular::job::Services { output, rejects, ledger, now, .. } = self.context.services;
        Services { output, rejects, ledger, now }
    }

    /// Returns the delivery that an execution is about, with its feed.
    ///
    /// # Errors
    /// `Internal` where nothing was claimed; `InvalidConfig` where its feed is gone; `Storage` when the ledger fails.
    pub fn delivery(&self, step: &Step) -> Result<(Arc<Feed>, Delivery), Failure> {
        let claimed = step.course.claimed.as_ref().and_then(|claimed| claimed.answer.delivery.clone());
        let id = claimed.ok_or_else(|| Failure::new(ErrorKind::INTERNAL, "no delivery was claimed"))?;
        let feed = Arc::clone(self.feed(&id.feed)?);
        let sha256 = &step.course.arrived.arrival.sha256;
        let delivery = self.deliveries().content(&id, sha256, self.now())?;
        let delivery = delivery.ok_or(DeliveriesError::Unknown { id })?;
        Ok((feed, delivery))
    }

    /// Returns the bytes of a file as a file of this machine.
    ///
    /// # Errors
    /// `Storage` when they cannot be read.
    pub fn file(&self, raw: &str, edition: Option<&str>) -> Result<File, IntakeError> {
        if let Some(path) = self.context.raw.local_path(raw).filter(|path| path.is_file()) {
            return Ok(File { path, _copy: None });
        }
        let store = self.context.raw;
        let edition = edition.map_or_else(|| store.edition(raw), |edition| Ok(Edition::new(edition)))?;
        let copy = copied(store, raw, &edition, self.context.scratch)?;
        Ok(File { path: copy.to_path_buf(), _copy: Some(copy) })
    }

    /// Takes the turn of a feed, or answers who has it. Asked again by the same owner it is taken again.
    ///
    /// # Errors
    /// `Storage` when the ledger fails.
    pub fn turn(&self, feed: &str, owner: &str) -> Result<Claimed, Failure> {
        let ask = Ask { owner, retake: true, now: self.now(), ttl_secs: TURN_SECS };
        let name = self.context.scope.qualify(&format!("intake/{feed}"));
        Ok(self.context.services.ledger.claim(&name, &ask)?)
    }

    /// Does something in the turn of a feed, which is renewed meanwhile.
    pub(super) fn in_turn<T>(&self, feed: &str, owner: &str, work: impl FnOnce() -> T) -> T {
        let (over, is_over) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while is_over.recv_timeout(RENEWAL) == Err(RecvTimeoutError::Timeout) {
                    // A renewal that fails is tried again; publishing has leases of its own.
                    let _ = self.turn(feed, owner);
                }
            });
            let done = work();
            drop(over);
            done
        })
    }

    /// Gives the turn of a feed back, if it is the owner's.
    ///
    /// # Errors
    /// `Storage` when the ledger fails.
    pub fn give_back(&self, feed: &str, owner: &str) -> Result<(), Failure> {
        if let Claimed::Taken(taken) = self.turn(feed, owner)? {
            self.context.services.ledger.release_claim(&taken)?;
        }
        Ok(())
    }
}

/// Reads the section of a configuration, if it has one.
#[must_use]
pub fn of_config(config: &Config) -> Option<Intake> {
    let folder = config.file.parent().unwrap_or(Path::new(""));
    config.section(config::SECTION.name, |spot, mistakes| config::read(spot, folder, mistakes))
}

impl File {
    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Says of a delivery what its state is computed from.
#[must_use]
pub fn accepted(delivery: &Delivery) -> Accepted {
    Accepted {
        id: delivery.id.to_string(),
        delivery_date: delivery.id.position.date,
        sequence: delivery.id.position.sequence,
        sha256: delivery.sha256.clone(),
        name: delivery.name.clone(),
    }
}

/// Returns the id of a delivery whose state is being computed.
///
/// # Errors
/// `Internal` when it is none.
pub fn delivery_id(accepted: &Accepted) -> Result<DeliveryId, Failure> {
    accepted.id.parse().map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("{error}")))
}

impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        Self::new(error.kind(), carelake_core::causes(&error))
    }
}

impl From<DeliveriesError> for Failure {
    fn from(error: DeliveriesError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}
