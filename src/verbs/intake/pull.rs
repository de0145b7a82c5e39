//! `carelake intake pull`: what partners leave on servers of their own is brought into the landing folder.

use std::process::ExitCode;

use carelake_intake::course::{PullAsked, PulledFeed};
use carelake_intake::functions::{Fetched, pull_now, shown};
use carelake_intake::pull::{PullStatus, PulledFile, Pulling};
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::deliver::Deliverer;
use super::there::There;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;
use crate::registry::KINDS;

/// Bring what partners leave on servers of their own into the landing folder, where `fetch` of a feed says so
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake pull --dry-run
  carelake intake pull
  carelake intake pull bayview_patients --json
  carelake intake pull bayview_patients --env prod
  carelake intake watch landing

What was brought before does not come again. A file is seen in the landing folder (`intake.landing`) when it is whole; `intake watch`
takes it in from there. With --env of an environment on AWS an execution is started there, and it is waited for its end; what it brings
arrives in the bucket. The exit code is that of the first feed that failed; the others are brought all the same.")]
pub(crate) struct Pull {
    /// Feeds; all that have `fetch` when not given
    #[arg(value_name = "FEED")]
    feeds: Vec<String>,
    /// Tell what would be brought, and bring nothing
    #[arg(long)]
    dry_run: bool,
}

impl Pull {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        if let Some(there) = There::of(&lake) {
            return self.there(&there, global.json);
        }
        let deliverer = Deliverer::on(lake)?;
        let owner = format!("pull-{}-{}", std::process::id(), Timestamp::now().as_millisecond());
        let pulling = Pulling { owner: &owner, is_dry: self.dry_run };
        let mut code = None;
        let mut told = |feed: &str, pulled: Fetched<'_>| {
            if let Err(failure) = &pulled {
                code = code.or(Some(failure.kind.exit_code));
            }
            show(feed, pulled, global.json);
        };
        let done =
            deliverer.local.with_context(&|| false, |context| pull_now(context, &self.feeds, pulling, &mut told));
        match (done, code) {
            // What failed was told, feed by feed.
            (Err(_), Some(code)) => Ok(ExitCode::from(code)),
            (done, _) => done.map(|()| ExitCode::SUCCESS).map_err(Failure::from),
        }
    }
}

impl Pull {
    /// Has them fetched where the lake is.
    fn there(self, there: &There<'_>, is_json: bool) -> Result<ExitCode, Failure> {
        if self.dry_run {
            return Err(Failure::argument("--dry-run works on one machine only; leave it out, or use --env local"));
        }
        let feeds = there.pull(&PullAsked { now: true, feeds: self.feeds })?;
        for feed in &feeds {
            if is_json {
                output::json_line(feed)?;
            } else {
                output::line(summary(feed));
            }
        }
        let first = feeds.iter().find_map(|feed| feed.error.as_deref());
        Ok(first.map_or(ExitCode::SUCCESS, |name| KINDS.named(name).map_or(1, |kind| kind.exit_code).into()))
    }
}

fn summary(feed: &PulledFeed) -> String {
    let PulledFeed { feed: name, brought, unsettled, passed_over, busy, error, reason } = feed;
    if *busy {
        return format!("{name}: somebody else is fetching it");
    }
    let failed = error.as_ref().map(|error| format!("; {error}: {}", shown(reason.as_deref().unwrap_or_default())));
    let failed = failed.unwrap_or_default();
    format!("{name}: {brought} brought, {unsettled} still being written, {passed_over} passed over{failed}")
}

fn show(feed: &str, pulled: Fetched<'_>, is_json: bool) {
    let lines: Vec<(Value, String)> = match pulled {
        Ok(Some(files)) => files.iter().map(|file| line(feed, file)).collect(),
        Ok(None) => {
            let text = format!("{feed}: somebody else is fetching it");
            vec![(json!({"feed": feed, "name": null, "status": "busy", "size_bytes": null}), text)]
        }
        Err(failure) => {
            let (error, reason) = (failure.kind.name, shown(&failure.reason));
            let text = format!("{feed}: {error}: {reason}");
            vec![(json!({"feed": feed, "name": null, "status": "failed", "error": error, "reason": reason}), text)]
        }
    };
    for (value, text) in lines {
        if is_json {
            let _ = output::json_line(&value);
        } else {
            output::line(text);
        }
    }
}

fn line(feed: &str, file: &PulledFile) -> (Value, String) {
    let words = match file.status {
        PullStatus::Brought => "brought",
        PullStatus::New => "would be brought",
        PullStatus::Unchanged => "brought before",
        PullStatus::Unsettled => "still being written",
        PullStatus::PassedOver => "passed over: a name that is never taken",
    };
    let size = file.size_bytes.map(|size| format!(", {} bytes", output::thousands(size))).unwrap_or_default();
    let name = shown(&file.name);
    let value = json!({"feed": feed, "name": name, "status": file.status, "size_bytes": file.size_bytes});
    (value, format!("{feed}: {name}: {words}{size}"))
}
