//! Deliveries of an environment on AWS: its functions do what is asked, and it is waited for them.

use carelake_core::ErrorKind;
use carelake_intake::course::{Asked, Change, Changed, PullAsked, PulledFeed, Sent};
use carelake_intake::deliveries::Deliveries;
use carelake_pipeline::{Described, ExecutionStatus, Runner, pipeline};

use super::deliver::{Told, told};
use crate::deployment::Deployment;
use crate::execution;
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::output;
use crate::registry::KINDS;

/// The definition that does what is asked.
const DEFINITION: &str = "intake_change";
/// The definition that fetches.
const PULL: &str = "feeds_pull";

/// An environment on AWS.
pub(crate) struct There<'l> {
    lake: &'l Lake,
    deployment: &'l Deployment,
    runner: Box<dyn Runner>,
}

impl<'l> There<'l> {
    /// Reaches the deployment of a lake, if it is on AWS.
    pub(crate) fn of(lake: &'l Lake) -> Option<Self> {
        let deployment = lake.deployment()?;
        Some(Self { lake, deployment, runner: deployment.runner() })
    }

    /// Has something changed; answers what became of it when all that was started for it has ended.
    pub(crate) fn change(&self, change: Change) -> Result<(Changed, Vec<Told>), Failure> {
        let internal = |error: serde_json::Error| Failure::new(ErrorKind::INTERNAL, error.to_string());
        let asked = serde_json::to_value(Asked { by: user(), change }).map_err(internal)?;
        let execution = self.runner.start(DEFINITION, None, &asked).map_err(|error| self.deployment.told(error))?;
        let ended = self.ended(&execution)?;
        if ended.status != ExecutionStatus::Succeeded {
            return Err(failed(&ended));
        }
        let changed: Changed = serde_json::from_value(ended.output.unwrap_or_default()).map_err(internal)?;
        let ledger = self.lake.existing_ledger()?;
        let deliveries = Deliveries::new(&*ledger, &self.lake.scope);
        let mut all = Vec::new();
        for Sent { path, status, delivery, sha256, reason, execution } in &changed.sent {
            if let Some(execution) = execution {
                self.ended(execution)?;
            }
            let content = delivery.as_ref().map(|delivery| (delivery, sha256.as_str()));
            all.push(told(deliveries, path.clone(), *status, content, reason.clone())?);
        }
        Ok((changed, all))
    }

    /// Has feeds fetched; answers what came of each.
    pub(crate) fn pull(&self, asked: &PullAsked) -> Result<Vec<PulledFeed>, Failure> {
        let internal = |error: serde_json::Error| Failure::new(ErrorKind::INTERNAL, error.to_string());
        let asked = serde_json::to_value(asked).map_err(internal)?;
        let execution = self.runner.start(PULL, None, &asked).map_err(|error| self.deployment.told(error))?;
        let ended = self.ended(&execution)?;
        if ended.status != ExecutionStatus::Succeeded {
            return Err(failed(&ended));
        }
        let feeds = ended.output.as_ref().and_then(|output| output.pointer("/pull/answer/feeds")).cloned();
        serde_json::from_value(feeds.unwrap_or_default()).map_err(internal)
    }

    fn ended(&self, execution: &str) -> Result<Described, Failure> {
        execution::ended(self.deployment, &*self.runner, execution)
    }
}

/// Says why an execution failed as the function that failed did.
fn failed(ended: &Described) -> Failure {
    let kind = ended.error.as_deref().and_then(|name| KINDS.named(name)).unwrap_or(ErrorKind::INTERNAL);
    let cause = ended.cause.clone().unwrap_or_else(|| format!("the execution ended as {}", ended.status.name()));
    Failure::new(kind, pipeline::Failure::line_of(&cause)).advise(kind.advice)
}

/// Prints what a feed serves after its state was computed anew.
pub(super) fn show_anew(anew: &carelake_intake::course::Anew, is_json: bool) -> Result<(), Failure> {
    if is_json {
        output::json_line(anew)?;
        return Ok(());
    }
    for (table, rows) in &anew.rows {
        output::line(format_args!("{}: {table} serves {} rows", anew.feed, output::thousands(*rows)));
    }
    Ok(())
}
