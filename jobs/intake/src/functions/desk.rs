//! What every function of the room works with: the section of the configuration, the deliveries, and the bytes of files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_core::config::ConfigError;
use carelake_core::config::reader::Mistakes;
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
/// Seconds after which the slot of an execution that died is free again: a container may take minutes to start.
const SLOT_SECS: u64 = 900;
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
    /// `InvalidConfig` when there is none, or when it has mistakes: all of them, each with its place.
    pub fn open(context: &'c Context<'c>) -> Result<Self, Failure> {
        Self::find(context)?.ok_or_else(|| {
            Failure::new(
                ErrorKind::INVALID_CONFIG,
                "the configuration has no section `intake`; docs/rooms/intake.md has a first feed",
            )
        })
    }

    /// Reads the section, where there is one.
    ///
    /// # Errors
    /// `InvalidConfig` when it has mistakes.
    pub(crate) fn find(context: &'c Context<'c>) -> Result<Option<Self>, Failure> {
        let intake = of_config(context.services.config);
        let intake = intake.map_err(|error| Failure::new(error.kind(), error.to_string()))?;
        Ok(intake.map(|intake| Self { context, intake }))
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
        named(&self.intake, name)
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
    pub(crate) fn in_turn<T>(&self, feed: &str, owner: &str, work: impl FnOnce() -> T) -> T {
        // A renewal that fails is tried again; publishing has leases of its own.
        renewing(|| drop(self.turn(feed, owner)), work)
    }

    /// Takes one of the slots of a partner, or answers that all are taken: of its deliveries so many are worked on at once. On one
    /// machine whoever delivers counts them.
    ///
    /// # Errors
    /// `Storage` when the ledger fails.
    pub fn slot(&self, partner: &str, owner: &str) -> Result<Option<Claimed>, Failure> {
        if self.context.host.is_some() {
            return Ok(None);
        }
        let most = u32::try_from(self.intake.partner(partner).max_concurrency).unwrap_or(u32::MAX);
        let ask = Ask { owner, retake: true, now: self.now(), ttl_secs: SLOT_SECS };
        let name = self.context.scope.qualify(&format!("intake/partner/{partner}"));
        Ok(Some(self.context.services.ledger.claim_slot(&name, most, &ask)?))
    }

    /// Does something in a slot of a partner, which is renewed meanwhile.
    pub(super) fn in_slot<T>(&self, partner: &str, owner: &str, work: impl FnOnce() -> T) -> T {
        renewing(|| drop(self.slot(partner, owner)), work)
    }

    /// Gives the slot of a partner back, if the owner has one.
    ///
    /// # Errors
    /// `Storage` when the ledger fails.
    pub fn leave_slot(&self, partner: &str, owner: &str) -> Result<(), Failure> {
        if let Some(Claimed::Taken(taken)) = self.slot(partner, owner)? {
            self.context.services.ledger.release_claim(&taken)?;
        }
        Ok(())
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

/// Does something while a claim is renewed every now and then.
fn renewing<T>(renew: impl Fn() + Send, work: impl FnOnce() -> T) -> T {
    let (over, is_over) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while is_over.recv_timeout(RENEWAL) == Err(RecvTimeoutError::Timeout) {
                renew();
            }
        });
        let done = work();
        drop(over);
        done
    })
}

/// Returns a feed.
pub(super) fn named<'i>(intake: &'i Intake, name: &str) -> Result<&'i Arc<Feed>, Failure> {
    intake.feed(name).ok_or_else(|| {
        let near = carelake_core::nearest(name, intake.feeds.iter().map(|feed| feed.name.as_str()));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        Failure::new(ErrorKind::INVALID_CONFIG, format!("there is no feed `{name}`{near}"))
    })
}

/// Reads the section of a configuration, if it has one. A function is the first that reads it: what was uploaded may be anything.
///
/// # Errors
/// [`ConfigError`] with every mistake in it.
pub fn of_config(config: &Config) -> Result<Option<Intake>, ConfigError> {
    let folder = config.file.parent().unwrap_or(Path::new(""));
    let mut mistakes = Mistakes::default();
    let intake = config.section(config::SECTION.name, |spot, _| config::read(spot, folder, &mut mistakes));
    match mistakes.into_problems() {
        problems if problems.is_empty() => Ok(intake),
        problems => Err(ConfigError::new(vec![config.file.clone()], problems)),
    }
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
