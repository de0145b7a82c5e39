//! Delivering files on this machine: each is kept, claimed, and carried through the definition.

use std::path::{Path, PathBuf};

use carelake_intake::arrive::{TEMPORARY, is_taken, of_file};
use carelake_intake::config::Intake;
use carelake_intake::course::{Accepts, Arrived};
use carelake_intake::deliveries::{Deliveries, Status};
use carelake_intake::functions::desk::Desk;
use carelake_intake::functions::{Begun, Claim, begin};
use jiff::Timestamp;
use serde::Serialize;

use crate::execution;
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;
use crate::runner::Local;

/// The definition that a delivery goes through.
const DEFINITION: &str = "intake";

/// A file to deliver.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// Where it is.
    pub path: PathBuf,
    pub partner: String,
    /// Its name in the partner's folder.
    pub name: String,
    /// When it arrived; the time of the file when not given.
    pub at: Option<Timestamp>,
    /// The feed that it is assigned to.
    pub feed: Option<String>,
    pub accepts: Accepts,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Told {
    pub path: String,
    pub feed: Option<String>,
    pub delivery: Option<String>,
    pub status: &'static str,
    pub error: Option<String>,
    pub reason: Option<String>,
}

/// What delivers.
pub(super) struct Deliverer {
    pub local: Local,
}

impl Deliverer {
    /// Opens the lake, which must be on this machine.
    pub(super) fn open(global: &Global) -> Result<Self, Failure> {
        let lake = Lake::open(global)?;
        if lake.deployment().is_some() {
            let message =
                format!("environment `{}` is on AWS, and takes in what arrives in its bucket", lake.environment);
            return Err(Failure::argument(message).advise("aws s3 cp FILE s3://BUCKET/intake/PARTNER/"));
        }
        Ok(Self { local: execution::runner(lake)? })
    }

    pub(super) fn deliveries(&self) -> Deliveries<'_> {
        Deliveries::new(self.local.ledger(), &self.local.lake().scope)
    }

    /// Delivers a file, and waits for its end.
    pub(super) fn deliver(&self, given: &Given) -> Result<Told, Failure> {
        let Given { partner, name, feed, accepts, .. } = given;
        let path = format!("{partner}/{name}");
        if !is_taken(name) {
            let reason = Some(TEMPORARY.to_owned());
            return Ok(Told { path, feed: None, delivery: None, status: Status::Ignored.name(), error: None, reason });
        }
        let sent = (partner.clone(), name.clone());
        let arrival = of_file(&*self.local.lake().raw, &given.path, sent, given.at)?;
        self.carry_out(path, &Arrived { arrival, feed: feed.clone(), accepts: *accepts, again: false, by: None })
    }

    /// Carries out what a file that arrived becomes.
    pub(super) fn carry_out(&self, path: String, arrived: &Arrived) -> Result<Told, Failure> {
        let arrived = Arrived { by: Some(user()), ..arrived.clone() };
        let claim = match self.local.with_context(&|| false, |context| begin(context, &arrived))? {
            Begun::Execution { name, input, claim } => {
                self.local.carry_out(DEFINITION, Some(&name), input)?;
                claim
            }
            Begun::Noted(claim) => claim,
        };
        self.told(path, &claim)
    }

    /// Carries out what waits: deliveries of another process that died, and older ones that are due again.
    pub(super) fn carry_out_pending(&self) -> Result<Vec<Told>, Failure> {
        self.pending()?.into_iter().map(|(path, arrived)| self.carry_out(path, &arrived)).collect()
    }

    /// Returns what waits, with the path that it is told by.
    pub(super) fn pending(&self) -> Result<Vec<(String, Arrived)>, Failure> {
        let mut found = Vec::new();
        for pending in self.deliveries().pending(Timestamp::now())? {
            let Some(delivery) = self.deliveries().content(&pending.id, &pending.sha256, Timestamp::now())? else {
                continue;
            };
            let arrived = Arrived {
                arrival: delivery.arrival(),
                feed: Some(delivery.id.feed.clone()),
                accepts: Accepts::default(),
                again: false,
                by: None,
            };
            found.push((format!("{}/{}", delivery.partner, delivery.name), arrived));
        }
        Ok(found)
    }

    /// Reads the section of the configuration.
    pub(super) fn intake(&self) -> Result<Intake, Failure> {
        Ok(self.local.with_context(&|| false, |context| Ok(Desk::open(context)?.intake))?)
    }

    fn told(&self, path: String, claim: &Claim) -> Result<Told, Failure> {
        let Some(claimed) = &claim.delivery else {
            let reason = claim.stray.as_ref().map(|(reason, _)| reason.clone());
            return Ok(Told { path, feed: None, delivery: None, status: claim.status.name(), error: None, reason });
        };
        let delivery = self.deliveries().content(&claimed.id, &claimed.sha256, Timestamp::now())?;
        let delivery = delivery.as_ref().unwrap_or(claimed);
        // An arrival that changed nothing is told as such, whatever the delivery is that it is of.
        let status = if claim.status.is_pending() { delivery.status } else { claim.status };
        let is_failed = status == Status::Failed;
        Ok(Told {
            path,
            feed: Some(delivery.id.feed.clone()),
            delivery: Some(delivery.id.to_string()),
            status: status.name(),
            error: delivery.error.clone().filter(|_| is_failed),
            reason: delivery.reason.clone().filter(|_| is_failed),
        })
    }
}

/// Returns partner and name of a file in a folder of its partner: the folder's name, and the file's.
pub(super) fn sent(path: &Path, partner: Option<&str>) -> Result<(String, String), Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let folder = || {
        let whole = std::path::absolute(path).ok()?;
        Some(whole.parent()?.file_name()?.to_string_lossy().into_owned())
    };
    let partner = partner.map(str::to_owned).or_else(folder);
    match (partner, name) {
        (Some(partner), Some(name)) => Ok((partner, name)),
        _ => Err(Failure::argument(format!("{}: is no file in a folder of a partner", path.display()))
            .advise("name its partner with --partner NAME")),
    }
}
