//! Delivering files on this machine: each is kept, claimed, and carried through the definition.

use std::path::{Path, PathBuf};

use carelake_intake::arrive::{TEMPORARY, is_taken, of_file};
use carelake_intake::config::Intake;
use carelake_intake::course::{Accepts, Arrived};
use carelake_intake::deliveries::{Deliveries, DeliveryId, Status};
use carelake_intake::functions::desk::Desk;
use carelake_intake::functions::{Begun, begin};
use jiff::Timestamp;
use serde::Serialize;

use crate::execution;
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::memory;
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
pub(crate) struct Told {
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
        Self::on(Lake::open(global)?)
    }

    /// Delivers into a lake, which must be on this machine.
    pub(super) fn on(lake: Lake) -> Result<Self, Failure> {
        if lake.deployment().is_some() {
            let message =
                format!("environment `{}` is on AWS, and takes in what arrives in its bucket", lake.environment);
            return Err(Failure::argument(message).advise("aws s3 cp FILE s3://BUCKET/intake/PARTNER/"));
        }
        memory::keep_lists_of_batches();
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
        self.carry_out(path, &Arrived { feed: feed.clone(), accepts: *accepts, ..Arrived::of(arrival) })
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
        let content = claim.delivery.as_ref().map(|delivery| (&delivery.id, delivery.sha256.as_str()));
        told(self.deliveries(), path, claim.status, content, claim.stray.map(|(reason, _)| reason))
    }

    /// Carries out what waits: deliveries of another process that died, and older ones that are due again.
    pub(super) fn carry_out_pending(&self) -> Result<Vec<Told>, Failure> {
        self.pending()?.into_iter().map(|(path, arrived)| self.carry_out_left(path, &arrived)).collect()
    }

    /// Carries out a delivery that waits. It is known already, and told as it stands in the end.
    pub(super) fn carry_out_left(&self, path: String, arrived: &Arrived) -> Result<Told, Failure> {
        let told = self.carry_out(path, arrived)?;
        let Some(id) = told.delivery.as_deref().and_then(|id| id.parse::<DeliveryId>().ok()) else { return Ok(told) };
        let content = self.deliveries().content(&id, &arrived.arrival.sha256, Timestamp::now())?;
        Ok(Told { status: content.map_or(told.status, |content| content.status.name()), ..told })
    }

    /// Returns what waits, with the path that it is told by.
    pub(super) fn pending(&self) -> Result<Vec<(String, Arrived)>, Failure> {
        let mut found = Vec::new();
        for pending in self.deliveries().pending(Timestamp::now())? {
            let Some(delivery) = self.deliveries().content(&pending.id, &pending.sha256, Timestamp::now())? else {
                continue;
            };
            let arrived = Arrived { feed: Some(delivery.id.feed.clone()), ..Arrived::of(delivery.arrival()) };
            found.push((format!("{}/{}", delivery.partner, delivery.name), arrived));
        }
        Ok(found)
    }

    /// Reads the section of the configuration.
    pub(super) fn intake(&self) -> Result<Intake, Failure> {
        Ok(self.local.with_context(&|| false, |context| Ok(Desk::open(context)?.intake))?)
    }
}

/// Says what became of a file that was found to be this: a content of a delivery, or of no feed for a reason.
pub(super) fn told(
    deliveries: Deliveries<'_>,
    path: String,
    status: Status,
    content: Option<(&DeliveryId, &str)>,
    reason: Option<String>,
) -> Result<Told, Failure> {
    let Some((id, sha256)) = content else {
        return Ok(Told { path, feed: None, delivery: None, status: status.name(), error: None, reason });
    };
    let delivery = deliveries.content(id, sha256, Timestamp::now())?;
    // An arrival that changed nothing is told as such, whatever the delivery is that it is of.
    let found = delivery.as_ref().map(|delivery| delivery.status).filter(|_| status.is_pending());
    let status = found.unwrap_or(status);
    let failed = delivery.filter(|_| status == Status::Failed);
    let (error, reason) = failed.map_or((None, None), |delivery| (delivery.error, delivery.reason));
    Ok(Told { path, feed: Some(id.feed.clone()), delivery: Some(id.to_string()), status: status.name(), error, reason })
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
